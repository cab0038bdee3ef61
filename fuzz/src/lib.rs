//! What must hold for any bytes: the properties that the fuzz targets check, beyond "it does not panic".

pub mod folder;
pub mod lockfile;
pub mod report;
pub mod runner;
pub mod tree;
pub mod whole;
pub mod xml;

use std::ops::Range;

/// Separates the fields of an input that has several; see [`fields`].
pub const SEPARATOR: char = '\u{1e}';

/// The fields of an input, the missing ones empty.
pub fn fields<const N: usize>(text: &str) -> [&str; N] {
    let mut parts = text.splitn(N, SEPARATOR);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// A range must lie in the text, on the boundaries of characters.
#[track_caller]
pub fn inside(text: &str, range: &Range<usize>) {
    assert!(range.start <= range.end && range.end <= text.len(), "{range:?} of {}", text.len());
    assert!(
        text.is_char_boundary(range.start) && text.is_char_boundary(range.end),
        "{range:?} cuts a character"
    );
}
