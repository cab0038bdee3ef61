//! Versions of a file, each as a pack stores it: pieces of another one, and what stands between them. Only what
//! differs is looked through.
//!
//! What its literals mean is asked again where the window around them is another one than in the base: a rule sees no
//! more than `BACK` bytes before its literal and `AHEAD` behind it, so the others mean what they meant there.

use std::borrow::Cow;

use ci_guard_scan::{Anchor, Piece, Same, follow, seek};

use super::detect::window::{AHEAD, BACK};
use super::detect::{Hit, Raw, detector, outermost};
use super::text;
use crate::checkout::versions::Before;

/// What was found in a version, so that the next one can be compared with it.
pub struct Version {
    nature: Nature,
    length: usize,
    /// All literals, in the order of their places.
    anchors: Vec<Anchor>,
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
        let (nature, (anchors, raw)) = match text::of(bytes) {
            None => (Nature::Binary, Default::default()),
            Some(Cow::Owned(text)) => (Nature::Converted, whole(&text)),
            Some(Cow::Borrowed(text)) => (
                Nature::Plain,
                match before {
                    Some((version, pieces)) if version.nature == Nature::Plain => version.next(pieces, text),
                    _ => whole(text),
                },
            ),
        };
        Version { nature, length: bytes.len(), anchors, raw }
    }

    /// True if there is no text to look through.
    pub fn is_binary(&self) -> bool {
        self.nature == Nature::Binary
    }

    /// True if nothing was found.
    pub fn is_clean(&self) -> bool {
        self.raw.is_empty()
    }

    /// What was found, as ranges of the text.
    pub fn hits(&self) -> Vec<Hit> {
        outermost(self.raw.iter().map(|raw| raw.hit.clone()))
    }

    /// What a text holds that is made of pieces of this one.
    fn next(&self, pieces: &[Piece], text: &[u8]) -> (Vec<Anchor>, Vec<Raw>) {
        let detector = detector();
        let base = (&*self.anchors, self.length);
        let (anchors, same) = follow(detector.literals(), base, pieces, text, (BACK, AHEAD));
        let mut raw = Vec::new();
        let mut done = 0;
        for Same { part, base } in same {
            let first = seek(&anchors, done, part.start);
            detector.judge(text, &anchors[done..first], true, &mut raw);
            done = seek(&anchors, first, part.end);
            let kept = self.raw.partition_point(|raw| (raw.start as usize) < base);
            let kept = self.raw[kept..].iter().take_while(|raw| (raw.start as usize) < base + part.len());
            // Its window lies wholly in the piece, so it does not begin before it.
            let moved = |place: usize| (place + part.start).saturating_sub(base);
            raw.extend(kept.map(|raw| Raw {
                hit: Hit { range: moved(raw.hit.range.start)..moved(raw.hit.range.end), ..raw.hit },
                start: moved(raw.start as usize) as u32,
            }));
        }
        detector.judge(text, &anchors[done..], true, &mut raw);
        (anchors, raw)
    }
}

/// What a whole text holds.
fn whole(text: &[u8]) -> (Vec<Anchor>, Vec<Raw>) {
    // As many literals as most texts hold.
    let (mut anchors, mut raw) = (Vec::with_capacity(text.len() / 256), Vec::new());
    detector().literals().find(text, 0..text.len(), &mut anchors);
    detector().judge(text, &anchors, true, &mut raw);
    (anchors, raw)
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

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
