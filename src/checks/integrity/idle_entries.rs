//! Entries that change nothing: an `exclude` that matches no leg, a value that stands twice, a default that is never used.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Job;
use crate::workflow::names::{Scope, Value, fits};

pub(super) static IDLE_ENTRY: Rule = Rule {
    id: "integrity/idle-entry",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "an entry of a workflow that changes nothing",
    allow: None,
};

/// Values of a matrix that are held against each other.
const MAX_VALUES: usize = 256;

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    let mut report = |node: Node<'_>, severity: Severity, message: String| {
        record.push(Finding::new(&IDLE_ENTRY, document.source.at_node(node), message).severity(severity));
    };
    for job in &workflow.jobs {
        needs(job, &mut report);
        if let Some(matrix) = job.node.at(&["strategy", "matrix"]).filter(|matrix| matrix.is_map()) {
            vectors(matrix, &mut report);
            excluded(matrix, &mut report);
        }
    }
    let called = workflow.trigger("workflow_call").and_then(|trigger| trigger.filters?.get("inputs"));
    for (name, input) in called.into_iter().flat_map(|inputs| inputs.entries()) {
        let required = input.get("required").and_then(|node| node.as_bool()) == Some(true);
        if let Some(default) = input.get("default").filter(|_| required) {
            let name = name.text().unwrap_or_default();
            let message = format!("`{name}` is required, so that its default is never used");
            report(default, Severity::Note, message);
        }
    }
}

type Report<'r> = dyn FnMut(Node<'_>, Severity, String) + 'r;

fn needs(job: &Job<'_>, report: &mut Report<'_>) {
    for (index, need) in job.needs.iter().enumerate().take(MAX_VALUES) {
        let Some(name) = need.text() else { continue };
        if job.needs[..index]
            .iter()
            .any(|other| other.text().is_some_and(|other| other.eq_ignore_ascii_case(name)))
        {
            report(*need, Severity::Note, format!("`{name}` stands in `needs` already"));
        }
    }
}

/// The value of a node, without anything that only a run knows.
fn known(node: Node<'_>) -> Option<Value> {
    let scope = Scope::default();
    let value = Value::of(node, &|text| scope.text(text));
    value.is_known().then_some(value)
}

fn vectors(matrix: Node<'_>, report: &mut Report<'_>) {
    for (key, vector) in matrix.entries() {
        if matches!(key.text(), Some("include" | "exclude") | None) {
            continue;
        }
        let mut seen: Vec<Value> = Vec::new();
        for item in vector.items().take(MAX_VALUES) {
            let Some(value) = known(item) else { continue };
            if seen.contains(&value) {
                let message = format!(
                    "this value stands in `{}` already, so that the same job runs twice",
                    key.text().unwrap_or_default()
                );
                report(item, Severity::Note, message);
            } else {
                seen.push(value);
            }
        }
    }
}

/// `exclude` takes legs out before `include` adds some, so that only the vectors count.
fn excluded(matrix: Node<'_>, report: &mut Report<'_>) {
    let vector_of = |name: &str| {
        let mut entries = matrix.entries();
        entries
            .find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value)
    };
    for filter in matrix.get("exclude").into_iter().flat_map(|list| list.items()) {
        for (key, wanted) in filter.entries() {
            let Some(name) = key.text() else { continue };
            let Some(vector) = vector_of(name).filter(|_| !matches!(name, "include" | "exclude")) else {
                let message = format!("the matrix has no `{name}`: nothing is excluded");
                report(key, Severity::Warning, message);
                continue;
            };
            let values: Option<Vec<Value>> = match known(vector) {
                Some(Value::List(items)) if items.len() <= MAX_VALUES => Some(items),
                _ => None,
            };
            let (Some(values), Some(filter)) = (values, known(wanted)) else { continue };
            if !values.iter().any(|value| fits(value, &filter) != Some(false)) {
                report(
                    wanted,
                    Severity::Warning,
                    format!("no value of `{name}` is this: nothing is excluded"),
                );
            }
        }
    }
}
