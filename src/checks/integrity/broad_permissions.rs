//! Permissions that are wider than any job needs, or given to jobs that do not need them.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::excerpt;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Workflow;

pub(super) static BROAD_PERMISSIONS: Rule = Rule {
    id: "integrity/broad-permissions",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a token that may do more than its job needs",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    let whole = workflow.root.get("permissions");
    let jobs = workflow.jobs.iter().filter_map(|job| job.node.get("permissions"));
    for permissions in whole.into_iter().chain(jobs).filter(|node| node.text() == Some("write-all")) {
        let message = "the token may write everything: code, releases, packages, and workflows' own runs";
        let finding = Finding::new(&BROAD_PERMISSIONS, document.source.at_node(permissions), message);
        record.push(finding.help("write `permissions: {}` at the top, and in each job what it needs"));
    }
    if let Some(whole) = whole {
        let outsiders = scene.repository.document(document.source.path());
        let outsiders = outsiders.is_some_and(|document| scene.flow.reach_of(document).has_outsiders());
        record.findings.extend(shared(document, workflow, whole, outsiders));
    }
}

/// Rights to write that the workflow gives to all its jobs alike.
fn shared(
    document: &Document<'_>,
    workflow: &Workflow<'_>,
    whole: Node<'_>,
    outsiders: bool,
) -> Option<Finding> {
    let heirs = workflow.jobs.iter().filter(|job| job.node.get("permissions").is_none()).count();
    let written = whole.entries().filter(|(_, level)| level.text() == Some("write"));
    let written: Vec<(Node<'_>, &str)> =
        written.filter_map(|(scope, _)| Some((scope, scope.text()?))).collect();
    let (first, _) = *written.first().filter(|_| heirs > 1)?;
    let scopes: Vec<String> = written.iter().map(|(_, scope)| format!("`{scope}`")).collect();
    let scopes = excerpt::list(scopes.iter().map(String::as_str), ", ", 20);
    let message = format!("all {heirs} jobs that say nothing else may write {scopes}");
    let finding = Finding::new(&BROAD_PERMISSIONS, document.source.at_node(first), message);
    let severity = if outsiders { Severity::Warning } else { Severity::Note };
    let help = "move it into `permissions` of the job that needs it, and write `permissions: {}` at the top";
    Some(finding.severity(severity).help(help).subject(scopes))
}
