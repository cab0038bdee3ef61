//! What the workflows are: what starts them, what their jobs are for, what they may do and what they use.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::tree::{Node, Syntax};
use crate::workflow::library::File;
use crate::workflow::model::Job;

use super::actions::Role;
use super::commands::Kind;
use super::documents::secret_names;
use super::jobs::{self, JobFacts};
use super::scene::JobScene;

/// A workflow.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inventory {
    /// Its path.
    pub workflow: String,
    /// Its name, or its path without one.
    pub name: String,
    /// What starts it.
    pub events: Vec<String>,
    /// Times of its schedules, as cron.
    pub schedules: Vec<String>,
    /// What its jobs are for, sorted: `test`, `lint`, `scan`, `publish` …; empty where nothing is known of them.
    pub categories: BTreeSet<&'static str>,
    /// Its `permissions`, as written; null where it has none.
    pub permissions: Option<serde_json::Value>,
    /// Names of the secrets that it reads, the run's own token left out.
    pub secrets: BTreeSet<String>,
    /// Actions and workflows that stand at a commit or digest.
    pub pinned: BTreeSet<String>,
    /// Those that can be moved.
    pub movable: BTreeSet<String>,
    /// Its jobs, in the order of writing.
    pub jobs: Vec<InventoryJob>,
}

/// A job.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InventoryJob {
    /// Its id.
    pub job: String,
    /// What it is for.
    pub categories: BTreeSet<&'static str>,
    /// Ids of the jobs that it waits for.
    pub needs: Vec<String>,
    /// The workflow that it calls.
    pub calls: Option<String>,
    /// The name of its environment.
    pub environment: Option<String>,
    /// Its own `permissions`, as written.
    pub permissions: Option<serde_json::Value>,
    /// Minutes after which it is stopped, as written.
    pub timeout: Option<String>,
}

/// The inventory of workflows, in their order.
pub fn inventory(files: &[File<'_>]) -> Vec<Inventory> {
    files.iter().map(of_file).collect()
}

fn of_file(file: &File<'_>) -> Inventory {
    let workflow = &file.workflow;
    let jobs: Vec<InventoryJob> = workflow.jobs.iter().map(|job| of_job(file, job)).collect();
    let mut secrets = BTreeSet::new();
    for node in file.source.tree(Syntax::Yaml).nodes() {
        secrets.extend(
            node.text().filter(|text| text.contains("secrets")).map(secret_names).unwrap_or_default(),
        );
    }
    let uses = workflow.jobs.iter().flat_map(|job| {
        job.uses()
            .into_iter()
            .chain(job.steps.iter().filter_map(|step| step.uses()))
            .filter_map(|uses| uses.text())
    });
    let (pinned, movable): (Vec<&str>, Vec<&str>) =
        uses.filter(|uses| !uses.starts_with("./")).partition(|uses| is_pinned(uses));
    let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
    let crons = workflow.trigger("schedule").and_then(|trigger| trigger.filters);
    let crons = crons.iter().flat_map(|list| list.items()).filter_map(|item| item.get("cron")?.text());
    Inventory {
        workflow: file.path().to_owned(),
        name: file.name().to_owned(),
        events: workflow.triggers.iter().map(|trigger| trigger.name.to_owned()).collect(),
        schedules: crons.map(str::to_owned).collect(),
        categories: jobs.iter().flat_map(|job| job.categories.iter().copied()).collect(),
        permissions: workflow.root.get("permissions").map(|node| node.to_json()),
        secrets,
        pinned: owned(pinned),
        movable: owned(movable),
        jobs,
    }
}

/// True for what stands at a commit or digest.
fn is_pinned(uses: &str) -> bool {
    let version = uses.rsplit('@').next().unwrap_or_default();
    let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    uses.contains("@sha256:") || (matches!(version.len(), 40 | 64) && is_hex(version))
}

fn of_job(file: &File<'_>, job: &Job<'_>) -> InventoryJob {
    let scene = JobScene::of(file, job);
    let facts = jobs::of_job(&scene);
    let text = |node: Option<Node<'_>>| node.and_then(|node| node.text()).map(str::to_owned);
    let environment = job.node.get("environment");
    InventoryJob {
        job: job.id.to_owned(),
        categories: categories(&facts),
        needs: job.needs.iter().filter_map(|need| need.text().map(str::to_owned)).collect(),
        calls: text(job.uses()),
        environment: text(environment).or_else(|| text(environment.and_then(|node| node.get("name")))),
        permissions: job.node.get("permissions").map(|node| node.to_json()),
        timeout: text(job.node.get("timeout-minutes")),
    }
}

/// What the known commands and actions of a job are for.
fn categories(job: &JobFacts<'_, '_>) -> BTreeSet<&'static str> {
    let commands = job.steps.iter().flat_map(|step| &step.fates).map(|fate| match fate.known.kind {
        Kind::Test => "test",
        Kind::Lint => "lint",
        Kind::Types => "types",
        Kind::Scan => "scan",
        Kind::FormatCheck => "format",
        Kind::Build => "build",
        Kind::Publish => "publish",
        Kind::Deploy => "deploy",
    });
    let roles = job.steps.iter().filter_map(|step| step.role).map(|role| match role {
        Role::Check => "check",
        Role::Publish => "publish",
        Role::Deploy => "deploy",
    });
    commands.chain(roles).collect()
}
