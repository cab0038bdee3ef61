//! Packs: the few objects that are sent, and those that come back.

use std::collections::HashMap;

use gix::objs::Kind;
use gix::zlib::{Decompress, FlushDecompress, Status};

use super::objects::{Object, id_of};

/// Objects of a pack that are read.
const MAX_OBJECTS: u32 = 100_000;

/// Bytes of an object that are read.
const MAX_OBJECT: usize = 8 << 20;

/// Bytes of all objects of a pack that are read.
const MAX_TOTAL: usize = 64 << 20;

/// A pack with these objects. They are small, so they are stored as they are.
pub fn write(objects: &[Object]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&u32::try_from(objects.len()).unwrap_or(u32::MAX).to_be_bytes());
    for object in objects {
        let kind: u8 = match object.kind {
            Kind::Commit => 1,
            Kind::Tree => 2,
            Kind::Blob => 3,
            Kind::Tag => 4,
        };
        let mut size = object.data.len();
        let mut byte = (kind << 4) | (size & 15) as u8;
        size >>= 4;
        while size > 0 {
            pack.push(byte | 0x80);
            byte = (size & 127) as u8;
            size >>= 7;
        }
        pack.push(byte);
        stored(&object.data, &mut pack);
    }
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&pack);
    if let Ok(sum) = hasher.try_finalize() {
        pack.extend_from_slice(sum.as_slice());
    }
    pack
}

/// A zlib stream (RFC 1950) of stored blocks.
fn stored(data: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x78, 0x01]);
    let mut chunks = data.chunks(0xffff).peekable();
    if chunks.peek().is_none() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        let length = chunk.len() as u16;
        out.push(u8::from(chunks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    out.extend_from_slice(&((b << 16) | a).to_be_bytes());
}

/// The objects of a pack by id, deltas resolved; `None` if it is broken, too large, or needs objects that are not
/// in it.
pub fn read(pack: &[u8]) -> Option<HashMap<String, (Kind, Vec<u8>)>> {
    let count = match pack.split_at_checked(12)? {
        (head, _) if head.starts_with(b"PACK\0\0\0\x02") => u32::from_be_bytes(head[8..12].try_into().ok()?),
        _ => return None,
    };
    let mut at = 12;
    let mut total = 0;
    let mut by_place: HashMap<usize, (Kind, Vec<u8>)> = HashMap::new();
    let mut by_id: HashMap<String, (Kind, Vec<u8>)> = HashMap::new();
    for _ in 0..count.min(MAX_OBJECTS) {
        let start = at;
        let (kind, _) = header(pack, &mut at)?;
        let (kind, data) = match kind {
            1 => (Kind::Commit, inflate(pack, &mut at)?),
            2 => (Kind::Tree, inflate(pack, &mut at)?),
            3 => (Kind::Blob, inflate(pack, &mut at)?),
            6 => {
                let (kind, base) = by_place.get(&start.checked_sub(offset(pack, &mut at)?)?)?;
                let (kind, base) = (*kind, base.clone());
                (kind, apply(&base, &inflate(pack, &mut at)?)?)
            }
            7 => {
                let id = data_encoding::HEXLOWER.encode(pack.get(at..at.checked_add(20)?)?);
                at += 20;
                let (kind, base) = by_id.get(&id)?.clone();
                (kind, apply(&base, &inflate(pack, &mut at)?)?)
            }
            _ => return None,
        };
        total += data.len();
        if total > MAX_TOTAL {
            return None;
        }
        by_id.insert(id_of(kind, &data)?, (kind, data.clone()));
        by_place.insert(start, (kind, data));
    }
    Some(by_id)
}

/// Kind and size of an object.
fn header(pack: &[u8], at: &mut usize) -> Option<(u8, usize)> {
    let mut byte = *pack.get(*at)?;
    *at += 1;
    let kind = (byte >> 4) & 7;
    let mut size = usize::from(byte & 15);
    let mut shift = 4;
    while byte & 0x80 != 0 {
        byte = *pack.get(*at)?;
        *at += 1;
        size |= usize::from(byte & 127).checked_shl(shift)?;
        shift += 7;
        if shift > 42 {
            return None;
        }
    }
    Some((kind, size))
}

/// How far back the base of a delta stands.
fn offset(pack: &[u8], at: &mut usize) -> Option<usize> {
    let mut byte = *pack.get(*at)?;
    *at += 1;
    let mut value = usize::from(byte & 127);
    while byte & 0x80 != 0 {
        byte = *pack.get(*at)?;
        *at += 1;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 127))?;
    }
    Some(value)
}

fn inflate(pack: &[u8], at: &mut usize) -> Option<Vec<u8>> {
    let input = pack.get(*at..)?;
    let mut stream = Decompress::new();
    let mut data = Vec::new();
    let mut buffer = vec![0; 1 << 14];
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let rest = input.get(usize::try_from(read).ok()?..)?;
        let status = stream.decompress(rest, &mut buffer, FlushDecompress::None).ok()?;
        let made = usize::try_from(stream.total_out() - written).ok()?;
        data.extend_from_slice(buffer.get(..made)?);
        if data.len() > MAX_OBJECT {
            return None;
        }
        if status == Status::StreamEnd {
            *at += usize::try_from(stream.total_in()).ok()?;
            return Some(data);
        }
        if made == 0 && stream.total_in() == read {
            return None;
        }
    }
}

/// A delta: sizes of base and result, then pieces of the base and new bytes.
fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    let mut next = || {
        let byte = delta.get(at).copied();
        at += 1;
        byte
    };
    let mut sizes = [0usize; 2];
    for size in &mut sizes {
        let mut shift = 0;
        loop {
            let byte = next()?;
            *size |= usize::from(byte & 127).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
            if shift > 42 {
                return None;
            }
        }
    }
    let mut result = Vec::new();
    while let Some(code) = next() {
        if code & 0x80 == 0 {
            for _ in 0..code {
                result.push(next()?);
            }
            if code == 0 {
                return None;
            }
        } else {
            let (mut from, mut length) = (0usize, 0usize);
            for bit in 0..4 {
                if code & (1 << bit) != 0 {
                    from |= usize::from(next()?) << (8 * bit);
                }
            }
            for bit in 0..3 {
                if code & (16 << bit) != 0 {
                    length |= usize::from(next()?) << (8 * bit);
                }
            }
            let length = if length == 0 { 0x10000 } else { length };
            result.extend_from_slice(base.get(from..from.checked_add(length)?)?);
        }
        if result.len() > MAX_OBJECT {
            return None;
        }
    }
    (base.len() == sizes[0] && result.len() == sizes[1]).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(data: &[u8]) -> Object {
        Object { kind: Kind::Blob, id: id_of(Kind::Blob, data).unwrap(), data: data.to_vec() }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let objects = [blob(b""), blob(b"short"), blob(&vec![7; 200_000])];
        let read = read(&write(&objects)).unwrap();
        for object in objects {
            assert_eq!(read[&object.id], (Kind::Blob, object.data));
        }
    }

    #[test]
    fn deltas_copy_and_insert() {
        // Base of 5 bytes, result of 6: three of the base from 1, then "xyz".
        let delta = [5, 6, 0x80 | 1 | 16, 1, 3, 3, b'x', b'y', b'z'];
        assert_eq!(apply(b"abcde", &delta).unwrap(), b"bcdxyz");
        assert_eq!(apply(b"abcd", &delta), None);
        assert_eq!(apply(b"abcde", &[5, 6, 0x91, 9, 9]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_read(mut bytes in proptest::collection::vec(0u8.., 0..200), head: bool) {
            if head {
                bytes.splice(0..0, b"PACK\0\0\0\x02\0\0\0\x02".iter().copied());
            }
            let _ = read(&bytes);
            let _ = apply(b"some base", &bytes);
        }
    }
}
