//! Uploads to code scanning need `security-events: write`.

use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::workflow::permissions::{Level, Permissions};

use super::super::actions;
use super::super::jobs::{JobFacts, StepFacts};
use super::UPLOAD_NOT_PERMITTED;

/// Actions that write to code scanning.
const WRITERS: [&str; 2] = ["github/codeql-action/upload-sarif", "github/codeql-action/analyze"];

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    let declared =
        job.scene.job.node.get("permissions").or_else(|| job.scene.file.workflow.root.get("permissions"));
    for step in &job.steps {
        let Some(uses) = step.step.step.uses() else { continue };
        let slug = actions::slug(uses.text().unwrap_or_default());
        let own_token =
            step.step.step.input("token").is_some_and(|token| token.text() != Some("${{ github.token }}"));
        let kept = step
            .step
            .step
            .input("upload")
            .is_some_and(|upload| matches!(upload.text(), Some("false" | "never")));
        if !WRITERS.iter().any(|name| name.eq_ignore_ascii_case(slug)) || own_token || kept {
            continue;
        }
        let (message, severity) = match declared {
            Some(node) if node.text().is_some_and(|text| text.contains("${{")) => continue,
            // GitHub lets pull requests write about themselves, at least those from forks (codeql-action#889).
            Some(node)
                if Permissions::of(node).level("security-events") < Level::Write && only_pulls(job, step) =>
            {
                (
                    format!(
                        "`{slug}` needs `security-events: write`, which `permissions` does not give: the upload may fail"
                    ),
                    Severity::Note,
                )
            }
            Some(node) if Permissions::of(node).level("security-events") < Level::Write => (
                format!(
                    "`{slug}` needs `security-events: write`, which `permissions` does not give: the upload fails"
                ),
                Severity::Error,
            ),
            // A caller may give what is not written here.
            None if job.scene.file.workflow.trigger("workflow_call").is_none() => (
                format!(
                    "`{slug}` needs `security-events: write`, and no `permissions` give it: with GitHub's restricted default the upload fails"
                ),
                Severity::Warning,
            ),
            _ => continue,
        };
        let finding = Finding::new(&UPLOAD_NOT_PERMITTED, job.scene.file.source.at_node(uses), message)
            .severity(severity)
            .help(format!(
                "add `permissions: {{ contents: read, security-events: write }}` to the job `{}`",
                job.scene.id()
            ))
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}

/// True if the step runs for pull requests alone.
fn only_pulls(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>) -> bool {
    let conditions =
        [job.scene.job.node, step.step.step.node].map(|node| node.get("if").and_then(|own| own.text()));
    let asked = conditions.into_iter().flatten().any(|text| {
        let compact: String = text.split_ascii_whitespace().collect();
        compact.contains("github.event_name=='pull_request'") && !compact.contains("||")
    });
    asked || job.scene.file.workflow.triggers.iter().all(|trigger| trigger.name == "pull_request")
}
