//! Actions that nobody looks after any more.

use crate::checks::Record;
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::{Scene, data};
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(in crate::checks::integrity) static ARCHIVED_ACTION: Rule = Rule {
    id: "integrity/archived-action",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "an action whose repository is archived, so that nobody mends it",
    allow: None,
};

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for used in &document.used {
        let Some([_, instead]) = data::ARCHIVED_ACTIONS.named(&used.repository).next() else { continue };
        let message =
            format!("`{}` is archived, as of {}: nobody mends it", used.action, data::ARCHIVED_ACTIONS.date);
        let finding = Finding::new(&ARCHIVED_ACTION, document.source.at_node(used.node), message);
        let help = match instead {
            "-" => "look for one that is looked after, or do it in a `run` step".to_owned(),
            step if step.contains(' ') => format!("use {step}"),
            action => format!("use `{action}`"),
        };
        record.push(finding.help(help).subject(used.action));
    }
}
