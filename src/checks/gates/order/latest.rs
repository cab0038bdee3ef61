//! Manual runs on any branch that move the tag `latest`.

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::workflow::scalar_text;
use crate::workflow::shell::{Simple, Word};

use super::super::commands::{self, Kind, Known};
use super::super::jobs::{JobFacts, StepFacts, awaited};
use super::{LATEST_FROM_ANY_BRANCH, pushes_image};

pub(super) fn look(job: &JobFacts<'_, '_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let Some(manual) = job.scene.file.workflow.trigger("workflow_dispatch") else { return };
    let guarded = |node: crate::tree::Node<'_>| {
        let condition = node.get("if").and_then(|node| node.text()).unwrap_or_default();
        condition.contains("github.ref") || condition.contains("github.event_name")
    };
    // A job that waits for one that is skipped is skipped as well.
    let waits_for_guard = || {
        let before = awaited(job, jobs).unwrap_or_default();
        before.into_iter().filter_map(|at| jobs.get(at)).any(|other| guarded(other.scene.job.node))
    };
    if guarded(job.scene.job.node)
        || waits_for_guard()
        || job.scene.job.node.get("environment").is_some()
        || !pushes(job)
        || checks_out_another(job)
    {
        return;
    }
    for step in job.steps.iter().filter(|step| !guarded(step.step.step.node)) {
        let Some(place) = moves_latest(job, step) else { continue };
        let message = "a manual run on any branch moves the tag `latest`";
        let finding = Finding::new(&LATEST_FROM_ANY_BRANCH, place, message)
            .help("write `type=raw,value=latest,enable={{is_default_branch}}`, or add `if: github.ref == 'refs/heads/main'` to the job")
            .related(job.scene.file.source.at_node(manual.node), "it can be started by hand, on any branch");
        record.push(finding.subject(format!("{} {}", job.scene.id(), step.index)));
        return;
    }
}

/// True if what is built is not the branch that the run was started on.
fn checks_out_another(job: &JobFacts<'_, '_>) -> bool {
    let mut checkouts = job.steps.iter().filter(|step| step.step.step.is_action("actions/checkout"));
    checkouts.any(|step| step.step.step.input("ref").is_some())
}

fn pushes(job: &JobFacts<'_, '_>) -> bool {
    job.steps.iter().any(|step| {
        let script = step.step.script.as_ref().filter(|script| script.text.contains("push"));
        let lists = script.and_then(|script| script.list());
        let mut found = pushes_image(step);
        if let Some(list) = lists {
            list.walk(&mut |command| {
                found |= command.simple().is_some_and(|simple| pushed(simple).is_some())
            });
        }
        found
    })
}

/// The command, if it pushes an image.
fn pushed(simple: &Simple) -> Option<Known<'_>> {
    let image = |known: &Known<'_>| {
        known.kind == Kind::Publish
            && ["docker ", "podman ", "buildah "].iter().any(|program| known.name.starts_with(program))
    };
    commands::known(simple).filter(image)
}

/// True if the image that it pushes is called `latest`.
fn is_latest(known: &Known<'_>) -> bool {
    let words = known.arguments();
    let latest = |word: &Word| word.text.ends_with(":latest");
    if !known.name.contains(" build") {
        return words.last().is_some_and(latest);
    }
    let named = words.windows(2).filter(|pair| matches!(&*pair[0].text, "-t" | "--tag")).map(|pair| &pair[1]);
    let joined = words.iter().filter(|word| word.text.starts_with("--tag="));
    named.chain(joined).any(latest)
}

/// Where a step names the tag.
fn moves_latest(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>) -> Option<Location> {
    let own = &step.step.step;
    if own.is_action("docker/metadata-action") || pushes_image(step) {
        let node = own.input("tags")?;
        let text = node.text()?;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let plain = line.trim();
            let raw =
                plain.starts_with("type=raw") && plain.contains("value=latest") && !plain.contains("enable=");
            if raw || plain.ends_with(":latest") {
                let start = at + line.find(plain).unwrap_or(0);
                let range =
                    scalar_text::source_range(job.scene.file.source, node, start..start + plain.len());
                return Some(job.scene.file.source.at(range));
            }
            at += line.len();
        }
        return None;
    }
    let script = step.step.script.as_ref()?;
    let mut found = None;
    script.list()?.walk(&mut |command| {
        let latest = command.simple().and_then(pushed).is_some_and(|known| is_latest(&known));
        if latest && found.is_none() {
            found = Some(command.range.clone());
        }
    });
    found.map(|range| script.at(range))
}
