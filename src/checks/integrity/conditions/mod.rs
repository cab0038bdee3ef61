//! Conditions that are not what they seem to be.

pub(super) mod bots;
pub(super) mod comparisons;
pub(super) mod constant;
pub(super) mod contains;

use crate::tree::Node;
use crate::workflow::model::Workflow;

use super::documents::Document;

/// The `if` of every job and step of a document, as far as there is one.
fn all<'t>(document: &Document<'t>) -> Vec<Node<'t>> {
    let of_jobs = |workflow: &Workflow<'t>| -> Vec<Node<'t>> {
        let jobs = workflow.jobs.iter();
        jobs.flat_map(|job| [job.node.get("if"), job.node.at(&["snapshot", "if"])].into_iter().flatten())
            .collect()
    };
    let jobs = document.workflow.as_ref().map(of_jobs).unwrap_or_default();
    let steps = document.steps();
    jobs.into_iter().chain(steps.iter().filter_map(|step| step.node.get("if"))).collect()
}
