//! The packs of a repository, read as they are stored: every object once, right behind the one it differs from.

mod families;
pub(super) mod graph;
pub(super) mod trees;

use std::path::Path;

use flate2::{Decompress, FlushDecompress, Status};
use gix::object::Kind;
use gix::odb::pack::{data, index};
use gix::{ObjectId, oid};

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
            crate::sorted::by(&mut paths, Ord::cmp);
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

/// Reads objects that packs hold whole, as they do most commits.
pub(super) struct Inflater<'p> {
    packs: &'p Packs,
    inflate: Decompress,
    buffer: Vec<u8>,
}

impl<'p> Inflater<'p> {
    /// Reads objects of these packs.
    pub(super) fn new(packs: &'p Packs) -> Inflater<'p> {
        Inflater { packs, inflate: Decompress::new(true), buffer: Vec::new() }
    }

    /// An object of at most `limit` bytes; `None` if a pack holds it as a difference, or none does.
    pub(super) fn whole(&mut self, id: &oid, limit: u64) -> Option<(Kind, &[u8])> {
        let number = self.packs.number(id)?;
        let pack = self.packs.pack(number)?;
        let entry = pack.data.entry(pack.index.pack_offset_at_index(number - pack.first)).ok()?;
        let kind = entry.header.as_kind()?;
        let length = pack.inflate(&entry, limit, &mut self.inflate, &mut self.buffer)?;
        Some((kind, &self.buffer[..length]))
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

    /// Decompresses what the pack holds of an object to the beginning of `out`, and says how long it is. `None` if it is
    /// damaged, or has more than `limit` bytes.
    fn inflate(
        &self,
        entry: &data::Entry,
        limit: u64,
        inflate: &mut Decompress,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        if entry.decompressed_size > limit {
            return None;
        }
        let length = usize::try_from(entry.decompressed_size).ok()?;
        ci_guard_scan::fit(out, length);
        let packed = self.data.entry_slice(entry.data_offset..self.data.data_len() as u64)?;
        inflate.reset(true);
        // With the end in sight, nothing is copied aside for a later call.
        let status = inflate.decompress(packed, &mut out[..length], FlushDecompress::Finish).ok()?;
        (status == Status::StreamEnd && inflate.total_out() == entry.decompressed_size).then_some(length)
    }
}
