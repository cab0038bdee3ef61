//! Versions of actions that advisories name.

use super::version::Version;
use crate::checks::Record;
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::{Scene, data};
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(in crate::checks::integrity) static VULNERABLE_ACTION: Rule = Rule {
    id: "integrity/vulnerable-action",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a version of an action that an advisory names",
    allow: None,
};

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for used in &document.used {
        let Some(version) = &used.version else { continue };
        for [_, from, until, advisory, severity, harm] in data::VULNERABLE_ACTIONS.named(&used.repository) {
            let (Some(from), Some(mended)) = (Version::parse(from), Version::parse(until)) else { continue };
            // Tags that were moved to foreign code say nothing about a commit that was pinned before.
            if !version.is_within(&from, &mended) || (harm.contains("put into its tags") && used.is_pinned())
            {
                continue;
            }
            let (action, version) = (used.action, version.shown());
            let message = format!("{version} of `{action}` lets others {harm} ({advisory})");
            let finding = Finding::new(&VULNERABLE_ACTION, document.source.at_node(used.node), message);
            let help = format!("take {} or newer", mended.shown());
            let severity = match severity {
                "note" => Severity::Note,
                "warning" => Severity::Warning,
                _ => Severity::Error,
            };
            record.push(finding.severity(severity).help(help).subject(format!("{action} {advisory}")));
        }
    }
}
