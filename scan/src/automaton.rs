//! The automaton of Aho and Corasick, of the beginnings of literals. It knows only roughly how they begin: enough that it
//! seldom stops for what is none, and not so much that its table is far from the processor.

use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of a literal that the automaton knows.
pub const HEAD: usize = 8;

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

/// Bytes that are searched at a time: what is found in the lanes is kept in between.
pub const BLOCK: usize = 1 << 20;

/// The beginnings of texts in small letters, looked for in capitals as well.
pub struct Automaton {
    /// The class of each byte.
    classes: [u8; 256],
    /// The next state, by state and class. Those in which beginnings end come last.
    next: Vec<u16>,
    /// The first state in which a beginning ends.
    first_end: u16,
    /// The numbers of the texts whose beginnings end in a state.
    ends: Vec<Vec<u32>>,
}

/// Where texts may begin.
#[derive(Clone, Copy)]
pub struct Found {
    /// The state in which their beginnings end.
    pub state: u16,
    /// Where their beginnings end.
    pub end: usize,
    /// Those that do not begin before this place are found by another search.
    pub before: usize,
}

impl Automaton {
    /// The automaton of texts of at least one byte, in small letters.
    pub fn new(texts: &[Box<[u8]>]) -> Automaton {
        let mut automaton =
            Automaton { classes: classes(texts), next: Vec::new(), first_end: 0, ends: Vec::new() };
        automaton.grow(texts);
        automaton.link();
        automaton.sort();
        automaton
    }

    /// The tree of the beginnings. The root is no state's child, so 0 says that there is none.
    fn grow(&mut self, texts: &[Box<[u8]>]) {
        self.add_state();
        for (literal, text) in (0..).zip(texts) {
            let mut state = 0;
            for byte in text.iter().take(HEAD) {
                let slot = self.slot(state, *byte);
                if self.next[slot] == 0 {
                    self.next[slot] = self.add_state();
                }
                state = self.next[slot];
            }
            self.ends[usize::from(state)].push(literal);
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

    /// The texts that begin as what was found.
    pub fn texts(&self, found: Found) -> &[u32] {
        &self.ends[usize::from(found.state)]
    }

    /// Hands over the beginnings in a part of a text, in the order of their ends.
    pub fn sweep(&self, text: &[u8], part: Range<usize>, mut found: impl FnMut(Found)) {
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
}

/// The bytes of a part, as far as the text goes.
pub fn text_of(text: &[u8], part: Range<usize>) -> &[u8] {
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
