//! Actions of the repository that are written for a Node that runners no longer have.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static OUTDATED_RUNTIME: Rule = Rule {
    id: "integrity/outdated-runtime",
    severity: Severity::Warning,
    category: Category::Validity,
    summary: "an action is written for a Node that runners no longer have",
    allow: None,
};

/// Versions of Node that runners ran once, as of 2026-11-21: since 2026-06-16 Node 24 is the default, and since
/// autumn 2026 it is what all of these run with (changelog of GitHub, `Constants.cs` in actions/runner).
const GONE: [&str; 3] = ["node12", "node16", "node20"];

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    if document.workflow.is_some() {
        return;
    }
    let Some(using) = document.root.at(&["runs", "using"]) else { return };
    let Some(name) = using.text().filter(|name| GONE.contains(name)) else { return };
    let message = format!("runners have no `{name}` any more, and run this with Node 24");
    let finding = Finding::new(&OUTDATED_RUNTIME, document.source.at_node(using), message);
    record.push(finding.help("test the action with Node 24, and write `using: node24`").subject(name));
}
