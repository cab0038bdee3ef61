//! Order and coverage: nothing is published before it is tested, nothing in service is cancelled halfway.

mod cancelled;
mod coverage;
mod images;
mod latest;
mod preflight;
mod publish;
mod redundant;
mod timeouts;

use crate::checks::Record;
use crate::rule::{Category, Rule, Severity};

use super::actions::Role;
use super::commands::{Kind, Known};
use super::jobs::{JobFacts, StepFacts};
use super::scene::Scene;

pub(super) use cancelled::cancels;

rule!(
    PUBLISHED_UNTESTED,
    "published-untested",
    Warning,
    "something is published and nothing tests it before"
);
rule!(
    LATEST_FROM_ANY_BRANCH,
    "latest-from-any-branch",
    Warning,
    "a manual run on any branch moves the tag `latest`"
);
rule!(DEPLOY_CANCELLED, "deploy-cancelled", Warning, "a deploy or release that a newer run cancels halfway");
rule!(MAIN_CANCELLED, "main-cancelled", Note, "runs of a branch or schedule that a newer run cancels");
rule!(NO_DEPLOY_QUEUE, "no-deploy-queue", Note, "a deploy or release that may run twice at the same time");
rule!(NO_ENVIRONMENT, "no-environment", Note, "a deploy without an environment");
rule!(NO_TIMEOUT, "no-timeout", Note, "jobs without a limit of time");
rule!(UNSCANNED_IMAGE, "unscanned-image", Note, "an image that is pushed and that nothing scans");
rule!(
    SCANNED_BY_TAG,
    "scanned-by-tag",
    Warning,
    "a scan of a tag where the image that was pushed has a digest"
);
rule!(
    MIXED_RELEASE,
    "mixed-release",
    Note,
    "a matrix that publishes its parts and stops halfway when one fails"
);

rule!(
    IMAGE_LEFT_OUT,
    "image-left-out",
    Warning,
    "a scan of images that leaves out some of those that are pushed"
);

rule!(NO_PREFLIGHT, "no-preflight", Warning, "a deploy that preflight does not stand in front of");
rule!(
    REDUNDANT_WORKFLOW,
    "redundant-workflow",
    Note,
    "the same check in two workflows that one pull request starts"
);

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 13] = [
    &PUBLISHED_UNTESTED,
    &LATEST_FROM_ANY_BRANCH,
    &DEPLOY_CANCELLED,
    &MAIN_CANCELLED,
    &NO_DEPLOY_QUEUE,
    &NO_ENVIRONMENT,
    &NO_TIMEOUT,
    &UNSCANNED_IMAGE,
    &SCANNED_BY_TAG,
    &MIXED_RELEASE,
    &IMAGE_LEFT_OUT,
    &REDUNDANT_WORKFLOW,
    &NO_PREFLIGHT,
];

pub(super) fn look(scene: &Scene<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let scanned = images::scanned(jobs);
    for job in jobs.iter().filter(|job| !is_rehearsal(job)) {
        publish::look(job, jobs, record);
        latest::look(job, jobs, record);
        images::look(job, &scanned, record);
        cancelled::deploys(job, record);
    }
    for file in scene.files {
        cancelled::branches(file, jobs, record);
    }
    coverage::look(jobs, record);
    timeouts::look(scene.files, record);
    redundant::look(jobs, record);
    preflight::look(jobs, record);
}

/// Words of jobs and workflows that try out what others do for real.
const REHEARSALS: [&str; 6] = ["e2e", "test", "preview", "smoke", "snapshot", "dry-run"];

/// True if the job publishes or deploys to try it out.
fn is_rehearsal(job: &JobFacts<'_, '_>) -> bool {
    let said = format!("{} {}", job.scene.file.path(), job.scene.id()).to_lowercase();
    REHEARSALS.iter().any(|word| said.contains(word)) || is_of_tests(job) || has_own_registry(job)
}

/// True if the workflow is called after tests, and after nothing else that it does.
fn is_of_tests(job: &JobFacts<'_, '_>) -> bool {
    let name = job.scene.file.name().to_lowercase();
    let others = ["build", "ci", "deploy", "publish", "release", "&", " and "];
    ["test", "tests"].iter().any(|word| name.ends_with(word))
        && !others.iter().any(|word| name.contains(word))
}

/// True if the job starts a registry for images that is gone with it.
fn has_own_registry(job: &JobFacts<'_, '_>) -> bool {
    let services = job.scene.job.node.get("services").into_iter().flat_map(|services| services.entries());
    let mut images = services.filter_map(|(_, service)| service.get("image").unwrap_or(service).text());
    images.any(|image| {
        let name = image.rsplit('/').next().unwrap_or(image);
        name.split([':', '@']).next() == Some("registry")
    })
}

/// What a step brings out of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlet {
    /// Packages, releases, images.
    Publish,
    /// Something in service.
    Deploy,
}

/// What a step brings out, and its place.
fn outlet(
    job: &JobFacts<'_, '_>,
    step: &StepFacts<'_, '_>,
) -> Option<(Outlet, crate::location::Location, String)> {
    if let Some(uses) = step.step.step.uses() {
        let slug = super::actions::slug(uses.text().unwrap_or_default());
        let arguments = step.step.step.input("args").and_then(|args| args.text()).unwrap_or_default();
        let input = |name: &str| step.step.step.input(name).and_then(|node| node.text());
        // What a configuration publishes that a run writes, is not known.
        if [
            "--snapshot",
            "--split",
            "skip=publish",
            "skip publish",
            "skip-publish",
            "--config \"${{",
            "--config ${{",
            "--config=${{",
        ]
        .iter()
        .any(|word| arguments.contains(word))
            || arguments.starts_with("check")
            || arguments.starts_with("build")
            || input("install-only") == Some("true")
        {
            return None;
        }
        // A draft is shown to nobody, and changesets only propose unless they are told how to publish.
        let proposes = slug.eq_ignore_ascii_case("changesets/action")
            && input("publish").or_else(|| input("publish-script")).is_none();
        if input("draft") == Some("true") || proposes {
            return None;
        }
        let outlet = match step.role {
            Some(Role::Publish) => Outlet::Publish,
            Some(Role::Deploy) => Outlet::Deploy,
            _ if pushes_image(step) => Outlet::Publish,
            _ => return None,
        };
        return Some((outlet, job.scene.file.source.at_node(uses), slug.to_owned()));
    }
    let fate = step.fates.iter().find(|fate| is_outlet(fate.known.kind) && !is_dry(&fate.known))?;
    let outlet = if fate.known.kind == Kind::Publish { Outlet::Publish } else { Outlet::Deploy };
    Some((outlet, step.at(fate.range.clone())?, fate.known.name.clone()))
}

fn is_outlet(kind: Kind) -> bool {
    matches!(kind, Kind::Publish | Kind::Deploy)
}

/// True for commands that only show what they would do, and for drafts, which are shown to nobody.
fn is_dry(known: &Known<'_>) -> bool {
    known.is_rehearsal() || known.has(&["--draft"])
}

/// True if the step builds an image and pushes it, whatever happens.
fn pushes_image(step: &StepFacts<'_, '_>) -> bool {
    let build = &step.step.step;
    build.is_action("docker/build-push-action")
        && build.input("push").and_then(|push| push.text()) == Some("true")
}
