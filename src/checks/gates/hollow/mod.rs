//! Hollow gates: a green that could not have been red.

mod aggregate;
mod coverage;
mod empty;
pub(super) mod fate;
mod forks;
mod format;
mod masked;
mod python;
mod rules;
mod scanners;
mod waiting;

use crate::checks::Record;
use crate::rule::{Rule, Severity};

use super::jobs::JobFacts;
use super::scene::Scene;

pub(super) use masked::is_bot;
pub use rules::{
    FORGIVEN_FAILURE, FORMATTER_REWRITES, HOLLOW_SUMMARY, JOB_CANNOT_FAIL, LOST_FAILURE, LOST_IN_PIPE,
    NO_COVERAGE_LIMIT, NO_SECRET_ON_FORKS, PASSES_WITHOUT_TESTS, SCAN_CANNOT_FAIL, SKIPPED_GATE,
    SWALLOWED_FAILURE, UNREAD_RESULT, WAIT_CANNOT_FAIL,
};

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 14] = [
    &JOB_CANNOT_FAIL,
    &FORGIVEN_FAILURE,
    &SWALLOWED_FAILURE,
    &LOST_IN_PIPE,
    &LOST_FAILURE,
    &HOLLOW_SUMMARY,
    &UNREAD_RESULT,
    &SKIPPED_GATE,
    &SCAN_CANNOT_FAIL,
    &FORMATTER_REWRITES,
    &PASSES_WITHOUT_TESTS,
    &WAIT_CANNOT_FAIL,
    &NO_COVERAGE_LIMIT,
    &NO_SECRET_ON_FORKS,
];

pub(super) fn look(scene: &Scene<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    for job in jobs {
        masked::look(job, jobs, record);
        python::look(job, record);
        aggregate::look(job, jobs, record);
        scanners::look(job, record);
        format::look(job, record);
        empty::look(job, scene, record);
        waiting::look(job, record);
        forks::look(job, record);
    }
    coverage::look(jobs, scene, record);
}

/// Events whose runs people wait for.
const GATES: [&str; 5] = ["pull_request", "pull_request_target", "push", "merge_group", "workflow_call"];

/// The severity of a hollow gate: where nobody waits for the run, it is only worth knowing.
fn severity(job: &JobFacts<'_, '_>, rule: &Rule) -> Severity {
    if job.scene.file.workflow.is_started_by(&GATES) { rule.severity } else { Severity::Note }
}
