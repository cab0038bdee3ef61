//! poetry.lock, versions 1 and 2.

mod constraint;
mod manifest;
mod sync;

use std::borrow::Cow;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Origin, Package};
use super::super::python::{PUBLIC_HOSTS, files, normalised, project};
use super::super::report::Report;

/// poetry.lock.
pub struct Poetry;

/// The index that is meant where an entry names no other.
const PYPI: &str = "https://pypi.org/simple";

impl Format for Poetry {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn tool(&self) -> &'static str {
        "poetry"
    }

    fn names(&self) -> &'static [&'static str] {
        &["poetry.lock"]
    }

    fn manifest(&self) -> &'static str {
        "pyproject.toml"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Toml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "poetry lock"
    }

    fn alternatives(&self) -> &'static [&'static str] {
        &["uv.lock", "pdm.lock", "pylock.toml", "conda-lock.yml", "pixi.lock"]
    }

    fn read<'s>(&self, surroundings: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = surroundings.root(Syntax::Toml)?;
        let start = root.range().start;
        let Some(metadata) = root.get("metadata") else {
            return Err(Unreadable::malformed(
                "the file has no `metadata`, so it was cut short",
                start..start,
            ));
        };
        if let Some(version) = metadata.get("lock-version") {
            let text = version.text().unwrap_or_default();
            if !matches!(text.split('.').next(), Some("1" | "2")) {
                let found = text.to_owned();
                return Err(Unreadable::Version { found, known: "1 and 2", place: version.range() });
            }
        }
        let old_files = metadata.get("files");
        let nodes: Vec<Node<'s>> = root.get("package").into_iter().flat_map(|list| list.items()).collect();
        let mut lock = Lock::default();
        for node in &nodes {
            lock.packages.push(package(*node, old_files)?);
        }
        connect(&nodes, &mut lock, surroundings)?;
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        sync::compare(lock, project, report)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        files::contradiction(package, file.name)
    }

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        let root = manifest.tree(Syntax::Toml).root();
        root.is_some_and(|root| root.at(&["tool", "poetry"]).is_some() && !manifest::asked(root).is_empty())
    }
}

fn package<'s>(node: Node<'s>, old_files: Option<Node<'s>>) -> Result<Package<'s>, Unreadable> {
    let text = |key: &str| node.get(key).and_then(|value| value.as_str());
    let (Some(name), Some(version)) = (text("name"), text("version")) else {
        let start = node.range().start;
        return Err(Unreadable::malformed("a package has no name or no version", start..start));
    };
    let place = node.get("name").map_or(node.range(), |name| name.range());
    let source = |key: &str| node.at(&["source", key]).and_then(|value| value.as_str());
    let url = source("url").unwrap_or_default();
    let origin = match source("type") {
        None => Origin::Registry(PYPI),
        Some("git") => Origin::Git(url, source("resolved_reference")),
        Some("url") => Origin::Url(url),
        Some("file" | "directory") => Origin::Local,
        Some(_) => Origin::Registry(url),
    };
    let needs_hash = matches!(origin, Origin::Registry(_) | Origin::Url(_)) || source("type") == Some("file");
    let list = |table: Option<Node<'s>>| table.into_iter().flat_map(|list| list.items());
    let mut files: Vec<File<'s>> = list(node.get("files")).map(|node| file(node, needs_hash)).collect();
    // Version 1 keeps the files of all versions of a package together.
    let old = list(old_files.filter(|_| files.is_empty()).and_then(|table| table.get(name)));
    files.extend(old.map(|node| file(node, needs_hash)).filter(|file| is_of(file, name, version)));
    if files.is_empty() && needs_hash {
        let place = place.clone();
        files.push(File { url: None, name: "", hashes: Few::none(), needs_hash, place });
    }
    if origin == Origin::Local {
        files.push(File::local(url, place.clone()));
    }
    let name = if normalised(name) == name { Cow::Borrowed(name) } else { Cow::Owned(normalised(name)) };
    Ok(Package {
        name,
        version: Cow::Borrowed(version),
        origin,
        files: files.into(),
        needs: Vec::new(),
        place,
    })
}

/// True if the file's name says nothing else than this package in this version.
fn is_of(file: &File<'_>, name: &str, version: &str) -> bool {
    files::says(file.name).is_none_or(|said| said.is(&normalised(name), version))
}

fn file(node: Node<'_>, needs_hash: bool) -> File<'_> {
    let name = node.get("file").or_else(|| node.get("url"));
    let text = name.and_then(|name| name.as_str()).unwrap_or_default();
    let hash = node.get("hash").map(files::hash);
    File {
        url: text.contains("://").then_some(Cow::Borrowed(text)),
        name: text.rsplit('/').next().unwrap_or(text),
        hashes: hash.into_iter().collect(),
        needs_hash,
        place: name.map_or(node.range(), |name| name.range()),
    }
}

/// Fills in what each package needs, and where all begins. The file does not record the project itself.
fn connect(nodes: &[Node<'_>], lock: &mut Lock<'_>, surroundings: &Project<'_>) -> Result<(), Unreadable> {
    let manifest = surroundings.text(&surroundings.beside("pyproject.toml"));
    let root = manifest.as_ref().and_then(|source| source.tree(Syntax::Toml).root());
    let names = project::by_name(lock);
    let needs = nodes.iter().map(|node| {
        let table = node.get("dependencies").into_iter().flat_map(|table| table.entries());
        table.filter_map(|(key, _)| key.text()).map(normalised).collect()
    });
    let asked = root.map(manifest::names).unwrap_or_default();
    let mut needs = project::called(&names, needs.chain([asked]))?;
    lock.roots = needs.pop().unwrap_or_default();
    for (package, needs) in lock.packages.iter_mut().zip(needs) {
        package.needs = needs;
    }
    Ok(())
}
