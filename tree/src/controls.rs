//! Control characters, which hardly any text has.

/// True for a text without control characters of ASCII other than tabs and ends of lines as they are on Unix.
pub fn has_none(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let (fours, words) = words.as_chunks::<4>();
    // A loop of its own: one of the library's is not inlined.
    for four in fours {
        if !are_plain(four) {
            return false;
        }
    }
    words.iter().all(is_plain_word) && rest.iter().all(is_plain)
}

fn is_plain(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t' | 0x80..)
}

/// The same for 32 bytes: most have not even an end of a line.
#[inline(always)]
fn are_plain(words: &[[u8; 8]; 4]) -> bool {
    let [a, b, c, d] = words.map(|word| suspects(u64::from_ne_bytes(word)));
    (a | b | c | d) == 0 || words.iter().all(is_plain_word)
}

fn is_plain_word(word: &[u8; 8]) -> bool {
    suspects(without_ends(u64::from_ne_bytes(*word))) == 0 || word.iter().all(is_plain)
}

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The high bits of bytes below 0x80 that have one when a space is taken away or 1 is added, as control characters do.
/// The first of them is one in truth; what is taken from or added to those behind it may be wrong.
#[inline(always)]
fn suspects(word: u64) -> u64 {
    (word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1))) & !word & each(0x80)
}

/// The same text with `*` for each end of a line.
#[inline(always)]
fn without_ends(word: u64) -> u64 {
    const LOW: u64 = each(0x7f);
    let others = word ^ each(b'\n');
    let ends = !(((others & LOW) + LOW) | others | LOW);
    word | (ends >> 2)
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_byte_is_told_at_each_place() {
        for byte in (0..0x80_u8).filter(|byte| *byte != 0) {
            let expected = (b' '..0x7f).contains(&byte) || byte == b'\n' || byte == b'\t';
            for at in 0..60 {
                let mut text = "abc\n\u{e9}~xyz {}=\"é\"".repeat(4);
                text.insert(
                    text.char_indices().map(|(at, _)| at).nth(at).unwrap_or(text.len()),
                    char::from(byte),
                );
                assert_eq!(super::has_none(&text), expected, "{text:?}");
            }
        }
        assert!(super::has_none("") && !super::has_none("\0") && !super::has_none("123456\u{1}8"));
    }
}
