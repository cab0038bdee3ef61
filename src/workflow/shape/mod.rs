//! What the files of GitHub may look like: keys, types, alternatives, and where expressions may stand.
//!
//! The tables say what GitHub's own reader accepts (`workflow-v1.0.json` and `action-v1.0.json` in
//! actions/languageservices, the converters in actions/runner), as of [`DATE`]. Keys that GitHub adds later are
//! told apart from misspelt ones by their distance to the known ones.

pub mod action;
pub mod dependabot;
pub mod events;
pub mod issue_form;
mod validate;
pub mod workflow;

use super::contexts::Allowed;
use crate::tree::Node;

pub use validate::{Fault, FaultKind, Located, Validated, validate, vocabulary};

/// The day of the tables.
pub const DATE: &str = "2026-08-05";

/// What a value may look like.
#[derive(Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Null only.
    Null,
    /// Any scalar; numbers and booleans count as text. Null is the empty text.
    Text,
    /// Any scalar but an empty one.
    NonEmpty,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// One of these words, and there will be no others.
    OneOf(&'static [&'static str]),
    /// One of these words, as far as is known: GitHub adds to such lists.
    Known(&'static [&'static str]),
    /// A mapping.
    Map(&'static Map),
    /// A sequence.
    List(&'static Type),
    /// A sequence that is not empty.
    Filled(&'static Type),
    /// The first alternative whose kind of value (scalar, mapping, sequence, null) fits.
    Either(&'static [&'static Type]),
    /// The type depends on the value, such as a step with `run` or with `uses`; and all types that it can be.
    Choose(fn(Node<'_>) -> &'static Type, &'static [&'static Type]),
    /// A scalar that a function holds against a grammar; it says what is wrong.
    Checked(fn(&str) -> Option<String>),
}

/// A shape, and which expressions may stand in it. Parts without a set of their own have that of what they are in.
#[derive(Debug)]
pub struct Type {
    /// The shape.
    pub shape: Shape,
    /// Contexts and functions, if it has a set of its own.
    pub allowed: Option<Allowed>,
}

/// A mapping.
#[derive(Debug)]
pub struct Map {
    /// What it is called in messages, such as `a step`.
    pub name: &'static str,
    /// The keys that it may have.
    pub fields: &'static [Field],
    /// The type of all other keys' values, if other keys are allowed.
    pub others: Option<&'static Type>,
    /// What is wrong with one of the other keys, if something is.
    pub check_key: Option<fn(&str) -> Option<String>>,
    /// Keys of which there must be at least one.
    pub one_of: &'static [&'static str],
    /// What GitHub makes of a key that is not among them.
    pub unknown: Unknown,
}

/// What to think of a key that a table does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// GitHub refuses it, unless it is newer than the table.
    MayBeNew,
    /// GitHub refuses it: this mapping has been the same for years.
    Refused,
    /// GitHub ignores it.
    Ignored,
}

/// A key of a mapping.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// Type of its value.
    pub value: &'static Type,
    /// True if it must be there.
    pub required: bool,
}

/// A type without expressions of its own.
pub const fn plain(shape: Shape) -> Type {
    Type { shape, allowed: None }
}

/// A type with expressions.
pub const fn with(allowed: Allowed, shape: Shape) -> Type {
    Type { shape, allowed: Some(allowed) }
}

/// A mapping with fixed keys.
pub const fn fixed(name: &'static str, fields: &'static [Field]) -> Map {
    Map { name, fields, others: None, check_key: None, one_of: &[], unknown: Unknown::MayBeNew }
}

/// A mapping with fixed keys that has been the same for years.
pub const fn closed(name: &'static str, fields: &'static [Field]) -> Map {
    Map { unknown: Unknown::Refused, ..fixed(name, fields) }
}

/// A mapping whose other keys GitHub ignores.
pub const fn lenient(name: &'static str, fields: &'static [Field]) -> Map {
    Map { unknown: Unknown::Ignored, ..fixed(name, fields) }
}

/// A mapping with keys of the user's choice.
pub const fn open(name: &'static str, others: &'static Type) -> Map {
    Map { name, fields: &[], others: Some(others), check_key: None, one_of: &[], unknown: Unknown::MayBeNew }
}

/// A key that may be there.
pub const fn may(key: &'static str, value: &'static Type) -> Field {
    Field { key, value, required: false }
}

/// A key that must be there.
pub const fn must(key: &'static str, value: &'static Type) -> Field {
    Field { key, value, required: true }
}

/// Any value.
pub static ANY: Type = plain(Shape::Any);
/// Text.
pub static TEXT: Type = plain(Shape::Text);
/// Text that is not empty.
pub static NON_EMPTY: Type = plain(Shape::NonEmpty);
/// A boolean.
pub static BOOL: Type = plain(Shape::Bool);
/// A number.
pub static NUMBER: Type = plain(Shape::Number);
/// Null.
pub static NULL: Type = plain(Shape::Null);
/// A list of text.
pub static TEXTS: Type = plain(Shape::List(&TEXT));
/// A list of text that is not empty.
pub static NON_EMPTIES: Type = plain(Shape::List(&NON_EMPTY));
/// One text, or a list.
pub static ONE_OR_MORE: Type = plain(Shape::Either(&[&NON_EMPTY, &NON_EMPTIES]));

/// An id of a job or step (`IdBuilder.cs`): letters, digits, `-` and `_`, not starting with a digit, `-` or `__`.
pub fn id_fault(id: &str) -> Option<String> {
    let first = id.chars().next()?;
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !(first.is_ascii_alphabetic() || first == '_') || !id.chars().all(legal) {
        return Some(format!("`{id}` is no id: letters, digits, `-` and `_`, starting with a letter or `_`"));
    }
    if id.starts_with("__") {
        return Some(format!("`{id}` is no id: `__` at the start is reserved"));
    }
    (id.len() >= 100).then(|| "an id has fewer than 100 characters".to_owned())
}
