//! Control characters, which hardly any text has.

/// True for a text without control characters of ASCII other than tabs and ends of lines as they are on Unix.
pub fn has_none(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    words.iter().all(|word| is_plain_word(u64::from_ne_bytes(*word))) && rest.iter().all(is_plain)
}

fn is_plain(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t' | 0x80..)
}

/// The same for eight bytes at once.
fn is_plain_word(word: u64) -> bool {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    // The high bit of each byte that is less than a space, and of each that is 0x7f.
    let below_space = !(((word & LOW) + u64::from_ne_bytes([0x60; 8])) | word) & !LOW;
    let delete = ((word & LOW) + u64::from_ne_bytes([1; 8])) & !word & !LOW;
    (below_space | delete) == 0 || word.to_ne_bytes().iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_byte_is_told_at_each_place() {
        for byte in (0..0x80_u8).filter(|byte| *byte != 0) {
            let expected = (b' '..0x7f).contains(&byte) || byte == b'\n' || byte == b'\t';
            for at in 0..19 {
                let mut text = "abc \u{e9}~xyz {}=\"é\"".to_owned();
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
