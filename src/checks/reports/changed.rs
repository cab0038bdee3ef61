//! Which lines a pull request adds or changes.

use std::collections::BTreeSet;

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::checkout::{BlobError, Checkout};
use crate::settings::Base;

/// Why changed lines are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// This is no pull request: there is nothing to compare with.
    NoPullRequest,
    /// The base is not in the clone, in words.
    NoBase(String),
}

/// The lines of a file that its base does not have; 1-based.
pub fn lines(path: &str, base: &Base, checkout: &Checkout) -> Result<BTreeSet<u32>, Unknown> {
    let commit = match base {
        Base::WorkTree => return Err(Unknown::NoPullRequest),
        Base::Missing(reason) => return Err(Unknown::NoBase(reason.clone())),
        Base::Commit(commit) => commit,
    };
    let no_base = || Unknown::NoBase(format!("`{path}` of the base commit is not in this clone"));
    let git = checkout.git().ok_or_else(no_base)?;
    let before = match git.blob(commit, path) {
        Ok(bytes) => bytes,
        Err(BlobError::NoSuchFile | BlobError::NotAFile) => Vec::new(),
        Err(BlobError::NotInClone) => return Err(no_base()),
    };
    let Ok(after) = checkout.read(path) else { return Ok(BTreeSet::new()) };
    Ok(added(&before, after.text().as_bytes()))
}

/// Lines are compared without the line break at their end: `git` may have changed it in the checkout.
fn added(before: &[u8], after: &[u8]) -> BTreeSet<u32> {
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(before.iter().map(Vec::as_slice));
    input.update_after(after.iter().map(Vec::as_slice));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    (0..after.len() as u32).filter(|line| diff.is_added(*line)).map(|line| line + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_changed_lines_are_new() {
        let new = |before: &str, after: &str| {
            added(before.as_bytes(), after.as_bytes()).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(new("a\nb\nc\n", "a\nx\nb\nC\n"), [2, 4]);
        assert_eq!(new("", "a\nb"), [1, 2]);
        assert!(new("a\r\nb\r\n", "a\nb\n").is_empty());
        assert!(new("a\nb\n", "a\n").is_empty());
    }
}
