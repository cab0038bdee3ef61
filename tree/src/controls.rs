//! Control characters, which hardly any text has.

/// Bytes that are looked at together: a compiler compares sixteen of them at once if nothing is decided in between.
const BLOCK: usize = 128;

/// True for a text without control characters of ASCII other than tabs and ends of lines as they are on Unix.
pub fn has_none(text: &str) -> bool {
    let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
    blocks.iter().all(|block| are_plain(block)) && are_plain(rest)
}

#[inline]
fn are_plain(bytes: &[u8]) -> bool {
    let is_plain = |byte: u8| (byte >= b' ') & (byte != 0x7f) | (byte == b'\n') | (byte == b'\t');
    bytes.iter().fold(true, |plain, &byte| plain & is_plain(byte))
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_byte_is_told_at_each_place() {
        for byte in (0..0x80_u8).filter(|byte| *byte != 0) {
            let expected = (b' '..0x7f).contains(&byte) || byte == b'\n' || byte == b'\t';
            for at in [0, 1, 7, 18, 100, 127, 128, 140, 200] {
                let mut text = "abc \u{e9}~xyz {}=\"é\"".repeat(12);
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
