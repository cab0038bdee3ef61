//! Writes checksum lists in the form that every tool reads: lowercase hex, two spaces, the name, LF.

use std::borrow::Cow;

use data_encoding::HEXLOWER;

use crate::checks::artifacts::name::Name;

/// Bytes of the longest digest.
const MAX_DIGEST: usize = 64;

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
    for (name, digest) in sorted {
        let (name, escaped) = escaped(name.as_bytes(), style);
        if escaped {
            text.push(b'\\');
        }
        if style.tag {
            text.extend_from_slice(b"SHA256 (");
            text.extend_from_slice(&name);
            text.extend_from_slice(b") = ");
            append_hex(digest, &mut text);
        } else {
            append_hex(digest, &mut text);
            text.extend_from_slice(b"  ");
            text.extend_from_slice(&name);
        }
        text.push(b'\n');
    }
    text
}

fn append_hex(digest: &[u8], text: &mut Vec<u8>) {
    let mut hex = [0; 2 * MAX_DIGEST];
    let hex = &mut hex[..2 * digest.len()];
    HEXLOWER.encode_mut(digest, hex);
    text.extend_from_slice(hex);
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
