//! A few literals that are looked for in short texts.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// What finds any of the literals. A run asks it about some scripts: the table by states and bytes, which would be the
/// fastest, takes longer to make than all of them to search.
pub fn any_of<T: AsRef<[u8]>>(literals: impl IntoIterator<Item = T>) -> AhoCorasick {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(literals)
        // They are part of the program, and tests build them.
        .expect("a few dozen short literals fit")
}
