//! Labels that look like GitHub's own runners and are none, and labels that no runner can have at once.

use std::sync::LazyLock;

use super::documents::Document;
use super::runner_labels::labels;
use super::{Scene, data};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;

pub(super) static UNKNOWN_RUNNER: Rule = Rule {
    id: "integrity/unknown-runner",
    severity: Severity::Note,
    category: Category::Truth,
    summary: "a label that looks like a runner of GitHub, and is not known",
    allow: None,
};

pub(super) static CONTRADICTING_RUNNERS: Rule = Rule {
    id: "integrity/contradicting-runners",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a job asks for one runner that has the labels of two",
    allow: None,
};

/// What the labels of GitHub's runners begin with.
const FAMILIES: [&str; 4] = ["ubuntu-", "windows-", "macos-", "linux-"];

/// The hosted ones without the points in their versions.
static PLAIN: LazyLock<Vec<String>> = LazyLock::new(|| hosted().map(plain).collect());

fn hosted() -> impl Iterator<Item = &'static str> {
    data::HOSTED_RUNNERS.rows::<1>().map(|[label]| label)
}

fn plain(label: &str) -> String {
    label.replace('.', "")
}

fn is_hosted(label: &str) -> bool {
    data::HOSTED_RUNNERS.contains(&label.to_lowercase())
}

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for job in document.workflow.iter().flat_map(|workflow| &workflow.jobs) {
        let Some(runs_on) = job.node.get("runs-on").filter(|runs_on| !runs_on.is_map()) else { continue };
        let nodes = labels(runs_on, job.node);
        let texts = || nodes.iter().filter_map(|node| node.text());
        // A machine of one's own may be called anything.
        if texts().any(|label| label.eq_ignore_ascii_case("self-hosted")) {
            continue;
        }
        for node in &nodes {
            let label = node.text().unwrap_or_default();
            if let Some(finding) = unknown(label) {
                let (message, severity, help) = finding;
                let finding = Finding::new(&UNKNOWN_RUNNER, document.source.at_node(*node), message);
                record.push(Finding { help, ..finding.severity(severity).subject(label) });
            }
        }
        if runs_on.is_seq() {
            contradictions(document, runs_on, record);
        }
    }
}

fn unknown(label: &str) -> Option<(String, Severity, Option<String>)> {
    let lower = label.to_lowercase();
    let family = FAMILIES.iter().any(|family| lower.starts_with(family));
    if !family
        || is_hosted(label)
        || data::RETIRED_RUNNERS.contains(&lower)
        || label.contains("${{")
        || is_larger(&lower)
    {
        return None;
    }
    let message = format!(
        "`{label}` is no runner of GitHub that is known; without one of your own of that name the job never starts"
    );
    let near = nearest(&lower, hosted());
    let help = near.map(|near| format!("did you mean `{near}`?"));
    let severity = if help.is_some() && !lower.contains(|c: char| c.is_ascii_digit()) {
        Severity::Warning
    } else {
        Severity::Note
    };
    Some((message, severity, help))
}

/// Larger runners are called as their owner likes, mostly after the image with something behind it.
fn is_larger(label: &str) -> bool {
    let label = plain(label);
    PLAIN
        .iter()
        .any(|known| label.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with(['-', '_'])))
}

/// A job runs on one runner, which has all the labels; GitHub's own have one each.
fn contradictions(document: &Document<'_>, runs_on: crate::tree::Node<'_>, record: &mut Record) {
    let job = document.workflow.iter().flat_map(|workflow| &workflow.jobs);
    let Some(job) = job.into_iter().find(|job| job.node.get("runs-on") == Some(runs_on)) else { return };
    let mut first: Option<(&str, crate::tree::Node<'_>)> = None;
    for item in runs_on.items() {
        // Of what a matrix gives, each value stands for itself.
        for node in labels(item, job.node) {
            let Some(label) = node.text().filter(|label| is_hosted(label)) else { continue };
            let Some((other, place)) = first.filter(|(other, _)| !other.eq_ignore_ascii_case(label)) else {
                continue;
            };
            let message = format!("no runner is `{other}` and `{label}` at once: `{}` never starts", job.id);
            let finding = Finding::new(&CONTRADICTING_RUNNERS, document.source.at_node(node), message);
            let related = document.source.at_node(place);
            record.push(
                finding
                    .related(related, "the other label")
                    .help("for a job on each of them write a matrix")
                    .subject(job.id),
            );
        }
        if first.is_none() {
            let own = labels(item, job.node);
            let hosted = own.first().filter(|_| own.len() == 1).and_then(|node| Some((node.text()?, *node)));
            first = hosted.filter(|(label, _)| is_hosted(label));
        }
    }
}
