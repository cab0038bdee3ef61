//! Loops that wait for a service and go on when it never comes.

use std::ops::Range;

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::shell::{Command, CommandKind, Item, Join, List, Simple};

use super::super::jobs::JobFacts;
use super::{WAIT_CANNOT_FAIL, severity};

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    for step in &job.steps {
        let Some(script) = &step.step.script else { continue };
        if !["for", "while", "until"].iter().any(|word| script.text.contains(word)) {
            continue;
        }
        let Some(list) = script.list() else { continue };
        for (name, range) in loops(list) {
            let message = match is_missing(job, &name) {
                true => format!(
                    "`{name}` is not on GitHub's image and no step installs it: this loop loses all its time, and the script goes on as if the service had come"
                ),
                false => format!(
                    "when `{name}` never succeeds, this loop ends and the script goes on as if it had"
                ),
            };
            let finding = Finding::new(&WAIT_CANNOT_FAIL, script.at(range), message)
                .severity(severity(job, &WAIT_CANNOT_FAIL))
                .help(format!("run `{name}` once more behind the loop, so that the step fails"))
                .subject(format!("{} {} {name}", job.scene.id(), step.index));
            record.push(finding);
        }
    }
}

/// Clients of services that are not on GitHub's images of Ubuntu, with the packages that bring them. Source: the lists of
/// software of `ubuntu-22.04` and `ubuntu-24.04` in actions/runner-images, 2026-11-21.
const NOT_ON_IMAGES: [(&str, &str); 5] = [
    ("redis-cli", "redis"),
    ("mongosh", "mongo"),
    ("rabbitmqctl", "rabbitmq"),
    ("cqlsh", "cassandra"),
    ("clickhouse-client", "clickhouse"),
];

/// True if a job on GitHub's Ubuntu asks for a client that nobody put there.
fn is_missing(job: &JobFacts<'_, '_>, name: &str) -> bool {
    let node = job.scene.job.node;
    let hosted =
        node.get("runs-on").and_then(|label| label.text()).is_some_and(|label| label.starts_with("ubuntu-"));
    let package = NOT_ON_IMAGES.iter().find(|(client, _)| *client == name).map(|(_, package)| *package);
    let installs = |package: &str| {
        let scripts = job.steps.iter().filter_map(|step| step.step.script.as_ref());
        scripts
            .flat_map(|script| script.text.lines())
            .any(|line| !line.contains("pip") && line.contains("install") && line.contains(package))
    };
    hosted && node.get("container").is_none() && package.is_some_and(|package| !installs(package))
}

/// What the loops of a list wait for, where nothing behind them asks whether it came.
fn loops(list: &List) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for (index, item) in list.items.iter().enumerate() {
        let Some(command) = item.first.only().filter(|_| item.rest.is_empty()) else { continue };
        let CommandKind::For { body, .. } = &command.kind else { continue };
        let behind = list.items.get(index + 1..).unwrap_or_default();
        let Some((name, range)) = waits(body) else { continue };
        if !behind.iter().any(|item| asks(item, &name)) {
            found.push((name, range));
        }
    }
    found
}

/// The command of `command && break` in a body that sleeps and never exits.
fn waits(body: &List) -> Option<(String, Range<usize>)> {
    let mut sleeps = false;
    let mut exits = false;
    body.items.iter().flat_map(Item::pipelines).flat_map(|pipeline| &pipeline.commands).for_each(|command| {
        command.walk(&mut |inner| {
            let name = inner.simple().and_then(Simple::name);
            sleeps |= name == Some("sleep");
            exits |= matches!(name, Some("exit" | "return" | "false"));
        });
    });
    if !sleeps || exits {
        return None;
    }
    body.items.iter().find_map(|item| waited(item).or_else(|| in_condition(item)))
}

/// `command && break`
fn waited(item: &Item) -> Option<(String, Range<usize>)> {
    let [(Join::And, last)] = item.rest.as_slice() else { return None };
    let breaks = last.only().and_then(Command::simple).and_then(Simple::name) == Some("break");
    let command = item.first.only().filter(|_| breaks && !item.first.negated)?;
    named(command)
}

/// `if command; then …; break; fi`
fn in_condition(item: &Item) -> Option<(String, Range<usize>)> {
    let CommandKind::If(branches) = &item.first.only()?.kind else { return None };
    let [branch] = branches.as_slice() else { return None };
    let last = branch.body.items.last()?.first.only()?.simple()?.name();
    let [only] = branch.condition.as_ref()?.items.as_slice() else { return None };
    let command =
        only.first.only().filter(|_| last == Some("break") && only.rest.is_empty() && !only.first.negated)?;
    named(command)
}

fn named(command: &Command) -> Option<(String, Range<usize>)> {
    let name = command.simple()?.name()?;
    // A comparison of the loop's own variables waits for something that was asked for above it.
    (!matches!(name, "[" | "test" | "true" | "echo")).then(|| (name.to_owned(), command.range.clone()))
}

/// True if something behind the loop asks for the same thing, or decides something itself.
fn asks(item: &Item, name: &str) -> bool {
    let mut found = false;
    for command in item.pipelines().flat_map(|pipeline| &pipeline.commands) {
        if matches!(&command.kind, CommandKind::For { body, .. } if waits(body).is_some()) {
            continue;
        }
        command.walk(&mut |inner| {
            let own = inner.simple().and_then(Simple::name);
            found |= own == Some(name) || matches!(own, Some("exit" | "[" | "test" | "false"));
            found |= matches!(inner.kind, CommandKind::Test | CommandKind::Arithmetic);
        });
    }
    found
}
