//! Actions that are written for a Node that runners no longer have: those of the repository, and versions of popular
//! ones.

use super::documents::Document;
use super::{Scene, data, remote_actions};
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

/// Actions whose first versions GitHub refuses, up to this one: "This request has been automatically failed" (changelog,
/// 2024-02-13, 2024-04-16 and 2024-12-05). An enterprise server runs them.
const REFUSED: [(&str, u64); 3] =
    [("actions/cache", 2), ("actions/download-artifact", 3), ("actions/upload-artifact", 3)];

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    used(document, &|| scene.context.is_on_enterprise_server(), record);
    if document.workflow.is_some() {
        return;
    }
    let Some(using) = document.root.at(&["runs", "using"]) else { return };
    let Some(name) = using.text().filter(|name| GONE.contains(name)) else { return };
    let message = format!("runners have no `{name}` any more, and run this with Node 24");
    let finding = Finding::new(&OUTDATED_RUNTIME, document.source.at_node(using), message);
    record.push(finding.help("test the action with Node 24, and write `using: node24`").subject(name));
}

/// Versions of other repositories' actions, each once for a file: their owners have newer ones.
fn used(document: &Document<'_>, enterprise: &dyn Fn() -> bool, record: &mut Record) {
    let mut told: Vec<(String, u64)> = Vec::new();
    for used in &document.used {
        let Some(version) = used.version.as_ref().map(remote_actions::Version::first) else { continue };
        let action = used.action.to_lowercase();
        let Some([_, last, node, next]) = data::ACTION_RUNTIMES.named(&action).next() else { continue };
        let known = (action, version);
        if last.parse().is_ok_and(|last: u64| version > last) || told.contains(&known) {
            continue;
        }
        let refused =
            REFUSED.iter().any(|(name, last)| *name == known.0 && version <= *last) && !enterprise();
        let severity = if refused { Severity::Error } else { Severity::Note };
        let mut message = format!("v{version} of `{}` ", used.action);
        message += &match refused {
            true => "is refused by GitHub: a job that uses it fails before its first step".to_owned(),
            false => format!(
                "is written for `{node}` or older, which runners no longer have: they run it with Node 24"
            ),
        };
        let help = match next {
            "-" => "take a release that is written for Node 24 when there is one".to_owned(),
            next => format!("take v{next} or newer"),
        };
        let finding = Finding::new(&OUTDATED_RUNTIME, document.source.at_node(used.node), message);
        record.push(finding.severity(severity).help(help).subject(format!("{} {version}", known.0)));
        told.push(known);
    }
}
