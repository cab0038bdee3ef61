//! Scanners that need a secret, in runs that have none: those of pull requests from forks.

use crate::checks::Record;
use crate::finding::Finding;
use crate::tree::Node;

use super::super::actions;
use super::super::jobs::{JobFacts, StepFacts};
use super::NO_SECRET_ON_FORKS;

/// Actions that look at nothing without a token of their service. Source: the documentation of each, 2026-11-21.
const SERVICES: [&str; 9] = [
    "snyk/actions/*",
    "SonarSource/sonarcloud-github-action",
    "SonarSource/sonarqube-scan-action",
    "fossas/fossa-action",
    "checkmarx/*",
    "veracode/*",
    "stackhawk/hawkscan-action",
    "GitGuardian/ggshield-action",
    "GitGuardian/ggshield/actions/secret",
];

/// Words of a condition that keeps runs of forks away.
const GUARDS: [&str; 7] =
    ["fork", "head.repo", "secrets.", "github.actor", "event_name", "author_association", "env."];

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    if job.scene.file.workflow.trigger("pull_request").is_none() || is_guarded(job.scene.job.node) {
        return;
    }
    for step in job.steps.iter().filter(|step| !is_guarded(step.step.step.node)) {
        let slug = actions::slug(step.step.step.uses().and_then(|uses| uses.text()).unwrap_or_default());
        if !SERVICES.iter().any(|entry| actions::names(entry, slug)) {
            continue;
        }
        let Some((value, name)) = secret(step) else { continue };
        let outcome = match step.forgiven.is_some() || job.forgiven.is_some() {
            true => "it fails there, and that counts for nothing",
            false => "it fails there",
        };
        let message =
            format!("pull requests from forks have no `{name}`, so `{slug}` looks at nothing: {outcome}");
        let finding = Finding::new(&NO_SECRET_ON_FORKS, job.scene.file.source.at_node(value), message)
            .help("scan forks after the merge, and say so: `if: github.event.pull_request.head.repo.fork == false`")
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}

fn is_guarded(node: Node<'_>) -> bool {
    let condition = node.get("if").and_then(|node| node.text()).unwrap_or_default();
    GUARDS.iter().any(|word| condition.contains(word))
}

/// The secret among the variables and inputs of a step.
fn secret<'t>(step: &StepFacts<'_, 't>) -> Option<(Node<'t>, &'t str)> {
    let node = step.step.step.node;
    let values = ["env", "with"].into_iter().filter_map(|key| node.get(key)).flat_map(|map| map.entries());
    values.map(|(_, value)| value).find_map(|value| {
        let inner = value.text()?.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim();
        let name = inner.strip_prefix("secrets.")?;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (plain && name != "GITHUB_TOKEN").then_some((value, name))
    })
}
