//! Limits of severities that the format of a report ignores.

use crate::checks::Record;
use crate::finding::Finding;

use super::super::jobs::JobFacts;
use super::SEVERITY_NOT_APPLIED;

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    for step in &job.steps {
        let scan = &step.step.step;
        if !scan.is_action("aquasecurity/trivy-action") {
            continue;
        }
        let sarif = scan.input("format").and_then(|format| format.text()) == Some("sarif");
        let limited = scan.input("limit-severities-for-sarif").is_some();
        let Some(severity) = scan.input("severity").filter(|_| sarif && !limited) else { continue };
        let message = format!(
            "`severity: {}` does not reach the SARIF report, which holds every severity",
            severity.text().unwrap_or_default()
        );
        let finding = Finding::new(&SEVERITY_NOT_APPLIED, job.scene.file.source.at_node(severity), message)
            .help("set `limit-severities-for-sarif: true`")
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}
