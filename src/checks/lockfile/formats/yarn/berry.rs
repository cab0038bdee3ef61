//! The packages of a yarn.lock of yarn 2 and later.

use std::borrow::Cow;

use crate::tree::{Node, Syntax};

use super::super::super::format::{Project, Unreadable};
use super::super::super::model::{Encoding, File, Hash, Lock, Origin, Package};
use super::super::super::node::spec;
use super::{Index, built_in, descriptor};

/// What yarn up to 4.18 writes.
const VERSIONS: std::ops::RangeInclusive<i64> = 3..=10;

/// Protocols of what lies beside the project, or is made of something else.
const LOCAL: [&str; 5] = ["patch:", "file:", "link:", "portal:", "exec:"];

/// The entries of the file, without `__metadata`.
pub fn entries<'s>(root: Node<'s>) -> impl Iterator<Item = (Node<'s>, Node<'s>)> {
    root.entries().filter(|(key, _)| key.text() != Some("__metadata"))
}

/// The descriptors of an entry.
pub fn keys<'s>(key: Node<'s>) -> impl Iterator<Item = &'s str> {
    key.text().unwrap_or_default().split(", ").map(str::trim)
}

/// Reads them.
pub fn read<'s>(root: Node<'s>, project: &Project<'_>) -> Result<Lock<'s>, Unreadable> {
    if let Some(version) = root.at(&["__metadata", "version"])
        && !version.text().and_then(|text| text.parse().ok()).is_some_and(|number| VERSIONS.contains(&number))
    {
        let found = version.text().unwrap_or("of no kind").to_owned();
        return Err(Unreadable::Version { found, known: "3 to 10", place: version.range() });
    }
    let nodes: Vec<(Node<'_>, Node<'_>)> = entries(root).collect();
    let index =
        Index::of(nodes.iter().enumerate().flat_map(|(at, (key, _))| keys(*key).map(move |key| (at, key))));
    let mut lock = Lock::default();
    for (at, (key, node)) in nodes.iter().enumerate() {
        let Some(resolution) = node.get("resolution").and_then(|node| node.text()) else {
            let place = key.range();
            return Err(Unreadable::malformed(
                "an entry has no resolution, so the file was cut short",
                place,
            ));
        };
        if resolution.contains("@workspace:") {
            lock.roots.push(at);
        }
        let table = node.get("dependencies").into_iter().flat_map(|table| table.entries());
        let pairs = table.filter_map(|(name, range)| Some((name.text()?, range.text()?)));
        let mut needs: Vec<usize> = pairs.flat_map(|(name, range)| index.find(name, range)).collect();
        // A patch needs what it patches.
        if resolution.contains("@patch:") {
            needs.extend(index.find(descriptor(resolution).0, "patch:"));
        }
        lock.packages.push(package(*key, *node, resolution, needs));
    }
    lock.roots.extend(built_in::ADDED.iter().filter_map(|(name, range)| index.exact(name, range)));
    // What packages are extended with stands in the settings alone.
    if let Some(rc) = project.text(&project.beside(".yarnrc.yml")) {
        let added = extended(rc.tree(Syntax::Yaml).root());
        lock.roots.extend(added.flat_map(|(name, range)| index.find(name, range)));
    }
    Ok(lock)
}

/// Names and ranges that `packageExtensions` of `.yarnrc.yml` add to what packages ask for.
pub fn extended<'s>(rc: Option<Node<'s>>) -> impl Iterator<Item = (&'s str, &'s str)> {
    let extensions = rc.and_then(|rc| rc.get("packageExtensions"));
    let tables = extensions.into_iter().flat_map(|table| table.entries());
    let added = tables.filter_map(|(_, one)| one.get("dependencies")).flat_map(|one| one.entries());
    added.filter_map(|(name, range)| name.text().zip(range.text()))
}

/// What a resolution says it is, if that is not the package it stands under.
pub fn contradiction(package: &Package<'_>, resolution: &str) -> Option<String> {
    let (name, reference) = descriptor(resolution);
    let version = reference.strip_prefix("npm:")?.split("::").next()?;
    (name != package.name || version != package.version).then(|| format!("`{name} {version}`"))
}

fn package<'s>(key: Node<'s>, node: Node<'s>, resolution: &'s str, needs: Vec<usize>) -> Package<'s> {
    let (name, reference) = descriptor(resolution);
    let (reference, bindings) = reference.split_once("::").map_or((reference, ""), |(r, b)| (r, b));
    let archive = bindings.split('&').find_map(|part| part.strip_prefix("__archiveUrl="));
    let archive = archive.and_then(|url| percent_encoding::percent_decode_str(url).decode_utf8().ok());
    let git = reference.split_once("#commit=").or_else(|| reference.split_once('#'));
    let origin = match git {
        Some((url, commit)) if !LOCAL.iter().any(|protocol| reference.starts_with(protocol)) => {
            Origin::Git(url, Some(commit))
        }
        _ if reference.starts_with("npm:") => Origin::Registry(""),
        _ if reference.starts_with("https:") || reference.starts_with("http:") => {
            match spec::archive_of_git(reference) {
                Some((repository, commit)) => Origin::Git(repository, Some(commit)),
                None => Origin::Url(reference),
            }
        }
        _ => Origin::Local,
    };
    let place = node.get("resolution").map_or(key.range(), |node| node.range());
    let checksum = node.get("checksum");
    // What is for other systems only is not downloaded, so nobody knows its hash.
    let needs_hash = node.get("conditions").is_none();
    let is_file = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let files = is_file.then(|| File {
        name: resolution,
        url: archive,
        hashes: checksum.map(hash).into_iter().collect(),
        needs_hash,
        place: place.clone(),
    });
    let version = node.get("version").and_then(|node| node.text()).unwrap_or_default();
    Package {
        name: Cow::Borrowed(key_name(key, name)),
        version: Cow::Borrowed(version),
        origin,
        files: files.into_iter().collect(),
        needs,
        place: key.range(),
    }
}

/// The name that an entry is for. It is that of its resolution, unless it says that it stands for another one.
fn key_name<'s>(key: Node<'s>, resolved: &'s str) -> &'s str {
    let aliased = keys(key).any(|key| {
        let range = descriptor(key).1;
        range
            .strip_prefix("npm:")
            .is_some_and(|target| descriptor(target).0 == resolved && target.contains('@'))
    });
    if aliased { resolved } else { keys(key).next().map_or(resolved, |key| descriptor(key).0) }
}

/// SHA-512 of the archive that yarn makes, behind the key of the cache that it is for.
fn hash(node: Node<'_>) -> Hash<'_> {
    let text = node.text().unwrap_or_default();
    let digest = text.rsplit('/').next().unwrap_or(text);
    Hash { algorithm: "sha512", digest, encoding: Encoding::Hex, place: node.range() }
}
