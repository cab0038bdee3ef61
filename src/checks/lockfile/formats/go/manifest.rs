//! go.mod, as far as go.sum follows from it.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// A module that is required.
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

/// What is taken instead of a module.
struct Replaced<'m> {
    module: &'m str,
    /// The version, if only that one is replaced.
    version: Option<&'m str>,
    /// Another module or a folder.
    target: &'m str,
    /// The version of the former.
    at: Option<&'m str>,
    place: Range<usize>,
}

/// What a go.mod says.
#[derive(Default)]
pub struct Manifest<'m> {
    module: Option<&'m str>,
    required: Vec<Required<'m>>,
    replaced: Vec<Replaced<'m>>,
    excluded: BTreeSet<(&'m str, &'m str)>,
    /// The version of the language, in its first two numbers.
    language: Option<(u64, u64)>,
    /// What Go refuses, and where.
    pub problems: Vec<(Range<usize>, &'static str)>,
}

/// Directives that Go knows. Of the first three there can be one each.
const DIRECTIVES: [&str; 10] =
    ["module", "go", "toolchain", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"];

impl<'m> Manifest<'m> {
    /// Reads it. What is not understood is a problem, and passed over.
    pub fn read(text: &'m str) -> Manifest<'m> {
        let mut manifest = Manifest::default();
        let mut block: Option<&str> = None;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut start = 0;
        for physical in text.split_inclusive('\n') {
            let offset = start;
            start += physical.len();
            let line = physical.trim_end();
            let (content, comment) = line.split_once("//").unwrap_or((line, ""));
            let words: Vec<&str> = content.split_ascii_whitespace().collect();
            let indent = line.len() - line.trim_start().len();
            let place = offset + indent..offset + content.trim_end().len().max(indent);
            let keyword = words.first().copied().filter(|_| block.is_none());
            if let Some(keyword) = keyword {
                let is_second = !seen.insert(keyword) && DIRECTIVES[..3].contains(&keyword);
                let problem = match keyword {
                    keyword if keyword.starts_with("/*") => "a comment is none that go.mod may hold",
                    keyword if !DIRECTIVES.contains(&keyword) => "a directive is none that Go knows",
                    _ if is_second => "a directive stands here a second time",
                    _ => "",
                };
                if !problem.is_empty() {
                    manifest.problems.push((place.clone(), problem));
                }
            }
            match (block, words.as_slice()) {
                (Some(_), [")"]) => block = None,
                (Some(keyword), words) => manifest.directive(keyword, words, comment, place),
                (None, [keyword, "("]) => block = Some(keyword),
                (None, [keyword, words @ ..]) => manifest.directive(keyword, words, comment, place),
                (None, []) => {}
            }
        }
        if block.is_some() {
            manifest.problems.push((text.len()..text.len(), "a block is not closed"));
        }
        if manifest.module.is_none() {
            manifest.problems.push((0..0, "no module is named"));
        }
        manifest.conflicts();
        manifest
    }

    /// A module is replaced with one other.
    fn conflicts(&mut self) {
        let mut known: HashMap<String, String> = HashMap::new();
        let both = |name: &str, version: &Option<&str>| format!("{name} {}", version.unwrap_or_default());
        for one in &self.replaced {
            let with = both(one.target, &one.at);
            let other = known.insert(both(one.module, &one.version), with.clone());
            if other.is_some_and(|other| other != with) {
                let problem = "a module is replaced with another than before";
                self.problems.push((one.place.clone(), problem));
            }
        }
    }

    fn directive(&mut self, keyword: &str, words: &[&'m str], comment: &str, place: Range<usize>) {
        let plain = |word: &&'m str| word.trim_matches(['"', '`']);
        match (keyword, words) {
            ("module", [module]) => self.module = Some(plain(module)),
            ("require", [module, version]) => self.required.push(Required {
                module: plain(module),
                of: plain(module),
                version,
                direct: !comment.trim_start().starts_with("indirect"),
                place,
            }),
            ("exclude", [module, version]) => drop(self.excluded.insert((plain(module), version))),
            ("replace", [module, "=>", target, rest @ ..]) => {
                let (module, target) = (plain(module), plain(target));
                self.replace(Replaced { module, version: None, target, at: rest.first().copied(), place });
            }
            ("replace", [module, version, "=>", target, rest @ ..]) => {
                let (module, target, version) = (plain(module), plain(target), Some(*version));
                self.replace(Replaced { module, version, target, at: rest.first().copied(), place });
            }
            ("go", [version]) => match language(version) {
                Some(numbers) => self.language = Some(numbers),
                None => self.problems.push((place, "the version of Go is none")),
            },
            ("toolchain", [name]) if *name == "default" || name.starts_with("go1") => {}
            ("retract", [first, ..]) if first.trim_start_matches('[').starts_with('v') => {}
            ("tool" | "ignore", [_]) | ("godebug", _) | (_, []) => {}
            (keyword, _) if DIRECTIVES.contains(&keyword) => {
                self.problems.push((place, "a directive is not written as Go demands it"));
            }
            _ => {}
        }
    }

    fn replace(&mut self, one: Replaced<'m>) {
        if is_folder(one.target) == one.at.is_some() {
            let problem = "a replacement is a folder without version, or a module with one";
            self.problems.push((one.place.clone(), problem));
        }
        self.replaced.push(one);
    }

    /// True from Go 1.17 on: all modules are listed of which something is imported.
    pub fn lists_all(&self) -> bool {
        self.language.is_some_and(|language| language >= (1, 17))
    }

    /// What is required although it is excluded.
    pub fn excluded(&self) -> impl Iterator<Item = &Required<'m>> + '_ {
        self.required.iter().filter(|one| self.excluded.contains(&(one.module, one.version)))
    }

    /// The folders that are taken for modules which are required.
    pub fn folders(&self) -> impl Iterator<Item = (&Required<'m>, &'m str)> + '_ {
        self.required.iter().filter_map(|one| match self.replacement(one)? {
            (folder, None) => Some((one, folder)),
            _ => None,
        })
    }

    /// The version of a module that is required and not replaced, and where.
    pub fn version_of(&self, module: &str) -> Option<&Required<'m>> {
        self.required.iter().find(|one| one.module == module && self.replacement(one).is_none())
    }

    /// What is taken instead of a module. What is said of its version comes first.
    fn replacement(&self, one: &Required<'_>) -> Option<(&'m str, Option<&'m str>)> {
        let of = |version: Option<&str>| {
            self.replaced.iter().find(|other| other.module == one.module && other.version == version)
        };
        of(Some(one.version)).or_else(|| of(None)).map(|found| (found.target, found.at))
    }

    /// The path of the module itself.
    pub fn own(&self) -> Option<&'m str> {
        self.module
    }

    /// The modules that it names.
    pub fn modules(&self) -> impl Iterator<Item = &'m str> + '_ {
        self.required.iter().map(|required| required.module)
    }

    /// The modules whose hashes have to be known, replacements in their place. Folders need none.
    pub fn required(&self) -> impl Iterator<Item = Required<'m>> + '_ {
        let wanted = self.required.iter().filter(|one| !self.excluded.contains(&(one.module, one.version)));
        wanted.filter_map(|one| {
            let (module, version) = match self.replacement(one) {
                Some((target, version)) => (target, version?),
                None => (one.module, one.version),
            };
            Some(Required { module, of: one.module, version, direct: one.direct, place: one.place.clone() })
        })
    }
}

/// The first two numbers of a version of Go.
fn language(version: &str) -> Option<(u64, u64)> {
    let (first, rest) = version.split_once('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (second, rest) = rest.split_at(end);
    let is_patch = rest.strip_prefix('.').is_some_and(|patch| patch.bytes().all(|b| b.is_ascii_digit()));
    let is_stage = ["rc", "beta", "alpha"].iter().any(|stage| {
        rest.strip_prefix(stage).is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
    });
    (rest.is_empty() || is_patch || is_stage).then_some((first.parse().ok()?, second.parse().ok()?))
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
        let manifest = Manifest::read(text);
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

    proptest! {
        #[test]
        fn nothing_crashes(text in "[requi()/ \n\t=>v1é]{0,40}") {
            for required in Manifest::read(&text).required() {
                let _ = &text[required.place];
            }
        }
    }
}
