//! The packages of a pnpm-lock.yaml, and how one finds another.
//!
//! Keys were `/name/1.0.0_peers` in version 5, `/name@1.0.0(peers)` in 6, and are `name@1.0.0` since 9, where what a
//! package needs stands apart under `snapshots`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::tree::Node;

use super::super::super::model::{File, Lock, Origin, Package};
use super::super::super::node::{integrity, spec};
use super::importers::{self, Dependency};

fn entries<'s>(root: Node<'s>) -> impl Iterator<Item = (&'s str, Node<'s>, Node<'s>)> {
    let table = root.get("packages").into_iter().flat_map(|table| table.entries());
    table.filter_map(|(key, node)| Some((key.text()?, key, node)))
}

/// What projects are locked to that the lockfile does not hold: pnpm calls such a file broken. Only since version 9
/// are the keys one with what is locked.
pub fn lacking(root: Node<'_>) -> Vec<Dependency<'_>> {
    if root.get("snapshots").is_none() {
        return Vec::new();
    }
    let index = Index::of(root);
    let is_elsewhere =
        |version: &str| ["link:", "file:", "workspace:"].iter().any(|start| version.starts_with(start));
    let all = importers::locked(root).into_iter().flat_map(|importer| importer.dependencies);
    all.filter(|one| !is_elsewhere(one.version) && index.find(one.name, one.version).is_none()).collect()
}

/// What a package needs and that has no entry of its own; only pnpm 12 looks at that. Links are no packages.
pub fn snapshot_lacking<'s>(root: Node<'s>) -> Option<(String, Node<'s>)> {
    let snapshots = root.get("snapshots")?;
    let keys: HashSet<&str> = snapshots.entries().filter_map(|(key, _)| key.text()).collect();
    let sections = ["dependencies", "optionalDependencies"];
    let tables = snapshots.entries().flat_map(|(_, node)| sections.map(|section| node.get(section)));
    tables.flatten().flat_map(|table| table.entries()).find_map(|(name, version)| {
        let (name_text, text) = (name.text()?, version.text()?);
        let title = [name_text, "@", text].concat();
        let is_there = text.starts_with("link:") || keys.contains(title.as_str()) || keys.contains(text);
        (!is_there).then_some((title, version))
    })
}

/// Versions of the registry that are taken from a folder instead.
pub fn folders(root: Node<'_>) -> impl Iterator<Item = (&str, Node<'_>)> {
    entries(root).filter_map(|(written, key, node)| {
        let folder = node.at(&["resolution", "directory"]);
        let is_version = said(written).1.starts_with(|c: char| c.is_ascii_digit());
        (folder.is_some() && is_version).then_some((without_peers(written), key))
    })
}

/// Reads all of them.
pub fn read(root: Node<'_>) -> Lock<'_> {
    let mut lock = Lock::default();
    lock.packages.extend(entries(root).map(|(written, key, node)| package(written, key, node)));
    let index = Index::of(root);
    let snapshots = root.get("snapshots");
    let edges = snapshots.or_else(|| root.get("packages")).into_iter().flat_map(|table| table.entries());
    for (key, node) in edges {
        let Some(from) = key.text().and_then(|key| index.at(key)) else { continue };
        for section in ["dependencies", "optionalDependencies"] {
            let table = node.get(section).into_iter().flat_map(|table| table.entries());
            let found = table.filter_map(|(name, version)| index.find(name.text()?, version.text()?));
            lock.packages[from].needs.extend(found);
        }
    }
    for dependency in importers::locked(root).iter().flat_map(|importer| &importer.dependencies) {
        lock.roots.extend(index.find(dependency.name, dependency.version));
    }
    lock
}

/// The packages that older versions record as those that run scripts.
pub fn building<'s>(root: Node<'s>) -> impl Iterator<Item = (&'s str, Range<usize>)> {
    let runs = |node: Node<'s>| node.get("requiresBuild").and_then(|value| value.as_bool()) == Some(true);
    entries(root)
        .filter(move |(_, _, node)| runs(*node))
        .map(|(written, key, _)| (said(written).0, key.range()))
}

/// Packages by key.
struct Index<'s> {
    keys: HashMap<&'s str, usize>,
    /// True if a key may be a version alone.
    has_bare: bool,
}

impl<'s> Index<'s> {
    fn of(root: Node<'s>) -> Index<'s> {
        let number = root.get("packages").map_or(0, |table| table.entries().len());
        let mut index = Index { keys: HashMap::with_capacity(number), has_bare: false };
        for (place, (written, ..)) in entries(root).enumerate() {
            index.has_bare |= is_bare(written);
            index.keys.insert(written, place);
            // The same package stands there once for each set of peers in older versions.
            index.keys.entry(without_peers(written)).or_insert(place);
        }
        index
    }

    fn at(&self, key: &str) -> Option<usize> {
        self.keys.get(key).or_else(|| self.keys.get(without_peers(key))).copied()
    }

    /// What a dependency of this name at this version is; nothing for links.
    fn find(&self, name: &str, version: &str) -> Option<usize> {
        if version.starts_with("link:") {
            return None;
        }
        let alone = (self.has_bare || !is_bare(version)).then(|| self.at(version)).flatten();
        let ways: [&[&str]; 4] =
            [&[name, "@", version], &["/", name, "@", version], &["/", name, "/", version], &["/", version]];
        alone.or_else(|| ways.iter().find_map(|way| self.at(&way.concat())))
    }
}

/// True for a version and nothing else: no name stands before it.
fn is_bare(key: &str) -> bool {
    memchr::memchr2(b'@', b'/', without_peers(key).as_bytes()).is_none()
}

/// A key without the peers and patches that follow it. In version 5 they follow a `_`.
pub fn without_peers(key: &str) -> &str {
    let key = memchr::memchr(b'(', key.as_bytes()).map_or(key, |at| &key[..at]);
    if !key.starts_with('/') {
        return key;
    }
    match key.rsplit_once('/') {
        Some((before, last)) if last.starts_with(|c: char| c.is_ascii_digit()) => {
            let end = last.find('_').unwrap_or(last.len());
            &key[..before.len() + 1 + end]
        }
        _ => key,
    }
}

/// Name and version as a key says them.
fn said(key: &str) -> (&str, &str) {
    let plain = without_peers(key);
    let plain = plain.strip_prefix('/').unwrap_or(plain);
    let from = usize::from(plain.starts_with('@'));
    if let Some(at) = plain.get(from..).and_then(|rest| rest.find('@')) {
        return (&plain[..from + at], &plain[from + at + 1..]);
    }
    match plain.rsplit_once('/') {
        Some((name, version)) if key.starts_with('/') => (name, version),
        _ => (plain, ""),
    }
}

fn package<'s>(written: &'s str, key: Node<'s>, node: Node<'s>) -> Package<'s> {
    let text = |key: &str| node.get(key).and_then(|value| value.text());
    let resolution = |key: &str| node.at(&["resolution", key]).and_then(|value| value.text());
    let (name, version) = said(written);
    // What comes from elsewhere than the registry says name and version in members of its own.
    let elsewhere = !version.starts_with(|c: char| c.is_ascii_digit());
    let name = text("name").filter(|_| elsewhere).unwrap_or(name);
    let version = if elsewhere { text("version").unwrap_or_default() } else { version };
    let tarball = resolution("tarball");
    let origin = match (resolution("type"), resolution("repo"), tarball) {
        (Some("git"), Some(repository), _) | (None, Some(repository), None) => {
            Origin::Git(repository, resolution("commit"))
        }
        // Builds of a runtime for several systems keep their hashes one level deeper.
        (Some("directory" | "variations" | "binary"), ..) => Origin::Local,
        (.., Some(url)) if url.starts_with("file:") => Origin::Local,
        (.., Some(url)) if elsewhere => spec::archive_of_git(url)
            .map_or(Origin::Url(url), |(repository, commit)| Origin::Git(repository, Some(commit))),
        _ if resolution("directory").is_some() => Origin::Local,
        _ => Origin::Registry(""),
    };
    let place = key.range();
    let hash = node.at(&["resolution", "integrity"]);
    let is_file = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let files = is_file.then(|| File {
        url: tarball.map(Cow::Borrowed),
        name: tarball.and_then(|url| url.rsplit('/').next()).unwrap_or_default(),
        hashes: hash.map(integrity::hashes).unwrap_or_default(),
        needs_hash: true,
        place: node.at(&["resolution", "tarball"]).map_or(place.clone(), |node| node.range()),
    });
    Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(version),
        origin,
        files: files.into_iter().collect(),
        needs: Vec::new(),
        place,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_of_all_versions_are_read() {
        assert_eq!(said("/debug/4.3.4_supports-color@8.1.1"), ("debug", "4.3.4"));
        assert_eq!(said("/@babel/core/7.2.0"), ("@babel/core", "7.2.0"));
        assert_eq!(said("/@babel/core@7.2.0(a@1.0.0)(b@2.0.0)"), ("@babel/core", "7.2.0"));
        assert_eq!(said("debug@4.3.4(supports-color@8.1.1)"), ("debug", "4.3.4"));
        assert_eq!(said("@a/b@https://x.example/b.tgz"), ("@a/b", "https://x.example/b.tgz"));
        assert_eq!(said("a@file:../a"), ("a", "file:../a"));
    }

    proptest! {
        #[test]
        fn nothing_crashes(key in "[/@a1_.()é-]{0,20}") {
            let _ = said(&key);
        }
    }
}
