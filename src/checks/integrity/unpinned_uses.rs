//! Actions, workflows and images that somebody else can change after they were reviewed.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::fix::{Fix, pin::Pin};
use crate::rule::{Category, Rule, Severity};
use crate::settings;
use crate::tree::Node;
use crate::workflow::reference::{Reference, has_digest, is_commit};
use crate::workflow::scalar_text::source_range;

pub(super) static UNPINNED_USES: Rule = Rule {
    id: "integrity/unpinned-uses",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an action, workflow or image that its owner can change after it was reviewed",
    docs: include_str!("unpinned-uses.md"),
    allow: Some(
        "owners and repositories that need no commit, as patterns over `owner/name`, such as `actions/*`",
    ),
};

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    let allowed = scene.context.settings.allowed(&UNPINNED_USES);
    let allowed: Vec<_> =
        allowed.iter().filter_map(|pattern| Some(settings::glob(pattern).ok()?.compile_matcher())).collect();
    let calls =
        document.workflow.iter().flat_map(|workflow| workflow.jobs.iter().filter_map(|job| job.uses()));
    for uses in calls.chain(document.steps().iter().filter_map(|step| step.uses())) {
        let Some(text) = uses.text() else { continue };
        match Reference::parse(text) {
            Some(Reference::Remote { owner, name, git_ref, .. }) if !is_commit(git_ref) => {
                let slug = format!("{owner}/{name}");
                if !allowed.iter().any(|matcher| matcher.is_match(&slug)) {
                    record.push(remote(document, uses, text, git_ref));
                }
            }
            Some(Reference::Image(image)) if !has_digest(image) && !image.contains("${{") => {
                record.push(image_finding(document, uses, image));
            }
            _ => {}
        }
    }
}

fn remote(document: &Document<'_>, uses: Node<'_>, text: &str, git_ref: &str) -> Finding {
    let action = text.split('@').next().unwrap_or_default();
    let message = format!("`{text}` can be moved by its owner; pin it to a commit");
    Finding::new(&UNPINNED_USES, document.source.at_node(uses), message)
        .help(format!("write `{action}@<the 40 digits of the commit> # {git_ref}`"))
        .subject(text)
        .fix(pin(document, uses, text))
}

/// Where a commit and its version would be written.
fn pin(document: &Document<'_>, uses: Node<'_>, text: &str) -> Option<Fix> {
    let Some(Reference::Remote { owner, name, git_ref, ref_range, .. }) = Reference::parse(text) else {
        return None;
    };
    let source = document.source;
    let place = source_range(source, uses, ref_range);
    // An alias stands for what is written elsewhere.
    if uses.is_alias() || source.text().get(place.clone()) != Some(git_ref) {
        return None;
    }
    let end = uses.range().end;
    let rest = source.text()[end..].lines().next().unwrap_or_default();
    let repository = format!("{owner}/{name}");
    let comment = rest.trim().is_empty().then_some(end);
    let pin = Pin { repository, git_ref: git_ref.to_owned(), place, comment };
    let what = format!("pins `{text}` to its commit");
    Some(Fix { what, edits: Vec::new(), pin: Some(pin) })
}

fn image_finding(document: &Document<'_>, uses: Node<'_>, image: &str) -> Finding {
    let message = format!("the image `{image}` can be replaced by its owner; pin it to a digest");
    Finding::new(&UNPINNED_USES, document.source.at_node(uses), message)
        .help(format!("write `docker://{}@sha256:<digest>`", image.split('@').next().unwrap_or_default()))
        .subject(image)
}
