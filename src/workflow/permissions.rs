//! What a token may do: scopes and levels, as `permissions` gives them.
//!
//! A mapping leaves every scope that it does not name at none (GitHub's "Permissions for the GITHUB_TOKEN").

use std::collections::BTreeMap;

use super::shape::Shape;
use super::shape::workflow::PERMISSION_FIELDS;
use crate::sorted::IntoMap as _;
use crate::tree::Node;

/// How far a permission goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    #[default]
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

impl Level {
    fn of(text: &str) -> Option<Level> {
        match text {
            "none" => Some(Level::None),
            "read" => Some(Level::Read),
            "write" => Some(Level::Write),
            _ => None,
        }
    }

    /// The word in a workflow.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Read => "read",
            Level::Write => "write",
        }
    }
}

/// Levels by scope. Scopes that are not there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    levels: BTreeMap<String, Level>,
}

impl Permissions {
    /// Reads the value of `permissions`. What is misshapen is left out.
    pub fn of(node: Node<'_>) -> Permissions {
        match node.text() {
            Some("read-all") => Permissions::all(Level::Read),
            Some("write-all") => Permissions::all(Level::Write),
            _ => {
                let entry = |(key, value): (Node<'_>, Node<'_>)| {
                    Some((key.text()?.to_owned(), Level::of(value.text()?)?))
                };
                Permissions { levels: node.entries().filter_map(entry).into_map() }
            }
        }
    }

    /// What a token may do that GitHub restricts by default: contents and packages, reading.
    pub fn restricted_default() -> Permissions {
        let read = |scope: &str| (scope.to_owned(), Level::Read);
        Permissions { levels: [read("contents"), read("packages"), read("metadata")].into() }
    }

    /// Every scope at a level, as far as the scope has it.
    fn all(level: Level) -> Permissions {
        let of = |words: &[&str]| words.contains(&level.as_str());
        let fields = PERMISSION_FIELDS.iter().filter(|field| match field.value.shape {
            Shape::OneOf(words) | Shape::Known(words) => of(words),
            _ => false,
        });
        Permissions { levels: fields.map(|field| (field.key.to_owned(), level)).into_map() }
    }

    /// The level of a scope.
    pub fn level(&self, scope: &str) -> Level {
        self.levels.get(scope).copied().unwrap_or_default()
    }

    /// Scopes in which these go further than `limit`: scope, level wanted, level allowed.
    pub fn beyond<'p>(&'p self, limit: &'p Permissions) -> impl Iterator<Item = (&'p str, Level, Level)> {
        self.levels.iter().filter_map(|(scope, level)| {
            let allowed = limit.level(scope);
            (*level > allowed).then_some((scope.as_str(), *level, allowed))
        })
    }

    /// The scopes that have exactly this level, sorted.
    pub fn at(&self, level: Level) -> impl Iterator<Item = &str> {
        self.levels.iter().filter(move |(_, own)| **own == level).map(|(scope, _)| scope.as_str())
    }

    /// True if some scope may be written.
    pub fn can_write(&self) -> bool {
        self.levels.values().any(|level| *level == Level::Write)
    }
}
