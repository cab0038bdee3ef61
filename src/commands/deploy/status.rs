//! `ci-guard status …`

use super::claim::commit;
use super::{Said, report};
use crate::checks::{Column, Table, Unit};
use crate::cli::deploy::{SetCommand, StatusCommand, SummaryCommand};
use crate::console::Console;
use crate::environment::Environment;
use crate::github::model::{Artifact, Job, Step};
use crate::github::{Error, GitHub, NewStatus};
use crate::redact::Redactor;
use crate::report::{Exit, clean_table};
use crate::runner::Runner;
use crate::sticky;

const SET: Unit = Unit { one: "status", many: "statuses" };
const JOBS: Unit = Unit { one: "job", many: "jobs" };

/// Characters of a line of a log that are shown.
const MAX_LINE: usize = 300;

/// Runs the command.
pub fn run(command: &StatusCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    match command {
        StatusCommand::Set(command) => {
            report(("status", SET), &command.report, environment, console, |runner, _| {
                set(command, runner, environment).unwrap_or_else(|said| *said)
            })
        }
        StatusCommand::Summary(command) => {
            report(("status", JOBS), &command.report, environment, console, |runner, _| {
                summary(command, runner, environment).unwrap_or_else(|said| *said)
            })
        }
    }
}

fn usage(text: String) -> Box<Said> {
    Box::new(Said::usage(text))
}

fn set(command: &SetCommand, runner: &Runner, environment: &Environment) -> Result<Said, Box<Said>> {
    let github = GitHub::of(environment).map_err(usage)?;
    // On a pull request the run is for a test merge that nobody looks at.
    let head = runner.event.pointer("/pull_request/head/sha").and_then(serde_json::Value::as_str);
    let commit = commit(command.commit.as_deref().or(head), runner, None).map_err(usage)?;
    let link = command.link.clone().or_else(|| runner.run_url());
    let redactor = Redactor::of(environment, []);
    let clean = |text: &str| redactor.clean(text).into_owned();
    let (context, link) = (clean(&command.context), link.as_deref().map(clean));
    let description = command.description.as_deref().map(clean);
    let status = NewStatus {
        state: command.state,
        context: &context,
        description: description.as_deref(),
        target_url: link.as_deref(),
    };
    let done = match command.check_run {
        true => github.report_check_run(&commit, &status),
        false => github.set_status(&commit, &status),
    };
    match done {
        Ok(()) => Ok(Said::note(format!("`{}` is {} on {commit}", command.context, command.state.as_str()))),
        Err(error) => Err(Box::new(Said::not_verified(error.to_string()))),
    }
}

fn summary(command: &SummaryCommand, runner: &Runner, environment: &Environment) -> Result<Said, Box<Said>> {
    let github = GitHub::of(environment).map_err(usage)?;
    let own: Option<u64> = runner.run_id.parse().ok();
    let run = command
        .run_id
        .or(own)
        .ok_or_else(|| usage("which run is meant is not known: give `--run-id`".into()))?;
    let blind = |error: Error| Box::new(Said::not_verified(error.to_string()));
    let attempt = match runner.run_attempt.parse() {
        Ok(attempt) if Some(run) == own => attempt,
        _ => github.run(run).map_err(blind)?.run_attempt.unwrap_or(1),
    };
    let jobs = github.jobs(run, attempt).map_err(blind)?;
    // Links to artifacts and ends of logs are a help; without them the summary still says what counts.
    let mut unseen = Vec::new();
    let artifacts = github.artifacts(run).unwrap_or_else(|error| {
        unseen.push(format!("the artifacts could not be listed: {error}"));
        Vec::new()
    });
    let failed: Vec<&Job> = jobs.iter().filter(|job| is_failure(job)).collect();
    let redactor = Redactor::of(environment, []);
    let mut said = Said { examined: jobs.len(), ..Said::default() };
    said.tables.push(jobs_table(&jobs));
    if !artifacts.is_empty() {
        said.tables.push(artifacts_table(&artifacts, runner, run));
    }
    for job in &failed {
        if command.log_lines > 0 {
            match log_table(&github, job, command.log_lines, &redactor) {
                Ok(table) => said.tables.push(table),
                Err(error) => unseen.push(format!("the log of `{}` could not be read: {error}", job.name)),
            }
        }
    }
    let words = match failed.len() {
        0 => "no job failed".to_owned(),
        number => format!("{number} of {} jobs failed", jobs.len()),
    };
    // Before anything of it is escaped for a comment: afterwards a value would be another text.
    said.tables = said.tables.iter().map(|table| clean_table(table, &redactor)).collect();
    if command.comment {
        said.notes.extend(comment(command, &github, runner, &said, &words));
    }
    said.notes.append(&mut unseen);
    if command.fail_on_failure && !failed.is_empty() {
        said.stopped = Some((Exit::Fail, words.clone()));
    }
    said.notes.insert(0, words);
    Ok(said)
}

fn is_failure(job: &Job) -> bool {
    let conclusion = job.conclusion.as_deref();
    matches!(conclusion, Some("failure" | "timed_out" | "startup_failure" | "cancelled"))
}

/// The step that failed, and where its log begins.
fn failing_step(job: &Job) -> Option<(&Step, Option<String>)> {
    let failed =
        |step: &&Step| matches!(step.conclusion.as_deref(), Some("failure" | "timed_out" | "cancelled"));
    let step = job.steps.iter().find(failed)?;
    Some((step, job.html_url.as_deref().map(|page| format!("{page}#step:{}:1", step.number))))
}

fn jobs_table(jobs: &[Job]) -> Table {
    let columns =
        vec![Column::text("job"), Column::text("outcome"), Column::text("failing step"), Column::text("log")];
    let row = |job: &Job| {
        let outcome = job.conclusion.clone().unwrap_or_else(|| job.status.clone());
        let step = failing_step(job);
        let name = step.as_ref().map(|(step, _)| step.name.clone()).unwrap_or_default();
        let page = step.and_then(|(_, page)| page).or_else(|| job.html_url.clone()).unwrap_or_default();
        vec![job.name.clone(), outcome, name, page]
    };
    Table { columns, rows: jobs.iter().map(row).collect(), more: 0 }
}

fn artifacts_table(artifacts: &[Artifact], runner: &Runner, run: u64) -> Table {
    let columns = vec![Column::text("artifact"), Column::text("bytes"), Column::text("where")];
    let row = |artifact: &Artifact| {
        let page = format!(
            "{}/{}/actions/runs/{run}/artifacts/{}",
            runner.server_url, runner.repository, artifact.id
        );
        let place = if artifact.expired { "expired".to_owned() } else { page };
        vec![artifact.name.clone(), artifact.size_in_bytes.to_string(), place]
    };
    Table { columns, rows: artifacts.iter().map(row).collect(), more: 0 }
}

/// The end of a failed job's log. What is known to be secret is taken out, and what has the form of a credential;
/// GitHub masked the rest.
fn log_table(github: &GitHub, job: &Job, most: usize, redactor: &Redactor) -> Result<Table, Error> {
    let log = github.job_log(job.id)?;
    let columns = vec![Column::text("job"), Column::code("end of its log")];
    Ok(Table { columns, rows: log_rows(&log, &job.name, most, redactor), more: 0 })
}

fn log_rows(log: &str, job: &str, most: usize, redactor: &Redactor) -> Vec<Vec<String>> {
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(most.min(500))..).unwrap_or_default().join("\n");
    let tail = crate::masking::masked(&redactor.clean(&tail));
    let plain = |line: &str| {
        // Each line of a log begins with its time.
        let text = line.split_once("Z ").map_or(line, |(_, text)| text);
        let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_LINE).collect();
        vec![job.to_owned(), text]
    };
    tail.lines().map(plain).collect()
}

/// Writes the comment. A token that may not is no failure: forks and Dependabot have none that may.
fn comment(
    command: &SummaryCommand,
    github: &GitHub,
    runner: &Runner,
    said: &Said,
    words: &str,
) -> Option<String> {
    let body = sticky::body(&command.comment_key, words, &said.tables, runner.run_url().as_deref());
    let number = match sticky::pull_request(github, runner) {
        Ok(Some(number)) => number,
        Ok(None) => return Some("there is no pull request to comment on".to_owned()),
        Err(error) => return Some(format!("no comment was written: {error}")),
    };
    match sticky::write(github, number, &command.comment_key, &body) {
        Ok(()) => None,
        Err(error) => Some(format!("no comment was written: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_cut_and_cleaned() {
        let environment = Environment::of(&[("API_TOKEN", "hunter2-canary")]);
        let redactor = Redactor::of(&environment, []);
        let log = "2026-01-01T00:00:00.0Z one\n2026-01-01T00:00:01.0Z \u{1b}[31mtwo hunter2-canary\nlast";
        let rows = log_rows(log, "build", 2, &redactor);
        assert_eq!(rows, [["build", "[31mtwo ***"], ["build", "last"]]);
    }
}
