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

/// Lines and columns of a range, both 1-based; columns count characters.
pub fn span(text: &[u8], range: Range<usize>) -> Span {
    let position = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        let line = memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |place| place + 1);
        let column = before[start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        (line as u32 + 1, column as u32 + 1)
    };
    let (line, column) = position(range.start);
    let (end_line, end_column) = position(range.end);
    Span { line, column, end_line, end_column }
}

/// The line of a place and the one above, as far as they can matter.
pub fn lines(text: &[u8], offset: usize) -> (String, String) {
    const LONGEST: usize = 2000;
    let before = text.get(..offset).unwrap_or(text);
    let start = memchr::memrchr(b'\n', before).map_or(0, |place| place + 1);
    let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
    let line = &text[start.max(offset.saturating_sub(LONGEST))..end.min(offset + LONGEST).max(start)];
    let above = text[..start.saturating_sub(1)].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let above = &above[above.len().saturating_sub(LONGEST)..];
    let own = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    (own(line), own(above))
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
        assert_eq!(lines(text, 5), ("two".to_owned(), "one".to_owned()));
        assert_eq!(lines(text, 0), ("one".to_owned(), String::new()));
        assert_eq!(lines(text, 13), ("three".to_owned(), "two".to_owned()));
    }

    #[test]
    fn places_are_lines_and_characters() {
        let text = "ä\nbäc d\n".as_bytes();
        let span = span(text, 3..7);
        assert_eq!((span.line, span.column, span.end_line, span.end_column), (2, 1, 2, 4));
    }
}
