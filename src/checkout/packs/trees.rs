//! Trees that will be walked, decoded beforehand: each once and right behind the one it differs from, with all processors.

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
            let readers = families.visit(&[Kind::Tree], LIMIT, || Reader::new(packs));
            level.clear();
            for reader in readers {
                trees.bytes += reader.bytes;
                trees.read.extend(reader.read);
                level.extend(reader.below);
            }
        }
        trees
    }

    /// The content of a tree.
    pub(in crate::checkout) fn get(&self, id: &ObjectId) -> Option<&[u8]> {
        self.read.get(id).map(|bytes| &**bytes)
    }
}

/// Reads trees, in one thread.
struct Reader<'p> {
    packs: &'p Packs,
    read: Vec<(ObjectId, Box<[u8]>)>,
    bytes: usize,
    /// The trees in those trees.
    below: HashSet<ObjectId>,
}

impl<'p> Reader<'p> {
    fn new(packs: &'p Packs) -> Reader<'p> {
        Reader { packs, read: Vec::new(), bytes: 0, below: HashSet::default() }
    }
}

impl Visit for Reader<'_> {
    type State = ();

    fn object(&mut self, number: Option<u32>, _kind: Kind, _base: Before<'_, ()>, bytes: &[u8]) {
        let Some(id) = number.and_then(|number| self.packs.id(number)) else { return };
        if self.bytes > MAX_BYTES {
            return;
        }
        self.bytes += bytes.len();
        let entries = TreeRefIter::from_bytes(bytes, self.packs.hash());
        // What is damaged is found by whoever walks.
        let folders = entries.flatten().filter(|entry| entry.mode.is_tree());
        self.below.extend(folders.map(|entry| entry.oid.to_owned()));
        self.read.push((id, bytes.into()));
    }
}
