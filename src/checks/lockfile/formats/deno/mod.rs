//! deno.lock, versions 3 to 5.

mod graph;
mod imports;
mod links;
mod members;
mod requirement;
mod scripts;
mod sync;

use std::borrow::Cow;
use std::ops::Range;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::node::workspace::JSR;
use super::super::node::{PUBLIC_HOSTS, integrity};
use super::super::report::Report;

/// deno.lock.
pub struct Deno;

impl Format for Deno {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn tool(&self) -> &'static str {
        "deno"
    }

    fn names(&self) -> &'static [&'static str] {
        &["deno.lock"]
    }

    fn manifest(&self) -> &'static str {
        "deno.json"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "deno install"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        let Some(version) = root.get("version") else {
            return Err(Unreadable::malformed("the file does not say its version", start..start));
        };
        if !matches!(version.as_str(), Some("3" | "4" | "5")) {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "3 to 5", place: version.range() });
        }
        let tables = ["specifiers", "npm", "jsr", "workspace"].iter().filter_map(|key| root.get(key));
        if let Some(node) = tables.into_iter().find(|node| !node.is_map()) {
            return Err(Unreadable::malformed(
                "a section is no table",
                node.range().start..node.range().start,
            ));
        }
        let inner = root.get("packages").unwrap_or(root);
        let mut packages = Vec::new();
        let links = root.at(&["workspace", "links"]);
        let is_linked = |section: &str, key: &str| {
            links.is_some_and(|table| table.get(&format!("{section}:{key}")).is_some())
        };
        for section in ["npm", "jsr"] {
            let table = inner.get(section).into_iter().flat_map(|table| table.entries());
            for (key, node) in table {
                let linked = key.text().is_some_and(|key| is_linked(section, without_peers(key)));
                packages.extend(package(key, node, section, linked));
            }
        }
        let remote = root.get("remote").into_iter().flat_map(|table| table.entries());
        packages.extend(remote.filter_map(|(key, hash)| module(key, hash)));
        let mut lock = Lock { packages, ..Lock::default() };
        if inner.range() == root.range() {
            graph::connect(root, &mut lock);
        }
        Ok(lock)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        integrity::contradiction(package, file)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(root) = project.root(Syntax::Json) else { return Declared::default() };
        if root.get("version").and_then(|node| node.text()) == Some("3") {
            report.not_verified(
                "version 3 was not compared with the manifest; `deno install` writes a newer one",
            );
            return Declared::default();
        }
        sync::compare(root, lock, project, report);
        // What JSR serves for npm needs no setting.
        let is_of_jsr = lock.packages.iter().any(|package| package.name.starts_with("@jsr/"));
        let hosts = if is_of_jsr { vec![JSR.to_owned()] } else { Vec::new() };
        Declared { hosts, ..Declared::default() }
    }

    fn scripts(&self, _lock: &Lock<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        scripts::running(project.root(Syntax::Json).ok()?, project)
    }
}

/// `name@version` without the peers that follow it.
fn without_peers(key: &str) -> &str {
    let (name, version) = split(key);
    key.get(..name.len() + 1 + version.len()).unwrap_or(key)
}

/// A package of a registry, or one that is linked to a folder.
fn package<'s>(key: Node<'s>, node: Node<'s>, section: &str, is_linked: bool) -> Option<Package<'s>> {
    let title = key.text()?;
    let (name, version) = split(title);
    let hash = node.get("integrity");
    let hashes = match (hash, section) {
        (Some(node), "npm") => integrity::hashes(node),
        (Some(node), _) => Few::One(sha256(node)),
        (None, _) => Few::none(),
    };
    // Only what does not come from the registry's own place says where it comes from.
    let url = node.get("tarball").and_then(|url| url.text()).map(Cow::Borrowed);
    let file = File { url, name: "", hashes, needs_hash: !is_linked, place: key.range() };
    Some(Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(version),
        origin: if is_linked { Origin::Local } else { Origin::Registry("") },
        files: Few::One(file),
        needs: Vec::new(),
        place: key.range(),
    })
}

/// A module that a program imports by its URL. The program names the host, so it is not judged here.
fn module<'s>(key: Node<'s>, hash: Node<'s>) -> Option<Package<'s>> {
    let url = key.text()?;
    let insecure = url.starts_with("http:").then_some(Cow::Borrowed(url));
    let hashes = Few::One(sha256(hash));
    let file = File { url: insecure, name: "", hashes, needs_hash: true, place: key.range() };
    Some(Package {
        name: Cow::Borrowed(url),
        version: Cow::Borrowed(""),
        origin: Origin::Registry(""),
        files: Few::One(file),
        needs: Vec::new(),
        place: key.range(),
    })
}

fn sha256(node: Node<'_>) -> Hash<'_> {
    let digest = node.text().unwrap_or_default();
    Hash { algorithm: "sha256", digest, encoding: Encoding::Hex, place: node.range() }
}

/// `@scope/name@1.0.0_peer@2` in name and version.
fn split(title: &str) -> (&str, &str) {
    let from = usize::from(title.starts_with('@'));
    let at = memchr::memchr(b'@', &title.as_bytes()[from..]).map(|at| at + from);
    let (name, version) = at.map_or((title, ""), |at| (&title[..at], &title[at + 1..]));
    let peers = memchr::memchr(b'_', version.as_bytes());
    (name, &version[..peers.unwrap_or(version.len())])
}
