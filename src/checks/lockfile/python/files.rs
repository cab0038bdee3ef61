//! Wheels and source archives: their hashes, and what their names say.

use std::borrow::Cow;

use ci_guard_scan::same;

use crate::tree::Node;

use super::super::model::{Encoding, Hash, Package, algorithm_and_digest};
use super::is_normalised;
use super::version::version;

/// A hash that is written as `sha256:…`.
pub fn hash(node: Node<'_>) -> Hash<'_> {
    let written = node.text().unwrap_or_default();
    let (algorithm, digest) = algorithm_and_digest(written);
    Hash { algorithm, digest, encoding: Encoding::Hex, place: node.range() }
}

/// Name and version as a file's name says them.
pub struct Said<'f> {
    name: &'f str,
    version: &'f str,
}

impl Said<'_> {
    /// True if that is the package with this normalised name, in this version unless that is empty.
    pub fn is(&self, name: &str, locked: &str) -> bool {
        let same_version = locked.is_empty()
            || same(self.version.as_bytes(), locked.as_bytes())
            || match (version(&decoded(self.version)), version(locked)) {
                (Some(one), Some(other)) => one == other,
                // A build tag or a form that is not known: the text is all there is.
                _ => true,
            };
        same_version && (same(self.name.as_bytes(), name.as_bytes()) || is_normalised(self.name, name))
    }
}

/// What the file's name says it is, if that is not the package it stands under.
pub fn contradiction(package: &Package<'_>, file: &str) -> Option<String> {
    let said = says(file)?;
    (!said.is(&package.name, &package.version)).then(|| format!("`{} {}`", said.name, said.version))
}

/// Endings of source archives that an index may hold.
const ARCHIVES: [&str; 8] = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.zst", ".tbz", ".txz"];

/// Name and version as a wheel's or source archive's file name says them; `None` for other files.
pub fn says(file: &str) -> Option<Said<'_>> {
    if let Some(wheel) = file.strip_suffix(".whl") {
        let hyphen = |from: usize| Some(from + memchr::memchr(b'-', &wheel.as_bytes()[from..])?);
        let end_of_name = hyphen(0)?;
        let end_of_version = hyphen(end_of_name + 1)?;
        return Some(Said { name: &wheel[..end_of_name], version: &wheel[end_of_name + 1..end_of_version] });
    }
    let stem = ARCHIVES.iter().find_map(|ending| file.strip_suffix(ending))?;
    // Names of old archives hold hyphens; the version is what follows the last one that a digit follows.
    let at = stem
        .rmatch_indices('-')
        .map(|(at, _)| at)
        .find(|at| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == 'v'))?;
    Some(Said { name: &stem[..at], version: &stem[at + 1..] })
}

/// `+` may be written as `%2B` in a URL, and as `_` in old file names.
fn decoded(version: &str) -> Cow<'_, str> {
    if version.contains(['%', '_']) {
        Cow::Owned(version.replace("%2B", "+").replace("%2b", "+").replace('_', "+"))
    } else {
        Cow::Borrowed(version)
    }
}
