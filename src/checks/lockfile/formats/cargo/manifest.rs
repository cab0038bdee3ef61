//! Cargo.toml, as far as the lockfile follows from it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::model::comparable_url;
use super::super::super::paths;
use super::by_name::ByName;

/// A Cargo.toml.
pub struct Manifest {
    /// The folder that it lies in.
    pub folder: String,
    /// Its text.
    pub source: Arc<Source>,
    /// The package, if it has one.
    pub package: Option<PackageTable>,
    /// What the package asks for.
    pub dependencies: Vec<Dependency>,
    /// The features that it declares: their names, and what they turn on.
    pub features: Vec<(String, Vec<Switch>)>,
    /// Both by name.
    pub by_name: ByName,
}

/// One thing that a feature turns on, as written: `feature`, `dep:name`, `name/feature` or `name?/feature`.
pub struct Switch {
    /// As written.
    pub text: String,
    /// Where.
    pub place: Range<usize>,
}

/// `[package]`
pub struct PackageTable {
    /// The name.
    pub name: String,
    /// The version; `0.0.0` if none is written.
    pub version: String,
    /// Where the version is written, or else the name.
    pub place: Range<usize>,
}

/// Something that is asked for.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package's own name, not the one that the code knows it by.
    pub name: String,
    /// The name that the code and features know it by.
    pub key: String,
    /// The features that are asked of it, without `default`.
    pub features: Vec<String>,
    /// True if its default features are asked for, too.
    pub default_features: bool,
    /// True if all that is not said here is said by the workspace.
    pub inherits: bool,
    /// True if the workspace's table knows it.
    pub is_inherited: bool,
    /// The version requirement.
    pub requirement: Option<String>,
    /// From where.
    pub source: Wanted,
    /// True if a feature has to ask for it: those of packages outside of the workspace may be missing.
    pub optional: bool,
    /// True under `dev-dependencies`: those of packages outside of the workspace do not count.
    pub dev: bool,
    /// Where it is written.
    pub place: Range<usize>,
}

/// From where a dependency is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// crates.io.
    CratesIo,
    /// Another registry.
    OtherRegistry,
    /// A repository: its URL without what may be written in several ways, and `branch=…`, `tag=…`, `rev=…`.
    Git(String, Option<String>),
    /// A folder of the repository; `None` where it leads out of it.
    Path(Option<String>),
}

/// A workspace that packages inherit from. Some have hundreds of dependencies, and hundreds of packages look them up.
pub struct Inherited<'t> {
    table: Node<'t>,
    folder: &'t str,
    dependencies: HashMap<&'t str, Node<'t>>,
}

impl<'t> Inherited<'t> {
    /// The `[workspace]` of the manifest in a folder.
    pub fn of(table: Node<'t>, folder: &'t str) -> Inherited<'t> {
        let listed = table.get("dependencies");
        let mut dependencies = HashMap::with_capacity(listed.map_or(0, |listed| listed.entries().len()));
        for (key, value) in listed.into_iter().flat_map(|listed| listed.entries()) {
            dependencies.extend(key.text().map(|name| (name, value)));
        }
        Inherited { table, folder, dependencies }
    }
}

/// Names of the tables that dependencies stand in, and whether those are only for development.
const TABLES: [(&str, bool); 5] = [
    ("dependencies", false),
    ("dev-dependencies", true),
    ("dev_dependencies", true),
    ("build-dependencies", false),
    ("build_dependencies", false),
];

/// The tables of a manifest that hold something: their nodes, and whether they are only for development.
pub fn dependency_tables<'t>(root: Node<'t>) -> impl Iterator<Item = (Node<'t>, bool)> {
    let targets =
        root.get("target").into_iter().flat_map(|targets| targets.entries()).map(|(_, target)| target);
    let places: Vec<Node<'t>> = std::iter::once(root).chain(targets).collect();
    let tables = places
        .into_iter()
        .flat_map(|place| TABLES.into_iter().filter_map(move |(name, dev)| Some((place.get(name)?, dev))));
    tables.filter(|(table, _)| table.entries().len() > 0)
}

impl Manifest {
    /// Reads a manifest of a package that may inherit from a workspace.
    pub fn read(source: Arc<Source>, folder: &str, workspace: Option<&Inherited<'_>>) -> Option<Manifest> {
        let tree = source.tree(Syntax::Toml);
        let root = tree.root().filter(|_| tree.is_clean())?;
        let package = root.get("package").or_else(|| root.get("project"));
        let package = package.and_then(|node| package_table(node, workspace));
        let mut dependencies = Vec::new();
        for (table, dev) in dependency_tables(root) {
            for (key, value) in table.entries() {
                dependencies.push(dependency(key, value, dev, folder, workspace));
            }
        }
        let folder = folder.to_owned();
        let features = features(root);
        let by_name = ByName::of(&features, &dependencies);
        Some(Manifest { folder, package, dependencies, features, by_name, source: source.clone() })
    }
}

fn features(root: Node<'_>) -> Vec<(String, Vec<Switch>)> {
    let switch = |node: Node<'_>| Some(Switch { text: node.as_str()?.to_owned(), place: node.range() });
    let table = root.get("features").into_iter().flat_map(|table| table.entries());
    table
        .filter_map(|(key, list)| Some((key.text()?.to_owned(), list.items().filter_map(switch).collect())))
        .collect()
}

/// The features that are asked for of a dependency, where it is written and in the workspace's table.
fn asked_features(value: Node<'_>, details: Node<'_>) -> Vec<String> {
    let lists = [value, details].into_iter().filter_map(|node| node.get("features"));
    let mut all: Vec<String> =
        lists.flat_map(|list| list.items()).filter_map(|item| Some(item.as_str()?.to_owned())).collect();
    all.sort();
    all.dedup();
    all
}

/// True if default features are asked for: unless the workspace says no, which a member may overrule.
fn asks_default(value: Node<'_>, details: Node<'_>, is_inherited: bool) -> bool {
    let flag = |node: Node<'_>| {
        ["default-features", "default_features"].iter().find_map(|key| node.get(key)?.as_bool())
    };
    let own = flag(value);
    if is_inherited { own == Some(true) || flag(details).unwrap_or(true) } else { own.unwrap_or(true) }
}

fn package_table(node: Node<'_>, workspace: Option<&Inherited<'_>>) -> Option<PackageTable> {
    let name = node.get("name")?;
    let version = node.get("version");
    let inherited = || {
        version?.get("workspace")?;
        workspace?.table.at(&["package", "version"])?.text()
    };
    let text = version.and_then(|version| version.text()).or_else(inherited).unwrap_or("0.0.0");
    Some(PackageTable {
        name: name.text()?.to_owned(),
        version: text.to_owned(),
        place: version.unwrap_or(name).range(),
    })
}

/// Reads one dependency.
pub fn dependency(
    key: Node<'_>,
    value: Node<'_>,
    dev: bool,
    folder: &str,
    workspace: Option<&Inherited<'_>>,
) -> Dependency {
    let name = key.text().unwrap_or_default();
    let inherits = value.get("workspace").and_then(|node| node.as_bool()) == Some(true);
    let inherited = workspace
        .filter(|_| inherits)
        .and_then(|workspace| Some((*workspace.dependencies.get(name)?, workspace.folder)));
    let (details, base) = inherited.unwrap_or((value, folder));
    let text = |key: &str| details.get(key).and_then(|node| node.as_str());
    let requirement = details.as_str().or_else(|| text("version")).map(str::to_owned);
    let source = if let Some(path) = text("path") {
        Wanted::Path(paths::join(base, path))
    } else if let Some(url) = text("git") {
        let reference =
            ["branch", "tag", "rev"].into_iter().find_map(|kind| Some(format!("{kind}={}", text(kind)?)));
        Wanted::Git(comparable_git(url), reference)
    } else if text("registry").is_some_and(|name| name != "crates-io") || text("registry-index").is_some() {
        Wanted::OtherRegistry
    } else {
        Wanted::CratesIo
    };
    // The line with the version is what people change; the inherited one lies in another file.
    let place = key.range().start..value.range().end.max(key.range().end);
    let flag = |node: Node<'_>| node.get("optional").and_then(|flag| flag.as_bool()) == Some(true);
    let optional = flag(value) || flag(details);
    Dependency {
        name: text("package").unwrap_or(name).to_owned(),
        key: name.to_owned(),
        features: asked_features(value, details),
        default_features: asks_default(value, details, inherited.is_some()),
        inherits,
        is_inherited: inherited.is_some(),
        requirement,
        source,
        optional,
        dev,
        place,
    }
}

/// A repository's URL as Cargo compares them: GitHub's paths without regard to case.
pub fn comparable_git(url: &str) -> String {
    let url = comparable_url(url);
    if url.starts_with("github.com/") { url.to_lowercase() } else { url }
}
