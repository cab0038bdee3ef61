//! flake.lock of Nix.

mod flake;
mod language;
mod reference;
mod sync;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::report::Report;
use crate::sorted::IntoMap as _;
use reference::Attributes;

/// flake.lock.
pub struct Nix;

/// Format versions that Nix reads.
const VERSIONS: std::ops::RangeInclusive<i64> = 5..=7;

impl Format for Nix {
    fn ecosystem(&self) -> &'static str {
        "nix"
    }

    fn tool(&self) -> &'static str {
        "nix"
    }

    fn names(&self) -> &'static [&'static str] {
        &["flake.lock"]
    }

    fn manifest(&self) -> &'static str {
        "flake.nix"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["github.com", "gitlab.com", "git.sr.ht", "codeberg.org", "channels.nixos.org", "releases.nixos.org"]
    }

    fn repair(&self) -> &'static str {
        "nix flake lock"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        let version = root.get("version");
        match version.and_then(|node| node.as_int()) {
            Some(number) if VERSIONS.contains(&number) => {}
            _ => {
                let found = version.and_then(|node| node.text()).unwrap_or("none").to_owned();
                let place = version.map_or(start..start, |node| node.range());
                return Err(Unreadable::Version { found, known: "5 to 7", place });
            }
        }
        let (Some(nodes), Some(first)) = (root.get("nodes"), root.get("root").and_then(|node| node.text()))
        else {
            return Err(Unreadable::malformed("the file names no root and no nodes", start..start));
        };
        let keys: HashMap<&str, usize> =
            nodes.entries().enumerate().filter_map(|(at, (key, _))| Some((key.text()?, at))).collect();
        let Some(&root) = keys.get(first) else {
            return Err(Unreadable::malformed("the root is none of the nodes", start..start));
        };
        let mut lock = Lock { roots: vec![root], ..Lock::default() };
        for (at, (key, node)) in nodes.entries().enumerate() {
            let mut needs = Vec::new();
            for (_, input) in node.get("inputs").into_iter().flat_map(|inputs| inputs.entries()) {
                // A list is a way through the graph; it begins at the root and adds nothing.
                let Some(target) = input.text() else { continue };
                match keys.get(target) {
                    Some(&target) => needs.push(target),
                    None => {
                        let message = format!("the input `{target}` is none of the nodes");
                        return Err(Unreadable::malformed(message, input.range()));
                    }
                }
            }
            let locked = node.get("locked");
            if locked.is_none() && at != root {
                return Err(Unreadable::malformed("an input is not locked", key.range()));
            }
            if let Some(problem) = locked.filter(|_| at != root).and_then(unlocked) {
                return Err(problem);
            }
            lock.packages.push(package(key, locked, needs));
        }
        Ok(lock)
    }

    fn sync(&self, _lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        match project.root(Syntax::Json) {
            Ok(root) => sync::compare(root, project, report),
            Err(_) => Declared::default(),
        }
    }

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        let flake = flake::read(manifest.text());
        flake.is_some_and(|flake| {
            !flake.inputs.is_empty() || flake.arguments.iter().any(|(name, _)| name != "self")
        })
    }
}

/// Why an input is not locked: neither its contents nor its commit is recorded, or the latter is none. What lies in the
/// flake itself needs neither.
fn unlocked(locked: Node<'_>) -> Option<Unreadable> {
    let text = |key: &str| locked.get(key).and_then(|node| node.text());
    if text("rev").is_none() && text("narHash").is_none() && !is_inside(locked) {
        return Some(Unreadable::malformed("an input is locked without a hash", locked.range()));
    }
    let rev = locked.get("rev")?;
    let is_commit = text("type") == Some("hg")
        || text("rev")
            .is_some_and(|rev| matches!(rev.len(), 40 | 64) && rev.bytes().all(|b| b.is_ascii_hexdigit()));
    (!is_commit).then(|| Unreadable::malformed("a commit is not written in full", rev.range()))
}

/// True for a folder of the flake's own repository.
fn is_inside(locked: Node<'_>) -> bool {
    let path = locked.get("path").and_then(|node| node.text());
    path.is_some_and(|path| !path.starts_with('/'))
}

/// The attributes of a reference as the lockfile writes them.
fn attributes(node: Option<Node<'_>>) -> Attributes {
    let entries = node.into_iter().flat_map(|node| node.entries());
    entries.filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned()))).into_map()
}

fn package<'s>(key: Node<'s>, locked: Option<Node<'s>>, needs: Vec<usize>) -> Package<'s> {
    let text = |name: &str| locked.and_then(|node| node.get(name)?.text());
    let place = key.range();
    let name = Cow::Borrowed(key.text().unwrap_or_default());
    let version = Cow::Borrowed(text("rev").unwrap_or_default());
    let origin = match text("type") {
        Some("git") => Origin::Git(text("url").unwrap_or_default(), text("rev")),
        Some("tarball" | "file") => Origin::Url(text("url").unwrap_or_default()),
        // Repositories at a forge are named by owner and name; `sync` compares them with what is asked for.
        Some("github" | "gitlab" | "sourcehut") => Origin::Registry(""),
        _ => Origin::Local,
    };
    let hash = locked.and_then(|node| node.get("narHash"));
    let hashes = hash.and_then(|node| {
        let (algorithm, digest) = node.text()?.split_once('-').unwrap_or((node.text()?, ""));
        Some(Hash { algorithm, digest, encoding: Encoding::Base64, place: node.range() })
    });
    let file = File {
        url: None,
        name: "",
        hashes: hashes.into_iter().collect(),
        // What lies in the flake itself is as reviewed as the flake.
        needs_hash: !locked.is_some_and(is_inside),
        place: place.clone(),
    };
    let files = if locked.is_some() { vec![file] } else { Vec::new() };
    Package { name, version, origin, files: files.into(), needs, place }
}
