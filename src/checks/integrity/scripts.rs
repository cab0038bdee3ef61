//! Scripts of `run`: those that no shell can read, and what shellcheck says of the others when it is there.

mod shellcheck;

use std::cell::LazyCell;

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Step;
use crate::workflow::scalar_text::Places;
use crate::workflow::shell::{self, Options, ShellKind};
use crate::workflow::shell_syntax::{self, Fault, FaultKind};

pub(super) use shellcheck::{SHELLCHECK, sweep};

pub(super) static BROKEN_SCRIPT: Rule = Rule {
    id: "integrity/broken-script",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a script of `run` that the shell cannot read",
    allow: None,
};

/// A script of bash or sh.
struct Script<'d> {
    document: &'d Document<'d>,
    run: Node<'d>,
    posix: bool,
    options: Options,
    fault: Option<Fault>,
}

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for script in of_document(document) {
        let Some(fault) = &script.fault else { continue };
        report(&script, fault, record);
    }
}

/// Every script that is certainly one of bash or sh.
fn of_document<'d>(document: &'d Document<'d>) -> Vec<Script<'d>> {
    let Some(workflow) = &document.workflow else {
        let steps = document.steps();
        let scripts = steps.iter().filter_map(|step| script(document, step, shell::shell_of_action(step)));
        return scripts.collect();
    };
    let windows = LazyCell::new(|| shell::speaks_of_windows(document.source.text()));
    let steps = workflow.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step)));
    let scripts = steps.filter_map(|(job, step)| {
        let script = script(document, step, shell::shell_of(workflow, job, step));
        script.filter(|_| shell::is_sure(workflow, job, step, &|| *windows))
    });
    scripts.collect()
}

fn script<'d>(document: &'d Document<'d>, step: &Step<'d>, shell: shell::Shell) -> Option<Script<'d>> {
    let run = step.run()?;
    let text = run.text().filter(|_| shell.kind.is_posix())?;
    let posix = shell.kind == ShellKind::Sh;
    let fault = shell_syntax::fault(text, posix);
    Some(Script { document, run, posix, options: shell.options, fault })
}

fn report(script: &Script<'_>, fault: &Fault, record: &mut Record) {
    let source = script.document.source;
    let text = script.run.text().unwrap_or_default();
    let mut places = Places::new(source);
    let written = text.get(fault.range.clone()).unwrap_or_default();
    let place = places.of(script.run, fault.range.clone());
    let shell = if script.posix { "sh" } else { "bash" };
    let (message, help) = match &fault.kind {
        FaultKind::Unclosed { closing } => (
            format!("nothing closes this `{written}`: {shell} stops with a syntax error"),
            match *closing {
                "\"" | "'" | "`" => {
                    format!("add the second `{closing}`, or put a backslash before one that is text")
                }
                closing => format!("add the `{closing}` that belongs to it"),
            },
        ),
        FaultKind::Unexpected { open: None } => (
            format!("`{written}` cannot stand here: {shell} stops with a syntax error"),
            "take it out, or add what is missing before it".to_owned(),
        ),
        FaultKind::Unexpected { open: Some((opened, closing)) } => {
            let line = source.span(places.of(script.run, opened.clone())).line;
            let word = text.get(opened.clone()).unwrap_or_default();
            (
                format!(
                    "`{written}` cannot stand here, inside of the `{word}` of line {line}: {shell} stops with a \
                     syntax error"
                ),
                format!("`{word}` ends with `{closing}`; see that every part of it is there, and in order"),
            )
        }
        FaultKind::Document { delimiter } => (
            format!("no line is just `{delimiter}`: everything from here to the end of the script is text"),
            format!("write `{delimiter}` on a line of its own, without blanks before or behind it"),
        ),
    };
    record.push(Finding::new(&BROKEN_SCRIPT, source.at(place), message).help(help));
}
