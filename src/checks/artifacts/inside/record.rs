//! RECORD of a wheel: every file with its digest and size, and nothing besides.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;

use super::rules::RECORD_MISMATCH;
use super::sink::Sink;
use crate::hashing::Algorithm;
use crate::sorted::IntoMap as _;

/// A line of RECORD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The path, with `/`.
    pub path: String,
    /// Name of the hash and the digest in URL-safe base64 without padding; empty for RECORD itself.
    pub hash: String,
    /// Bytes, in digits; may be empty.
    pub size: String,
}

/// Reads RECORD, which is CSV. The number of the first line that cannot be read is the error.
pub fn parse(text: &str) -> Result<Vec<Line>, usize> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut fields = fields(line).ok_or(index + 1)?.into_iter();
        match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some(path), Some(hash), Some(size), None) if !path.is_empty() => {
                lines.push(Line { path, hash, size });
            }
            _ => return Err(index + 1),
        }
    }
    Ok(lines)
}

/// The fields of a line: bare, or in quotes that are doubled inside.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let field = fields.last_mut()?;
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            (true, '"') => quoted = false,
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => fields.push(String::new()),
            (_, c) => field.push(c),
        }
    }
    (!quoted).then_some(fields)
}

/// What a wheel holds.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    /// SHA-256 and size of every file.
    pub files: &'a BTreeMap<String, ([u8; 32], u64)>,
    /// The digests that RECORD lists by another algorithm.
    pub others: &'a BTreeMap<String, Vec<u8>>,
}

/// The algorithm of a digest in RECORD, of those that prove something and are no SHA-256.
fn other(name: &str) -> Option<Algorithm> {
    [Algorithm::Sha384, Algorithm::Sha512].into_iter().find(|known| known.key() == name)
}

/// The files that RECORD lists with another digest than SHA-256.
pub(super) fn other_digests(text: &str) -> BTreeMap<String, Algorithm> {
    let any = ["sha384=", "sha512="].iter().any(|name| text.contains(name));
    let lines = if any { parse(text).unwrap_or_default() } else { Vec::new() };
    let of = |line: Line| Some((line.path, other(line.hash.split_once('=')?.0)?));
    lines.into_iter().filter_map(of).into_map()
}

/// Compares RECORD with what the wheel holds: name, digest and size of every file.
pub(super) fn compare(record: &str, text: &str, holds: &Files<'_>, sink: &mut Sink) {
    let files = holds.files;
    let help = "build the wheel anew; whoever changes a wheel must write its RECORD again: `wheel pack`";
    let lines = match parse(text) {
        Ok(lines) => lines,
        Err(number) => {
            return sink.push(&RECORD_MISMATCH, format!("line {number} of `{record}` cannot be read"), help);
        }
    };
    let mut listed: BTreeSet<&str> = BTreeSet::new();
    for line in &lines {
        let path = &line.path;
        if !listed.insert(path) {
            sink.push(&RECORD_MISMATCH, format!("`{record}` lists `{path}` twice"), help);
            continue;
        }
        let Some((digest, size)) = files.get(path) else {
            sink.push(&RECORD_MISMATCH, format!("`{record}` lists `{path}`, which is not there"), help);
            continue;
        };
        if path == record || signs(path, record) {
            continue;
        }
        match line.hash.split_once('=') {
            None => sink.push(&RECORD_MISMATCH, format!("`{record}` has no digest of `{path}`"), help),
            Some((name, said)) if name == "sha256" || other(name).is_some() => {
                let digest = match name {
                    "sha256" => Some(&digest[..]),
                    _ => holds.others.get(path).map(Vec::as_slice),
                };
                let Some(digest) = digest else {
                    sink.not_verified(format!(
                        "the {name} digest of `{path}` in `{record}` was not compared"
                    ));
                    continue;
                };
                let holds = said.trim_end_matches('=') == BASE64URL_NOPAD.encode(digest);
                if !line.size.is_empty() && line.size != size.to_string() {
                    let said = &line.size;
                    let message = format!("`{path}` has {size} bytes, and {said} by `{record}`");
                    sink.push(&RECORD_MISMATCH, message, help);
                } else if !holds {
                    sink.push(&RECORD_MISMATCH, format!("`{path}` is not what `{record}` lists"), help);
                }
            }
            Some((weak @ ("md5" | "sha1" | "sha224"), _)) => {
                let message = format!("`{record}` lists `{path}` with `{weak}`, which is too weak");
                sink.push(&RECORD_MISMATCH, message, "build the wheel anew with a tool that writes SHA-256");
            }
            Some((name, _)) => {
                sink.not_verified(format!(
                    "`{record}` lists `{path}` with `{name}`, which is not known here"
                ));
            }
        }
    }
    for path in files.keys().filter(|path| !listed.contains(path.as_str())) {
        if path != record && !signs(path, record) {
            sink.push(&RECORD_MISMATCH, format!("`{path}` is not listed in `{record}`"), help);
        }
    }
}

/// True for a signature of RECORD, which RECORD cannot list.
fn signs(path: &str, record: &str) -> bool {
    path.strip_prefix(record).is_some_and(|end| matches!(end, ".jws" | ".p7s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_csv() {
        let lines = parse("a.py,sha256=x,1\n\"b,\"\"c\"\".py\",,\n").unwrap();
        assert_eq!((lines[1].path.as_str(), lines[0].size.as_str()), ("b,\"c\".py", "1"));
        for (text, line) in [("a", 1), ("a,b,1\n\"x,,", 2), (",,", 1), ("a,b,c,d", 1)] {
            assert_eq!(parse(text), Err(line), "{text}");
        }
    }
}
