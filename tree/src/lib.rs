//! One positioned tree for YAML, JSON and TOML, so that every check speaks of values with their places. A crate of its
//! own, because it is built for speed where the rest of the program is built small: it parses, and is asked for keys
//! more often than anything else.
//!
//! The tree is an arena: nodes are numbers, text is borrowed from the source by range wherever the written form
//! is the value. A megabyte of lockfile costs about two megabytes.

mod build;
mod columns;
mod controls;
mod duplicates;
mod explain;
mod json;
mod names;
mod node;
mod padding;
mod plain_json;
mod plain_yaml;
mod rows;
mod scalar;
mod tabs;
mod text;
mod toml;
mod yaml;

use std::ops::Range;

pub use columns::Columns;
pub use explain::Explanation;
pub use json::{Looseness, looseness};
pub use names::is_json_lines;
pub use node::Node;
use rows::Rows;
pub use scalar::{Value, resolve_plain};
pub use text::Text;

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

impl Style {
    /// How a key or scalar of TOML is written that begins with this byte, and stands on one line.
    fn of_toml(first: u8) -> Style {
        match first {
            b'"' => Style::DoubleQuoted,
            b'\'' => Style::SingleQuoted,
            _ => Style::Plain,
        }
    }

    /// Bytes of its quotes, for a scalar on one line.
    fn quotes(self) -> usize {
        match self {
            Style::SingleQuoted | Style::DoubleQuoted => 2,
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scalar,
    Map,
    Seq,
    Alias,
}

#[derive(Clone, Copy, Debug)]
struct Raw {
    kind: Kind,
    style: Style,
    /// For a collection whose children are the nodes from `link` on, in the arena or in [`Rows`]: how many they are.
    row: u16,
    start: u32,
    end: u32,
    /// For a scalar, [`WRITTEN`] or the index of its value in `owned`; for a collection, where in `links` the number of
    /// its children stands, and they behind it; for an alias, its target.
    link: u32,
}

/// The children of a collection.
#[derive(Clone, Copy)]
enum Children<'t> {
    /// Nodes one behind the other, as those of a collection are that holds no others.
    Row {
        first: u32,
        number: u16,
    },
    Listed(&'t [u32]),
}

impl Children<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        match self {
            Children::Row { number, .. } => usize::from(number),
            Children::Listed(nodes) => nodes.len(),
        }
    }

    /// The child at this place, which is less than the length.
    #[inline(always)]
    fn at(self, place: usize) -> u32 {
        match self {
            Children::Row { first, .. } => first + place as u32,
            Children::Listed(nodes) => nodes[place],
        }
    }
}

/// The value of a scalar is what is written, without its quotes.
const WRITTEN: u32 = u32::MAX;

impl Raw {
    /// Where the value stands, if it is what is written.
    #[inline(always)]
    fn inner(&self) -> Range<usize> {
        let quotes = match self.style {
            Style::SingleQuoted | Style::DoubleQuoted if self.end - self.start >= 2 => 1,
            _ => 0,
        };
        self.start as usize + quotes..self.end as usize - quotes
    }
}

/// A parsed text. It is usable as far as the parser came, even when there are problems.
#[derive(Debug)]
pub struct Tree {
    text: Text,
    nodes: Vec<Raw>,
    links: Vec<u32>,
    rows: Rows,
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
    pub fn parse(text: Text, syntax: Syntax) -> Tree {
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

    /// Every node of the tree, keys included, aliases not followed: in the order of writing where a text is read from
    /// its beginning to its end, as YAML is.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let with_row = |id: u32| {
            let raw = self.raw(id);
            let number = if raw.kind == Kind::Map && Rows::has(raw.link) { u32::from(raw.row) } else { 0 };
            std::iter::once(id).chain((0..number).map(move |place| raw.link + place))
        };
        (0..self.nodes.len() as u32).flat_map(with_row).map(|id| Node { tree: self, id })
    }

    #[inline(always)]
    fn raw(&self, node: u32) -> Raw {
        match Rows::has(node) {
            true => self.rows.node(node, self.text.as_bytes()),
            false => self.nodes[node as usize],
        }
    }

    /// The first tab of a YAML text that stands before nothing, on a line that is empty or a comment. YAML allows it
    /// there, and libyaml, with all readers that come from it, does not.
    pub fn tab_before_nothing(&self) -> Option<usize> {
        tabs::before_nothing(self)
    }

    /// The children of a collection: of a mapping, keys and values in turn.
    #[inline(always)]
    fn children(&self, raw: Raw) -> Children<'_> {
        if raw.row > 0 {
            return Children::Row { first: raw.link, number: raw.row };
        }
        let first = raw.link as usize + 1;
        Children::Listed(&self.links[first..first + self.links[raw.link as usize] as usize])
    }

    /// The value of a scalar; `None` for a collection.
    #[inline(always)]
    fn text_of(&self, raw: Raw) -> Option<&str> {
        match (raw.kind, raw.link) {
            (Kind::Scalar, WRITTEN) => Some(&self.text[raw.inner()]),
            (Kind::Scalar, index) => Some(&self.owned[index as usize]),
            _ => None,
        }
    }

    /// The length of a scalar's value.
    fn length(&self, raw: Raw) -> usize {
        match raw.link {
            WRITTEN => raw.inner().len(),
            index => self.owned[index as usize].len(),
        }
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

#[cfg(test)]
mod tests;
