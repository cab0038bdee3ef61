//! One line of a checksum list.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::{Hash, Problem};
use crate::checks::artifacts::name::Name;
use crate::hashing::Algorithm;

/// What a line lists.
pub(super) struct Listed {
    pub name: Option<Name>,
    pub hash: Hash,
    pub digest: Vec<u8>,
}

/// Reads a line, or nothing if it is blank or a comment. `escapes` says whether a backslash in front announces
/// an escaped name.
pub(super) fn read(line: &[u8], escapes: bool) -> Result<Option<Listed>, Problem> {
    let start = line.trim_ascii_start();
    if start.is_empty() || start.starts_with(b"#") {
        return Ok(None);
    }
    let (text, escaped) = match start.strip_prefix(b"\\") {
        Some(rest) if escapes => (rest, true),
        _ => (start, false),
    };
    let mut listed = match tagged(text) {
        Some(listed) => listed?,
        None => untagged(text)?,
    };
    if escaped && let Some(name) = listed.name {
        listed.name = Some(unescaped(name.as_bytes())?);
    }
    match &listed.name {
        Some(name) if name.as_bytes() == b"-" => Err(Problem::StandardInput),
        Some(name) if name.as_bytes().is_empty() => Err(Problem::NoName),
        _ => Ok(Some(listed)),
    }
}

/// `digest  name`, `digest *name`, `digest name`, or a digest alone.
fn untagged(text: &[u8]) -> Result<Listed, Problem> {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    let (token, rest) = text.split_at(end);
    let (hash, digest) = by_length(token)?;
    // The byte behind the digest separates; the next one tells text from binary. A single separator is the
    // reversed form of the BSDs.
    let name = match rest {
        [] => None,
        [_, b' ' | b'*', name @ ..] | [_, name @ ..] if !name.trim_ascii().is_empty() => {
            Some(Name::new(name))
        }
        _ => None,
    };
    Ok(Listed { name, hash, digest })
}

/// `SHA256 (name) = digest`, as the BSDs, `--tag` and openssl write it. `None` if the line is of another form.
fn tagged(text: &[u8]) -> Option<Result<Listed, Problem>> {
    let open = text.iter().position(|&byte| byte == b'(')?;
    let tag = text[..open].strip_suffix(b" ").unwrap_or(&text[..open]);
    let is_tag = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
    if !(2..=20).contains(&tag.len()) || !tag.iter().all(is_tag) || !tag[0].is_ascii_alphabetic() {
        return None;
    }
    // Names may hold brackets: the last one that an equals sign follows is the end.
    let close = text.iter().rposition(|&byte| byte == b')').filter(|&close| close > open)?;
    let token = text[close + 1..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
    let hash = by_tag(&String::from_utf8_lossy(tag));
    let digest = match &hash {
        Hash::Strong(algorithm) => exactly(token, algorithm.digest_len()),
        Hash::Weak("MD5") => exactly(token, 16),
        Hash::Weak(_) => exactly(token, 20),
        Hash::Unsupported(_) => HEXLOWER_PERMISSIVE.decode(token).or_else(|_| BASE64.decode(token)).ok(),
    };
    Some(match digest {
        Some(digest) => Ok(Listed { name: Some(Name::new(&text[open + 1..close])), hash, digest }),
        None => Err(Problem::WrongDigest(hash)),
    })
}

/// The hash that a word in front of brackets names.
fn by_tag(tag: &str) -> Hash {
    match tag.to_ascii_uppercase().replace("SHA2-", "SHA").replace("SHA-", "SHA").as_str() {
        "MD5" => Hash::Weak("MD5"),
        "SHA1" => Hash::Weak("SHA-1"),
        "SHA224" => Hash::Strong(Algorithm::Sha224),
        "SHA256" => Hash::Strong(Algorithm::Sha256),
        "SHA384" => Hash::Strong(Algorithm::Sha384),
        "SHA512" => Hash::Strong(Algorithm::Sha512),
        _ => Hash::Unsupported(tag.to_owned()),
    }
}

/// The hash and digest that a word without a tag can only be by its length. Hex comes before base64: 40 and 64
/// digits are both.
fn by_length(token: &[u8]) -> Result<(Hash, Vec<u8>), Problem> {
    let bytes = match HEXLOWER_PERMISSIVE.decode(token) {
        Ok(bytes) if !bytes.is_empty() => Some(bytes),
        _ => None,
    };
    let known = |bytes: Vec<u8>| {
        let strong = Algorithm::ALL.into_iter().find(|algorithm| algorithm.digest_len() == bytes.len());
        match (strong, bytes.len()) {
            (Some(algorithm), _) => Some((Hash::Strong(algorithm), bytes)),
            (None, 16) => Some((Hash::Weak("MD5"), bytes)),
            (None, 20) => Some((Hash::Weak("SHA-1"), bytes)),
            _ => None,
        }
    };
    // Words of prose can be short hex.
    let looks_hex = token.len() >= 8 && token.iter().all(u8::is_ascii_hexdigit);
    let problem = if looks_hex { Problem::HexLength(token.len()) } else { Problem::NoDigest };
    // A third of base64 is hex digits; what has far more was hex once.
    let hex_digits = token.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    match bytes {
        Some(bytes) => known(bytes).ok_or(problem),
        None if looks_hex => Err(problem),
        None if token.len() >= 32 && hex_digits * 4 >= token.len() * 3 => Err(Problem::NotHex),
        None => BASE64.decode(token).ok().and_then(known).ok_or(problem),
    }
}

/// Hex or base64 of exactly so many bytes.
fn exactly(token: &[u8], length: usize) -> Option<Vec<u8>> {
    let decoded = match token.len() == length * 2 {
        true => HEXLOWER_PERMISSIVE.decode(token),
        false => BASE64.decode(token),
    };
    decoded.ok().filter(|bytes| bytes.len() == length)
}

/// Undoes coreutils' escapes: backslash, LF and CR are written as two characters each.
fn unescaped(name: &[u8]) -> Result<Name, Problem> {
    let mut bytes = name.iter();
    let mut result = Vec::with_capacity(name.len());
    while let Some(&byte) = bytes.next() {
        result.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'\\') => b'\\',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                _ => return Err(Problem::Escape),
            },
            other => other,
        });
    }
    Ok(Name::new(result))
}
