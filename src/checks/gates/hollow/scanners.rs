//! Scanners that succeed whatever they find. The facts are in `data/scanners.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::checks::Record;
use crate::facts;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::tree::Node;

use super::super::actions;
use super::super::commands::{has_option, option_value};
use super::super::jobs::{JobFacts, StepFacts};
use super::fate::Fate;
use super::{SCAN_CANNOT_FAIL, severity};

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    command: Vec<Command<'t>>,
    action: Vec<Action<'t>>,
}

#[derive(Deserialize)]
struct Command<'t> {
    names: Vec<&'t str>,
    #[serde(default)]
    needs: Vec<&'t str>,
    #[serde(default)]
    never: Vec<&'t str>,
    #[serde(default)]
    zero: Vec<&'t str>,
    #[serde(default)]
    fix: &'t str,
}

#[derive(Deserialize)]
struct Action<'t> {
    names: Vec<&'t str>,
    input: &'t str,
    /// True if the action succeeds without the input.
    #[serde(default)]
    required: bool,
    weak: Vec<&'t str>,
    fix: &'t str,
}

static TABLE: LazyLock<Data<'static>> = LazyLock::new(|| {
    facts::table(facts::text!("checks/gates/data/scanners")).expect("the table is valid: a test reads it")
});

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    for step in &job.steps {
        if step.forgiven.is_some() {
            continue;
        }
        action(job, step, record);
        for fate in step.checks().filter(|fate| fate.loss.is_none()) {
            command(job, step, fate, record);
        }
    }
}

fn command(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, fate: &Fate<'_>, record: &mut Record) {
    let name = &fate.known.name;
    let Some(entry) = TABLE.command.iter().find(|entry| entry.names.contains(&name.as_str())) else { return };
    // What the repository has built itself is tried out, and scans nothing.
    if fate.known.words.first().is_some_and(|word| word.text.starts_with("./")) {
        return;
    }
    let words = fate.known.arguments();
    // Arguments that come from elsewhere may hold anything.
    if words.iter().any(|word| !word.literal && word.text.starts_with('$')) {
        return;
    }
    let never = words.iter().find(|word| has_option(std::slice::from_ref(word), &entry.never));
    let zero = option_value(words, &entry.zero).filter(|(_, value)| value == "0");
    let problem = match (never, zero) {
        (Some(word), _) => Some(format!("`{}` makes `{name}` succeed whatever it finds", word.text)),
        (None, Some(_)) => Some(format!("the exit code 0 makes `{name}` succeed whatever it finds")),
        (None, None) if !entry.needs.is_empty() && !fate.known.has(&entry.needs) => {
            Some(format!("`{name}` succeeds whatever it finds unless it is told to fail"))
        }
        _ => None,
    };
    let Some(message) = problem.filter(|_| !repeated(job, step, fate) && !is_kept(step, fate)) else {
        return;
    };
    let configured = job.scene.mentions("TRIVY_EXIT_CODE") || job.scene.mentions("GRYPE_FAIL_ON");
    if configured {
        return;
    }
    let Some(place) = step.at(fate.range.clone()) else { return };
    let help =
        if entry.fix.is_empty() { "remove that option".to_owned() } else { format!("add `{}`", entry.fix) };
    push(job, place, message, help, &format!("{} {}", step.index, name), is_report(step, fate), record);
}

/// True for `count=$(tool …)`: what it says is kept, and the script decides by it.
fn is_kept(step: &StepFacts<'_, '_>, fate: &Fate<'_>) -> bool {
    let text = step.step.script.as_ref().and_then(|script| script.text.get(fate.range.clone()));
    let name = text.and_then(|text| text.split_once("=$(")).map(|(name, _)| name);
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// True if the same tool runs another time in the job and can fail there.
fn repeated(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, fate: &Fate<'_>) -> bool {
    let Some(entry) = TABLE.command.iter().find(|entry| entry.names.contains(&fate.known.name.as_str()))
    else {
        return false;
    };
    job.steps.iter().any(|other| {
        other.checks().any(|second| {
            let another = other.index != step.index || second.range != fate.range;
            let strong = entry.needs.is_empty() || second.known.has(&entry.needs);
            let weak = has_option(second.known.arguments(), &entry.never)
                || option_value(second.known.arguments(), &entry.zero).is_some_and(|(_, value)| value == "0");
            another && second.known.name == fate.known.name && strong && !weak
        })
    })
}

/// True if the command writes a report for people rather than a verdict.
fn is_report(step: &StepFacts<'_, '_>, fate: &Fate<'_>) -> bool {
    let text =
        step.step.script.as_ref().and_then(|script| script.text.get(fate.range.clone())).unwrap_or_default();
    ["sarif", "cyclonedx", "spdx", "json"].iter().any(|format| text.contains(format))
}

fn action(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, record: &mut Record) {
    let Some(uses) = step.step.step.uses() else { return };
    let slug = actions::slug(uses.text().unwrap_or_default());
    let entry = TABLE.action.iter().find(|entry| entry.names.iter().any(|name| actions::names(name, slug)));
    let Some(entry) = entry else { return };
    let given = step.step.step.input(entry.input);
    let weak =
        |node: Node<'_>| node.text().is_some_and(|text| entry.weak.iter().any(|weak| *weak == text.trim()));
    let place = match given {
        Some(node) if weak(node) => node,
        None if entry.required => uses,
        _ => return,
    };
    if configured_elsewhere(step) || judged_again(job, step, entry, &weak) {
        return;
    }
    let message = match given {
        Some(node) => format!(
            "`{}: {}` makes `{slug}` succeed whatever it finds",
            entry.input,
            node.text().unwrap_or_default()
        ),
        None => format!("`{slug}` succeeds whatever it finds unless `{}` is set", entry.input),
    };
    let input = |name: &str| step.step.step.input(name).and_then(|node| node.text());
    let report = input("format")
        .is_some_and(|format| matches!(format, "sarif" | "cyclonedx" | "spdx-json" | "github"));
    let help = format!("set `{}`", entry.fix);
    push(job, job.scene.file.source.at_node(place), message, help, &step.index.to_string(), report, record);
}

/// True if the step's variables or a file of the tool may say otherwise, or it makes a list of contents.
fn configured_elsewhere(step: &StepFacts<'_, '_>) -> bool {
    let input = |name: &str| step.step.step.input(name).and_then(|node| node.text());
    let makes_list =
        input("format").is_some_and(|format| matches!(format, "cyclonedx" | "spdx" | "spdx-json" | "github"));
    let file = input("trivy-config").is_some();
    let env = step.step.step.node.get("env");
    let variable =
        env.iter().flat_map(|env| env.entries()).any(|(key, _)| key.text() == Some("TRIVY_EXIT_CODE"));
    makes_list || file || variable
}

/// True if another step of the job uses the same action, and can fail.
fn judged_again(
    job: &JobFacts<'_, '_>,
    step: &StepFacts<'_, '_>,
    entry: &Action,
    weak: &dyn Fn(Node<'_>) -> bool,
) -> bool {
    job.steps.iter().filter(|other| other.index != step.index).any(|other| {
        let uses = other.step.step.uses().and_then(|uses| uses.text()).unwrap_or_default();
        let same = entry.names.iter().any(|name| actions::names(name, actions::slug(uses)));
        same && other.step.step.input(entry.input).is_some_and(|node| !weak(node)) && other.forgiven.is_none()
    })
}

fn push(
    job: &JobFacts<'_, '_>,
    place: crate::location::Location,
    message: String,
    help: String,
    subject: &str,
    report: bool,
    record: &mut Record,
) {
    let level = if report { Severity::Note } else { severity(job, &SCAN_CANNOT_FAIL) };
    let finding = Finding::new(&SCAN_CANNOT_FAIL, place, message).severity(level).help(help);
    record.push(finding.subject(format!("{} {subject}", job.scene.id())));
}
