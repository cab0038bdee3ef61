//! Writes checksum lists in the form that every tool reads: lowercase hex, two spaces, the name, LF.

use std::borrow::Cow;

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
pub fn write(entries: &[(&Name, &[u8])], style: Style) -> Vec<u8> {
    let mut sorted = entries.to_vec();
    crate::sorted::by_bytes(&mut sorted, |(name, _)| name.as_bytes());
    let mut text = Vec::with_capacity(entries.iter().map(|(name, _)| line_length(name)).sum());
    let mut hex = String::with_capacity(64);
    for (name, digest) in sorted {
        let (name, escaped) = escaped(name.as_bytes(), style);
        hex.clear();
        HEXLOWER.encode_append(digest, &mut hex);
        if escaped {
            text.push(b'\\');
        }
        let parts: &[&[u8]] = match style.tag {
            true => &[b"SHA256 (", &name, b") = ", hex.as_bytes(), b"\n"],
            false => &[hex.as_bytes(), b"  ", &name, b"\n"],
        };
        parts.iter().for_each(|part| text.extend_from_slice(part));
    }
    text
}

/// Bytes of a plain line with this name.
pub fn line_length(name: &Name) -> usize {
    64 + 2 + name.as_bytes().len() + 1
}

/// The name as it is written, and whether that needs a mark.
fn escaped(name: &[u8], style: Style) -> (Cow<'_, [u8]>, bool) {
    if !style.escape || !name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r')) {
        return (Cow::Borrowed(name), false);
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
    (Cow::Owned(result), true)
}
