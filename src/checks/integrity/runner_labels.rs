//! Runners that GitHub no longer has, and names of runners with a slip.

use super::documents::Document;
use super::{Scene, data};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::expression::{self, ExprKind};

pub(super) static RETIRED_RUNNER: Rule = Rule {
    id: "integrity/retired-runner",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a job asks for a runner that GitHub no longer has",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    for job in document.workflow.iter().flat_map(|workflow| &workflow.jobs) {
        let Some(runs_on) = job.node.get("runs-on") else { continue };
        // A machine of one's own may be called anything, next to `self-hosted` or in a group.
        let labels = labels(runs_on, job.node);
        let own = labels
            .iter()
            .any(|node| node.text().is_some_and(|label| label.eq_ignore_ascii_case("self-hosted")));
        if own || runs_on.is_map() {
            continue;
        }
        for node in labels {
            let label = node.text().unwrap_or_default();
            let Some([_, instead]) = data::RETIRED_RUNNERS.named(&label.to_lowercase()).next() else {
                continue;
            };
            // Machines of one's own are all that an enterprise server has, and may be called anything.
            if scene.context.is_on_enterprise_server() {
                return;
            }
            let message = format!("GitHub has no runner `{label}` any more: `{}` never starts", job.id);
            let finding = Finding::new(&RETIRED_RUNNER, document.source.at_node(node), message);
            record.push(finding.help(format!("write `{instead}`")).subject(format!("{} {label}", job.id)));
        }
    }
}

/// The labels that `runs-on` names, by itself or through the job's matrix.
pub(super) fn labels<'d>(runs_on: Node<'d>, job: Node<'d>) -> Vec<Node<'d>> {
    let nodes: Vec<Node<'d>> = if runs_on.is_seq() { runs_on.items().collect() } else { vec![runs_on] };
    let of = |node: &Node<'d>| match node.text().filter(|text| text.contains("${{")) {
        None => vec![*node],
        Some(text) => matrix_key(text).map(|key| values(job, &key)).unwrap_or_default(),
    };
    nodes.iter().flat_map(of).collect()
}

/// `${{ matrix.key }}`
fn matrix_key(text: &str) -> Option<String> {
    let embedded = expression::embedded(text);
    let [only] = embedded.as_slice() else { return None };
    let expr = only.parsed.as_ref().ok().filter(|_| only.outer == (0..text.len()))?;
    match &expr.kind {
        ExprKind::Property(..) => expr.path()?.strip_prefix("matrix.").map(str::to_owned),
        _ => None,
    }
}

/// What a key of the matrix can be.
fn values<'d>(job: Node<'d>, key: &str) -> Vec<Node<'d>> {
    let Some(matrix) = job.at(&["strategy", "matrix"]) else { return Vec::new() };
    let named = |map: Node<'d>| {
        map.entries()
            .find(|(name, _)| name.text().is_some_and(|name| name.eq_ignore_ascii_case(key)))
            .map(|(_, v)| v)
    };
    let own = named(matrix).into_iter().flat_map(|list| list.items());
    let included = matrix.get("include").into_iter().flat_map(|list| list.items()).filter_map(named);
    own.chain(included).collect()
}
