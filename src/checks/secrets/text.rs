//! The bytes of a file as text to look through, whatever their encoding.

use std::borrow::Cow;
use std::ops::Range;

use crate::location::Span;

/// Bytes at the beginning in which a NUL means that it is no text, as git has it.
const HEAD: usize = 8000;

/// The text in bytes: UTF-16 with a byte-order mark becomes UTF-8, and what is no text is `None`. Other encodings
/// stay as they are: secrets are ASCII.
pub fn of(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let units = |read: fn([u8; 2]) -> u16, body: &[u8]| -> Vec<u8> {
        let units = body.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into_bytes()
    };
    match bytes {
        [0xff, 0xfe, body @ ..] => Some(Cow::Owned(units(u16::from_le_bytes, body))),
        [0xfe, 0xff, body @ ..] => Some(Cow::Owned(units(u16::from_be_bytes, body))),
        _ => (!is_binary(bytes)).then_some(Cow::Borrowed(bytes)),
    }
}

/// True for what git shows as binary.
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(HEAD)]).is_some()
}

/// Bytes of a line before and behind a place that can matter to whoever looks at it.
const LONGEST: usize = 2000;

/// The lines of a text, in which places are asked for one behind the other: what was counted once is not counted again,
/// since a line of a million bytes may hold thousands of them.
pub struct Lines<'t> {
    text: &'t [u8],
    last: Line,
    /// Characters of that line before a place in it.
    counted: (usize, usize),
}

/// The line that a place is in.
#[derive(Clone, Copy)]
struct Line {
    /// The place.
    offset: usize,
    /// 0-based.
    number: usize,
    /// Where it begins.
    start: usize,
}

impl<'t> Lines<'t> {
    /// Those of a text.
    pub fn of(text: &'t [u8]) -> Lines<'t> {
        Lines { text, last: Line { offset: 0, number: 0, start: 0 }, counted: (0, 0) }
    }

    /// The text.
    pub fn text(&self) -> &'t [u8] {
        self.text
    }

    /// The line of a place, 1-based.
    pub fn line(&mut self, offset: usize) -> u32 {
        self.turn_to(offset).number as u32 + 1
    }

    /// Lines and columns of a range, both 1-based; columns count characters.
    pub fn span(&mut self, range: Range<usize>) -> Span {
        let (line, column) = self.position(range.start);
        let start = (self.last, self.counted);
        let (end_line, end_column) = self.position(range.end);
        // The next range may begin inside of this one.
        (self.last, self.counted) = start;
        Span { line, column, end_line, end_column }
    }

    /// The line of a place and the one above, as far as they can matter.
    pub fn around(&mut self, offset: usize) -> (String, String) {
        let Line { offset, start, .. } = self.turn_to(offset);
        let ahead = &self.text[offset..(offset + LONGEST).min(self.text.len())];
        let end = offset + memchr::memchr(b'\n', ahead).unwrap_or(ahead.len());
        let line = &self.text[start.max(offset.saturating_sub(LONGEST))..end];
        let above = &self.text[..start.saturating_sub(1)];
        let above = &above[above.len().saturating_sub(LONGEST)..];
        let above = &above[memchr::memrchr(b'\n', above).map_or(0, |place| place + 1)..];
        let own = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        (own(line), own(above))
    }

    fn position(&mut self, offset: usize) -> (u32, u32) {
        let Line { offset, number, start } = self.turn_to(offset);
        let (from, before) =
            Some(self.counted).filter(|(at, _)| (start..=offset).contains(at)).unwrap_or((start, 0));
        let characters = self.text[from..offset].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.counted = (offset, before + characters);
        (number as u32 + 1, self.counted.1 as u32 + 1)
    }

    fn turn_to(&mut self, offset: usize) -> Line {
        let offset = offset.min(self.text.len());
        if offset < self.last.offset {
            *self = Lines::of(self.text);
        }
        let last = &mut self.last;
        let between = &self.text[last.offset..offset];
        if let Some(end) = memchr::memrchr(b'\n', between) {
            last.number += memchr::memchr_iter(b'\n', between).count();
            last.start = last.offset + end + 1;
        }
        last.offset = offset;
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_becomes_text_and_binary_is_none() {
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("key=ä".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(of(&wide).as_deref(), Some("key=ä".as_bytes()));
        assert_eq!(of(b"a\0b"), None);
        assert_eq!(of(b"caf\xe9").as_deref(), Some(&b"caf\xe9"[..]));
    }

    #[test]
    fn a_place_has_its_line_and_the_one_above() {
        let text = b"one\ntwo\nthree";
        let around = |offset| Lines::of(text).around(offset);
        assert_eq!(around(5), ("two".to_owned(), "one".to_owned()));
        assert_eq!(around(0), ("one".to_owned(), String::new()));
        assert_eq!(around(13), ("three".to_owned(), "two".to_owned()));
        let long = format!("{0}\n{0}x{0}\n", "a".repeat(LONGEST + 5));
        let (line, above) = Lines::of(long.as_bytes()).around(2 * (LONGEST + 5) + 1);
        assert_eq!((line.len(), above.len(), line.find('x')), (2 * LONGEST, LONGEST, Some(LONGEST)));
    }

    #[test]
    fn places_are_lines_and_characters() {
        let text = "ä\nbäc d\n\ne".as_bytes();
        let mut lines = Lines::of(text);
        let mut span = |range| {
            let Span { line, column, end_line, end_column } = lines.span(range);
            (line, column, end_line, end_column)
        };
        assert_eq!(span(3..7), (2, 1, 2, 4));
        assert_eq!(span(8..11), (2, 5, 4, 1));
        // Also the other way round, and beyond the end.
        assert_eq!(span(0..2), (1, 1, 1, 2));
        assert_eq!(span(4..99), (2, 2, 4, 2));
        assert_eq!(lines.line(3), 2);
    }
}
