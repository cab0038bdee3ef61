//! Publishing and deploys wait for the tests, have an environment, and come as a whole.

use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::tree::Node;
use crate::workflow::names::{Expansion, Scope, expand};

use super::super::actions::Role;
use super::super::jobs::{JobFacts, awaited};
use super::{MIXED_RELEASE, NO_ENVIRONMENT, Outlet, PUBLISHED_UNTESTED, outlet};

/// Words of steps and jobs that may test something in a way that nobody sees from here.
const MAYBE: [&str; 8] = ["test", "check", "verify", "validate", "ci.sh", "smoke", "lint", "spec"];

pub(super) fn look(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let first = job.steps.iter().find_map(|step| outlet(job, step).map(|found| (step.index, found)));
    let Some((index, (kind, place, name))) = first else { return };
    let has_environment = job.scene.job.node.get("environment").is_some();
    let workflow = &job.scene.file.workflow;
    let by_pull = workflow.triggers.iter().all(|trigger| trigger.name.starts_with("pull_request"));
    let mut outlets = job.steps.iter().filter_map(|step| outlet(job, step));
    let deploy = outlets.find(|(kind, ..)| *kind == Outlet::Deploy);
    if let Some((_, place, name)) = deploy.filter(|_| !has_environment && !by_pull) {
        let message = format!(
            "`{name}` deploys without an environment: nobody can be asked, and secrets are those of every job"
        );
        let finding = Finding::new(&NO_ENVIRONMENT, place, message)
            .help(format!("add `environment: production` to the job `{}`", job.scene.id()));
        record.push(finding.subject(job.scene.id()));
    }
    if kind == Outlet::Publish {
        mixed(job, &place, &name, record);
    }
    let branch = workflow.trigger("push").is_some_and(|push| {
        let only_tags = push
            .filters
            .is_some_and(|filters| filters.get("tags").is_some() && filters.get("branches").is_none());
        !only_tags
    });
    // What a bot proposes, and releases of what is tagged, stand on commits that were tested on their branch.
    let tagged = ["changesets/action", "softprops/action-gh-release", "actions/create-release"]
        .contains(&&*name)
        || name.starts_with("gh release");
    let own = job.steps.get(index).map(|step| step.step.step.node);
    let conditions =
        [Some(job.scene.job.node), own].into_iter().flatten().filter_map(|node| node.get("if")?.text());
    let conditions: String = conditions.collect();
    let direct =
        branch && !tagged && !["tags", "schedule", "release"].iter().any(|word| conditions.contains(word));
    let known_start = ["push", "release", "workflow_dispatch", "schedule"]
        .iter()
        .any(|name| workflow.trigger(name).is_some());
    let waits = ["workflow_run", "workflow_call"].iter().any(|name| workflow.trigger(name).is_some());
    if kind == Outlet::Deploy
        || !known_start
        || waits
        || has_environment
        || by_pull
        || is_tested(job, index, jobs)
    {
        return;
    }
    let severity = if direct { PUBLISHED_UNTESTED.severity } else { Severity::Note };
    let message =
        format!("`{name}` publishes, and nothing is tested before it: no step in front, no job in `needs`");
    let finding = Finding::new(&PUBLISHED_UNTESTED, place, message).severity(severity).help(
        "add the jobs that test to `needs`, or start this workflow with `workflow_run` when they are done",
    );
    record.push(finding.subject(job.scene.id()));
}

/// True if something that may test runs before the step, in the job or in one that it waits for.
fn is_tested(job: &JobFacts<'_, '_>, index: usize, jobs: &[JobFacts<'_, '_>]) -> bool {
    let own = job.steps.iter().filter(|step| step.index < index);
    if own.into_iter().any(|step| may_test(step.step.step.node, step))
        || job.steps.get(index).is_some_and(tests_on_the_way)
    {
        return true;
    }
    if job.needs.len() < job.scene.job.needs.len() {
        // A job that is not there is said elsewhere.
        return true;
    }
    let Some(awaited) = awaited(job, jobs) else { return true };
    awaited.into_iter().filter_map(|at| jobs.get(at)).any(|other| {
        // A workflow that is called may do anything.
        other.scene.job.uses().is_some()
            || says_test(other.scene.id())
            || other.steps.iter().any(|step| may_test(step.step.step.node, step))
    })
}

fn may_test(node: Node<'_>, step: &super::super::jobs::StepFacts<'_, '_>) -> bool {
    let known = step.fates.iter().any(|fate| fate.known.kind.is_check()) || tests_on_the_way(step);
    let texts = ["name", "run", "uses", "id"].into_iter().filter_map(|key| node.get(key)?.text());
    let checkout = node
        .get("uses")
        .and_then(|uses| uses.text())
        .is_some_and(|uses| uses.starts_with("actions/checkout@"));
    known || step.role == Some(Role::Check) || (!checkout && texts.into_iter().any(says_test))
}

/// True for Maven and Gradle, which test on their way to a package unless they are told not to.
fn tests_on_the_way(step: &super::super::jobs::StepFacts<'_, '_>) -> bool {
    const GOALS: [&str; 5] = ["package", "install", "verify", "deploy", "build"];
    step.fates.iter().any(|fate| {
        let (program, goal) = fate.known.name.split_once(' ').unwrap_or_default();
        let skips = |word: &&crate::workflow::shell::Word| word.text.to_lowercase().contains("skip");
        let excluded =
            fate.known.arguments().windows(2).any(|pair| pair[0].text == "-x" && pair[1].text == "test");
        (program.starts_with("mvn") && GOALS.contains(&goal)
            || program.starts_with("gradle") && goal == "build")
            && !fate.known.arguments().iter().any(|word| skips(&word))
            && !excluded
    })
}

fn says_test(text: &str) -> bool {
    let lower = text.to_lowercase().replace("latest", "").replace("checkout", "").replace("checksum", "");
    MAYBE.iter().any(|word| lower.contains(word))
}

/// A matrix whose legs publish one by one, and stop when one fails.
fn mixed(job: &JobFacts<'_, '_>, place: &crate::location::Location, name: &str, record: &mut Record) {
    let Some(strategy) = job.scene.job.node.get("strategy") else { return };
    let goes_on = strategy.get("fail-fast").is_some_and(|node| node.as_bool() == Some(false));
    let single = match expand(strategy.get("matrix"), &Scope::default()) {
        Expansion::None => true,
        Expansion::Legs(legs) => legs.len() < 2,
        Expansion::Open(_) => false,
    };
    if single || goes_on {
        return;
    }
    let message = format!(
        "`{name}` publishes from a matrix: when one leg fails the others are cancelled, and the release is half new, half old"
    );
    let finding = Finding::new(&MIXED_RELEASE, place.clone(), message)
        .help("build in the matrix and publish in one job behind it, or set `fail-fast: false`");
    record.push(finding.subject(job.scene.id()));
}
