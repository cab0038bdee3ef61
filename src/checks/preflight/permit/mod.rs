//! Whether this run may deploy at all: its branch or tag, who started it, its event, the time, and how the commit
//! stands to the main branch and to what is deployed.

mod freeze;
mod history;
mod origin;

use serde::Deserialize;

pub use freeze::CHANGE_FREEZE;
pub use history::{NOT_ON_BRANCH, OLDER_THAN_DEPLOYED};
pub use origin::{ACTOR_NOT_ALLOWED, EVENT_NOT_ALLOWED, REF_NOT_ALLOWED};

use crate::checks::{Context, Record};
use crate::settings::Fault;
use crate::tree::Node;
use crate::workflow::glob::Glob;

/// Who may deploy to an environment, what, from where and when. What is empty allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Permit {
    /// Branches that may be deployed, as patterns of GitHub's filters.
    pub branches: Vec<String>,
    /// Tags that may be deployed, as patterns of GitHub's filters.
    pub tags: Vec<String>,
    /// Users who may start a deploy.
    pub actors: Vec<String>,
    /// Events that may start a deploy, such as `push`.
    pub events: Vec<String>,
    /// A branch that the commit must be part of, such as `main`.
    pub ancestor_of: Option<String>,
    /// True if the commit must not be older than what is deployed, which `deployed-commit` or GitHub names.
    pub not_older: bool,
    /// Times in which nothing is deployed.
    pub freeze: Vec<freeze::Window>,
}

impl Permit {
    /// How many things are looked at.
    pub fn count(&self) -> usize {
        [
            !self.branches.is_empty() || !self.tags.is_empty(),
            !self.actors.is_empty(),
            !self.events.is_empty(),
            self.ancestor_of.is_some(),
            self.not_older,
            !self.freeze.is_empty(),
        ]
        .into_iter()
        .filter(|asked| *asked)
        .count()
    }

    /// What it says, for the hash of what is required.
    pub fn words(&self) -> String {
        format!("{self:?}")
    }
}

/// Looks at all of it.
pub fn examine(permit: &Permit, environment: &str, context: &Context<'_>, record: &mut Record) {
    origin::examine(permit, environment, context, record);
    freeze::examine(&permit.freeze, environment, jiff::Timestamp::now(), record);
    history::examine(permit, environment, context, record);
}

/// Faults of the permits in the settings file.
pub(crate) fn faults(root: Node<'_>, faults: &mut Vec<Fault>) {
    let Some(environments) = root.at(&["checks", "preflight", "environments"]) else { return };
    for (_, permit) in environments.entries() {
        for key in ["branches", "tags"] {
            for item in permit.get(key).into_iter().flat_map(|list| list.items()) {
                let Some(Err(reason)) = item.text().map(Glob::parse) else { continue };
                faults.push(Fault::new(item.range(), format!("this pattern cannot be read: {reason}")));
            }
        }
        for item in permit.get("actors").into_iter().flat_map(|list| list.items()) {
            if item.text().is_some_and(|text| text.contains('/')) {
                let message = "who is in a team cannot be seen here";
                faults.push(Fault::new(item.range(), message).help("list the users one by one"));
            }
        }
        for item in permit.get("freeze").into_iter().flat_map(|list| list.items()) {
            let text = |key: &str| item.get(key).and_then(|node| node.text()).unwrap_or_default();
            if let Err((message, help)) = freeze::span(text("from"), text("to")) {
                faults.push(Fault::new(item.range(), message).help(help));
            }
        }
    }
}
