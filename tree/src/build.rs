//! Fills the arena: collections are opened and closed, children are linked when their parent closes.

use std::ops::Range;

use super::rows::{Rows, Shape};
use super::{Comment, Kind, Problem, ProblemKind, Raw, Style, Text, Tree, WRITTEN, duplicates};

/// Problems of a text from which on more are no longer noted: nobody reads so many, and they take room.
pub(super) const MAX_PROBLEMS: usize = 10_000;

/// Bytes of a text for each value or key of it, at least: the lists are made for so many at once.
pub(super) const BYTES_PER_NODE: usize = 16;

pub(super) struct Builder {
    tree: Tree,
    open: Vec<Open>,
    /// Children of the open collections, those of the innermost last.
    children: Vec<u32>,
    /// What the nodes with an anchor come to, in the order of the nodes: aliases repeat it.
    anchored: Vec<(u32, Weight)>,
    /// What the finished documents come to.
    whole: Weight,
    /// Bytes of all loose scalars.
    loose: u64,
    /// Keys and values that stand in rows.
    in_rows: u64,
}

/// What a node comes to after expansion of aliases, itself included.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: u64,
    bytes: u64,
}

impl Weight {
    fn minus(self, other: Weight) -> Weight {
        Weight {
            nodes: self.nodes.saturating_sub(other.nodes),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    fn plus(self, other: Weight) -> Weight {
        Weight {
            nodes: self.nodes.saturating_add(other.nodes),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

struct Open {
    node: u32,
    /// Where its children begin.
    first: usize,
    weight: Weight,
    /// What its last child comes to, which is part of that.
    last: Weight,
}

impl Builder {
    pub fn new(text: Text) -> Self {
        Self::with_room(text, 0, 0)
    }

    /// The same with room for so many nodes and links, and for rows of so many words, from the beginning.
    pub fn with_room(text: Text, nodes: usize, words: usize) -> Self {
        let mut links = Vec::with_capacity(nodes);
        links.push(0);
        let tree = Tree {
            text,
            nodes: Vec::with_capacity(nodes),
            links,
            rows: Rows::with_room(words),
            owned: Vec::new(),
            tags: Vec::new(),
            anchors: Vec::new(),
            documents: Vec::new(),
            problems: Vec::new(),
            comments: Vec::new(),
            expanded_nodes: 0,
            expanded_bytes: 0,
        };
        Builder {
            tree,
            open: Vec::new(),
            children: Vec::new(),
            anchored: Vec::new(),
            whole: Weight::default(),
            loose: 0,
            in_rows: 0,
        }
    }

    pub fn text(&self) -> &str {
        &self.tree.text
    }

    /// Adds a scalar. `value` is borrowed from the text when it stands there as it is.
    pub fn scalar(&mut self, range: Range<usize>, value: &str, style: Style) -> u32 {
        let id = self.push(Kind::Scalar, style, range, WRITTEN);
        self.set_value(id, value);
        self.adopt(id, Weight { nodes: 1, bytes: value.len() as u64 });
        id
    }

    /// A scalar that [`Builder::link`] gives to a collection.
    pub fn loose_scalar(&mut self, range: Range<usize>, value: &str, style: Style) -> u32 {
        let id = self.push(Kind::Scalar, style, range, WRITTEN);
        self.set_value(id, value);
        self.loose += value.len() as u64;
        id
    }

    /// The same for a scalar whose value is what is written.
    pub fn written(&mut self, range: Range<usize>, style: Style) -> u32 {
        self.loose += (range.len() - style.quotes()) as u64;
        self.push(Kind::Scalar, style, range, WRITTEN)
    }

    /// Says what the value of a scalar is, which stands in its place already.
    fn set_value(&mut self, node: u32, value: &str) {
        // Most are part of the text itself, so that nothing need be compared.
        let stands =
            |there: &str| there.len() == value.len() && (there.as_ptr() == value.as_ptr() || there == value);
        let raw = &mut self.tree.nodes[node as usize];
        if !self.tree.text.get(raw.inner()).is_some_and(stands) {
            raw.link = self.tree.owned.len() as u32;
            self.tree.owned.push(value.into());
        }
    }

    /// A collection that [`Builder::link`] gives its children.
    pub fn loose(&mut self, kind: Collection, style: Style, range: Range<usize>) -> u32 {
        self.push_empty(kind, style, range)
    }

    /// Gives a loose collection its children: those of a map are keys and values in turn.
    pub fn link(&mut self, node: u32, children: &[u32]) {
        self.tree.link(node, children);
    }

    /// Adds how a table is written, whose like may be a row: its number.
    pub fn add_shape(&mut self, shape: Shape) -> u32 {
        self.tree.rows.add_shape(shape)
    }

    /// The shape with this number.
    #[inline(always)]
    pub fn shape(&self, number: u32) -> &Shape {
        self.tree.rows.shape(number)
    }

    /// A loose table of a shape, whose values end there and have so many bytes. `None` if there is no room for it.
    #[inline(always)]
    pub fn row(&mut self, shape: u32, range: Range<usize>, ends: &[u32], bytes: usize) -> Option<u32> {
        let &Shape { ref entries, key_bytes, .. } = self.shape(shape);
        let entries = entries.len();
        let first = self.tree.rows.add(shape, range.start as u32, &ends[..entries])?;
        let node = self.push(Kind::Map, Style::Block, range, first);
        self.tree.nodes[node as usize].row = 2 * entries as u16;
        self.loose += (key_bytes + bytes) as u64;
        self.in_rows += 2 * entries as u64;
        Some(node)
    }

    /// Makes a loose collection the document. What is loose has no aliases, so everything counts once; what belongs to
    /// nothing, of a text with faults, does not count.
    pub fn document(&mut self, node: u32) {
        self.tree.documents.push(node);
        let mut ahead = vec![node];
        while let Some(node) = ahead.pop() {
            let raw = self.tree.raw(node);
            if raw.kind == Kind::Scalar {
                self.whole.bytes += self.tree.length(raw) as u64;
            } else {
                let children = self.tree.children(raw);
                ahead.extend((0..children.len()).map(|place| children.at(place)));
            }
            self.whole.nodes += 1;
        }
    }

    /// The same where every node belongs to the document.
    pub fn whole_document(&mut self, node: u32) {
        self.tree.documents.push(node);
        self.whole = Weight { nodes: self.tree.nodes.len() as u64 + self.in_rows, bytes: self.loose };
    }

    /// The text of a scalar.
    pub fn value(&self, node: u32) -> &str {
        super::Node { tree: &self.tree, id: node }.text().unwrap_or_default()
    }

    /// True for a scalar with this text.
    pub fn has_text(&self, node: u32, text: &str) -> bool {
        super::Node { tree: &self.tree, id: node }.has_text(text)
    }

    /// Where a node is written.
    pub fn range(&self, node: u32) -> Range<usize> {
        let raw = self.tree.nodes[node as usize];
        raw.start as usize..raw.end as usize
    }

    /// Says where a collection ends.
    pub fn end_at(&mut self, node: u32, end: usize) {
        self.tree.nodes[node as usize].end = end as u32;
    }

    /// Says anew where a node is written.
    pub fn place(&mut self, node: u32, range: Range<usize>) {
        let value = self.value(node).to_owned();
        let raw = &mut self.tree.nodes[node as usize];
        (raw.start, raw.end) = (range.start as u32, range.end.max(range.start) as u32);
        if raw.kind == Kind::Scalar && raw.link == WRITTEN {
            self.set_value(node, &value);
        }
    }

    /// Adds `*name`. Returns `None`, and notes a problem, if the anchor is still open around it.
    pub fn alias(&mut self, range: Range<usize>, target: u32) {
        if self.open.iter().any(|open| open.node == target) {
            self.problem(range.clone(), ProblemKind::RecursiveAlias);
            self.scalar(range, "", Style::Plain);
            return;
        }
        let known = self.anchored.binary_search_by_key(&target, |(node, _)| *node);
        let weight = known.map_or(Weight { nodes: 1, bytes: 0 }, |at| self.anchored[at].1);
        let id = self.push(Kind::Alias, Style::Plain, range, target);
        self.adopt(id, weight);
    }

    pub fn begin(&mut self, kind: Collection, style: Style, start: usize) -> u32 {
        let node = self.push_empty(kind, style, start..start);
        // It is counted when it is closed.
        self.adopt(node, Weight::default());
        self.open.push(Open {
            node,
            first: self.children.len(),
            weight: Weight { nodes: 1, bytes: 0 },
            last: Weight::default(),
        });
        node
    }

    /// Closes the innermost collection. `end` is where a bracket closed it; a block ends with its last child.
    pub fn end(&mut self, end: Option<usize>) {
        let Some(Open { node, first, mut weight, last }) = self.open.pop() else { return };
        let is_map = self.tree.nodes[node as usize].kind == Kind::Map;
        if is_map && (self.children.len() - first) % 2 == 1 {
            // A key whose value the parser never reached.
            self.children.pop();
            weight = weight.minus(last);
        }
        if is_map {
            let found = duplicates::among(&self.tree, &self.children[first..]);
            self.tree.problems.extend(found);
        }
        let children = &self.children[first..];
        self.tree.link(node, children);
        let end_of_last = children.last().map(|&child| self.tree.nodes[child as usize].end);
        self.children.truncate(first);
        let raw = &mut self.tree.nodes[node as usize];
        raw.end = end.map(|end| end as u32).or(end_of_last).unwrap_or(raw.start).max(raw.start);
        if let Ok(at) = self.anchored.binary_search_by_key(&node, |(node, _)| *node) {
            self.anchored[at].1 = weight;
        }
        self.count(weight);
    }

    /// Where the innermost open collection begins, if it is one in brackets.
    pub fn open_bracket(&self) -> Option<usize> {
        let raw = self.tree.nodes[self.open.last()?.node as usize];
        (raw.style == Style::Flow).then_some(raw.start as usize)
    }

    /// Whether the innermost open collection is a mapping.
    pub fn is_in_map(&self) -> bool {
        self.open.last().is_some_and(|open| self.tree.nodes[open.node as usize].kind == Kind::Map)
    }

    pub fn tag(&mut self, node: u32, tag: String) {
        self.tree.tags.push((node, tag.into()));
    }

    pub fn anchor(&mut self, node: u32, name: &str) {
        self.tree.anchors.push((node, name.into()));
        // That of a collection is known when it is closed.
        self.anchored.push((node, Weight { nodes: 1, bytes: self.value(node).len() as u64 }));
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
        self.tree.nodes = without_room(self.tree.nodes);
        self.tree.links = without_room(self.tree.links);
        self.tree.owned = without_room(self.tree.owned);
        self.tree.comments = without_room(self.tree.comments);
        self.tree.expanded_nodes = self.whole.nodes;
        self.tree.expanded_bytes = self.whole.bytes;
        self.tree.tags.sort_by_key(|(node, _)| *node);
        self.tree.anchors.sort_by_key(|(node, _)| *node);
        self.tree.problems.sort_by_key(|problem| problem.range.start);
        self.tree
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, style: Style, range: Range<usize>, link: u32) -> u32 {
        let id = self.tree.nodes.len() as u32;
        let (start, end) = (range.start as u32, range.end as u32);
        self.tree.nodes.push(Raw { kind, style, row: 0, start, end, link });
        id
    }

    /// A collection without children: the first of the links says that there are none.
    fn push_empty(&mut self, kind: Collection, style: Style, range: Range<usize>) -> u32 {
        self.push(kind.of_nodes(), style, range, 0)
    }

    /// Gives a node to the innermost open collection.
    fn adopt(&mut self, id: u32, weight: Weight) {
        match self.open.is_empty() {
            true => self.tree.documents.push(id),
            false => self.children.push(id),
        }
        self.count(weight);
    }

    fn count(&mut self, weight: Weight) {
        match self.open.last_mut() {
            Some(parent) => (parent.weight, parent.last) = (parent.weight.plus(weight), weight),
            None => self.whole = self.whole.plus(weight),
        }
    }
}

impl Tree {
    #[inline(always)]
    fn link(&mut self, node: u32, children: &[u32]) {
        let raw = &mut self.nodes[node as usize];
        let Some(&first) = children.first() else { return };
        if let Some(row) = row(children) {
            (raw.link, raw.row) = (first, row);
            return;
        }
        raw.link = self.links.len() as u32;
        self.links.push(children.len() as u32);
        self.links.extend_from_slice(children);
    }
}

/// How many children there are, if they are nodes one behind the other.
#[inline(always)]
fn row(children: &[u32]) -> Option<u16> {
    let number = u16::try_from(children.len()).ok()?;
    let (first, last) = (*children.first()?, *children.last()?);
    let is_row = last == first + u32::from(number) - 1 && children.is_sorted_by(|a, b| *b == a + 1);
    is_row.then_some(number)
}

/// Bytes of a list from which on it has memory of its own, whose unused pages cost nothing.
const OWN_MEMORY: usize = 1 << 17;

/// A list that has grown may have as much room again, and trees are kept. It moves: allocators shrink nothing in place.
fn without_room<T>(list: Vec<T>) -> Vec<T> {
    let room = list.capacity() - list.len();
    if room <= list.len() / 8 || list.len() * size_of::<T>() > OWN_MEMORY {
        return list;
    }
    let mut exact = Vec::with_capacity(list.len());
    exact.extend(list);
    exact
}

#[derive(Clone, Copy)]
pub(super) enum Collection {
    Map,
    Seq,
}

impl Collection {
    fn of_nodes(self) -> Kind {
        match self {
            Collection::Map => Kind::Map,
            Collection::Seq => Kind::Seq,
        }
    }
}
