//! Inline tables that are written like one before them, but for their scalars: of thousands in a lockfile, only these
//! have to be read.

use std::ops::Range;

use ci_guard_scan::begins;

use super::super::Style;
use super::super::build::{Builder, Collection};
use super::scalars;

/// Shapes that are known at a time: those of the tables that a package has.
const MAX_SHAPES: usize = 4;

/// Entries of a table.
const MAX_ENTRIES: usize = 8;

/// How tables were written, the latest last.
#[derive(Default)]
pub struct Shapes(Vec<Shape>);

/// How a table was written.
struct Shape {
    entries: Vec<Entry>,
    /// What stands behind the last value.
    end: Range<usize>,
}

struct Entry {
    /// What stands before its value, from the end of the one before it.
    before: Range<usize>,
    /// Where its key stands in that.
    key: Range<usize>,
    style: Style,
}

impl Shapes {
    /// Reads the table that begins here, if it is written like one that is known: its node, and where it ends.
    #[inline(always)]
    pub fn like_one_before(&self, bytes: &[u8], at: usize, builder: &mut Builder) -> Option<(u32, usize)> {
        let mut values = [(0, 0); MAX_ENTRIES];
        let mut shapes = self.0.iter().rev();
        let (shape, end) = shapes.find_map(|shape| Some((shape, shape.values(bytes, at, &mut values)?)))?;
        let node = builder.loose(Collection::Map, Style::Block, at..end);
        for (entry, &(start, end)) in shape.entries.iter().zip(&values) {
            let key = start - entry.before.len() + entry.key.start;
            builder.written(key..key + entry.key.len(), entry.style);
            builder.written(start..end, Style::of_toml(bytes[start]));
        }
        builder.link_row(node, 2 * shape.entries.len() as u16);
        Some((node, end))
    }

    /// Notes how a table is written, of which the children and the end are known.
    pub fn note(&mut self, node: u32, children: &[u32], end: usize, builder: &Builder) {
        let are_scalars = children.iter().zip(node + 1..).all(|(child, next)| *child == next);
        let number = children.len() / 2;
        if !are_scalars || number == 0 || number > MAX_ENTRIES {
            return;
        }
        let mut last = builder.range(node).start;
        let entries = children.chunks_exact(2).map(|entry| {
            let (key, value) = (builder.range(entry[0]), builder.range(entry[1]));
            let before = last..value.start;
            last = value.end;
            let style = Style::of_toml(builder.text().as_bytes()[key.start]);
            Entry { key: key.start - before.start..key.end - before.start, before, style }
        });
        let shape = Shape { entries: entries.collect(), end: last..end };
        if self.0.len() == MAX_SHAPES {
            self.0.remove(0);
        }
        self.0.push(shape);
    }
}

impl Shape {
    /// Where the values stand of a table that begins here and is written like this, and where it ends.
    #[inline(always)]
    fn values(&self, bytes: &[u8], at: usize, values: &mut [(usize, usize)]) -> Option<usize> {
        let mut at = at;
        for (entry, value) in self.entries.iter().zip(values) {
            let start = behind(bytes, at, &entry.before)?;
            at = scalars::end(bytes, start)?;
            *value = (start, at);
        }
        behind(bytes, at, &self.end)
    }
}

/// The end of a part of the text that stands here again.
#[inline(always)]
fn behind(bytes: &[u8], at: usize, part: &Range<usize>) -> Option<usize> {
    begins(&bytes[at..], &bytes[part.clone()]).then_some(at + part.len())
}
