//! Inline tables that are written like one before them, but for their scalars: of thousands in a lockfile, only these
//! have to be read.

use std::ops::Range;

use ci_guard_scan::begins;

use super::super::Style;
use super::super::build::Builder;
use super::super::rows::{Entry, MAX_ENTRIES, Shape};
use super::scalars;

/// Shapes that are known at a time: those of the tables that a package has.
const MAX_SHAPES: usize = 4;

/// How tables were written, the latest last.
#[derive(Default)]
pub struct Shapes(Vec<u32>);

impl Shapes {
    /// Reads the table that begins here, if it is written like one that is known: its node, and where it ends.
    #[inline(always)]
    pub fn like_one_before(&self, bytes: &[u8], at: usize, builder: &mut Builder) -> Option<(u32, usize)> {
        let mut ends = [0; MAX_ENTRIES];
        let (shape, found) = self.0.iter().rev().find_map(|number| {
            let shape = builder.shape(*number);
            Some((*number, values(shape, bytes, at, &mut ends)?))
        })?;
        Some((builder.row(shape, at..found.end, &ends, found.bytes)?, found.end))
    }

    /// Notes how a table is written, of which the children and the end are known.
    pub fn note(&mut self, node: u32, children: &[u32], end: usize, builder: &mut Builder) {
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
            Entry {
                key: words(key.start - before.start..key.end - before.start),
                before: words(before),
                style,
            }
        });
        let entries = entries.collect();
        let key_bytes = children.iter().step_by(2).map(|key| builder.value(*key).len()).sum();
        let shape = builder.add_shape(Shape { entries, end: words(last..end), key_bytes });
        if self.0.len() == MAX_SHAPES {
            self.0.remove(0);
        }
        self.0.push(shape);
    }
}

fn words(range: Range<usize>) -> Range<u32> {
    range.start as u32..range.end as u32
}

/// A table that is written like another one.
struct Found {
    /// Where it ends.
    end: usize,
    /// Bytes of its values.
    bytes: usize,
}

/// Where the values end of a table that begins here, if it is written like this.
#[inline(always)]
fn values(shape: &Shape, bytes: &[u8], at: usize, ends: &mut [u32]) -> Option<Found> {
    let mut found = Found { end: at, bytes: 0 };
    for (entry, value_end) in shape.entries.iter().zip(ends) {
        let start = behind(bytes, found.end, &entry.before)?;
        found.end = scalars::end(bytes, start)?;
        found.bytes += found.end - start - Style::of_toml(bytes[start]).quotes();
        *value_end = found.end as u32;
    }
    found.end = behind(bytes, found.end, &shape.end)?;
    Some(found)
}

/// The end of a part of the text that stands here again.
#[inline(always)]
fn behind(bytes: &[u8], at: usize, part: &Range<u32>) -> Option<usize> {
    let part = &bytes[part.start as usize..part.end as usize];
    begins(&bytes[at..], part).then_some(at + part.len())
}
