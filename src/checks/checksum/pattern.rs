//! One pattern for artifacts: which paths it means, and where to look for them.

use std::path::{Component, Path};

use glob::{MatchOptions, Pattern as Glob};

/// `*` stays within a folder and means hidden files too: nothing is passed over silently.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// At least one file must match.
    Required,
    /// `?pattern`: files may match.
    Optional,
    /// `!pattern`: what matches is left out, whatever the order.
    Excluded,
}

/// How a path matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hit {
    /// It lies in a folder that matches.
    Below,
    /// It matches itself.
    Itself,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PatternError {
    /// It leads out of the repository.
    Outside,
    /// It cannot be read: why.
    Invalid(&'static str),
}

/// A pattern over paths of the repository.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// As the user wrote it.
    pub text: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Relative to the root, `/` between folders; empty for the root itself.
    path: String,
    /// `None` if the path can only be meant literally.
    glob: Option<Glob>,
    /// The glob of each folder and of the last part.
    parts: Vec<Glob>,
    /// The folder of which it means all that lies below, as `dist/**` does: most patterns for many files.
    all_below: Option<String>,
}

impl Pattern {
    /// Reads a pattern. `root` is canonical.
    pub fn parse(text: &str, root: &Path) -> Result<Pattern, PatternError> {
        let (purpose, rest) = match text.as_bytes().first() {
            Some(b'!') => (Purpose::Excluded, &text[1..]),
            Some(b'?') => (Purpose::Optional, &text[1..]),
            _ => (Purpose::Required, text),
        };
        if rest.trim().is_empty() {
            return Err(PatternError::Invalid("it is empty"));
        }
        let relative = match Path::new(rest) {
            path if path.is_absolute() => path.strip_prefix(root).map_err(|_| PatternError::Outside)?,
            path => path,
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in relative.components() {
            match part {
                Component::Normal(part) => parts.push(part.to_str().unwrap_or_default()),
                Component::CurDir => {}
                _ => return Err(PatternError::Outside),
            }
        }
        let path = parts.join("/");
        let (glob, parts) = match Glob::new(&path) {
            Ok(glob) => {
                let parts = parts.iter().map(|part| Glob::new(part)).collect::<Result<Vec<_>, _>>();
                (Some(glob), parts.unwrap_or_default())
            }
            // A name such as `a[1` is no pattern, and still a name.
            Err(_) if std::fs::symlink_metadata(root.join(&path)).is_ok() => (None, Vec::new()),
            Err(error) => return Err(PatternError::Invalid(error.msg)),
        };
        let all_below = match path.strip_suffix("**") {
            Some("") => Some(String::new()),
            Some(head) => head.strip_suffix('/').filter(|head| is_literal(head)).map(str::to_owned),
            None => None,
        };
        Ok(Pattern { text: text.to_owned(), purpose, path, glob, parts, all_below })
    }

    /// The folder or file below which everything lies that can match, relative to the root.
    pub fn base(&self) -> String {
        let parts: Vec<&str> = self.path.split('/').take_while(|part| is_literal(part)).collect();
        if self.glob.is_none() { self.path.clone() } else { parts.join("/") }
    }

    /// How a path matches, if it does.
    pub fn hit(&self, path: &str) -> Option<Hit> {
        if self.means(path) {
            return Some(Hit::Itself);
        }
        let is_below = self.path.is_empty() || folders(path).any(|folder| self.means(folder));
        is_below.then_some(Hit::Below)
    }

    /// How it picks a path, if it does. What excludes picks nothing.
    pub fn picks(&self, path: &str) -> Option<Hit> {
        if self.purpose == Purpose::Excluded { None } else { self.hit(path) }
    }

    /// True if it leaves out a path.
    pub fn excludes(&self, path: &str) -> bool {
        self.purpose == Purpose::Excluded && self.hit(path).is_some()
    }

    /// True if the pattern is this path, letter by letter.
    pub fn names(&self, path: &str) -> bool {
        self.path == path
    }

    /// True if something in this folder can match.
    pub fn enters(&self, folder: &str) -> bool {
        if self.hit(folder).is_some() || is_below(&self.path, folder) {
            return true;
        }
        let recursive = self.parts.iter().position(|part| part.as_str() == "**");
        let names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
        let depth = recursive.unwrap_or(self.parts.len()).min(names.len());
        let on_the_way = self.parts.iter().zip(&names).take(depth).all(|(part, name)| one(part, name));
        on_the_way && (recursive.is_some() || names.len() < self.parts.len())
    }

    /// Names with brackets are meant as they are as well: shells hand them over so.
    fn means(&self, path: &str) -> bool {
        match &self.all_below {
            Some(folder) => is_below(path, folder),
            None => self.path == path || self.glob.as_ref().is_some_and(|glob| one(glob, path)),
        }
    }
}

fn is_literal(part: &str) -> bool {
    !part.contains(['*', '?', '['])
}

fn one(glob: &Glob, path: &str) -> bool {
    glob.matches_with(path, OPTIONS)
}

/// The folders that a path lies in.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text, Path::new("/repo")).unwrap()
    }

    #[test]
    fn a_folder_is_taken_with_all_that_is_in_it() {
        let hit = |text: &str, path: &str| pattern(text).hit(path);
        assert_eq!(hit("dist", "dist/a/b"), Some(Hit::Below));
        assert_eq!(hit("dist/", "dist/a"), Some(Hit::Below));
        assert_eq!(hit("dist/*", "dist/a"), Some(Hit::Itself));
        assert_eq!(hit("dist/*", "dist/a/b"), Some(Hit::Below));
        assert_eq!(hit("dist/*", "dist/.hidden"), Some(Hit::Itself));
        assert_eq!(hit("dist/**", "dist/a/b"), Some(Hit::Itself));
        assert_eq!(hit("dist/**", "dist/.h"), Some(Hit::Itself));
        assert_eq!(hit("dist/**", "dist"), None);
        assert_eq!(hit("dist/**", "distant/a"), None);
        assert_eq!(hit("d*/**", "dist/a/b"), Some(Hit::Itself));
        assert_eq!(hit("**", "a/.b"), Some(Hit::Itself));
        assert_eq!(hit("**/*.whl", "a.whl"), Some(Hit::Itself));
        assert_eq!(hit("**/*.whl", "d/e/a.whl"), Some(Hit::Itself));
        assert_eq!(hit("./dist//a", "dist/a"), Some(Hit::Itself));
        assert_eq!(hit(".", "dist/a"), Some(Hit::Below));
        assert_eq!(hit("/repo/dist/*", "dist/a"), Some(Hit::Itself));
        assert_eq!(hit("dist/a[1].txt", "dist/a[1].txt"), Some(Hit::Itself));
        assert_eq!(hit("dist/a[1].txt", "dist/a1.txt"), Some(Hit::Itself));
        assert_eq!(hit("dist/*.whl", "dist/a.WHL"), None);
        assert_eq!(hit("dis", "dist/a"), None);
        assert_eq!(hit("*.whl", "dist/a.whl"), None);
    }

    #[test]
    fn marks_in_front_say_what_a_pattern_is_for() {
        assert_eq!(pattern("!dist/x").purpose, Purpose::Excluded);
        assert_eq!(pattern("?dist/x").purpose, Purpose::Optional);
        assert_eq!(pattern("./?x").purpose, Purpose::Required);
        assert_eq!(pattern("./!x").hit("!x"), Some(Hit::Itself));
        assert_eq!(pattern("-x").hit("-x"), Some(Hit::Itself));
    }

    #[test]
    fn only_folders_that_can_hold_a_match_are_entered() {
        let enters = |text: &str, folder: &str| pattern(text).enters(folder);
        assert!(
            enters("dist/*.whl", "") && enters("dist/*.whl", "dist") && !enters("dist/*.whl", "dist/sub")
        );
        assert!(!enters("*.whl", "node_modules") && !enters("dist/*.whl", "src"));
        assert!(
            enters("target/*/release/x", "target/linux")
                && !enters("target/*/release/x", "target/linux/debug")
        );
        assert!(enters("target/**/x", "target/a/b") && !enters("target/**/x", "src"));
        assert!(enters("dist/*", "dist/sub/deep") && enters("dist", "dist/sub"));
        assert_eq!(pattern("a/b*/c").base(), "a");
        assert_eq!(pattern("**/c").base(), "");
        assert_eq!(pattern("a/b").base(), "a/b");
    }

    #[test]
    fn what_leads_out_or_cannot_be_read_is_refused() {
        let error = |text: &str| Pattern::parse(text, Path::new("/repo")).unwrap_err();
        for text in ["../x", "a/../../x", "/etc/passwd", "!../x"] {
            assert_eq!(error(text), PatternError::Outside, "{text}");
        }
        for text in ["", "!", "? ", "a[1", "a/***", "a**b"] {
            assert!(matches!(error(text), PatternError::Invalid(_)), "{text}");
        }
    }
}
