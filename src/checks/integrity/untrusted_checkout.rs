//! Runs with secrets that check out the code of a stranger.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::expression;
use crate::workflow::model::{Job, Step};

pub(super) static UNTRUSTED_CHECKOUT: Rule = Rule {
    id: "integrity/untrusted-checkout",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a run with secrets checks out the code of a pull request",
    docs: include_str!("untrusted-checkout.md"),
    allow: None,
};

/// Events that run with the base's secrets on behalf of somebody else's code.
const EVENTS: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// Access paths that name the code of a pull request, or the repository that it comes from.
const HEADS: [&str; 9] = [
    "github.head_ref",
    "github.event.pull_request.head.sha",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.merge_commit_sha",
    "github.event.workflow_run.head_sha",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_commit.id",
    "github.event.workflow_run.head_repository.full_name",
];

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = document.workflow.as_ref().filter(|workflow| workflow.is_started_by(&EVENTS)) else {
        return;
    };
    for job in &workflow.jobs {
        let last = last_execution(job);
        for (index, step) in job.steps.iter().enumerate() {
            let Some((place, what)) = checks_out_head(step) else { continue };
            let event = EVENTS.iter().find(|event| workflow.trigger(event).is_some()).unwrap_or(&EVENTS[0]);
            let executed = last.is_some_and(|last| last > index);
            let message = match executed {
                true => format!("`{event}` runs with secrets, and this job executes the code of {what}"),
                false => format!("`{event}` runs with secrets, and this step checks out the code of {what}"),
            };
            record.push(
                Finding::new(&UNTRUSTED_CHECKOUT, document.source.at_node(place), message)
                    .severity(if executed { Severity::Error } else { Severity::Warning })
                    .help(
                        "build pull requests under `pull_request`, without secrets, and hand over results as \
                         artifacts; or check out the base",
                    )
                    .subject(format!("{} {what}", job.id)),
            );
        }
    }
}

/// Where a step names a stranger's code to check out, and whose it is.
fn checks_out_head<'t>(step: &Step<'t>) -> Option<(Node<'t>, &'static str)> {
    if step.is_action("actions/checkout") {
        let named = |input: &str| step.input(input).filter(|value| names_head(*value));
        return named("ref").or_else(|| named("repository")).map(|node| (node, "the pull request"));
    }
    let script = step.run()?.text()?;
    let fetches = script.contains("gh pr checkout")
        || (script.contains("git fetch") && script.contains("pull/") && script.contains("/head"));
    fetches.then_some((step.run()?, "a pull request"))
}

fn names_head(node: Node<'_>) -> bool {
    let Some(text) = node.text() else { return false };
    if text.contains("refs/pull/") {
        return true;
    }
    let mut found = false;
    for embedded in expression::embedded(text) {
        if let Ok(expr) = &embedded.parsed {
            expr.accesses(&mut |_, path| found |= HEADS.contains(&path.as_str()));
        }
    }
    found
}

/// The last step of a job that runs something: a script, or an action out of what was checked out.
fn last_execution(job: &Job<'_>) -> Option<usize> {
    job.steps.iter().rposition(|step| {
        let local = step.uses().and_then(|uses| uses.text()).is_some_and(|uses| uses.starts_with("./"));
        step.run().is_some() || local
    })
}
