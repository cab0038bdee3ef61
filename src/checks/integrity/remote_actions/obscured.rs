//! Ways of writing `uses` that hide what is used.

use crate::checks::Record;
use crate::checks::integrity::Scene;
use crate::checks::integrity::documents::Document;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(in crate::checks::integrity) static OBSCURED_USES: Rule = Rule {
    id: "integrity/obscured-uses",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a path in `uses` that is written so that it is hard to search for",
    allow: None,
};

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for used in &document.used {
        let parts: Vec<&str> = used.action.split('/').collect();
        let Some(odd) = parts.iter().find(|part| matches!(**part, "" | "." | "..")) else { continue };
        let message = match *odd {
            "" => "an empty part in this path hides what is used from a search".to_owned(),
            odd => format!("`{odd}` in this path hides what is used from a search"),
        };
        let finding = Finding::new(&OBSCURED_USES, document.source.at_node(used.node), message);
        record.push(finding.help("write the path plainly: `owner/name/path@ref`").subject(used.action));
    }
}
