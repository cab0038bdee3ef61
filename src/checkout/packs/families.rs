//! Objects that are stored as differences to one another: each is decoded once, right behind its base.

use std::cell::RefCell;
use std::collections::HashMap;

use ci_guard_scan::Piece;
use flate2::Decompress;
use gix::object::Kind;
use gix::odb::pack::data::entry::Header;

use super::{Pack, Packs};
use crate::checkout::versions::Before;
use crate::parallel;

/// No object.
const NONE: u32 = u32::MAX;

/// Bytes of bases that one thread keeps while it decodes what differs from them.
const MAX_BASES: usize = 64 << 20;

/// Bytes of buffers that one thread keeps for the next family.
const MAX_SPARE: usize = 8 << 20;

/// Families of one pack.
struct Forest<'p> {
    pack: &'p Pack,
    nodes: Vec<Node>,
}

impl Forest<'_> {
    /// Decompresses what the pack holds of a node, and says how long it is.
    fn inflate(&self, node: &Node, limit: u64, inflate: &mut Decompress, out: &mut Vec<u8>) -> Option<usize> {
        let entry = self.pack.data.entry(node.offset).ok()?;
        self.pack.inflate(&entry, limit, inflate, out)
    }
}

struct Node {
    offset: u64,
    /// The number of the object; `NONE` if only others need it.
    number: u32,
    /// The first object that differs from this one, and the next one with the same base.
    child: u32,
    sibling: u32,
}

/// The families that some objects belong to.
pub(in crate::checkout) struct Families<'p> {
    forests: Vec<Forest<'p>>,
    /// Forest, root, kind, and roughly how much work it is; the largest first.
    roots: Vec<(u32, u32, Kind, u64)>,
}

/// What is made of objects, one thread's work. Objects that cannot be decoded, and what rests on them, are left out.
pub(in crate::checkout) trait Visit {
    /// What is kept of an object while others are looked at that differ from it.
    type State;

    /// An object of this number (`None`: it is only a base of others), and of what pieces of its base it is.
    fn object(
        &mut self,
        number: Option<u32>,
        kind: Kind,
        base: Before<'_, Self::State>,
        bytes: &[u8],
    ) -> Self::State;
}

impl<'p> Families<'p> {
    /// The families of all objects of the packs.
    pub(in crate::checkout) fn all(packs: &'p Packs) -> Families<'p> {
        Families::of(packs, 0..packs.len())
    }

    /// The families of the objects of these numbers. What is not there has no family.
    pub(in crate::checkout) fn of(packs: &'p Packs, numbers: impl Iterator<Item = u32>) -> Families<'p> {
        let mut families = Families { forests: Vec::new(), roots: Vec::new() };
        let mut numbers: Vec<u32> = numbers.collect();
        numbers.sort_unstable();
        for pack in &packs.packs {
            let from = numbers.partition_point(|number| *number < pack.first);
            let to = numbers.partition_point(|number| *number < pack.end());
            families.plant(pack, &numbers[from..to]);
        }
        crate::sorted::by_key(&mut families.roots, |(.., work)| std::cmp::Reverse(*work));
        families
    }

    fn plant(&mut self, pack: &'p Pack, numbers: &[u32]) {
        if numbers.is_empty() {
            return;
        }
        let forest = self.forests.len() as u32;
        let mut nodes: Vec<Node> = Vec::with_capacity(numbers.len());
        let mut known: HashMap<u64, u32> = HashMap::with_capacity(numbers.len());
        let mut members: HashMap<u32, (Kind, u64)> = HashMap::new();
        for number in numbers {
            let offset = pack.index.pack_offset_at_index(number - pack.first);
            match known.get(&offset) {
                Some(node) => nodes[*node as usize].number = *number,
                None => climb(pack, *number, offset, &mut nodes, &mut known, &mut members),
            }
        }
        // How many objects each family has, by its root.
        let mut stack = Vec::new();
        for (root, (kind, size)) in &members {
            let mut count = 0;
            stack.push(*root);
            while let Some(at) = stack.pop() {
                count += 1;
                let mut child = nodes[at as usize].child;
                while child != NONE {
                    stack.push(child);
                    child = nodes[child as usize].sibling;
                }
            }
            self.roots.push((forest, *root, *kind, count * size));
        }
        self.forests.push(Forest { pack, nodes });
    }

    /// Visits every family of the kinds, in as many threads as there are processors, and returns the visitors.
    pub(in crate::checkout) fn visit<V: Visit + Send>(
        &self,
        kinds: &[Kind],
        limit: u64,
        visitor: impl Fn() -> V + Sync,
    ) -> Vec<V> {
        let roots: Vec<_> = self.roots.iter().filter(|(_, _, kind, _)| kinds.contains(kind)).collect();
        let work = |own: &RefCell<(Walker, V)>, (forest, root, kind, _): &&(u32, u32, Kind, u64)| {
            let mut own = own.borrow_mut();
            let (walker, visitor) = &mut *own;
            let forest = &self.forests[*forest as usize];
            walker.walk(forest, *root, *kind, limit, visitor);
        };
        let prepare = || RefCell::new((Walker::default(), visitor()));
        let (_, visitors) = parallel::each_and_made(&roots, prepare, work);
        visitors.into_iter().map(|own| own.into_inner().1).collect()
    }
}

/// Adds an object and the bases that it rests on.
fn climb(
    pack: &Pack,
    number: u32,
    offset: u64,
    nodes: &mut Vec<Node>,
    known: &mut HashMap<u64, u32>,
    roots: &mut HashMap<u32, (Kind, u64)>,
) {
    let (mut number, mut offset, mut child) = (number, offset, NONE);
    loop {
        let base = known.get(&offset).copied();
        let node = base.unwrap_or(nodes.len() as u32);
        if base.is_none() {
            nodes.push(Node { offset, number, child: NONE, sibling: NONE });
            known.insert(offset, node);
        }
        if child != NONE {
            nodes[child as usize].sibling = nodes[node as usize].child;
            nodes[node as usize].child = child;
        }
        if base.is_some() {
            return;
        }
        let Ok(entry) = pack.data.entry(offset) else { return };
        let below = match entry.header {
            Header::OfsDelta { base_distance } => entry.checked_base_pack_offset(base_distance),
            Header::RefDelta { base_id } => {
                pack.index.lookup(base_id).map(|place| pack.index.pack_offset_at_index(place))
            }
            _ => None,
        };
        match (below, entry.header.as_kind()) {
            (Some(below), _) => (number, offset, child) = (NONE, below, node),
            (None, Some(kind)) => {
                roots.insert(node, (kind, entry.decompressed_size));
                return;
            }
            // The base is in another pack, or nowhere.
            (None, None) => return,
        }
    }
}

/// Decodes families, one after the other. Buffers are longer than what they hold: to empty and fill them costs more
/// than the objects.
struct Walker {
    inflate: Decompress,
    difference: Vec<u8>,
    pieces: Vec<Piece>,
    spare: Vec<Vec<u8>>,
}

impl Default for Walker {
    fn default() -> Walker {
        Walker {
            inflate: Decompress::new(true),
            difference: Vec::new(),
            pieces: Vec::new(),
            spare: Vec::new(),
        }
    }
}

/// A base, and the next object that differs from it.
struct Base<S> {
    buffer: Vec<u8>,
    length: usize,
    state: S,
    child: u32,
}

impl Walker {
    fn walk<V: Visit>(&mut self, forest: &Forest<'_>, root: u32, kind: Kind, limit: u64, visitor: &mut V) {
        let first = &forest.nodes[root as usize];
        let mut buffer = self.spare.pop().unwrap_or_default();
        let Some(length) = forest.inflate(first, limit, &mut self.inflate, &mut buffer) else { return };
        let state = visitor.object(known(first.number), kind, None, &buffer[..length]);
        let mut kept = length;
        let mut bases = vec![Base { buffer, length, state, child: first.child }];
        while let Some(base) = bases.last_mut() {
            if base.child == NONE {
                kept -= self.leave(&mut bases);
                continue;
            }
            let node = &forest.nodes[base.child as usize];
            base.child = node.sibling;
            let mut buffer = self.spare.pop().unwrap_or_default();
            let Some(length) = self
                .differ(forest, node, limit, base, &mut buffer)
                .filter(|length| kept + length <= MAX_BASES.max(2 * limit as usize))
            else {
                self.spare.push(buffer);
                continue;
            };
            let before = Some((&base.state, &*self.pieces));
            let state = visitor.object(known(node.number), kind, before, &buffer[..length]);
            if node.child == NONE {
                self.spare.push(buffer);
                continue;
            }
            // A base that nothing else differs from is not kept.
            if base.child == NONE {
                kept -= self.leave(&mut bases);
            }
            bases.push(Base { buffer, length, state, child: node.child });
            kept += length;
        }
        // What a large family needed is not all kept for small ones.
        let mut spare = 0;
        self.spare.retain(|buffer| {
            spare += buffer.len();
            spare <= MAX_SPARE
        });
    }

    /// Forgets the last base, and says how long it was.
    fn leave<S>(&mut self, bases: &mut Vec<Base<S>>) -> usize {
        let Some(base) = bases.pop() else { return 0 };
        self.spare.push(base.buffer);
        base.length
    }

    /// Decodes what differs from a base, and says how long it is.
    fn differ<S>(
        &mut self,
        forest: &Forest<'_>,
        node: &Node,
        limit: u64,
        base: &Base<S>,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let length = forest.inflate(node, limit, &mut self.inflate, &mut self.difference)?;
        let base = &base.buffer[..base.length];
        ci_guard_scan::apply(base, &self.difference[..length], limit, out, &mut self.pieces)
    }
}

fn known(number: u32) -> Option<u32> {
    (number != NONE).then_some(number)
}
