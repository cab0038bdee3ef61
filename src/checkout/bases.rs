//! Decoded objects at hand: in a pack, the versions of a file are stored as differences to one another, and reading
//! one without this means to decode all that it rests on.

use std::collections::{HashMap, VecDeque};

use gix::object::Kind;
use gix::odb::pack::cache::DecodeEntry;

/// Bytes that are kept for each thread.
const LIMIT: usize = 48 << 20;

/// Content, kind, and the size in the pack.
type Object = (Box<[u8]>, Kind, usize);

/// Objects by pack and place in it; the oldest give way.
#[derive(Default)]
pub(super) struct Bases {
    kept: HashMap<(u32, u64), Object>,
    order: VecDeque<(u32, u64)>,
    bytes: usize,
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        if data.len() > LIMIT / 4 || self.kept.contains_key(&(pack_id, offset)) {
            return;
        }
        while self.bytes + data.len() > LIMIT {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some((data, ..)) = self.kept.remove(&oldest) {
                self.bytes -= data.len();
            }
        }
        self.bytes += data.len();
        self.order.push_back((pack_id, offset));
        self.kept.insert((pack_id, offset), (data.into(), kind, compressed_size));
    }

    fn get(&mut self, pack_id: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let (data, kind, compressed_size) = self.kept.get(&(pack_id, offset))?;
        out.clear();
        out.extend_from_slice(data);
        Some((*kind, *compressed_size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way() {
        let mut bases = Bases::default();
        let block = vec![7u8; LIMIT / 5];
        for offset in 0..6 {
            bases.put(1, offset, &block, Kind::Blob, 3);
        }
        let mut out = Vec::new();
        assert_eq!(bases.get(1, 0, &mut out), None);
        assert_eq!(bases.get(1, 5, &mut out), Some((Kind::Blob, 3)));
        assert_eq!(out, block);
        assert!(bases.bytes <= LIMIT);
    }
}
