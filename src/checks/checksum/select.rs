//! From patterns to files.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::pattern::{Hit, Pattern, PatternError, Purpose};
use crate::checks::artifacts::name::Name;
use crate::checks::artifacts::place::{self, Elsewhere};
use crate::checks::artifacts::walk::{self, Entries, Entry, Found, Kind};

/// What the patterns came to.
#[derive(Debug, Default)]
pub struct Selection {
    /// The files, sorted by path.
    pub files: Vec<Picked>,
    /// Patterns that must match and do not, those that lead out, and those that cannot be read.
    pub faults: Vec<(String, PatternFault)>,
    /// Exclusions that exclude nothing.
    pub idle: Vec<String>,
    /// What matches and is no file that can be read.
    pub refused: Vec<(Name, Elsewhere)>,
    /// Files for git, which are picked by their whole name only.
    pub for_git: usize,
    /// Why there may be more.
    pub gaps: Vec<String>,
    patterns: Vec<Pattern>,
    /// How many files each pattern picks.
    picks: Vec<usize>,
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// It matches no file.
    NoMatch,
    /// It leads out of the repository.
    Outside,
    /// It cannot be read: why.
    Invalid(&'static str),
}

/// A file that was picked.
#[derive(Clone, Debug)]
pub struct Picked {
    /// Relative to the root.
    pub path: Name,
    /// Where it is, without links, if that is not its path below the root.
    pub elsewhere: Option<PathBuf>,
    /// True if a pattern means the file itself; false if it only means a folder around it.
    pub by_itself: bool,
    /// How many were picked before.
    pub number: usize,
}

impl Picked {
    /// Where it is, without links: relative to the root, or absolute.
    pub fn place(&self) -> &Path {
        // Where the system has no such path, no walk has found it.
        self.elsewhere.as_deref().or_else(|| self.path.as_path()).unwrap_or(Path::new(""))
    }
}

/// The files that the patterns mean. `root` is canonical.
pub fn select(texts: &[String], root: &Path) -> Selection {
    select_telling(texts, root, &mut |_| {})
}

/// The same; `hear` is told of each file as soon as it is picked.
pub fn select_telling(texts: &[String], root: &Path, hear: &mut dyn FnMut(&Picked)) -> Selection {
    let mut selection = Selection::default();
    for text in texts {
        match Pattern::parse(text, root) {
            Ok(pattern) => selection.patterns.push(pattern),
            Err(PatternError::Outside) => selection.faults.push((text.clone(), PatternFault::Outside)),
            Err(PatternError::Invalid(why)) => {
                selection.faults.push((text.clone(), PatternFault::Invalid(why)));
            }
        }
    }
    selection.picks = vec![0; selection.patterns.len()];
    let mut search = Search { root, excluding: RefCell::default(), hits: Vec::new(), selection, hear };
    for base in bases(&search.selection.patterns) {
        search.look_below(&base);
    }
    let Search { excluding, mut selection, .. } = search;
    let excluding = excluding.into_inner();
    let idle = selection
        .patterns
        .iter()
        .enumerate()
        .filter(|(number, pattern)| pattern.purpose == Purpose::Excluded && !excluding.contains(number));
    selection.idle = idle.map(|(_, pattern)| pattern.text.clone()).collect();
    crate::sorted::by_bytes(&mut selection.files, |file| file.path.as_bytes());
    selection.record_unmatched();
    selection
}

impl Selection {
    /// Takes out files. Patterns that then pick none are faults.
    pub fn without(&mut self, unwanted: &dyn Fn(&Name) -> bool) {
        let out = self.files.extract_if(.., |file| unwanted(&file.path));
        for file in out {
            let path = file.path.to_text();
            for (picks, pattern) in self.picks.iter_mut().zip(&self.patterns) {
                *picks -= usize::from(pattern.picks(&path).is_some());
            }
        }
        self.record_unmatched();
    }

    fn record_unmatched(&mut self) {
        for (pattern, &picks) in self.patterns.iter().zip(&self.picks) {
            let refused = self.refused.iter().any(|(path, _)| pattern.hit(&path.to_text()).is_some());
            let fault = (pattern.text.clone(), PatternFault::NoMatch);
            if pattern.purpose == Purpose::Required && picks == 0 && !refused && !self.faults.contains(&fault)
            {
                self.faults.push(fault);
            }
        }
    }
}

/// The places below which anything can match, none of them inside another.
fn bases(patterns: &[Pattern]) -> BTreeSet<String> {
    let wanted = patterns.iter().filter(|pattern| pattern.purpose != Purpose::Excluded);
    let all: BTreeSet<String> = wanted.map(Pattern::base).collect();
    let is_inside = |base: &str, other: &str| {
        base != other
            && (other.is_empty() || base.strip_prefix(other).is_some_and(|rest| rest.starts_with('/')))
    };
    all.iter().filter(|base| !all.iter().any(|other| is_inside(base, other))).cloned().collect()
}

struct Search<'r> {
    root: &'r Path,
    /// Exclusions that have excluded something, by number.
    excluding: RefCell<BTreeSet<usize>>,
    /// The patterns that hit what is looked at, by number.
    hits: Vec<(usize, Hit)>,
    selection: Selection,
    hear: &'r mut dyn FnMut(&Picked),
}

impl Search<'_> {
    fn look_below(&mut self, base: &str) {
        let path = self.root.join(base);
        let Ok(real) = path.canonicalize() else {
            // A link to nothing still matches.
            if fs::symlink_metadata(&path).is_ok() {
                self.take(Found { name: Name::from(base), kind: Kind::Link }, None);
            }
            return;
        };
        if !real.is_dir() {
            // Links on the way are followed as far as they stay in the repository.
            return self.take(Found { name: Name::from(base), kind: Kind::Link }, None);
        }
        if !real.starts_with(self.root) {
            return self.selection.refused.push((Name::from(base), Elsewhere::Outside));
        }
        let base = Name::from(base);
        let is_behind_link = real != path;
        let mut entries = Entries::below(&real);
        while let Some(entry) = entries.next() {
            match entry {
                Entry::Folder(name) if self.enters(&name.clone().within(&base).to_text()) => {
                    entries.enter(name)
                }
                Entry::Folder(_) => {}
                Entry::Found(Found { name, kind }) => {
                    let elsewhere = name.as_path().filter(|_| is_behind_link).map(|name| real.join(name));
                    self.take(Found { name: name.within(&base), kind }, elsewhere);
                }
            }
        }
        self.selection.gaps.extend(entries.gaps);
    }

    fn enters(&self, folder: &str) -> bool {
        let wanted = |pattern: &Pattern| pattern.purpose != Purpose::Excluded && pattern.enters(folder);
        self.selection.patterns.iter().any(wanted) && !self.excludes(folder)
    }

    fn excludes(&self, path: &str) -> bool {
        let excluding =
            self.selection.patterns.iter().enumerate().filter(|(_, pattern)| pattern.excludes(path));
        let mut excluded = false;
        for (number, _) in excluding {
            self.excluding.borrow_mut().insert(number);
            excluded = true;
        }
        excluded
    }

    /// Takes what patterns mean. `elsewhere` is where it is, if that is not its path below the root.
    fn take(&mut self, found: Found, elsewhere: Option<PathBuf>) {
        let patterns = &self.selection.patterns;
        let path = found.name.to_text();
        let hits = patterns.iter().enumerate();
        self.hits.clear();
        self.hits.extend(hits.filter_map(|(number, pattern)| Some((number, pattern.picks(&path)?))));
        if self.hits.is_empty() || self.excludes(&path) {
            return;
        }
        if walk::is_for_git(&found.name)
            && !self.hits.iter().any(|(number, _)| patterns[*number].names(&path))
        {
            self.selection.for_git += 1;
            return;
        }
        let elsewhere = match found.kind {
            Kind::File => Ok(elsewhere),
            Kind::Special => Err(Elsewhere::NotAFile("a FIFO, socket or device")),
            Kind::Link => {
                let path = elsewhere.or_else(|| Some(self.root.join(found.name.as_path()?)));
                place::resolve(&path.unwrap_or_default(), self.root).map(Some)
            }
        };
        match elsewhere {
            Ok(elsewhere) => {
                let by_itself = self.hits.iter().any(|(_, hit)| *hit == Hit::Itself);
                self.hits.iter().for_each(|(number, _)| self.selection.picks[*number] += 1);
                let number = self.selection.files.len();
                let picked = Picked { path: found.name, elsewhere, by_itself, number };
                (self.hear)(&picked);
                self.selection.files.push(picked);
            }
            Err(reason) => self.selection.refused.push((found.name, reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let place = folder.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, path).unwrap();
        }
        let root = folder.path().canonicalize().unwrap();
        (folder, root)
    }

    fn selected(root: &Path, patterns: &[&str]) -> (Vec<String>, Selection) {
        let texts: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
        let selection = select(&texts, root);
        (selection.files.iter().map(|file| file.path.to_string()).collect(), selection)
    }

    #[test]
    fn the_order_of_patterns_does_not_matter() {
        let (_folder, root) = tree(&["dist/a.whl", "dist/b.tar.gz", "dist/sub/c.whl", "dist/.h", "x.whl"]);
        for patterns in [["dist/*", "!dist/sub", "!**/.h"], ["!**/.h", "!dist/sub", "dist/*"]] {
            let (paths, selection) = selected(&root, &patterns);
            assert_eq!(paths, ["dist/a.whl", "dist/b.tar.gz"]);
            assert!(selection.faults.is_empty() && selection.idle.is_empty());
        }
        assert_eq!(selected(&root, &["**/*.whl"]).0, ["dist/a.whl", "dist/sub/c.whl", "x.whl"]);
        let (paths, selection) = selected(&root, &["dist", "dist/*.whl", "dist/a.whl"]);
        assert_eq!(paths, ["dist/.h", "dist/a.whl", "dist/b.tar.gz", "dist/sub/c.whl"]);
        let by_itself: Vec<bool> = selection.files.iter().map(|file| file.by_itself).collect();
        assert_eq!(by_itself, [false, true, false, false]);
    }

    #[test]
    fn a_pattern_without_match_is_a_fault_unless_it_is_optional() {
        let (_folder, root) = tree(&["dist/a.whl"]);
        let (paths, selection) = selected(&root, &["dist/*.deb", "?dist/*.rpm", "dist/*.whl", "!dist/*.map"]);
        assert_eq!(paths, ["dist/a.whl"]);
        assert_eq!(selection.faults, [("dist/*.deb".to_owned(), PatternFault::NoMatch)]);
        assert_eq!(selection.idle, ["!dist/*.map"]);
        let (_, selection) = selected(&root, &["dist/*.whl", "!dist"]);
        assert_eq!(selection.faults, [("dist/*.whl".to_owned(), PatternFault::NoMatch)]);
        let (_, selection) = selected(&root, &["../x", "a[1"]);
        assert_eq!(selection.faults.len(), 2);
    }

    #[test]
    fn strange_names_are_names() {
        let names = ["-rf", "*star", "a b", "ä", "a[1].txt", "#x", "!bang"];
        let (_folder, root) = tree(&names);
        for name in names {
            let text = if name.starts_with('!') { format!("./{name}") } else { name.to_owned() };
            assert!(selected(&root, &[&text]).0.contains(&name.to_owned()), "{name}");
        }
        assert_eq!(selected(&root, &["*"]).0.len(), names.len());
    }

    #[test]
    fn files_for_git_are_picked_by_name_only() {
        let (_folder, root) = tree(&["dist/a.whl", "dist/.gitignore", "dist/.env"]);
        let (paths, selection) = selected(&root, &["dist/*"]);
        assert_eq!((paths, selection.for_git), (vec!["dist/.env".to_owned(), "dist/a.whl".to_owned()], 1));
        assert_eq!(selected(&root, &["dist/.gitignore"]).0, ["dist/.gitignore"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_within_the_tree_only() {
        use std::os::unix::fs::symlink;
        let (_folder, root) = tree(&["dist/a", "other/b"]);
        symlink("../other/b", root.join("dist/in")).unwrap();
        symlink("/etc/hostname", root.join("dist/out")).unwrap();
        symlink("nothing", root.join("dist/dangling")).unwrap();
        symlink("../other", root.join("dist/folder")).unwrap();
        symlink("/etc", root.join("etc")).unwrap();
        symlink("dist", root.join("latest")).unwrap();
        let (paths, selection) = selected(&root, &["dist/*", "etc/*"]);
        assert_eq!(paths, ["dist/a", "dist/in"]);
        let mut refused: Vec<String> =
            selection.refused.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
        crate::sorted::by(&mut refused, Ord::cmp);
        assert_eq!(
            refused,
            [
                "dist/dangling: it is a symbolic link to nothing",
                "dist/folder: it is a symbolic link to a folder",
                "dist/out: a symbolic link leads out of the tree",
                "etc: a symbolic link leads out of the tree",
            ]
        );
        assert_eq!(selected(&root, &["latest/a"]).0, ["latest/a"]);
        let (paths, selection) = selected(&root, &["etc/hostname"]);
        assert!(paths.is_empty() && matches!(selection.refused[..], [(_, Elsewhere::Outside)]));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_found() {
        use std::os::unix::ffi::OsStrExt as _;
        let (_folder, root) = tree(&[]);
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"a\xff")), "x").unwrap();
        let (_, selection) = selected(&root, &["*"]);
        assert_eq!(selection.files[0].path.as_bytes(), b"a\xff");
    }
}
