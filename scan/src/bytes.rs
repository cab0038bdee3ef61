//! Sets of bytes, and how far they reach in a text.

/// A set of bytes.
pub struct Bytes([bool; 256]);

impl Bytes {
    /// The bytes of a text.
    pub const fn of(bytes: &[u8]) -> Bytes {
        let mut set = [false; 256];
        let mut at = 0;
        while at < bytes.len() {
            set[bytes[at] as usize] = true;
            at += 1;
        }
        Bytes(set)
    }

    /// The letters and digits of ASCII, and these.
    pub const fn alphanumeric_and(others: &[u8]) -> Bytes {
        let Bytes(mut set) = Bytes::of(others);
        let mut byte = 0u8;
        while byte < 128 {
            set[byte as usize] |= byte.is_ascii_alphanumeric();
            byte += 1;
        }
        Bytes(set)
    }

    /// All that ASCII can print but the space and these.
    pub const fn graphic_but(others: &[u8]) -> Bytes {
        let Bytes(without) = Bytes::of(others);
        let mut set = [false; 256];
        let mut byte = 0u8;
        while byte < 128 {
            set[byte as usize] = byte.is_ascii_graphic() && !without[byte as usize];
            byte += 1;
        }
        Bytes(set)
    }

    /// True if it holds the byte.
    pub const fn holds(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    /// True if it holds every byte of the text.
    pub fn hold_all(&self, text: &[u8]) -> bool {
        text.iter().all(|byte| self.holds(*byte))
    }

    /// How many bytes of the set follow one another from a place on, at most so many.
    pub fn ahead(&self, text: &[u8], from: usize, most: usize) -> usize {
        let text = text.get(from..).unwrap_or_default();
        text.iter().take(most).take_while(|byte| self.holds(**byte)).count()
    }

    /// How many bytes of the set stand right before a place, at most so many.
    pub fn back(&self, text: &[u8], from: usize, most: usize) -> usize {
        let text = text.get(..from).unwrap_or_default();
        text.iter().rev().take(most).take_while(|byte| self.holds(**byte)).count()
    }
}

/// True if all are digits of a hexadecimal number.
pub fn are_hexadecimal(text: &[u8]) -> bool {
    are_all(text, |word| between(word, b'0', b'9') | between(word | CASE, b'a', b'f'))
}

/// The same for the letters of base64, without the padding.
pub fn are_base64(text: &[u8]) -> bool {
    are_all(text, |word| {
        between(word, b'/', b'9') | between(word | CASE, b'a', b'z') | between(word, b'+', b'+')
    })
}

/// The same for what can be seen: ASCII without spaces and control characters.
pub fn are_graphic(text: &[u8]) -> bool {
    are_all(text, |word| between(word, b'!', b'~'))
}

/// What lower case has, and upper case has not.
const CASE: u64 = each(0x20);

/// What only bytes have that are not ASCII.
const HIGH: u64 = each(0x80);

/// Eight times the same byte.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// True if all bytes are of ASCII, and `fits` gives the high bit of each, eight at a time.
fn are_all(text: &[u8], fits: impl Fn(u64) -> u64) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [b'0'; 8];
    last[..rest.len()].copy_from_slice(rest);
    words
        .iter()
        .chain([&last])
        .map(|word| u64::from_ne_bytes(*word))
        .all(|word| fits(word) & !word & HIGH == HIGH)
}

/// The high bit of each byte between two, the others of no meaning. All are of ASCII.
fn between(word: u64, first: u8, last: u8) -> u64 {
    let word = word & !HIGH;
    (word + each(0x80 - first)) & !(word + each(0x7f - last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_at_other_bytes_at_the_ends_and_where_nobody_looks_further() {
        const NAME: Bytes = Bytes::alphanumeric_and(b"_");
        let text = b"a = my_NAME2;";
        assert_eq!(NAME.ahead(text, 4, 64), 8);
        assert_eq!(NAME.ahead(text, 4, 3), 3);
        assert_eq!(NAME.ahead(text, 13, 3), 0);
        assert_eq!(NAME.ahead(text, 99, 3), 0);
        assert_eq!(NAME.back(text, 12, 64), 8);
        assert_eq!(NAME.back(text, 12, 5), 5);
        assert_eq!(NAME.back(text, 1, 5), 1);
        assert_eq!(NAME.back(text, 99, 5), 0);
        const WORD: Bytes = Bytes::graphic_but(b";");
        assert_eq!(WORD.ahead(text, 4, 64), 8);
        assert!(NAME.hold_all(b"my_NAME2") && NAME.hold_all(b"") && !NAME.hold_all(text));
        assert!(are_hexadecimal(b"0189abcdefABCDEF0") && are_hexadecimal(b""));
        let at_both_ends = |byte: u8| {
            [
                [byte, b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'0'],
                [b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'0', byte],
            ]
        };
        let digit = |byte: u8| {
            at_both_ends(byte).iter().all(|text| are_hexadecimal(text) == byte.is_ascii_hexdigit())
        };
        assert!((0..=255).all(digit));
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        assert!((0..=255).all(|byte| at_both_ends(byte).iter().all(|text| are_base64(text) == letter(byte))));
        assert!(!WORD.holds(b' ') && !WORD.holds(b';') && !WORD.holds(0xc3) && WORD.holds(b'!'));
    }
}
