//! What the artifacts were built from: commit, ref, workflow and run, as far as they are known.

use std::collections::BTreeMap;

use crate::checkout::{Checkout, Git};
use crate::checks::Record;
use crate::checks::artifacts::manifest::{Build, Run};
use crate::checks::lockfile;
use crate::environment::Environment;
use crate::runner::Runner;
use crate::sorted::IntoMap as _;

/// What is known of this build.
pub(super) fn of(
    checkout: &Checkout,
    runner: &Runner,
    environment: &Environment,
    tools: &[String],
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
        lock_hash: lockfile::lock_hash(checkout),
        tools: versions(tools, environment),
    }
}

/// What `--tool` says, and the image that the runner runs on.
fn versions(tools: &[String], environment: &Environment) -> BTreeMap<String, String> {
    let image = environment.non_empty("ImageOS").zip(environment.non_empty("ImageVersion"));
    let image = image.map(|(system, version)| ("runner-image".to_owned(), format!("{system} {version}")));
    let given = tools.iter().filter_map(|tool| tool.split_once('='));
    image.into_iter().chain(given.map(|(name, version)| (name.to_owned(), version.to_owned()))).into_map()
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
