//! Values at places where their kind makes no sense: a property of a text, an object inside a text, a list that is
//! compared with a text.

mod contexts;
mod kind;

use super::Reading;
use super::documents::Document;
use crate::checks::Record;
use crate::excerpt;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::expression::{Expr, ExprKind, Operator};
use crate::workflow::scalar_text::Places;
use crate::workflow::shape::Located;

use kind::{Contexts, Kind};

pub(super) static MISMATCHED_TYPE: Rule = Rule {
    id: "integrity/mismatched-type",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a value of a kind that makes no sense at its place",
    allow: None,
};

/// Names that a message lists.
const MAX_LISTED: usize = 20;

pub(super) fn read(Reading { document, validated, .. }: &Reading<'_>, record: &mut Record) {
    let mut places = Places::new(document.source);
    let jobs = || document.workflow.iter().flat_map(|workflow| &workflow.jobs);
    let outside = contexts::at(document, None);
    let inside: Vec<Contexts> = jobs().map(|job| contexts::at(document, Some(job))).collect();
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let at = located.node.range().start;
        let job = jobs().position(|job| job.node.range().contains(&at));
        let contexts = job.and_then(|job| inside.get(job)).unwrap_or(&outside);
        let mut faults = Vec::new();
        expr.walk(&mut |part| faults.extend(fault(part, expr, contexts)));
        if faults.is_empty() {
            faults.extend(at_place(document, located, expr, contexts));
        }
        for Fault { part, message, severity } in faults {
            let start = located.embedded.start;
            let range = start + part.range.start..start + part.range.end;
            let place = document.source.at(places.of(located.node, range));
            record.push(Finding::new(&MISMATCHED_TYPE, place, message).severity(severity));
        }
    }
}

struct Fault<'e> {
    part: &'e Expr,
    message: String,
    severity: Severity,
}

/// What is wrong with a part by itself.
fn fault<'e>(part: &'e Expr, whole: &Expr, contexts: &Contexts) -> Option<Fault<'e>> {
    let shown = |expr: &Expr| expr.path().map_or_else(|| "this".to_owned(), |path| format!("`{path}`"));
    // A key that some legs of a matrix have, and today none.
    let optional = || part.path().is_some_and(|path| whole.falls_back(&path));
    let (message, severity) = match &part.kind {
        ExprKind::Property(of, name) => (no_property(of, name, contexts, &optional)?, Severity::Warning),
        ExprKind::Index(of, index) => match (&index.kind, contexts.kind(of)) {
            (ExprKind::String(name), _) => (no_property(of, name, contexts, &optional)?, Severity::Warning),
            (ExprKind::Number(_), kind) if matches!(*kind, Kind::Map(_)) => {
                (format!("{} is an object and has no numbered items", shown(of)), Severity::Warning)
            }
            _ => return None,
        },
        ExprKind::Compare(operator, a, b) => {
            let (left, right) = (contexts.kind(a), contexts.kind(b));
            let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
            let odd = |kind: &Kind| match equality {
                true => kind.is_collection(),
                false => kind.is_collection() || matches!(kind, Kind::Bool | Kind::Null),
            };
            let other = if odd(&left) { &right } else { &left };
            if !(odd(&left) || odd(&right)) || **other == Kind::Any {
                return None;
            }
            let outcome = match (equality, left.is_collection() || right.is_collection()) {
                (true, _) if *operator == Operator::Equal => "never holds",
                (true, _) => "always holds",
                (false, true) => "never holds",
                (false, false) => "says nothing",
            };
            let severity = if outcome == "says nothing" { Severity::Note } else { Severity::Warning };
            (format!("{} is compared with {}: this {outcome}", left.noun(), right.noun()), severity)
        }
        _ => return None,
    };
    Some(Fault { part, message, severity })
}

fn no_property(of: &Expr, name: &str, contexts: &Contexts, optional: &dyn Fn() -> bool) -> Option<String> {
    let path = || of.path().map_or_else(|| "this".to_owned(), |path| format!("`{path}`"));
    match &*contexts.kind(of) {
        Kind::Map(map) if map.others.is_none() && !map.properties.contains_key(&name.to_lowercase()) => {
            if optional() {
                return None;
            }
            let known = excerpt::list(map.properties.keys().map(String::as_str), ", ", MAX_LISTED);
            Some(format!("{} has no `{name}`; it has: {known}", path()))
        }
        // Whatever is read from null is null, which is what such a chain is written for.
        kind if kind.is_scalar() && *kind != Kind::Null => {
            Some(format!("{} is {} and has no `{name}`: this is always empty", path(), kind.noun()))
        }
        _ => None,
    }
}

/// What is wrong with the value of a whole expression where it stands.
fn at_place<'e>(
    document: &Document<'_>,
    located: &Located<'_>,
    expr: &'e Expr,
    contexts: &Contexts,
) -> Option<Fault<'e>> {
    let kind = contexts.kind(expr);
    let text = located.node.text().unwrap_or_default();
    let whole = located.embedded.outer == (0..text.len());
    let message = match &*located.key {
        "if" => return None,
        "default" if whole => {
            let wanted = type_of_default(document, located)?;
            if *kind == wanted || *kind == Kind::Any {
                return None;
            }
            format!("this input is {}, and its default is {}", wanted.noun(), kind.noun())
        }
        "runs-on" if whole => match &*kind {
            Kind::Map(map)
                if map.others.is_none()
                    && !["group", "labels"].iter().any(|key| map.properties.contains_key(*key)) =>
            {
                "a runner is a text, a list of them, or an object with `group` or `labels`".to_owned()
            }
            Kind::Bool | Kind::Number | Kind::Null => {
                format!("a runner is a text or a list of them, not {}", kind.noun())
            }
            _ => return None,
        },
        "env" if whole && kind.is_scalar() && is_env(document, located) => {
            format!("`env` is an object, and this is {}", kind.noun())
        }
        _ if whole && &*located.key != "run" => return None,
        key => match &*kind {
            Kind::Map(_) => format!("an object becomes the word `Object` in `{key}`; write `toJSON(…)`"),
            Kind::List(_) => {
                format!("a list becomes the word `Array` in `{key}`; write `toJSON(…)` or `join(…)`")
            }
            Kind::Null => format!("this is always empty in `{key}`"),
            _ => return None,
        },
    };
    Some(Fault { part: expr, message, severity: Severity::Warning })
}

/// The declared kind of the input whose default this is.
fn type_of_default(document: &Document<'_>, located: &Located<'_>) -> Option<Kind> {
    let inputs = document.workflow.as_ref()?.trigger("workflow_call")?.filters?.get("inputs")?;
    let mut inputs = inputs.entries();
    let (_, input) = inputs.find(|(_, input)| input.get("default") == Some(located.node))?;
    match input.get("type")?.text()? {
        "boolean" => Some(Kind::Bool),
        "number" => Some(Kind::Number),
        _ => None,
    }
}

/// True if the value is the `env` of a step, a job or the workflow, and no variable of that name.
fn is_env(document: &Document<'_>, located: &Located<'_>) -> bool {
    let jobs = document.workflow.iter().flat_map(|workflow| &workflow.jobs).map(|job| job.node);
    let steps = document.steps();
    let owners = jobs.chain(steps.iter().map(|step| step.node)).chain([document.root]);
    owners.into_iter().any(|owner| owner.get("env") == Some(located.node))
}

#[cfg(test)]
mod tests;
