//! Reports that are uploaded and that nobody wrote, or that were written somewhere else.

use std::ops::Range;

use crate::checks::Record;
use crate::finding::Finding;
use crate::tree::Node;
use crate::workflow::scalar_text;

use super::super::actions;
use super::super::jobs::{JobFacts, StepFacts};
use super::super::scene::Scene;
use super::tools::{self, Writes};
use super::{REPORT_ELSEWHERE, REPORT_NEVER_WRITTEN, late, paths};

/// Actions that take files of this job, with the input that names them.
const UPLOADS: [(&str, &str); 4] = [
    ("github/codeql-action/upload-sarif", "sarif_file"),
    ("actions/upload-artifact", "path"),
    ("codecov/codecov-action", "files"),
    ("dorny/test-reporter", "path"),
];

/// Endings of files that tools write, and that no build leaves behind.
const REPORTS: [&str; 6] = [".sarif", ".xml", ".json", ".lcov", ".html", ".txt"];

/// Paths of one job that are looked up; nobody uploads more.
const MAX_PATHS: usize = 300;

pub(super) fn look(job: &JobFacts<'_, '_>, scene: &Scene<'_>, record: &mut Record) {
    let mut uploads = Vec::new();
    for step in &job.steps {
        let Some(uses) = step.step.step.uses().and_then(|uses| uses.text()) else { continue };
        let slug = actions::slug(uses);
        let Some((_, input)) = UPLOADS.iter().find(|(name, _)| name.eq_ignore_ascii_case(slug)) else {
            continue;
        };
        let Some(node) = step.step.step.input(input) else { continue };
        uploads.extend(listed(node).into_iter().map(|(path, range)| (step, slug, node, path, range)));
    }
    if uploads.is_empty() {
        return;
    }
    let writes: Vec<Writes> = job.steps.iter().map(|step| tools::writes(job, step)).collect();
    for (step, slug, node, path, range) in uploads.into_iter().take(MAX_PATHS) {
        one((job, &writes), step, scene, slug, (&path, node, range), record);
    }
}

/// The paths of an input: lines, or parts between commas.
fn listed(node: Node<'_>) -> Vec<(String, Range<usize>)> {
    let text = node.text().unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive(['\n', ',']) {
        let path = part.trim_end_matches(['\n', ',']).trim();
        if !path.is_empty() {
            let start = at + part.find(path).unwrap_or(0);
            found.push((path.to_owned(), start..start + path.len()));
        }
        at += part.len();
    }
    found
}

fn one(
    (job, all): (&JobFacts<'_, '_>, &[Writes]),
    upload: &StepFacts<'_, '_>,
    scene: &Scene<'_>,
    slug: &str,
    (written, node, range): (&str, Node<'_>, Range<usize>),
    record: &mut Record,
) {
    let is_report = REPORTS.iter().any(|ending| written.ends_with(ending));
    let Some(path) = paths::normal("", written).filter(|_| is_report && !written.starts_with('!')) else {
        return;
    };
    if scene.context.checkout.contains(&path) {
        return;
    }
    let mut elsewhere: Option<(&String, &StepFacts<'_, '_>)> = None;
    let mut complete = true;
    for (earlier, writes) in job.steps.iter().zip(all).take_while(|(step, _)| step.index < upload.index) {
        if writes.files.contains(&path) {
            return late::look(job, all, &late::Upload { step: upload, slug, path: &path }, record);
        }
        complete &= if path.ends_with(".sarif") { writes.complete_of_sarif } else { writes.complete };
        let same = writes.files.iter().find(|file| paths::name(file) == paths::name(&path));
        // Somebody may move it, or write another one of that name.
        let mentioned = earlier.step.script.as_ref().is_some_and(|script| {
            script.text.matches(paths::name(&path)).count() > usize::from(same.is_some())
        });
        complete &= !mentioned || same.is_some();
        if let Some(file) = same.filter(|_| !mentioned) {
            elsewhere = Some((file, earlier));
        } else if mentioned {
            return;
        }
    }
    let place = job.scene.file.source.at(scalar_text::source_range(job.scene.file.source, node, range));
    let subject = format!("{} {path}", job.scene.id());
    if let Some((file, writer)) = elsewhere {
        let message =
            format!("`{written}` is not there: it is written to `{file}`, so nothing of it is uploaded");
        let writer = job.scene.file.source.at_node(writer.step.step.node);
        let finding = Finding::new(&REPORT_ELSEWHERE, place, message)
            .help(format!("upload `{file}`, or write to `{path}`"))
            .related(writer, "it is written here");
        record.push(finding.subject(subject));
    } else if complete {
        let message =
            format!("no step before this one writes `{written}`, so `{slug}` finds nothing to upload");
        let finding = Finding::new(&REPORT_NEVER_WRITTEN, place, message)
            .help("tell the tool to write it: it needs an option for that");
        record.push(finding.subject(subject));
    }
}
