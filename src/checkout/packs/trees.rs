//! Trees that will be walked, decoded beforehand: each once and right behind the one it differs from, with all processors.
//! Most of what stands in a tree is known from another one, and left out.

use gix::ObjectId;
use gix::hashtable::{HashMap, HashSet};
use gix::object::Kind;
use gix::objs::TreeRefIter;

use super::{Families, Packs, Visit};
use crate::checkout::versions::Before;

/// Trees that have more bytes are damaged, or made to do damage.
const LIMIT: u64 = 64 << 20;

/// Bytes of trees that are kept, of each level and thread. Whoever walks reads the others when they are needed.
const MAX_BYTES: usize = 64 << 20;

/// Trees by their ids.
#[derive(Default)]
pub(in crate::checkout) struct Trees {
    read: HashMap<ObjectId, Box<[u8]>>,
    bytes: usize,
}

impl Trees {
    /// Reads trees and those below them, one level of folders after the other, but for those that are known. What
    /// cannot be read here is left out.
    pub(in crate::checkout) fn read(
        packs: &Packs,
        roots: impl IntoIterator<Item = ObjectId>,
        known: &HashSet<ObjectId>,
    ) -> Trees {
        let mut trees = Trees::default();
        let mut asked: HashSet<ObjectId> = HashSet::default();
        let mut level: Vec<ObjectId> = roots.into_iter().collect();
        while trees.bytes < MAX_BYTES {
            level.retain(|id| !known.contains(id) && asked.insert(*id));
            if level.is_empty() {
                break;
            }
            let families = Families::of(packs, level.iter().filter_map(|id| packs.number(id)));
            let readers = families.visit(&[Kind::Tree], LIMIT, || Reader::new(packs, known));
            level.clear();
            for reader in readers {
                trees.bytes += reader.bytes;
                trees.read.extend(reader.read);
                level.extend(reader.below);
            }
        }
        trees
    }

    /// What stands in a tree, but for what was known.
    pub(in crate::checkout) fn get(&self, id: &ObjectId) -> Option<&[u8]> {
        self.read.get(id).map(|bytes| &**bytes)
    }
}

/// Reads trees, in one thread.
struct Reader<'p> {
    packs: &'p Packs,
    known: &'p HashSet<ObjectId>,
    read: Vec<(ObjectId, Box<[u8]>)>,
    bytes: usize,
    /// The trees in those trees.
    below: HashSet<ObjectId>,
    /// The entries of one tree.
    entries: Vec<u8>,
}

impl<'p> Reader<'p> {
    fn new(packs: &'p Packs, known: &'p HashSet<ObjectId>) -> Reader<'p> {
        Reader { packs, known, read: Vec::new(), bytes: 0, below: HashSet::default(), entries: Vec::new() }
    }

    /// The entries of a tree that are not known, as they stand in it; `None` if it is damaged.
    fn new_entries(&mut self, tree: &[u8]) -> Option<Box<[u8]>> {
        self.entries.clear();
        let mut entries = TreeRefIter::from_bytes(tree, self.packs.hash());
        let mut start = 0;
        while let Some(entry) = entries.next() {
            let entry = entry.ok()?;
            let end = entries.offset_to_next_entry(tree);
            if !self.known.contains(entry.oid) {
                self.entries.extend_from_slice(&tree[start..end]);
                if entry.mode.is_tree() {
                    self.below.insert(entry.oid.to_owned());
                }
            }
            start = end;
        }
        Some(self.entries.as_slice().into())
    }
}

impl Visit for Reader<'_> {
    type State = ();

    fn object(&mut self, number: Option<u32>, _kind: Kind, _base: Before<'_, ()>, bytes: &[u8]) {
        let Some(id) = number.and_then(|number| self.packs.id(number)) else { return };
        if self.bytes > MAX_BYTES {
            return;
        }
        // What is damaged is found by whoever walks.
        let new = self.new_entries(bytes).unwrap_or_else(|| bytes.into());
        self.bytes += new.len();
        self.read.push((id, new));
    }
}
