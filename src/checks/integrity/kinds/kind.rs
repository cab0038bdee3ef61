//! What kind of value an expression has, as far as the file says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::sorted::IntoMap as _;
use crate::tree::{Node, Value as Scalar};
use crate::workflow::expression::{self, Expr, ExprKind};
use crate::workflow::names::{Scope, Value};

/// Levels of collections and expressions that are followed.
const MAX_DEPTH: usize = 20;

/// A kind of value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Nobody knows before the run.
    Any,
    Null,
    Bool,
    Number,
    Text,
    List(Box<Kind>),
    Map(Map),
}

/// An object: properties in lower case, and the kind of all others; absent if there are no others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    pub properties: BTreeMap<String, Kind>,
    pub others: Option<Box<Kind>>,
}

impl Map {
    /// The kind of the property of this name.
    pub fn get(&self, name: &str) -> &Kind {
        let known = self.properties.get(&name.to_lowercase());
        known.or(self.others.as_deref()).unwrap_or(&Kind::Null)
    }
}

impl Kind {
    /// An object with these properties, and others of one kind.
    pub fn map<const N: usize>(properties: [(&str, Kind); N], others: Kind) -> Kind {
        let properties = properties.into_iter().map(|(name, kind)| (name.to_owned(), kind)).into_map();
        Kind::Map(Map { properties, others: Some(Box::new(others)) })
    }

    /// An object whose properties are all of one kind.
    pub fn map_of(others: Kind) -> Kind {
        Kind::map([], others)
    }

    /// In words, for messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Kind::Any => "a value",
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "an object",
        }
    }

    /// True for lists and objects.
    pub fn is_collection(&self) -> bool {
        matches!(self, Kind::List(_) | Kind::Map(_))
    }

    /// True for what has no properties and no items.
    pub fn is_scalar(&self) -> bool {
        !self.is_collection() && *self != Kind::Any
    }

    /// The kind of what may be this or that.
    pub fn or(self, other: Kind) -> Kind {
        match (self, other) {
            (a, b) if a == b => a,
            (Kind::List(a), Kind::List(b)) => Kind::List(Box::new(a.or(*b))),
            (Kind::Map(mut a), Kind::Map(b)) => {
                let same = a.properties.keys().eq(b.properties.keys());
                for (name, kind) in b.properties {
                    let known = a.properties.remove(&name);
                    a.properties.insert(name, known.map_or(Kind::Any, |known| known.or(kind)));
                }
                // What only one of them has is there or not.
                a.others = if same && a.others == b.others { a.others } else { Some(Box::new(Kind::Any)) };
                Kind::Map(a)
            }
            _ => Kind::Any,
        }
    }

    /// The kind of a value that is written out; expressions in it see no context but those given.
    pub fn of_node(node: Node<'_>, contexts: &Contexts) -> Kind {
        Kind::at(node, contexts, MAX_DEPTH)
    }

    fn at(node: Node<'_>, contexts: &Contexts, depth: usize) -> Kind {
        if depth == 0 {
            return Kind::Any;
        }
        if node.is_map() {
            let entry = |(key, value): (Node<'_>, Node<'_>)| {
                Some((key.text()?.to_lowercase(), Kind::at(value, contexts, depth - 1)))
            };
            return Kind::Map(Map { properties: node.entries().filter_map(entry).into_map(), others: None });
        }
        if node.is_seq() {
            let kinds = node.items().map(|item| Kind::at(item, contexts, depth - 1));
            return Kind::List(Box::new(kinds.reduce(Kind::or).unwrap_or(Kind::Any)));
        }
        match node.value() {
            None | Some(Scalar::Null) => Kind::Null,
            Some(Scalar::Bool(_)) => Kind::Bool,
            Some(Scalar::Int(_) | Scalar::Float(_)) => Kind::Number,
            Some(Scalar::Str(text)) if !text.contains("${{") => Kind::Text,
            Some(Scalar::Str(text)) => match expression::embedded(text).as_slice() {
                [only] if only.outer == (0..text.len()) => {
                    only.parsed.as_ref().map_or(Kind::Any, |expr| contexts.kind(expr).into_owned())
                }
                _ => Kind::Text,
            },
        }
    }

    fn of_value(value: &Value) -> Kind {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::Text(_) => Kind::Text,
            Value::Unknown => Kind::Any,
            Value::List(items) => {
                Kind::List(Box::new(items.iter().map(Kind::of_value).reduce(Kind::or).unwrap_or(Kind::Any)))
            }
            Value::Map(entries) => Kind::Map(Map {
                properties: entries
                    .iter()
                    .map(|(name, value)| (name.to_lowercase(), Kind::of_value(value)))
                    .into_map(),
                others: None,
            }),
        }
    }
}

/// The kinds of contexts at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Contexts {
    /// Those that depend on the place.
    pub own: Vec<(&'static str, Kind)>,
    /// Those that do not.
    pub shared: &'static [(&'static str, Kind)],
}

impl Contexts {
    /// The kind of an expression's value.
    pub fn kind(&self, expr: &Expr) -> Cow<'_, Kind> {
        Cow::Owned(match &expr.kind {
            ExprKind::Null => Kind::Null,
            ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::Compare(..) => Kind::Bool,
            ExprKind::Number(_) => Kind::Number,
            ExprKind::String(_) => Kind::Text,
            ExprKind::Name(name) => {
                let found =
                    self.own.iter().chain(self.shared).find(|(own, _)| own.eq_ignore_ascii_case(name));
                return found.map_or(Cow::Owned(Kind::Any), |(_, kind)| Cow::Borrowed(kind));
            }
            ExprKind::Property(of, name) => return property(self.kind(of), name),
            ExprKind::Index(of, index) => match (self.kind(of), &index.kind) {
                (kind, ExprKind::String(name)) => return property(kind, name),
                (Cow::Borrowed(Kind::List(item)), _) => return Cow::Borrowed(item),
                (Cow::Owned(Kind::List(item)), _) => *item,
                _ => Kind::Any,
            },
            ExprKind::Star(_) => Kind::List(Box::new(Kind::Any)),
            ExprKind::All(parts) | ExprKind::Any(parts) => {
                parts.iter().map(|part| self.kind(part).into_owned()).reduce(Kind::or).unwrap_or(Kind::Any)
            }
            ExprKind::Call(name, arguments) => match name.to_ascii_lowercase().as_str() {
                "contains" | "startswith" | "endswith" | "always" | "success" | "failure" | "cancelled" => {
                    Kind::Bool
                }
                "format" | "join" | "tojson" | "hashfiles" => Kind::Text,
                "fromjson" if matches!(arguments.as_slice(), [one] if matches!(one.kind, ExprKind::String(_))) => {
                    Kind::of_value(&Scope::default().value(expr))
                }
                _ => Kind::Any,
            },
        })
    }
}

/// The kind of a property. What follows a star is a list of whatever there is.
fn property<'k>(of: Cow<'k, Kind>, name: &str) -> Cow<'k, Kind> {
    match of {
        Cow::Borrowed(Kind::Map(map)) => Cow::Borrowed(map.get(name)),
        Cow::Owned(Kind::Map(map)) => Cow::Owned(map.get(name).clone()),
        _ => Cow::Owned(Kind::Any),
    }
}
