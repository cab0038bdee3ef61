//! Actions and workflows of other repositories: whether what is named is what is meant, and still looked after.

pub(super) mod archived;
pub(super) mod inputs;
pub(super) mod lookalike;
pub(super) mod obscured;
pub(super) mod online;
mod version;
pub(super) mod versions;
pub(super) mod vulnerable;
pub(super) mod wrong_version;

use super::data;
use super::documents::Document;
use crate::tree::Node;
use crate::workflow::model::Step;
use crate::workflow::reference::{Reference, is_commit};

pub(super) use version::Version;

/// The outputs of the action of another repository that a step uses, if they are known.
pub(super) fn outputs_of(step: &Step<'_>) -> Option<Vec<String>> {
    let [_, outputs] = data::ACTION_OUTPUTS.named(&step.action()?).next()?;
    Some(outputs.split(',').map(str::to_owned).collect())
}

/// A place that uses an action or workflow of another repository.
pub(super) struct Used<'d> {
    pub node: Node<'d>,
    /// The step that uses it, unless a job does.
    pub step: Option<Step<'d>>,
    /// `owner/name`, in lower case.
    repository: String,
    /// `owner/name/path`, as it is written.
    pub action: &'d str,
    git_ref: &'d str,
    /// The version that the ref names, or the comment beside a commit.
    pub version: Option<Version>,
}

impl Used<'_> {
    fn is_pinned(&self) -> bool {
        is_commit(self.git_ref)
    }
}

/// Every use of another repository in a document, in the order of writing.
pub(super) fn used<'d>(document: &Document<'d>) -> Vec<Used<'d>> {
    let jobs =
        document.workflow.iter().flat_map(|workflow| workflow.jobs.iter().filter_map(|job| job.uses()));
    let steps = document.steps();
    let by_steps = steps.iter().filter_map(|step| Some((step.uses()?, Some(*step))));
    let uses = jobs.map(|node| (node, None)).chain(by_steps);
    let mut used = Vec::with_capacity(steps.iter().filter(|step| step.uses().is_some()).count());
    used.extend(uses.filter_map(|(node, step)| used_by(document, node, step)));
    used
}

/// What a `uses` names, if it is something of another repository.
fn used_by<'d>(document: &Document<'d>, node: Node<'d>, step: Option<Step<'d>>) -> Option<Used<'d>> {
    let text = node.text()?;
    let Some(Reference::Remote { owner, name, git_ref, ref_range, .. }) = Reference::parse(text) else {
        return None;
    };
    let action = text.get(..ref_range.start.checked_sub(1)?)?;
    let version = if is_commit(git_ref) { version::beside(document, node) } else { Version::parse(git_ref) };
    let repository = format!("{owner}/{name}").to_lowercase();
    Some(Used { node, step, repository, action, git_ref, version })
}
