//! Where a deploy comes from: branch or tag, who started it, and by which event.

use serde_json::Value;

use super::Permit;
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::glob::{self, Glob};

/// The branch or tag is none of those that are deployed there.
pub static REF_NOT_ALLOWED: Rule = Rule {
    id: "preflight/ref-not-allowed",
    severity: Severity::Error,
    category: Category::Security,
    summary: "the branch or tag is none of those that may be deployed to the environment",
    allow: None,
};

/// Who started the run is not on the list.
pub static ACTOR_NOT_ALLOWED: Rule = Rule {
    id: "preflight/actor-not-allowed",
    severity: Severity::Error,
    category: Category::Security,
    summary: "who started the run is none of those who may deploy to the environment",
    allow: None,
};

/// The event is not on the list.
pub static EVENT_NOT_ALLOWED: Rule = Rule {
    id: "preflight/event-not-allowed",
    severity: Severity::Error,
    category: Category::Security,
    summary: "the event that started the run is none of those that may deploy to the environment",
    allow: None,
};

/// What is deployed, as git names it.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    Branch(String),
    Tag(String),
    /// Neither, in words.
    Other(&'static str),
    Unknown,
}

pub(super) fn examine(permit: &Permit, environment: &str, context: &Context<'_>, record: &mut Record) {
    let runner = context.runner;
    if !permit.branches.is_empty() || !permit.tags.is_empty() {
        of_ref(permit, environment, &origin(context), record);
    }
    let unknown = |what: &str| {
        format!("{what} is not known outside of GitHub Actions, and the settings of `{environment}` limit it")
    };
    if !permit.actors.is_empty() {
        // Whoever runs a workflow again acts with the rights of the one who ran it first.
        let again = context.environment.non_empty("GITHUB_TRIGGERING_ACTOR").filter(|_| runner.in_actions);
        let mut who = vec![runner.actor.as_str()];
        who.extend(again.filter(|again| !again.eq_ignore_ascii_case(&runner.actor)));
        let is_listed =
            |name: &&str| permit.actors.iter().any(|actor| of_user(actor).eq_ignore_ascii_case(name));
        if runner.actor.is_empty() {
            record.not_verified(unknown("who deploys"));
        } else if let Some(other) = who.iter().find(|name| !is_listed(name)) {
            let message = format!("`{other}` may not deploy to `{environment}`");
            let help = format!("one of these may: {}", listed(&permit.actors));
            record.push(
                Finding::new(&ACTOR_NOT_ALLOWED, Location::Repository, message)
                    .help(help)
                    .subject(environment),
            );
        }
    }
    if !permit.events.is_empty() {
        if runner.event_name.is_empty() {
            record.not_verified(unknown("the event"));
        } else if !permit.events.contains(&runner.event_name) {
            let message = format!("`{}` may not start a deploy to `{environment}`", runner.event_name);
            let help = format!("these events may: {}", listed(&permit.events));
            record.push(
                Finding::new(&EVENT_NOT_ALLOWED, Location::Repository, message)
                    .help(help)
                    .subject(environment),
            );
        }
    }
}

fn of_ref(permit: &Permit, environment: &str, origin: &Origin, record: &mut Record) {
    let allows = |patterns: &[String], name: &str| {
        let globs: Vec<Glob> = patterns.iter().filter_map(|pattern| Glob::parse(pattern).ok()).collect();
        glob::decide(&globs, name) == Some(true)
    };
    let what = match origin {
        Origin::Unknown => {
            return record.not_verified(format!(
                "no branch or tag is checked out, and the settings of `{environment}` limit what is deployed"
            ));
        }
        Origin::Branch(name) if allows(&permit.branches, name) => return,
        Origin::Tag(name) if allows(&permit.tags, name) => return,
        Origin::Branch(name) => format!("the branch `{name}`"),
        Origin::Tag(name) => format!("the tag `{name}`"),
        Origin::Other(what) => (*what).to_owned(),
    };
    let mut allowed = Vec::new();
    for (patterns, word) in [(&permit.branches, "branches"), (&permit.tags, "tags")] {
        if !patterns.is_empty() {
            allowed.push(format!("{word} {}", listed(patterns)));
        }
    }
    let message = format!("{what} may not be deployed to `{environment}`");
    let help = format!("deploy {}", allowed.join(" or "));
    record
        .push(Finding::new(&REF_NOT_ALLOWED, Location::Repository, message).help(help).subject(environment));
}

/// What the run deploys. A run that another one started is for the branch of that one, whatever its own ref says.
fn origin(context: &Context<'_>) -> Origin {
    let runner = context.runner;
    if !runner.in_actions {
        let branch = context.checkout.git().and_then(|git| git.current_branch());
        return branch.map_or(Origin::Unknown, Origin::Branch);
    }
    if runner.event_name == "workflow_run" {
        let text = |pointer: &str| runner.event.pointer(pointer).and_then(Value::as_str);
        let own = text("/workflow_run/head_repository/full_name")
            .is_some_and(|name| name.eq_ignore_ascii_case(&runner.repository));
        let from_pull_request =
            text("/workflow_run/event").is_some_and(|event| event.starts_with("pull_request"));
        return match text("/workflow_run/head_branch") {
            _ if !own => Origin::Other("what a run for another repository made"),
            _ if from_pull_request => Origin::Other("what a run for a pull request made"),
            Some(branch) => Origin::Branch(branch.to_owned()),
            None => Origin::Other("what a run without a branch made"),
        };
    }
    match runner.git_ref.as_str() {
        "" => Origin::Other("a commit without branch or tag"),
        name => match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
            (Some(branch), _) => Origin::Branch(branch.to_owned()),
            (None, Some(tag)) => Origin::Tag(tag.to_owned()),
            (None, None) => Origin::Other("a pull request"),
        },
    }
}

fn of_user(actor: &str) -> &str {
    actor.strip_prefix('@').unwrap_or(actor)
}

fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
