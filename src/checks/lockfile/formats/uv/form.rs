//! The form of what uv.lock holds. uv reads every version and every marker of the file, also those that it does
//! not need, and refuses the file for one that is none.

use std::collections::HashSet;

use crate::tree::Node;

use super::super::super::format::Unreadable;
use super::super::super::python::marker::Marker;
use super::super::super::python::version::{is_reasonable, version};

/// Digits of the longest number that uv reads for certain.
const MOST_DIGITS: usize = 19;

/// Hexadecimal digits of a commit.
const COMMIT: usize = 40;

/// Remembers the markers that were read. A file holds thousands, and few that differ.
#[derive(Default)]
pub struct Markers<'s> {
    known: HashSet<&'s str>,
}

impl<'s> Markers<'s> {
    /// The markers of a list.
    pub fn list(&mut self, list: Option<Node<'s>>) -> Result<(), Unreadable> {
        list.into_iter().flat_map(|list| list.items()).try_for_each(|marker| self.check(marker))
    }

    /// The marker of an edge.
    pub fn check(&mut self, node: Node<'s>) -> Result<(), Unreadable> {
        let text = node.as_str().unwrap_or_default();
        if self.known.contains(text) {
            return Ok(());
        }
        if Marker::parse(text).is_none() {
            return Err(Unreadable::malformed(format!("`{text}` is no marker"), node.range()));
        }
        self.known.insert(text);
        Ok(())
    }
}

/// The version of a package or of an edge, as it is written there.
pub fn version_of<'s>(written: Node<'s>) -> Result<&'s str, Unreadable> {
    written.as_str().filter(|text| is_version(text)).ok_or_else(|| {
        let text = written.text().unwrap_or_default();
        Unreadable::malformed(format!("`{text}` is no version"), written.range())
    })
}

fn is_version(text: &str) -> bool {
    // Nearly all are numbers and dots.
    let is_number =
        |part: &[u8]| (1..=MOST_DIGITS).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    text.as_bytes().split(|byte| *byte == b'.').all(is_number)
        || !is_reasonable(text)
        || version(text).is_some()
}

/// True for the whole hash of a commit, as uv wants it.
pub fn is_commit(text: &str) -> bool {
    text.len() == COMMIT && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_other_texts() {
        for good in
            ["1", "1.2.3", "2026.10.19.post1", "v1", " 1.0 ", "1.0+cpu", "1!2.0a1.dev3", "20250101120000123"]
        {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "x.y", "1.0-local", "1..2", "1.", ".1"] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn commits_are_whole() {
        assert!(is_commit(&"aB".repeat(20)));
        assert!(!is_commit(&"a".repeat(39)) && !is_commit(&"g".repeat(40)) && !is_commit(&"a".repeat(64)));
    }
}
