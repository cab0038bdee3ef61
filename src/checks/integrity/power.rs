//! What the code of a job could do if it turned against the repository: what its token may write, which secrets it
//! sees, what it publishes, whose machine it runs on, and who starts it.

use super::Scene;
use super::documents::Document;
use super::reach::Reach;
use super::self_hosted_runner;
use crate::excerpt;
use crate::tree::Node;
use crate::workflow::expression;
use crate::workflow::model::{Job, Workflow};
use crate::workflow::permissions::{Level, Permissions};

/// Scopes whose writing harms nobody but the readers of issues and alerts.
const MINOR: [&str; 4] = ["discussions", "issues", "models", "security-events"];

/// The worst that the job of a workflow could do, in words that follow "in a job that".
pub(super) fn of_job<'d>(document: &'d Document<'d>, index: usize, scene: &Scene<'d>) -> Option<String> {
    let workflow = document.workflow.as_ref()?;
    let job = workflow.jobs.get(index)?;
    let open = Reach { open: scene.flow.reach_of_job(document, index).open, ..Reach::default() };
    if let Some(event) = open.outsiders(open.events()).first() {
        return Some(format!("strangers start (`{event}`)"));
    }
    token(workflow, job).or_else(|| secret(workflow, job)).or_else(|| {
        let place = job.node;
        if let Some(publisher) = document.publishers.get(index).cloned().flatten() {
            return Some(format!("publishes (`{publisher}`)"));
        }
        if place.get("environment").is_some() {
            return Some("has an environment".to_owned());
        }
        let own = place.get("runs-on").and_then(self_hosted_runner::own_runner);
        own.map(|_| "runs on a machine of your own".to_owned())
    })
}

/// The worst that a step of this repository's action could do, in a job of this repository that uses it.
pub(super) fn of_action<'d>(action: &Document<'_>, scene: &Scene<'d>) -> Option<String> {
    let repository = scene.repository;
    let uses_it = |job: &Job<'_>| {
        let used = job.steps.iter().filter_map(|step| repository.action(step.uses()?.text()?));
        used.map(|used| used.source.path()).any(|path| path == action.source.path())
    };
    repository.all().iter().find_map(|document| {
        let jobs = document.workflow.iter().flat_map(|workflow| workflow.jobs.iter().enumerate());
        jobs.filter(|(_, job)| uses_it(job)).find_map(|(index, _)| of_job(document, index, scene))
    })
}

/// What its token may write. What says nothing has the default of the repository, of which another rule speaks.
fn token(workflow: &Workflow<'_>, job: &Job<'_>) -> Option<String> {
    let given = job.node.get("permissions").or_else(|| workflow.root.get("permissions"))?;
    let permissions = Permissions::of(given);
    let written = permissions.at(Level::Write).filter(|scope| !MINOR.contains(scope));
    let scopes: Vec<String> = written.map(|scope| format!("`{scope}`")).collect();
    if scopes.is_empty() {
        return None;
    }
    Some(format!("may write {}", excerpt::list(scopes.iter().map(String::as_str), ", ", 3)))
}

/// The first secret that it sees, besides the token of the run.
fn secret(workflow: &Workflow<'_>, job: &Job<'_>) -> Option<String> {
    let around = workflow.root.get("env");
    let mut found = None;
    for node in [Some(job.node), around].into_iter().flatten() {
        first_secret(node, &mut found);
    }
    found.map(|name| format!("sees the secret `{name}`"))
}

/// True for secrets that let nobody do harm: the token of the run, of which `permissions` speak, names and addresses, and
/// tokens that only hand in results.
fn is_minor(secret: &str) -> bool {
    let name = secret.to_ascii_uppercase();
    let results = ["CODECOV_TOKEN", "CODSPEED_TOKEN", "COVERALLS_REPO_TOKEN", "CODACY_PROJECT_TOKEN"];
    let harmless = ["USER", "USERNAME", "_NAME", "EMAIL"];
    name == "GITHUB_TOKEN" || results.contains(&&*name) || harmless.iter().any(|end| name.ends_with(end))
}

fn first_secret(node: Node<'_>, found: &mut Option<String>) {
    if found.is_some() {
        return;
    }
    if let Some(text) = node.text() {
        if !expression::is_in(text) {
            return;
        }
        *found = text.split("secrets.").skip(1).map(name).find(|name| !name.is_empty() && !is_minor(name));
        return;
    }
    let values = node.entries().map(|(_, value)| value);
    values.chain(node.items()).for_each(|inner| first_secret(inner, found));
}

/// The name at the start of the text.
fn name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect()
}
