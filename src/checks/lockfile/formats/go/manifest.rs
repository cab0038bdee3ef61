//! go.mod and go.work, as far as go.sum follows from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::super::super::paths;
use super::words::words;

/// A module that is required.
#[derive(Clone)]
pub struct Required<'m> {
    /// Its path, or that of its replacement.
    pub module: &'m str,
    /// The path by which it is imported.
    pub of: &'m str,
    /// Its version.
    pub version: &'m str,
    /// False behind `// indirect`.
    pub direct: bool,
    /// Where it is written.
    pub place: Range<usize>,
}

/// What is taken instead of modules, by their names, and by their versions where only those are replaced.
pub type Replacements<'m> = BTreeMap<(&'m str, Option<&'m str>), Replaced<'m>>;

/// What is taken instead of a module.
#[derive(Clone)]
pub struct Replaced<'m> {
    /// Another module or a folder.
    target: &'m str,
    /// The version of the former.
    at: Option<&'m str>,
    /// The folder that the latter is seen from.
    from: &'m str,
    /// Where it is written.
    pub place: Range<usize>,
}

impl Replaced<'_> {
    /// What is taken, in one way of writing for all folders of the repository.
    pub fn with(&self) -> String {
        match self.at {
            Some(version) => format!("{} {version}", self.target),
            None => paths::join(self.from, self.target).unwrap_or_else(|| self.target.to_owned()),
        }
    }
}

/// A folder that is taken for a module.
pub struct Local<'a, 'm> {
    /// What requires the module.
    pub required: &'a Required<'m>,
    /// The folder as it is written.
    pub written: &'m str,
    /// The folder as seen from the root; nothing if it lies outside of the repository.
    pub folder: Option<String>,
}

/// What a go.mod or a go.work says.
#[derive(Default)]
pub struct Manifest<'m> {
    /// Its folder.
    pub folder: &'m str,
    module: Option<&'m str>,
    required: Vec<Required<'m>>,
    /// What is taken instead of modules.
    pub replaced: Rc<Replacements<'m>>,
    /// Versions that are taken for ones that do not exist.
    pub excluded: Rc<BTreeSet<(&'m str, &'m str)>>,
    /// Folders in which no packages are looked for.
    ignored: Vec<&'m str>,
    /// The folders of a workspace, and where they are written.
    pub used: Vec<(&'m str, Range<usize>)>,
    /// The version of the language.
    pub language: Option<Language>,
    /// What Go refuses, and where.
    pub problems: Vec<(Range<usize>, &'static str)>,
}

/// A version of Go: two numbers, the stage, and the number of the stage or the patch. `1.21` is lower than all of
/// `1.21rc1` and `1.21.0`.
pub type Language = (u64, u64, u8, u64);

/// Directives of go.mod. Of the first three there can be one each, and the first two take no block.
const OF_MODULES: [&str; 10] =
    ["go", "toolchain", "module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"];

/// Directives of go.work, with the same ones first.
const OF_WORKSPACES: [&str; 5] = ["go", "toolchain", "godebug", "replace", "use"];

impl<'m> Manifest<'m> {
    /// Reads a go.mod of a folder. What is not understood is a problem, and passed over.
    pub fn read(text: &'m str, folder: &'m str) -> Manifest<'m> {
        let mut manifest = Manifest::parsed(text, folder, &OF_MODULES);
        if manifest.module.is_none() {
            manifest.problems.push((0..0, "no module is named"));
        }
        manifest
    }

    /// Reads a go.work in the same way.
    pub fn workspace(text: &'m str, folder: &'m str) -> Manifest<'m> {
        Manifest::parsed(text, folder, &OF_WORKSPACES)
    }

    fn parsed(text: &'m str, folder: &'m str, directives: &[&str]) -> Manifest<'m> {
        let mut manifest = Manifest { folder, ..Manifest::default() };
        let mut block: Option<&str> = None;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut start = 0;
        for physical in text.split_inclusive('\n') {
            let offset = start;
            start += physical.len();
            let line = physical.trim_end();
            let comment = memchr::memmem::find(line.as_bytes(), b"//");
            let (content, comment) = comment.map_or((line, ""), |at| (&line[..at], &line[at + 2..]));
            let words = words(content);
            let indent = line.len() - line.trim_start().len();
            let place = offset + indent..offset + content.trim_end().len().max(indent);
            let keyword = words.first().copied().filter(|_| block.is_none());
            let takes_block = |keyword: &str| !OF_MODULES[..2].contains(&keyword);
            if let Some(keyword) = keyword {
                let is_second = !seen.insert(keyword) && OF_MODULES[..3].contains(&keyword);
                let problem = match keyword {
                    keyword if keyword.starts_with("/*") => "a comment is none that such a file may hold",
                    keyword if !directives.contains(&keyword) => "a directive is none that Go knows",
                    _ if is_second => "a directive stands here a second time",
                    _ => "",
                };
                if !problem.is_empty() {
                    manifest.problems.push((place.clone(), problem));
                }
            }
            match (block, words.as_slice()) {
                (Some(_), [")"]) => block = None,
                (_, []) => {}
                (Some(keyword), words) => manifest.directive(keyword, words, comment, place),
                (None, [keyword, "("]) if takes_block(keyword) => block = Some(keyword),
                (None, [keyword, "(", ")"]) if takes_block(keyword) => {}
                (None, [keyword, words @ ..]) => manifest.directive(keyword, words, comment, place),
            }
        }
        if block.is_some() {
            manifest.problems.push((text.len()..text.len(), "a block is not closed"));
        }
        manifest
    }

    fn directive(&mut self, keyword: &str, words: &[&'m str], comment: &str, place: Range<usize>) {
        if words.iter().any(|word| memchr::memchr3(b'"', b'`', b'\'', word.as_bytes()).is_some()) {
            self.problems.push((place, "a quote stands where Go takes none"));
            return;
        }
        match (keyword, words) {
            ("module", [module]) if !module.contains(char::is_whitespace) => self.module = Some(module),
            ("require", [module, version]) => {
                let direct = !is_indirect(comment);
                self.required.push(Required { module, of: module, version, direct, place });
            }
            ("exclude", [module, version]) => {
                Rc::make_mut(&mut self.excluded).insert((module, version));
            }
            ("replace", [module, "=>", with @ ..]) => self.replace((module, None), with, place),
            ("replace", [module, version, "=>", with @ ..]) => {
                self.replace((module, Some(version)), with, place)
            }
            ("use", [folder]) => self.used.push((folder, place)),
            ("go", [version]) => match language(version) {
                Some(numbers) => self.language = Some(numbers),
                None => self.problems.push((place, "the version of Go is none")),
            },
            ("toolchain", [name]) if matches!(*name, "default" | "go1") || name.starts_with("go1.") => {}
            ("retract", [version] | ["[", version, ",", _, "]"]) if version.starts_with('v') => {}
            ("tool", [package]) if !package.starts_with('.') => {}
            ("ignore", [folder]) => self.ignored.push(folder),
            ("godebug", [setting]) if setting.contains('=') => {}
            (keyword, _) if OF_MODULES.contains(&keyword) || keyword == "use" => {
                self.problems.push((place, "a directive is not written as Go demands it"));
            }
            _ => {}
        }
    }

    fn replace(&mut self, which: (&'m str, Option<&'m str>), with: &[&'m str], place: Range<usize>) {
        let (target, at) = match with {
            [target] if is_folder(target) => (target, None),
            [target, version] if !is_folder(target) => (target, Some(*version)),
            _ => {
                let problem = "a replacement is a folder without version, or a module with one";
                self.problems.push((place, problem));
                return;
            }
        };
        let one = Replaced { target, at, from: self.folder, place: place.clone() };
        let other = Rc::make_mut(&mut self.replaced).insert(which, one);
        if other.is_some_and(|other| (other.target, other.at) != (target, at)) {
            self.problems.push((place, "a module is replaced with another than before"));
        }
    }

    /// True from Go 1.17 on: all modules are listed of which something is imported.
    pub fn lists_all(&self) -> bool {
        self.language.is_some_and(|(first, second, ..)| (first, second) >= (1, 17))
    }

    /// What is required although it is excluded.
    pub fn excluded(&self) -> impl Iterator<Item = &Required<'m>> + '_ {
        self.required.iter().filter(|one| self.is_excluded(one))
    }

    /// True if the module is required in a version that is excluded.
    pub fn is_excluded(&self, one: &Required<'_>) -> bool {
        self.excluded.contains(&(one.module, one.version))
    }

    /// The folders that are taken for modules which are required.
    pub fn locals(&self) -> impl Iterator<Item = Local<'_, 'm>> + '_ {
        self.required.iter().filter_map(|required| {
            let found = self.replacement(required).filter(|found| found.at.is_none())?;
            let is_absolute = found.target.starts_with('/');
            let folder = paths::join(found.from, found.target).filter(|_| !is_absolute);
            Some(Local { required, written: found.target, folder })
        })
    }

    /// The modules that are required and not replaced, by their paths.
    pub fn versions(&self) -> HashMap<&'m str, &Required<'m>> {
        let mut versions = HashMap::new();
        for one in self.required.iter().filter(|one| self.replacement(one).is_none()) {
            versions.entry(one.module).or_insert(one);
        }
        versions
    }

    /// What is taken instead of a module. What is said of its version comes first.
    fn replacement(&self, one: &Required<'m>) -> Option<&Replaced<'m>> {
        let of = |version| self.replaced.get(&(one.module, version));
        of(Some(one.version)).or_else(|| of(None))
    }

    /// True for folders in which no packages are looked for.
    pub fn ignores(&self, folder: &str) -> bool {
        let inner = folder[self.folder.len()..].trim_start_matches('/');
        self.ignored.iter().any(|ignored| match ignored.strip_prefix("./") {
            Some(path) => paths::is_inside(inner, path.trim_end_matches('/')),
            None => format!("/{inner}/").contains(&format!("/{}/", ignored.trim_matches('/'))),
        })
    }

    /// The path of the module itself.
    pub fn own(&self) -> Option<&'m str> {
        self.module
    }

    /// What is required, whatever is taken instead.
    pub fn needed(&self) -> &[Required<'m>] {
        &self.required
    }

    /// The modules that it names.
    pub fn modules(&self) -> impl Iterator<Item = &'m str> + '_ {
        self.required.iter().map(|required| required.module)
    }

    /// The modules whose hashes have to be known, replacements in their place. Folders need none.
    pub fn required(&self) -> impl Iterator<Item = Required<'m>> + '_ {
        self.required.iter().filter(|one| !self.is_excluded(one)).filter_map(|one| {
            let (module, version) = match self.replacement(one) {
                Some(found) => (found.target, found.at?),
                None => (one.module, one.version),
            };
            Some(Required { module, version, ..one.clone() })
        })
    }
}

/// True for the comment that marks what is only needed by others.
fn is_indirect(comment: &str) -> bool {
    comment.trim_start().strip_prefix("indirect").is_some_and(|rest| rest.is_empty() || rest.starts_with(';'))
}

/// The parts of a version of Go, by the pattern that Go itself has for it.
fn language(version: &str) -> Option<Language> {
    let (first, rest) = number(version)?;
    let (second, rest) = number(rest.strip_prefix('.')?)?;
    if let Some(patch) = rest.strip_prefix('.') {
        let (patch, rest) = number(patch)?;
        let is_known = rest.is_empty() || stage(rest).is_some();
        return is_known.then_some((first, second, 4, patch));
    }
    let (stage, number) = if rest.is_empty() { (0, 0) } else { stage(rest)? };
    Some((first, second, stage, number))
}

/// The number that a text begins with, and what follows it. None has a zero in front.
fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let is_padded = digits.len() > 1 && digits.starts_with('0');
    Some((digits.parse().ok().filter(|_| !is_padded)?, rest))
}

/// A stage before a release, and its number.
fn stage(text: &str) -> Option<(u8, u64)> {
    let (word, digits) = text.split_at(text.find(|c: char| c.is_ascii_digit())?);
    let stage = match word {
        "rc" => 3,
        "beta" => 2,
        _ => 1,
    };
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    Some((stage, digits.parse().ok().filter(|_| is_word)?))
}

/// True for what Go takes for a folder.
fn is_folder(target: &str) -> bool {
    matches!(target, "." | "..")
        || ["./", "../", "/", ".\\", "..\\"].iter().any(|start| target.starts_with(start))
        || target.as_bytes().get(1) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requirements_are_read() {
        let text = "module x\n\ngo 1.21\n\nrequire a.b/c v1.0.0\nrequire (\n\td.e/f v2.0.0 // indirect\n\tg.h/i v3.0.0\n\tj.k/l v1.0.0\n)\nreplace g.h/i => ../i\nreplace j.k/l v1.0.0 => m.n/o v1.1.0\n";
        let manifest = Manifest::read(text, "");
        let found: Vec<_> =
            manifest.required().map(|r| (r.module, r.version, r.direct, &text[r.place])).collect();
        assert_eq!(
            found,
            [
                ("a.b/c", "v1.0.0", true, "require a.b/c v1.0.0"),
                ("d.e/f", "v2.0.0", false, "d.e/f v2.0.0"),
                ("m.n/o", "v1.1.0", true, "j.k/l v1.0.0"),
            ]
        );
    }

    #[test]
    fn versions_of_go_are_ordered_as_go_does() {
        let ordered =
            ["1.9", "1.21", "1.21alpha1", "1.21beta1", "1.21rc2", "1.21.0", "1.21.10", "1.22", "2.0"];
        let found: Vec<_> = ordered.iter().map(|version| language(version).unwrap()).collect();
        assert!(found.is_sorted(), "{found:?}");
        for wrong in ["1", "1.", "1.021", "1.21.", "1.21rc", "1.x", "v1.21", "1.21+x", "1.21.1x"] {
            assert_eq!(language(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_workspace_is_read() {
        let text = "go 1.22\n\nuse (\n\t. // here\n\t\"./b c\"\n)\nuse ./d\nreplace x.y/z v1.0.0 => ../z\n";
        let work = Manifest::workspace(text, "f");
        let used: Vec<_> = work.used.iter().map(|(folder, place)| (*folder, &text[place.clone()])).collect();
        assert_eq!(used, [(".", "."), ("./b c", "\"./b c\""), ("./d", "use ./d")]);
        assert_eq!(work.replaced[&("x.y/z", Some("v1.0.0"))].with(), "z");
        assert!(work.problems.is_empty());
        let wrong = Manifest::workspace("use\nmodule x\nrequire a.b/c v1.0.0\nuse a b\ngo (\n", "");
        assert_eq!(wrong.problems.len(), 5);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[requi()/ \n\t=>v1é]{0,40}") {
            for required in Manifest::read(&text, "").required() {
                let _ = &text[required.place];
            }
        }
    }
}
