//! The folders of a project of deno, and their manifests.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::node::workspace;
use super::super::super::paths;

/// The deno.json or deno.jsonc of a folder.
pub fn configuration(folder: &str, project: &Project<'_>) -> Option<Arc<Source>> {
    ["deno.json", "deno.jsonc"].iter().find_map(|name| project.text(&paths::file_in(folder, name)))
}

/// True for a manifest of the syntax that its name says.
pub fn is_readable(manifest: &Source) -> bool {
    let is_package = manifest.path().ends_with("package.json");
    manifest.tree(if is_package { Syntax::Json } else { Syntax::Jsonc }).is_clean()
}

/// The manifests of a folder.
pub fn manifests(folder: &str, project: &Project<'_>) -> impl Iterator<Item = Arc<Source>> + use<> {
    let package = project.text(&paths::file_in(folder, "package.json"));
    package.into_iter().chain(configuration(folder, project))
}

/// What names the members of the workspace: `workspace` in deno.json, or `workspaces` in package.json.
pub fn list<'m>(settings: Option<Node<'m>>, package: Option<Node<'m>>) -> Option<Node<'m>> {
    let in_deno = settings.and_then(|root| root.get("workspace"));
    let in_deno = in_deno.map(|node| node.get("members").unwrap_or(node));
    in_deno.or_else(|| workspace::list(package?))
}

/// The folders of the workspace.
pub fn members(
    list: Option<Node<'_>>,
    recorded: Option<Node<'_>>,
    project: &Project<'_>,
) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = ["package.json", "deno.json"]
        .iter()
        .flat_map(|name| workspace::folders_with(list, name, project))
        .collect();
    // Manifests of another name are found where a folder is written out, or is recorded and may fit a pattern.
    let texts: Vec<&str> =
        list.into_iter().flat_map(|list| list.items()).filter_map(|item| item.as_str()).collect();
    let recorded = recorded.filter(|_| texts.iter().any(|text| paths::is_pattern(text)));
    let recorded = recorded.into_iter().flat_map(|table| table.entries()).filter_map(|(key, _)| key.text());
    let folders = texts.iter().copied().chain(recorded);
    let folders = folders.filter_map(|text| paths::join("", text.trim_end_matches('/')));
    let has_manifest =
        |folder: &String| project.checkout.contains(&project.beside(&paths::file_in(folder, "deno.jsonc")));
    found.extend(folders.filter(has_manifest));
    found
}
