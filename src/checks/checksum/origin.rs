//! What the artifacts were built from: commit, ref, workflow and run, as far as they are known.

use crate::checkout::{Checkout, Git};
use crate::checks::Record;
use crate::checks::artifacts::manifest::{Build, Run};
use crate::environment::Environment;
use crate::runner::Runner;

/// What is known of this build.
pub(super) fn of(
    checkout: &Checkout,
    runner: &Runner,
    environment: &Environment,
    record: &mut Record,
) -> Build {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Build {
        repository: known(&runner.repository),
        // What is checked out was built, whatever the run is for.
        commit: checkout.git().and_then(Git::head).or_else(|| known(&runner.sha)),
        git_ref: known(&runner.git_ref),
        workflow: environment.non_empty("GITHUB_WORKFLOW_REF").filter(|_| runner.in_actions).map(Into::into),
        run: run(runner),
        source_date_epoch: source_date_epoch(environment, record),
    }
}

fn run(runner: &Runner) -> Option<Run> {
    let id = runner.run_id.parse().ok()?;
    let attempt = runner.run_attempt.parse().ok()?;
    let (server, repository) = (&runner.server_url, &runner.repository);
    let url = format!("{server}/{repository}/actions/runs/{id}/attempts/{attempt}");
    Some(Run { id, attempt, url })
}

fn source_date_epoch(environment: &Environment, record: &mut Record) -> Option<u64> {
    let seconds = environment.non_empty("SOURCE_DATE_EPOCH")?.parse().ok();
    if seconds.is_none() {
        record.note("`SOURCE_DATE_EPOCH` is no number of seconds; the manifest leaves it out");
    }
    seconds
}
