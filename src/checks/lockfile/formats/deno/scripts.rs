//! Packages whose scripts deno runs when it installs them: tried with deno 2.9.

use std::collections::HashMap;
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
    let (allowed, denied) = match allowed.get("allow") {
        Some(allow) => (Named::by(Some(allow)), Named::by(allowed.get("deny"))),
        None => (Named::by(Some(allowed)), Named::by(None)),
    };
    if allowed.has_too_many() || denied.has_too_many() {
        return None;
    }
    let runs = having.into_iter().filter_map(|key| {
        let (name, version) = split(key.text()?);
        let is_allowed = allowed.has(name, version) && !denied.has(name, version);
        is_allowed.then(|| (name.to_owned(), key.range()))
    });
    Some(runs.collect())
}

/// Ranges of one package that are looked at for each of its versions.
const MOST_RANGES: usize = 200;

/// What a part of `allowScripts` names: `true` for all, or a list of `npm:name` and `npm:name@range`.
struct Named<'s> {
    all: bool,
    ranges: HashMap<&'s str, Vec<&'s str>>,
}

impl<'s> Named<'s> {
    fn by(setting: Option<Node<'s>>) -> Named<'s> {
        let mut ranges: HashMap<&str, Vec<&str>> = HashMap::new();
        let items = setting.into_iter().flat_map(|node| node.items()).filter_map(|item| item.as_str());
        for (name, range) in items.filter_map(|text| text.strip_prefix("npm:")).map(split) {
            ranges.entry(name).or_default().push(range);
        }
        Named { all: setting.and_then(|node| node.as_bool()) == Some(true), ranges }
    }

    fn has_too_many(&self) -> bool {
        self.ranges.values().any(|ranges| ranges.len() > MOST_RANGES)
    }

    fn has(&self, name: &str, version: &str) -> bool {
        let fits = |range: &&str| range.is_empty() || satisfies(version, range) != Some(false);
        self.all || self.ranges.get(name).is_some_and(|ranges| ranges.iter().any(fits))
    }
}
