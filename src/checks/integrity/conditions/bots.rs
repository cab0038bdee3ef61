//! Conditions that trust whoever did something last to be a bot.

use crate::checks::Record;
use crate::checks::integrity::Scene;
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::places::JobPlace;
use crate::checks::integrity::reach::{Events, Reach, Starter};
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::condition::Condition;
use crate::workflow::expression::{Expr, ExprKind, Operator};
use crate::workflow::scalar_text::Places;

pub(in crate::checks::integrity) static SPOOFABLE_BOT: Rule = Rule {
    id: "integrity/spoofable-bot",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a condition that an outsider passes by letting a bot act last",
    allow: None,
};

pub(in crate::checks::integrity) fn look_at_job<'d>(job: &JobPlace<'d>, _: &Scene<'d>, record: &mut Record) {
    if let Some(condition) = job.job.and_then(|job| job.node.get("if")) {
        judge(job.document, condition, &job.flow.reach, record);
    }
    steps(job, record);
}

fn steps(job: &JobPlace<'_>, record: &mut Record) {
    for place in job.places() {
        if let Some(condition) = place.step.node.get("if") {
            judge(job.document, condition, &place.flow.reach, record);
        }
    }
}

fn judge<'d>(document: &Document<'d>, condition: Node<'d>, reach: &Reach, record: &mut Record) {
    let Some(Condition::Expression { expr, start }) = Condition::of(condition) else { return };
    // Without secrets and rights there is nothing to gain; who comments is named by the event alone.
    let privileged =
        Events::that(|event| event.starter == Starter::Anyone && event.payload.contains(&"pull_request"))
            .or(Events::named("workflow_run"));
    let Some(event) = reach.outsiders(privileged).first().copied() else { return };
    let mut found = Vec::new();
    trusted(&expr, &mut found);
    let mut places = Places::new(document.source);
    for part in found {
        let range = start + part.range.start..start + part.range.end;
        let at = document.source.at(places.of(condition, range));
        let message = format!("under `{event}` this is whoever acted last on somebody else's pull request");
        let help = match event {
            "workflow_run" => {
                "ask who opened the pull request, from GitHub's interface, before anything is trusted"
            }
            _ => "ask who opened it: `github.event.pull_request.user.login == 'dependabot[bot]'`",
        };
        record.push(Finding::new(&SPOOFABLE_BOT, at, message).help(help));
    }
}

/// Parts of the condition that let a bot through by its name.
fn trusted<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    let is_actor = |expr: &Expr| {
        expr.path().is_some_and(|path| matches!(&*path, "github.actor" | "github.triggering_actor"))
    };
    let is_bot = |expr: &Expr| matches!(&expr.kind, ExprKind::String(text) if text.ends_with("[bot]"));
    match &expr.kind {
        ExprKind::All(parts) => {
            // One part that asks for the author is enough for all of them.
            let author = |part: &Expr| {
                let mut asked = false;
                part.accesses(&mut |_, path| asked |= path == "github.event.pull_request.user.login");
                asked
            };
            if !parts.iter().any(author) {
                parts.iter().for_each(|part| trusted(part, found));
            }
        }
        ExprKind::Any(parts) => parts.iter().for_each(|part| trusted(part, found)),
        ExprKind::Compare(Operator::Equal, a, b) if is_actor(a) && is_bot(b) || is_bot(a) && is_actor(b) => {
            found.push(expr);
        }
        _ => {}
    }
}
