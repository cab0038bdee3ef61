//! What is asked of a value: its type, its text, its entries, its place.

use std::ops::Range;

use ci_guard_scan::same;

use super::{Children, Kind, Raw, Style, Tree, Value, WRITTEN, resolve_plain};

/// A value in a [`Tree`], with its place.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree,
    pub(super) id: u32,
}

// Looking up keys is most of what the program does: what that is made of is inlined by name.
impl<'t> Node<'t> {
    #[inline(always)]
    fn raw(&self) -> Raw {
        self.tree.raw(self.id)
    }

    /// The node itself, or what the alias stands for.
    #[inline(always)]
    fn target(self) -> Node<'t> {
        let mut node = self;
        while let Raw { kind: Kind::Alias, link, .. } = node.raw() {
            node.id = link;
        }
        node
    }

    /// What [`Node::target`] is.
    #[inline(always)]
    pub(super) fn resolved(&self) -> Raw {
        let mut raw = self.raw();
        while raw.kind == Kind::Alias {
            raw = self.tree.raw(raw.link);
        }
        raw
    }

    /// The tree that it is part of.
    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// Bytes of the text where this is written (an alias's own place, not its target's).
    pub fn range(&self) -> Range<usize> {
        let Raw { start, end, .. } = self.raw();
        start as usize..end as usize
    }

    /// How it is written.
    pub fn style(&self) -> Style {
        self.resolved().style
    }

    /// True if it is written as `*alias`.
    pub fn is_alias(&self) -> bool {
        self.raw().kind == Kind::Alias
    }

    /// True for a mapping.
    pub fn is_map(&self) -> bool {
        self.resolved().kind == Kind::Map
    }

    /// True for a sequence.
    pub fn is_seq(&self) -> bool {
        self.resolved().kind == Kind::Seq
    }

    /// True for a scalar, null included.
    pub fn is_scalar(&self) -> bool {
        self.resolved().kind == Kind::Scalar
    }

    /// The explicit tag, such as `!!str`, as written.
    pub fn tag(&self) -> Option<&'t str> {
        lookup(&self.tree.tags, self.target().id)
    }

    /// The name of the anchor that is defined here.
    pub fn anchor(&self) -> Option<&'t str> {
        lookup(&self.tree.anchors, self.id)
    }

    /// The text of a scalar, whatever its type; `None` for a collection.
    pub fn text(&self) -> Option<&'t str> {
        self.tree.text_of(self.resolved())
    }

    /// True for a scalar with this text: `text() == Some(text)`, without cutting the text out first.
    #[inline(always)]
    pub(super) fn has_text(&self, text: &str) -> bool {
        self.bytes().is_some_and(|bytes| are_alike(bytes, text.as_bytes()))
    }

    /// The bytes of [`Node::text`].
    #[inline(always)]
    fn bytes(&self) -> Option<&'t [u8]> {
        let raw = self.resolved();
        match (raw.kind, raw.link) {
            (Kind::Scalar, WRITTEN) => Some(&self.tree.text.as_bytes()[raw.inner()]),
            (Kind::Scalar, index) => Some(self.tree.owned[index as usize].as_bytes()),
            _ => None,
        }
    }

    /// The scalar as its type, by the YAML core schema for plain scalars.
    pub fn value(&self) -> Option<Value<'t>> {
        let text = self.text()?;
        match self.tag() {
            Some("!!str" | "!") => return Some(Value::Str(text)),
            Some(_) => return Some(resolve_plain(text)),
            None => {}
        }
        Some(if self.style() == Style::Plain { resolve_plain(text) } else { Value::Str(text) })
    }

    /// The text of a scalar that is a string.
    pub fn as_str(&self) -> Option<&'t str> {
        let raw = self.resolved();
        if self.tree.tags.is_empty() && raw.style != Style::Plain {
            return self.tree.text_of(raw);
        }
        match self.value()? {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The scalar as a boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value()? {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The scalar as an integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.value()? {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// True for an explicit or empty null.
    pub fn is_null(&self) -> bool {
        self.value() == Some(Value::Null)
    }

    /// The entries of a mapping in written order; nothing for anything else.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (Node<'t>, Node<'t>)> + use<'t> {
        let (tree, raw) = (self.tree, self.resolved());
        let children = match raw.kind {
            Kind::Map => tree.children(raw),
            _ => Children::Listed(&[]),
        };
        let node = move |place| Node { tree, id: children.at(place) };
        (0..children.len() / 2).map(move |entry| (node(2 * entry), node(2 * entry + 1)))
    }

    /// The items of a sequence; nothing for anything else.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Node<'t>> + use<'t> {
        let (tree, raw) = (self.tree, self.resolved());
        let children = match raw.kind {
            Kind::Seq => tree.children(raw),
            _ => Children::Listed(&[]),
        };
        (0..children.len()).map(move |place| Node { tree, id: children.at(place) })
    }

    /// The value of a key. With duplicates the last one counts, as it does for those who accept them.
    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The values of several keys, of a mapping that has few others.
    pub fn get_each<const N: usize>(&self, keys: [&str; N]) -> [Option<Node<'t>>; N] {
        let mut found = [None; N];
        self.find(&keys, &mut found);
        found
    }

    fn find(&self, keys: &[&str], found: &mut [Option<Node<'t>>]) {
        let (tree, raw) = (self.tree, self.resolved());
        if raw.kind != Kind::Map {
            return;
        }
        let children = tree.children(raw);
        for entry in 0..children.len() / 2 {
            let Some(written) = (Node { tree, id: children.at(2 * entry) }).bytes() else { continue };
            let place = keys.iter().position(|key| are_alike(written, key.as_bytes()));
            if let Some(place) = place.and_then(|place| found.get_mut(place)) {
                *place = Some(Node { tree, id: children.at(2 * entry + 1) });
            }
        }
    }

    /// The key itself and its value.
    pub fn entry(&self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        let (tree, raw) = (self.tree, self.resolved());
        if raw.kind != Kind::Map {
            return None;
        }
        let children = tree.children(raw);
        for entry in (0..children.len() / 2).rev() {
            let written = Node { tree, id: children.at(2 * entry) };
            if written.has_text(key) {
                return Some((written, Node { tree, id: children.at(2 * entry + 1) }));
            }
        }
        None
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<Node<'t>> {
        path.iter().try_fold(*self, |node, key| node.get(key))
    }

    /// The value as plain data, for what needs no positions. Callers bound [`Tree::expanded_nodes`] first.
    pub fn to_json(&self) -> serde_json::Value {
        if self.is_map() {
            let key = |node: Node<'_>| node.text().unwrap_or_default().to_owned();
            return serde_json::Value::Object(self.entries().map(|(k, v)| (key(k), v.to_json())).collect());
        }
        if self.is_seq() {
            return serde_json::Value::Array(self.items().map(|item| item.to_json()).collect());
        }
        match self.value() {
            None | Some(Value::Null) => serde_json::Value::Null,
            Some(Value::Bool(value)) => value.into(),
            Some(Value::Int(value)) => value.into(),
            Some(Value::Float(value)) => value.into(),
            Some(Value::Str(text)) => text.into(),
        }
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl PartialEq for Node<'_> {
    /// The same node of the same tree, aliases followed.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.target().id == other.target().id
    }
}

/// True if both are the same. Most differ in their length or their first letter: that is told without a call.
#[inline(always)]
fn are_alike(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.first() == b.first() && same(a, b)
}

fn lookup(table: &[(u32, Box<str>)], id: u32) -> Option<&str> {
    let index = table.binary_search_by_key(&id, |(node, _)| *node).ok()?;
    Some(&table[index].1)
}
