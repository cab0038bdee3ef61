//! Values of outsiders that a script runs as a command, or hands to the steps that follow as their environment.

use super::Scene;
use super::places::JobPlace;
use super::taint::Writer;
use super::taint::posix::SinkKind;
use super::template_injection::with_trail;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::scalar_text::Places;

pub(super) static COMMAND_INJECTION: Rule = Rule {
    id: "integrity/command-injection",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a script runs text that somebody else writes as a command",
    allow: None,
};

pub(super) static ENVIRONMENT_INJECTION: Rule = Rule {
    id: "integrity/environment-injection",
    severity: Severity::Error,
    category: Category::Security,
    summary: "text that somebody else writes sets variables of the steps that follow",
    allow: None,
};

pub(super) static UNQUOTED_EXPANSION: Rule = Rule {
    id: "integrity/unquoted-expansion",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "text that somebody else writes becomes several arguments of a command",
    allow: None,
};

pub(super) fn look_at_job<'d>(job: &JobPlace<'d>, _: &Scene<'d>, record: &mut Record) {
    for place in job.places() {
        let Some(script) = place.step.run().or_else(|| place.step.input("script")) else { continue };
        let source = job.document.source;
        let mut places = Places::new(source);
        for sink in &place.flow.sinks {
            let Some((severity, origin)) = sink.taint.worst(&place.flow.reach) else { continue };
            // People with rights run commands as they like; a caller knows what it calls.
            if origin.writer != Writer::Outsider {
                continue;
            }
            let at = source.at(places.of(script, sink.range.clone()));
            let (by, name) = (&sink.by, origin.shown());
            let finding = match sink.kind {
                SinkKind::Command => {
                    let message =
                        format!("`{by}` runs {name} as a command, which whoever causes the event writes");
                    Finding::new(&COMMAND_INJECTION, at, message).help(
                        "hand it over as an argument: `bash -c 'use \"$1\"' bash \"$VALUE\"`; or do without the inner shell",
                    )
                }
                SinkKind::Split => {
                    let message = format!(
                        "{name}, which whoever causes the event writes, stands here without quotes: each word of it \
                         becomes an argument of `{by}`"
                    );
                    Finding::new(&UNQUOTED_EXPANSION, at, message).help("put double quotes around it")
                }
                SinkKind::Environment => {
                    let message = format!(
                        "{name}, which whoever causes the event writes, goes to `{by}`, and can set any variable \
                         of the steps that follow"
                    );
                    Finding::new(&ENVIRONMENT_INJECTION, at, message).help(
                        "hand it over through `GITHUB_OUTPUT` with a random delimiter; or check it against a \
                         pattern first: `[[ \"$VALUE\" =~ ^[0-9]+$ ]] || exit 1`",
                    )
                }
            };
            // A word too many is not yet a command.
            let severity = match sink.kind {
                SinkKind::Split => severity.min(Severity::Warning),
                _ => severity,
            };
            let finding = finding.severity(severity).subject(format!("{} {}", job.id(), origin.name));
            record.push(with_trail(finding, &sink.taint));
        }
    }
}
