//! Hundreds of literals, looked for in one pass, in capitals and in small letters.
//!
//! The automaton (that of Aho and Corasick) knows roughly how they begin: enough that it seldom stops for what is none,
//! and not so much that its table is far from the processor. Where one begins, all of it is compared.

use std::collections::VecDeque;
use std::ops::Range;

use crate::delta::copy;

/// Bytes of a literal that the automaton knows.
const HEAD: usize = 8;

/// Classes of bytes: a row of the table is one line of the processor's cache.
const CLASSES: usize = 32;

/// Bytes of one class. Those that share one are told apart when beginnings are compared, so they are such of which at
/// most one is frequent. What is not here has one class together.
const ALIKE: [&[u8]; CLASSES - 2] = [
    b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h", b"i", b"jx", b"k", b"l", b"m", b"n", b"o", b"p", b"qz",
    b"r", b"s", b"t", b"u", b"vw", b"y", b"02468", b"13579", b"_", b"-", b".", b"$/", b":",
];

/// Long texts are searched in so many parts at a time: the processor waits for the table in one, and goes on in another.
const LANES: usize = 4;

/// Bytes of a text that is worth it.
const LONG: usize = 256;

/// Parts of a text that are shorter than this are put together before they are searched.
const SHORT: usize = 4096;

/// Bytes that are searched at a time: what is found in the lanes is kept in between.
const BLOCK: usize = 1 << 20;

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
    /// The class of each byte.
    classes: [u8; 256],
    /// The next state, by state and class. Those in which beginnings end come last.
    next: Vec<u16>,
    /// The first state in which a beginning ends.
    first_end: u16,
    /// The literals whose beginnings end in a state.
    ends: Vec<Vec<u32>>,
    longest: usize,
}

impl Literals {
    /// Makes the automaton of literals of at least one byte.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Literals {
        let lower = |text: String| text.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let texts: Vec<Box<[u8]>> = texts.into_iter().map(lower).collect();
        let mut literals = Literals {
            longest: texts.iter().map(|text| text.len()).max().unwrap_or_default(),
            classes: classes(&texts),
            texts,
            next: Vec::new(),
            first_end: 0,
            ends: Vec::new(),
        };
        literals.grow();
        literals.link();
        literals.sort();
        literals
    }

    /// The tree of the beginnings. The root is no state's child, so 0 says that there is none.
    fn grow(&mut self) {
        self.add_state();
        for literal in 0..self.texts.len() {
            let mut state = 0;
            for place in 0..self.texts[literal].len().min(HEAD) {
                let slot = self.slot(state, self.texts[literal][place]);
                if self.next[slot] == 0 {
                    self.next[slot] = self.add_state();
                }
                state = self.next[slot];
            }
            self.ends[usize::from(state)].push(literal as u32);
        }
    }

    fn add_state(&mut self) -> u16 {
        // The literals are part of the program, and a test builds this.
        let state = u16::try_from(self.ends.len()).expect("a few thousand short literals fit");
        self.ends.push(Vec::new());
        self.next.resize(self.ends.len() * CLASSES, 0);
        state
    }

    /// Where a beginning goes on no further, another one may that ends the same.
    fn link(&mut self) {
        let mut suffix = vec![0; self.ends.len()];
        let mut waiting = VecDeque::from([0u16]);
        while let Some(state) = waiting.pop_front() {
            let other = if state == 0 { [0; CLASSES] } else { *self.row(suffix[usize::from(state)]) };
            for (next, beside) in self.row(state).iter_mut().zip(other) {
                if *next == 0 {
                    *next = beside;
                } else {
                    suffix[usize::from(*next)] = beside;
                    waiting.push_back(*next);
                }
            }
            let shorter = self.ends[usize::from(suffix[usize::from(state)])].clone();
            self.ends[usize::from(state)].extend(shorter);
        }
    }

    fn row(&mut self, state: u16) -> &mut [u16; CLASSES] {
        self.next[usize::from(state) * CLASSES..].first_chunk_mut().expect("each state has a row")
    }

    /// Numbers the states anew, those in which beginnings end last.
    fn sort(&mut self) {
        let count = self.ends.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|state| !self.ends[*state].is_empty());
        let mut number = vec![0; count];
        for (new, old) in order.iter().enumerate() {
            number[*old] = new as u16;
        }
        let mut next = Vec::with_capacity(self.next.len());
        for row in order.iter().map(|state| &self.next[state * CLASSES..][..CLASSES]) {
            next.extend(row.iter().map(|state| number[usize::from(*state)]));
        }
        self.next = next;
        self.ends = order.iter().map(|state| std::mem::take(&mut self.ends[*state])).collect();
        self.first_end = self.ends.iter().take_while(|ends| ends.is_empty()).count() as u16;
    }

    #[inline(always)]
    fn slot(&self, state: u16, byte: u8) -> usize {
        usize::from(state) * CLASSES + usize::from(self.classes[usize::from(byte)])
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
        self.sweep(text, part, |found| self.compare(text, found, anchors));
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
        self.sweep(&joined.bytes, 0..joined.bytes.len(), |found| {
            self.compare(text, joined.in_text(found, &mut part), anchors);
        });
    }

    /// Hands over the beginnings in a part of a text, in the order of their ends.
    fn sweep(&self, text: &[u8], part: Range<usize>, mut found: impl FnMut(Found)) {
        for start in part.clone().step_by(BLOCK) {
            let block = start..part.end.min(start + BLOCK);
            let lane = if block.len() < LONG { 0 } else { block.len() / LANES };
            if lane > 0 {
                self.sweep_lanes(text, start, lane, &mut found);
            }
            self.run(text, 0, start + lane * LANES, block.end, &mut found);
        }
    }

    /// Goes on from a state and a place to where the last beginning ends that begins before `before`.
    fn run(&self, text: &[u8], mut state: u16, start: usize, before: usize, found: &mut impl FnMut(Found)) {
        for (place, byte) in text_of(text, start..before + HEAD - 1).iter().enumerate() {
            state = self.next[self.slot(state, *byte)];
            if state >= self.first_end {
                found(Found { state, end: start + place + 1, before });
            }
        }
    }

    /// The same in lanes of so many bytes that follow one another.
    fn sweep_lanes(&self, text: &[u8], start: usize, lane: usize, found: &mut impl FnMut(Found)) {
        let starts: [usize; LANES] = std::array::from_fn(|number| start + number * lane);
        let mut noted: [Vec<(usize, u16)>; LANES] = Default::default();
        let mut states = [0; LANES];
        let [a, b, c, d] = starts.map(|start| text_of(text, start..start + lane));
        for (place, (((a, b), c), d)) in a.iter().zip(b).zip(c).zip(d).enumerate() {
            for (number, byte) in [a, b, c, d].into_iter().enumerate() {
                states[number] = self.next[self.slot(states[number], *byte)];
                if states[number] >= self.first_end {
                    note(&mut noted[number], place, states[number]);
                }
            }
        }
        for ((start, state), noted) in starts.into_iter().zip(states).zip(noted) {
            let before = start + lane;
            for (place, state) in noted {
                found(Found { state, end: start + place + 1, before });
            }
            // A beginning may end in the next lane.
            self.run(text, state, before, before, found);
        }
    }

    /// Are the beginnings those of literals?
    #[cold]
    fn compare(&self, text: &[u8], found: Found, anchors: &mut Vec<Anchor>) {
        for literal in &self.ends[usize::from(found.state)] {
            let whole = &self.texts[*literal as usize];
            let start = found.end - whole.len().min(HEAD);
            let there = text.get(start..start + whole.len());
            if start < found.before && there.is_some_and(|there| there.eq_ignore_ascii_case(whole)) {
                Anchor { start: start as u32, literal: *literal }.put(anchors);
            }
        }
    }
}

/// Beginnings of literals.
#[derive(Clone, Copy)]
struct Found {
    /// The state in which they end.
    state: u16,
    /// Where they end.
    end: usize,
    /// Those that do not begin before this place are found by another search.
    before: usize,
}

/// Parts of a text, one behind the other, each with the bytes behind it in which a beginning may end, and with one that
/// no beginning holds.
struct Joined {
    bytes: Vec<u8>,
    /// Where each part begins in the bytes, and the part.
    parts: Vec<(usize, Range<usize>)>,
}

impl Joined {
    fn of(text: &[u8], parts: &[Range<usize>]) -> Joined {
        let mut bytes = vec![0; parts.iter().map(|part| part.len() + HEAD).sum()];
        let mut at = 0;
        let mut join = |part: &Range<usize>| {
            let start = at;
            let there = text_of(text, part.start..part.end + HEAD - 1);
            copy(there, &mut bytes[start..start + there.len()]);
            at += there.len() + 1;
            (start, part.clone())
        };
        let parts = parts.iter().map(&mut join).collect();
        Joined { bytes, parts }
    }

    /// What was found in the bytes, as places of the text; `near` is the number of the part, or of one nearby.
    fn in_text(&self, found: Found, near: &mut usize) -> Found {
        while self.parts[*near].0 >= found.end {
            *near -= 1;
        }
        while self.parts.get(*near + 1).is_some_and(|(start, _)| *start < found.end) {
            *near += 1;
        }
        let (start, part) = &self.parts[*near];
        let moved = |place: usize| place.saturating_sub(*start) + part.start;
        Found { end: moved(found.end), before: moved(found.before).min(part.end), ..found }
    }
}

/// The bytes of a part, as far as the text goes.
fn text_of(text: &[u8], part: Range<usize>) -> &[u8] {
    text.get(part.start..part.end.min(text.len())).unwrap_or_default()
}

#[cold]
fn note(found: &mut Vec<(usize, u16)>, place: usize, state: u16) {
    found.push((place, state));
}

/// The class of each byte: the first one of what no beginning holds.
fn classes(texts: &[Box<[u8]>]) -> [u8; 256] {
    let mut classes = [0; 256];
    for byte in texts.iter().flat_map(|text| text.iter().take(HEAD)) {
        let alike = ALIKE.iter().position(|bytes| bytes.contains(&byte.to_ascii_lowercase()));
        let class = alike.map_or(CLASSES as u8 - 1, |place| place as u8 + 1);
        classes[usize::from(*byte)] = class;
        classes[usize::from(byte.to_ascii_uppercase())] = class;
    }
    classes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
