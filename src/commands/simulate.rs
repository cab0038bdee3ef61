//! `ci-guard simulate`: which workflows, jobs and check names an event would run, and why not the others.

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::checks::gates;
use crate::cli::ListFormat;
use crate::cli::gates::SimulateCommand;
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::report::pretty;
use crate::report::{Exit, Report};
use crate::workflow::event::{self, Decision, Event, Reason};
use crate::workflow::library::{File, Library};
use crate::workflow::model::Job;
use crate::workflow::names::{self, Run};

/// Runs the command.
pub fn run(command: &SimulateCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => {
            return delivery::failure(
                Report::failed(Exit::Usage, format!("{error:#}")),
                environment,
                console,
            );
        }
    };
    let library = Library::of(&checkout);
    let (files, broken) = library.files();
    let changed = (!command.changed.is_empty()).then_some(command.changed.as_slice());
    let event = Event {
        name: &command.event,
        kind: command.kind.as_deref(),
        branch: command.base.as_deref(),
        tag: command.tag.as_deref(),
        changed,
    };
    let names = gates::list(&files, Some(&command.event), command.base.as_deref());
    let simulated: Vec<Simulated> = files.iter().map(|file| simulate(file, event, &names)).collect();
    let text = match command.format {
        ListFormat::Text => text(&simulated),
        ListFormat::Json => {
            pretty(&json!({ "workflows": simulated.iter().map(document).collect::<Vec<_>>() }))
        }
    };
    console.document(&text);
    for path in &broken {
        console.err(&format!("{path} cannot be read, so what it does is not known\n"));
    }
    if broken.is_empty() && library.unreadable.is_empty() { Exit::Pass } else { Exit::NotVerified }
}

/// A workflow with what the event makes of it.
struct Simulated {
    path: String,
    decision: Decision,
    jobs: Vec<SimulatedJob>,
}

/// A job that runs, in the round after those that it waits for.
struct SimulatedJob {
    id: String,
    round: usize,
    condition: Option<String>,
    /// True if the condition cannot hold.
    skipped: bool,
    names: Vec<String>,
}

fn simulate(file: &File<'_>, event: Event<'_>, listed: &[gates::Listed<'_>]) -> Simulated {
    let decision = event::decide(&file.workflow, event);
    let mut jobs = Vec::new();
    if !matches!(decision, Decision::Not(_)) {
        let rounds = rounds(&file.workflow.jobs);
        let run = Run { event: event.name, base: event.branch };
        for (job, round) in file.workflow.jobs.iter().zip(rounds) {
            let own = listed
                .iter()
                .filter(|own| own.file.path() == file.path() && own.name.jobs.first() == Some(&job.id));
            jobs.push(SimulatedJob {
                id: job.id.to_owned(),
                round,
                condition: job.node.get("if").and_then(|node| node.text()).map(str::to_owned),
                skipped: names::is_skipped(&file.workflow, file.path(), job, run, event.kind),
                names: own.map(|own| own.name.name.clone()).collect(),
            });
        }
        crate::sorted::by_key(&mut jobs, |job| job.round);
    }
    Simulated { path: file.path().to_owned(), decision, jobs }
}

/// How many jobs each job waits for in a row, itself included. Jobs of a cycle count as the last.
fn rounds(jobs: &[Job<'_>]) -> Vec<usize> {
    let mut rounds = vec![0_usize; jobs.len()];
    for _ in 0..=jobs.len() {
        for (at, job) in jobs.iter().enumerate() {
            let needed = job
                .needs
                .iter()
                .filter_map(|need| jobs.iter().position(|other| Some(other.id) == need.text()));
            let deepest = needed.filter_map(|index| rounds.get(index).copied()).max().unwrap_or(0);
            rounds[at] = (deepest + 1).min(jobs.len().max(1));
        }
    }
    rounds
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Runs => "runs",
        Decision::DependsOnPaths => "runs if a changed file matches its paths",
        Decision::Not(Reason::Event) => "does not run: the event is not among its own",
        Decision::Not(Reason::Kind) => "does not run: the type of the event is not among its `types`",
        Decision::Not(Reason::Branch) => "does not run: its filters leave the branch out",
        Decision::Not(Reason::Tag) => "does not run: its filters leave the tag out",
        Decision::Not(Reason::Paths) => "does not run: no changed file matches its paths",
    }
}

fn text(simulated: &[Simulated]) -> String {
    let mut text = String::new();
    let (run, not): (Vec<_>, Vec<_>) =
        simulated.iter().partition(|own| !matches!(own.decision, Decision::Not(_)));
    for own in run.iter().chain(&not) {
        text += &format!("{} {}\n", own.path, word(&own.decision));
        for job in &own.jobs {
            let condition =
                job.condition.as_ref().map(|text| format!("  if {}", one_line(text))).unwrap_or_default();
            let skipped = if job.skipped { "  is skipped," } else { "" };
            text += &format!("  {}. {}{skipped}{condition}\n", job.round, job.id);
            for name in &job.names {
                text += &format!("       {}\n", one_line(name));
            }
        }
    }
    text
}

/// Foreign text on one line, without control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn document(own: &Simulated) -> Value {
    let outcome = match own.decision {
        Decision::Runs => "runs",
        Decision::DependsOnPaths => "depends-on-paths",
        Decision::Not(_) => "does-not-run",
    };
    let reason = match own.decision {
        Decision::Not(_) => Some(word(&own.decision).trim_start_matches("does not run: ")),
        _ => None,
    };
    json!({
        "workflow": own.path,
        "outcome": outcome,
        "reason": reason,
        "jobs": own.jobs.iter().map(|job| json!({
            "job": job.id,
            "round": job.round,
            "if": job.condition,
            "skipped": job.skipped,
            "names": job.names,
        })).collect::<Vec<_>>(),
    })
}
