//! JSON that is nothing but JSON, or has trailing commas at most, straight into the tree. Whatever else a text holds,
//! `json` reads, and can say why.

use std::borrow::Cow;
use std::ops::Range;

use super::Style;
use super::build::{Builder, Collection};

/// Brackets within each other. Somewhat less than what the other parser takes, so that the limit is its to tell.
const MAX_DEPTH: usize = 500;

/// Reads the text from `start` on. False if it is no JSON in every detail but for commas behind the last of several
/// where these are `relaxed`; the builder is then of no use.
pub(super) fn read(text: &str, start: usize, relaxed: bool, builder: &mut Builder) -> bool {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: start, relaxed, builder };
    reader.space();
    reader.value(0).is_some() && reader.at == text.len()
}

struct Reader<'t, 'b> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    relaxed: bool,
    builder: &'b mut Builder,
}

impl Reader<'_, '_> {
    /// A value, and the space behind it.
    fn value(&mut self, depth: usize) -> Option<()> {
        let start = self.at;
        match *self.bytes.get(start)? {
            b'"' => self.string()?,
            b'{' | b'[' if depth >= MAX_DEPTH => return None,
            b'{' => self.collection(Collection::Map, b'}', depth)?,
            b'[' => self.collection(Collection::Seq, b']', depth)?,
            _ => {
                let length = self.bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
                let word = &self.text[start..start + length];
                if !matches!(word, "true" | "false" | "null") && !is_number(word.as_bytes()) {
                    return None;
                }
                self.at += length;
                self.builder.scalar(start..self.at, word, Style::Plain);
            }
        }
        self.space();
        Some(())
    }

    fn collection(&mut self, kind: Collection, close: u8, depth: usize) -> Option<()> {
        self.builder.begin(kind, Style::Flow, self.at);
        self.at += 1;
        self.space();
        let mut more = self.bytes.get(self.at) != Some(&close);
        while more {
            if matches!(kind, Collection::Map) {
                self.string()?;
                self.space();
                self.byte(b':')?;
                self.space();
            }
            self.value(depth + 1)?;
            more = self.bytes.get(self.at) == Some(&b',');
            if more {
                self.at += 1;
                self.space();
                more = !self.relaxed || self.bytes.get(self.at) != Some(&close);
            }
        }
        self.byte(close)?;
        self.builder.end(Some(self.at));
        Some(())
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&wanted)).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<()> {
        let start = self.at;
        self.byte(b'"')?;
        let mut escaped = false;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 1;
                    // Whatever is escaped, it is no end.
                    self.bytes.get(self.at)?;
                }
                0..0x20 => return None,
                _ => {}
            }
            self.at += 1;
        }
        let inner = start + 1..self.at;
        self.at += 1;
        let value = match escaped {
            true => Cow::Owned(unescaped(&self.text[inner])?),
            false => Cow::Borrowed(&self.text[inner]),
        };
        self.builder.scalar(start..self.at, &value, Style::DoubleQuoted);
        Some(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// `-1.5e+3`, and nothing in front of a zero.
fn is_number(word: &[u8]) -> bool {
    let digits = |from: usize| word[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(word.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && word[at] == b'0') {
        return false;
    }
    at += whole;
    if word.get(at) == Some(&b'.') {
        match digits(at + 1) {
            0 => return false,
            part => at += 1 + part,
        }
    }
    if let Some(b'e' | b'E') = word.get(at) {
        at += 1 + usize::from(matches!(word.get(at + 1), Some(b'+' | b'-')));
        match digits(at) {
            0 => return false,
            part => at += part,
        }
    }
    at == word.len()
}

/// Halves of surrogate pairs are left to the other parser.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value += &rest[..at];
        let mut taken: Range<usize> = at..at + 2;
        value.push(match rest.as_bytes()[at + 1] {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                taken.end += 4;
                let digits = rest.get(at + 2..taken.end)?;
                let only_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| only_digits)?)?
            }
            _ => return None,
        });
        rest = &rest[taken.end..];
    }
    Some(value + rest)
}
