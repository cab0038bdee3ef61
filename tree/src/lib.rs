//! One positioned tree for YAML, JSON and TOML, so that every check speaks of values with their places. A crate of its
//! own, because it is built for speed where the rest of the program is built small: it parses, and is asked for keys
//! more often than anything else.
//!
//! The tree is an arena: nodes are numbers, text is borrowed from the source by range wherever the written form
//! is the value. A megabyte of lockfile costs about two megabytes.

mod build;
mod explain;
mod json;
mod names;
mod padding;
mod plain_json;
mod scalar;
mod tabs;
mod toml;
mod yaml;

use std::ops::Range;
use std::sync::Arc;

pub use explain::Explanation;
pub use json::{Looseness, looseness};
pub use names::is_json_lines;
pub use scalar::{Value, resolve_plain};

/// How a file is read. A file has one syntax, decided by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2 with the core schema.
    Yaml,
    /// JSON as RFC 8259 has it.
    Json,
    /// JSON with comments and trailing commas.
    Jsonc,
    /// TOML 1.1.
    Toml,
}

impl Syntax {
    /// The name that people use.
    pub fn as_str(self) -> &'static str {
        match self {
            Syntax::Yaml => "YAML",
            Syntax::Json => "JSON",
            Syntax::Jsonc => "JSON with comments",
            Syntax::Toml => "TOML",
        }
    }
}

/// What is wrong with the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The kind, with what the kind needs to be explained.
    pub kind: ProblemKind,
}

impl Problem {
    /// True where the parser gave up for a limit of its own: the text may well be valid, and was not read.
    pub fn is_limit(&self) -> bool {
        let ProblemKind::Syntax(message) = &self.kind else { return false };
        let limits = ["recursion limit", "cannot recurse", "nesting depth", "too many buffered comments"];
        message == yaml::TOO_MANY_REPEATS || limits.iter().any(|limit| message.contains(limit))
    }
}

/// The kinds of [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The text is not of its syntax; the parser's own words.
    Syntax(String),
    /// The key stands a second time in the same mapping.
    DuplicateKey {
        /// The key as it resolves.
        key: String,
        /// Where it stood first, in bytes.
        first: Range<usize>,
    },
    /// An alias without an anchor before it.
    UnknownAnchor(String),
    /// An alias inside its own anchor.
    RecursiveAlias,
}

/// A comment, with its place. `text` is without the marker.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Bytes of the text, marker included, line break excluded.
    pub range: Range<usize>,
}

/// How a scalar or collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes: its type is what it looks like.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scalar,
    Map,
    Seq,
    Alias,
}

/// `a` and `b` are, for a scalar, the range of its value in the text, or the index of an owned string and
/// [`OWNED`]; for a collection, the range of its children in `links`; for an alias, its target.
#[derive(Clone, Copy, Debug)]
struct Raw {
    kind: Kind,
    style: Style,
    start: u32,
    end: u32,
    a: u32,
    b: u32,
}

const OWNED: u32 = u32::MAX;

/// A parsed text. It is usable as far as the parser came, even when there are problems.
#[derive(Debug)]
pub struct Tree {
    text: Arc<str>,
    nodes: Vec<Raw>,
    links: Vec<u32>,
    owned: Vec<Box<str>>,
    tags: Vec<(u32, Box<str>)>,
    anchors: Vec<(u32, Box<str>)>,
    documents: Vec<u32>,
    /// All problems of the text, in the order of their places.
    pub problems: Vec<Problem>,
    /// All comments, in the order of their places.
    pub comments: Vec<Comment>,
    /// Nodes after every alias is replaced by what it stands for; saturates.
    pub expanded_nodes: u64,
    /// Bytes of all scalars after every alias is replaced by what it stands for; saturates.
    pub expanded_bytes: u64,
}

/// Text beyond this cannot be addressed by the arena; callers refuse much smaller files.
pub const MAX_TEXT: usize = u32::MAX as usize - 1;

impl Tree {
    /// Parses `text`. Never fails: what is wrong is in [`Tree::problems`].
    pub fn parse(text: Arc<str>, syntax: Syntax) -> Tree {
        debug_assert!(text.len() <= MAX_TEXT);
        match syntax {
            Syntax::Yaml => yaml::parse(text),
            Syntax::Json => json::parse(text, false),
            Syntax::Jsonc => json::parse(text, true),
            Syntax::Toml => toml::parse(text),
        }
    }

    /// The root of the first document, if there is one.
    pub fn root(&self) -> Option<Node<'_>> {
        self.documents().next()
    }

    /// The roots of all documents.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = Node<'_>> {
        self.documents.iter().map(|&id| Node { tree: self, id })
    }

    /// Every node of the tree in the order of writing, keys included, aliases not followed.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len() as u32).map(|id| Node { tree: self, id })
    }

    /// The first tab of a YAML text that stands before nothing, on a line that is empty or a comment. YAML allows it
    /// there, and libyaml, with all readers that come from it, does not.
    pub fn tab_before_nothing(&self) -> Option<usize> {
        tabs::before_nothing(self)
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when nothing is wrong with the text.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// A value in a [`Tree`], with its place.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: u32,
}

// The program is built for size, and looking up keys is most of what it does: what that is made of is inlined by name.
impl<'t> Node<'t> {
    #[inline(always)]
    fn raw(&self) -> &'t Raw {
        &self.tree.nodes[self.id as usize]
    }

    /// The node itself, or what the alias stands for.
    #[inline(always)]
    fn target(self) -> Node<'t> {
        let mut node = self;
        while node.raw().kind == Kind::Alias {
            node.id = node.raw().a;
        }
        node
    }

    /// Bytes of the text where this is written (an alias's own place, not its target's).
    pub fn range(&self) -> Range<usize> {
        self.raw().start as usize..self.raw().end as usize
    }

    /// How it is written.
    pub fn style(&self) -> Style {
        self.target().raw().style
    }

    /// True if it is written as `*alias`.
    pub fn is_alias(&self) -> bool {
        self.raw().kind == Kind::Alias
    }

    /// True for a mapping.
    pub fn is_map(&self) -> bool {
        self.target().raw().kind == Kind::Map
    }

    /// True for a sequence.
    pub fn is_seq(&self) -> bool {
        self.target().raw().kind == Kind::Seq
    }

    /// True for a scalar, null included.
    pub fn is_scalar(&self) -> bool {
        self.target().raw().kind == Kind::Scalar
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
        let Node { tree, id } = self.target();
        let raw = &tree.nodes[id as usize];
        match (raw.kind, raw.b) {
            (Kind::Scalar, OWNED) => Some(&tree.owned[raw.a as usize]),
            (Kind::Scalar, end) => Some(&tree.text[raw.a as usize..end as usize]),
            _ => None,
        }
    }

    /// True for a scalar with this text: `text() == Some(text)`, without cutting the text out first.
    #[inline(always)]
    fn has_text(&self, text: &str) -> bool {
        let Node { tree, id } = self.target();
        let raw = &tree.nodes[id as usize];
        match (raw.kind, raw.b) {
            (Kind::Scalar, OWNED) => *tree.owned[raw.a as usize] == *text,
            (Kind::Scalar, end) => {
                (end - raw.a) as usize == text.len()
                    && tree.text.as_bytes()[raw.a as usize..end as usize] == *text.as_bytes()
            }
            _ => false,
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
        let Node { tree, id } = self.target();
        let raw = &tree.nodes[id as usize];
        let links = match raw.kind {
            Kind::Map => &tree.links[raw.a as usize..raw.b as usize],
            _ => &[],
        };
        links.chunks_exact(2).map(move |pair| (Node { tree, id: pair[0] }, Node { tree, id: pair[1] }))
    }

    /// The items of a sequence; nothing for anything else.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Node<'t>> + use<'t> {
        let Node { tree, id } = self.target();
        let raw = &tree.nodes[id as usize];
        let links = match raw.kind {
            Kind::Seq => &tree.links[raw.a as usize..raw.b as usize],
            _ => &[],
        };
        links.iter().map(move |&id| Node { tree, id })
    }

    /// The value of a key. With duplicates the last one counts, as it does for those who accept them.
    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key itself and its value.
    pub fn entry(&self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        let Node { tree, id } = self.target();
        let raw = &tree.nodes[id as usize];
        if raw.kind != Kind::Map {
            return None;
        }
        let links = &tree.links[raw.a as usize..raw.b as usize];
        let mut at = links.len();
        while at >= 2 {
            at -= 2;
            let written = Node { tree, id: links[at] };
            if written.has_text(key) {
                return Some((written, Node { tree, id: links[at + 1] }));
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

fn lookup(table: &[(u32, Box<str>)], id: u32) -> Option<&str> {
    let index = table.binary_search_by_key(&id, |(node, _)| *node).ok()?;
    Some(&table[index].1)
}

#[cfg(test)]
mod tests;
