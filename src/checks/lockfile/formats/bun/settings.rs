//! The catalogs and overrides of a project that bun.lock was resolved with.

use std::collections::BTreeMap;

use crate::checkout::Source;
use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::report::Report;

/// Values by catalog and name, the catalog without name under `default`; or by package and what lies below it, `.`
/// being the package itself.
type Table = BTreeMap<(String, String), String>;

/// The key under which the value for a package itself stands.
const ITSELF: &str = ".";

/// What the root's manifest says for all projects of the workspace.
pub struct Settings {
    catalogs: Table,
    overrides: Table,
}

/// What a dependency is really asked for as.
pub enum Wanted<'a> {
    /// As this.
    Spec(&'a str),
    /// As something that depends on who asks.
    Unclear,
    /// The catalog of this name does not have it.
    NotInCatalog(&'a str),
}

impl Settings {
    /// The settings of a manifest.
    pub fn of(manifest: Node<'_>) -> Settings {
        Settings { catalogs: declared_catalogs(manifest), overrides: declared_overrides(manifest) }
    }

    /// What `name: spec` comes to, catalogs and overrides considered.
    pub fn wanted<'a>(&'a self, name: &str, spec: &'a str) -> Wanted<'a> {
        let is_exempt = spec.starts_with("npm:") || spec.starts_with("workspace:");
        let key = |name: &str| (name.to_owned(), ITSELF.to_owned());
        let versioned = format!("{name}@");
        let spec = match self.overrides.get(&key(name)) {
            Some(value) if !is_exempt => value,
            None if self.overrides.keys().any(|(key, _)| key.starts_with(&versioned)) => {
                return Wanted::Unclear;
            }
            _ => spec,
        };
        let Some(catalog) = spec.strip_prefix("catalog:").map(str::trim) else { return Wanted::Spec(spec) };
        let key = (catalog_name(catalog).to_owned(), name.to_owned());
        self.catalogs.get(&key).map_or(Wanted::NotInCatalog(catalog), |spec| Wanted::Spec(spec))
    }

    /// Compares both with what the lockfile was resolved with.
    pub fn compare(
        &self,
        root: Node<'_>,
        manifest: Node<'_>,
        source: &Source,
        project: &Project<'_>,
        report: &mut Report<'_>,
    ) {
        // What was added to a catalog is no matter until somebody asks for it.
        let changed = catalogs(root).into_iter().find(|(key, value)| self.catalogs.get(key) != Some(value));
        if let Some(((catalog, name), value)) = changed {
            let node = root.get("catalog").or_else(|| root.get("catalogs")).unwrap_or(root);
            let message = format!(
                "`{name}` is `{value}` in the lockfile's catalog `{catalog}`, and not in the project's"
            );
            report.out_of_sync(project.source.at_node(node), message).subject("catalog");
        }
        let mut wanted = self.overrides.clone();
        let reads_nested = root.get("lockfileVersion").and_then(|node| node.as_int()) >= Some(2);
        if !reads_nested {
            wanted.retain(|(name, below), _| below == ITSELF && name.rfind('@').unwrap_or(0) == 0);
        }
        if wanted == overrides(root.get("overrides")) {
            return;
        }
        let tables = [manifest.get("overrides"), manifest.get("resolutions"), root.get("overrides")];
        let place = match tables {
            [Some(node), ..] | [None, Some(node), _] => source.at_node(node),
            [None, None, Some(node)] => project.source.at_node(node),
            [None, None, None] => return,
        };
        report
            .out_of_sync(place, "`overrides` are not what the lockfile was resolved with")
            .subject("overrides");
    }
}

fn catalog_name(name: &str) -> &str {
    if name.is_empty() { "default" } else { name }
}

/// bun reads catalogs under `workspaces`, and beside it if there are none.
fn declared_catalogs(manifest: Node<'_>) -> Table {
    let Some(workspaces) = manifest.get("workspaces") else { return Table::new() };
    let has_some = workspaces.get("catalog").or_else(|| workspaces.get("catalogs")).is_some();
    catalogs(if has_some { workspaces } else { manifest })
}

fn catalogs(node: Node<'_>) -> Table {
    let named = node.get("catalogs").into_iter().flat_map(|table| table.entries());
    let named = named.filter_map(|(key, table)| Some((key.text()?, table)));
    let plain = node.get("catalog").map(|table| ("default", table));
    let mut result = Table::new();
    for (catalog, table) in named.chain(plain) {
        for (name, value) in table.entries() {
            if let (Some(name), Some(value)) = (name.text(), value.as_str()) {
                result.insert((catalog_name(catalog).to_owned(), name.to_owned()), value.trim().to_owned());
            }
        }
    }
    result
}

/// `resolutions` count where there are no `overrides`; `$name` is what the root asks for under that name.
fn declared_overrides(manifest: Node<'_>) -> Table {
    let mut result = match (manifest.get("overrides"), manifest.get("resolutions")) {
        (Some(table), _) => overrides(Some(table)),
        (None, table) => resolutions(table),
    };
    for value in result.values_mut() {
        const SECTIONS: [&str; 4] =
            ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
        let asked = value
            .strip_prefix('$')
            .and_then(|name| SECTIONS.iter().find_map(|section| manifest.get(section)?.get(name)?.as_str()));
        if let Some(asked) = asked {
            *value = asked.to_owned();
        }
    }
    result
}

/// One level below a package is read, what lies deeper is not.
fn overrides(table: Option<Node<'_>>) -> Table {
    let text = |node: Node<'_>| node.as_str().or_else(|| node.get(ITSELF)?.as_str()).map(str::to_owned);
    let mut result = Table::new();
    for (key, value) in table.into_iter().flat_map(|table| table.entries()) {
        let Some(name) = key.text() else { continue };
        if let Some(value) = text(value) {
            result.insert((name.to_owned(), ITSELF.to_owned()), value);
        }
        for (below, value) in value.entries() {
            if let (Some(below), Some(value)) = (below.text().filter(|key| *key != ITSELF), text(value)) {
                result.insert((name.to_owned(), below.to_owned()), value);
            }
        }
    }
    result
}

/// `name`, `**/name`, `parent/name` and `parent>name`.
fn resolutions(table: Option<Node<'_>>) -> Table {
    let mut result = Table::new();
    for (key, value) in table.into_iter().flat_map(|table| table.entries()) {
        let (Some(pattern), Some(value)) = (key.text(), value.as_str()) else { continue };
        let pattern = pattern.strip_prefix("**/").unwrap_or(pattern);
        let start = if pattern.starts_with('@') { pattern.find('/').map_or(0, |at| at + 1) } else { 0 };
        let key = match pattern[start..].find(['/', '>']).map(|at| at + start) {
            Some(at) => (pattern[..at].to_owned(), pattern[at + 1..].to_owned()),
            None => (pattern.to_owned(), ITSELF.to_owned()),
        };
        result.insert(key, value.to_owned());
    }
    result
}
