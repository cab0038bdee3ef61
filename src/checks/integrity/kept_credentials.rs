//! Tokens that a checkout leaves in the workspace, where an artifact carries them away.

use super::documents::Document;
use super::{Scene, fixes};
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Step;

pub(super) static KEPT_CREDENTIALS: Rule = Rule {
    id: "integrity/kept-credentials",
    severity: Severity::Error,
    category: Category::Security,
    summary: "an artifact carries away the token that the checkout left in `.git`",
    allow: None,
};

pub(super) fn look(document: &Document<'_>, _: &Scene<'_>, record: &mut Record) {
    for job in document.workflow.iter().flat_map(|workflow| &workflow.jobs) {
        let mut kept: Option<Step<'_>> = None;
        for step in &job.steps {
            if step.is_action("actions/checkout") && keeps(step) {
                kept = Some(*step);
            }
            let (Some(checkout), Some(path)) = (kept, uploaded(step)) else { continue };
            if !holds_git(path, &checkout) {
                continue;
            }
            let at = document.source.at_node(path);
            let message = "this artifact holds `.git`, with the token that the checkout left there";
            let place = document.source.at_node(checkout.uses().unwrap_or(checkout.node));
            let finding = Finding::new(&KEPT_CREDENTIALS, at, message).related(place, "the checkout");
            let help = "give the checkout `persist-credentials: false`, and upload only what was built";
            let fix = fixes::credentials::fix(document, job, &checkout);
            record.push(finding.help(help).subject(job.id).fix(fix));
        }
    }
}

/// Since v6 the token is kept outside of the workspace.
fn keeps(step: &Step<'_>) -> bool {
    let persists = step.input("persist-credentials").and_then(|value| value.text()) != Some("false");
    persists && major(step).is_none_or(|major| major < 6)
}

/// The major version of an action, if its tag says so.
fn major(step: &Step<'_>) -> Option<u64> {
    let (_, git_ref) = step.uses()?.text()?.split_once('@')?;
    git_ref.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// What an artifact holds, hidden files included. Since v4.4 they are left out unless asked for.
fn uploaded<'d>(step: &Step<'d>) -> Option<Node<'d>> {
    let hidden = step.input("include-hidden-files").and_then(|value| value.text()) == Some("true");
    let takes_hidden = hidden || major(step).is_some_and(|major| major < 4);
    (step.is_action("actions/upload-artifact") && takes_hidden).then(|| step.input("path")).flatten()
}

/// True if one of the paths is the folder of the checkout, or one around it.
fn holds_git(path: Node<'_>, checkout: &Step<'_>) -> bool {
    let folder = checkout.input("path").and_then(|path| path.text()).unwrap_or_default();
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    let lines = path.text().unwrap_or_default().lines().map(str::trim);
    let mut excluded = lines.clone().filter(|line| line.starts_with('!') && line.contains(".git"));
    if excluded.next().is_some() {
        return false;
    }
    lines.map(|line| line.trim_start_matches("${{ github.workspace }}").trim_start_matches("./")).any(
        |line| {
            let line = line
                .trim_matches('/')
                .trim_end_matches("**/*")
                .trim_end_matches("**")
                .trim_end_matches(['/', '*']);
            let whole = line.is_empty() || line == ".";
            whole && !path.text().unwrap_or_default().trim().is_empty()
                || !folder.is_empty() && line == folder
                || line == ".git"
                || !folder.is_empty() && line.strip_prefix(folder) == Some("/.git")
        },
    )
}
