//! Checksum lists: everything that coreutils and its kin write is read, and one plain form is written.
//!
//! Read are GNU lines (text and `*` binary), BSD lines, coreutils' escapes, records that end with NUL, hex in
//! capitals, base64 (`cksum --base64`), CRLF, a byte-order mark, comments, blank lines, a digest without name, and
//! lists inside a PGP or signify signature. What cannot be read is a fault with its line, never skipped.

mod line;
#[cfg(test)]
mod tests;
mod write;

use super::name::Name;
use crate::hashing::Algorithm;
use crate::location::Span;

pub use write::{Style, line_length, write};

/// Faults that are kept; more of them are counted. A page of HTML in place of a list has one on every line.
pub const MAX_FAULTS: usize = 1000;

/// A checksum list that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// What it lists, in its order.
    pub entries: Vec<Entry>,
    /// Lines that cannot be read, at most [`MAX_FAULTS`].
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more_faults: usize,
    /// True if it carries a signature. Nobody has verified it here.
    pub signed: bool,
}

/// A line that lists a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file, as the line spells it, escapes undone. `None` if the line is a digest and nothing else.
    pub name: Option<Name>,
    /// What kind of hash it is.
    pub hash: Hash,
    /// The digest itself.
    pub digest: Vec<u8>,
    /// The line.
    pub place: Place,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong with it.
    pub problem: Problem,
    /// The line.
    pub place: Place,
}

/// A line of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its number, from 1.
    pub line: u32,
    /// Its characters, without its end.
    pub width: u32,
}

impl From<Place> for Span {
    fn from(place: Place) -> Span {
        let Place { line, width } = place;
        Span { line, column: 1, end_line: line, end_column: width.saturating_add(1) }
    }
}

/// What kind of hash a digest is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hash {
    /// One that is verified.
    Strong(Algorithm),
    /// One that proves nothing any more: MD5 or SHA-1.
    Weak(&'static str),
    /// One that we cannot compute, by the name in the line.
    Unsupported(String),
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Hash::Strong(algorithm) => algorithm.name(),
            Hash::Weak(name) => name,
            Hash::Unsupported(name) => name,
        })
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It does not start with a digest, nor with `NAME (file) = digest`.
    NoDigest,
    /// So many hex digits are no digest of any kind that a list can hold.
    HexLength(usize),
    /// The digest is hex but for some characters.
    NotHex,
    /// A digest of this hash has another length; or it is neither hex nor base64.
    WrongDigest(Hash),
    /// There is a digest, but no name behind it, and other lines besides it.
    NoName,
    /// The name is `-`, which coreutils write for standard input.
    StandardInput,
    /// An escape that coreutils do not know.
    Escape,
    /// The records end with NUL, the last one does not.
    Unterminated,
    /// The text is UTF-16.
    Utf16,
    /// It stands beside the text that the signature covers.
    OutsideSignature,
    /// The signed text has no end.
    OpenSignature,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Problem::NoDigest => f.write_str("the line starts with no digest"),
            Problem::HexLength(digits) => {
                write!(f, "{digits} hex digits are no digest; one of SHA-256 has 64")
            }
            Problem::NotHex => f.write_str("the digest holds a character that is no hex digit"),
            Problem::WrongDigest(Hash::Strong(algorithm)) => {
                let (name, digits) = (algorithm.name(), algorithm.digest_len() * 2);
                write!(f, "the digest is not one of {name}, which has {digits} hex digits")
            }
            Problem::WrongDigest(hash) => write!(f, "the digest is not one of {hash}"),
            Problem::NoName => f.write_str("the line names no file"),
            Problem::StandardInput => f.write_str("`-` stands for standard input, not for a file"),
            Problem::Escape => {
                f.write_str("the name holds an escape that is none of `\\\\`, `\\n` and `\\r`")
            }
            Problem::Unterminated => f.write_str("the record does not end with NUL as the others do"),
            Problem::Utf16 => f.write_str("the list is UTF-16, which no other tool reads"),
            Problem::OutsideSignature => f.write_str("the line stands outside of the signed text"),
            Problem::OpenSignature => f.write_str("the signed text has no end"),
        }
    }
}

/// Reads a checksum list.
pub fn parse(bytes: &[u8]) -> List {
    let mut list = List::default();
    if is_utf16(bytes) {
        list.faults.push(Fault { problem: Problem::Utf16, place: Place { line: 1, width: 0 } });
        return list;
    }
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if body.contains(&0) {
        records(body, &mut list);
    } else {
        lines(body, &mut list);
    }
    // A digest alone is the whole of a `file.sha256`; beside other lines a name is missing.
    if list.entries.len() > 1 {
        for entry in std::mem::take(&mut list.entries) {
            match entry.name {
                Some(_) => list.entries.push(entry),
                None => list.fault(Problem::NoName, entry.place),
            }
        }
    }
    list
}

impl List {
    fn fault(&mut self, problem: Problem, place: Place) {
        match self.faults.len() < MAX_FAULTS {
            true => self.faults.push(Fault { problem, place }),
            false => self.more_faults += 1,
        }
    }

    fn take(&mut self, read: Result<Option<line::Listed>, Problem>, place: Place) {
        match read {
            Ok(None) => {}
            Ok(Some(line::Listed { name, hash, digest })) => {
                self.entries.push(Entry { name, hash, digest, place });
            }
            Err(problem) => self.fault(problem, place),
        }
    }
}

/// Windows PowerShell writes it where people write `>`.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..])
}

fn width(line: &[u8]) -> u32 {
    u32::try_from(String::from_utf8_lossy(line).chars().count()).unwrap_or(u32::MAX)
}

/// Records that end with NUL, as `sha256sum --zero` writes them: names hold any byte, nothing is escaped.
fn records(body: &[u8], list: &mut List) {
    let mut line: u32 = 1;
    for record in body.split_inclusive(|&byte| byte == 0) {
        let (text, ended) = match record.strip_suffix(b"\0") {
            Some(text) => (text, true),
            None => (record, false),
        };
        let first = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let place = Place { line, width: width(first) };
        if ended {
            list.take(line::read(text, false), place);
        } else if !text.trim_ascii().is_empty() {
            list.fault(Problem::Unterminated, place);
        }
        let breaks = text.iter().filter(|&&byte| byte == b'\n').count();
        line = line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
    }
}

/// Where a line stands in a signed list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Before the armour, or there is none.
    Before,
    /// Headers of the armour.
    Head,
    /// What is signed.
    Body,
    /// The signature itself.
    Signature,
    /// After it.
    After,
    /// The two lines that signify and minisign put in front of what they sign.
    Signify,
}

fn lines(body: &[u8], list: &mut List) {
    let mut part = Part::Before;
    let mut last = Place { line: 1, width: 0 };
    for (index, line) in body.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let place = Place { line: number, width: width(line) };
        last = place;
        let text = line.trim_ascii_end();
        match part {
            Part::Before if text == b"-----BEGIN PGP SIGNED MESSAGE-----" => {
                for entry in std::mem::take(&mut list.entries) {
                    list.fault(Problem::OutsideSignature, entry.place);
                }
                (part, list.signed) = (Part::Head, true);
            }
            Part::Before if index == 0 && text.starts_with(b"untrusted comment:") => {
                (part, list.signed) = (Part::Signify, true);
            }
            Part::Signify => {
                part = Part::Before;
                if !is_base64(text) {
                    list.take(line::read(line, true), place);
                }
            }
            Part::Head if text.is_empty() => part = Part::Body,
            Part::Head if !is_header(text) => list.fault(Problem::OutsideSignature, place),
            Part::Head => {}
            Part::Body if text == b"-----BEGIN PGP SIGNATURE-----" => part = Part::Signature,
            Part::Signature if text == b"-----END PGP SIGNATURE-----" => part = Part::After,
            // Lines that start with a hyphen carry `- ` in front of them inside the armour.
            Part::Body => list.take(line::read(line.strip_prefix(b"- ").unwrap_or(line), true), place),
            Part::Before => list.take(line::read(line, true), place),
            // Other readers know no armour: what they take for an entry must not hide from this one.
            Part::Signature | Part::After => {
                if matches!(line::read(line, true), Ok(Some(listed)) if listed.name.is_some()) {
                    list.fault(Problem::OutsideSignature, place);
                }
            }
        }
    }
    if matches!(part, Part::Head | Part::Body | Part::Signature) {
        list.fault(Problem::OpenSignature, last);
    }
}

/// `Hash: SHA256`
fn is_header(line: &[u8]) -> bool {
    let key = line.iter().position(|&byte| byte == b':').map(|at| &line[..at]);
    key.is_some_and(|key| !key.is_empty() && key.iter().all(u8::is_ascii_alphabetic))
}

fn is_base64(line: &[u8]) -> bool {
    let byte = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    !line.is_empty() && line.iter().all(byte)
}
