//! Scalars of TOML that are their own value: where they end.

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

fn word_end(bytes: &[u8], start: usize, word: &[u8]) -> Option<usize> {
    bytes[start..].starts_with(word).then_some(start + word.len())
}

fn integer_end(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_whole = (1..=MAX_DIGITS).contains(&digits) && (digits == 1 || bytes[start] != b'0');
    is_whole.then_some(start + digits)
}
