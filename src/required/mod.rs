//! Required checks at run time: what a branch requires, what was reported on a commit, and what follows.
//!
//! Rules of GitHub's documentation: a required name may be met by a commit status or by a check run, and where both
//! exist under one name both count; a requirement can name the app that must report. `skipped` and `neutral` pass.

mod collect;

use std::collections::BTreeMap;

use crate::github::model::{CheckRun, Status};

pub use collect::{Sources, of_branch, of_protection, of_rules};

/// A required check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Required {
    /// Its name; GitHub compares the names of commit statuses without case.
    pub name: String,
    /// The app that must report it.
    pub app: Option<u64>,
    /// Who requires it, in words.
    pub by: String,
}

/// How a required check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It passed.
    Passed,
    /// It runs, or waits.
    Pending(String),
    /// It failed, in words.
    Failed(String),
    /// Nobody reported it, in words.
    Missing(String),
}

/// How a required check stands, with what was reported on the commit.
pub fn standing(required: &Required, statuses: &[Status], runs: &[CheckRun]) -> Standing {
    let status = newest_status(&required.name, statuses).filter(|_| required.app.is_none());
    let runs = newest_runs(&required.name, runs);
    let fitting: Vec<&CheckRun> = runs
        .iter()
        .copied()
        .filter(|run| required.app.is_none_or(|app| run.app.as_ref().is_some_and(|its| its.id == app)))
        .collect();
    if fitting.is_empty() && status.is_none() {
        return Standing::Missing(match (required.app, runs.first()) {
            (Some(app), Some(other)) => {
                format!("app {app} must report it, and only {} did", app_of(other))
            }
            (Some(app), None) => format!("app {app} has not reported it"),
            (None, _) => "nobody has reported it".to_owned(),
        });
    }
    let mut all: Vec<Standing> = fitting.iter().map(|run| of_run(run)).collect();
    all.extend(status.map(of_status));
    let worst = |standing: &Standing| match standing {
        Standing::Failed(_) => 0,
        Standing::Missing(_) => 1,
        Standing::Pending(_) => 2,
        Standing::Passed => 3,
    };
    all.into_iter().min_by_key(worst).unwrap_or(Standing::Passed)
}

/// The newest status of a name.
fn newest_status<'s>(name: &str, statuses: &'s [Status]) -> Option<&'s Status> {
    let same = |status: &&Status| status.context.to_lowercase() == name.to_lowercase();
    statuses.iter().filter(same).max_by_key(|status| status.id)
}

/// The newest check run of a name for each app: a re-run replaces what it repeats, another app's run does not.
fn newest_runs<'r>(name: &str, runs: &'r [CheckRun]) -> Vec<&'r CheckRun> {
    let mut newest: BTreeMap<Option<u64>, &CheckRun> = BTreeMap::new();
    let age = |run: &CheckRun| (run.started_at.clone().unwrap_or_default(), run.id);
    for run in runs.iter().filter(|run| run.name == name) {
        let app = run.app.as_ref().map(|app| app.id);
        let entry = newest.entry(app).or_insert(run);
        if age(run) > age(entry) {
            *entry = run;
        }
    }
    newest.into_values().collect()
}

fn of_run(run: &CheckRun) -> Standing {
    let by = app_of(run);
    if run.status != "completed" {
        return Standing::Pending(format!("{} ({by})", run.status));
    }
    match run.conclusion.as_deref() {
        Some("success" | "skipped" | "neutral") => Standing::Passed,
        other => {
            let page = run.html_url.as_deref().map(|url| format!(", see {url}")).unwrap_or_default();
            Standing::Failed(format!("{} ({by}{page})", other.unwrap_or("no conclusion")))
        }
    }
}

fn of_status(status: &Status) -> Standing {
    let page = status.target_url.as_deref().filter(|url| !url.is_empty());
    let page = page.map(|url| format!(", see {url}")).unwrap_or_default();
    match status.state.as_str() {
        "success" => Standing::Passed,
        "pending" => Standing::Pending("pending (commit status)".to_owned()),
        state => Standing::Failed(format!("{state} (commit status{page})")),
    }
}

fn app_of(run: &CheckRun) -> String {
    match &run.app {
        Some(app) => app.slug.clone().unwrap_or_else(|| format!("app {}", app.id)),
        None => "an unknown app".to_owned(),
    }
}

#[cfg(test)]
mod tests;
