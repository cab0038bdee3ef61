//! Writes checksum lists in the form that every tool reads: lowercase hex, two spaces, the name, LF.

use data_encoding::HEXLOWER;

use crate::checks::artifacts::name::Name;

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Names with a backslash, LF or CR are written with coreutils' escapes. Without it the caller keeps such
    /// names out: no line of another form can hold them.
    pub escape: bool,
    /// Lines are `SHA256 (name) = digest`.
    pub tag: bool,
}

/// The list of these files and their SHA-256 digests, sorted by name, byte by byte.
pub fn write(entries: &[(Name, Vec<u8>)], style: Style) -> Vec<u8> {
    let mut sorted: Vec<&(Name, Vec<u8>)> = entries.iter().collect();
    crate::sorted::by(&mut sorted, |a, b| a.0.cmp(&b.0));
    let mut text = Vec::new();
    for (name, digest) in sorted {
        let (name, escaped) = escaped(name.as_bytes(), style);
        let hex = HEXLOWER.encode(digest);
        if escaped {
            text.push(b'\\');
        }
        match style.tag {
            true => text.extend([b"SHA256 (", &name[..], b") = ", hex.as_bytes(), b"\n"].concat()),
            false => text.extend([hex.as_bytes(), b"  ", &name[..], b"\n"].concat()),
        }
    }
    text
}

/// The name as it is written, and whether that needs a mark.
fn escaped(name: &[u8], style: Style) -> (Vec<u8>, bool) {
    if !style.escape || !name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r')) {
        return (name.to_vec(), false);
    }
    let mut result = Vec::with_capacity(name.len() + 4);
    for &byte in name {
        match byte {
            b'\\' => result.extend(b"\\\\"),
            b'\n' => result.extend(b"\\n"),
            b'\r' => result.extend(b"\\r"),
            other => result.push(other),
        }
    }
    (result, true)
}
