//! Comparisons of texts with `true` and `false`, and of booleans with texts, which never hold.

use std::collections::HashMap;

use crate::checks::Record;
use crate::checks::integrity::Reading;
use crate::checks::integrity::documents::Document;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::expression::{Expr, ExprKind, Operator};
use crate::workflow::scalar_text::Places;

pub(in crate::checks::integrity) static MISMATCHED_COMPARISON: Rule = Rule {
    id: "integrity/mismatched-comparison",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a text is compared with a boolean, or a boolean with a text",
    allow: None,
};

pub(in crate::checks::integrity) fn read(
    Reading { document, validated, .. }: &Reading<'_>,
    record: &mut Record,
) {
    let inputs = Inputs::of(document);
    let mut places = Places::new(document.source);
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let start = located.embedded.start;
        expr.walk(&mut |part| {
            let Some((message, help)) = judge(part, &inputs) else { return };
            let range = start + part.range.start..start + part.range.end;
            let at = document.source.at(places.of(located.node, range));
            record.push(Finding::new(&MISMATCHED_COMPARISON, at, message).help(help));
        });
    }
}

/// What kind of value an input has, by its name in lower case: true for a boolean, absent for what may be either.
struct Inputs(HashMap<String, bool>);

impl Inputs {
    fn of(document: &Document<'_>) -> Inputs {
        let mut kinds: HashMap<String, Option<bool>> = HashMap::new();
        let mut add = |inputs: Option<Node<'_>>, may_be_boolean: bool| {
            for (name, definition) in inputs.into_iter().flat_map(|inputs| inputs.entries()) {
                let Some(name) = name.text() else { continue };
                let kind = definition.get("type").and_then(|kind| kind.text());
                let boolean = may_be_boolean && kind == Some("boolean");
                let known = kinds.entry(name.to_lowercase()).or_insert(Some(boolean));
                *known = known.filter(|known| *known == boolean);
            }
        };
        match &document.workflow {
            Some(workflow) => {
                for event in ["workflow_call", "workflow_dispatch"] {
                    let filters = workflow.trigger(event).and_then(|trigger| trigger.filters);
                    add(filters.and_then(|filters| filters.get("inputs")), true);
                }
            }
            // Whatever an action declares, its inputs are texts.
            None => add(document.root.get("inputs"), false),
        }
        Inputs(kinds.into_iter().filter_map(|(name, kind)| Some((name, kind?))).collect())
    }

    /// True for a boolean, false for a text, nothing if it is not known.
    fn kind(&self, path: &str) -> Option<bool> {
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            ["inputs", name] => self.0.get(*name).copied(),
            // What stands in the event is a text, whatever its type.
            ["github", "event", "inputs", _]
            | ["steps", _, "outputs", _]
            | ["needs", _, "outputs", _]
            | ["env", _] => Some(false),
            _ => None,
        }
    }
}

fn judge(part: &Expr, inputs: &Inputs) -> Option<(String, String)> {
    let ExprKind::Compare(operator @ (Operator::Equal | Operator::NotEqual), a, b) = &part.kind else {
        return None;
    };
    let (path, literal) = match (a.path(), b.path()) {
        (Some(path), None) if !path.contains('*') => (path, &b.kind),
        (None, Some(path)) if !path.contains('*') => (path, &a.kind),
        _ => return None,
    };
    let (same, other) = if *operator == Operator::Equal { ("==", "!=") } else { ("!=", "==") };
    let outcome = if *operator == Operator::Equal { "never holds" } else { "always holds" };
    match (inputs.kind(&path)?, literal) {
        (false, ExprKind::Bool(true)) => Some((
            format!("`{path}` is a text, and no text equals `true`: this {outcome}"),
            format!("write `{path} {same} 'true'`"),
        )),
        (false, ExprKind::Bool(false)) => Some((
            format!("`{path}` is a text; of all texts only the empty one equals `false`, not `'false'`"),
            format!("write `{path} {other} 'true'`"),
        )),
        (true, ExprKind::String(text)) if matches!(&*text.to_lowercase(), "true" | "false") => Some((
            format!("`{path}` is a boolean, and equals no text like `'{text}'`: this {outcome}"),
            format!("write `{path}`, or `!{path}`"),
        )),
        _ => None,
    }
}
