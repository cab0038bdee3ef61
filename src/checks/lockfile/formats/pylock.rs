//! pylock.toml (PEP 751), and `pylock.<name>.toml`.

use std::borrow::Cow;

use crate::checkout::{Checkout, Source};
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{
    Declared, Encoding, File, Hash, Lock, Origin, Package, comparable_url, file_name, host,
};
use super::super::paths;
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
        let text = version.text().unwrap_or_default();
        if text.split('.').next() != Some("1") {
            let found = text.to_owned();
            return Err(Unreadable::Version { found, known: "1", place: version.range() });
        }
        let nodes = root.get("packages").into_iter().flat_map(|list| list.items());
        let packages = nodes.map(package).collect::<Result<_, _>>()?;
        // Edges are optional in this format, and nobody writes them yet.
        Ok(Lock { packages, roots: Vec::new() })
    }

    fn sync(&self, lock: &Lock<'_>, surroundings: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let root = surroundings.root(Syntax::Toml).ok();
        let maker = root.and_then(|root| root.get("created-by")?.as_str());
        beside::compare(lock, maker == Some("uv"), surroundings, report);
        declared(surroundings)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        files::contradiction(package, file.name)
    }
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
    Declared { hosts, urls }
}
