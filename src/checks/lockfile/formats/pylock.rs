//! pylock.toml (PEP 751), and `pylock.<name>.toml`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use crate::checkout::{Checkout, Source};
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{
    Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url, file_name, host,
};
use super::super::paths;
use super::super::python::marker::Marker;
use super::super::python::version::specifiers;
use super::super::python::{PUBLIC_HOSTS, beside, files, normalised, project};
use super::super::report::Report;

/// pylock.toml.
pub struct Pylock;

impl Format for Pylock {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn tool(&self) -> &'static str {
        "pip"
    }

    fn names(&self) -> &'static [&'static str] {
        &["pylock.toml"]
    }

    fn is_lockfile(&self, path: &str, _checkout: &Checkout) -> bool {
        let (_, name) = paths::split(path);
        let named = name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix(".toml"));
        name == "pylock.toml" || named.is_some_and(|named| !named.is_empty() && !named.contains('.'))
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
        "pip lock"
    }

    fn records_registry(&self) -> bool {
        // The key `index` is optional, and pip does not write it: the machine's configuration may have named one.
        false
    }

    fn read<'s>(&self, surroundings: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = surroundings.root(Syntax::Toml)?;
        let start = root.range().start;
        let Some(version) = root.get("lock-version") else {
            return Err(Unreadable::malformed("the file does not say its version", start..start));
        };
        if version.as_str().and_then(|text| text.split('.').next()) != Some("1") {
            let found = version.text().unwrap_or_default().to_owned();
            return Err(Unreadable::Version { found, known: "1", place: version.range() });
        }
        let nodes = root.get("packages").into_iter().flat_map(|list| list.items());
        let packages = nodes.map(package).collect::<Result<_, _>>()?;
        // Edges are optional in this format, and nobody writes them yet.
        Ok(Lock { packages, ..Lock::default() })
    }

    fn sync(&self, lock: &Lock<'_>, surroundings: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let root = surroundings.root(Syntax::Toml).ok();
        if let Some((message, place)) = root.and_then(refused) {
            let message = format!("installers refuse the lockfile because {message}");
            report.out_of_sync(surroundings.source.at(place), message).subject("form");
        }
        let maker = root.and_then(|root| root.get("created-by")?.as_str());
        beside::compare(lock, maker == Some("uv"), surroundings, report);
        declared(surroundings)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        files::contradiction(package, file.name)
    }
}

/// Something wrong with the form of the file, because of which uv 0.13 refuses it.
fn refused(root: Node<'_>) -> Option<(&'static str, Range<usize>)> {
    let start = root.range().start..root.range().start;
    if root.get("created-by").and_then(|node| node.as_str()).is_none() {
        return Some(("it does not say what made it", start));
    }
    let Some(list) = root.get("packages").filter(|list| list.is_seq()) else {
        return Some(("it has no list of packages", start));
    };
    let python = root.get("requires-python").filter(|node| node.text().and_then(specifiers).is_none());
    if let Some(node) = python {
        return Some(("`requires-python` cannot be read", node.range()));
    }
    let mut names = HashSet::new();
    list.items().find_map(|node| {
        // Others of the same name may be for other machines.
        let name = node.get("name").filter(|_| node.get("marker").is_none());
        let again = name.filter(|name| !names.insert(name.text()));
        let again = again.map(|name| ("a package is there twice", name));
        again.or_else(|| fault(node)).map(|(message, node)| (message, node.range()))
    })
}

/// Something wrong with the form of a package.
fn fault(node: Node<'_>) -> Option<(&'static str, Node<'_>)> {
    let marker = node.get("marker").filter(|node| node.text().and_then(Marker::parse).is_none());
    if let Some(marker) = marker {
        return Some(("a marker cannot be read", marker));
    }
    let has = |key: &str| node.get(key).is_some();
    let sources = [has("vcs"), has("directory"), has("archive"), has("sdist") || has("wheels")];
    if sources.into_iter().filter(|there| *there).count() != 1 {
        return Some(("a package must come from one place", node));
    }
    let wheels: Vec<Node<'_>> = node.get("wheels").into_iter().flat_map(|list| list.items()).collect();
    let files = wheels.iter().copied().chain(node.get("sdist")).chain(node.get("archive"));
    let of_file = files.into_iter().find_map(|file| {
        let fault = match file.get("size") {
            _ if file.get("url").or(file.get("path")).is_none() => "a file has neither `url` nor `path`",
            _ if file.get("hashes").is_none() => "a file has no `hashes`",
            Some(size) if size.as_int().is_none() => "the size of a file is no number",
            _ => return None,
        };
        Some((fault, file))
    });
    let is_other = |wheel: &&Node<'_>| !file(**wheel).name.ends_with(".whl");
    of_file.or_else(|| wheels.iter().find(is_other).map(|wheel| ("a wheel has another ending", *wheel)))
}

fn package(node: Node<'_>) -> Result<Package<'_>, Unreadable> {
    let text = |key: &str| node.get(key).and_then(|value| value.as_str());
    let Some(name) = text("name") else {
        let start = node.range().start;
        return Err(Unreadable::malformed("a package has no name", start..start));
    };
    let place = node.get("name").map_or(node.range(), |name| name.range());
    let inner = |table: &str, key: &str| node.at(&[table, key]).and_then(|value| value.as_str());
    let origin = if node.get("directory").is_some() {
        Origin::Local
    } else if node.get("vcs").is_some() {
        inner("vcs", "url").map_or(Origin::Local, |url| Origin::Git(url, inner("vcs", "commit-id")))
    } else if node.get("archive").is_some() {
        inner("archive", "url").map_or(Origin::Local, Origin::Url)
    } else {
        Origin::Registry(text("index").unwrap_or_default())
    };
    let wheels = node.get("wheels").into_iter().flat_map(|list| list.items());
    let mut files: Vec<File<'_>> =
        wheels.chain(node.get("sdist")).chain(node.get("archive")).map(file).collect();
    if origin == Origin::Local {
        let path = inner("directory", "path").or_else(|| inner("archive", "path"));
        files.extend(path.map(|path| File::local(path, place.clone())));
    }
    let name = if normalised(name) == name { Cow::Borrowed(name) } else { Cow::Owned(normalised(name)) };
    let version = Cow::Borrowed(text("version").unwrap_or_default());
    Ok(Package { name, version, origin, files: files.into(), needs: Vec::new(), place })
}

fn file(node: Node<'_>) -> File<'_> {
    let text = |key: &str| node.get(key).and_then(|value| value.as_str());
    let path = text("name").or_else(|| text("url")).or_else(|| text("path")).unwrap_or_default();
    let table = node.get("hashes").into_iter().flat_map(|table| table.entries());
    File {
        url: text("url").map(Cow::Borrowed),
        name: file_name(path),
        hashes: table.map(hash).collect(),
        needs_hash: true,
        place: node.get("url").map_or(node.range().start..node.range().start, |url| url.range()),
    }
}

fn hash<'s>((key, value): (Node<'s>, Node<'s>)) -> Hash<'s> {
    Hash {
        algorithm: key.text().unwrap_or_default(),
        digest: value.text().unwrap_or_default(),
        encoding: Encoding::Hex,
        place: value.range(),
    }
}

/// What pyproject.toml names: the indexes of uv and pdm, and URLs of requirements.
fn declared(surroundings: &Project<'_>) -> Declared {
    let Some(source) = surroundings.text(&surroundings.beside("pyproject.toml")) else {
        return Declared::default();
    };
    let Some(root) = source.tree(Syntax::Toml).root() else { return Declared::default() };
    let tables = [&["tool", "uv", "index"], &["tool", "pdm", "source"]].map(|path| root.at(path));
    let tables = tables.into_iter().flatten().flat_map(|list| list.items());
    let hosts = tables.filter_map(|index| host(index.get("url")?.text()?)).collect();
    let urls = project::urls(root).iter().map(|url| comparable_url(url)).collect();
    Declared { hosts, urls, ..Declared::default() }
}
