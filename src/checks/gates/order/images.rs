//! Images: what is pushed is scanned, and it is that which is scanned.

use std::collections::BTreeSet;

use crate::checks::Record;
use crate::finding::Finding;

use super::super::jobs::{JobFacts, StepFacts};
use super::{SCANNED_BY_TAG, UNSCANNED_IMAGE, pushes_image};

/// Words of steps that scan an image, or make the list of what it holds.
const SCANS: [&str; 12] = [
    "trivy",
    "grype",
    "anchore/",
    "snyk",
    "docker/scout",
    "docker scout",
    "clair",
    "dockle",
    "aqua",
    "wiz",
    "prisma",
    "sysdig",
];

/// Actions that scan an image, with the input that names it.
pub(super) const SCANNERS: [(&str, &str); 4] = [
    ("aquasecurity/trivy-action", "image-ref"),
    ("anchore/scan-action", "image"),
    ("docker/scout-action", "image"),
    ("snyk/actions/docker", "image"),
];

/// The paths of workflows in which something scans an image, or that call others which may.
pub(super) fn scanned<'t>(jobs: &[JobFacts<'_, 't>]) -> BTreeSet<&'t str> {
    // Most repositories push no images, and need no answer.
    if !jobs.iter().flat_map(|job| &job.steps).any(pushes_image) {
        return BTreeSet::new();
    }
    let scans = |job: &&JobFacts<'_, '_>| {
        job.scene.job.uses().is_some() || SCANS.iter().any(|word| job.scene.mentions(word))
    };
    jobs.iter().filter(scans).map(|job| job.scene.file.path()).collect()
}

pub(super) fn look(job: &JobFacts<'_, '_>, scanned: &BTreeSet<&str>, record: &mut Record) {
    let Some(push) = job.steps.iter().find(|step| pushes_image(step)) else { return };
    if !scanned.contains(job.scene.file.path()) {
        unscanned(job, push, record);
    }
    for step in job.steps.iter().filter(|step| step.index > push.index) {
        by_tag(job, step, record);
    }
}

fn unscanned(job: &JobFacts<'_, '_>, push: &StepFacts<'_, '_>, record: &mut Record) {
    let Some(uses) = push.step.step.uses() else { return };
    let finding = Finding::new(
        &UNSCANNED_IMAGE,
        job.scene.file.source.at_node(uses),
        "this image is pushed, and nothing in the workflow scans it",
    );
    record
        .push(finding.help("scan it by its digest before anybody is pointed to it").subject(job.scene.id()));
}

fn by_tag(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>, record: &mut Record) {
    let scan = &step.step.step;
    let found =
        SCANNERS.iter().find(|(slug, _)| scan.is_action(slug)).and_then(|(_, input)| scan.input(input));
    let Some(image) = found else { return };
    let text = image.text().unwrap_or_default();
    if text.contains('@') || text.contains("digest") || !text.ends_with(":latest") {
        return;
    }
    let message = "this scans whatever `latest` is by then, which need not be the image that this run pushed";
    let finding = Finding::new(&SCANNED_BY_TAG, job.scene.file.source.at_node(image), message)
        .help("give the step that pushes an `id`, and scan `image@${{ steps.<id>.outputs.digest }}`");
    record.push(finding.subject(format!("{} {}", job.scene.id(), step.index)));
}
