//! go.mod, as far as go.sum follows from it.

use std::collections::BTreeSet;
use std::ops::Range;

/// A module that is required.
pub struct Required<'m> {
    /// Its path.
    pub module: &'m str,
    /// Its version.
    pub version: &'m str,
    /// False behind `// indirect`.
    pub direct: bool,
    /// Where it is written.
    pub place: Range<usize>,
}

/// What a go.mod says.
#[derive(Default)]
pub struct Manifest<'m> {
    module: Option<&'m str>,
    required: Vec<Required<'m>>,
    /// What is taken instead: the module, its version if only that one is replaced, and its replacement with
    /// version; without version it is a folder.
    replaced: Vec<(&'m str, Option<&'m str>, &'m str, Option<&'m str>)>,
    excluded: BTreeSet<(&'m str, &'m str)>,
}

impl<'m> Manifest<'m> {
    /// Reads it. What is not understood is passed over.
    pub fn read(text: &'m str) -> Manifest<'m> {
        let mut manifest = Manifest::default();
        let mut block: Option<&str> = None;
        let mut start = 0;
        for physical in text.split_inclusive('\n') {
            let offset = start;
            start += physical.len();
            let line = physical.trim_end();
            let (content, comment) = line.split_once("//").unwrap_or((line, ""));
            let words: Vec<&str> = content.split_ascii_whitespace().collect();
            let indent = line.len() - line.trim_start().len();
            let place = offset + indent..offset + content.trim_end().len().max(indent);
            match (block, words.as_slice()) {
                (Some(_), [")"]) => block = None,
                (Some(keyword), words) => manifest.directive(keyword, words, comment, place),
                (None, [keyword, "("]) => block = Some(keyword),
                (None, [keyword, words @ ..]) => manifest.directive(keyword, words, comment, place),
                (None, []) => {}
            }
        }
        manifest
    }

    fn directive(&mut self, keyword: &str, words: &[&'m str], comment: &str, place: Range<usize>) {
        let plain = |word: &&'m str| word.trim_matches(['"', '`']);
        match (keyword, words) {
            ("module", [module]) => self.module = Some(plain(module)),
            ("require", [module, version]) => self.required.push(Required {
                module: plain(module),
                version,
                direct: !comment.trim_start().starts_with("indirect"),
                place,
            }),
            ("exclude", [module, version]) => drop(self.excluded.insert((plain(module), version))),
            ("replace", [module, "=>", target, rest @ ..]) => {
                self.replaced.push((plain(module), None, plain(target), rest.first().copied()));
            }
            ("replace", [module, version, "=>", target, rest @ ..]) => {
                self.replaced.push((plain(module), Some(version), plain(target), rest.first().copied()));
            }
            _ => {}
        }
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
            let mut replaced = self.replaced.iter();
            let found = replaced.find(|(module, version, ..)| {
                *module == one.module && version.is_none_or(|version| version == one.version)
            });
            let (module, version) = match found {
                Some((.., target, version)) => (*target, (*version)?),
                None => (one.module, one.version),
            };
            Some(Required { module, version, direct: one.direct, place: one.place.clone() })
        })
    }
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
