//! Artifacts that are downloaded: somebody uploads them, and the job waits for it.

use std::collections::BTreeSet;

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::expression;
use crate::workflow::names::pattern_matches;

use super::super::jobs::{JobFacts, awaited};
use super::ARTIFACT_NOT_THERE;

/// The name of an artifact that nobody names.
const DEFAULT_NAME: &str = "artifact";

pub(super) fn look(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let own: Vec<&JobFacts<'_, '_>> =
        jobs.iter().filter(|other| std::ptr::eq(other.scene.file, job.scene.file)).collect();
    for step in &job.steps {
        let download = &step.step.step;
        if !download.is_action("actions/download-artifact")
            || download.input("run-id").is_some()
            || download.node.get("continue-on-error").is_some()
        {
            continue;
        }
        let Some(name) = download.input("name").filter(|name| name.text().is_some_and(is_plain)) else {
            continue;
        };
        let wanted = pattern(name.text().unwrap_or_default());
        let uploads = uploads(&own);
        let fitting: Vec<&(usize, usize, String)> =
            uploads.iter().filter(|(.., own)| overlap(own, &wanted)).collect();
        let position = own.iter().position(|other| std::ptr::eq(*other, job)).unwrap_or(usize::MAX);
        let shown = name.text().unwrap_or_default();
        let problem = if fitting.is_empty() {
            // What is called or composed elsewhere may upload anything.
            (!others_may_upload(&own)).then(|| {
                (
                    format!("no job of this workflow uploads an artifact `{shown}`"),
                    "upload it under that name, or correct the name".to_owned(),
                )
            })
        } else {
            let ids: Option<BTreeSet<&str>> = awaited(job, jobs).map(|awaited| {
                awaited.into_iter().filter_map(|at| jobs.get(at)).map(|other| other.scene.id()).collect()
            });
            let waits = |id: &str| ids.as_ref().is_none_or(|ids| ids.contains(id));
            let there = fitting.iter().any(|(at, index, _)| match *at == position {
                true => *index < step.index,
                false => own.get(*at).is_some_and(|other| waits(other.scene.id())),
            });
            let first =
                fitting.first().and_then(|(at, ..)| own.get(*at)).map_or("", |other| other.scene.id());
            (!there).then(|| {
                (
                    format!("`{shown}` is uploaded by the job `{first}`, and this job does not wait for it"),
                    format!("add `{first}` to `needs` of `{}`", job.scene.id()),
                )
            })
        };
        if let Some((message, help)) = problem {
            let place = job.scene.file.source.at_node(name);
            let finding = Finding::new(&ARTIFACT_NOT_THERE, place, message).help(help);
            record.push(finding.subject(format!("{} {shown}", job.scene.id())));
        }
    }
}

/// True for a name that is the same in every run.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains("${{")
}

/// The artifacts that the jobs upload: index of the job and the step, and the name as a pattern.
fn uploads(jobs: &[&JobFacts<'_, '_>]) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        for step in &job.steps {
            let upload = &step.step.step;
            if upload.is_action("actions/upload-artifact")
                || upload.is_action("actions/upload-artifact/merge")
            {
                let name = upload.input("name").and_then(|name| name.text()).unwrap_or(DEFAULT_NAME);
                found.push((at, step.index, pattern(name)));
            } else if upload.is_action("actions/upload-pages-artifact") {
                found.push((at, step.index, "github-pages".to_owned()));
            }
        }
    }
    found
}

/// The name with `*` for its expressions.
fn pattern(name: &str) -> String {
    let mut pattern = String::new();
    let mut at = 0;
    for part in expression::embedded(name) {
        pattern.push_str(&name[at..part.outer.start]);
        pattern.push('*');
        at = part.outer.end;
    }
    pattern.push_str(&name[at..]);
    pattern
}

/// True if two patterns can be the same name; two with holes are taken to.
fn overlap(a: &str, b: &str) -> bool {
    (a.contains('*') && b.contains('*')) || pattern_matches(a, b) || pattern_matches(b, a)
}

/// True if a job calls a workflow, or uses an action that may upload.
fn others_may_upload(jobs: &[&JobFacts<'_, '_>]) -> bool {
    let called = jobs.first().is_some_and(|job| job.scene.file.workflow.trigger("workflow_call").is_some());
    called
        || jobs.iter().any(|job| {
            job.scene.job.uses().is_some()
                || job.steps.iter().any(|step| {
                    let uses = step.step.step.uses().and_then(|uses| uses.text()).unwrap_or_default();
                    let harmless = [
                        "actions/",
                        "docker/setup",
                        "docker/login",
                        "docker/metadata",
                        "dtolnay/",
                        "Swatinem/",
                    ];
                    !uses.is_empty() && !harmless.iter().any(|known| uses.starts_with(known))
                })
        })
}
