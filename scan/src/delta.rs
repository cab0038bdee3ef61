//! An object as a pack stores most of them: pieces of another one, and what stands between them.

use std::ops::Range;

/// A piece of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The same bytes as in this range of the base.
    Copied(Range<usize>),
    /// So many bytes that the base does not have here.
    Inserted(usize),
}

/// Writes the object that a difference makes of its base to the beginning of `out`, says of what pieces it is, and
/// returns its length. `None` if the difference is damaged, or makes more than `limit` bytes.
pub fn apply(
    base: &[u8],
    difference: &[u8],
    limit: u64,
    out: &mut Vec<u8>,
    pieces: &mut Vec<Piece>,
) -> Option<usize> {
    pieces.clear();
    let mut rest = difference;
    if size(&mut rest)? != base.len() as u64 {
        return None;
    }
    let whole = size(&mut rest)?;
    if whole > limit {
        return None;
    }
    let whole = usize::try_from(whole).ok()?;
    crate::fit(out, whole);
    let mut at = 0;
    while let Some(command) = byte(&mut rest) {
        let made = if command & 0x80 != 0 {
            let start = number(&mut rest, command, 4)?;
            let length = match number(&mut rest, command >> 4, 3)? {
                0 => 0x10000,
                length => length,
            };
            let end = start + length;
            match pieces.last_mut() {
                Some(Piece::Copied(before)) if before.end == start => before.end = end,
                _ => pieces.push(Piece::Copied(start..end)),
            }
            base.get(start..end)?
        } else {
            let length = usize::from(command);
            let (inserted, after) = rest.split_at_checked(length).filter(|_| length > 0)?;
            rest = after;
            match pieces.last_mut() {
                Some(Piece::Inserted(before)) => *before += length,
                _ => pieces.push(Piece::Inserted(length)),
            }
            inserted
        };
        copy(made, out[..whole].get_mut(at..at + made.len())?);
        at += made.len();
    }
    (at == whole).then_some(whole)
}

/// Copies a slice to one of the same length. Most are short, and the function that copies slices of any length takes
/// longer to begin than to copy these.
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    let ends = match from.len() {
        4..8 => ends::<4>(from, to),
        8..16 => ends::<8>(from, to),
        16..32 => ends::<16>(from, to),
        32..64 => ends::<32>(from, to),
        64..=128 => ends::<64>(from, to),
        _ => None,
    };
    if ends.is_none() {
        to.copy_from_slice(from);
    }
}

/// Copies the first and the last `N` bytes of a slice, which are all of it where they meet.
#[inline(always)]
fn ends<const N: usize>(from: &[u8], to: &mut [u8]) -> Option<()> {
    *to.first_chunk_mut::<N>()? = *from.first_chunk::<N>()?;
    *to.last_chunk_mut::<N>()? = *from.last_chunk::<N>()?;
    Some(())
}

/// A number of which only the bytes are there that are not 0.
#[inline(always)]
fn number(rest: &mut &[u8], given: u8, count: usize) -> Option<usize> {
    let mut number = 0;
    for place in 0..count {
        if given >> place & 1 == 1 {
            number |= usize::from(byte(rest)?) << (8 * place);
        }
    }
    Some(number)
}

#[inline(always)]
fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

/// A number of seven bits a byte.
fn size(rest: &mut &[u8]) -> Option<u64> {
    let mut size = 0;
    for place in 0..9 {
        let next = byte(rest)?;
        size |= u64::from(next & 0x7f) << (7 * place);
        if next & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_makes_an_object_and_says_of_what() {
        let base = b"hello world";
        // 11 bytes become 13: `hello`, `, the`, two copies that follow one another.
        let difference = b"\x0b\x10\x90\x05\x05, the\x91\x05\x02\x91\x07\x04";
        let (mut out, mut pieces) = (Vec::new(), Vec::new());
        assert_eq!(apply(base, difference, 100, &mut out, &mut pieces), Some(16));
        assert_eq!(&out[..16], b"hello, the world");
        assert_eq!(pieces, [Piece::Copied(0..5), Piece::Inserted(5), Piece::Copied(5..11)]);
    }

    #[test]
    fn all_of_a_slice_is_copied() {
        for length in 0..200u8 {
            let from: Vec<u8> = (1..=length).collect();
            let mut to = vec![0; from.len()];
            copy(&from, &mut to);
            assert_eq!(to, from);
        }
    }

    #[test]
    fn what_is_damaged_or_too_long_is_none() {
        let (mut out, mut pieces) = (Vec::new(), Vec::new());
        for difference in [
            &b""[..],
            b"\x02",
            b"\x03\x01\x01a",
            b"\x02\x01\x02ab",
            b"\x02\x05\x01a",
            b"\x02\x04\x90\x04",
            b"\x02\x01\x00",
            b"\x02\x01\x05a",
            b"\x02\x64\x01a",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(apply(b"ab", difference, 50, &mut out, &mut pieces), None, "{difference:?}");
        }
    }
}
