//! Machines of one's own that run the code of strangers.

use super::Scene;
use super::executes;
use super::places::JobPlace;
use super::reach::{Events, Starter};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;

pub(super) static SELF_HOSTED_RUNNER: Rule = Rule {
    id: "integrity/self-hosted-runner",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a runner of one's own runs the code of pull requests",
    allow: None,
};

pub(super) fn look_at_job<'d>(job: &JobPlace<'d>, _: &Scene<'d>, record: &mut Record) {
    let Some(runner) = job.job.and_then(|job| own_runner(job.node.get("runs-on")?)) else { return };
    let forks = job.flow.reach.open.and(Events::that(|event| event.starter == Starter::Fork));
    let Some(event) = forks.iter().next().map(|event| event.name) else { return };
    if !job.places().any(|place| executes::anything(&place.step)) {
        return;
    }
    let message =
        format!("under `{event}` this machine of your own runs the code of whoever opens a pull request");
    let finding = Finding::new(&SELF_HOSTED_RUNNER, job.document.source.at_node(runner), message);
    record.push(finding.subject(job.id()).help(
        "where the repository is public: use a runner of GitHub's, or one that is thrown away after each job",
    ));
}

/// The label that names a machine of one's own.
pub(super) fn own_runner(runs_on: Node<'_>) -> Option<Node<'_>> {
    let labels = runs_on.get("labels").unwrap_or(runs_on);
    let is_own = |node: &Node<'_>| node.text().is_some_and(|label| label.eq_ignore_ascii_case("self-hosted"));
    if is_own(&labels) { Some(labels) } else { labels.items().find(is_own) }
}
