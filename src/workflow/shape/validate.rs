//! Holds a tree against a shape: every fault at its key or value, and every expression with what it may use.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Map, Shape, Type, Unknown};
use crate::excerpt;
use crate::settings::nearest;
use crate::tree::{Node, Style, Value, resolve_plain};
use crate::workflow::contexts::Allowed;
use crate::workflow::expression::{self, Embedded};

/// Levels that GitHub reads (`ParseOptions.MaxDepth`).
const MAX_DEPTH: usize = 50;

/// Bytes of a key that are kept for messages: as many as a key without `?` can have.
const MAX_KEY: usize = 1024;

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

/// Holds `root` against `kind`. `vocabulary` are all keys of this kind of file, to tell misplaced keys from new ones.
pub fn validate<'t>(root: Node<'t>, kind: &'static Type, vocabulary: &[&'static str]) -> Validated<'t> {
    let mut validator = Validator { found: Validated::default(), vocabulary, path: Vec::new(), depth: 0 };
    validator.value(root, kind, Allowed::NONE);
    validator.found
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

struct Validator<'t, 'v> {
    found: Validated<'t>,
    vocabulary: &'v [&'static str],
    path: Vec<String>,
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
        if let Some(kind) = tag_fault(node) {
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
        let mut seen: HashMap<String, Node<'t>> = HashMap::new();
        for (key, value) in node.entries() {
            let Some(name) = key.text() else {
                self.expect(key, false, "text");
                continue;
            };
            if name.contains("${{") && (allowed.is_empty() || map.others.is_none()) {
                self.fault(key.range(), FaultKind::NoExpression { key: "a key".to_owned() });
                continue;
            }
            // `${{ insert }}` is a directive of the reader, and no expression.
            if name.contains("${{") && !name.contains("insert") {
                self.expressions(key, allowed);
            }
            // The very same key again is the parser's to report.
            match seen.get(&name.to_lowercase()) {
                Some(first) if first.text() != Some(name) => {
                    let kind = FaultKind::SameKey { key: name.to_owned(), first: first.range() };
                    self.fault(key.range(), kind);
                }
                Some(_) => {}
                None => drop(seen.insert(name.to_lowercase(), key)),
            }
            self.path.push(name.to_owned());
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
            misplaced: self.vocabulary.contains(&name),
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
        self.path.push(String::new());
        for item in node.items() {
            if !(item.is_scalar() && self.expressions(item, allowed)) {
                self.anything(item, allowed);
            }
        }
        for (key, value) in node.entries() {
            if let (Some(last), Some(name)) = (self.path.last_mut(), key.text()) {
                name.clone_into(last);
            }
            if !(value.is_scalar() && self.expressions(value, allowed)) {
                self.anything(value, allowed);
            }
        }
        self.path.pop();
        self.depth -= 1;
    }

    fn word(&mut self, node: Node<'t>, words: &'static [&'static str], may_be_new: bool) {
        match node.text() {
            Some(text) if words.contains(&text) => {}
            Some(text) => {
                let kind = FaultKind::WrongWord {
                    key: self.key(),
                    word: text.to_owned(),
                    allowed: words,
                    near: nearest(text, words.iter().copied()),
                    may_be_new,
                };
                self.fault(node.range(), kind);
            }
            None => self.expect(node, false, "one word"),
        }
    }

    /// Notes the expressions of a scalar. True if it is one expression as a whole, whose type is known only when it
    /// runs.
    fn expressions(&mut self, node: Node<'t>, allowed: Allowed) -> bool {
        let Some(text) = node.text() else { return false };
        let implied = self.path.last().is_some_and(|key| matches!(&**key, "if" | "pre-if" | "post-if"));
        if !text.contains("${{") {
            if implied && !allowed.is_empty() && !text.trim().is_empty() {
                let parsed = expression::parse(text);
                let embedded = Embedded { outer: 0..text.len(), start: 0, parsed };
                let key = self.key().into();
                self.found.expressions.push(Located { node, embedded, allowed, key });
                return true;
            }
            return false;
        }
        if allowed.is_empty() {
            self.fault(node.range(), FaultKind::NoExpression { key: self.key() });
            return true;
        }
        let embedded = expression::embedded(text);
        let whole = matches!(&embedded[..], [one] if text[..one.outer.start].trim().is_empty()
            && text[one.outer.end..].trim().is_empty());
        let key: Arc<str> = self.key().into();
        let located = |embedded| Located { node, embedded, allowed, key: key.clone() };
        self.found.expressions.extend(embedded.into_iter().map(located));
        // In a block scalar the whole is text with a line break.
        whole && !matches!(node.style(), Style::Literal | Style::Folded) || implied
    }

    fn expect(&mut self, node: Node<'t>, fits: bool, wanted: &str) {
        if !fits {
            let plain = node.text().map(resolve_plain);
            let quoted = node.value() != plain
                && matches!(plain, Some(Value::Int(_) | Value::Float(_) | Value::Bool(_)));
            let kind = FaultKind::WrongType { key: self.key(), wanted: wanted.to_owned(), quoted };
            self.fault(self.heading(node), kind);
        }
    }

    /// Where a fault of a whole value is shown: a collection by its first line.
    fn heading(&self, node: Node<'t>) -> Range<usize> {
        let range = node.range();
        match node.entries().next() {
            Some((key, _)) if !node.is_alias() => key.range(),
            _ => range,
        }
    }

    /// The key that the value belongs to, as far as it is shown: it is repeated for everything below it.
    fn key(&self) -> String {
        let key = self.path.iter().rev().find(|key| !key.is_empty()).map_or("", String::as_str);
        excerpt::shortened(excerpt::head(key, MAX_KEY + 4).to_owned(), MAX_KEY)
    }

    fn fault(&mut self, range: Range<usize>, kind: FaultKind) {
        self.found.faults.push(Fault { range, kind });
    }
}

/// What GitHub's reader has against a tag: it knows the core schema's, on plain scalars that are what the tag says.
fn tag_fault(node: Node<'_>) -> Option<FaultKind> {
    let tag = node.tag()?;
    let name = tag.strip_prefix("!!").or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'));
    let plain = resolve_plain(node.text().unwrap_or_default());
    let fits = match name {
        Some("str" | "map" | "seq") => return None,
        None if tag == "!" => return None,
        Some("null") => plain == Value::Null,
        Some("bool") => matches!(plain, Value::Bool(_)),
        Some("int") => matches!(plain, Value::Int(_)),
        Some("float") => matches!(plain, Value::Int(_) | Value::Float(_)),
        _ => return Some(FaultKind::UnknownTag(tag.to_owned())),
    };
    let message = match node.style() {
        Style::Plain if fits => return None,
        Style::Plain => format!("`{}` is not what the tag `{tag}` says", node.text().unwrap_or_default()),
        _ => format!("a value with the tag `{tag}` must not be quoted"),
    };
    Some(FaultKind::BadValue(message))
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
