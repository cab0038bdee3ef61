//! The edges of a uv.lock: which entry needs which, and where all begins.

use std::collections::HashSet;

use crate::tree::{Columns, Node};

use super::super::super::format::Unreadable;
use super::super::super::model::{Lock, Origin};
use super::super::super::python::normalised;
use super::form::{self, Markers};
use super::{ByName, by_name};

/// Fills in what each package needs, and the roots.
pub fn connect(root: Node<'_>, nodes: &[Node<'_>], lock: &mut Lock<'_>) -> Result<(), Unreadable> {
    let mut needs: Vec<Vec<usize>> = Vec::with_capacity(nodes.len());
    let names = by_name(lock);
    distinct(nodes, lock, &names)?;
    let mut markers = Markers::default();
    markers.list(root.get("resolution-markers"))?;
    let mut columns = Columns::new(root.tree(), ["name", "version", "source", "marker"]);
    for node in nodes {
        markers.list(node.get("resolution-markers"))?;
        let found = edges(*node).map(|(_, edge)| {
            let [name, version, source, marker] = columns.of(edge);
            marker.map_or(Ok(()), |marker| markers.check(marker))?;
            let name = name.and_then(|name| name.as_str()).unwrap_or_default();
            let version = version.map_or(Ok(None), |version| form::version_of(version).map(Some))?;
            target(
                &Edge { node: edge, name, version, source: source.and_then(kind_and_value) },
                nodes,
                lock,
                &names,
            )
        });
        needs.push(found.collect::<Result<_, _>>()?);
    }
    let roots = roots(root, nodes, lock, &names);
    for (package, needs) in lock.packages.iter_mut().zip(needs) {
        package.needs = needs;
    }
    lock.roots = roots;
    Ok(())
}

/// No package stands in the file twice.
fn distinct(nodes: &[Node<'_>], lock: &Lock<'_>, names: &ByName<'_>) -> Result<(), Unreadable> {
    for same in names.values().filter(|same| same.len() > 1) {
        let mut seen = HashSet::with_capacity(same.len());
        for &index in same {
            let package = &lock.packages[index];
            if !seen.insert((&package.version, source(nodes[index]))) {
                let message = format!("`{} {}` is there twice", package.name, package.version);
                return Err(Unreadable::malformed(message, package.place.clone()));
            }
        }
    }
    Ok(())
}

/// The kind and the value of a source.
type Source<'s> = (Option<&'s str>, Option<&'s str>);

/// The source of an entry.
fn source<'s>(node: Node<'s>) -> Option<Source<'s>> {
    node.get("source").and_then(kind_and_value)
}

fn kind_and_value<'s>(source: Node<'s>) -> Option<Source<'s>> {
    let (kind, value) = source.entries().next()?;
    Some((kind.text(), value.text()))
}

/// All edges of a package: the extra or group that they belong to, if any, and the edge.
pub fn edges<'s>(node: Node<'s>) -> impl Iterator<Item = (Context<'s>, Node<'s>)> {
    let [plain, extras, groups] =
        node.get_each(["dependencies", "optional-dependencies", "dev-dependencies"]);
    let plain = plain.into_iter().flat_map(|list| list.items());
    let entries = |table: Option<Node<'s>>| table.into_iter().flat_map(|table| table.entries());
    let extras = entries(extras).flat_map(|(key, list)| {
        list.items().map(move |edge| (Context::Extra(key.text().unwrap_or_default()), edge))
    });
    let groups = entries(groups).flat_map(|(key, list)| {
        list.items().map(move |edge| (Context::Group(key.text().unwrap_or_default()), edge))
    });
    plain.map(|edge| (Context::Always, edge)).chain(extras).chain(groups)
}

/// When an edge counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context<'s> {
    /// Always.
    Always,
    /// When the extra is asked for.
    Extra(&'s str),
    /// When the group is installed.
    Group(&'s str),
}

/// What an edge says of the entry that it leads to.
struct Edge<'s> {
    node: Node<'s>,
    name: &'s str,
    version: Option<&'s str>,
    source: Option<Source<'s>>,
}

/// The entry that an edge leads to.
fn target(
    edge: &Edge<'_>,
    nodes: &[Node<'_>],
    lock: &Lock<'_>,
    names: &ByName<'_>,
) -> Result<usize, Unreadable> {
    let Edge { name, version, source: from, .. } = *edge;
    let known = names.get(name).or_else(|| names.get(normalised(name).as_str()));
    if known.is_some_and(|known| known.len() > 1) {
        let is_folder = matches!(from, Some((Some("virtual" | "editable" | "directory"), _)));
        let lacking = match (from, version) {
            (None, _) => Some("source"),
            (Some(_), None) if !is_folder => Some("version"),
            _ => None,
        };
        if let Some(lacking) = lacking {
            let message = format!("`{name}` is needed without a {lacking}, and the file holds several");
            return Err(Unreadable::malformed(message, edge.node.range()));
        }
    }
    let fits = |index: &&usize| {
        version.is_none_or(|version| lock.packages[**index].version == version)
            && (from.is_none() || source(nodes[**index]) == from)
    };
    let missing = || {
        let message = format!("`{name}` is needed, and the file does not hold it");
        Unreadable::malformed(message, edge.node.range())
    };
    known.and_then(|known| known.iter().find(fits)).copied().ok_or_else(missing)
}

/// The members of the workspace, and what the root asks for itself.
fn roots(root: Node<'_>, nodes: &[Node<'_>], lock: &Lock<'_>, names: &ByName<'_>) -> Vec<usize> {
    let manifest = root.get("manifest");
    let list = |name: &str| manifest.and_then(|manifest| manifest.get(name));
    let members = list("members").into_iter().flat_map(|list| list.items()).filter_map(|item| item.text());
    let groups = list("dependency-groups").into_iter().flat_map(|table| table.entries());
    let asked = list("requirements").into_iter().flat_map(|list| list.items());
    let asked = asked.chain(groups.flat_map(|(_, list)| list.items()));
    let asked = asked.filter_map(|item| item.get("name")?.text());
    let named: Vec<usize> = members
        .chain(asked)
        .filter_map(|name| names.get(name).or_else(|| names.get(normalised(name).as_str())))
        .flatten()
        .copied()
        .collect();
    let is_top = |node: &Node<'_>| {
        matches!(source(*node), Some((Some("virtual" | "editable" | "directory"), Some("."))))
    };
    let mut roots = named;
    roots.extend((0..nodes.len()).filter(|&index| is_top(&nodes[index])));
    if roots.is_empty() {
        let is_local = |index: &usize| lock.packages[*index].origin == Origin::Local;
        roots.extend((0..nodes.len()).filter(is_local));
    }
    roots
}
