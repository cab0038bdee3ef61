//! Pipfile.lock, version 6.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::canonical::{Separators, sha256};
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Origin, Package, comparable_url, host};
use super::super::python::marker::Marker;
use super::super::python::project::{self, Asked};
use super::super::python::version::specifiers;
use super::super::python::{PUBLIC_HOSTS, files, normalised};
use super::super::report::Report;
use super::super::rules::sources::INSECURE_URL;
use crate::finding::Finding;

/// Pipfile.lock.
pub struct Pipenv;

/// Tables of a Pipfile that hold no packages.
const NO_PACKAGES: [&str; 5] = ["source", "requires", "scripts", "pipenv", "pipfile"];

/// The index that is meant where a Pipfile names none.
const PYPI: &str = "https://pypi.org/simple";

impl Format for Pipenv {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn tool(&self) -> &'static str {
        "pipenv"
    }

    fn names(&self) -> &'static [&'static str] {
        &["Pipfile.lock"]
    }

    fn manifest(&self) -> &'static str {
        "Pipfile"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn takes_any_hash(&self) -> bool {
        true
    }

    fn repair(&self) -> &'static str {
        "pipenv lock"
    }

    fn read<'s>(&self, surroundings: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = surroundings.root(Syntax::Json)?;
        let start = root.range().start;
        let Some(meta) = root.get("_meta") else {
            return Err(Unreadable::malformed("the file has no `_meta`", start..start));
        };
        if let Some(version) = meta.get("pipfile-spec").filter(|version| version.as_int() != Some(6)) {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "6", place: version.range() });
        }
        let sources: Vec<Node<'s>> = meta.get("sources").into_iter().flat_map(|list| list.items()).collect();
        let categories = root.entries().filter(|(key, _)| key.text() != Some("_meta"));
        let entries = categories.flat_map(|(_, packages)| packages.entries());
        let packages = entries.filter_map(|(key, node)| package(key, node, &sources)).collect();
        // What needs what is not recorded.
        Ok(Lock { packages, ..Lock::default() })
    }

    fn sync(&self, lock: &Lock<'_>, surroundings: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let path = surroundings.beside("Pipfile");
        let Some(source) = surroundings.text(&path) else {
            report.not_examined("Pipfile.lock without a Pipfile beside it");
            return Declared { partly: true, ..Declared::default() };
        };
        let tree = source.tree(Syntax::Toml);
        let (Some(manifest), true) = (tree.root(), tree.is_clean()) else {
            project::unreadable(&source, "pipenv", report);
            return Declared::default();
        };
        let locked = surroundings.root(Syntax::Json).ok();
        let recorded = locked.and_then(|root| root.at(&["_meta", "hash", "sha256"]));
        let hashes = [true, false].map(|normal| sha256(&relevant(manifest, normal), Separators::Tight));
        let text = recorded.and_then(|node| node.as_str()).unwrap_or_default();
        if !hashes.iter().any(|hash| hash == text) {
            let start = manifest.range().start;
            let message = "what the manifest asks for has changed since the lockfile was made";
            let told = report.out_of_sync(source.at(start..start), message).subject("hash");
            if let Some(node) = recorded {
                told.related(surroundings.source.at_node(node), format!("the hash is {} now", hashes[0]));
            }
        }
        for flag in locked.into_iter().flat_map(unverified) {
            let message = "packages are taken from a source whose certificate is not looked at";
            let finding = Finding::new(&INSECURE_URL, surroundings.source.at_node(flag), message);
            let help = "write `verify_ssl = true` in the Pipfile and lock again; give a private server a certificate that machines trust";
            report.push(finding.help(help).subject("verify_ssl"));
        }
        let logic = project::logic(None);
        project::compare(&asked(manifest), &source, lock, &logic, surroundings.source, report);
        declared(manifest)
    }

    fn wants_lock(&self, manifest: &Source, _surroundings: &Project<'_>) -> bool {
        manifest.tree(Syntax::Toml).root().is_some_and(|root| !asked(root).is_empty())
    }
}

/// Sources of the lockfile that say `"verify_ssl": false`.
fn unverified<'s>(root: Node<'s>) -> impl Iterator<Item = Node<'s>> {
    let sources = root.at(&["_meta", "sources"]).into_iter().flat_map(|list| list.items());
    sources.filter_map(|source| source.get("verify_ssl")).filter(|flag| flag.as_bool() == Some(false))
}

fn package<'s>(key: Node<'s>, node: Node<'s>, sources: &[Node<'s>]) -> Option<Package<'s>> {
    let text = |key: &str| node.get(key).and_then(|value| value.as_str());
    let name = key.text()?;
    let named = |index: &str| {
        let mut found =
            sources.iter().filter(|source| source.get("name").and_then(|n| n.text()) == Some(index));
        found.next().and_then(|source| source.get("url")?.text())
    };
    // An entry without an index may come from any of them.
    let single = || (sources.len() == 1).then(|| sources[0].get("url")?.text()).flatten();
    let origin = match (text("git"), text("file").or_else(|| text("url")), text("path")) {
        (Some(url), ..) => Origin::Git(url, text("ref")),
        (_, Some(url), _) => Origin::Url(url),
        (.., Some(_)) => Origin::Local,
        _ => Origin::Registry(text("index").and_then(named).or_else(single).unwrap_or_default()),
    };
    let needs_hash = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let list = node.get("hashes").into_iter().flat_map(|list| list.items());
    // Each hash is of another file, and which one is not recorded.
    let hashes = list.map(files::hash).collect();
    let files = match (&origin, text("path")) {
        (Origin::Local, Some(path)) => vec![File::local(path, key.range())],
        _ => vec![File { url: None, name: "", hashes, needs_hash, place: key.range() }],
    };
    let version = text("version").unwrap_or_default().trim_start_matches('=');
    let name = if normalised(name) == name { Cow::Borrowed(name) } else { Cow::Owned(normalised(name)) };
    Some(Package {
        name,
        version: Cow::Borrowed(version),
        origin,
        files: files.into(),
        needs: Vec::new(),
        place: key.range(),
    })
}

/// What pipenv makes its hash of. Newer versions normalise names.
fn relevant(manifest: Node<'_>, normal: bool) -> Value {
    let packages = |node: Node<'_>| -> Value {
        let name = |key: Node<'_>| {
            let written = key.text().unwrap_or_default();
            if normal { normalised(written) } else { written.to_owned() }
        };
        Value::Object(node.entries().map(|(key, value)| (name(key), value.to_json())).collect())
    };
    let default = json!([{ "name": "pypi", "url": PYPI, "verify_ssl": true }]);
    let sources = manifest.get("source").map_or(default, |node| node.to_json());
    let requires = manifest.get("requires").map_or(json!({}), |node| node.to_json());
    let table = |key: &str| manifest.get(key).map_or(json!({}), packages);
    let mut all = Map::from_iter([
        ("_meta".to_owned(), json!({ "sources": sources, "requires": requires })),
        ("default".to_owned(), table("packages")),
        ("develop".to_owned(), table("dev-packages")),
    ]);
    for (key, value) in manifest.entries() {
        let name = key.text().unwrap_or_default();
        if !NO_PACKAGES.contains(&name) && !["packages", "dev-packages"].contains(&name) {
            all.insert(name.to_owned(), packages(value));
        }
    }
    Value::Object(all)
}

fn tables<'t>(manifest: Node<'t>) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
    let tables = manifest.entries().filter(|(key, _)| !NO_PACKAGES.contains(&key.text().unwrap_or_default()));
    tables.flat_map(|(_, table)| table.entries())
}

fn asked(manifest: Node<'_>) -> Vec<Asked> {
    let read = |(key, value): (Node<'_>, Node<'_>)| {
        let written = key.text()?;
        // Extras may stand in the key: `"boto3-stubs[s3]"`.
        let name = written.split('[').next().unwrap_or(written);
        let text = value.as_str().or_else(|| value.get("version")?.as_str());
        let conditional = value
            .entries()
            .any(|(key, _)| !["version", "extras", "index"].contains(&key.text().unwrap_or_default()));
        let any = text.is_none_or(|text| text.trim() == "*") || conditional;
        Some(Asked {
            name: normalised(name),
            versions: text.filter(|_| !any).and_then(specifiers).into_iter().collect(),
            marker: Marker::Constant(!conditional),
            text: text.map_or(written.to_owned(), |text| format!("{written} {text}")),
            place: key.range().start..value.range().end,
        })
    };
    tables(manifest).filter_map(read).collect()
}

fn declared(manifest: Node<'_>) -> Declared {
    let sources = manifest.get("source").into_iter().flat_map(|list| list.items());
    let hosts = sources.filter_map(|source| host(source.get("url")?.text()?)).collect();
    let urls = tables(manifest).flat_map(|(_, value)| ["git", "file", "url"].map(|key| value.get(key)));
    let urls = urls.flatten().filter_map(|url| url.as_str()).map(comparable_url).collect();
    Declared { hosts, urls, ..Declared::default() }
}
