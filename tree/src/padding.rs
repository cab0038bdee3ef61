//! Spaces that are put into a text so that a strict parser takes what lenient ones take, and the way back from
//! positions in the padded text to those in the text as it was written.

use std::borrow::Cow;
use std::ops::Range;

/// Columns by which a continuation line is moved. The enclosing block must begin before it, and this is further
/// right than any block that people write.
pub(super) const INDENT: usize = 256;

/// Spaces that are put in altogether, at most: what bounds the memory on hostile input.
const MAX_ADDED: usize = 16 << 20;

/// Where spaces are put in.
#[derive(Debug, Default)]
pub(super) struct Padding {
    /// Sorted by place.
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    /// Byte in the original text.
    at: usize,
    /// Spaces before it.
    spaces: usize,
    /// Spaces at all places before this one.
    before: usize,
}

impl Padding {
    /// The text with the spaces in it.
    pub fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut padded = String::with_capacity(text.len() + self.added());
        let mut from = 0;
        for place in &self.places {
            padded += &text[from..place.at];
            padded.extend(std::iter::repeat_n(' ', place.spaces));
            from = place.at;
        }
        Cow::Owned(padded + &text[from..])
    }

    /// Where a byte of the padded text lies in the original.
    pub fn original(&self, padded: usize) -> usize {
        let next = self.places.partition_point(|place| place.at + place.before <= padded);
        match next.checked_sub(1).map(|index| &self.places[index]) {
            None => padded,
            Some(place) => place.at + (padded - place.before - place.at).saturating_sub(place.spaces),
        }
    }

    /// Puts spaces in before a byte that lies behind all others. False if it does not, or if there are too many.
    pub fn insert(&mut self, at: usize, spaces: usize) -> bool {
        let before = self.added();
        let behind = self.places.last().is_none_or(|last| last.at < at);
        let fits = before + spaces <= MAX_ADDED;
        if behind && fits {
            self.places.push(Place { at, spaces, before });
        }
        behind && fits
    }

    fn added(&self) -> usize {
        self.places.last().map_or(0, |last| last.before + last.spaces)
    }

    /// Indents the continuation lines of a quoted scalar, given without its closing quote. Space at the beginning
    /// of such a line is no content, so the value stays what it is. False if that changes nothing.
    pub fn indent_quoted(&mut self, text: &str, scalar: Range<usize>) -> bool {
        let mut new = false;
        for (offset, _) in text[scalar.clone()].match_indices('\n') {
            let line = scalar.start + offset + 1;
            // The marks between documents end a quoted scalar in every reader.
            let mark = text[line..].starts_with("---") || text[line..].starts_with("...");
            new |= !mark && self.insert(line, INDENT);
        }
        new
    }
}

/// Where the quoted scalar that begins at `opening` is closed.
pub(super) fn closing_quote(text: &str, opening: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(opening)?;
    let mut at = opening + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            _ if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 1,
            _ if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back() {
        let mut padding = Padding::default();
        assert!(padding.insert(1, 1) && padding.insert(4, 2) && !padding.insert(4, 1));
        let text = "abcdef";
        let padded = padding.apply(text);
        assert_eq!(padded, "a bcd  ef");
        let back: Vec<usize> = (0..=padded.len()).map(|at| padding.original(at)).collect();
        assert_eq!(back, [0, 1, 1, 2, 3, 4, 4, 4, 5, 6]);
    }

    #[test]
    fn quotes_close_where_they_do() {
        assert_eq!(closing_quote(r#""a\"b" c"#, 0), Some(5));
        assert_eq!(closing_quote("'it''s' x", 0), Some(6));
        assert_eq!(closing_quote("'open", 0), None);
        assert_eq!(closing_quote("\"a\\", 0), None);
    }
}
