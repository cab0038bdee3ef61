//! Expressions whose value somebody else writes, in places where the value becomes code.

use super::Scene;
use super::data;
use super::fixes;
use super::places::{JobPlace, StepPlace};
use super::taint::shells::{self, Shell};
use super::taint::values::Scope;
use super::taint::{Origin, Taint, Writer};
use crate::checks::Record;
use crate::finding::Finding;
use crate::fix::Fix;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::condition::Condition;
use crate::workflow::expression::{self, Expr, ExprKind, Operator};
use crate::workflow::model::Step;
use crate::workflow::scalar_text::Places;

pub(super) static TEMPLATE_INJECTION: Rule = Rule {
    id: "integrity/template-injection",
    severity: Severity::Error,
    category: Category::Security,
    summary: "text that somebody else writes is pasted into code",
    allow: None,
};

pub(super) fn look_at_job<'d>(job: &JobPlace<'d>, scene: &Scene<'d>, record: &mut Record) {
    for place in job.places() {
        if let Some(run) = place.step.run() {
            code(&place, run, "script", "shell", scene, record);
        }
        let Some(action) = place.step.action() else { continue };
        for [_, input, language] in data::CODE_INPUTS.named(&action) {
            if let Some(value) = place.step.input(input) {
                code(&place, value, "code", language, scene, record);
            }
        }
    }
}

fn code<'d>(
    place: &StepPlace<'_, 'd>,
    node: Node<'d>,
    what: &str,
    language: &str,
    scene: &Scene<'d>,
    record: &mut Record,
) {
    let text = node.text().unwrap_or_default();
    if !text.contains("${{") {
        return;
    }
    let source = place.around.document.source;
    let (mut places, Some(scope)) = (Places::new(source), place.scope()) else { return };
    for found in expression::embedded(text) {
        let Ok(expr) = &found.parsed else { continue };
        if language == "js" && is_literal_json(expr, &text[..found.outer.start]) {
            continue;
        }
        if expr.path().is_some_and(|path| is_named(&place.step, &path)) {
            continue;
        }
        let taint = scene.flow.value(expr, &scope);
        let Some(taint) = taint.and_then(|taint| taint.only(|origin| origin.kind.is_text())) else {
            continue;
        };
        let Some((severity, origin)) = taint.worst(&place.flow.reach) else { continue };
        let at = source.at(places.of(node, found.outer.clone()));
        let message = message(expr, &text[found.start..], origin, what);
        let finding =
            Finding::new(&TEMPLATE_INJECTION, at, message).severity(severity).help(help(place, language));
        let fix = if what == "script" { moved(place, node, &found, &scope) } else { None };
        record.push(with_trail(finding.subject(origin.name.clone()).fix(fix), &taint));
    }
}

/// The expression as a variable of the step, where the script is one of a POSIX shell.
fn moved(
    place: &StepPlace<'_, '_>,
    run: Node<'_>,
    found: &expression::Embedded,
    scope: &Scope<'_, '_>,
) -> Option<Fix> {
    let around = place.around;
    if shells::of(&place.step, scope) != Shell::Posix {
        return None;
    }
    let job = around.job.and_then(|job| job.node.get("env"));
    let shared: Vec<Node<'_>> = job.into_iter().chain(around.document.root.get("env")).collect();
    fixes::environment::fix(around.document.source, place.step.node, run, found, &shared)
}

/// True if the step runs only where this is one text that is written out: `if: steps.a.outputs.branch == 'main'`.
fn is_named(step: &Step<'_>, path: &str) -> bool {
    let Some(Condition::Expression { expr, .. }) = step.node.get("if").and_then(Condition::of) else {
        return false;
    };
    let parts =
        if let ExprKind::All(parts) = &expr.kind { parts.as_slice() } else { std::slice::from_ref(&expr) };
    let is_it = |side: &Expr| side.path().is_some_and(|own| own.eq_ignore_ascii_case(path));
    let is_text = |side: &Expr| matches!(side.kind, ExprKind::String(_));
    parts.iter().any(|part| match &part.kind {
        ExprKind::Compare(Operator::Equal, a, b) => is_it(a) && is_text(b) || is_it(b) && is_text(a),
        _ => false,
    })
}

/// `const title = ${{ toJSON(github.event.issue.title) }}`: JSON is a literal of JavaScript, outside of quotes.
fn is_literal_json(expr: &Expr, before: &str) -> bool {
    matches!(&expr.kind, ExprKind::Call(name, _) if name.eq_ignore_ascii_case("tojson"))
        && !before.ends_with(['\'', '"', '`'])
}

fn message(expr: &Expr, text: &str, origin: &Origin, what: &str) -> String {
    let who = match origin.writer {
        Writer::Outsider => "is written by whoever causes the event",
        Writer::Insider if origin.name.starts_with("inputs.") => "is given by whoever starts the workflow",
        Writer::Insider => "is chosen by people with rights in the repository",
        Writer::Caller => "is whatever the caller gives",
    };
    let direct = expr.path().is_some_and(|path| path.eq_ignore_ascii_case(&origin.name));
    let name = match written(expr, text, &origin.name) {
        Some(name) => format!("`{name}`"),
        None => origin.shown(),
    };
    match direct {
        true => format!("{name} {who}, and is pasted into the {what} as it is"),
        false => format!("{name} {who}, and comes here, where it is pasted into the {what} as it is"),
    }
}

/// An access path as this expression writes it, which may be in other letters.
fn written<'t>(expr: &Expr, text: &'t str, name: &str) -> Option<&'t str> {
    let mut range = None;
    expr.accesses(&mut |access, path| {
        range = range.take().or_else(|| (path == name).then(|| access.range.clone()))
    });
    text.get(range?)
}

fn help(place: &StepPlace<'_, '_>, language: &str) -> &'static str {
    let is_script = place.step.run().is_some();
    match language {
        "js" => {
            "give it to the step as a variable: `env: { VALUE: ${{ … }} }`, and read `process.env.VALUE` in the script"
        }
        _ if is_script => {
            "give it to the step as a variable: `env: { VALUE: ${{ … }} }`, and use \"$VALUE\" in the script"
        }
        _ => {
            "run it in a step of its own, with the value as a variable: `env: { VALUE: ${{ … }} }` and \"$VALUE\""
        }
    }
}

/// Adds the places that a value passed.
pub(super) fn with_trail(finding: Finding, taint: &Taint) -> Finding {
    let mut finding = finding;
    for (place, what) in &taint.trail {
        if *place != finding.location {
            finding = finding.related(place.clone(), what.clone());
        }
    }
    finding
}
