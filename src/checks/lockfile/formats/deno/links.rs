//! Packages that deno takes from a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::imports;
use super::members::manifests;
use super::requirement::of_package;

/// Linked packages, and what each asks for by section.
type Links = BTreeMap<String, BTreeSet<(&'static str, String)>>;

/// Sections of linked packages that are recorded.
const LINKED: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// What a linked package is called in the lockfile, and what it asks for.
fn package(source: &Source, project: &Project<'_>) -> Option<(String, BTreeSet<(&'static str, String)>)> {
    let root = source.tree(Syntax::Jsonc).root()?;
    let text = |key: &str| root.get(key)?.as_str();
    let is_package = source.path().ends_with("package.json");
    let title = format!("{}:{}@{}", if is_package { "npm" } else { "jsr" }, text("name")?, text("version")?);
    if !is_package {
        return Some((
            title,
            imports::asked(source, project).into_keys().map(|asked| (LINKED[0], asked)).collect(),
        ));
    }
    let mut asked = BTreeSet::new();
    for section in LINKED {
        let entries = root.get(section).into_iter().flat_map(|table| table.entries());
        let specifiers = entries.filter_map(|(key, value)| of_package(key.text()?, value.as_str()?));
        asked.extend(specifiers.map(|specifier| (section, specifier)));
    }
    Some((title, asked))
}

/// Packages that are taken from a folder, with what they ask for.
pub fn compare(
    root: Node<'_>,
    configuration: Option<&Source>,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let list = configuration.and_then(|source| {
        let root = source.tree(Syntax::Jsonc).root()?;
        root.get("links").or_else(|| root.get("patch"))
    });
    let mut linked = Links::new();
    for item in list.into_iter().flat_map(|list| list.items()) {
        let folder = item.as_str().and_then(|folder| paths::join(project.folder, folder));
        let found: Vec<Arc<Source>> =
            folder.into_iter().flat_map(|folder| manifests(&folder, project)).collect();
        if let Some(source) = configuration.filter(|_| found.is_empty()) {
            let message = "deno refuses a link to what is no package of the project";
            report.out_of_sync(source.at_node(item), message).subject("link");
        }
        linked.extend(found.iter().filter_map(|source| package(source, project)));
    }
    let table = root.at(&["workspace", "links"]);
    let entries = table.into_iter().flat_map(|table| table.entries());
    let locked: Links = entries
        .filter_map(|(key, node)| {
            let lists = LINKED.iter().filter_map(|section| Some((*section, node.get(section)?)));
            let items = lists.flat_map(|(section, list)| list.items().map(move |item| (section, item)));
            let asked = items.filter_map(|(section, item)| Some((section, item.text()?.to_owned())));
            Some((key.text()?.to_owned(), asked.collect()))
        })
        .collect();
    let mut titles = linked.keys().chain(locked.keys());
    if let Some(differing) = titles.find(|title| linked.get(*title) != locked.get(*title)) {
        let place = match (configuration, list, table) {
            (Some(source), Some(list), _) => source.at_node(list),
            (.., Some(table)) => project.source.at_node(table),
            _ => Location::file(project.source.path()),
        };
        let message = format!("the lockfile was made with other links: `{differing}` differs");
        report.out_of_sync(place, message).subject("links");
    }
}
