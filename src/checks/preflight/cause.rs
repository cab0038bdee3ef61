//! Why a variable is absent, as far as that can be known, and what to do about it.

use super::handover::{self, DeploysTo, Handover, Mapping, Source};
use crate::checks::Context;
use crate::runner::Runner;
use crate::settings::nearest;

/// Events on which Dependabot gets its own secrets instead of those of Actions.
const DEPENDABOT_EVENTS: [&str; 7] = [
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "create",
    "deployment",
    "deployment_status",
];

/// Why, and what to do.
pub struct Cause {
    /// The reason, to follow a colon.
    pub why: String,
    /// What to type.
    pub repair: String,
}

/// Where a value is kept: the store that a command and a page of the settings change.
#[derive(Clone, Copy)]
enum Store<'a> {
    Secret,
    Variable,
    Dependabot,
    Environment(&'a str),
}

/// Why the variable `name` is not set at all.
pub fn of_unset(name: &str, context: &Context<'_>) -> Cause {
    let runner = context.runner;
    if let Some(near) = similar(name, context) {
        let why = format!("`{near}` is set, which is spelt differently");
        return Cause { why, repair: format!("rename it to `{name}`, or mend the list of what is required") };
    }
    if !runner.in_actions {
        return Cause {
            why: "nothing sets it here".to_owned(),
            repair: format!("set it: `export {name}=…`"),
        };
    }
    let handover = handover::find(context, name);
    let line = format!("write `{name}: ${{{{ secrets.{name} }}}}` into the `env:` of this step");
    let Some(Handover { job, mapping, .. }) = handover else {
        let why = "nothing hands it over to this step, and a secret is no variable by itself".to_owned();
        return Cause { why, repair: line };
    };
    match mapping {
        Some(Mapping { step: Some(step), .. }) => Cause {
            why: format!("only the step {step} gets it"),
            repair: "write the same line into the `env:` of this step".to_owned(),
        },
        Some(Mapping { step: None, .. }) => Cause {
            why: format!("the job `{job}` sets it, and it did not get here"),
            repair: format!(
                "a container or `sudo` only hands on what it is told to: `docker run --env {name}`"
            ),
        },
        None => Cause {
            why: format!("no `env:` of the job `{job}` sets it, and a secret is no variable by itself"),
            repair: line,
        },
    }
}

/// Why the variable `name` is set and empty. In Actions that is what an expression comes to that finds nothing.
pub fn of_empty(name: &str, context: &Context<'_>) -> Cause {
    let runner = context.runner;
    if !runner.in_actions {
        return Cause {
            why: "it is set to nothing".to_owned(),
            repair: format!("set it: `export {name}=…`"),
        };
    }
    let handover = handover::find(context, name);
    let source =
        handover.as_ref().and_then(|handover| handover.mapping.as_ref()).map(|mapping| &mapping.source);
    match source {
        Some(Source::Text) => Cause {
            why: "the workflow sets it to nothing".to_owned(),
            repair: format!("write `{name}: ${{{{ secrets.{name} }}}}`"),
        },
        Some(Source::Expression(expression)) => Cause {
            why: format!("`${{{{ {expression} }}}}` came to nothing"),
            repair: "look at what should have set it: an input, an output of a step or job, a variable"
                .to_owned(),
        },
        Some(Source::Variable(variable)) => withheld(runner).unwrap_or_else(|| {
            let wanted = wanted_environment(context, handover.as_ref());
            missing_environment(variable, wanted, handover.as_ref()).unwrap_or_else(|| Cause {
                why: format!("the variable `{variable}` was never set, or not for this repository"),
                repair: set(variable, Store::Variable, runner),
            })
        }),
        Some(Source::Secret(secret)) => {
            near_miss(secret, name, of_secret(secret, context, handover.as_ref()))
        }
        None => of_secret(name, context, handover.as_ref()),
    }
}

/// How to store another value for the variable.
pub fn store_again(name: &str, context: &Context<'_>) -> String {
    let runner = context.runner;
    if !runner.in_actions {
        return format!("set it: `export {name}=…`");
    }
    let handover = handover::find(context, name);
    let environment = wanted_environment(context, handover.as_ref());
    let store = environment.map_or(Store::Secret, Store::Environment);
    match handover.as_ref().and_then(|handover| handover.mapping.as_ref()).map(|mapping| &mapping.source) {
        Some(Source::Secret(secret)) => set(secret, store, runner),
        Some(Source::Variable(variable)) => set(variable, Store::Variable, runner),
        Some(Source::Text | Source::Expression(_)) => format!("look at where the workflow sets `{name}`"),
        None => set(name, store, runner),
    }
}

fn of_secret(secret: &str, context: &Context<'_>, handover: Option<&Handover>) -> Cause {
    let runner = context.runner;
    if let Some(cause) = withheld(runner) {
        return cause;
    }
    if runner.actor == "dependabot[bot]" && DEPENDABOT_EVENTS.contains(&runner.event_name.as_str()) {
        return Cause {
            why: "Dependabot started this run, and gets only secrets from a store of its own".to_owned(),
            repair: format!(
                "{}; or skip this job for it: `if: github.actor != 'dependabot[bot]'`",
                set(secret, Store::Dependabot, runner)
            ),
        };
    }
    if let Some(caller) = handover.and_then(|handover| handover.called_without_secrets.as_ref()) {
        return Cause {
            why: format!("the job `{caller}` calls this workflow without handing its secrets over"),
            repair: format!("write `secrets: inherit` below `uses:` of the job `{caller}`"),
        };
    }
    let environment = wanted_environment(context, handover);
    if let Some(cause) = missing_environment(secret, environment, handover) {
        return cause;
    }
    let mut repair = set(secret, environment.map_or(Store::Secret, Store::Environment), runner);
    if handover.is_none() {
        repair += "; in a workflow that others call, the caller must say `secrets: inherit`";
        if environment.is_some() {
            repair += ", and secrets of an environment need `environment:` on the job";
        }
    }
    Cause { why: format!("the secret `{secret}` was never set, or not for this repository"), repair }
}

/// A secret that nobody set, and whose name is nearly that of the variable: it is misspelt in the workflow.
fn near_miss(secret: &str, name: &str, cause: Cause) -> Cause {
    let is_near = !secret.eq_ignore_ascii_case(name)
        && name.len() >= 6
        && nearest(secret, [name.to_ascii_lowercase().as_str()]).is_some();
    if !is_near || !cause.why.contains("was never set") {
        return cause;
    }
    Cause {
        why: format!(
            "{}; the workflow reads `secrets.{secret}`, which is spelt almost like `{name}`",
            cause.why
        ),
        repair: format!(
            "write `{name}: ${{{{ secrets.{name} }}}}` if that is what it is called; otherwise {}",
            cause.repair
        ),
    }
}

/// What GitHub keeps from a run for a pull request from a fork.
fn withheld(runner: &Runner) -> Option<Cause> {
    runner.is_from_fork().then(|| Cause {
        why: "this run is for a pull request from a fork, and GitHub gives such runs no secrets".to_owned(),
        repair: "deploy after the merge; skip this job for forks: \
                 `if: github.event.pull_request.head.repo.full_name == github.repository`"
            .to_owned(),
    })
}

/// The environment whose secrets the job should get.
fn wanted_environment<'a>(context: &Context<'a>, handover: Option<&'a Handover>) -> Option<&'a str> {
    let settings: &'a crate::settings::Settings = context.settings;
    let named = settings.arguments.preflight.environment.as_deref().filter(|name| !name.is_empty());
    named.or(match handover.map(|handover| &handover.deploys_to) {
        Some(DeploysTo::Named(name)) => Some(name),
        _ => None,
    })
}

/// A job gets the secrets of an environment only if it says that it deploys there.
fn missing_environment(secret: &str, wanted: Option<&str>, handover: Option<&Handover>) -> Option<Cause> {
    let (wanted, handover) = (wanted?, handover?);
    let job = &handover.job;
    let why = match &handover.deploys_to {
        DeploysTo::Nothing => {
            format!(
                "the job `{job}` has no `environment:`, so it gets no secrets of `{wanted}`; no other `{secret}` is set"
            )
        }
        DeploysTo::Named(other) if other != wanted => {
            format!("the job `{job}` deploys to `{other}` and gets no secrets of `{wanted}`")
        }
        _ => return None,
    };
    Some(Cause { why, repair: format!("write `environment: {wanted}` below `{job}:` in the workflow") })
}

/// A variable that is set and whose name is nearly the required one.
fn similar<'a>(name: &str, context: &Context<'a>) -> Option<&'a str> {
    let environment: &'a crate::environment::Environment = context.environment;
    let own = |other: &&str| {
        !["GITHUB_", "RUNNER_", "INPUT_", "ACTIONS_"].iter().any(|prefix| other.starts_with(prefix))
    };
    let set: Vec<&'a str> =
        environment.names().filter(|other| environment.non_empty(other).is_some()).filter(own).collect();
    if let Some(same) = set.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        return Some(same);
    }
    // Short names are all alike.
    if name.len() < 6 {
        return None;
    }
    let lower: Vec<String> = set.iter().map(|other| other.to_lowercase()).collect();
    let near = nearest(name, lower.iter().map(String::as_str))?;
    let index = lower.iter().position(|other| other == near)?;
    set.get(index).copied()
}

/// The command and the page that set a value.
fn set(name: &str, store: Store<'_>, runner: &Runner) -> String {
    let (command, page) = match store {
        Store::Secret => (format!("gh secret set {name}"), "secrets/actions"),
        Store::Variable => (format!("gh variable set {name}"), "variables/actions"),
        Store::Dependabot => (format!("gh secret set {name} --app dependabot"), "secrets/dependabot"),
        Store::Environment(environment) => {
            (format!("gh secret set {name} --env {}", quoted(environment)), "environments")
        }
    };
    match runner.settings_url(page) {
        Some(url) => format!("set it: `{command}`, or `{url}`"),
        None => format!("set it: `{command}`"),
    }
}

fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests;
