//! Scalars of TOML: where they end.

use toml_parser::decoder::Encoding;

/// Digits of an integer.
const MAX_DIGITS: usize = 18;

/// The end of the scalar that begins here, if it is a string on one line in which nothing is escaped, a boolean, or
/// an integer that is written as people do.
#[inline(always)]
pub fn end(bytes: &[u8], start: usize) -> Option<usize> {
    match *bytes.get(start)? {
        b'"' | b'\'' => string_end(bytes, start),
        b't' => word_end(bytes, start, b"true"),
        b'f' => word_end(bytes, start, b"false"),
        _ => integer_end(bytes, start),
    }
}

/// The same for a string, whose quote stands here.
#[inline(always)]
pub fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (quote, inner) = (bytes[start], &bytes[start + 1..]);
    let length = match quote {
        b'"' => memchr::memchr3(b'"', b'\\', b'\n', inner)?,
        _ => memchr::memchr2(b'\'', b'\n', inner)?,
    };
    // Three quotes begin a string of several lines.
    let is_end = inner[length] == quote && (length > 0 || inner.get(1) != Some(&quote));
    is_end.then_some(start + length + 2)
}

/// The end of a string with escapes or of several lines, and how it is written: its value is for the parser to say.
pub fn long_string_end(bytes: &[u8], start: usize) -> Option<(usize, Encoding)> {
    let quote = bytes[start];
    let is_basic = quote == b'"';
    let is_on_lines = bytes[start..].starts_with(&[quote; 3]);
    let encoding = match (is_basic, is_on_lines) {
        (true, false) => Encoding::BasicString,
        (false, false) => Encoding::LiteralString,
        (true, true) => Encoding::MlBasicString,
        (false, true) => Encoding::MlLiteralString,
    };
    let mut at = start + if is_on_lines { 3 } else { 1 };
    loop {
        match *bytes.get(at)? {
            b'\\' if is_basic => at += 2,
            b'\n' if !is_on_lines => return None,
            byte if byte == quote && !is_on_lines => return Some((at + 1, encoding)),
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => {
                // Quotes before the last three are part of the string.
                let more = bytes[at + 3..].iter().take(2).take_while(|next| **next == quote).count();
                return Some((at + 3 + more, encoding));
            }
            _ => at += 1,
        }
    }
}

fn word_end(bytes: &[u8], start: usize, word: &[u8]) -> Option<usize> {
    bytes[start..].starts_with(word).then_some(start + word.len())
}

fn integer_end(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_whole = (1..=MAX_DIGITS).contains(&digits) && (digits == 1 || bytes[start] != b'0');
    is_whole.then_some(start + digits)
}
