//! What GitHub would refuse.

use std::ops::Range;

use super::super::Unknown;

/// Something that GitHub would refuse.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Bytes of the file.
    pub range: Range<usize>,
    /// The kind, in data.
    pub kind: FaultKind,
}

/// The kinds of [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A key that the mapping does not have.
    UnknownKey {
        /// The key.
        key: String,
        /// What the mapping is called.
        inside: &'static str,
        /// The known key that was probably meant.
        near: Option<&'static str>,
        /// All known keys.
        known: Vec<&'static str>,
        /// True if the key exists elsewhere, so that it stands in the wrong place.
        misplaced: bool,
        /// What GitHub makes of keys that it does not know here.
        unknown: Unknown,
    },
    /// A key that must be there, or one of several.
    MissingKey {
        /// The keys.
        keys: Vec<&'static str>,
        /// What the mapping is called.
        inside: &'static str,
    },
    /// The same key again, in other letters: GitHub does not tell them apart.
    SameKey {
        /// The key as it stands here.
        key: String,
        /// Where it stood first, in bytes.
        first: Range<usize>,
    },
    /// A value of another kind.
    WrongType {
        /// The key that it belongs to.
        key: String,
        /// What is wanted, such as `a mapping`.
        wanted: String,
        /// True if it would be right without its quotes.
        quoted: bool,
    },
    /// A word that is none of those allowed.
    WrongWord {
        /// The key that it belongs to.
        key: String,
        /// The word.
        word: String,
        /// Those allowed.
        allowed: &'static [&'static str],
        /// The one that was probably meant.
        near: Option<&'static str>,
        /// True if GitHub adds to this list.
        may_be_new: bool,
    },
    /// A value that breaks a grammar; the message says how.
    BadValue(String),
    /// An expression where none may stand.
    NoExpression {
        /// The key that the value belongs to.
        key: String,
    },
    /// Nested deeper than GitHub reads.
    TooDeep,
    /// A tag that GitHub does not know.
    UnknownTag(String),
}
