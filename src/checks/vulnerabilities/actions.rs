//! Actions that workflows use, as packages of the ecosystem `GitHub Actions`.

use super::subjects::Subject;
use crate::advisory::osv::normal_name;
use crate::checkout::{Checkout, Source};
use crate::checks::Record;
use crate::location::Location;
use crate::tree::{Node, Syntax};

/// Text after expansion of aliases that is walked through, in nodes.
const MAX_NODES: u64 = 1_000_000;

/// The actions whose version can be told.
pub fn of(checkout: &Checkout, record: &mut Record) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for entry in checkout.files(is_workflow_or_action) {
        let Ok(source) = checkout.read(&entry.path) else {
            record.not_verified(format!("{}: it cannot be read", entry.path));
            continue;
        };
        let tree = source.tree(Syntax::Yaml);
        if tree.expanded_nodes > MAX_NODES {
            record.not_verified(format!("{}: it is too large after its aliases are expanded", entry.path));
            continue;
        }
        let mappings = tree.nodes().filter(|node| node.is_map() && !node.is_alias());
        for uses in mappings.filter_map(|mapping| mapping.get("uses")) {
            match subject(uses, &source) {
                Some(Ok(subject)) => subjects.push(subject),
                Some(Err(why)) => record.not_examined(why),
                None => {}
            }
        }
    }
    subjects
}

fn is_workflow_or_action(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    (path.starts_with(".github/workflows/") && is_yaml) || name == "action.yml" || name == "action.yaml"
}

/// `None` for what is no action of another repository.
fn subject(uses: Node<'_>, source: &Source) -> Option<Result<Subject, &'static str>> {
    let text = uses.as_str()?;
    let (path, reference) = text.split_once('@')?;
    if path.starts_with('.') || path.contains("://") || path.contains("${{") {
        return None;
    }
    let mut parts = path.split('/');
    let name = format!("{}/{}", parts.next()?, parts.next()?);
    let is_commit = reference.len() >= 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = if is_commit { comment(uses, source)? } else { reference.to_owned() };
    // `v4` is whatever is the newest of version 4 today: that it has an old flaw cannot be said.
    let number = version.trim_start_matches(['v', 'V']);
    if number.split('.').count() < 3 || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(Err("an action by a tag or branch that moves"));
    }
    let location = match source.at_node(uses) {
        Location::File { path, span } => {
            Location::Package { package: format!("{name}@{version}"), path, span }
        }
        other => other,
    };
    let name = normal_name("GitHub Actions", &name).into_owned();
    Some(Ok(Subject {
        ecosystem: "GitHub Actions",
        name,
        version: number.to_owned(),
        location,
        way: Vec::new(),
    }))
}

/// The version that a comment behind a pinned commit names: `# v4.2.2`.
fn comment(uses: Node<'_>, source: &Source) -> Option<String> {
    let line = source.line(source.span(uses.range()).line)?;
    let (_, comment) = line.rsplit_once('#')?;
    comment.split_whitespace().next().map(str::to_owned)
}
