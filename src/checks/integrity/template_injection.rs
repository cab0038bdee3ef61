//! Expressions whose value an outsider writes, in places where the value becomes code.

use super::Scene;
use super::documents::Document;
use super::reach;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::expression;
use crate::workflow::scalar_text::Places;

pub(super) static TEMPLATE_INJECTION: Rule = Rule {
    id: "integrity/template-injection",
    severity: Severity::Error,
    category: Category::Security,
    summary: "text that an outsider writes is pasted into code",
    docs: include_str!("template-injection.md"),
    allow: None,
};

/// Inputs of actions that are run as code.
const CODE_INPUTS: [(&str, &str); 5] = [
    ("actions/github-script", "script"),
    ("azure/powershell", "inlineScript"),
    ("azure/cli", "inlineScript"),
    ("appleboy/ssh-action", "script"),
    ("nick-fields/retry", "command"),
];

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for step in document.steps() {
        if let Some(run) = step.run() {
            code(document, run, "the script", record);
        }
        for (action, input) in CODE_INPUTS {
            if let Some(value) = step.input(input).filter(|_| step.is_action(action)) {
                code(document, value, "the code", record);
            }
        }
    }
}

fn code(document: &Document<'_>, node: Node<'_>, what: &str, record: &mut Record) {
    let text = node.text().unwrap_or_default();
    let mut places = Places::new(document.source);
    for found in expression::embedded(text) {
        let Ok(expr) = &found.parsed else { continue };
        let mut dangerous = None;
        expr.accesses(&mut |_, path| {
            if reach::is_written_by_outsiders(&path) || reach::holds_outsiders_text(&path) {
                dangerous.get_or_insert(path);
            }
        });
        let Some(path) = dangerous else { continue };
        // A comparison or a test gives true or false, whatever the text is.
        if !gives_text(expr) {
            continue;
        }
        let place = document.source.at(places.of(node, found.outer.clone()));
        let message =
            format!("`{path}` is written by whoever causes the event, and is pasted into {what} as it is");
        let help =
            "give it to the step as a variable: `env: { VALUE: ${{ … }} }`, and use \"$VALUE\" in the script";
        let severity = reach::severity(document.workflow.as_ref());
        record.push(
            Finding::new(&TEMPLATE_INJECTION, place, message).severity(severity).help(help).subject(path),
        );
    }
}

/// True if an outsider's text can come out of the expression, not only a boolean.
fn gives_text(expr: &expression::Expr) -> bool {
    use expression::ExprKind;
    match &expr.kind {
        ExprKind::Compare(..) | ExprKind::Not(_) => false,
        ExprKind::Call(name, arguments) => match name.to_lowercase().as_str() {
            "contains" | "startswith" | "endswith" | "hashfiles" | "success" | "failure" | "always"
            | "cancelled" => false,
            _ => arguments.iter().any(gives_text),
        },
        ExprKind::All(parts) => parts.last().is_some_and(gives_text),
        ExprKind::Any(parts) => parts.iter().any(gives_text),
        _ => expr
            .path()
            .is_some_and(|path| reach::is_written_by_outsiders(&path) || reach::holds_outsiders_text(&path)),
    }
}
