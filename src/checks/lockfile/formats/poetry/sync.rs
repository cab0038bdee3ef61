//! Whether poetry.lock and pyproject.toml agree, as `poetry check --lock` decides it, and whether the lockfile holds
//! what is asked for, which Poetry does not look at.

use std::collections::HashSet;
use std::ops::Range;

use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock, comparable_url, host};
use super::super::super::python::{normalised, project};
use super::super::super::report::Report;
use super::manifest;

/// Compares, reports, and returns what the manifest names as sources.
pub fn compare(lock: &Lock<'_>, surroundings: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = surroundings.beside("pyproject.toml");
    let Some(source) = surroundings.text(&path) else {
        report.not_examined("poetry.lock without a pyproject.toml beside it");
        return Declared::default();
    };
    let tree = source.tree(Syntax::Toml);
    let (Some(root), true) = (tree.root(), tree.is_clean()) else {
        project::unreadable(&source, "poetry", report);
        return Declared::default();
    };
    // Poetry 1 does not look at `[project]`.
    let is_new = written_by(surroundings).is_some_and(|version| version >= (2, 0));
    if let Some((message, place)) = manifest::refused(root).filter(|_| is_new) {
        report
            .out_of_sync(source.at(place), message)
            .subject("refused manifest")
            .help("mend what stands here, and look at the lockfile again");
    }
    let Ok(locked) = surroundings.root(Syntax::Toml) else { return Declared::default() };
    let recorded = locked.at(&["metadata", "content-hash"]);
    let start = root.range().start;
    let place = source.at(root.at(&["tool", "poetry"]).map_or(start..start, |_| start..start));
    let mut asked = manifest::asked(root);
    match recorded.and_then(|node| node.as_str()) {
        None => {
            let message = "the lockfile does not say for which manifest it was made";
            report.out_of_sync(place, message).subject("content-hash");
        }
        Some(text) => {
            let [hash, old] = manifest::content_hashes(root);
            let is_fresh = text == hash || text == old && is_old(surroundings);
            if !is_fresh && !is_new && text == manifest::hash_of_poetry_1(root) {
                let message = "the lockfile was made by Poetry 1, which does not look at `[project]`; Poetry 2 \
                               does, and refuses it";
                report.drift(place, message).subject("content-hash");
                asked = manifest::asked_of_poetry_1(root);
            } else if !is_fresh {
                let message = "what the manifest asks for has changed since the lockfile was made";
                let told = report.out_of_sync(place, message).subject("content-hash");
                if let Some(node) = recorded {
                    told.related(surroundings.source.at_node(node), format!("the hash is {hash} now"));
                }
            }
        }
    }
    project::compare(&asked, &source, lock, &manifest::logic(root), surroundings.source, report);
    if is_since_1_1(locked) {
        project::complete(lock, surroundings, needs, &not_locked(root), report);
    }
    declared(root)
}

/// True if the lockfile says its version, as those of Poetry 1.1 and later do: older ones do not tell what only extras
/// need.
fn is_since_1_1(locked: Node<'_>) -> bool {
    let version = locked.at(&["metadata", "lock-version"]).and_then(|node| node.text());
    version.is_some_and(|version| version != "1.0")
}

/// What an entry needs wherever it is installed.
fn needs(entry: Node<'_>) -> Vec<(String, Range<usize>)> {
    let needed = entry.get("dependencies").into_iter().flat_map(|table| table.entries());
    let always = needed.filter(|(_, value)| {
        let conditions = ["markers", "optional", "python", "platform"];
        value.as_str().is_some()
            || value.get("version").is_some() && conditions.iter().all(|key| value.get(key).is_none())
    });
    always.filter_map(|(key, _)| Some((normalised(key.text()?), key.range()))).collect()
}

/// Names that Poetry leaves out: the project's own, and those that its older versions never locked.
fn not_locked(root: Node<'_>) -> HashSet<String> {
    const NEVER: [&str; 4] = ["setuptools", "distribute", "pip", "wheel"];
    let own = [&["project", "name"][..], &["tool", "poetry", "name"]];
    let own = own.into_iter().filter_map(|path| root.at(path)?.as_str());
    own.chain(NEVER).map(normalised).collect()
}

/// True if the first line names a Poetry before 2.3, which did not look at `[dependency-groups]`. Without a version
/// it may be one.
fn is_old(surroundings: &Project<'_>) -> bool {
    written_by(surroundings).is_none_or(|version| version < (2, 3))
}

/// The version of Poetry that the first line names.
fn written_by(surroundings: &Project<'_>) -> Option<(u32, u32)> {
    let first = surroundings.source.text().lines().next().unwrap_or_default();
    let (_, rest) = first.split_once("Poetry ")?;
    let mut parts = rest.split(['.', ' ']).map(|part| part.parse::<u32>().unwrap_or(0));
    Some((parts.next().unwrap_or(0), parts.next().unwrap_or(0)))
}

fn declared(root: Node<'_>) -> Declared {
    let mut declared = Declared::default();
    let Some(poetry) = root.at(&["tool", "poetry"]) else { return declared };
    let sources = poetry.get("source").into_iter().flat_map(|list| list.items());
    declared.hosts.extend(sources.filter_map(|source| host(source.get("url")?.text()?)));
    let groups = poetry.get("group").into_iter().flat_map(|groups| groups.entries());
    let groups = groups.filter_map(|(_, group)| group.get("dependencies"));
    let tables = ["dependencies", "dev-dependencies"].iter().filter_map(|key| poetry.get(key)).chain(groups);
    for (_, value) in tables.flat_map(|table| table.entries()) {
        let several: Vec<Node<'_>> = if value.is_seq() { value.items().collect() } else { vec![value] };
        let urls = several.iter().flat_map(|value| [value.get("git"), value.get("url")]).flatten();
        declared.urls.extend(urls.filter_map(|url| url.as_str()).map(comparable_url));
    }
    declared.urls.extend(project::urls(root).iter().map(|url| comparable_url(url)));
    declared
}
