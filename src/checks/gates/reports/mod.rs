//! Produced before used: reports and artifacts that are uploaded or read exist by then, and may be uploaded.

mod artifacts;
mod late;
mod paths;
mod permissions;
mod severities;
mod tools;
mod written;

use crate::checks::Record;
use crate::rule::{Category, Rule, Severity};

use super::jobs::JobFacts;
use super::scene::Scene;

rule!(
    REPORT_NEVER_WRITTEN,
    "report-never-written",
    Error,
    "a report that is uploaded and that no step writes"
);
rule!(
    REPORT_ELSEWHERE,
    "report-elsewhere",
    Error,
    "a report that is written to one place and uploaded from another"
);
rule!(
    ARTIFACT_NOT_THERE,
    "artifact-not-there",
    Error,
    "an artifact that is downloaded and cannot be there yet"
);
rule!(
    UPLOAD_NOT_PERMITTED,
    "upload-not-permitted",
    Error,
    "an upload to code scanning that the token may not make"
);
rule!(
    SEVERITY_NOT_APPLIED,
    "severity-not-applied",
    Note,
    "a limit of severities that the format of the report ignores"
);

rule!(
    REPORT_MAY_BE_MISSING,
    "report-may-be-missing",
    Note,
    "an upload that runs although its file may not have been written"
);

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 6] = [
    &REPORT_NEVER_WRITTEN,
    &REPORT_ELSEWHERE,
    &ARTIFACT_NOT_THERE,
    &UPLOAD_NOT_PERMITTED,
    &SEVERITY_NOT_APPLIED,
    &REPORT_MAY_BE_MISSING,
];

pub(super) fn look(scene: &Scene<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    for job in jobs {
        written::look(job, scene, record);
        artifacts::look(job, jobs, record);
        permissions::look(job, record);
        severities::look(job, record);
    }
}
