//! The same linter, scanner or other check, on the same files and set up in the same way, in two workflows that one
//! pull request starts. Tests are left out: what they need is prepared in ways that are not to be compared.

use std::collections::BTreeMap;

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::tree::Node;

use super::super::actions::{self, Role};
use super::super::commands::Kind;
use super::super::hollow::fate::Fate;
use super::super::jobs::{JobFacts, StepFacts};
use super::REDUNDANT_WORKFLOW;

/// Words of scripts that choose a version of a compiler or interpreter.
const CHOOSERS: [&str; 7] = ["rustup", "nvm ", "pyenv", "asdf ", "mise ", "sdk ", "toolchain"];

/// Actions that prepare nothing that a check depends on.
const IDLE: [&str; 3] = ["actions/cache*", "step-security/harden-runner", "actions/upload-artifact"];

pub(super) fn look(jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let mut seen: BTreeMap<String, Vec<Place<'_, '_>>> = BTreeMap::new();
    for job in jobs {
        for place in checks(job) {
            let known = seen.entry(place.what.clone()).or_default();
            let first = known.iter().find(|first| {
                first.job.scene.file.path() != job.scene.file.path() && start_together(first.job, job)
            });
            if let Some(first) = first {
                push(first, &place, record);
            }
            known.push(place);
        }
    }
}

/// A check with everything that decides what it finds.
struct Place<'j, 't> {
    job: &'j JobFacts<'j, 't>,
    what: String,
    name: String,
    at: Location,
}

fn push(first: &Place<'_, '_>, second: &Place<'_, '_>, record: &mut Record) {
    let path = first.job.scene.file.path();
    let message = format!(
        "`{}` runs a second time on every pull request: the job `{}` of {path} does the same",
        second.name,
        first.job.scene.id()
    );
    let finding = Finding::new(&REDUNDANT_WORKFLOW, second.at.clone(), message)
        .help("keep one of them")
        .related(first.at.clone(), "the first is here")
        .subject(format!("{} {} {path}", second.job.scene.id(), second.name));
    record.push(finding);
}

/// The checks of a job that runs once, the same way for everybody.
fn checks<'j, 't>(job: &'j JobFacts<'_, 't>) -> Vec<Place<'j, 't>> {
    let scene = &job.scene;
    let workflow = &scene.file.workflow;
    let none = job.steps.iter().all(|step| step.role != Some(Role::Check) && step.checks().next().is_none());
    if none
        || workflow.trigger("pull_request").is_none()
        || scene.job.node.at(&["strategy", "matrix"]).is_some()
    {
        return Vec::new();
    }
    let mut setup = String::new();
    for node in [workflow.root, scene.job.node] {
        for key in ["env", "defaults"] {
            written(node.get(key), &mut setup);
        }
    }
    for key in ["runs-on", "container", "services", "if", "permissions"] {
        written(scene.job.node.get(key), &mut setup);
    }
    let mut found = Vec::new();
    for step in &job.steps {
        let node = step.step.step.node;
        let own = own_checks(job, step);
        if own.is_empty() {
            prepare(step, &mut setup);
            continue;
        }
        let mut around = setup.clone();
        for key in ["if", "env", "working-directory", "shell", "with", "continue-on-error"] {
            written(node.get(key), &mut around);
        }
        found.extend(own.into_iter().map(|(name, text, at)| {
            let what = format!("{name}\n{text}\n{around}");
            Place { job, what, name, at }
        }));
    }
    found
}

/// The checks of a step: what they are called, how they are written, and where.
fn own_checks(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>) -> Vec<(String, String, Location)> {
    if let Some(uses) = step.step.step.uses().filter(|_| step.role == Some(Role::Check)) {
        let slug = actions::slug(uses.text().unwrap_or_default()).to_lowercase();
        return vec![(slug, String::new(), job.scene.file.source.at_node(uses))];
    }
    let Some(script) = &step.step.script else { return Vec::new() };
    // Folders, variables and loops of the script would have to be followed.
    let followed = script.list().is_some_and(|list| {
        let mut plain = true;
        list.walk(&mut |command| {
            let name = command.simple().and_then(|simple| simple.name());
            plain &=
                name.is_some_and(|name| !matches!(name, "cd" | "pushd" | "export" | "source" | "." | "eval"));
        });
        plain
    });
    let compared = |fate: &&Fate<'_>| {
        matches!(fate.known.kind, Kind::Lint | Kind::Types | Kind::Scan | Kind::FormatCheck)
    };
    if !followed {
        return Vec::new();
    }
    let found = step.fates.iter().filter(compared).filter_map(|fate| {
        let text = script.text.get(fate.range.clone())?;
        let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "\\").collect();
        Some((fate.known.name.clone(), words.join(" "), step.at(fate.range.clone())?))
    });
    found.collect()
}

/// Adds what a step may change for the checks behind it.
fn prepare(step: &StepFacts<'_, '_>, setup: &mut String) {
    let own = &step.step.step;
    let uses = own.uses().and_then(|uses| uses.text()).unwrap_or_default();
    let slug = actions::slug(uses);
    if let Some(script) = &step.step.script {
        if CHOOSERS.iter().any(|word| script.text.contains(word)) {
            setup.push_str(script.text);
        }
    } else if own.is_action("actions/checkout") {
        for key in ["ref", "repository", "path", "submodules"] {
            written(own.input(key), setup);
        }
    } else if !IDLE.iter().any(|entry| actions::names(entry, slug)) {
        setup.push_str(uses);
        written(own.node.get("with"), setup);
    }
}

/// Adds a part of a workflow as it is understood: keys in order, quotes and layout left out.
fn written(node: Option<Node<'_>>, text: &mut String) {
    let Some(node) = node else {
        text.push_str("~\n");
        return;
    };
    if let Some(scalar) = node.text() {
        text.push_str(scalar);
        text.push('\n');
        return;
    }
    let mut entries: Vec<(&str, Node<'_>)> =
        node.entries().filter_map(|(key, value)| Some((key.text()?, value))).collect();
    crate::sorted::by_key(&mut entries, |(key, _)| *key);
    for (key, value) in entries {
        text.push_str(key);
        text.push(':');
        written(Some(value), text);
    }
    for item in node.items() {
        text.push('-');
        written(Some(item), text);
    }
}

/// True if a pull request that starts one workflow starts the other, as far as their filters are alike.
fn start_together(one: &JobFacts<'_, '_>, other: &JobFacts<'_, '_>) -> bool {
    let filters = |job: &JobFacts<'_, '_>, key: &str| -> String {
        let trigger = job.scene.file.workflow.trigger("pull_request");
        let mut text = String::new();
        written(trigger.and_then(|trigger| trigger.filters).and_then(|filters| filters.get(key)), &mut text);
        text
    };
    let same = |key: &str| filters(one, key) == filters(other, key);
    let unfiltered =
        |job: &JobFacts<'_, '_>| ["branches", "branches-ignore"].iter().all(|key| filters(job, key) == "~\n");
    let branches = same("branches") && same("branches-ignore") || unfiltered(one) || unfiltered(other);
    branches && ["types", "paths", "paths-ignore"].into_iter().all(same)
}
