//! The kinds of the contexts at a place of a file.

use std::sync::LazyLock;

use super::kind::{Contexts, Kind, Map};
use crate::checks::integrity::documents::Document;
use crate::tree::Node;
use crate::workflow::model::Job;

/// Properties of `github` that are texts (GitHub's "Contexts reference", 2026-08).
const TEXTS_OF_GITHUB: [&str; 35] = [
    "action",
    "action_path",
    "action_ref",
    "action_repository",
    "action_status",
    "actor",
    "actor_id",
    "api_url",
    "base_ref",
    "env",
    "event_name",
    "event_path",
    "graphql_url",
    "head_ref",
    "job",
    "path",
    "ref",
    "ref_name",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repositoryurl",
    "run_attempt",
    "run_id",
    "run_number",
    "server_url",
    "sha",
    "token",
    "triggering_actor",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "workspace",
];

/// The contexts of a place; `job` is the job around it.
pub(super) fn at(document: &Document<'_>, job: Option<&Job<'_>>) -> Contexts {
    let mut contexts = Contexts { own: vec![("inputs", inputs(document))], shared: &EVERYWHERE };
    if let Some(job) = job {
        let matrix = matrix(job, &contexts);
        contexts.own.push(("matrix", matrix));
    }
    contexts
}

/// The contexts that are the same in every file.
static EVERYWHERE: LazyLock<Vec<(&'static str, Kind)>> = LazyLock::new(|| {
    let outputs = || Kind::map_of(Kind::Text);
    let mut github = Map { properties: Default::default(), others: Some(Box::new(Kind::Any)) };
    github.properties.extend(TEXTS_OF_GITHUB.iter().map(|name| ((*name).to_owned(), Kind::Text)));
    github.properties.insert("event".to_owned(), Kind::map_of(Kind::Any));
    github.properties.insert("ref_protected".to_owned(), Kind::Bool);
    github.properties.insert("retention_days".to_owned(), Kind::Number);
    let step =
        Kind::map([("outputs", outputs()), ("outcome", Kind::Text), ("conclusion", Kind::Text)], Kind::Any);
    let job = Kind::map([("outputs", outputs()), ("result", Kind::Text)], Kind::Any);
    let numbers = [("job-index", Kind::Number), ("job-total", Kind::Number), ("fail-fast", Kind::Bool)];
    vec![
        ("github", Kind::Map(github)),
        ("env", Kind::map_of(Kind::Text)),
        ("vars", Kind::map_of(Kind::Text)),
        ("secrets", Kind::map_of(Kind::Text)),
        ("runner", Kind::map_of(Kind::Text)),
        ("strategy", Kind::map(numbers, Kind::Any)),
        ("job", Kind::map([("status", Kind::Text)], Kind::Any)),
        ("steps", Kind::map_of(step)),
        ("needs", Kind::map_of(job.clone())),
        ("jobs", Kind::map_of(job)),
    ]
});

/// Inputs of all events that have some: where they do not agree on a kind it is not known.
fn inputs(document: &Document<'_>) -> Kind {
    let mut map = Map { properties: Default::default(), others: Some(Box::new(Kind::Any)) };
    let mut add = |inputs: Option<Node<'_>>, typed: bool| {
        for (name, definition) in inputs.into_iter().flat_map(|inputs| inputs.entries()) {
            let Some(name) = name.text() else { continue };
            let kind = match definition.get("type").and_then(|kind| kind.text()).filter(|_| typed) {
                Some("boolean") => Kind::Bool,
                Some("number") => Kind::Number,
                Some("string" | "choice" | "environment") | None => Kind::Text,
                Some(_) => Kind::Any,
            };
            let name = name.to_lowercase();
            let known = map.properties.remove(&name);
            map.properties.insert(name, known.map_or(kind.clone(), |known| known.or(kind)));
        }
    };
    match &document.workflow {
        Some(workflow) => {
            for event in ["workflow_call", "workflow_dispatch"] {
                let filters = workflow.trigger(event).and_then(|trigger| trigger.filters);
                add(filters.and_then(|filters| filters.get("inputs")), true);
            }
        }
        None => add(document.root.get("inputs"), false),
    }
    Kind::Map(map)
}

/// What the legs of a job's matrix hold.
fn matrix(job: &Job<'_>, contexts: &Contexts) -> Kind {
    let Some(matrix) = job.node.at(&["strategy", "matrix"]).filter(|matrix| matrix.is_map()) else {
        return Kind::Any;
    };
    let mut map = Map { properties: Default::default(), others: Some(Box::new(Kind::Any)) };
    let mut add = |name: &str, kind: Kind| {
        let name = name.to_lowercase();
        let known = map.properties.remove(&name);
        map.properties.insert(name, known.map_or(kind.clone(), |known| known.or(kind)));
    };
    for (key, value) in matrix.entries() {
        match key.text().unwrap_or_default() {
            "exclude" => {}
            "include" if !value.is_seq() => return Kind::Any,
            "include" => {
                for item in value.items() {
                    if !item.is_map() {
                        return Kind::Any;
                    }
                    for (key, value) in item.entries() {
                        add(key.text().unwrap_or_default(), Kind::of_node(value, contexts));
                    }
                }
            }
            name => match Kind::of_node(value, contexts) {
                Kind::List(item) => add(name, *item),
                _ => add(name, Kind::Any),
            },
        }
    }
    Kind::Map(map)
}
