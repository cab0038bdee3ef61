//! Parts of a text, put together to be searched as one.

use std::ops::Range;

use crate::automaton::{Found, HEAD, text_of};
use crate::delta::copy;

/// Parts of a text, one behind the other, each with the bytes behind it in which a beginning may end, and with one that
/// no beginning holds.
pub struct Joined {
    /// What is searched.
    pub bytes: Vec<u8>,
    /// Where each part begins in the bytes, and the part.
    parts: Vec<(usize, Range<usize>)>,
}

impl Joined {
    /// Puts them together.
    pub fn of(text: &[u8], parts: &[Range<usize>]) -> Joined {
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
    pub fn in_text(&self, found: Found, near: &mut usize) -> Found {
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
