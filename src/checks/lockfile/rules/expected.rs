//! The rule about a lockfile that is not the expected one, and the hashes themselves.

use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

/// Another hash than the expected one.
pub static EXPECTED_HASH: Rule = Rule {
    id: "lockfile/expected-hash",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "the lockfile is not the one that was expected",
    allow: None,
};

/// What `--expected-lock-hash` says: `HASH` or `PATH=HASH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The lockfile, relative to the repository root; absent: all of them together, or the only one.
    pub path: Option<String>,
    /// 64 hexadecimal digits, lower case.
    pub hash: String,
}

impl FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, hash) = match text.rsplit_once('=') {
            Some((path, hash)) => (Some(path.trim().trim_start_matches("./").to_owned()), hash),
            None => (None, text),
        };
        let hash = hash.trim();
        let hash = hash.strip_prefix("sha256:").unwrap_or(hash).to_ascii_lowercase();
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!(
                "a SHA-256 has 64 hexadecimal digits, this has {} characters; write HASH or PATH=HASH",
                hash.chars().count()
            ));
        }
        match path {
            Some(path) if path.is_empty() => Err("the path before `=` is missing".to_owned()),
            path => Ok(Expected { path, hash }),
        }
    }
}

/// A lockfile and its contents.
pub struct Hashed {
    /// Relative to the repository root.
    pub path: String,
    /// SHA-256 of the bytes as they are, as `sha256sum` prints it.
    pub plain: String,
    /// SHA-256 of the bytes with CRLF turned into LF.
    pub normal: String,
    /// The bytes with CRLF turned into LF.
    contents: Vec<u8>,
}

impl Hashed {
    /// Hashes a lockfile.
    pub fn of(path: &str, bytes: Vec<u8>) -> Hashed {
        let length = bytes.len();
        let plain = HEXLOWER.encode(&Sha256::digest(&bytes));
        let contents = without_carriage_returns(bytes);
        // Hardly any has other line ends.
        let normal = match contents.len() == length {
            true => plain.clone(),
            false => HEXLOWER.encode(&Sha256::digest(&contents)),
        };
        Hashed { path: path.to_owned(), plain, normal, contents }
    }
}

/// The output `lock-hash`: SHA-256 over all lockfiles. For each, in the order of their paths, the length of the
/// path as eight bytes (little end first), the path, the length of the contents and the contents, CRLF turned
/// into LF. It depends neither on the system nor on the order in which files were found.
pub fn lock_hash(files: &mut [Hashed]) -> String {
    crate::sorted::by(files, |a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.contents] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    HEXLOWER.encode(&hash.finalize())
}

fn without_carriage_returns(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.contains(&b'\r') {
        return bytes;
    }
    let mut result = Vec::with_capacity(bytes.len());
    for (index, &byte) in bytes.iter().enumerate() {
        if byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            result.push(byte);
        }
    }
    result
}

/// Compares one expectation with what is there. `lock_hash` is absent if there are no lockfiles.
pub fn judge(
    expected: &Expected,
    files: &[Hashed],
    lock_hash: Option<&str>,
    other: impl Fn(&str) -> Option<Hashed>,
) -> Option<Finding> {
    let finding = |place: Location, message: String| {
        Finding::new(&EXPECTED_HASH, place, message)
            .help("find out what changed the lockfile; if the change is reviewed, give the new hash")
            .subject(expected.path.clone().unwrap_or_default())
    };
    if let Some(path) = &expected.path {
        let known = files.iter().find(|file| file.path == *path);
        let read = if known.is_none() { other(path) } else { None };
        let Some(file) = known.or(read.as_ref()) else {
            let message =
                format!("`{path}` should have SHA-256 {}, and there is no such file", expected.hash);
            return Some(finding(Location::file(path.clone()), message));
        };
        if file.plain == expected.hash || file.normal == expected.hash {
            return None;
        }
        let message = format!("`{path}` has SHA-256 {}, expected is {}", file.plain, expected.hash);
        return Some(finding(Location::file(path.clone()), message));
    }
    let Some(lock_hash) = lock_hash else {
        let message = format!("the lockfile should have SHA-256 {}, and there is none", expected.hash);
        return Some(finding(Location::Repository, message));
    };
    match files {
        _ if lock_hash == expected.hash => None,
        [only] if only.plain == expected.hash || only.normal == expected.hash => None,
        [only] => {
            let message = format!(
                "`{}` has SHA-256 {} (lock hash {lock_hash}), expected is {}",
                only.path, only.plain, expected.hash
            );
            Some(finding(Location::file(only.path.clone()), message))
        }
        files => {
            let message = format!(
                "the lock hash of all {} lockfiles is {lock_hash}, expected is {}",
                files.len(),
                expected.hash
            );
            Some(finding(Location::Repository, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn expectations_are_read() {
        assert_eq!(ABC.parse(), Ok(Expected { path: None, hash: ABC.to_owned() }));
        let given = format!("./a=b/uv.lock=sha256:{}", ABC.to_uppercase());
        assert_eq!(
            given.parse(),
            Ok(Expected { path: Some("a=b/uv.lock".to_owned()), hash: ABC.to_owned() })
        );
        for bad in ["", "abc", "uv.lock=", "=", &format!("={ABC}"), &format!("{ABC}0")] {
            assert!(bad.parse::<Expected>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_lock_hash_does_not_depend_on_order_or_line_ends() {
        let files = |pairs: &[(&str, &str)]| -> Vec<Hashed> {
            pairs.iter().map(|(path, text)| Hashed::of(path, text.as_bytes().to_vec())).collect()
        };
        let one = lock_hash(&mut files(&[("a", "x\r\ny\n"), ("b", "z\r")]));
        assert_eq!(one, lock_hash(&mut files(&[("b", "z\r"), ("a", "x\ny\n")])));
        assert_ne!(one, lock_hash(&mut files(&[("a", "x\ny\nz"), ("b", "\r")])));
        // Computed with another tool: le64(1) "a" le64(3) "abc".
        let known = "55726b7abfbe6468f6d7e95966cc9cc24af9f62d1111ad00ba21b0fc293ff277";
        assert_eq!(lock_hash(&mut files(&[("a", "abc")])), known);
    }

    #[test]
    fn a_single_lockfile_may_be_named_by_its_plain_hash() {
        let mut files = vec![Hashed::of("uv.lock", b"abc".to_vec())];
        let all = lock_hash(&mut files);
        let judge =
            |text: &str| judge(&text.parse().unwrap(), &files, Some(&all), |_| None).map(|f| f.message);
        assert_eq!(judge(ABC), None);
        assert_eq!(judge(&all), None);
        assert_eq!(judge(&format!("uv.lock={ABC}")), None);
        let wrong = "0".repeat(64);
        assert!(judge(&wrong).is_some_and(|m| m.contains(ABC) && m.contains(&all) && m.contains(&wrong)));
        assert!(judge(&format!("no.lock={ABC}")).is_some_and(|m| m.contains("no such file")));
    }
}
