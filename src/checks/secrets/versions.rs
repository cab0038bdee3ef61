//! Versions of a file one after the other: only what differs from the version before is looked through.
//!
//! That this loses nothing rests on the window: a rule sees no more than `REACH` bytes around its literal, so a place
//! whose surroundings are the same as before has the hit that it had before, and that was found there.

use std::ops::Range;

use super::detect::window::REACH;
use super::detect::{Hit, detector};

/// Bytes around a difference in which something may be found that was not there before: a window on each side, the
/// length of a literal, and a hit that overlaps.
const MARGIN: usize = 2 * REACH + 128;

/// Bytes that are compared at a time.
const STEP: usize = 64;

/// What `new` holds that the version before did not hold at the same place.
pub fn new_hits(old: &[u8], new: &[u8]) -> Vec<Hit> {
    let part = difference(old, new);
    if part.is_empty() && old.len() == new.len() {
        return Vec::new();
    }
    let part = part.start.saturating_sub(MARGIN)..(part.end + MARGIN).min(new.len());
    detector().scan_parts(new, std::iter::once(part))
}

/// The part of `new` between what both begin with and what both end with.
fn difference(old: &[u8], new: &[u8]) -> Range<usize> {
    let same = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let steps = old.chunks_exact(STEP).zip(new.chunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
    let start = steps + same(&old[steps..], &new[steps..]);
    let (old, rest) = (&old[start..], &new[start..]);
    let steps =
        old.rchunks_exact(STEP).zip(rest.rchunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
    let (old, rest) = (&old[..old.len() - steps], &rest[..rest.len() - steps]);
    let end = old.iter().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == b).count();
    start..new.len() - steps - end
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_difference_lies_between_what_is_the_same() {
        assert_eq!(difference(b"abcdef", b"abXdef"), 2..3);
        assert_eq!(difference(b"abc", b"abc"), 3..3);
        assert_eq!(difference(b"aa", b"aaa"), 2..3);
        assert_eq!(difference(b"", b"abc"), 0..3);
        let long = vec![b'x'; 1000];
        let mut other = long.clone();
        other[500] = b'y';
        assert_eq!(difference(&long, &other), 500..501);
    }

    /// Texts full of what rules look for, made of pieces.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z =:_.\"'\n-]{0,40}",
            "(api_key|token|secret|password|private)( = |: |=| )[\"']?[A-Za-z0-9]{8,40}[\"']?\n",
            "ghp_[A-Za-z0-9]{36}",
            "AKIA[A-Z2-7]{16}",
            "https://[a-z]{3,9}:[A-Za-z0-9]{6,12}@[a-z]{3,8}\\.(com|dev)/",
            "-----BEGIN RSA PRIVATE KEY-----\n([A-Za-z0-9+/]{64}\n){1,4}-----END RSA PRIVATE KEY-----\n",
            "( *[a-z]{2,8}\\(\\);\n){0,60}",
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn found(text: &str, hits: &[Hit]) -> BTreeSet<(String, String)> {
        hits.iter().map(|hit| (hit.kind.id().to_owned(), text[hit.range.clone()].to_owned())).collect()
    }

    proptest! {
        /// Over a chain of versions, the differences bring to light what whole versions do.
        #[test]
        fn differences_lose_nothing(first in text(), edits in prop::collection::vec((any::<u16>(), 0usize..60, text()), 1..5)) {
            let mut version = first;
            let mut whole = found(&version, &detector().scan(version.as_bytes()));
            let mut parts = whole.clone();
            for (place, cut, insert) in edits {
                let place = usize::from(place) % (version.len() + 1);
                let end = (place + cut).min(version.len());
                let next = format!("{}{insert}{}", &version[..place], &version[end..]);
                whole.extend(found(&next, &detector().scan(next.as_bytes())));
                parts.extend(found(&next, &new_hits(version.as_bytes(), next.as_bytes())));
                version = next;
            }
            prop_assert_eq!(whole, parts);
        }
    }
}
