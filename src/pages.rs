//! The documentation of rules, checks and commands: the Markdown files beside their sources, packed by `build.rs`.

use std::io::Read as _;
use std::ops::Range;
use std::sync::LazyLock;

/// Ids and places of the pages, sorted by id.
static TABLE: &[(&str, Range<usize>)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

static TEXTS: LazyLock<String> = LazyLock::new(|| {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/pages.xz")).as_slice();
    let mut texts = String::new();
    lzma_rust2::XzReader::new(packed, false).read_to_string(&mut texts).expect("build.rs packed it");
    texts
});

/// The page of a rule by its id, of a check (`gates/gates`), or of a command (`commands/lock`); empty if there is none.
pub fn of(id: &str) -> &'static str {
    let place = TABLE.binary_search_by_key(&id, |(page, _)| page);
    place.map_or("", |index| &TEXTS[TABLE[index].1.clone()])
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_are_found_by_id() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for (id, file) in [
            ("gates/gates", "checks/gates/gates.md"),
            ("lockfile/out-of-sync", "checks/lockfile/rules/out-of-sync.md"),
            ("policy/unused-waiver", "policy/unused-waiver.md"),
            ("commands/lock", "commands/deploy/pages/lock.md"),
        ] {
            assert_eq!(
                super::of(id),
                std::fs::read_to_string(folder.join(file)).unwrap().replace("\r\n", "\n")
            );
        }
        assert_eq!(super::of("gates/none"), "");
    }
}
