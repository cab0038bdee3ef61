//! Events that never come: schedules without a date, filters that match nothing, workflows whose end nobody reports;
//! and inputs of manual runs that cannot be given.

use super::Scene;
use super::documents::Document;
use super::shapes::INVALID_VALUE;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;
use crate::tree::{Node, Value};
use crate::workflow::cron::{Cron, SHORTEST_INTERVAL};
use crate::workflow::glob::Glob;
use crate::workflow::model::{Trigger, Workflow};

pub(super) static INVALID_SCHEDULE: Rule = Rule {
    id: "integrity/invalid-schedule",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a schedule that GitHub cannot read, or that never comes",
    allow: None,
};

pub(super) static FILTER_NEVER_MATCHES: Rule = Rule {
    id: "integrity/filter-never-matches",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a filter of branches, tags or paths that can match nothing",
    allow: None,
};

pub(super) static UNKNOWN_WORKFLOW_NAME: Rule = Rule {
    id: "integrity/unknown-workflow-name",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "`workflow_run` waits for a workflow that this repository does not have",
    allow: None,
};

/// Inputs that a manual run may have (GitHub's changelog of 2025-12-04).
const MAX_INPUTS: usize = 25;

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    for trigger in &workflow.triggers {
        match trigger.name {
            "schedule" => schedule(document, trigger, record),
            "workflow_run" => workflow_run(document, trigger, scene, record),
            "workflow_dispatch" => manual_inputs(document, trigger, record),
            "workflow_call" => called_inputs(document, trigger, record),
            _ => {}
        }
        filters(document, trigger, record);
    }
}

fn schedule(document: &Document<'_>, trigger: &Trigger<'_>, record: &mut Record) {
    for item in trigger.filters.iter().flat_map(|list| list.items()) {
        let Some(cron) = item.get("cron") else { continue };
        let Some(text) = cron.text().filter(|text| !text.is_empty()) else { continue };
        let place = document.source.at_node(cron);
        match Cron::parse(text) {
            Err(message) => record.push(Finding::new(&INVALID_SCHEDULE, place, message).subject(text)),
            Ok(parsed) if parsed.never_comes() => {
                let message = format!("no date fits `{text}`, so this schedule never comes");
                record.push(Finding::new(&INVALID_SCHEDULE, place, message).subject(text));
            }
            Ok(parsed) => {
                if let Some(minutes) =
                    parsed.shortest_interval().filter(|minutes| *minutes < SHORTEST_INTERVAL)
                {
                    let message =
                        format!("`{text}` comes every {minutes} minutes; GitHub starts it every 5 at most");
                    record.push(
                        Finding::new(&INVALID_SCHEDULE, place, message)
                            .severity(Severity::Warning)
                            .subject(text),
                    );
                }
            }
        }
    }
}

/// Names of workflows, as GitHub compares them: the `name`, or the path where there is none.
fn workflow_run(document: &Document<'_>, trigger: &Trigger<'_>, scene: &Scene<'_>, record: &mut Record) {
    let Some(named) = trigger.filters.and_then(|filters| filters.get("workflows")) else { return };
    let known = scene.repository.workflow_names();
    // The names are patterns.
    let is_there = |name: &str| {
        let fits = |glob: Glob| glob.is_negative() || known.iter().any(|known| glob.matches(known));
        known.contains(&name) || Glob::parse(name).is_ok_and(fits)
    };
    let others = one_or_more(named).into_iter().filter_map(|node| node.text()).any(is_there);
    for node in one_or_more(named) {
        let Some(name) = node.text().filter(|name| !is_there(name)) else { continue };
        let so = if others { "none starts this" } else { "this never starts" };
        let message = format!("no workflow of this repository is called `{name}`, so {so}");
        let finding =
            Finding::new(&UNKNOWN_WORKFLOW_NAME, document.source.at_node(node), message).subject(name);
        record.push(match nearest(name, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("write the `name:` of the workflow, or its path if it has none"),
        });
    }
}

fn filters(document: &Document<'_>, trigger: &Trigger<'_>, record: &mut Record) {
    let Some(filters) = trigger.filters else { return };
    for kind in ["branches", "tags", "paths"] {
        let ignored = format!("{kind}-ignore");
        if let (Some(_), Some((key, _))) = (filters.get(kind), filters.entry(&ignored)) {
            let message =
                format!("`{kind}` and `{ignored}` exclude each other; GitHub refuses both in one event");
            record.push(
                Finding::new(&INVALID_VALUE, document.source.at_node(key), message)
                    .help(format!("write what to leave out as `!pattern` at the end of `{kind}`"))
                    .subject(format!("{} {kind}", trigger.name)),
            );
        }
        for key in [kind, &ignored] {
            let Some(patterns) = filters.get(key) else { continue };
            let nodes = one_or_more(patterns);
            for node in &nodes {
                if let Some(Err(message)) = node.text().map(Glob::parse) {
                    let finding = Finding::new(&INVALID_VALUE, document.source.at_node(*node), message);
                    record.push(finding.subject(node.text().unwrap_or_default()));
                } else if let Some((message, help)) = node.text().and_then(|text| never_matches(kind, text)) {
                    record.push(
                        Finding::new(&FILTER_NEVER_MATCHES, document.source.at_node(*node), message)
                            .help(help)
                            .subject(node.text().unwrap_or_default()),
                    );
                }
            }
            let only_negative = !nodes.is_empty()
                && nodes.iter().all(|node| node.text().is_some_and(|text| text.starts_with('!')));
            if only_negative {
                let message =
                    format!("`{key}` has only patterns that leave out, so nothing is left to match");
                record.push(
                    Finding::new(&FILTER_NEVER_MATCHES, document.source.at_node(patterns), message)
                        .help("put `'**'` in front of them")
                        .subject(format!("{} {key}", trigger.name)),
                );
            }
        }
    }
}

/// Why a pattern can match nothing. Branches and tags are compared without `refs/…/`, paths without a leading `./`.
fn never_matches(kind: &str, pattern: &str) -> Option<(String, String)> {
    let body = pattern.strip_prefix('!').unwrap_or(pattern);
    if kind == "paths" {
        for (prefix, what) in [("./", "`./`"), ("/", "a slash")] {
            if let Some(rest) = body.strip_prefix(prefix) {
                let message =
                    format!("no path of a change begins with {what}, so `{pattern}` matches nothing");
                return Some((message, format!("write `{rest}`")));
            }
        }
        let folder = body.strip_suffix('/')?;
        let message =
            format!("`{pattern}` names a folder, and changes are compared by file, so it matches nothing");
        return Some((message, format!("write `{folder}/**`")));
    }
    let prefix = if kind == "branches" { "refs/heads/" } else { "refs/tags/" };
    let rest = body.strip_prefix(prefix)?;
    let message = format!("{kind} are compared without `{prefix}`, so `{pattern}` matches nothing");
    Some((message, format!("write `{rest}`")))
}

fn manual_inputs(document: &Document<'_>, trigger: &Trigger<'_>, record: &mut Record) {
    let Some(inputs) = trigger.filters.and_then(|filters| filters.get("inputs")) else { return };
    if inputs.entries().len() > MAX_INPUTS {
        let message = format!("a manual run has at most {MAX_INPUTS} inputs, not {}", inputs.entries().len());
        record.push(
            Finding::new(&INVALID_VALUE, document.source.at_node(trigger.node), message).subject("inputs"),
        );
    }
    for (name, input) in inputs.entries() {
        let kind = input.get("type").and_then(|node| node.text()).unwrap_or("string");
        let options: Vec<&str> = input
            .get("options")
            .iter()
            .flat_map(|list| list.items())
            .filter_map(|node| node.text())
            .collect();
        let default = input.get("default");
        let fault = match (kind, default) {
            ("choice", _) if options.is_empty() => Some((name, "a choice needs `options`".to_owned())),
            ("choice", Some(default)) => default
                .text()
                .filter(|text| !options.contains(text))
                .map(|text| (default, format!("`{text}` is none of the options"))),
            (_, Some(default)) => {
                type_fault(kind, default).map(|wanted| (default, format!("the default must be {wanted}")))
            }
            _ => None,
        };
        if let Some((node, message)) = fault {
            let subject = name.text().unwrap_or_default();
            record
                .push(Finding::new(&INVALID_VALUE, document.source.at_node(node), message).subject(subject));
        }
    }
}

fn called_inputs(document: &Document<'_>, trigger: &Trigger<'_>, record: &mut Record) {
    let inputs = trigger.filters.and_then(|filters| filters.get("inputs"));
    for (name, input) in inputs.iter().flat_map(|inputs| inputs.entries()) {
        let kind = input.get("type").and_then(|node| node.text()).unwrap_or("string");
        let Some(default) = input.get("default") else { continue };
        if let Some(wanted) = type_fault(kind, default) {
            let message = format!("the default must be {wanted}");
            let subject = name.text().unwrap_or_default();
            record.push(
                Finding::new(&INVALID_VALUE, document.source.at_node(default), message).subject(subject),
            );
        }
    }
}

/// What a default should be and is not. A manual run's boolean may be written in quotes.
fn type_fault(kind: &str, default: Node<'_>) -> Option<&'static str> {
    let text = default.text()?;
    if text.is_empty() || text.contains("${{") {
        return None;
    }
    match kind {
        "boolean" => (!matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE"))
            .then_some("`true` or `false`"),
        "number" => {
            let number = matches!(crate::tree::resolve_plain(text), Value::Int(_) | Value::Float(_));
            (!number).then_some("a number")
        }
        _ => None,
    }
}

fn one_or_more(node: Node<'_>) -> Vec<Node<'_>> {
    if node.is_seq() { node.items().collect() } else { vec![node] }
}

/// The name under which other workflows know this one.
pub(super) fn name_of<'t>(document: &Document<'t>, workflow: &Workflow<'t>) -> &'t str {
    let name = workflow.root.get("name").and_then(|name| name.text()).filter(|name| !name.is_empty());
    name.unwrap_or(document.source.path())
}
