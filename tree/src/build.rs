//! Fills the arena: collections are opened and closed, children are linked when their parent closes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Comment, Kind, OWNED, Problem, ProblemKind, Raw, Style, Tree};

/// Maps with fewer keys than this are compared pairwise; a hash table costs more than it saves there.
const SMALL_MAP: usize = 12;

/// Problems of a text from which on duplicates are no longer noted: nobody reads so many, and they take room.
const MAX_DUPLICATES: usize = 10_000;

pub(super) struct Builder {
    tree: Tree,
    open: Vec<Open>,
    weights: Vec<Weight>,
}

/// What a node comes to after expansion of aliases, itself included.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: u64,
    bytes: u64,
}

impl Weight {
    fn plus(self, other: Weight) -> Weight {
        Weight {
            nodes: self.nodes.saturating_add(other.nodes),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

struct Open {
    node: u32,
    children: Vec<u32>,
}

impl Builder {
    pub fn new(text: Arc<str>) -> Self {
        let tree = Tree {
            text,
            nodes: Vec::new(),
            links: Vec::new(),
            owned: Vec::new(),
            tags: Vec::new(),
            anchors: Vec::new(),
            documents: Vec::new(),
            problems: Vec::new(),
            comments: Vec::new(),
            expanded_nodes: 0,
            expanded_bytes: 0,
        };
        Builder { tree, open: Vec::new(), weights: Vec::new() }
    }

    pub fn text(&self) -> &str {
        &self.tree.text
    }

    /// Adds a scalar. `value` is borrowed from the text when it stands there as it is.
    pub fn scalar(&mut self, range: Range<usize>, value: &str, style: Style) -> u32 {
        let written = &self.tree.text[range.clone()];
        let inner = match style {
            Style::SingleQuoted | Style::DoubleQuoted if written.len() >= 2 => 1..written.len() - 1,
            _ => 0..written.len(),
        };
        let (a, b) = if written.get(inner.clone()) == Some(value) {
            ((range.start + inner.start) as u32, (range.start + inner.end) as u32)
        } else {
            self.tree.owned.push(value.into());
            (self.tree.owned.len() as u32 - 1, OWNED)
        };
        let weight = Weight { nodes: 1, bytes: value.len() as u64 };
        self.push(Kind::Scalar, style, range, a, b, weight)
    }

    /// Adds `*name`. Returns `None`, and notes a problem, if the anchor is still open around it.
    pub fn alias(&mut self, range: Range<usize>, target: u32) {
        if self.open.iter().any(|open| open.node == target) {
            self.problem(range.clone(), ProblemKind::RecursiveAlias);
            self.scalar(range, "", Style::Plain);
            return;
        }
        let weight = self.weights[target as usize];
        self.push(Kind::Alias, Style::Plain, range, target, 0, weight);
    }

    pub fn begin(&mut self, kind: Collection, style: Style, start: usize) -> u32 {
        let kind = match kind {
            Collection::Map => Kind::Map,
            Collection::Seq => Kind::Seq,
        };
        let node = self.push(kind, style, start..start, 0, 0, Weight { nodes: 1, bytes: 0 });
        self.open.push(Open { node, children: Vec::new() });
        node
    }

    /// Closes the innermost collection. `end` is where a bracket closed it; a block ends with its last child.
    pub fn end(&mut self, end: Option<usize>) {
        let Some(Open { node, mut children }) = self.open.pop() else { return };
        let is_map = self.tree.nodes[node as usize].kind == Kind::Map;
        if is_map && children.len() % 2 == 1 {
            // A key whose value the parser never reached.
            children.pop();
        }
        if is_map {
            self.find_duplicates(&children);
        }
        let last = children.last().map(|&child| self.tree.nodes[child as usize].end);
        let own = self.weights[node as usize];
        let weight = children.iter().fold(own, |sum, &child| sum.plus(self.weights[child as usize]));
        let first_link = self.tree.links.len() as u32;
        self.tree.links.extend_from_slice(&children);
        let raw = &mut self.tree.nodes[node as usize];
        raw.a = first_link;
        raw.b = first_link + children.len() as u32;
        raw.end = end.map(|end| end as u32).or(last).unwrap_or(raw.start).max(raw.start);
        self.weights[node as usize] = weight;
    }

    /// Where the innermost open collection begins, if it is one in brackets.
    pub fn open_bracket(&self) -> Option<usize> {
        let raw = self.tree.nodes[self.open.last()?.node as usize];
        (raw.style == Style::Flow).then_some(raw.start as usize)
    }

    pub fn tag(&mut self, node: u32, tag: String) {
        self.tree.tags.push((node, tag.into()));
    }

    pub fn anchor(&mut self, node: u32, name: &str) {
        self.tree.anchors.push((node, name.into()));
    }

    pub fn comment(&mut self, range: Range<usize>) {
        self.tree.comments.push(Comment { range });
    }

    pub fn problem(&mut self, range: Range<usize>, kind: ProblemKind) {
        self.tree.problems.push(Problem { range, kind });
    }

    /// Closes what is still open and hands the tree over.
    pub fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.end(None);
        }
        let documents = self.tree.documents.iter().map(|&id| self.weights[id as usize]);
        let whole = documents.fold(Weight::default(), Weight::plus);
        self.tree.expanded_nodes = whole.nodes;
        self.tree.expanded_bytes = whole.bytes;
        self.tree.tags.sort_by_key(|(node, _)| *node);
        self.tree.anchors.sort_by_key(|(node, _)| *node);
        self.tree.problems.sort_by_key(|problem| problem.range.start);
        self.tree
    }

    fn push(&mut self, kind: Kind, style: Style, range: Range<usize>, a: u32, b: u32, weight: Weight) -> u32 {
        let id = self.tree.nodes.len() as u32;
        self.tree.nodes.push(Raw { kind, style, start: range.start as u32, end: range.end as u32, a, b });
        self.weights.push(weight);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(id),
            None => self.tree.documents.push(id),
        }
        id
    }

    fn find_duplicates(&mut self, children: &[u32]) {
        let tree = &self.tree;
        let key = |index: usize| super::Node { tree, id: children[index] };
        let count = children.len() / 2;
        let mut found = Vec::new();
        if count < SMALL_MAP {
            for later in 1..count {
                let Some(text) = key(later * 2).text() else { continue };
                if let Some(first) = (0..later).find(|&first| key(first * 2).text() == Some(text)) {
                    found.push((first * 2, later * 2));
                }
            }
        } else {
            let mut seen: HashMap<&str, usize> = HashMap::with_capacity(count);
            for index in (0..children.len()).step_by(2) {
                let Some(text) = key(index).text() else { continue };
                match seen.get(text) {
                    Some(&first) => found.push((first, index)),
                    None => drop(seen.insert(text, index)),
                }
            }
        }
        let problems: Vec<_> = found
            .into_iter()
            .take(MAX_DUPLICATES.saturating_sub(tree.problems.len()))
            .map(|(first, later)| Problem {
                range: key(later).range(),
                kind: ProblemKind::DuplicateKey {
                    key: key(later).text().unwrap_or_default().to_owned(),
                    first: key(first).range(),
                },
            })
            .collect();
        self.tree.problems.extend(problems);
    }
}

#[derive(Clone, Copy)]
pub(super) enum Collection {
    Map,
    Seq,
}
