//! Manual runs on any branch that move the tag `latest`.

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::workflow::scalar_text;

use super::super::jobs::{JobFacts, StepFacts, awaited};
use super::{LATEST_FROM_ANY_BRANCH, is_push, pushes_image};

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
            list.walk(&mut |command| found |= command.simple().is_some_and(is_push));
        }
        found
    })
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
        let latest = command.simple().filter(|simple| is_push(simple)).is_some_and(|simple| {
            simple.arguments().last().is_some_and(|word| word.text.ends_with(":latest"))
        });
        if latest && found.is_none() {
            found = Some(command.range.clone());
        }
    });
    found.map(|range| script.at(range))
}
