//! Hundreds of literals, looked for in one pass, in capitals and in small letters. Where one may begin, all of it is
//! compared.

use std::ops::Range;

use crate::automaton::{Automaton, Found, HEAD};
use crate::joined::Joined;

/// Parts of a text that are shorter than this are put together before they are searched.
const SHORT: usize = 4096;

/// A literal that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// Where it begins, as a byte of the text.
    pub start: u32,
    /// Its number.
    pub literal: u32,
}

impl Anchor {
    /// The same literal at another place.
    pub fn at(self, start: usize) -> Anchor {
        Anchor { start: start as u32, ..self }
    }

    /// Puts it in its place, which is near the end. What stands there already is not put there again.
    pub(crate) fn put(self, anchors: &mut Vec<Anchor>) {
        let mut place = anchors.len();
        while place > 0 && anchors[place - 1] > self {
            place -= 1;
        }
        if place == 0 || anchors[place - 1] != self {
            anchors.insert(place, self);
        }
    }
}

/// The literals, by number.
pub struct Literals {
    /// In small letters.
    texts: Vec<Box<[u8]>>,
    automaton: Automaton,
    longest: usize,
}

impl Literals {
    /// Makes ready to look for literals of at least one byte.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Literals {
        let lower = |text: String| text.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let texts: Vec<Box<[u8]>> = texts.into_iter().map(lower).collect();
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or_default();
        Literals { automaton: Automaton::new(&texts), texts, longest }
    }

    /// Where a literal ends.
    pub fn end_of(&self, anchor: Anchor) -> usize {
        anchor.start as usize + self.texts[anchor.literal as usize].len()
    }

    /// How many bytes the longest has.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Puts the literals that begin in a part of a text in their places among those that are known.
    pub fn find(&self, text: &[u8], part: Range<usize>, anchors: &mut Vec<Anchor>) {
        self.automaton.sweep(text, part, |found| self.compare(text, found, anchors));
    }

    /// The same in many parts of a text, in their order: short ones are put together and searched as one text.
    pub fn find_in(&self, text: &[u8], parts: &[Range<usize>], anchors: &mut Vec<Anchor>) {
        for parts in parts.chunk_by(|a, b| a.len() < SHORT && b.len() < SHORT) {
            match parts {
                [part] => self.find(text, part.clone(), anchors),
                _ => self.find_joined(text, parts, anchors),
            }
        }
    }

    fn find_joined(&self, text: &[u8], parts: &[Range<usize>], anchors: &mut Vec<Anchor>) {
        let joined = Joined::of(text, parts);
        let mut part = 0;
        self.automaton.sweep(&joined.bytes, 0..joined.bytes.len(), |found| {
            self.compare(text, joined.in_text(found, &mut part), anchors);
        });
    }

    /// Are the beginnings those of literals?
    #[cold]
    fn compare(&self, text: &[u8], found: Found, anchors: &mut Vec<Anchor>) {
        for literal in self.automaton.texts(found) {
            let whole = &self.texts[*literal as usize];
            let start = found.end - whole.len().min(HEAD);
            let there = text.get(start..start + whole.len());
            if start < found.before && there.is_some_and(|there| there.eq_ignore_ascii_case(whole)) {
                Anchor { start: start as u32, literal: *literal }.put(anchors);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::automaton::BLOCK;

    fn found(texts: &[String], text: &[u8], part: Range<usize>) -> Vec<Anchor> {
        let mut anchors = Vec::new();
        Literals::new(texts.iter().cloned()).find(text, part, &mut anchors);
        anchors
    }

    proptest! {
        /// All literals that begin in a part are found, wherever they end, and nothing else.
        #[test]
        fn as_if_each_literal_was_compared_at_each_place(
            texts in prop::collection::vec("[ajx15:~ ]{1,12}", 1..20),
            text in "[a-bA-BjJxX1357:~< é]{0,600}",
            start in 0usize..100,
            length in 0usize..600,
        ) {
            let text = text.as_bytes();
            let part = start.min(text.len())..(start + length).min(text.len());
            let stands = |literal: &String, start: usize| {
                text.get(start..start + literal.len())
                    .is_some_and(|there| there.eq_ignore_ascii_case(literal.as_bytes()))
            };
            let mut expected = Vec::new();
            for start in part.clone() {
                let here = (0..).zip(&texts).filter(|(_, literal)| stands(literal, start));
                expected.extend(here.map(|(literal, _)| Anchor { start: start as u32, literal }));
            }
            prop_assert_eq!(found(&texts, text, part), expected);
        }
    }

    proptest! {
        /// Parts are searched as if each was searched by itself.
        #[test]
        fn parts_that_are_put_together_are_searched_as_each_alone(
            texts in prop::collection::vec("[ab]{1,12}", 1..9),
            text in "[abAB.]{400}",
            parts in prop::collection::vec((0usize..40, 0usize..40), 0..12),
            long in 0usize..6000,
        ) {
            let mut text = text.into_bytes();
            let mut at = 0;
            let mut ranges = Vec::new();
            for (gap, length) in parts {
                ranges.push((at + gap).min(text.len())..(at + gap + length).min(text.len()));
                at += gap + length;
            }
            let last = text.len();
            text.extend(std::iter::repeat_n(*b"ab.", long).flatten());
            ranges.push(last..text.len());
            let literals = Literals::new(texts);
            let (mut together, mut alone) = (Vec::new(), Vec::new());
            literals.find_in(&text, &ranges, &mut together);
            ranges.into_iter().for_each(|part| literals.find(&text, part, &mut alone));
            prop_assert_eq!(together, alone);
        }
    }

    #[test]
    fn what_lies_across_the_blocks_of_a_long_text_is_found_once() {
        let mut text = vec![b'-'; 3 * BLOCK];
        let places = [0, BLOCK - 2, 2 * BLOCK - 5, 2 * BLOCK, 3 * BLOCK - 5];
        places.iter().for_each(|place| text[*place..place + 5].copy_from_slice(b"Token"));
        let anchors = found(&["token".to_owned()], &text, 0..text.len());
        assert!(anchors.iter().map(|anchor| anchor.start as usize).eq(places));
    }

    #[test]
    fn what_is_known_is_not_put_there_again() {
        let literals = Literals::new(["key".to_owned(), "eyj".to_owned()]);
        let mut anchors = Vec::new();
        literals.find(b"a KEYJ", 0..4, &mut anchors);
        literals.find(b"a KEYJ", 2..6, &mut anchors);
        assert_eq!(anchors, [Anchor { start: 2, literal: 0 }, Anchor { start: 3, literal: 1 }]);
    }
}
