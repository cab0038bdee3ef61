//! What `npm ci` lets pass and `npm install` would rewrite: the copies of the manifests that a lockfile keeps.

use crate::checkout::Source;
use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::node::workspace::Workspace;
use super::super::super::report::Report;

/// Members whose copies are compared as a whole.
const WHOLE: [&str; 2] = ["name", "version"];

/// Members that are tables of texts, compared entry by entry.
const TABLES: [&str; 5] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "engines"];

/// Members that are compared as they are.
const LISTS: [&str; 2] = ["workspaces", "peerDependenciesMeta"];

/// Compares every manifest with its copy.
pub fn compare(
    root: Node<'_>,
    manifest: Node<'_>,
    source: &Source,
    workspaces: &[Workspace],
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let Some(packages) = root.get("packages") else {
        // The older form keeps only name and version.
        for name in WHOLE {
            whole(name, manifest, root, source, project, report);
        }
        return;
    };
    match packages.get("") {
        Some(copy) => copies(manifest, copy, source, project, report),
        None => {
            let message = "the lockfile holds no copy of what the project asks for";
            report.drift(project.source.at_node(packages), message).subject("copy");
        }
    }
    if workspaces.is_empty() {
        return;
    }
    let entries: std::collections::HashMap<&str, Node<'_>> =
        packages.entries().filter_map(|(key, node)| Some((key.text()?, node))).collect();
    for workspace in workspaces {
        if let (Some(own), Some(copy)) = (workspace.root(), entries.get(workspace.location.as_str())) {
            copies(own, *copy, &workspace.source, project, report);
        }
    }
}

fn copies(
    manifest: Node<'_>,
    copy: Node<'_>,
    source: &Source,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    for name in WHOLE {
        whole(name, manifest, copy, source, project, report);
    }
    for name in TABLES {
        table(name, manifest, copy, source, project, report);
    }
    for name in LISTS {
        let (own, kept) = (manifest.get(name), copy.get(name));
        if own.map(|node| node.to_json()) == kept.map(|node| node.to_json()) {
            continue;
        }
        let message = format!("`{name}` is not what the lockfile's copy says");
        let place = match (own, kept) {
            (Some(node), _) => source.at_node(node),
            (None, Some(node)) => project.source.at_node(node),
            (None, None) => continue,
        };
        let told = report.drift(place, message).subject(name);
        if let (Some(_), Some(node)) = (own, kept) {
            told.related(project.source.at_node(node), "the copy");
        }
    }
}

fn whole(
    name: &str,
    manifest: Node<'_>,
    copy: Node<'_>,
    source: &Source,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let (Some((own, own_text)), Some((kept, kept_text))) = (text(manifest, name), text(copy, name)) else {
        return;
    };
    if own_text.trim() != kept_text.trim() {
        let message = format!("`{name}` is `{own_text}` here and `{kept_text}` in the lockfile");
        report
            .drift(source.at_node(own), message)
            .related(project.source.at_node(kept), "the copy")
            .subject(name);
    }
}

fn table(
    name: &str,
    manifest: Node<'_>,
    copy: Node<'_>,
    source: &Source,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    // What is optional is not counted among the ordinary ones, in whichever of the two it is written twice.
    let optional = |node: Node<'_>, key: &str| {
        name == "dependencies"
            && node.get("optionalDependencies").is_some_and(|table| table.get(key).is_some())
    };
    let own: Vec<_> = rows(manifest, name).into_iter().filter(|(key, ..)| !optional(manifest, key)).collect();
    let kept: Vec<_> = rows(copy, name).into_iter().filter(|(key, ..)| !optional(copy, key)).collect();
    let kept_by: std::collections::HashMap<&str, (&str, Node<'_>)> =
        kept.iter().map(|(key, text, node)| (*key, (*text, *node))).collect();
    for (key, text, node) in &own {
        let subject = format!("{name} {key}");
        match kept_by.get(key) {
            Some((other, _)) if other == text => {}
            Some((other, place)) => {
                let message =
                    format!("`{key}` is `{text}` under `{name}` and `{other}` in the lockfile's copy");
                let told = report.drift(source.at_node(*node), message);
                told.related(project.source.at_node(*place), "the copy").subject(subject);
            }
            None => {
                let message = format!("`{key}` stands under `{name}` here and not in the lockfile's copy");
                report.drift(source.at_node(*node), message).subject(subject);
            }
        }
    }
    let own_keys: std::collections::HashSet<&str> = own.iter().map(|(key, ..)| *key).collect();
    for (key, _, node) in kept.iter().filter(|(key, ..)| !own_keys.contains(key)) {
        let message = format!("`{key}` stands under `{name}` in the lockfile's copy and not in the manifest");
        report.drift(project.source.at_node(*node), message).subject(format!("{name} {key}"));
    }
}

/// The entries of a table whose values are texts.
fn rows<'t>(node: Node<'t>, name: &str) -> Vec<(&'t str, &'t str, Node<'t>)> {
    let table = node.get(name).into_iter().flat_map(|table| table.entries());
    table.filter_map(|(key, value)| Some((key.text()?, value.as_str()?, key))).collect()
}

fn text<'t>(node: Node<'t>, name: &str) -> Option<(Node<'t>, &'t str)> {
    let value = node.get(name)?;
    Some((value, value.as_str()?))
}
