//! Versions of a file, each as a pack stores it: pieces of another one, and what stands between them. Only what
//! differs is looked through.
//!
//! That this loses nothing rests on the window: a rule sees no more than `BACK` bytes before its literal and `AHEAD`
//! behind it. Where these are the same as in the base, the hit is the one that the base had.

use std::borrow::Cow;
use std::ops::Range;

use super::detect::window::{AHEAD, BACK};
use super::detect::{Hit, Raw, detector, outermost};
use super::text;
use crate::checkout::packs::Piece;
use crate::checkout::versions::Before;

/// What was found in a version, so that the next one can be compared with it.
pub struct Version {
    nature: Nature,
    length: usize,
    /// In the order of their literals.
    raw: Vec<Raw>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Looked through as it is.
    Plain,
    /// Looked through in another encoding: pieces say nothing about it.
    Converted,
    Binary,
}

impl Version {
    /// Looks through a version: whole, or where it differs from the one before.
    pub fn look(before: Before<'_, Version>, bytes: &[u8]) -> Version {
        let (nature, raw) = match text::of(bytes) {
            None => (Nature::Binary, Vec::new()),
            Some(Cow::Owned(text)) => {
                (Nature::Converted, detector().raw(&text, std::iter::once(0..text.len())))
            }
            Some(Cow::Borrowed(text)) => (
                Nature::Plain,
                match before {
                    Some((version, pieces)) if version.nature == Nature::Plain => version.next(pieces, text),
                    _ => detector().raw(text, std::iter::once(0..text.len())),
                },
            ),
        };
        Version { nature, length: bytes.len(), raw }
    }

    /// True if there is no text to look through.
    pub fn is_binary(&self) -> bool {
        self.nature == Nature::Binary
    }

    /// What was found, as ranges of the text.
    pub fn hits(&self) -> Vec<Hit> {
        if self.raw.is_empty() { Vec::new() } else { outermost(self.raw.iter().map(|raw| raw.hit.clone())) }
    }

    /// What a text holds that is made of pieces of this one.
    fn next(&self, pieces: &[Piece], text: &[u8]) -> Vec<Raw> {
        let longest = detector().longest();
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut differs = |start: usize, end: usize| {
            let start = start.saturating_sub(AHEAD + longest);
            let end = (end + BACK + longest).min(text.len());
            match parts.last_mut() {
                Some(before) if before.end >= start => before.end = end,
                _ => parts.push(start..end),
            }
        };
        let mut copies = Vec::new();
        let mut at = 0;
        for (place, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Copied(range) => {
                    let follows = place > 0 && matches!(pieces[place - 1], Piece::Copied(_));
                    if follows || (place == 0 && range.start > 0) {
                        differs(at, at);
                    }
                    copies.push((range.clone(), at));
                    at += range.len();
                    if place + 1 == pieces.len() && range.end < self.length {
                        differs(at, at);
                    }
                }
                Piece::Inserted(length) => {
                    differs(at, at + length);
                    at += length;
                }
            }
        }
        let mut raw = detector().raw(text, parts.iter().cloned());
        for (range, start) in copies {
            let first = self.raw.partition_point(|raw| raw.anchor.start < range.start);
            let inside = self.raw[first..].iter().take_while(|raw| raw.anchor.start < range.end);
            raw.extend(inside.filter_map(|raw| self.moved(raw, &range, start, text.len(), &parts)));
        }
        crate::sorted::by_key(&mut raw, |raw| raw.anchor.start);
        raw
    }

    /// A hit of this version at its place in the next one, if all that its rule saw was copied.
    fn moved(
        &self,
        raw: &Raw,
        range: &Range<usize>,
        start: usize,
        length: usize,
        looked: &[Range<usize>],
    ) -> Option<Raw> {
        let begins = range.start == 0 && start == 0;
        let ends = range.end == self.length && start + range.len() == length;
        let anchor = &raw.anchor;
        let whole = (begins || anchor.start >= range.start + BACK)
            && (anchor.end + AHEAD <= range.end || (ends && anchor.end <= range.end));
        let move_to = |range_of: &Range<usize>| {
            Some(
                (range_of.start + start).checked_sub(range.start)?
                    ..(range_of.end + start).checked_sub(range.start)?,
            )
        };
        let anchor = move_to(anchor)?;
        let before = looked.partition_point(|part| part.end < anchor.end);
        let again = looked.get(before).is_some_and(|part| part.start <= anchor.start);
        (whole && !again).then_some(())?;
        Some(Raw { hit: Hit { range: move_to(&raw.hit.range)?, ..raw.hit.clone() }, anchor })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    fn found(hits: Vec<Hit>) -> Vec<(String, Range<usize>)> {
        hits.into_iter().map(|hit| (hit.kind.id().to_owned(), hit.range)).collect()
    }

    /// A version of pieces of the one before, and of new text.
    fn made(base: &str, plan: Vec<(u16, u16, String)>) -> (String, Vec<Piece>) {
        let (mut text, mut pieces) = (String::new(), Vec::new());
        for (start, length, insert) in plan {
            let start = usize::from(start) % (base.len() + 1);
            let end = (start + usize::from(length)).min(base.len());
            if end > start {
                text += &base[start..end];
                match pieces.last_mut() {
                    Some(Piece::Copied(before)) if before.end == start => before.end = end,
                    _ => pieces.push(Piece::Copied(start..end)),
                }
            }
            if !insert.is_empty() {
                text += &insert;
                pieces.push(Piece::Inserted(insert.len()));
            }
        }
        (text, pieces)
    }

    /// A version that leaves most of the one before as it is.
    fn edited(base: &str, place: u16, cut: usize, insert: String) -> (String, Vec<Piece>) {
        let place = usize::from(place) % (base.len() + 1);
        let end = (place + cut).min(base.len());
        let all = [
            (Piece::Copied(0..place), place),
            (Piece::Inserted(insert.len()), insert.len()),
            (Piece::Copied(end..base.len()), base.len() - end),
        ];
        let text = format!("{}{insert}{}", &base[..place], &base[end..]);
        (text, all.into_iter().filter(|(_, length)| *length > 0).map(|(piece, _)| piece).collect())
    }

    proptest! {
        /// Over a chain of versions, pieces bring to light exactly what whole versions do, at the same places.
        #[test]
        fn pieces_lose_nothing(
            first in text(),
            edits in prop::collection::vec((any::<u16>(), 0usize..60, text()), 0..5),
            plans in prop::collection::vec(prop::collection::vec((any::<u16>(), 0u16..3000, text()), 0..4), 0..3),
        ) {
            let mut base = first;
            let mut version = Version::look(None, base.as_bytes());
            let edits = edits.into_iter().map(|(place, cut, insert)| Ok((place, cut, insert)));
            for change in edits.chain(plans.into_iter().map(Err)) {
                let (text, pieces) = match change {
                    Ok((place, cut, insert)) => edited(&base, place, cut, insert),
                    Err(plan) => made(&base, plan),
                };
                version = Version::look(Some((&version, &pieces)), text.as_bytes());
                prop_assert_eq!(found(version.hits()), found(detector().scan(text.as_bytes())));
                base = text;
            }
        }
    }

    #[test]
    fn binary_versions_and_other_encodings_stand_for_themselves() {
        let token = ["ghp_", "kX9vQ2mZ7pLw4RtB8sJdYc3NfHg6TqWe5AuK"].concat();
        let binary = Version::look(None, b"\0\x01");
        assert!(binary.is_binary());
        let text = format!("token {token}\n");
        let pieces = [Piece::Inserted(text.len() - 2), Piece::Copied(0..2)];
        assert_eq!(Version::look(Some((&binary, &pieces)), text.as_bytes()).hits().len(), 1);
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(Version::look(Some((&binary, &pieces)), &wide).hits().len(), 1);
    }
}
