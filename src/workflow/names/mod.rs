//! The names under which GitHub reports the jobs of a repository, computed from its workflows alone.
//!
//! Source: `JobNameBuilder.cs`, `MatrixBuilder.cs` and `WorkflowTemplateConverter.cs` of actions/runner, `258d6c8`.
//! The workflow's own name is never a part. What only a run knows is `*` in a pattern, and never guessed.

mod evaluate;
mod matrix;
mod value;

use crate::tree::Node;
use crate::workflow::condition::Condition;
use crate::workflow::expression;
use crate::workflow::model::{Job, Workflow};
use crate::workflow::reference::Reference;

pub use evaluate::{Rest, Scope};
pub use matrix::{Expansion, Leg, expand, fits};
pub use value::Value;

/// Characters of a name; longer ones are cut.
const MAX_NAME: usize = 100;

/// Levels of calls that GitHub follows.
const MAX_LEVELS: usize = 10;

/// Names that one workflow may come to; calls of calls with matrices grow without bound.
const MAX_NAMES: usize = 10_000;

/// A check run, or a pattern of check runs.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckName<'t> {
    /// The name; with `*` for what only a run knows if it is a pattern.
    pub name: String,
    /// True if `*` in the name stands for any text.
    pub pattern: bool,
    /// Ids of the jobs that make it, the caller first.
    pub jobs: Vec<&'t str>,
    /// The job of the workflow itself.
    pub key: Node<'t>,
    /// What it is called instead where a condition of the job skips it before its matrix is expanded.
    pub when_skipped: Option<String>,
}

/// What names may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    /// Name of the event.
    pub event: &'r str,
    /// The branch that a pull request is for, or that was pushed to, where it is known.
    pub base: Option<&'r str>,
}

/// Finds a workflow of the repository by its path.
pub type Resolve<'t, 'r> = &'r dyn Fn(&str) -> Option<&'t Workflow<'t>>;

/// The names that a workflow reports when this event runs it. Conditions of jobs are not looked at: a job that is
/// skipped reports as well.
pub fn names<'t>(
    workflow: &'t Workflow<'t>,
    path: &str,
    run: Run<'_>,
    resolve: Resolve<'t, '_>,
) -> Vec<CheckName<'t>> {
    let scope = scope(workflow, path, run);
    let mut found = Vec::new();
    for job in &workflow.jobs {
        let root = Root { key: job.key, resolve };
        root.job(job, &scope, &Prefix::default(), MAX_LEVELS, &mut found);
    }
    found
}

/// What is known before a run.
fn scope(workflow: &Workflow<'_>, path: &str, run: Run<'_>) -> Scope {
    let text = |name: &str, value: &str| (name.to_owned(), Value::Text(value.to_owned()));
    let name = workflow.root.get("name").and_then(|name| name.text()).filter(|name| !name.is_empty());
    let mut github = vec![text("event_name", run.event), text("workflow", name.unwrap_or(path))];
    let is_pull = matches!(run.event, "pull_request" | "pull_request_target");
    match run.base {
        Some(base) if is_pull => github.push(text("base_ref", base)),
        Some(base) if run.event == "push" => {
            github.push(text("ref_name", base));
            github.push(text("ref", &format!("refs/heads/{base}")));
        }
        _ => {}
    }
    let inputs = match run.event {
        "workflow_dispatch" | "workflow_call" => (Value::Map(Vec::new()), Rest::Unknown),
        _ => (Value::Map(Vec::new()), Rest::Null),
    };
    Scope::default().with("github", Value::Map(github), Rest::Unknown).with("inputs", inputs.0, inputs.1)
}

/// What stands in front of a callee's name.
#[derive(Clone, Default)]
struct Prefix<'t> {
    text: String,
    skipped: Option<String>,
    jobs: Vec<&'t str>,
}

struct Root<'t, 'r> {
    key: Node<'t>,
    resolve: Resolve<'t, 'r>,
}

impl<'t> Root<'t, '_> {
    fn job(
        &self,
        job: &'t Job<'t>,
        scope: &Scope,
        prefix: &Prefix<'t>,
        levels: usize,
        found: &mut Vec<CheckName<'t>>,
    ) {
        let own = own_names(job, scope);
        let conditional = job.node.get("if").is_some_and(|condition| !always_runs(condition, scope));
        for (name, scope) in own.names {
            if found.len() >= MAX_NAMES {
                return;
            }
            let mut jobs = prefix.jobs.clone();
            jobs.push(job.id);
            let skipped = (conditional && own.unexpanded != name).then(|| own.unexpanded.clone());
            let skipped =
                skipped.map(|own| format!("{}{own}", prefix.text)).or_else(|| prefix.skipped.clone());
            let text = format!("{}{name}", prefix.text);
            match job.uses() {
                None => found.push(self.check_name(text, jobs, skipped)),
                Some(uses) => {
                    let below = Prefix { text: format!("{text} / "), skipped, jobs };
                    self.callee(job, uses, &scope, below, levels, found);
                }
            }
        }
    }

    fn callee(
        &self,
        job: &'t Job<'t>,
        uses: Node<'t>,
        scope: &Scope,
        prefix: Prefix<'t>,
        levels: usize,
        found: &mut Vec<CheckName<'t>>,
    ) {
        let path = uses.text().and_then(local_path);
        match path.and_then(|path| (self.resolve)(path)).filter(|_| levels > 1) {
            Some(callee) => {
                let scope = called_scope(job, callee, scope);
                for job in &callee.jobs {
                    self.job(job, &scope, &prefix, levels - 1, found);
                }
            }
            None => {
                let text = format!("{}{}", prefix.text, value::HOLE);
                found.push(self.check_name(text, prefix.jobs, prefix.skipped));
            }
        }
    }

    fn check_name(&self, text: String, jobs: Vec<&'t str>, when_skipped: Option<String>) -> CheckName<'t> {
        let pattern = text.contains(value::HOLE);
        let name = if pattern { text.replace(value::HOLE, "*") } else { text };
        CheckName { name, pattern, jobs, key: self.key, when_skipped }
    }
}

/// The path of a workflow of this repository.
pub fn local_path(uses: &str) -> Option<&str> {
    match Reference::parse(uses)? {
        Reference::Local(path) => path.strip_prefix("./"),
        Reference::Own(path) => Some(path),
        _ => None,
    }
}

/// What a called workflow knows: its inputs, and the caller's `github`.
fn called_scope(job: &Job<'_>, callee: &Workflow<'_>, scope: &Scope) -> Scope {
    let declared = callee.trigger("workflow_call").and_then(|trigger| trigger.filters);
    let given = job.node.get("with");
    let inputs = declared.and_then(|declared| declared.get("inputs"));
    let input = |(key, definition): (Node<'_>, Node<'_>)| {
        let name = key.text()?;
        let given = given.and_then(|given| {
            given.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)))
        });
        let value = match given {
            Some((_, node)) => Value::of(node, &|text| scope.text(text)),
            None => definition
                .get("default")
                .map_or(Value::Null, |node| Value::of(node, &|text| scope.text(text))),
        };
        Some((name.to_owned(), value))
    };
    let inputs = inputs.iter().flat_map(|inputs| inputs.entries()).filter_map(input).collect();
    let nothing = || Value::Map(Vec::new());
    scope.clone().with("inputs", Value::Map(inputs), Rest::Null).with("matrix", nothing(), Rest::Null).with(
        "needs",
        nothing(),
        Rest::Unknown,
    )
}

/// The names of a job, each with the scope of its leg, and the name without its matrix.
struct OwnNames {
    names: Vec<(String, Scope)>,
    unexpanded: String,
}

fn own_names(job: &Job<'_>, scope: &Scope) -> OwnNames {
    let written = job.node.get("name").and_then(|name| name.text()).filter(|name| !name.is_empty());
    let base = written.unwrap_or(job.id);
    let has_expression = !expression::embedded(base).is_empty();
    let one = |scope: &Scope, shown: &[Value]| {
        if has_expression {
            let name = scope.text(base).print();
            if !name.is_empty() {
                return cut(name);
            }
        }
        let base = if has_expression { job.id } else { base };
        let shown: Vec<String> = shown.iter().map(Value::print).filter(|text| !text.is_empty()).collect();
        cut(if shown.is_empty() { base.to_owned() } else { format!("{base} ({})", shown.join(", ")) })
    };
    let names = match expand(job.node.at(&["strategy", "matrix"]), scope) {
        Expansion::None => vec![(one(scope, &[]), scope.clone())],
        Expansion::Legs(legs) => legs.iter().map(|leg| of_leg(scope, leg, &one)).collect(),
        Expansion::Open(legs) => {
            let unknown = Leg { context: Value::Unknown, shown: vec![Value::Unknown] };
            let unknown_scope = scope.clone().with("matrix", Value::Map(Vec::new()), Rest::Unknown);
            let rest = (one(&unknown_scope, &unknown.shown), unknown_scope);
            legs.iter().map(|leg| of_leg(scope, leg, &one)).chain([rest]).collect()
        }
    };
    OwnNames { names, unexpanded: base.to_owned() }
}

fn of_leg(scope: &Scope, leg: &Leg, one: &dyn Fn(&Scope, &[Value]) -> String) -> (String, Scope) {
    let scope = matrix::scope_of(scope, leg);
    (one(&scope, &leg.shown), scope)
}

/// A name longer than 100 characters keeps 97 and gets three dots.
fn cut(name: String) -> String {
    if name.encode_utf16().count() <= MAX_NAME {
        return name;
    }
    let kept: String = name.chars().take(MAX_NAME - 3).collect();
    format!("{kept}...")
}

/// True for conditions that skip nothing in the repository itself, such as `always()` and guards against forks, when
/// a commit is pushed to a pull request.
fn always_runs(condition: Node<'_>, scope: &Scope) -> bool {
    holds(condition, scope, "synchronize") == Some(true)
}

/// True if the condition of a job cannot hold when this event, with this type, runs the workflow and nothing fails.
pub fn is_skipped(
    workflow: &Workflow<'_>,
    path: &str,
    job: &Job<'_>,
    run: Run<'_>,
    kind: Option<&str>,
) -> bool {
    let default = if run.event.starts_with("pull_request") { "synchronize" } else { "" };
    let condition = job.node.get("if");
    condition
        .is_some_and(|node| holds(node, &scope(workflow, path, run), kind.unwrap_or(default)) == Some(false))
}

/// Whether a condition holds in a run in which nothing failed, of the repository that it is written for.
fn holds(condition: Node<'_>, scope: &Scope, kind: &str) -> Option<bool> {
    let expr = match Condition::of(condition)? {
        Condition::Expression { expr, .. } => expr,
        Condition::Text => return Some(true),
    };
    let text = |name: &str, value: String| (name.to_owned(), Value::Text(value));
    let own = condition.text().unwrap_or_default();
    let github = ["repository", "repository_owner"]
        .into_iter()
        .filter_map(|name| Some(text(name, compared(own, &format!("github.{name}"))?)));
    let scope = scope.clone().and("github", github.collect());
    let action = (!kind.is_empty()).then(|| text("action", kind.to_owned()));
    let event = Value::Map(action.into_iter().collect());
    scope.with("github.event", event, Rest::Unknown).of_sound_run().holds(&expr)
}

/// The text that a property is compared with: `github.repository == 'owner/name'`.
fn compared(condition: &str, property: &str) -> Option<String> {
    condition.match_indices(property).find_map(|(at, _)| {
        let rest = condition.get(at + property.len()..)?.trim_start().strip_prefix("==")?;
        let (value, _) = rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
        Some(value.to_owned())
    })
}

/// True if a pattern of [`CheckName`] can be this name.
pub fn pattern_matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            match rest.find(previous) {
                Some(at) => rest = &rest[at + str::len(previous)..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests;
