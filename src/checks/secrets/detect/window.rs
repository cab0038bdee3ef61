//! What a rule may look at: the text around an anchor, and nothing else.
//!
//! That a rule sees no more than this makes it sound to scan only what changed: a place whose window is the same as
//! before has the same finding as before.

use std::ops::Range;

/// Bytes before an anchor that a rule may look at: a name, or what a long value begins with.
pub const BACK: usize = 256;

/// Bytes behind an anchor that a rule may look at.
pub const AHEAD: usize = 512;

/// The text around an anchor.
#[derive(Clone, Copy)]
pub struct Window<'t> {
    /// The text.
    pub text: &'t [u8],
    /// Where the anchor begins in it.
    pub start: usize,
    /// Where the anchor ends in it.
    pub end: usize,
    /// Where the window begins in the whole text.
    pub offset: usize,
}

impl<'t> Window<'t> {
    /// The window around an anchor.
    pub fn around(text: &'t [u8], anchor: Range<usize>) -> Window<'t> {
        let first = anchor.start.saturating_sub(BACK);
        let last = (anchor.end + AHEAD).min(text.len());
        Window {
            text: text.get(first..last).unwrap_or_default(),
            start: anchor.start - first,
            end: anchor.end - first,
            offset: first,
        }
    }

    /// The byte at a place of the window; 0 outside.
    pub fn at(&self, place: usize) -> u8 {
        self.text.get(place).copied().unwrap_or(0)
    }

    /// The byte before a place of the window; 0 at the beginning.
    pub fn before(&self, place: usize) -> u8 {
        place.checked_sub(1).map_or(0, |place| self.at(place))
    }

    /// A part of the window.
    pub fn part(&self, range: Range<usize>) -> &'t [u8] {
        self.text.get(range).unwrap_or_default()
    }

    /// A range of the window as a range of the whole text.
    pub fn whole(&self, range: Range<usize>) -> Range<usize> {
        self.offset + range.start..self.offset + range.end
    }

    /// True if a value can begin here: no word runs into it, or what runs into it is an escape (`\n`, `%3D`).
    pub fn begins(&self, place: usize) -> bool {
        let before = self.before(place);
        if !before.is_ascii_alphanumeric() && before != b'_' {
            return true;
        }
        let escape = |back: usize| place.checked_sub(back).map_or(0, |place| self.at(place));
        let percent = escape(3) == b'%' && escape(2).is_ascii_hexdigit() && before.is_ascii_hexdigit();
        percent || (escape(2) == b'\\' && matches!(before, b'n' | b'r' | b't'))
    }

    /// True if a value can end here: no word goes on.
    pub fn ends(&self, place: usize) -> bool {
        let after = self.at(place);
        !after.is_ascii_alphanumeric() && after != b'_'
    }
}
