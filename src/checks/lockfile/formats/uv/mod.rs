//! uv.lock, version 1, and the lockfiles of scripts, which are written alike.

mod conflicts;
mod declared;
mod edges;
mod form;
mod graph;
mod indexes;
mod lenient;
mod lists;
mod members;
mod metadata;
mod needs;
mod options;
mod pyproject;
mod pythons;
mod refused;
mod script;
mod settings;
mod sources;
mod sync;
mod wire;
mod workspace;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checkout::{Checkout, Source};
use crate::tree::{Columns, Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Origin, Package, file_name};
use super::super::paths;
use super::super::python::{PUBLIC_HOSTS, files, normal};
use super::super::report::{Report, repair};

/// uv.lock.
pub struct Uv;

/// Keys under which a package's source is a folder or archive of the repository.
const LOCAL: [&str; 4] = ["virtual", "editable", "directory", "path"];

impl Format for Uv {
    fn ecosystem(&self) -> &'static str {
        "python"
    }

    fn tool(&self) -> &'static str {
        "uv"
    }

    fn names(&self) -> &'static [&'static str] {
        &["uv.lock"]
    }

    fn is_lockfile(&self, path: &str, _checkout: &Checkout) -> bool {
        let name = paths::split(path).1;
        self.names().contains(&name) || script::is_lock(name)
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
        "uv lock"
    }

    fn repair_at(&self, path: &str) -> String {
        let (folder, name) = paths::split(path);
        match script::is_lock(name) {
            true => {
                repair(&format!("uv lock --script {}", &name[..name.len() - script::SUFFIX.len()]), folder)
            }
            false => repair(self.repair(), folder),
        }
    }

    fn alternatives(&self) -> &'static [&'static str] {
        &["poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "conda-lock.yml", "pixi.lock"]
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Toml)?;
        let start = root.range().start;
        let Some(version) = root.get("version") else {
            return Err(Unreadable::malformed("the file does not say its version", start..start));
        };
        if version.as_int() != Some(1) {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "1", place: version.range() });
        }
        let nodes: Vec<Node<'s>> = packages(root).collect();
        let mut lock = Lock { packages: Vec::with_capacity(nodes.len()), ..Lock::default() };
        let mut files = Columns::new(root.tree(), ["url", "hash", "path", "filename"]);
        for node in &nodes {
            lock.packages.push(package(*node, &mut files)?);
        }
        graph::connect(root, &nodes, &mut lock)?;
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(root) = project.root(Syntax::Toml) else { return Declared::default() };
        match script::is_lock(paths::split(project.source.path()).1) {
            true => script::compare(root, lock, project, report),
            false => sync::compare(root, lock, project, report),
        }
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        files::contradiction(package, file.name)
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        let tree = manifest.tree(Syntax::Toml);
        let Some(root) = tree.root() else { return false };
        let managed = root.at(&["tool", "uv", "managed"]).and_then(|node| node.as_bool()) != Some(false);
        // Other tools have manifests of this name, too; some pin packages in files that may be called anything.
        let foreign =
            ["poetry", "pdm", "hatch", "pixi"].iter().any(|tool| root.at(&["tool", tool]).is_some());
        let uses_uv = root.at(&["tool", "uv"]).is_some();
        let requirements = project.checkout.contains(&project.beside("requirements.txt"));
        let asks = |path: &[&str]| {
            root.at(path).is_some_and(|node| node.items().len() > 0 || node.entries().len() > 0)
        };
        let asks = asks(&["project", "dependencies"])
            || asks(&["project", "optional-dependencies"])
            || asks(&["dependency-groups"])
            || asks(&["tool", "uv", "dev-dependencies"]);
        let in_workspace = paths::ancestors(project.folder).skip(1).any(|above| {
            let source = project.text(&paths::file_in(above, "pyproject.toml"));
            source.is_some_and(|source| {
                let root = source.tree(Syntax::Toml).root();
                root.is_some_and(|root| root.at(&["tool", "uv", "workspace"]).is_some())
            })
        });
        managed && asks && !in_workspace && (uses_uv || !(foreign || requirements))
    }
}

/// The `[[package]]` tables.
fn packages(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    root.get("package").into_iter().flat_map(|list| list.items())
}

fn package<'s>(node: Node<'s>, columns: &mut FileColumns<'s>) -> Result<Package<'s>, Unreadable> {
    let start = node.range().start..node.range().start;
    let keys = ["name", "version", "source", "sdist", "wheels"];
    let [name_node, version, source, sdist, wheels] = node.get_each(keys);
    let Some((name, place)) = name_node.and_then(|name| Some((name.as_str()?, name.range()))) else {
        return Err(Unreadable::malformed("a package has no name", start));
    };
    let source = source.and_then(|source| source.entries().next());
    let Some((kind, value)) = source.and_then(|(kind, value)| Some((kind.text()?, value.text()?))) else {
        return Err(Unreadable::malformed(format!("`{name}` has no source"), place));
    };
    let origin = match kind {
        "registry" => Origin::Registry(value),
        "url" => Origin::Url(value),
        "git" => {
            let (url, commit) =
                value.split_once('#').map_or((value, None), |(url, commit)| (url, Some(commit)));
            if !commit.is_some_and(form::is_commit) {
                let message = format!("`{name}` comes from git without a whole commit");
                return Err(Unreadable::malformed(message, place));
            }
            Origin::Git(url.split('?').next().unwrap_or(url), commit)
        }
        _ if LOCAL.contains(&kind) => Origin::Local,
        other => {
            return Err(Unreadable::malformed(
                format!("`{name}` has a source of an unknown kind, `{other}`"),
                place,
            ));
        }
    };
    let version = version.map_or(Ok(""), form::version_of)?;
    let needs_hash = matches!(origin, Origin::Registry(_) | Origin::Url(_)) || kind == "path";
    let number = wheels.map_or(0, |list| list.items().len()) + 1;
    let mut files: Vec<File<'_>> = Vec::with_capacity(number);
    let wheels = wheels.into_iter().flat_map(|list| list.items());
    files.extend(sdist.into_iter().chain(wheels).map(|node| file(columns.of(node), node, needs_hash)));
    if origin == Origin::Local {
        files.push(File::local(value, place.clone()));
    }
    Ok(Package {
        name: normal(name),
        version: Cow::Borrowed(version),
        origin,
        files: files.into(),
        needs: Vec::new(),
        place,
    })
}

/// What is said of a file: its URL, hash, path, and name.
type FileColumns<'s> = Columns<'s, 4>;

fn file<'s>(columns: [Option<Node<'s>>; 4], node: Node<'s>, needs_hash: bool) -> File<'s> {
    let [url, hash, path, filename] = columns;
    let text = |value: Option<Node<'s>>| value.and_then(|value| value.as_str());
    let written = text(url);
    let mut name = written.or_else(|| text(path)).map(file_name).unwrap_or_default();
    if name.is_empty() {
        name = text(filename).map(file_name).unwrap_or_default();
    }
    let start = node.range().start;
    File {
        url: written.map(Cow::Borrowed),
        name,
        hashes: hash.map_or(Few::none(), |hash| Few::One(files::hash(hash))),
        needs_hash,
        place: url.map_or(start..start, |url| url.range()),
    }
}

/// Packages by normalised name, as indexes.
type ByName<'l> = HashMap<&'l str, Vec<usize>>;

fn by_name<'l>(lock: &'l Lock<'_>) -> ByName<'l> {
    let mut map: ByName<'l> = HashMap::with_capacity(lock.packages.len());
    for (index, package) in lock.packages.iter().enumerate() {
        map.entry(&package.name).or_default().push(index);
    }
    map
}
