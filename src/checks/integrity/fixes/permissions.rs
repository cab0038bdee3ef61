//! `permissions:` for a workflow that has none and surely only reads the repository.

use super::{line_end, only_reads};
use crate::checks::integrity::documents::Document;
use crate::fix::{Edit, Fix};
use crate::workflow::model::Workflow;

/// The block before `jobs:`, and before the comments right above it.
pub fn fix(document: &Document<'_>, workflow: &Workflow<'_>) -> Option<Fix> {
    let source = document.source;
    let silent = workflow.jobs.iter().filter(|job| job.node.get("permissions").is_none());
    let reads = silent.clone().all(|job| {
        let text = source.text().get(job.node.range()).unwrap_or_default();
        // A workflow that is called has the caller's permissions at most; it may need more.
        job.uses().is_none()
            && !text.contains("secrets.")
            && job.steps.iter().all(|step| only_reads(step, source))
    });
    let (jobs, _) = workflow.root.entry("jobs").filter(|_| reads)?;
    let text = source.text();
    let start = jobs.range().start;
    if start > 0 && !text[..start].ends_with('\n') {
        return None;
    }
    let mut at = start;
    while let Some(line) = text[..at].strip_suffix('\n') {
        let begin = line.rfind('\n').map_or(0, |at| at + 1);
        if !line[begin..].starts_with('#') {
            break;
        }
        at = begin;
    }
    let end = line_end(source);
    let edit = Edit::insert(at, format!("permissions:{end}  contents: read{end}{end}"));
    Some(Fix::new("gives the workflow `permissions: { contents: read }`", vec![edit]))
}
