//! Tables that are written like one before them: of each only its place is kept and where its values end, and its keys
//! and values become nodes when they are asked for. A lockfile holds thousands.

use std::ops::Range;

use super::{Kind, Raw, Style, WRITTEN};

/// Marks the number of a node that stands in a row. The other bits say where the row is kept and, the last ones, which
/// key or value of it is meant.
const IN_ROW: u32 = 1 << 31;

/// Bits for a place in a row.
const PLACE_BITS: u32 = 4;

/// Entries of a table that can be a row.
pub const MAX_ENTRIES: usize = 1 << (PLACE_BITS - 1);

/// Words of a row before the ends of its values: its shape, and where it begins.
const HEAD: usize = 2;

/// How tables were written that hold nothing but scalars.
#[derive(Debug)]
pub struct Shape {
    /// Its keys, with what stands around them.
    pub entries: Vec<Entry>,
    /// What stands behind the last value, in the text.
    pub end: Range<u32>,
    /// Bytes of its keys.
    pub key_bytes: usize,
}

/// An entry of a [`Shape`].
#[derive(Debug)]
pub struct Entry {
    /// What stands before its value, from the end of the one before it, in the text.
    pub before: Range<u32>,
    /// Where its key stands in that.
    pub key: Range<u32>,
    /// How its key is written.
    pub style: Style,
}

/// The rows of a tree.
#[derive(Debug)]
pub struct Rows {
    shapes: Vec<Shape>,
    words: Vec<u32>,
}

impl Rows {
    /// With room for so many words from the beginning.
    pub fn with_room(words: usize) -> Rows {
        Rows { shapes: Vec::new(), words: Vec::with_capacity(words) }
    }

    /// Adds a shape: its number.
    pub fn add_shape(&mut self, shape: Shape) -> u32 {
        self.shapes.push(shape);
        self.shapes.len() as u32 - 1
    }

    /// The shape with this number.
    #[inline(always)]
    pub fn shape(&self, number: u32) -> &Shape {
        &self.shapes[number as usize]
    }

    /// Adds a table of a shape, which begins here and whose values end there: the node of its first key, which those
    /// of its other values and keys follow. `None` if there is no number for it.
    #[inline(always)]
    pub fn add(&mut self, shape: u32, start: u32, ends: &[u32]) -> Option<u32> {
        let at = u32::try_from(self.words.len()).ok().filter(|at| *at < IN_ROW >> PLACE_BITS)?;
        self.words.extend_from_slice(&[shape, start]);
        self.words.extend_from_slice(ends);
        Some(IN_ROW | at << PLACE_BITS)
    }

    /// The number of the shape of a table with this node.
    #[inline(always)]
    pub fn shape_of(&self, node: u32) -> u32 {
        self.words[((node & !IN_ROW) >> PLACE_BITS) as usize]
    }

    /// True for a node that stands in a row.
    #[inline(always)]
    pub fn has(node: u32) -> bool {
        node & IN_ROW != 0
    }

    /// A key or value.
    #[inline(always)]
    pub fn node(&self, node: u32, text: &[u8]) -> Raw {
        let at = (node & !IN_ROW) >> PLACE_BITS;
        let place = (node & ((1 << PLACE_BITS) - 1)) as usize;
        let words = &self.words[at as usize..];
        let entry = &self.shape(words[0]).entries[place / 2];
        // The table itself begins where a value before the first one would end.
        let last = words[HEAD - 1 + place / 2];
        let (style, start, end) = match place % 2 {
            0 => (entry.style, last + entry.key.start, last + entry.key.end),
            _ => {
                let start = last + entry.before.len() as u32;
                (Style::of_toml(text[start as usize]), start, words[HEAD + place / 2])
            }
        };
        Raw { kind: Kind::Scalar, style, row: 0, start, end, link: WRITTEN }
    }
}
