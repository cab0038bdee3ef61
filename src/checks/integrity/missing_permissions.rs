//! Workflows that take whatever the repository's default token may do.

use super::documents::Document;
use super::{Scene, fixes};
use crate::checks::Record;
use crate::excerpt;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static MISSING_PERMISSIONS: Rule = Rule {
    id: "integrity/missing-permissions",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a workflow that does not say what its token may do",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let Some(workflow) = &document.workflow else { return };
    if workflow.root.get("permissions").is_some() || workflow.jobs.is_empty() {
        return;
    }
    // A workflow that is only called has at most what its caller gives.
    let only_called = workflow.triggers.iter().all(|trigger| trigger.name == "workflow_call");
    let silent: Vec<_> = workflow.jobs.iter().filter(|job| job.node.get("permissions").is_none()).collect();
    let Some(first) = silent.first() else { return };
    if only_called {
        return;
    }
    let what = match silent.len() == workflow.jobs.len() {
        true => "this workflow does not say what its token may do".to_owned(),
        false => {
            let ids: Vec<String> = silent.iter().map(|job| format!("`{}`", job.id)).collect();
            let ids = excerpt::list(ids.iter().map(String::as_str), ", ", 20);
            format!("nothing says what the token may do in {ids}")
        }
    };
    // Where outsiders start the run and its token may write by default, it is theirs.
    let severity = match scene.repository.document(document.source.path()) {
        Some(document) if scene.flow.reach_of(document).has_outsiders() => Severity::Warning,
        _ => Severity::Note,
    };
    let place = match silent.len() == workflow.jobs.len() {
        true => workflow.root.entry("on").map_or(first.key, |(key, _)| key),
        false => first.key,
    };
    let message = format!("{what}; it has the repository's default, which may be to write everything");
    record.push(
        Finding::new(&MISSING_PERMISSIONS, document.source.at_node(place), message)
            .severity(severity)
            .fix(fixes::permissions::fix(document, workflow))
            .help(
                "write `permissions: {}` at the top, and in each job what it needs, such as `contents: read`",
            )
            .subject("permissions"),
    );
}
