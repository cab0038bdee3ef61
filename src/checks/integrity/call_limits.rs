//! How many workflows a workflow calls, and how many jobs they make together.

use std::collections::BTreeSet;

use super::Scene;
use super::calls::{INVALID_CALL, callees};
use super::documents::{Document, Repository};
use super::server_limits;
use super::shapes::INVALID_VALUE;
use crate::checks::Record;
use crate::finding::Finding;
use crate::tree::Node;
use crate::workflow::model::Workflow;

/// Jobs that are counted: calls within calls make any number.
const MOST_COUNTED: usize = 100_000;

pub(super) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    scene.repository.all().iter().for_each(|document| judge(document, scene, record));
}

fn judge<'d>(document: &'d Document<'d>, scene: &Scene<'d>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    let limits = &scene.context.settings.checks.integrity.limits;
    let Some(first) = workflow.jobs.iter().find_map(|job| job.uses()) else {
        return;
    };
    let called = called(document.source.path(), workflow, scene);
    if called.len() > limits.workflows {
        let message = format!(
            "{} different workflows are called from here, directly or through others; GitHub allows {}",
            called.len(),
            limits.workflows
        );
        record
            .push(Finding::new(&INVALID_CALL, document.source.at_node(first), message).subject("workflows"));
    }
    let memory = Memory { scene, left: limits.memory, levels: limits.levels };
    if let Some(node) = memory.of(document) {
        let message = format!(
            "with those that it calls, this workflow takes more than the {} bytes that GitHub gives it",
            limits.memory
        );
        record.push(Finding::new(&INVALID_CALL, document.source.at_node(node), message).subject("memory"));
    }
    let Some(most) = limits.jobs else { return };
    let jobs = count_jobs(workflow, scene, limits.levels);
    if jobs > most {
        let message = format!(
            "this workflow has {jobs} jobs with those of the workflows that it calls, more than {most}"
        );
        record.push(Finding::new(&INVALID_VALUE, document.source.at_node(first), message).subject("jobs"));
    }
}

/// Every workflow that is called, of this repository or of others.
fn called<'d>(own: &'d str, workflow: &'d Workflow<'d>, scene: &Scene<'d>) -> BTreeSet<&'d str> {
    let mut found: BTreeSet<&str> = remote(workflow).collect();
    let mut seen = BTreeSet::from([own]);
    let mut open = callees(own, scene);
    while let Some(path) = open.pop() {
        if !seen.insert(path) {
            continue;
        }
        found.insert(path);
        let inner = scene.repository.document(path).and_then(|document| document.workflow.as_ref());
        found.extend(inner.into_iter().flat_map(remote));
        open.extend(callees(path, scene));
    }
    found
}

/// The workflows of other repositories that it calls.
fn remote<'d>(workflow: &'d Workflow<'d>) -> impl Iterator<Item = &'d str> {
    let uses = workflow.jobs.iter().filter_map(|job| job.uses()?.text());
    uses.filter(|uses| Repository::callee_path(uses).is_none())
}

/// Its jobs, and those of the workflows that they call.
fn count_jobs(workflow: &Workflow<'_>, scene: &Scene<'_>, levels: usize) -> usize {
    let Some(levels) = levels.checked_sub(1) else { return 0 };
    let callee = |uses: &str| {
        let path = Repository::callee_path(uses)?;
        scene.repository.document(path)?.workflow.as_ref()
    };
    let inner = workflow.jobs.iter().filter_map(|job| callee(job.uses()?.text()?));
    let mut sum = workflow.jobs.len();
    for workflow in inner {
        if sum > MOST_COUNTED {
            break;
        }
        sum += count_jobs(workflow, scene, levels);
    }
    sum
}

/// What is left of the memory that GitHub gives a workflow and those that it calls. Every call is read anew.
struct Memory<'s, 'd> {
    scene: &'s Scene<'d>,
    left: usize,
    levels: usize,
}

impl<'d> Memory<'_, 'd> {
    /// The call with which it is used up.
    fn of(mut self, document: &Document<'d>) -> Option<Node<'d>> {
        let jobs = document.workflow.iter().flat_map(|workflow| &workflow.jobs);
        let mut calls = jobs.filter_map(|job| job.uses()).peekable();
        calls.peek()?;
        self.left = self.left.saturating_sub(server_limits::memory_of(document.source.path(), document.root));
        calls.find(|call| !self.fits(*call, self.levels))
    }

    /// Reads what is called, and what that calls; false if it does not fit.
    fn fits(&mut self, call: Node<'_>, levels: usize) -> bool {
        let path = call.text().and_then(Repository::callee_path);
        let Some(callee) = path.and_then(|path| self.scene.repository.document(path)) else { return true };
        let Some(levels) = levels.checked_sub(1) else { return true };
        let taken = server_limits::memory_of(callee.source.path(), callee.root);
        let Some(left) = self.left.checked_sub(taken) else { return false };
        self.left = left;
        let jobs = callee.workflow.iter().flat_map(|workflow| &workflow.jobs);
        let mut calls = jobs.filter_map(|job| job.uses());
        calls.all(|call| self.fits(call, levels))
    }
}
