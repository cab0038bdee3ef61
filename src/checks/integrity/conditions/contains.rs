//! `contains` on a text where a list is meant.

use crate::checks::Record;
use crate::checks::integrity::Reading;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::expression::{Expr, ExprKind};
use crate::workflow::scalar_text::Places;

pub(in crate::checks::integrity) static UNSOUND_CONTAINS: Rule = Rule {
    id: "integrity/unsound-contains",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "`contains` on a text also holds for parts of the names in it",
    allow: None,
};

/// Values that somebody chooses freely, so that they can be a part of a name.
const CHOSEN: [&str; 7] = [
    "github.actor",
    "github.base_ref",
    "github.head_ref",
    "github.ref",
    "github.ref_name",
    "github.triggering_actor",
    "github.repository_owner",
];

pub(in crate::checks::integrity) fn read(
    Reading { document, validated, .. }: &Reading<'_>,
    record: &mut Record,
) {
    let mut places = Places::new(document.source);
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let start = located.embedded.start;
        expr.walk(&mut |part| {
            let Some((text, path)) = parts(part) else { return };
            let range = start + part.range.start..start + part.range.end;
            let at = document.source.at(places.of(located.node, range));
            let chosen = CHOSEN.contains(&&*path) || path.ends_with(".ref") || path.ends_with(".login");
            let message = format!("this also holds where `{path}` is only a part of the text, or empty");
            let names: Vec<String> =
                text.split([' ', ',', ';']).filter(|name| !name.is_empty()).map(quoted).collect();
            let help = format!("write `contains(fromJSON('[{}]'), {path})`", names.join(", "));
            let severity = if chosen { Severity::Warning } else { Severity::Note };
            record.push(Finding::new(&UNSOUND_CONTAINS, at, message).severity(severity).help(help));
        });
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "").replace('\'', "''"))
}

/// The text that is searched, and the path that is looked for in it.
fn parts(part: &Expr) -> Option<(&str, String)> {
    let ExprKind::Call(name, arguments) = &part.kind else { return None };
    let [list, item] = arguments.as_slice() else { return None };
    match &list.kind {
        ExprKind::String(text) if name.eq_ignore_ascii_case("contains") => Some((text, item.path()?)),
        _ => None,
    }
}
