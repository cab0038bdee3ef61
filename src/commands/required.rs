//! `ci-guard required`: the names of check runs that the repository reports.

use std::time::Instant;

use serde_json::json;

use crate::checkout::Checkout;
use crate::checks::gates::{self, Listed};
use crate::checks::{Context, Record, Unit};
use crate::cli::gates::{RequiredCommand, RequiredList, RequiredLock, RequiredTask, RequiredVerify};
use crate::cli::{CheckArguments, ListFormat};
use crate::console::Console;
use crate::delivery;
use crate::engine::{self, Run};
use crate::environment::Environment;
use crate::github::GitHub;
use crate::location::Location;
use crate::policy::{Mode, Policy};
use crate::redact::Redactor;
use crate::report::pretty;
use crate::report::{Exit, Report, Surroundings};
use crate::required::{Required, of_branch};
use crate::runner::Runner;
use crate::settings::{self, LoadError, RequiredCheck};
use crate::workflow::library::Library;

/// Runs the command.
pub fn run(command: &RequiredCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    match &command.task {
        RequiredTask::List(list) => self::list(list, environment, console),
        RequiredTask::Lock(lock) => self::lock(lock, environment, console),
        RequiredTask::Verify(verify) => self::verify(verify, environment, console),
        RequiredTask::Wait(wait) => super::deploy::required::run(wait, environment, console),
    }
}

fn list(command: &RequiredList, environment: &Environment, console: &mut Console<'_>) -> Exit {
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
    let names = gates::list(&files, command.event.as_deref(), command.base.as_deref());
    let text = match command.format {
        ListFormat::Text => table(&names),
        ListFormat::Json => pretty(&json!({ "names": names.iter().map(entry).collect::<Vec<_>>() })),
    };
    console.document(&text);
    let unreadable = library.unreadable.iter().map(|(path, _)| path.as_str()).chain(broken);
    let unreadable: Vec<&str> = unreadable.collect();
    for path in &unreadable {
        console.err(&format!("{path} cannot be read, so its names are missing\n"));
    }
    if unreadable.is_empty() { Exit::Pass } else { Exit::NotVerified }
}

/// Writes the names of pull requests to the file that is reviewed with them.
fn lock(command: &RequiredLock, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let failed = |exit: Exit, message: String, console: &mut Console<'_>| {
        delivery::failure(Report::failed(exit, message), environment, console)
    };
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => return failed(Exit::Usage, format!("{error:#}"), console),
    };
    let library = Library::of(&checkout);
    let (files, broken) = library.files();
    if let Some(path) = broken.first().copied().or(library.unreadable.first().map(|(path, _)| path.as_str()))
    {
        return failed(
            Exit::NotVerified,
            format!("{path} cannot be read, so its names would be missing"),
            console,
        );
    }
    let locked = gates::Locked::of(&gates::list(&files, None, None));
    if let Err(error) = delivery::replace(&checkout.root().join(gates::LOCK), &locked.text()) {
        return failed(Exit::NotVerified, format!("could not write {}: {error:#}", gates::LOCK), console);
    }
    console.out(&format!("wrote {} names to {}\n", locked.names.len(), gates::LOCK));
    Exit::Pass
}

/// Judges the required names alone; what is wrong with them always blocks.
fn verify(command: &RequiredVerify, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let failed = |message: String, console: &mut Console<'_>| {
        delivery::failure(Report::failed(Exit::Usage, message), environment, console)
    };
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => return failed(format!("{error:#}"), console),
    };
    let runner = Runner::of(environment);
    let arguments = CheckArguments { gates: command.arguments.clone(), ..CheckArguments::default() };
    let mut settings = match settings::load(&command.settings, arguments, &checkout, &runner) {
        Ok(settings) => settings,
        Err(LoadError::Unreadable(error)) => return failed(format!("{error:#}"), console),
        Err(LoadError::Invalid(_)) => {
            return failed("the settings file is not valid; `ci-guard check` says why".to_owned(), console);
        }
    };
    let start = Instant::now();
    let mut record = Record::default();
    if command.online {
        match online(&command.branch, environment, &mut record) {
            Ok(names) => settings.required_checks.extend(names),
            Err(message) => return failed(message, console),
        }
    }
    let context = Context {
        checkout: &checkout,
        settings: &settings,
        environment,
        runner: &runner,
        wants_outputs: false,
    };
    let number = gates::verify(&context, &mut record);
    if number == 0 && command.online && !record.not_verified.is_empty() {
        let message = record.not_verified.join("; ");
        return delivery::failure(Report::failed(Exit::NotVerified, message), environment, console);
    }
    if number == 0 {
        let nothing =
            "there are no required names: write them under `required-checks`, or give `--required-names`";
        // The list that was named could not be read.
        let message = record.not_verified.first().map_or(nothing, String::as_str);
        return failed(message.to_owned(), console);
    }
    let unit = Unit { one: "required name", many: "required names" };
    let mut run = engine::recorded("gates", unit, number, record, &checkout);
    run.duration = start.elapsed();
    let policy = Policy { forced_mode: Some(Mode::Blocking), ..settings.policy.clone() };
    let redactor = Redactor::of(environment, []);
    let mut runs = [run];
    let judgement = policy.judge(runs.iter_mut().map(Run::evidence).collect());
    let report = Report::new(&runs, judgement, &policy, &redactor);
    let colour = delivery::colour(&command.report, environment, console);
    let around = Surroundings { checkout: Some(&checkout), runner: &runner, redactor: &redactor, colour };
    delivery::deliver(report, &command.report, &around, console)
}

/// The id of the app that reports for GitHub Actions, on github.com.
const GITHUB_ACTIONS: u64 = 15368;

/// What GitHub requires of a branch. What it does not show is recorded as not verified.
fn online(
    branch: &str,
    environment: &Environment,
    record: &mut Record,
) -> Result<Vec<RequiredCheck>, String> {
    let github = GitHub::of(environment)?;
    let sources = match of_branch(&github, branch, &[]) {
        Ok(sources) => sources,
        Err(error) => {
            record.not_verified(error.to_string());
            return Ok(Vec::new());
        }
    };
    sources.unseen.into_iter().for_each(|words| record.not_verified(words));
    let (own, others): (Vec<Required>, Vec<Required>) = sources
        .required
        .into_iter()
        .partition(|required| required.app.is_none_or(|app| app == GITHUB_ACTIONS));
    for other in others {
        record.not_examined(format!("`{}` is reported by another app than GitHub Actions", other.name));
    }
    let check = |required: Required| RequiredCheck {
        branch: branch.to_owned(),
        location: Location::Status { context: required.name.clone() },
        name: required.name,
    };
    Ok(own.into_iter().map(check).collect())
}

fn entry(own: &Listed<'_>) -> serde_json::Value {
    json!({
        "name": own.name.name,
        "pattern": own.name.pattern,
        "workflow": own.file.path(),
        "job": own.name.jobs.join("/"),
        "events": own.events,
    })
}

/// A name on each line, with its workflow, its job and its events.
fn table(names: &[Listed<'_>]) -> String {
    let width = names.iter().map(|own| own.name.name.chars().count()).max().unwrap_or(0);
    let line = |own: &Listed<'_>| {
        let name: String =
            own.name.name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let pattern = if own.name.pattern { "  (pattern)" } else { "" };
        let (path, job) = (own.file.path(), own.name.jobs.join("/"));
        format!("{name:width$}  {path} {job}  {}{pattern}\n", own.events.join(","))
    };
    names.iter().map(line).collect()
}
