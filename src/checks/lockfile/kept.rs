//! The file with the hashes that the lockfiles had when they were reviewed.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;

use super::rules::expected::{EXPECTED_HASH, Hashed};

/// Where it lies. It has the form of `sha256sum`, and `sha256sum -c` reads it.
pub const KEPT: &str = ".github/ci-guard.lockfiles";

/// The command that writes it.
const WRITE: &str = "`ci-guard lockfiles --write`";

/// The file for the lockfiles of a repository as they are, one line for each; an error names one that cannot be read.
pub fn text(checkout: &Checkout) -> Result<String, String> {
    let mut lines = String::new();
    for path in super::paths(checkout) {
        let hashed = Hashed::read(&path, checkout).map_err(|error| format!("{path}: {error}"))?;
        if path.contains(['\n', '\\']) {
            return Err(format!("{path:?}: a name with a line end or a backslash cannot be listed"));
        }
        lines.push_str(&format!("{}  {path}\n", hashed.normal));
    }
    Ok(lines)
}

/// Holds the lockfiles at these paths against the file, if the repository has it.
pub fn judge(paths: &[&str], checkout: &Checkout, record: &mut Record) {
    if !checkout.contains(KEPT) {
        return;
    }
    let source = match checkout.read(KEPT) {
        Ok(source) => source,
        Err(error) => return record.not_verified(format!("{KEPT}: {error}")),
    };
    let mut listed: BTreeMap<&str, (&str, Range<usize>)> = BTreeMap::new();
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let place = start..start + line.trim_end().len();
        start += line.len();
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match entry(line.trim_end()) {
            Some((hash, path)) => drop(listed.insert(path, (hash, place))),
            None => record.push(
                Finding::new(
                    &EXPECTED_HASH,
                    source.at(place),
                    "this line is no SHA-256 with a path behind it",
                )
                .help(format!("write the file anew with {WRITE}, and review what it changes"))
                .subject("form"),
            ),
        }
    }
    let finding = |place: Location, message: String, path: &str| {
        Finding::new(&EXPECTED_HASH, place, message)
            .help(format!("review what changed the lockfile; if it is meant, run {WRITE} and commit {KEPT}"))
            .subject(format!("kept {path}"))
    };
    for &path in paths {
        let Some((hash, place)) = listed.remove(path) else {
            let message = format!("`{path}` is not listed in {KEPT}, so nobody has reviewed it");
            record.push(finding(Location::file(path), message, path));
            continue;
        };
        let file = match Hashed::read(path, checkout) {
            Ok(file) => file,
            Err(error) => {
                record.not_verified(format!("{path}: {error}"));
                continue;
            }
        };
        if !file.has(hash) {
            let message = format!("`{path}` has SHA-256 {}, and was reviewed with {hash}", file.normal);
            let place = source.at(place);
            let found = finding(Location::file(path), message, path);
            record.push(found.related(place, "the reviewed hash"));
        }
    }
    for (path, (_, place)) in listed {
        let message = format!("`{path}` was reviewed, and is no lockfile of this repository any more");
        record.push(finding(source.at(place), message, path));
    }
}

/// A line of `sha256sum`: the hash, two blanks or a blank and `*`, the path.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (hash, path) = line.split_at_checked(64)?;
    let path = path.strip_prefix("  ").or_else(|| path.strip_prefix(" *"))?;
    (hash.bytes().all(|b| b.is_ascii_hexdigit()) && !path.is_empty()).then_some((hash, path))
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn lines_are_those_of_sha256sum() {
        let hash = "a".repeat(64);
        assert_eq!(entry(&format!("{hash}  a b/uv.lock")), Some((&*hash, "a b/uv.lock")));
        assert_eq!(entry(&format!("{hash} *x")), Some((&*hash, "x")));
        assert_eq!(entry(&format!("{hash} x")), None);
        assert_eq!(entry("é"), None);
        assert_eq!(entry(&format!("{}g  x", &hash[1..])), None);
    }
}
