//! Hashes and archives of the npm registry, which several tools record alike.

use std::ops::Range;

use ci_guard_scan::are_graphic;

use crate::tree::Node;

use super::super::few::Few;
use super::super::model::{Encoding, File, Hash, Package, without_query};

/// The hashes of a member `integrity`.
pub fn hashes<'s>(node: Node<'s>) -> Few<Hash<'s>> {
    sri(node.text().unwrap_or_default(), &node.range())
}

/// Subresource Integrity: `sha512-…`, several separated by spaces, options after `?`.
pub fn sri<'s>(text: &'s str, place: &Range<usize>) -> Few<Hash<'s>> {
    let hash = |part: &'s str| {
        let dash = memchr::memchr(b'-', part.as_bytes());
        let (algorithm, digest) = dash.map_or((part, ""), |at| (&part[..at], &part[at + 1..]));
        let digest = memchr::memchr(b'?', digest.as_bytes()).map_or(digest, |at| &digest[..at]);
        Hash { algorithm, digest, encoding: Encoding::Base64, place: place.clone() }
    };
    // Nearly always there is one.
    match !text.is_empty() && are_graphic(text.as_bytes()) {
        true => Few::One(hash(text)),
        false => text.split_ascii_whitespace().map(hash).collect(),
    }
}

/// What the file's URL says it is, if that is not the package it stands under.
pub fn contradiction(package: &Package<'_>, file: &File<'_>) -> Option<String> {
    let (name, base, version) = said_by(file.url.as_deref()?)?;
    let expected = &*package.name;
    let short = expected.rsplit('/').next().unwrap_or(expected);
    let plain = |version: &str| version.split('+').next().unwrap_or(version).to_owned();
    let is_same = name.eq_ignore_ascii_case(expected)
        && (base.eq_ignore_ascii_case(short) || base.eq_ignore_ascii_case(expected))
        && (package.version.is_empty() || plain(&version) == plain(&package.version));
    (!is_same).then(|| format!("`{name} {version}`"))
}

/// What a tarball's URL says by the registry's convention `<name>/-/<base>-<version>.tgz`: the name, the base,
/// the version. `None` for URLs of other shapes, which say nothing.
fn said_by(url: &str) -> Option<(String, String, String)> {
    let path = percent_encoding::percent_decode_str(without_query(url)).decode_utf8().ok()?;
    let (before, after) = path.rsplit_once("/-/")?;
    let mut parts = before.rsplit('/');
    let last = parts.next()?;
    let name = match parts.next() {
        Some(scope) if scope.starts_with('@') => format!("{scope}/{last}"),
        _ => last.to_owned(),
    };
    let file = after.rsplit('/').next()?.strip_suffix(".tgz")?;
    // The version begins after the first hyphen that a digit follows; names hold such hyphens, too, so the
    // known name goes first.
    let short = name.rsplit('/').next().unwrap_or(&name);
    let version = file.strip_prefix(short).and_then(|rest| rest.strip_prefix('-'));
    let (base, version) = match version {
        Some(version) => (short, version),
        None => {
            let at = file
                .match_indices('-')
                .map(|(at, _)| at)
                .find(|at| file[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
            (&file[..at], &file[at + 1..])
        }
    };
    Some((name.clone(), base.to_owned(), version.to_owned()))
}
