//! Control characters, which hardly any text has.

/// True for a text without control characters of ASCII other than tabs and ends of lines as they are on Unix.
pub fn has_none(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let (blocks, words) = words.as_chunks::<8>();
    // A loop of its own: one of the library's is not inlined.
    for block in blocks {
        if !are_plain(block) {
            return false;
        }
    }
    words.iter().all(|word| are_plain(&[*word])) && rest.iter().all(is_plain)
}

fn is_plain(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t' | 0x80..)
}

/// The same for some words: most have not even an end of a line.
#[inline(always)]
fn are_plain<const N: usize>(words: &[[u8; 8]; N]) -> bool {
    has_no_suspects(words, |word| word)
        || has_no_suspects(words, without_ends)
        || words.as_flattened().iter().all(is_plain)
}

#[inline(always)]
fn has_no_suspects<const N: usize>(words: &[[u8; 8]; N], seen: impl Fn(u64) -> u64) -> bool {
    let mut found = 0;
    for word in words {
        found |= suspects(seen(u64::from_ne_bytes(*word)));
    }
    found & each(0x80) == 0
}

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// A word with the high bits of bytes below 0x80 that have one when a space is taken away or 1 is added, as control
/// characters do. The first of them is one in truth; what is taken from or added to those behind it may be wrong.
#[inline(always)]
fn suspects(word: u64) -> u64 {
    (word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1))) & !word
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
