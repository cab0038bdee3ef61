//! Hundreds of literals, looked for in one pass, in capitals and in small letters.
//!
//! The automaton (that of Aho and Corasick) knows only how they begin, so that its table stays near the processor. What
//! stands behind a beginning is compared where one is found.

use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of a literal that the automaton knows.
const HEAD: usize = 4;

/// Classes of bytes for which a state has places in the table: more than the literals of the program need.
const CLASSES: usize = 64;

/// Long texts are searched in so many parts at a time: the processor waits for the table in one, and goes on in another.
const LANES: usize = 4;

/// Bytes of a text that is worth it.
const LONG: usize = 256;

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
    /// Bytes between which no beginning tells a difference have the same class.
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
            let row = usize::from(state) * CLASSES;
            let other = usize::from(suffix[usize::from(state)]) * CLASSES;
            for class in 0..CLASSES {
                let child = self.next[row + class];
                let beside = if state == 0 { 0 } else { self.next[other + class] };
                if child == 0 {
                    self.next[row + class] = beside;
                    continue;
                }
                suffix[usize::from(child)] = beside;
                let shorter = self.ends[usize::from(beside)].clone();
                self.ends[usize::from(child)].extend(shorter);
                waiting.push_back(child);
            }
        }
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
        let rows = order.iter().flat_map(|state| &self.next[state * CLASSES..][..CLASSES]);
        self.next = rows.map(|state| number[usize::from(*state)]).collect();
        self.ends = order.iter().map(|state| std::mem::take(&mut self.ends[*state])).collect();
        self.first_end = self.ends.iter().take_while(|ends| ends.is_empty()).count() as u16;
    }

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
        for start in part.clone().step_by(BLOCK) {
            self.find_in_block(text, start..part.end.min(start + BLOCK), anchors);
        }
    }

    fn find_in_block(&self, text: &[u8], part: Range<usize>, anchors: &mut Vec<Anchor>) {
        let lane = if part.len() < LONG { 0 } else { part.len() / LANES };
        if lane > 0 {
            self.find_in_lanes(text, part.start, lane, anchors);
        }
        let rest = part.start + lane * LANES;
        let mut state = 0;
        for (place, byte) in text_of(text, rest..part.end + HEAD - 1).iter().enumerate() {
            state = self.next[self.slot(state, *byte)];
            if state >= self.first_end {
                self.compare(text, state, rest + place + 1, part.end, anchors);
            }
        }
    }

    /// The same in parts of `lane` bytes that follow one another from `start` on.
    fn find_in_lanes(&self, text: &[u8], start: usize, lane: usize, anchors: &mut Vec<Anchor>) {
        let starts: [usize; LANES] = std::array::from_fn(|number| start + number * lane);
        let mut found: [Vec<(usize, u16)>; LANES] = Default::default();
        let mut states = [0; LANES];
        let [a, b, c, d] = starts.map(|start| text_of(text, start..start + lane));
        for (place, (((a, b), c), d)) in a.iter().zip(b).zip(c).zip(d).enumerate() {
            for (number, byte) in [a, b, c, d].into_iter().enumerate() {
                states[number] = self.next[self.slot(states[number], *byte)];
                if states[number] >= self.first_end {
                    note(&mut found[number], place, states[number]);
                }
            }
        }
        for ((start, mut state), found) in starts.into_iter().zip(states).zip(found) {
            let end = start + lane;
            for (place, state) in found {
                self.compare(text, state, start + place + 1, end, anchors);
            }
            // A beginning may end in the next lane.
            for (place, byte) in text_of(text, end..end + HEAD - 1).iter().enumerate() {
                state = self.next[self.slot(state, *byte)];
                if state >= self.first_end {
                    self.compare(text, state, end + place + 1, end, anchors);
                }
            }
        }
    }

    /// Beginnings end at `end`: are they those of literals, and do they begin before `before`?
    #[cold]
    fn compare(&self, text: &[u8], state: u16, end: usize, before: usize, anchors: &mut Vec<Anchor>) {
        for literal in &self.ends[usize::from(state)] {
            let whole = &self.texts[*literal as usize];
            let head = whole.len().min(HEAD);
            let start = end - head;
            let rest = text.get(end..start + whole.len());
            if start < before && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(&whole[head..])) {
                Anchor { start: start as u32, literal: *literal }.put(anchors);
            }
        }
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

/// The classes of bytes. Capitals and small letters are of one class; what no beginning holds is of the first.
fn classes(texts: &[Box<[u8]>]) -> [u8; 256] {
    let mut classes = [0; 256];
    let mut count = 1;
    for byte in texts.iter().flat_map(|text| text.iter().take(HEAD)) {
        if classes[usize::from(*byte)] == 0 {
            // The literals are part of the program, and a test builds this.
            assert!(usize::from(count) < CLASSES, "literals are made of letters, digits and a few signs");
            classes[usize::from(*byte)] = count;
            classes[usize::from(byte.to_ascii_uppercase())] = count;
            count += 1;
        }
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
            texts in prop::collection::vec("[a-c:]{1,7}", 1..20),
            text in "[a-dA-D:é]{0,600}",
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
