//! Conditions that are always true, or never.

use crate::checks::Record;
use crate::checks::integrity::Scene;
use crate::checks::integrity::documents::Document;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::condition::Condition;
use crate::workflow::expression::{Expr, ExprKind, Operator};
use crate::workflow::names::Scope;
use crate::workflow::scalar_text::Places;

pub(in crate::checks::integrity) static CONSTANT_CONDITION: Rule = Rule {
    id: "integrity/constant-condition",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a condition that is always true, or never, by mistake",
    allow: None,
};

/// Parts of a condition that are held against each other. More stand in no condition.
const MAX_PARTS: usize = 64;

pub(in crate::checks::integrity) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for node in super::all(document) {
        match Condition::of(node) {
            Some(Condition::Text) => record.push(
                Finding::new(
                    &CONSTANT_CONDITION,
                    document.source.at_node(node),
                    "this is always true: text around `${{ }}`, be it a line end, makes it a text, and texts are true",
                )
                .help("write the whole condition as one expression, without `${{` and `}}`"),
            ),
            Some(Condition::Expression { expr, start }) => {
                let mut places = Places::new(document.source);
                let mut explained = false;
                expr.walk(&mut |part| {
                    let Some((truth, why)) = judge(part) else { return };
                    explained = true;
                    let range = start + part.range.start..start + part.range.end;
                    let at = document.source.at(places.of(node, range));
                    let what = if truth { "always true" } else { "never true" };
                    let finding = Finding::new(&CONSTANT_CONDITION, at, format!("this is {what}: {why}"));
                    record.push(finding.severity(Severity::Warning).help(help(part)));
                });
                if let Some(truth) = Scope::default().value(&expr).truth().filter(|_| !explained && !matches!(expr.kind, ExprKind::Bool(false))) {
                    let what = if truth { "always true" } else { "never true" };
                    let message = format!("this is {what}, whatever the run is about");
                    let finding = Finding::new(&CONSTANT_CONDITION, document.source.at_node(node), message);
                    record.push(finding.severity(Severity::Note).help("remove the condition, or what it stands for"));
                }
            }
            None => {}
        }
    }
}

fn help(part: &Expr) -> &'static str {
    match part.kind {
        ExprKind::Compare(..) => "write contexts without quotes: `github.ref == 'refs/heads/main'`",
        ExprKind::Any(_) => "connect the parts by `&&`",
        _ => "connect the parts by `||`",
    }
}

/// What the part always is, and why.
fn judge(part: &Expr) -> Option<(bool, String)> {
    match &part.kind {
        ExprKind::Compare(operator @ (Operator::Equal | Operator::NotEqual), a, b) => {
            let (ExprKind::String(a), ExprKind::String(b)) = (&a.kind, &b.kind) else { return None };
            let equal = a.to_lowercase() == b.to_lowercase();
            Some(((*operator == Operator::Equal) == equal, "two fixed texts are compared".to_owned()))
        }
        // `x != 'a' || x != 'b'`
        ExprKind::Any(parts) => contradiction(parts, Operator::NotEqual)
            .map(|path| (true, format!("`{path}` cannot be both at once, so that one of the two holds"))),
        // `x == 'a' && x == 'b'`
        ExprKind::All(parts) => contradiction(parts, Operator::Equal)
            .map(|path| (false, format!("`{path}` cannot be both at once"))),
        _ => None,
    }
}

/// The path that two of the parts compare, by this operator, with different texts.
fn contradiction(parts: &[Expr], wanted: Operator) -> Option<String> {
    let compared = |part: &Expr| match &part.kind {
        ExprKind::Compare(operator, a, b) if *operator == wanted => match (&a.kind, &b.kind) {
            (_, ExprKind::String(text)) => Some((a.path()?, text.to_lowercase())),
            (ExprKind::String(text), _) => Some((b.path()?, text.to_lowercase())),
            _ => None,
        },
        _ => None,
    };
    // `a.*.b` is many values.
    let compared = parts.iter().take(MAX_PARTS).filter_map(compared).filter(|(path, _)| !path.contains('*'));
    let compared: Vec<(String, String)> = compared.collect();
    let differs = |(index, (path, text)): (usize, &(String, String))| {
        compared
            .iter()
            .skip(index + 1)
            .any(|(other, value)| other == path && value != text)
            .then(|| path.clone())
    };
    compared.iter().enumerate().find_map(differs)
}
