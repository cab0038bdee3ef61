//! The packs of a repository, read as they are stored: every object once, right behind the one it differs from.

pub mod delta;
mod families;
pub(super) mod graph;

use std::path::Path;

use gix::odb::pack::{data, index};
use gix::{ObjectId, oid};

pub use delta::Piece;
pub(super) use families::{Families, Visit};

/// All packs of a repository and of those it borrows objects from. Objects are numbered through.
pub(super) struct Packs {
    packs: Vec<Pack>,
    hash: gix::hash::Kind,
}

/// A pack and its index.
pub(super) struct Pack {
    index: index::File,
    data: data::File,
    /// Number of its first object.
    first: u32,
}

impl Packs {
    /// Opens them. Packs that cannot be read are left out: what is in them is not found here.
    pub(super) fn open(repository: &gix::Repository) -> Packs {
        let store = repository.objects.store_ref();
        let mut folders = store.alternate_db_paths().unwrap_or_default();
        folders.insert(0, store.path().to_owned());
        let mut packs: Vec<Pack> = Vec::new();
        for folder in folders {
            let Ok(entries) = std::fs::read_dir(folder.join("pack")) else { continue };
            let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.sort_unstable();
            for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "idx")) {
                let first = packs.last().map_or(0, Pack::end);
                packs.extend(Pack::open(path, repository.object_hash(), first));
            }
        }
        Packs { packs, hash: repository.object_hash() }
    }

    /// The number of an object; `None` if it is in no pack.
    pub(super) fn number(&self, id: &oid) -> Option<u32> {
        self.packs.iter().find_map(|pack| Some(pack.first + pack.index.lookup(id)?))
    }

    /// The object of a number.
    pub(super) fn id(&self, number: u32) -> Option<ObjectId> {
        let pack = self.pack(number)?;
        Some(pack.index.oid_at_index(number - pack.first).to_owned())
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> u32 {
        self.packs.last().map_or(0, Pack::end)
    }

    /// The hash of the repository.
    pub(super) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    fn pack(&self, number: u32) -> Option<&Pack> {
        self.packs.iter().find(|pack| (pack.first..pack.end()).contains(&number))
    }
}

impl Pack {
    fn open(path: &Path, hash: gix::hash::Kind, first: u32) -> Option<Pack> {
        let index = index::File::at(path, hash).ok()?;
        let data = data::File::at(path.with_extension("pack"), hash).ok()?;
        first.checked_add(index.num_objects())?;
        Some(Pack { index, data, first })
    }

    fn end(&self) -> u32 {
        self.first + self.index.num_objects()
    }
}
