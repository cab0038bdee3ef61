//! The events of workflows against those that the settings declare.

use crate::checks::Record;
use crate::finding::Finding;
use crate::settings::{glob_set, own_place};
use crate::workflow::event::{self, Decision, Event, Reason};
use crate::workflow::library::File;

use super::super::order::cancels;
use super::super::scene::Scene;
use super::{TRIGGER_POLICY, Triggers};

pub(super) fn look(scene: &Scene<'_>, record: &mut Record) {
    for policy in &scene.context.settings.checks.gates.triggers {
        for pattern in &policy.workflows {
            let matcher = glob_set(std::slice::from_ref(pattern));
            let fitting: Vec<&File<'_>> =
                scene.files.iter().filter(|file| matcher.is_match(file.path())).collect();
            if fitting.is_empty() {
                missing(pattern, scene, record);
            }
            for file in fitting {
                one(file, policy, record);
            }
        }
    }
}

/// A workflow that the settings speak of and that is not there.
fn missing(pattern: &str, scene: &Scene<'_>, record: &mut Record) {
    let place = own_place(scene.context.checkout);
    let message = format!("no workflow fits `{pattern}`, so nothing that `triggers` wants of it is there");
    let finding =
        Finding::new(&TRIGGER_POLICY, place, message).help("add the workflow, or correct the pattern");
    record.push(finding.subject(pattern));
}

fn one(file: &File<'_>, policy: &Triggers, record: &mut Record) {
    let workflow = &file.workflow;
    let on = workflow.root.entry("on").map_or(workflow.root, |(key, _)| key);
    let mut found = |node, message: String, help: String, subject: String| {
        let finding = Finding::new(&TRIGGER_POLICY, file.source.at_node(node), message).help(help);
        record.push(finding.subject(subject));
    };
    for name in policy.require.iter().filter(|name| workflow.trigger(name).is_none()) {
        let message = format!("`{name}` must start this workflow, and does not");
        found(on, message, format!("add `{name}:` to `on`"), format!("require {name}"));
    }
    for name in policy.uninterrupted.iter().filter(|name| workflow.trigger(name).is_some()) {
        let nodes = std::iter::once(workflow.root).chain(workflow.jobs.iter().map(|job| job.node));
        for key in nodes.filter_map(|node| cancels(node, name)) {
            let message = format!("no newer run may cancel those of `{name}`, and here one does");
            let help = format!("write `cancel-in-progress: ${{{{ github.event_name != '{name}' }}}}`");
            found(key, message, help, format!("uninterrupted {name}"));
        }
    }
    for trigger in &workflow.triggers {
        let name = trigger.name;
        if policy.forbid.iter().any(|own| own == name) {
            let message = format!("`{name}` must not start this workflow");
            found(trigger.node, message, format!("remove `{name}` from `on`"), format!("forbid {name}"));
        }
        for (key, _) in trigger.filters.iter().flat_map(|filters| filters.entries()) {
            let Some(filter) = key.text().filter(|text| policy.forbid_filters.iter().any(|own| own == text))
            else {
                continue;
            };
            let message = format!("`{name}` must start this workflow without the filter `{filter}`");
            found(key, message, format!("remove `{filter}`"), format!("filter {name} {filter}"));
        }
        for branch in policy.branches.iter().filter(|_| matches!(name, "push" | "pull_request")) {
            let happens = Event { name, branch: Some(branch), ..Event::default() };
            if event::of_trigger(trigger, happens) == Decision::Not(Reason::Branch) {
                let message = format!(
                    "`{name}` must start this workflow for `{branch}`, and its filters leave that branch out"
                );
                found(
                    trigger.node,
                    message,
                    format!("add `{branch}` to `branches`"),
                    format!("branch {name} {branch}"),
                );
            }
        }
    }
}
