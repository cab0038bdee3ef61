//! Actions, workflows and images that somebody else can change after they were reviewed.

use std::collections::BTreeMap;

use globset::GlobSet;

use super::documents::Document;
use super::{Scene, Unpinned, power};
use crate::checks::Record;
use crate::finding::Finding;
use crate::fix::Fix;
use crate::fix::pin::{Pin, Place};
use crate::ignores;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::reference::{Reference, has_digest, is_commit};
use crate::workflow::scalar_text::source_range;

pub(super) static UNPINNED_USES: Rule = Rule {
    id: "integrity/unpinned-uses",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an action, workflow or image that its owner can change after it was reviewed",
    allow: Some(
        "owners and repositories that need no commit, as patterns over `owner/name`, such as `actions/*`",
    ),
};

/// Owners whose code runs the job itself: whoever takes them over needs no tag.
const TRUSTED: [&str; 2] = ["actions", "github"];

/// It refuses to run by a commit: who verifies what it signs looks for its tag.
const BY_TAG: &str = "slsa-framework/slsa-github-generator";

/// A place that names something by a tag or branch, or an image without its digest.
struct Loose<'d> {
    node: Node<'d>,
    text: &'d str,
    /// What its job could do, in words that follow "in a job that".
    harm: Option<String>,
    /// An ignore comment speaks of this place alone.
    alone: bool,
}

pub(super) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    let allowed = scene.context.allowed(&UNPINNED_USES, record);
    let all = scene.context.settings.checks.integrity.unpinned == Unpinned::All;
    for document in scene.repository.all() {
        let mut groups: BTreeMap<(&str, Option<usize>), Vec<Loose<'_>>> = BTreeMap::new();
        for loose in places(document, scene, &allowed) {
            let key = (loose.text, loose.alone.then(|| loose.node.range().start));
            groups.entry(key).or_default().push(loose);
        }
        let mut groups: Vec<Vec<Loose<'_>>> = groups.into_values().collect();
        crate::sorted::by_key(&mut groups, |group| group.first().map(|loose| loose.node.range().start));
        for group in groups {
            record.findings.extend(finding(document, &group, all));
        }
    }
}

/// Every place of a document that is not pinned, in the order of writing.
fn places<'d>(document: &'d Document<'d>, scene: &Scene<'d>, allowed: &GlobSet) -> Vec<Loose<'d>> {
    let loose = |node: Node<'d>, harm: &Option<String>| {
        let text = node.text().filter(|text| is_loose(text, allowed))?;
        let line = document.source.span(node.range()).line;
        let alone = ignores::speaks(document.source, line, UNPINNED_USES.id);
        Some(Loose { node, text, harm: harm.clone(), alone })
    };
    let Some(workflow) = &document.workflow else {
        let uses: Vec<_> = document.steps().iter().filter_map(|step| step.uses()).collect();
        let harm = if uses.is_empty() { None } else { power::of_action(document, scene) };
        return uses.into_iter().filter_map(|node| loose(node, &harm)).collect();
    };
    let jobs = workflow.jobs.iter().enumerate().flat_map(|(index, job)| {
        let uses: Vec<_> =
            job.uses().into_iter().chain(job.steps.iter().filter_map(|step| step.uses())).collect();
        let harm = if uses.is_empty() { None } else { power::of_job(document, index, scene) };
        uses.into_iter().filter_map(move |node| loose(node, &harm)).collect::<Vec<_>>()
    });
    jobs.collect()
}

fn is_loose(text: &str, allowed: &GlobSet) -> bool {
    match Reference::parse(text) {
        Some(Reference::Remote { owner, name, git_ref, .. }) => {
            let slug = format!("{owner}/{name}");
            let by_tag = slug.eq_ignore_ascii_case(BY_TAG) && git_ref.matches('.').count() == 2;
            !is_commit(git_ref) && !by_tag && !allowed.is_match(&slug)
        }
        Some(Reference::Image(image)) => !has_digest(image) && !image.contains("${{"),
        _ => false,
    }
}

/// What is said of one reference of a document: at the place where it can do most harm, with the number of the others.
fn finding(document: &Document<'_>, group: &[Loose<'_>], all: bool) -> Option<Finding> {
    let worst = group.iter().find(|loose| loose.harm.is_some()).or(group.first())?;
    let text = worst.text;
    let (what, help, trusted) = match Reference::parse(text)? {
        Reference::Image(image) => {
            let name = image.split('@').next().unwrap_or_default();
            let what = format!("the image `{image}` can be replaced by its owner; pin it to a digest");
            (what, format!("write `docker://{name}@sha256:<digest>`"), false)
        }
        Reference::Remote { owner, git_ref, ref_range, .. } => {
            let action = &text[..ref_range.start - 1];
            let what = format!("`{text}` can be moved by its owner; pin it to a commit");
            let help = format!("write `{action}@<the 40 digits of the commit> # {git_ref}`");
            (what, help, TRUSTED.iter().any(|trusted| owner.eq_ignore_ascii_case(trusted)))
        }
        _ => return None,
    };
    let harm = worst.harm.as_deref().filter(|_| !trusted);
    let severity = if all || harm.is_some() { Severity::Warning } else { Severity::Note };
    let mut message = what;
    if let Some(harm) = harm {
        message.push_str(&format!(" (in a job that {harm})"));
    }
    match group.len() - 1 {
        0 => {}
        1 => message.push_str("; 1 more place in this file"),
        more => message.push_str(&format!("; {more} more places in this file")),
    }
    let subject = text.strip_prefix("docker://").unwrap_or(text);
    let found = Finding::new(&UNPINNED_USES, document.source.at_node(worst.node), message);
    Some(found.severity(severity).help(help).subject(subject).fix(pin(document, group)))
}

/// Where a commit and its version would be written.
fn pin(document: &Document<'_>, group: &[Loose<'_>]) -> Option<Fix> {
    let text = group.first()?.text;
    let Reference::Remote { owner, name, git_ref, ref_range, .. } = Reference::parse(text)? else {
        return None;
    };
    let source = document.source;
    let place = |loose: &Loose<'_>| {
        let range = source_range(source, loose.node, ref_range.clone());
        // An alias stands for what is written elsewhere.
        if loose.node.is_alias() || source.text().get(range.clone()) != Some(git_ref) {
            return None;
        }
        let end = loose.node.range().end;
        let rest = source.text()[end..].lines().next().unwrap_or_default();
        Some(Place { range, comment: rest.trim().is_empty().then_some(end) })
    };
    let places: Vec<Place> = group.iter().filter_map(place).collect();
    let pin = Pin { repository: format!("{owner}/{name}"), git_ref: git_ref.to_owned(), places };
    (!pin.places.is_empty()).then(|| Fix {
        what: format!("pins `{text}` to its commit"),
        edits: Vec::new(),
        pin: Some(pin),
    })
}
