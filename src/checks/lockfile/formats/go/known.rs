//! What a go.sum records, by module: many more are recorded than are looked up.

use ci_guard_scan::{begins, compare, same};

use super::sound::HASH;
use super::{lines, three};
use crate::sorted;

/// Versions of a module up to which each is looked at.
const FEW: usize = 64;

/// What stands behind the version where a hash is that of a go.mod.
pub const MANIFEST: &str = "/go.mod";

/// The lines of a go.sum.
pub enum Known<'s> {
    /// As they stand there, which is in the order of their modules: [`super::sound::is`].
    InOrder(&'s str),
    /// Modules and versions, sorted by module, and of modules that have many by version.
    Sorted(Vec<[&'s str; 2]>),
}

/// What is recorded of one module: its versions, and those of its go.mod with [`MANIFEST`] behind them.
pub enum Versions<'k, 's> {
    /// As they stand there.
    InOrder(InOrder<'k, 's>),
    /// The same sorted.
    Sorted(&'k [[&'s str; 2]]),
}

/// The versions of a module in a text that holds its lines one behind the other.
#[derive(Clone)]
pub struct InOrder<'k, 's> {
    /// From the module's next line on.
    rest: &'s str,
    module: &'k [u8],
}

impl<'s> Known<'s> {
    /// Sorts the lines of a text; those that have not three parts are left out.
    pub fn sorted(text: &'s str) -> Known<'s> {
        let parts = lines(text).filter_map(|(line, _)| three(line));
        let mut all: Vec<[&str; 2]> = parts.map(|[module, version, _]| [module, version]).collect();
        sorted::by_bytes(&mut all, |[module, _]| module.as_bytes());
        let alike = all.chunk_by_mut(|[a, _], [b, _]| same(a.as_bytes(), b.as_bytes()));
        for many in alike.filter(|alike| alike.len() > FEW) {
            sorted::by_bytes(many, |[_, version]| version.as_bytes());
        }
        Known::Sorted(all)
    }

    /// The versions of a module.
    pub fn versions<'k>(&'k self, module: &'k str) -> Versions<'k, 's> {
        match self {
            Known::InOrder(text) => {
                let module = module.as_bytes();
                Versions::InOrder(InOrder { rest: &text[first_of(text, module)..], module })
            }
            Known::Sorted(all) => {
                let is_before = |[other, _]: &[&str; 2]| compare(other.as_bytes(), module.as_bytes()).is_lt();
                let rest = &all[all.partition_point(is_before)..];
                let count = rest.partition_point(|[other, _]| same(other.as_bytes(), module.as_bytes()));
                Versions::Sorted(&rest[..count])
            }
        }
    }
}

/// Where the first line begins that stands at or behind a module's in the order.
fn first_of(text: &str, module: &[u8]) -> usize {
    let bytes = text.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memchr::memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let line = &bytes[start..high];
        let name = &line[..memchr::memchr(b' ', line).unwrap_or(line.len())];
        match compare(name, module).is_lt() {
            true => low = memchr::memchr(b'\n', line).map_or(high, |at| start + at + 1),
            false => high = start,
        }
    }
    low
}

impl Versions<'_, '_> {
    /// Whether the go.mod of a version is among the first few. That is so of nearly all, and costs no text.
    pub fn hold_manifest(&self, wanted: &str) -> bool {
        let is_it = |written: &str| {
            let parts = written.as_bytes().split_last_chunk::<{ MANIFEST.len() }>();
            parts.is_some_and(|(version, behind)| {
                behind == MANIFEST.as_bytes() && same(version, wanted.as_bytes())
            })
        };
        match self {
            Versions::InOrder(versions) => versions.clone().take(FEW).any(is_it),
            Versions::Sorted(all) => all.iter().take(FEW).any(|[_, version]| is_it(version)),
        }
    }

    /// Whether a version is recorded.
    pub fn hold(&self, wanted: &str) -> bool {
        match self {
            Versions::InOrder(versions) => versions.clone().any(|version| version == wanted),
            Versions::Sorted(all) if all.len() <= FEW => all.iter().any(|[_, version]| *version == wanted),
            Versions::Sorted(all) => all.binary_search_by(|[_, version]| (*version).cmp(wanted)).is_ok(),
        }
    }
}

impl<'s> Iterator for InOrder<'_, 's> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        let line = self.rest.as_bytes();
        let start = self.module.len() + 1;
        let is_of = begins(line, self.module) && line.get(self.module.len()) == Some(&b' ');
        let length = memchr::memchr(b' ', line.get(start..).filter(|_| is_of)?)?;
        let version = &self.rest[start..start + length];
        // Behind the version come a space, the hash and the end of the line.
        self.rest = self.rest.get(start + length + HASH + 2..).unwrap_or_default();
        Some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn versions_are_found_in_any_order_and_number() {
        let many: String = (0..200).rev().map(|n| format!("b v1.{n} h1:x\n")).collect();
        let known = Known::sorted(&many);
        assert!((0..200).all(|n| known.versions("b").hold(&format!("v1.{n}"))));
        assert!(!known.versions("b").hold("v1.200") && !known.versions("c").hold("v1.1"));
        let known = Known::sorted("b v2 h1:x\na v1/go.mod h1:x\na\tv1 h1:x\n");
        assert!(known.versions("a").hold("v1/go.mod") && known.versions("b").hold("v2"));
        assert!(!known.versions("a").hold("v2") && !known.versions("").hold("v1"));
        assert!(known.versions("a").hold_manifest("v1") && !known.versions("b").hold_manifest("v2"));
    }

    #[test]
    fn lines_in_order_say_the_same_as_those_that_are_sorted() {
        let modules = ["a.example/b", "a.example/b/c", "a.example/bb", "b.example", "c"];
        let lines = modules.iter().flat_map(|module| {
            (0..3).flat_map(move |n| {
                [format!("{module} v1.{n} {HASH}\n"), format!("{module} v1.{n}/go.mod {HASH}\n")]
            })
        });
        let text: String = lines.collect();
        for text in [&text, text.trim_end()] {
            assert!(super::super::sound::is(text));
            let (ordered, sorted) = (Known::InOrder(text), Known::sorted(text));
            for module in modules.iter().chain(&["", "a", "a.example", "b.exampl", "b.examplee", "d"]) {
                for version in ["v1.0", "v1.2", "v1.3", "v1.2/go.mod", "v1", ""] {
                    let [a, b] = [&ordered, &sorted].map(|known| known.versions(module));
                    assert_eq!(a.hold(version), b.hold(version), "{module} {version}");
                    assert_eq!(a.hold_manifest(version), b.hold_manifest(version), "{module} {version}");
                }
            }
        }
    }
}
