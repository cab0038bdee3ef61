//! `ci-guard required wait`

use std::collections::BTreeSet;
use std::time::Instant;

use super::claim::commit;
use super::{Said, report};
use crate::checkout::Checkout;
use crate::checks::{Column, Table, Unit};
use crate::cli::CheckArguments;
use crate::cli::deploy::WaitCommand;
use crate::console::Console;
use crate::environment::Environment;
use crate::github::{Error, GitHub};
use crate::http::backoff;
use crate::report::Exit;
use crate::required::{Required, Sources, Standing, of_branch, standing};
use crate::runner::Runner;
use crate::settings;

const UNIT: Unit = Unit { one: "required check", many: "required checks" };

/// Runs the command.
pub fn run(command: &WaitCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    report(("required", UNIT), &command.report, environment, console, |runner, _| {
        wait(command, runner, environment).unwrap_or_else(|said| *said)
    })
}

fn wait(command: &WaitCommand, runner: &Runner, environment: &Environment) -> Result<Said, Box<Said>> {
    let usage = |text: String| Box::new(Said::usage(text));
    let blind = |error: Error| Box::new(Said::not_verified(error.to_string()));
    let github = GitHub::of(environment).map_err(usage)?;
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = Checkout::open(&root).ok();
    let commit = commit(command.commit.as_deref(), runner, checkout.as_ref()).map_err(usage)?;
    let also = from_settings(command, checkout.as_ref(), runner).map_err(usage)?;
    let mut sources = of_branch(&github, &command.branch, &also).map_err(blind)?;
    let mut except: BTreeSet<String> = command.except.iter().cloned().collect();
    match own_job(&github, runner, environment) {
        Ok(own) => except.extend(own),
        Err(error) => sources.unseen.push(format!(
            "which job this is could not be seen, so it is not left out by itself; name it in `except`: {error}"
        )),
    }
    sources.required.retain(|required| !except.contains(&required.name));
    if sources.required.is_empty() {
        let words = format!(
            "nothing is required of `{}` besides what waits here, and waiting for nothing proves nothing; list what \
             must pass under `required-checks` in the settings, or with `--require`",
            command.branch
        );
        return Ok(Said { notes: sources.unseen, ..Said::refused(words) });
    }
    let start = Instant::now();
    let mut unseen_runs = None;
    loop {
        let statuses = github.statuses(&commit).map_err(blind)?;
        let runs = github.check_runs(&commit).map_err(blind)?;
        let found: Vec<Standing> =
            sources.required.iter().map(|required| standing(required, &statuses, &runs)).collect();
        let is_late = start.elapsed() >= command.appear_within;
        // Where every other run on the commit is over, no workflow is left that could report anything.
        let missing = found.iter().any(|standing| matches!(standing, Standing::Missing(_)));
        let over = missing
            && is_all_over(&github, &commit, runner).unwrap_or_else(|error| {
                unseen_runs =
                    Some(format!("whether other runs can still report something could not be seen: {error}"));
                false
            });
        let is_out_of_time = start.elapsed() + command.interval > command.timeout;
        let verdict = verdict(&sources.required, &found, is_late || over, is_out_of_time);
        let said = match verdict {
            None => {
                std::thread::sleep(backoff(1, command.interval, command.interval));
                continue;
            }
            Some(problems) if problems.is_empty() => Said::default(),
            Some(problems) => Said::refused(problems.join("; ")),
        };
        let table = table(&sources, &found);
        let notes = sources.unseen.into_iter().chain(unseen_runs).collect();
        return Ok(Said { examined: found.len(), notes, ..said }.table(table));
    }
}

/// What fails the gate; `None` if it is too early to say.
fn verdict(
    required: &[Required],
    found: &[Standing],
    nothing_comes: bool,
    is_out_of_time: bool,
) -> Option<Vec<String>> {
    let mut problems = Vec::new();
    let mut waits = false;
    for (required, standing) in required.iter().zip(found) {
        let name = &required.name;
        match standing {
            Standing::Passed => {}
            Standing::Failed(words) => problems.push(format!("`{name}` failed: {words}")),
            Standing::Missing(words) if nothing_comes || is_out_of_time => problems.push(format!(
                "`{name}`, required by {}, will not come: {words}; its workflow may be filtered by path or branch, or \
                 nothing has this name any more",
                required.by
            )),
            Standing::Pending(words) if is_out_of_time => {
                problems.push(format!("`{name}` is not done in time: {words}"));
            }
            Standing::Missing(_) | Standing::Pending(_) => waits = true,
        }
    }
    (!waits || !problems.is_empty()).then_some(problems)
}

/// True if every workflow run on the commit but this one is over.
fn is_all_over(github: &GitHub, commit: &str, runner: &Runner) -> Result<bool, Error> {
    let call = github.call(format_args!("/actions/runs?head_sha={commit}"), "actions: read");
    let runs: Vec<crate::github::model::WorkflowRun> = github.list(&call, Some("workflow_runs"))?;
    let mut others = runs.iter().filter(|run| run.id.to_string() != runner.run_id).peekable();
    Ok(others.peek().is_some() && others.all(|run| run.status.as_deref() == Some("completed")))
}

/// The name of the job that waits: it cannot wait for itself. None outside of a job.
fn own_job(github: &GitHub, runner: &Runner, environment: &Environment) -> Result<Option<String>, Error> {
    let numbers = (runner.run_id.parse(), runner.run_attempt.parse());
    let (Some(machine), (Ok(run), Ok(attempt))) = (environment.non_empty("RUNNER_NAME"), numbers) else {
        return Ok(None);
    };
    let own = |job: &crate::github::model::Job| {
        job.status == "in_progress" && job.runner_name.as_deref() == Some(machine)
    };
    Ok(github.jobs(run, attempt)?.into_iter().find(own).map(|job| job.name))
}

/// What the settings and the caller require.
fn from_settings(
    command: &WaitCommand,
    checkout: Option<&Checkout>,
    runner: &Runner,
) -> Result<Vec<Required>, String> {
    let mut required: Vec<Required> = Vec::new();
    if let Some(checkout) = checkout {
        let loaded = settings::load(&command.settings, CheckArguments::default(), checkout, runner);
        let settings = loaded.map_err(|error| match error {
            settings::LoadError::Invalid(_) => {
                "the settings are invalid; `ci-guard check` says why".to_owned()
            }
            settings::LoadError::Unreadable(error) => format!("{error:#}"),
        })?;
        // Patterns were checked when the settings were read.
        let fits = |pattern: &str| {
            settings::glob(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(&command.branch))
        };
        let names = settings.required_checks.iter().filter(|check| fits(&check.branch));
        required.extend(names.map(|check| entry(&check.name, "the settings")));
    }
    required.extend(command.require.iter().map(|name| entry(name, "`--require`")));
    Ok(required)
}

fn entry(name: &str, by: &str) -> Required {
    Required { name: name.to_owned(), app: None, by: by.to_owned() }
}

fn table(sources: &Sources, found: &[Standing]) -> Table {
    let row = |(required, standing): (&Required, &Standing)| {
        let (word, why) = match standing {
            Standing::Passed => ("passed", String::new()),
            Standing::Pending(why) => ("pending", why.clone()),
            Standing::Failed(why) => ("failed", why.clone()),
            Standing::Missing(why) => ("missing", why.clone()),
        };
        vec![required.name.clone(), word.to_owned(), required.by.clone(), why]
    };
    let columns =
        vec![Column::code("check"), Column::text("state"), Column::text("required by"), Column::text("why")];
    Table { columns, rows: sources.required.iter().zip(found).map(row).collect(), more: 0 }
}
