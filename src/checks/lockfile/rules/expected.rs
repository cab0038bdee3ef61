//! The rule about a lockfile that is not the expected one.

use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::checkout::{Checkout, MAX_TEXT_FILE, ReadError};
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

use super::super::lock_hash::without_carriage_returns;

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

/// The hashes of one lockfile.
pub struct Hashed {
    /// SHA-256 of the bytes as they are, as `sha256sum` prints it.
    pub plain: String,
    /// SHA-256 of the bytes with CRLF turned into LF.
    pub normal: String,
}

impl Hashed {
    /// Hashes a lockfile.
    pub fn of(bytes: &[u8]) -> Hashed {
        let sha256 = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
        let plain = sha256(bytes);
        // Hardly any has other line ends.
        let normal = match memchr::memchr(b'\r', bytes) {
            None => plain.clone(),
            Some(_) => sha256(&without_carriage_returns(bytes)),
        };
        Hashed { plain, normal }
    }

    /// Hashes a file of the repository.
    pub fn read(path: &str, checkout: &Checkout) -> Result<Hashed, ReadError> {
        Ok(Hashed::of(&checkout.read_bytes(path, MAX_TEXT_FILE)?))
    }

    /// True if either hash is this one, whatever the case of its digits.
    pub fn has(&self, hash: &str) -> bool {
        hash.eq_ignore_ascii_case(&self.plain) || hash.eq_ignore_ascii_case(&self.normal)
    }
}

/// Compares one expectation with what is there: the lockfiles at these paths, and what `read` finds at any path.
/// `lock_hash` is absent if there are no lockfiles.
pub fn judge(
    expected: &Expected,
    paths: &[&str],
    lock_hash: Option<&str>,
    read: impl Fn(&str) -> Option<Hashed>,
) -> Option<Finding> {
    let finding = |place: Location, message: String| {
        Finding::new(&EXPECTED_HASH, place, message)
            .help("find out what changed the lockfile; if the change is reviewed, give the new hash")
            .subject(expected.path.clone().unwrap_or_default())
    };
    if let Some(path) = &expected.path {
        let Some(file) = read(path) else {
            let message =
                format!("`{path}` should have SHA-256 {}, and there is no such file", expected.hash);
            return Some(finding(Location::file(path.clone()), message));
        };
        if file.has(&expected.hash) {
            return None;
        }
        let message = format!("`{path}` has SHA-256 {}, expected is {}", file.plain, expected.hash);
        return Some(finding(Location::file(path.clone()), message));
    }
    let Some(lock_hash) = lock_hash else {
        let message = format!("the lockfile should have SHA-256 {}, and there is none", expected.hash);
        return Some(finding(Location::Repository, message));
    };
    if lock_hash == expected.hash {
        return None;
    }
    if let [only] = paths
        && let Some(file) = read(only)
    {
        let message = format!(
            "`{only}` has SHA-256 {} (lock hash {lock_hash}), expected is {}",
            file.plain, expected.hash
        );
        return (!file.has(&expected.hash)).then(|| finding(Location::file(*only), message));
    }
    let message = format!(
        "the lock hash of all {} lockfiles is {lock_hash}, expected is {}",
        paths.len(),
        expected.hash
    );
    Some(finding(Location::Repository, message))
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
    fn a_single_lockfile_may_be_named_by_its_plain_hash() {
        let all = "0a".repeat(32);
        let read = |path: &str| (path == "uv.lock").then(|| Hashed::of(b"abc"));
        let judge = |text: &str| {
            let finding = judge(&text.parse().unwrap(), &["uv.lock"], Some(&all), read);
            finding.map(|finding| finding.message)
        };
        assert_eq!(judge(ABC), None);
        assert_eq!(judge(&all), None);
        assert_eq!(judge(&format!("uv.lock={ABC}")), None);
        let wrong = "0".repeat(64);
        assert!(judge(&wrong).is_some_and(|m| m.contains(ABC) && m.contains(&all) && m.contains(&wrong)));
        assert!(judge(&format!("no.lock={ABC}")).is_some_and(|m| m.contains("no such file")));
    }
}
