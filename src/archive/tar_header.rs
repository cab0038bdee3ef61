//! One header block of a tar archive, as POSIX and GNU write it.

use super::{Kind, Stop, broken};

/// Bytes of a header, and the unit of everything else.
pub(super) const BLOCK: usize = 512;

/// A header block.
pub(super) struct Header<'b>(pub &'b [u8; BLOCK]);

impl Header<'_> {
    /// Checks the checksum of the header itself.
    pub fn check(&self) -> Result<(), Stop> {
        let said = number(&self.0[148..156]).ok_or_else(|| broken("a header has no checksum"))?;
        let field = |index: usize| (148..156).contains(&index);
        let byte = |index: usize| if field(index) { b' ' } else { self.0[index] };
        let unsigned: i64 = (0..BLOCK).map(|index| i64::from(byte(index))).sum();
        // Old tars added up signed bytes.
        let signed: i64 = (0..BLOCK).map(|index| i64::from(i8::from_ne_bytes([byte(index)]))).sum();
        match said == unsigned || said == signed {
            true => Ok(()),
            false => Err(broken("the checksum of a header is wrong")),
        }
    }

    /// The letter that says what stands here.
    pub fn letter(&self) -> u8 {
        self.0[156]
    }

    /// The name, with its prefix where the format has one.
    pub fn name(&self) -> Vec<u8> {
        let name = text(&self.0[..100]);
        // GNU's own format keeps times where POSIX has the prefix.
        let posix = &self.0[257..263] == b"ustar\0";
        let prefix = if posix { text(&self.0[345..500]) } else { &[] };
        match prefix.is_empty() {
            true => name.to_vec(),
            false => [prefix, b"/", name].concat(),
        }
    }

    /// What a link leads to.
    pub fn target(&self) -> Vec<u8> {
        text(&self.0[157..257]).to_vec()
    }

    /// Permissions and special bits.
    pub fn mode(&self) -> Option<u32> {
        number(&self.0[100..108]).and_then(|mode| u32::try_from(mode & 0o7777).ok())
    }

    /// Bytes that follow.
    pub fn size(&self) -> Result<u64, Stop> {
        let size = number(&self.0[124..136]).and_then(|size| u64::try_from(size).ok());
        size.ok_or_else(|| broken("the size in a header is no number"))
    }

    /// Seconds since 1970.
    pub fn modified(&self) -> Option<i64> {
        number(&self.0[136..148])
    }

    /// True if more blocks of GNU's map of holes follow this one.
    pub fn has_more_holes(&self) -> bool {
        self.0[482] != 0
    }

    /// Bytes of a file with holes, as it is on the disk.
    pub fn real_size(&self) -> Option<u64> {
        number(&self.0[483..495]).and_then(|size| u64::try_from(size).ok())
    }

    /// What the member is.
    pub fn kind(&self, name: &[u8]) -> Kind {
        match self.letter() {
            b'0' | 0 if name.ends_with(b"/") => Kind::Folder,
            b'0' | 0 | b'7' | b'S' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::Link,
            b'3' | b'4' => Kind::Device,
            b'5' => Kind::Folder,
            b'6' => Kind::Fifo,
            _ => Kind::Other,
        }
    }
}

/// The bytes before the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A number in octal, or in GNU's binary form.
fn number(field: &[u8]) -> Option<i64> {
    if field[0] & 0x80 != 0 {
        // Two's complement with the highest bit set as a mark; more than 63 bits say nothing sensible.
        let negative = field[0] & 0x40 != 0;
        let mut value: i128 = if negative { -1 } else { 0 };
        for (index, byte) in field.iter().enumerate() {
            let byte = if index == 0 && !negative { byte & 0x7f } else { *byte };
            value = (value << 8) | i128::from(byte);
            if index > 0 && i64::try_from(value).is_err() {
                return None;
            }
        }
        return i64::try_from(value).ok();
    }
    let digits = text(field);
    let digits = digits.trim_ascii();
    if digits.is_empty() {
        return Some(0);
    }
    let mut value: i64 = 0;
    for digit in digits {
        match digit {
            b'0'..=b'7' => value = value.checked_mul(8)?.checked_add(i64::from(digit - b'0'))?,
            _ => return None,
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(&[0; 12]), Some(0));
        assert_eq!(number(b"00000000009\0"), None);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]), Some((2 << 32) + 1));
        assert_eq!(number(&[0xff; 12]), Some(-1));
        assert_eq!(number(&[0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
