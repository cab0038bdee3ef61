//! Events: who can cause them, what their run may do, and what their payload carries.
//!
//! Source: GitHub's "Events that trigger workflows" and "Webhook events and payloads", as of 2026-11.

/// Who can start a run, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// Anybody, with the repository's secrets and a token that may write.
    Anyone,
    /// Anybody, from a fork: without secrets, with a token that reads.
    Fork,
    /// Whoever has rights in the repository, with content that may come from merged pull requests.
    Merger,
    /// Whoever has rights in the repository.
    Insider,
    /// Whatever started the caller, in another repository.
    Caller,
}

/// An event.
pub struct Event {
    pub name: &'static str,
    pub starter: Starter,
    /// Objects of its payload, besides those of every event.
    pub payload: &'static [&'static str],
}

const fn event(name: &'static str, starter: Starter, payload: &'static [&'static str]) -> Event {
    Event { name, starter, payload }
}

use Starter::{Anyone, Caller, Fork, Insider, Merger};

const PULL_REQUEST: &[&str] = &[
    "pull_request",
    "number",
    "label",
    "changes",
    "before",
    "after",
    "assignee",
    "requested_reviewer",
    "milestone",
];

/// All events. `workflow_call` stands for whatever started a caller that is not in this repository.
pub static EVENTS: [Event; 36] = [
    event("pull_request_target", Anyone, PULL_REQUEST),
    event("workflow_run", Anyone, &["workflow_run", "workflow"]),
    event("issue_comment", Anyone, &["issue", "comment", "changes"]),
    event("issues", Anyone, &["issue", "label", "assignee", "changes", "milestone"]),
    event("discussion", Anyone, &["discussion", "label", "changes", "answer"]),
    event("discussion_comment", Anyone, &["discussion", "comment", "changes"]),
    event("fork", Anyone, &["forkee"]),
    event("watch", Anyone, &[]),
    event("pull_request", Fork, PULL_REQUEST),
    event("pull_request_review", Fork, &["pull_request", "review", "changes"]),
    event("pull_request_review_comment", Fork, &["pull_request", "comment", "changes"]),
    event(
        "push",
        Merger,
        &["commits", "head_commit", "pusher", "ref", "before", "after", "base_ref", "compare"],
    ),
    event("merge_group", Merger, &["merge_group"]),
    event("status", Merger, &["commit", "branches", "sha", "state", "context", "description", "target_url"]),
    event("check_run", Merger, &["check_run", "requested_action"]),
    event("check_suite", Merger, &["check_suite"]),
    event("gollum", Merger, &["pages"]),
    event("branch_protection_rule", Insider, &["rule", "changes"]),
    event("create", Insider, &["ref", "ref_type", "master_branch", "description"]),
    event("delete", Insider, &["ref", "ref_type"]),
    event("deployment", Insider, &["deployment", "workflow", "workflow_run"]),
    event(
        "deployment_status",
        Insider,
        &["deployment", "deployment_status", "check_run", "workflow", "workflow_run"],
    ),
    event("image_version", Insider, &["image_version"]),
    event("label", Insider, &["label", "changes"]),
    event("milestone", Insider, &["milestone", "changes"]),
    event("page_build", Insider, &["build"]),
    event("project", Insider, &["project"]),
    event("project_card", Insider, &["project_card"]),
    event("project_column", Insider, &["project_column"]),
    event("public", Insider, &[]),
    event("registry_package", Insider, &["registry_package"]),
    event("release", Insider, &["release", "changes"]),
    event("repository_dispatch", Insider, &["client_payload", "branch"]),
    event("schedule", Insider, &["schedule"]),
    event("workflow_dispatch", Insider, &["inputs", "ref", "workflow"]),
    event("workflow_call", Caller, &[]),
];

/// A set of events, as bits by their place in [`EVENTS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u64);

impl Events {
    pub const NONE: Events = Events(0);
    pub const ALL: Events = Events((1 << EVENTS.len()) - 1);

    /// The event of this name; nothing if there is none.
    pub fn named(name: &str) -> Events {
        EVENTS.iter().position(|event| event.name == name).map_or(Events::NONE, |index| Events(1 << index))
    }

    /// Several, by commas.
    pub fn listed(names: &str) -> Events {
        names.split(',').map(Events::named).fold(Events::NONE, Events::or)
    }

    /// Those whose payload has this object. Callers may have any.
    pub fn carrying(object: &str) -> Events {
        Events::that(|event| event.payload.contains(&object)).or(Events::caller())
    }

    /// Those that fit.
    pub fn that(fits: impl Fn(&Event) -> bool) -> Events {
        let bits = EVENTS.iter().enumerate().filter(|(_, event)| fits(event)).map(|(index, _)| 1 << index);
        Events(bits.fold(0, |all, bit: u64| all | bit))
    }

    /// The unknown callers.
    pub fn caller() -> Events {
        Events::named("workflow_call")
    }

    pub fn or(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }

    pub fn and(self, other: Events) -> Events {
        Events(self.0 & other.0)
    }

    pub fn without(self, other: Events) -> Events {
        Events(self.0 & !other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = &'static Event> {
        EVENTS.iter().enumerate().filter(move |(index, _)| self.0 & (1 << index) != 0).map(|(_, event)| event)
    }

    /// True if one of them is started so.
    pub fn any(self, starter: Starter) -> bool {
        self.iter().any(|event| event.starter == starter)
    }
}
