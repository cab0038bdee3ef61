//! From the literals of a text to those of another version of it, of which only what differs is looked through.
//!
//! Literals of the base that a piece holds whole are literals of the version, so only inserted text and the seams of
//! pieces are searched for them.

use std::ops::Range;

use crate::{Anchor, Literals, Piece};

/// A part of a text in which literals have the same text around them as in the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Same {
    /// The part.
    pub part: Range<usize>,
    /// Where it begins in the base.
    pub base: usize,
}

/// The literals of `text`, which is made of pieces of a base of `length` bytes and of these literals, in the order of
/// their places; and the parts in which the `back` bytes before a literal and the `ahead` bytes behind it are those of
/// the base.
pub fn follow(
    literals: &Literals,
    base: (&[Anchor], usize),
    pieces: &[Piece],
    text: &[u8],
    (back, ahead): (usize, usize),
) -> (Vec<Anchor>, Vec<Same>) {
    let (known, length) = base;
    let mut anchors = Vec::with_capacity(known.len() + 16);
    let mut same = Vec::new();
    let searched = searched(pieces, literals.longest() - 1);
    let mut found = Vec::new();
    literals.find_in(text, &searched, &mut found);
    let mut found = found.into_iter().peekable();
    let mut next = searched.iter().peekable();
    // Where what was searched ends, and which literal of the base comes next.
    let (mut before, mut near) = (0, 0);
    let mut at = 0;
    for piece in pieces {
        while let Some(part) = next.next_if(|part| part.start <= at) {
            anchors.extend(std::iter::from_fn(|| found.next_if(|anchor| (anchor.start as usize) < part.end)));
            before = part.end;
        }
        let range = match piece {
            Piece::Inserted(length) => {
                at += length;
                continue;
            }
            Piece::Copied(range) => range,
        };
        // Literals of the base that the piece holds whole, but for those that are searched for.
        let after = next.peek().map_or(usize::MAX, |part| part.start);
        let moved = |place: usize| place - range.start + at;
        near = seek(known, near, range.start + before.saturating_sub(at));
        while let Some(anchor) = known.get(near) {
            let start = anchor.start as usize;
            if start >= range.end || moved(start) >= after {
                break;
            }
            if literals.end_of(*anchor) <= range.end {
                anchor.at(moved(start)).put(&mut anchors);
            }
            near += 1;
        }
        let begins = range.start == 0 && at == 0;
        let ends = range.end == length && at + range.len() == text.len();
        let start = if begins { 0 } else { back };
        let end = if ends { range.len() } else { range.len().saturating_sub(ahead + literals.longest()) };
        if start < end {
            same.push(Same { part: at + start..at + end, base: range.start + start });
        }
        at += range.len();
    }
    anchors.extend(found);
    (anchors, same)
}

/// The first literal that does not begin before a place: one not far behind `near`, most of the time.
pub fn seek(anchors: &[Anchor], near: usize, place: usize) -> usize {
    let is_before = |anchor: &Anchor| (anchor.start as usize) < place;
    let (behind, ahead) = anchors.split_at(near.min(anchors.len()));
    if behind.last().is_some_and(|anchor| !is_before(anchor)) {
        return behind.partition_point(is_before);
    }
    let mut reach = 4;
    while ahead.get(reach).is_some_and(is_before) {
        reach *= 2;
    }
    behind.len() + ahead[..ahead.len().min(reach)].partition_point(is_before)
}

/// The parts of a text in which literals begin that no piece holds whole: what was inserted, and what lies before it
/// and before the seams of pieces as far as a literal can reach.
fn searched(pieces: &[Piece], reach: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::with_capacity(pieces.len());
    let mut differs = |start: usize, end: usize| {
        let start = start.saturating_sub(reach);
        match parts.last_mut() {
            Some(before) if before.end >= start => before.end = end,
            _ => parts.push(start..end),
        }
    };
    let (mut at, mut seam) = (0, false);
    for piece in pieces {
        let length = match piece {
            Piece::Inserted(length) => {
                differs(at, at + length);
                *length
            }
            Piece::Copied(range) => {
                if seam {
                    differs(at, at);
                }
                range.len()
            }
        };
        seam = matches!(piece, Piece::Copied(_));
        at += length;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_move_with_their_pieces_and_are_found_at_the_seams() {
        let literals = Literals::new(["key", "token"].map(str::to_owned));
        let base = b"a key, a token, a tok and a key";
        let mut known = Vec::new();
        literals.find(base, 0..base.len(), &mut known);
        assert_eq!(known.len(), 3);
        // Another order, an insertion, and a literal that only the seam makes.
        let text = b"a token, a ke, a tokeny, a key";
        let pieces = [
            Piece::Copied(7..16),
            Piece::Copied(0..4),
            Piece::Inserted(1),
            Piece::Copied(14..21),
            Piece::Inserted(3),
            Piece::Copied(5..8),
            Piece::Copied(27..31),
        ];
        let made: Vec<u8> = pieces
            .iter()
            .scan(0, |at, piece| {
                let part = match piece {
                    Piece::Copied(range) => base[range.clone()].to_vec(),
                    Piece::Inserted(length) => text[*at..*at + length].to_vec(),
                };
                *at += part.len();
                Some(part)
            })
            .flatten()
            .collect();
        let mut expected = Vec::new();
        literals.find(&made, 0..made.len(), &mut expected);
        let (anchors, same) = follow(&literals, (&known, base.len()), &pieces, &made, (0, 0));
        assert_eq!(anchors, expected);
        assert!(same.iter().all(|same| made[same.part.clone()] == base[same.base..][..same.part.len()]));
    }

    #[test]
    fn a_place_is_found_from_anywhere() {
        let literals = Literals::new(["a".to_owned()]);
        let mut anchors = Vec::new();
        literals.find(&[b'a'; 40], 0..40, &mut anchors);
        for near in 0..=40 {
            for place in 0..=40 {
                assert_eq!(seek(&anchors, near, place), place);
            }
        }
    }
}
