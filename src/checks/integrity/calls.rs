//! Calls of this repository's own reusable workflows: the callee exists and can be called, gets what it needs and
//! nothing else, and asks for no more than its caller may give.

use super::Scene;
use super::documents::{Document, Repository};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;
use crate::tree::{Node, Value};
use crate::workflow::model::{Job, Workflow};
use crate::workflow::permissions::Permissions;

pub(super) static UNKNOWN_WORKFLOW: Rule = Rule {
    id: "integrity/unknown-workflow",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a job calls a workflow that is not there or cannot be called",
    allow: None,
};

pub(super) static INVALID_CALL: Rule = Rule {
    id: "integrity/invalid-call",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a call whose inputs or secrets do not fit the workflow that is called",
    allow: None,
};

pub(super) static CALL_PERMISSIONS: Rule = Rule {
    id: "integrity/call-permissions",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a workflow that is called asks for more than its caller may give",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    for job in &workflow.jobs {
        let Some(uses) = job.uses() else { continue };
        let Some(path) = uses.text().and_then(Repository::callee_path) else { continue };
        match callee(path, scene) {
            Callee::Unknown(message) => {
                record.push(
                    Finding::new(&UNKNOWN_WORKFLOW, document.source.at_node(uses), message).subject(path),
                );
            }
            Callee::Unreadable => {}
            Callee::Found(callee, definition) => {
                inputs(document, job, uses, definition, record);
                secrets(document, job, uses, definition, record);
                permissions(document, workflow, job, path, callee, record);
                levels(document, job, uses, path, scene, record);
            }
        }
    }
}

enum Callee<'d> {
    /// Why it cannot be called.
    Unknown(String),
    /// It is broken, which is said at its own place.
    Unreadable,
    /// The workflow, and the mapping below its `workflow_call`, if there is one.
    Found(&'d Workflow<'d>, Option<Node<'d>>),
}

fn callee<'d>(path: &str, scene: &Scene<'d>) -> Callee<'d> {
    let Some(document) = scene.repository.document(path) else {
        return match scene.repository.has_file(path) {
            true => Callee::Unreadable,
            false => Callee::Unknown(format!("there is no workflow `{path}`")),
        };
    };
    let Some(workflow) = &document.workflow else { return Callee::Unreadable };
    match workflow.trigger("workflow_call") {
        Some(trigger) => Callee::Found(workflow, trigger.filters),
        None => Callee::Unknown(format!(
            "`{path}` has no `workflow_call` among its events, so it cannot be called"
        )),
    }
}

fn inputs(
    document: &Document<'_>,
    job: &Job<'_>,
    uses: Node<'_>,
    callee: Option<Node<'_>>,
    record: &mut Record,
) {
    let declared = callee.and_then(|callee| callee.get("inputs"));
    let names: Vec<&str> =
        declared.iter().flat_map(|inputs| inputs.entries()).filter_map(|(key, _)| key.text()).collect();
    let given = job.node.get("with");
    for (key, value) in given.iter().flat_map(|given| given.entries()) {
        let Some(name) = key.text() else { continue };
        let definition = declared.and_then(|inputs| entry(inputs, name));
        match definition {
            None => record.push(undefined(document, key, "input", name, &names)),
            Some((_, definition)) => {
                if let Some(wanted) = mismatch(value, definition) {
                    let message = format!("the input `{name}` must be {wanted}");
                    record.push(
                        Finding::new(&INVALID_CALL, document.source.at_node(value), message).subject(name),
                    );
                }
            }
        }
    }
    for (key, definition) in declared.iter().flat_map(|inputs| inputs.entries()) {
        let Some(name) = key.text() else { continue };
        let required = definition.get("required").and_then(|node| node.as_bool()) == Some(true);
        let has_default = definition.get("default").is_some();
        if required && !has_default && given.and_then(|given| entry(given, name)).is_none() {
            let message = format!("the input `{name}` is required, and not given");
            record.push(
                Finding::new(&INVALID_CALL, document.source.at_node(uses), message)
                    .help(format!("add `{name}:` under `with:`"))
                    .subject(name),
            );
        }
    }
}

fn secrets(
    document: &Document<'_>,
    job: &Job<'_>,
    uses: Node<'_>,
    callee: Option<Node<'_>>,
    record: &mut Record,
) {
    let given = job.node.get("secrets");
    if given.is_some_and(|given| given.text() == Some("inherit")) {
        return;
    }
    let declared = callee.and_then(|callee| callee.get("secrets"));
    let names: Vec<&str> =
        declared.iter().flat_map(|secrets| secrets.entries()).filter_map(|(key, _)| key.text()).collect();
    for (key, _) in given.iter().flat_map(|given| given.entries()) {
        let Some(name) = key.text() else { continue };
        if declared.and_then(|secrets| entry(secrets, name)).is_none() {
            record.push(undefined(document, key, "secret", name, &names));
        }
    }
    for (key, definition) in declared.iter().flat_map(|secrets| secrets.entries()) {
        let Some(name) = key.text() else { continue };
        let required = definition.get("required").and_then(|node| node.as_bool()) == Some(true);
        if required && given.and_then(|given| entry(given, name)).is_none() {
            let message = format!("the secret `{name}` is required, and not given");
            record.push(
                Finding::new(&INVALID_CALL, document.source.at_node(uses), message)
                    .help(format!(
                        "add `secrets: {{ {name}: ${{{{ secrets.{name} }}}} }}`, or `secrets: inherit`"
                    ))
                    .subject(name),
            );
        }
    }
}

fn undefined(document: &Document<'_>, key: Node<'_>, kind: &str, name: &str, known: &[&str]) -> Finding {
    let message = format!("the workflow that is called has no {kind} `{name}`");
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("it takes no {kind}s; remove it"),
        None => format!("it has: {}", known.join(", ")),
    };
    Finding::new(&INVALID_CALL, document.source.at_node(key), message).help(help).subject(name)
}

/// What a literal value should be and is not.
fn mismatch(value: Node<'_>, definition: Node<'_>) -> Option<&'static str> {
    if value.text().is_none_or(|text| text.contains("${{")) {
        return None;
    }
    let number = matches!(value.value(), Some(Value::Int(_) | Value::Float(_)));
    match definition.get("type").and_then(|kind| kind.text())? {
        "boolean" => value.as_bool().is_none().then_some("`true` or `false`"),
        "number" => (!number).then_some("a number"),
        _ => None,
    }
}

/// A key and its value; GitHub does not tell capitals from small letters.
fn entry<'t>(node: Node<'t>, name: &str) -> Option<(Node<'t>, Node<'t>)> {
    node.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)))
}

/// What the caller may give at most: its job's permissions, or its workflow's. Without either it is the setting of the
/// repository, which nobody knows here: GitHub's own default is taken, and a fault is a warning.
fn permissions(
    document: &Document<'_>,
    workflow: &Workflow<'_>,
    job: &Job<'_>,
    path: &str,
    callee: &Workflow<'_>,
    record: &mut Record,
) {
    let own = job.node.get("permissions").or_else(|| workflow.root.get("permissions"));
    // A workflow that is itself called may have inherited anything.
    if own.is_none() && workflow.triggers.iter().all(|trigger| trigger.name == "workflow_call") {
        return;
    }
    let allowed = own.map_or_else(Permissions::restricted_default, Permissions::of);
    let whole = callee.root.get("permissions").map(|node| (node, "the workflow".to_owned()));
    let jobs = callee
        .jobs
        .iter()
        .filter_map(|inner| Some((inner.node.get("permissions")?, format!("its job `{}`", inner.id))));
    for (node, who) in whole.into_iter().chain(jobs) {
        let wanted = Permissions::of(node);
        let beyond: Vec<String> = wanted
            .beyond(&allowed)
            .map(|(scope, wanted, allowed)| {
                format!("`{scope}: {}` (given: {})", wanted.as_str(), allowed.as_str())
            })
            .collect();
        if beyond.is_empty() {
            continue;
        }
        let message =
            format!("`{path}` is called with fewer permissions than {who} asks for: {}", beyond.join(", "));
        let severity = if own.is_some() { Severity::Error } else { Severity::Warning };
        record.push(
            Finding::new(&CALL_PERMISSIONS, document.source.at_node(job.key), message)
                .severity(severity)
                .help("give them under `permissions:` of this job; GitHub refuses to start the workflow otherwise")
                .subject(format!("{} {who}", job.id)),
        );
    }
}

/// Calls that call back, or go deeper than GitHub follows.
fn levels(
    document: &Document<'_>,
    job: &Job<'_>,
    uses: Node<'_>,
    path: &str,
    scene: &Scene<'_>,
    record: &mut Record,
) {
    let place = document.source.at_node(uses);
    if path == document.source.path() || reaches(path, document.source.path(), scene) {
        let message = format!("`{}` calls itself, directly or through others", document.source.path());
        record.push(Finding::new(&INVALID_CALL, place, message).subject(format!("{} loop", job.id)));
        return;
    }
    // Level 1 is the workflow itself.
    let mut level = vec![path];
    let most = scene.context.settings.checks.integrity.limits.levels;
    for _ in 1..most {
        level = level.iter().flat_map(|path| callees(path, scene)).collect();
        level.sort_unstable();
        level.dedup();
        // A circle is said where it closes.
        if level.is_empty() || level.iter().any(|path| reaches(path, path, scene)) {
            return;
        }
    }
    let message = format!("this call is nested deeper than the {most} levels that GitHub follows");
    record.push(Finding::new(&INVALID_CALL, place, message).subject(format!("{} depth", job.id)));
}

/// The workflows that a workflow calls.
pub(super) fn callees<'d>(path: &str, scene: &Scene<'d>) -> Vec<&'d str> {
    let workflow = scene.repository.document(path).and_then(|document| document.workflow.as_ref());
    let jobs = workflow.into_iter().flat_map(|workflow| &workflow.jobs);
    jobs.filter_map(|job| Repository::callee_path(job.uses()?.text()?)).collect()
}

/// True if `from` calls `to`, directly or through others.
fn reaches(from: &str, to: &str, scene: &Scene<'_>) -> bool {
    let mut seen: Vec<&str> = callees(from, scene);
    let mut at = 0;
    while let Some(path) = seen.get(at).copied() {
        if path == to {
            return true;
        }
        for callee in callees(path, scene) {
            if !seen.contains(&callee) {
                seen.push(callee);
            }
        }
        at += 1;
    }
    false
}
