//! How the workflow that runs hands a variable over to its steps. Only a hint: the file that is checked out need
//! not be the one that runs.

use crate::checks::Context;
use crate::tree::{Node, Syntax};

/// Aliases may repeat things; nobody repeats this much in a workflow.
const MAX_NODES: u64 = 100_000;

/// Longest expression that is quoted, in characters.
const MAX_QUOTED: usize = 80;

/// What the workflow file says about a variable.
#[derive(Debug, PartialEq, Eq)]
pub struct Handover {
    /// The job that runs.
    pub job: String,
    /// Where the job deploys to.
    pub deploys_to: DeploysTo,
    /// How the variable is set, if it is.
    pub mapping: Option<Mapping>,
    /// The job of another workflow that calls this one and hands no secrets over.
    pub called_without_secrets: Option<String>,
}

/// What `environment:` of a job says.
#[derive(Debug, PartialEq, Eq)]
pub enum DeploysTo {
    /// There is none.
    Nothing,
    /// This one.
    Named(String),
    /// Whatever an expression comes to.
    Computed,
}

/// How a variable is set.
#[derive(Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The step that gets it, by name or number; `None` if all steps of the job do.
    pub step: Option<String>,
    /// Where its value comes from.
    pub source: Source,
}

/// Where a value comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Source {
    /// `${{ secrets.NAME }}`
    Secret(String),
    /// `${{ vars.NAME }}`
    Variable(String),
    /// Another expression, shortened.
    Expression(String),
    /// Text, or nothing.
    Text,
}

/// What the workflow that runs says about the variable `name`. `None` if that cannot be seen.
pub fn find(context: &Context<'_>, name: &str) -> Option<Handover> {
    let runner = context.runner;
    let prefix = context.checkout.git().map_or("", |git| git.prefix());
    let path = runner.workflow_path()?.strip_prefix(prefix)?;
    if runner.job.is_empty() {
        return None;
    }
    let source = context.checkout.read(path).ok()?;
    let tree = source.tree(Syntax::Yaml);
    let root = tree.root().filter(|_| tree.expanded_nodes <= MAX_NODES)?;
    if let Some(job) = root.at(&["jobs", &runner.job]) {
        return Some(of_job(root, job, &runner.job, name));
    }
    // The job is one of a workflow that this one calls.
    for (caller, job) in root.get("jobs")?.entries() {
        let called = job.get("uses").and_then(|uses| uses.text()).and_then(|uses| uses.strip_prefix("./"));
        let Some(called) = called.and_then(|called| called.strip_prefix(prefix)) else { continue };
        let Ok(source) = context.checkout.read(called) else { continue };
        let tree = source.tree(Syntax::Yaml);
        let Some(root) = tree.root().filter(|_| tree.expanded_nodes <= MAX_NODES) else { continue };
        let Some(inner) = root.at(&["jobs", &runner.job]) else { continue };
        let mut handover = of_job(root, inner, &runner.job, name);
        if job.get("secrets").is_none() {
            handover.called_without_secrets = caller.text().map(str::to_owned);
        }
        return Some(handover);
    }
    None
}

fn of_job(root: Node<'_>, job: Node<'_>, id: &str, name: &str) -> Handover {
    let environment = job.get("environment");
    let text = environment.and_then(|node| node.text().or_else(|| node.get("name")?.text()));
    let deploys_to = match text {
        None | Some("") => DeploysTo::Nothing,
        Some(text) if text.contains("${{") => DeploysTo::Computed,
        Some(text) => DeploysTo::Named(text.to_owned()),
    };
    Handover {
        job: id.to_owned(),
        deploys_to,
        mapping: mapping(root, job, name),
        called_without_secrets: None,
    }
}

fn mapping(root: Node<'_>, job: Node<'_>, name: &str) -> Option<Mapping> {
    let set_in = |node: Node<'_>| Some(source(node.at(&["env", name])?.text()?));
    let steps = job.get("steps").into_iter().flat_map(|steps| steps.items());
    for (index, step) in steps.enumerate() {
        if let Some(source) = set_in(step) {
            let named = step.get("name").or(step.get("id")).and_then(|name| name.text());
            let step = named
                .map_or_else(|| format!("number {}", index + 1), |name| format!("`{}`", shortened(name)));
            return Some(Mapping { step: Some(step), source });
        }
    }
    let source = set_in(job).or_else(|| set_in(root))?;
    Some(Mapping { step: None, source })
}

fn source(text: &str) -> Source {
    let Some((_, expression)) = text.split_once("${{") else { return Source::Text };
    let expression = expression.split("}}").next().unwrap_or_default().trim();
    let named = |context: &str| {
        let after = expression.strip_prefix(context)?;
        let inside = after.strip_prefix('.').or_else(|| after.strip_prefix("['"))?;
        let end =
            inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(inside.len());
        (end > 0).then(|| inside[..end].to_owned())
    };
    match (named("secrets"), named("vars")) {
        (Some(name), _) => Source::Secret(name),
        (None, Some(name)) => Source::Variable(name),
        (None, None) => Source::Expression(shortened(expression)),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_QUOTED {
        return text.to_owned();
    }
    text.chars().take(MAX_QUOTED).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_name_their_source() {
        assert_eq!(source("${{ secrets.A_B }}"), Source::Secret("A_B".into()));
        assert_eq!(source("${{secrets['A']}}"), Source::Secret("A".into()));
        assert_eq!(source("${{ vars.A || 'x' }}"), Source::Variable("A".into()));
        assert_eq!(source("${{ steps.x.outputs.y }}"), Source::Expression("steps.x.outputs.y".into()));
        assert_eq!(source("${{ secretsx }}"), Source::Expression("secretsx".into()));
        assert_eq!(source("text"), Source::Text);
        assert!(
            matches!(source(&format!("${{{{ {}", "x".repeat(500))), Source::Expression(text) if text.chars().count() == 81)
        );
    }
}
