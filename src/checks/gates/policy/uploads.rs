//! Uploads of artifacts against what the settings want of them.

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;

use super::super::jobs::{JobFacts, StepFacts};
use super::{UPLOAD_POLICY, Uploads};

pub(super) fn look(job: &JobFacts<'_, '_>, policy: &Uploads, record: &mut Record) {
    for step in job.steps.iter().filter(|step| step.step.step.is_action("actions/upload-artifact")) {
        if let Some(wanted) = &policy.if_no_files_found {
            missing_files(job, step, wanted, record);
        }
        retention(job, step, policy, record);
    }
}

/// What an input says and where; the action itself where it says nothing, `None` where only a run knows.
fn input<'t>(
    job: &JobFacts<'_, 't>,
    step: &StepFacts<'_, 't>,
    name: &str,
) -> Option<(Option<&'t str>, Location)> {
    let source = job.scene.file.source;
    match step.step.step.input(name) {
        Some(node) => {
            let text = node.text()?;
            (!text.contains("${{")).then(|| (Some(text.trim()), source.at_node(node)))
        }
        None => Some((None, source.at_node(step.step.step.uses()?))),
    }
}

fn missing_files(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, wanted: &str, record: &mut Record) {
    /// What the action does without the input.
    const DEFAULT: &str = "warn";
    let Some((given, place)) = input(job, step, "if-no-files-found") else { return };
    let given = given.unwrap_or(DEFAULT);
    if given == wanted {
        return;
    }
    let message =
        format!("the settings want `if-no-files-found: {wanted}` of every upload, and here it is `{given}`");
    let finding =
        Finding::new(&UPLOAD_POLICY, place, message).help(format!("write `if-no-files-found: {wanted}`"));
    record.push(finding.subject(format!("{} {} files", job.scene.id(), step.index)));
}

fn retention(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, policy: &Uploads, record: &mut Record) {
    let (least, most) = (policy.min_retention_days, policy.max_retention_days);
    let bounds = match (least, most) {
        (None, None) => return,
        (Some(least), None) => format!("at least {least} days"),
        (None, Some(most)) => format!("at most {most} days"),
        (Some(least), Some(most)) if least == most => format!("{least} days"),
        (Some(least), Some(most)) => format!("{least} to {most} days"),
    };
    let Some((given, place)) = input(job, step, "retention-days") else { return };
    let days: Option<u32> = given.and_then(|text| text.parse().ok());
    // 0 stands for the repository's own setting, which is not to be seen here.
    let fits = days.is_some_and(|days| {
        days > 0 && least.is_none_or(|least| days >= least) && most.is_none_or(|most| days <= most)
    });
    if fits {
        return;
    }
    let own = match given {
        Some(text) => format!("`retention-days` is `{text}`"),
        None => "`retention-days` is not set, and the repository decides".to_owned(),
    };
    let value = least.or(most).unwrap_or_default();
    let finding =
        Finding::new(&UPLOAD_POLICY, place, format!("artifacts are to be kept for {bounds}; {own}"))
            .help(format!("write `retention-days: {value}`"));
    record.push(finding.subject(format!("{} {} days", job.scene.id(), step.index)));
}
