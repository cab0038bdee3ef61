//! The way through a tree beside its shape: mappings, lists, alternatives.

use super::super::{Map, Shape, Type};
use super::seen::Seen;
use super::{FaultKind, Validated, Vocabulary, tags};
use crate::settings::nearest;
use crate::tree::{Node, Value};
use crate::workflow::contexts::Allowed;
use crate::workflow::expression;

/// Levels that GitHub reads (`ParseOptions.MaxDepth`).
const MAX_DEPTH: usize = 50;

/// Holds `root` against `kind`.
pub(super) fn walk<'t>(root: Node<'t>, kind: &'static Type, vocabulary: Vocabulary<'_>) -> Validated<'t> {
    let mut validator = Validator { found: Validated::default(), vocabulary, path: Vec::new(), depth: 0 };
    validator.value(root, kind, Allowed::NONE);
    validator.found
}

/// What is known on the way.
pub(super) struct Validator<'t, 'v> {
    pub(super) found: Validated<'t>,
    vocabulary: Vocabulary<'v>,
    /// Keys on the way here.
    pub(super) path: Vec<&'t str>,
    depth: usize,
}

impl<'t> Validator<'t, '_> {
    fn value(&mut self, node: Node<'t>, kind: &'static Type, inherited: Allowed) {
        let allowed = kind.allowed.unwrap_or(inherited);
        if let Shape::Choose(choose, _) = kind.shape {
            return self.value(node, choose(node), allowed);
        }
        if self.depth >= MAX_DEPTH {
            return self.fault(node.range(), FaultKind::TooDeep);
        }
        self.depth += 1;
        self.typed(node, kind, allowed);
        self.depth -= 1;
    }

    fn typed(&mut self, node: Node<'t>, kind: &'static Type, allowed: Allowed) {
        if let Some(kind) = tags::fault_of(node) {
            self.fault(node.range(), kind);
        }
        // An expression may stand for a whole mapping, list, number or boolean.
        if node.is_scalar() && self.expressions(node, allowed) {
            return;
        }
        self.shape(node, &kind.shape, allowed);
    }

    fn shape(&mut self, node: Node<'t>, shape: &'static Shape, allowed: Allowed) {
        match shape {
            Shape::Any => self.anything(node, allowed),
            Shape::Null => self.expect(node, node.is_null(), "nothing"),
            Shape::Text => self.expect(node, node.is_scalar(), "text"),
            Shape::NonEmpty => {
                let filled = node.text().is_some_and(|text| !text.is_empty()) && !node.is_null();
                self.expect(node, filled, "text that is not empty");
            }
            Shape::Bool => self.expect(node, node.as_bool().is_some(), "`true` or `false`"),
            Shape::Number => {
                let number = matches!(node.value(), Some(Value::Int(_) | Value::Float(_)));
                self.expect(node, number, "a number");
            }
            Shape::OneOf(words) => self.word(node, words, false),
            Shape::Known(words) => self.word(node, words, true),
            Shape::Checked(check) => match node.text() {
                None => self.expect(node, false, "text"),
                Some(text) => {
                    if let Some(message) = check(text) {
                        self.fault(node.range(), FaultKind::BadValue(message));
                    }
                }
            },
            Shape::List(item) => self.list(node, item, allowed),
            Shape::Filled(item) => {
                if node.is_seq() && node.items().len() == 0 {
                    let message = format!("`{}` must not be empty", self.key());
                    self.fault(node.range(), FaultKind::BadValue(message));
                }
                self.list(node, item, allowed);
            }
            Shape::Map(map) => self.map(node, map, allowed),
            Shape::Either(kinds) => self.either(node, kinds, allowed),
            Shape::Choose(..) => {}
        }
    }

    fn list(&mut self, node: Node<'t>, item: &'static Type, allowed: Allowed) {
        if !node.is_seq() {
            return self.expect(node, false, "a list");
        }
        for value in node.items() {
            self.value(value, item, allowed);
        }
    }

    fn map(&mut self, node: Node<'t>, map: &'static Map, allowed: Allowed) {
        if !node.is_map() {
            return self.expect(node, false, "a mapping");
        }
        let mut seen = Seen::default();
        for (key, value) in node.entries() {
            let Some(name) = key.text() else {
                self.expect(key, false, "text");
                continue;
            };
            if expression::is_in(name) {
                if allowed.is_empty() || map.others.is_none() {
                    self.fault(key.range(), FaultKind::NoExpression { key: "a key".to_owned() });
                    continue;
                }
                // `${{ insert }}` is a directive of the reader, and no expression.
                if !name.contains("insert") {
                    self.expressions(key, allowed);
                }
            }
            if let Some(first) = seen.add(name, key) {
                let kind = FaultKind::SameKey { key: name.to_owned(), first: first.range() };
                self.fault(key.range(), kind);
            }
            self.path.push(name);
            self.entry(key, value, map, allowed);
            self.path.pop();
        }
        for field in map.fields.iter().filter(|field| field.required) {
            if node.get(field.key).is_none() {
                let place = self.heading(node);
                self.fault(place, FaultKind::MissingKey { keys: vec![field.key], inside: map.name });
            }
        }
        if !map.one_of.is_empty() && map.one_of.iter().all(|key| node.get(key).is_none()) {
            let place = self.heading(node);
            self.fault(place, FaultKind::MissingKey { keys: map.one_of.to_vec(), inside: map.name });
        }
    }

    fn entry(&mut self, key: Node<'t>, value: Node<'t>, map: &'static Map, allowed: Allowed) {
        let name = key.text().unwrap_or_default();
        if let Some(field) = map.fields.iter().find(|field| field.key == name) {
            return self.value(value, field.value, allowed);
        }
        if let Some(message) = map.check_key.and_then(|check| check(name)) {
            self.fault(key.range(), FaultKind::BadValue(message));
        }
        if let Some(kind) = map.others {
            if name.is_empty() {
                self.fault(key.range(), FaultKind::BadValue("a key must not be empty".to_owned()));
            }
            return self.value(value, kind, allowed);
        }
        if key.is_null() {
            return self.fault(key.range(), FaultKind::BadValue("a key must not be empty".to_owned()));
        }
        let known: Vec<&'static str> = map.fields.iter().map(|field| field.key).collect();
        let kind = FaultKind::UnknownKey {
            key: name.to_owned(),
            inside: map.name,
            near: nearest(name, known.iter().copied()),
            misplaced: (self.vocabulary)().contains(&name),
            unknown: map.unknown,
            known,
        };
        self.fault(key.range(), kind);
    }

    /// The alternative whose kind of value is that of the node; the first one complains if none is.
    fn either(&mut self, node: Node<'t>, kinds: &'static [&'static Type], allowed: Allowed) {
        let fits = |kind: &&&'static Type| match kind.shape {
            Shape::Map(_) => node.is_map(),
            Shape::List(_) | Shape::Filled(_) => node.is_seq(),
            Shape::Null => node.is_null(),
            _ => node.is_scalar() && !node.is_null(),
        };
        if let Some(kind) = kinds.iter().find(fits) {
            return self.value_of_alternative(node, kind, allowed);
        }
        // Null is the empty text where text is one of the alternatives.
        if node.is_null()
            && let Some(kind) = kinds.iter().find(|kind| matches!(kind.shape, Shape::Text | Shape::NonEmpty))
        {
            return self.value_of_alternative(node, kind, allowed);
        }
        let mut words: Vec<&str> = kinds.iter().map(|kind| in_words(&kind.shape)).collect();
        words.dedup();
        self.expect(node, false, &words.join(" or "));
    }

    /// Like [`Self::value`], for a scalar whose expressions have been looked at already.
    fn value_of_alternative(&mut self, node: Node<'t>, kind: &'static Type, allowed: Allowed) {
        let allowed = kind.allowed.unwrap_or(allowed);
        match &kind.shape {
            Shape::Choose(choose, _) => self.value(node, choose(node), allowed),
            shape => self.shape(node, shape, allowed),
        }
    }

    /// Values of the user's own, such as those of a matrix: expressions only.
    fn anything(&mut self, node: Node<'t>, allowed: Allowed) {
        if self.depth >= MAX_DEPTH {
            return self.fault(node.range(), FaultKind::TooDeep);
        }
        self.depth += 1;
        self.path.push("");
        for item in node.items() {
            if !(item.is_scalar() && self.expressions(item, allowed)) {
                self.anything(item, allowed);
            }
        }
        for (key, value) in node.entries() {
            if let (Some(last), Some(name)) = (self.path.last_mut(), key.text()) {
                *last = name;
            }
            if !(value.is_scalar() && self.expressions(value, allowed)) {
                self.anything(value, allowed);
            }
        }
        self.path.pop();
        self.depth -= 1;
    }
}

fn in_words(shape: &Shape) -> &'static str {
    match shape {
        Shape::Map(_) => "a mapping",
        Shape::List(_) | Shape::Filled(_) => "a list",
        Shape::Null => "nothing",
        Shape::Bool => "`true` or `false`",
        Shape::Number => "a number",
        _ => "text",
    }
}
