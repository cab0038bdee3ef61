//! Packages whose scripts deno runs when it installs them: tried with deno 2.9.

use std::ops::Range;

use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::node::spec::satisfies;
use super::split;

/// The packages that run scripts, and where the lockfile records them. Nothing if neither says which do: lockfiles say
/// it since version 5, and what `allowScripts` does not name runs where a command names it (`--allow-scripts`).
pub fn running(root: Node<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
    if root.get("version")?.text()? != "5" {
        return None;
    }
    let packages = root.get("npm").into_iter().flat_map(|table| table.entries());
    let having =
        packages.filter(|(_, node)| node.get("scripts").and_then(|node| node.as_bool()) == Some(true));
    let having: Vec<Node<'_>> = having.map(|(key, _)| key).collect();
    if having.is_empty() {
        return Some(Vec::new());
    }
    let mut sources =
        ["deno.json", "deno.jsonc"].iter().filter_map(|name| project.text(&project.beside(name)));
    let configuration = sources.next()?;
    let allowed = configuration.tree(Syntax::Jsonc).root()?.get("allowScripts")?;
    let runs = having.into_iter().filter_map(|key| {
        let (name, version) = split(key.text()?);
        is_allowed(allowed, name, version).then(|| (name.to_owned(), key.range()))
    });
    Some(runs.collect())
}

/// As `allowScripts` says it: `true`, a list, or both what is allowed and what is not.
fn is_allowed(setting: Node<'_>, name: &str, version: &str) -> bool {
    let names = |node: Node<'_>| {
        node.as_bool() == Some(true) || node.items().any(|item| is_of(item.as_str(), name, version))
    };
    match setting.get("allow") {
        Some(allow) => names(allow) && !setting.get("deny").is_some_and(names),
        None => names(setting),
    }
}

/// `npm:name` or `npm:name@range`.
fn is_of(specifier: Option<&str>, name: &str, version: &str) -> bool {
    let Some(title) = specifier.and_then(|text| text.strip_prefix("npm:")) else { return false };
    let (wanted, range) = split(title);
    wanted == name && (range.is_empty() || satisfies(version, range) != Some(false))
}
