//! Who can start a workflow, and what of an event they write.

use crate::rule::Severity;
use crate::workflow::model::Workflow;

/// Events that anybody can cause, whose runs have the repository's secrets and a token that may write.
pub(super) const PRIVILEGED: [&str; 8] = [
    "pull_request_target",
    "workflow_run",
    "issue_comment",
    "issues",
    "discussion",
    "discussion_comment",
    "fork",
    "watch",
];

/// Parts of the event that whoever causes it writes freely, as patterns over access paths.
///
/// Source: GitHub's "Script injections" and the payloads of its webhook reference.
const WRITTEN_BY_OUTSIDERS: [&str; 34] = [
    "github.head_ref",
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.pull_request.head.repo.description",
    "github.event.pull_request.head.repo.homepage",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.pages.*.page_name",
    "github.event.commits.*.message",
    "github.event.commits.*.author.email",
    "github.event.commits.*.author.name",
    "github.event.commits.*.committer.email",
    "github.event.commits.*.committer.name",
    "github.event.head_commit.message",
    "github.event.head_commit.author.email",
    "github.event.head_commit.author.name",
    "github.event.head_commit.committer.email",
    "github.event.head_commit.committer.name",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.display_title",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.head_commit.author.email",
    "github.event.workflow_run.head_commit.author.name",
    "github.event.workflow_run.pull_requests.*.head.ref",
    "github.event.workflow_run.head_repository.description",
    "github.event.check_suite.head_branch",
];

/// True if whoever causes the event writes what this access path reads.
pub(super) fn is_written_by_outsiders(path: &str) -> bool {
    WRITTEN_BY_OUTSIDERS.contains(&path)
}

/// True if the whole event, or a part that holds such text, is read, as by `toJSON(github.event)`.
pub(super) fn holds_outsiders_text(path: &str) -> bool {
    path.starts_with("github")
        && WRITTEN_BY_OUTSIDERS
            .iter()
            .any(|written| written.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// How bad it is when an outsider's text is executed: whether the run has anything to steal.
pub(super) fn severity(workflow: Option<&Workflow<'_>>) -> Severity {
    let Some(workflow) = workflow else {
        // An action is used by others, under events that nobody knows here.
        return Severity::Warning;
    };
    if workflow.is_started_by(&PRIVILEGED) {
        Severity::Error
    } else if workflow.is_started_by(&[
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "push",
        "workflow_call",
    ]) {
        Severity::Warning
    } else {
        Severity::Note
    }
}
