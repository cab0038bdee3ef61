//! Holds a tree against a shape: every fault at its key or value, and every expression with what it may use.

mod fault;
mod scalars;
mod seen;
mod tags;
mod walk;

use std::sync::Arc;

use super::{Map, Shape, Type};
use crate::tree::Node;
use crate::workflow::contexts::Allowed;
use crate::workflow::expression::Embedded;

pub use fault::{Fault, FaultKind};

/// An expression of the file.
#[derive(Clone, Debug)]
pub struct Located<'t> {
    /// The scalar that it stands in.
    pub node: Node<'t>,
    /// The expression. Ranges count in the scalar's value.
    pub embedded: Embedded,
    /// What it may use.
    pub allowed: Allowed,
    /// The key that the value belongs to.
    pub key: Arc<str>,
}

/// What validation found.
#[derive(Debug, Default)]
pub struct Validated<'t> {
    /// Everything that GitHub would refuse.
    pub faults: Vec<Fault>,
    /// Every expression, those of `if` without braces included.
    pub expressions: Vec<Located<'t>>,
}

/// Gives all keys of a kind of file. Most files need none of them.
type Vocabulary<'v> = &'v dyn Fn() -> &'static [&'static str];

/// Holds `root` against `kind`. `vocabulary` gives all keys of this kind of file, to tell misplaced keys from new ones.
pub fn validate<'t>(root: Node<'t>, kind: &'static Type, vocabulary: Vocabulary<'_>) -> Validated<'t> {
    walk::walk(root, kind, vocabulary)
}

/// All keys of a kind of file.
pub fn vocabulary(kind: &'static Type) -> Vec<&'static str> {
    fn collect(kind: &'static Type, maps: &mut Vec<*const Map>, keys: &mut Vec<&'static str>) {
        match &kind.shape {
            Shape::Map(map) => {
                let place: *const Map = *map;
                if maps.contains(&place) {
                    return;
                }
                maps.push(place);
                for field in map.fields {
                    keys.push(field.key);
                    collect(field.value, maps, keys);
                }
                if let Some(others) = map.others {
                    collect(others, maps, keys);
                }
            }
            Shape::List(item) | Shape::Filled(item) => collect(item, maps, keys),
            Shape::Either(kinds) | Shape::Choose(_, kinds) => {
                kinds.iter().for_each(|kind| collect(kind, maps, keys))
            }
            _ => {}
        }
    }
    let mut keys = Vec::new();
    collect(kind, &mut Vec::new(), &mut keys);
    keys.sort_unstable();
    keys.dedup();
    keys
}
