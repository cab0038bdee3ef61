//! What a pyproject.toml asks Poetry for, in Poetry's own words and in those of the standards.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::tree::Node;

use super::super::super::canonical::{Separators, sha256};
use super::super::super::python::algebra::Logic;
use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::project::{self, Asked};
use super::super::super::python::version::version as project_version;
use super::constraint;

/// Everything that the project asks for.
pub fn asked(root: Node<'_>) -> Vec<Asked> {
    let has_own = root.at(&["project", "dependencies"]).is_none();
    let mut result = project::asked(root);
    result.extend(entries(root, has_own).filter_map(|(key, value)| entry(key, value)));
    result
}

/// The same for Poetry 1, which does not look at `[project]` and `[dependency-groups]`.
pub fn asked_of_poetry_1(root: Node<'_>) -> Vec<Asked> {
    entries(root, true).filter_map(|(key, value)| entry(key, value)).collect()
}

/// Compares markers as far as the project's own Python versions go.
pub fn logic(root: Node<'_>) -> Logic {
    let own = root.at(&["tool", "poetry", "dependencies", "python"]);
    let own = own.and_then(|python| python.as_str().or_else(|| python.get("version")?.as_str()));
    match own.and_then(constraint::parse) {
        Some(sets) => project::logic_of(&sets),
        None => project::logic(root.at(&["project", "requires-python"]).and_then(|node| node.as_str())),
    }
}

/// What stands in the tables in Poetry's own words. With `[project]` the oldest of them only says where its
/// dependencies come from, and is not read.
fn entries(root: Node<'_>, has_own: bool) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
    let poetry = root.at(&["tool", "poetry"]);
    let groups = poetry.and_then(|poetry| poetry.get("group"));
    let groups = groups.into_iter().flat_map(|groups| groups.entries());
    let groups = groups.filter_map(|(_, group)| group.get("dependencies"));
    let own = poetry.filter(|_| has_own).and_then(|poetry| poetry.get("dependencies"));
    let older = poetry.and_then(|poetry| poetry.get("dev-dependencies"));
    own.into_iter().chain(older).chain(groups).flat_map(|table| table.entries())
}

/// The names of all packages that the project asks for somewhere, under whatever condition.
pub fn names(root: Node<'_>) -> Vec<String> {
    let mut names: Vec<String> = project::asked(root).into_iter().map(|asked| asked.name).collect();
    names.extend(entries(root, true).filter_map(|(key, _)| key.text()).map(normalised));
    names
}

fn entry(key: Node<'_>, value: Node<'_>) -> Option<Asked> {
    let written = key.text()?;
    if written == "python" {
        return None;
    }
    let single = if value.is_seq() { None } else { Some(value) };
    let text = single.and_then(|value| value.as_str().or_else(|| value.get("version")?.as_str()));
    let marker = single.and_then(|value| value.get("markers")?.as_str());
    // A condition in several parts, or one that cannot be read, is taken to hold somewhere.
    let conditional = !value.is_scalar() && ["python", "platform"].iter().any(|key| value.get(key).is_some());
    let marker = match marker.map(Marker::parse) {
        Some(Some(marker)) if !conditional => marker,
        None if !conditional && single.is_some() => Marker::Constant(true),
        _ => return None,
    };
    Some(Asked {
        name: normalised(written),
        versions: text.and_then(constraint::parse).unwrap_or_default(),
        marker,
        text: text.map_or(written.to_owned(), |text| format!("{written} {text}")),
        place: key.range().start..value.range().end,
    })
}

/// Why Poetry refuses the manifest whatever the lockfile holds, and where in it: those two faults of `[project]` that
/// tools which build nothing do not notice.
pub fn refused(root: Node<'_>) -> Option<(&'static str, Range<usize>)> {
    let project = root.get("project")?;
    let Some(name) = project.get("name") else {
        let start = project.range().start;
        return Some(("`[project]` has no `name`, and poetry refuses that", start..start));
    };
    if name.as_str().is_none() {
        return Some(("`name` is no text, and poetry refuses that", name.range()));
    }
    let version = project.get("version")?;
    let is_version = version.as_str().is_some_and(|text| project_version(text).is_some());
    (!is_version).then(|| ("`version` is no version, and poetry refuses that", version.range()))
}

/// The hash of all that Poetry resolves by, and the hash that versions before 2.3 made of it.
pub fn content_hashes(root: Node<'_>) -> [String; 2] {
    [true, false].map(|with_groups| sha256(&relevant(root, true, with_groups), Separators::Spaced))
}

/// The hash that Poetry 1 makes, which does not look at `[project]`.
pub fn hash_of_poetry_1(root: Node<'_>) -> String {
    sha256(&relevant(root, false, false), Separators::Spaced)
}

fn relevant(root: Node<'_>, with_project: bool, with_groups: bool) -> Value {
    const PROJECT: [&str; 3] = ["requires-python", "dependencies", "optional-dependencies"];
    const POETRY: [&str; 4] = ["dependencies", "source", "extras", "dev-dependencies"];
    let project =
        PROJECT.iter().filter_map(|key| Some(((*key).to_owned(), root.at(&["project", key])?.to_json())));
    let project: Map<String, Value> = project.filter(|_| with_project).collect();
    let groups = root.get("dependency-groups").filter(|groups| with_groups && groups.entries().len() > 0);
    let is_standard = !project.is_empty() || groups.is_some();
    let mut poetry = Map::new();
    for key in POETRY {
        match root.at(&["tool", "poetry", key]) {
            Some(node) => drop(poetry.insert(key.to_owned(), node.to_json())),
            None if !is_standard => drop(poetry.insert(key.to_owned(), Value::Null)),
            None => {}
        }
    }
    if let Some(node) = root.at(&["tool", "poetry", "group"]) {
        poetry.insert("group".to_owned(), node.to_json());
    }
    if !is_standard {
        return Value::Object(poetry);
    }
    let mut all = Map::new();
    if !project.is_empty() {
        all.insert("project".to_owned(), Value::Object(project));
    }
    if let Some(groups) = groups {
        all.insert("dependency-groups".to_owned(), groups.to_json());
    }
    let tool = Map::from_iter([("poetry".to_owned(), Value::Object(poetry))]);
    all.insert("tool".to_owned(), Value::Object(tool));
    Value::Object(all)
}
