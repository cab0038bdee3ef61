//! What the settings want of the workflows: events that start them, and what their uploads say.

mod changes;
mod triggers;
mod uploads;

use serde::Deserialize;

use crate::checks::Record;
use crate::rule::{Category, Rule, Severity};
use crate::settings::{Fault, glob};
use crate::tree::Node;

use super::jobs::JobFacts;
use super::scene::Scene;
pub use changes::Changes;

rule!(TRIGGER_POLICY, "trigger-policy", Warning, "a workflow that is not started as the settings want it");
rule!(
    UPLOAD_POLICY,
    "upload-policy",
    Warning,
    "an upload of an artifact that does not say what the settings want"
);

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 6] = [
    &TRIGGER_POLICY,
    &UPLOAD_POLICY,
    changes::RULES[0],
    changes::RULES[1],
    changes::RULES[2],
    changes::RULES[3],
];

/// Events that start workflows.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Triggers {
    /// Paths or patterns of the workflows; each must fit at least one.
    pub workflows: Vec<String>,
    /// Events that must start them: `push`, `pull_request`, `schedule` …
    pub require: Vec<String>,
    /// Events that must not.
    pub forbid: Vec<String>,
    /// Filters that their events must not have: `paths`, `branches`, `types` …
    pub forbid_filters: Vec<String>,
    /// Events whose runs no newer run may cancel, such as `schedule`.
    pub uninterrupted: Vec<String>,
    /// Branches for which `push` and `pull_request` must start them, where they have these events.
    pub branches: Vec<String>,
}

/// What every upload of an artifact must say.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uploads {
    /// What `if-no-files-found` must be: `error`, `warn` or `ignore`.
    pub if_no_files_found: Option<String>,
    /// Days for which artifacts must at least be kept.
    pub min_retention_days: Option<u32>,
    /// Days for which artifacts may at most be kept.
    pub max_retention_days: Option<u32>,
}

pub(super) fn look(scene: &Scene<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    triggers::look(scene, record);
    changes::look(scene.context, record);
    for job in jobs {
        uploads::look(job, &scene.context.settings.checks.gates.uploads, record);
    }
}

/// Faults in the settings that their schema cannot know.
pub(crate) fn faults(root: Node<'_>, faults: &mut Vec<Fault>) {
    let Some(gates) = root.at(&["checks", "gates"]) else { return };
    let triggers = gates.get("triggers").into_iter().flat_map(|list| list.items());
    triggers.filter_map(|one| one.get("workflows")).for_each(|list| no_patterns(list, faults));
    if let Some(changes) = gates.get("changes") {
        changes::faults(changes, faults);
    }
}

/// The items of a list that are no patterns over paths.
fn no_patterns(list: Node<'_>, faults: &mut Vec<Fault>) {
    for item in list.items() {
        if let Some(Err(error)) = item.text().map(glob) {
            faults.push(Fault::new(item.range(), format!("{error:#}")));
        }
    }
}
