//! Concurrency: runs of pull requests may be cancelled by newer ones, those of branches, schedules and deploys may
//! not.

use crate::checks::Record;
use crate::finding::Finding;
use crate::tree::Node;
use crate::workflow::library::File;
use crate::workflow::names::{Rest, Scope, Value};

use super::super::actions::Role;
use super::super::commands::Kind;
use super::super::hollow::is_bot;
use super::super::jobs::{JobFacts, StepFacts};
use super::{DEPLOY_CANCELLED, MAIN_CANCELLED, NO_DEPLOY_QUEUE, Outlet, outlet};

/// Parts of a group that no two runs of a branch share.
const UNIQUE: [&str; 4] = ["github.sha", "github.run_id", "github.run_number", "github.event.after"];

/// Names of the branch that counts most; which of them a repository has is not to be seen.
const MAIN: [&str; 2] = ["main", "master"];

/// The key `cancel-in-progress`, if a newer run of the same branch cancels an older one on this event.
pub(in super::super) fn cancels<'t>(node: Node<'t>, event: &str) -> Option<Node<'t>> {
    let concurrency = node.get("concurrency")?;
    let (key, value) = concurrency.entry("cancel-in-progress")?;
    let text = |name: &str, value: &str| (name.to_owned(), Value::Text(value.to_owned()));
    let holds = MAIN.iter().all(|branch| {
        let github = vec![
            text("event_name", event),
            text("ref", &format!("refs/heads/{branch}")),
            text("ref_name", branch),
            text("head_ref", ""),
        ];
        let scope = Scope::default().with("github", Value::Map(github), Rest::Unknown);
        Value::of(value, &|text| scope.text(text)).truth() == Some(true)
    });
    let group = concurrency.get("group").and_then(|group| group.text()).unwrap_or_default();
    (holds && !UNIQUE.iter().any(|part| group.contains(part))).then_some(key)
}

/// Workflows of branches and schedules that may check something.
pub(super) fn branches(file: &File<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let workflow = &file.workflow;
    let own = jobs.iter().filter(|job| std::ptr::eq(job.scene.file, file));
    if !own.into_iter().any(checks) {
        return;
    }
    let on_branches = workflow.trigger("push").is_some_and(|push| {
        push.filters.is_none_or(|filters| filters.get("tags").is_none() || filters.get("branches").is_some())
    });
    // A schedule alone does not overtake itself.
    let scheduled = workflow.trigger("schedule").is_some()
        && (on_branches || workflow.is_started_by(&["workflow_dispatch", "repository_dispatch"]));
    let found = [("push", on_branches), ("schedule", scheduled)];
    let events: Vec<&str> = found.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    let Some(key) = events.iter().find_map(|event| cancels(workflow.root, event)) else { return };
    let nightly = events.contains(&"schedule") && cancels(workflow.root, "schedule").is_some();
    let message = match (events.as_slice(), nightly) {
        (["schedule"], _) => {
            "a manual run cancels a scheduled one before it ends, and nobody sees what it would have found"
        }
        (_, true) => {
            "a newer run cancels those of older commits of a branch and the scheduled ones, so some commits of main are never checked to the end"
        }
        _ => {
            "a newer run cancels those of older commits of a branch, so some commits of main are never checked to the end"
        }
    };
    let finding = Finding::new(&MAIN_CANCELLED, file.source.at_node(key), message)
        .help("write `cancel-in-progress: ${{ github.event_name == 'pull_request' }}`");
    record.push(finding.subject("concurrency"));
}

/// True if the job is there to find something, as far as one can see.
fn checks(job: &JobFacts<'_, '_>) -> bool {
    // The next run brings up to date what the one before it would have.
    if is_bot(job) {
        return false;
    }
    let says = |text: &str| {
        let lower = text.to_lowercase().replace("latest", "");
        lower.contains("test") || lower.contains("lint")
    };
    let said = |step: &StepFacts<'_, '_>| {
        let texts =
            ["name", "run", "uses"].into_iter().filter_map(|key| step.step.step.node.get(key)?.text());
        step.role == Some(Role::Check) || texts.into_iter().any(says)
    };
    job.scene.job.uses().is_some()
        || says(job.scene.id())
        || job.runs(|kind| kind.is_check() || kind == Kind::Build)
        || job.steps.iter().any(said)
}

/// True if only tags or releases start the job: no two runs are of the same one.
fn only_on_tags(job: &JobFacts<'_, '_>) -> bool {
    let condition = job.scene.job.node.get("if").and_then(|node| node.text()).unwrap_or_default();
    let starts = &job.scene.file.workflow.triggers;
    let by_tag = |trigger: &crate::workflow::model::Trigger<'_>| match trigger.name {
        "push" => trigger
            .filters
            .is_some_and(|filters| filters.get("tags").is_some() && filters.get("branches").is_none()),
        name => name == "release",
    };
    condition.contains("refs/tags") || condition.contains("ref_type") || starts.iter().all(by_tag)
}

/// True if the images of the step are called after the commit or the run: none takes the place of another.
fn names_the_commit(step: &StepFacts<'_, '_>) -> bool {
    let of_run = |text: &str| {
        let lower = text.to_lowercase();
        ["sha}", "_sha", "github.sha", "run_id", "run_number"].iter().any(|word| lower.contains(word))
            && !lower.contains("latest")
    };
    let tags = step.step.step.input("tags").and_then(|tags| tags.text());
    let pushed = step.fates.iter().filter(|fate| fate.known.kind == Kind::Publish);
    let mut texts = pushed.map(|fate| fate.known.arguments().last().map_or("", |word| &word.text)).peekable();
    match tags {
        Some(tags) => tags.lines().filter(|line| !line.trim().is_empty()).all(of_run),
        None => texts.peek().is_some() && texts.all(of_run),
    }
}

/// Jobs that publish or deploy.
pub(super) fn deploys(job: &JobFacts<'_, '_>, record: &mut Record) {
    // What goes into service counts before the packages that it is made of.
    let mut outlets = job.steps.iter().filter_map(|step| Some((step, outlet(job, step)?)));
    let Some(first) = outlets.next() else { return };
    let deploy = outlets.find(|(_, (kind, ..))| *kind == Outlet::Deploy && first.1.0 != Outlet::Deploy);
    let (step, (kind, place, name)) = deploy.unwrap_or(first);
    let workflow = &job.scene.file.workflow;
    let event = ["push", "release", "workflow_dispatch", "schedule"]
        .into_iter()
        .find(|name| workflow.trigger(name).is_some());
    let Some(event) = event else { return };
    let key = cancels(job.scene.job.node, event).or_else(|| cancels(workflow.root, event));
    let subject = job.scene.id();
    if let Some(key) = key.filter(|_| !only_on_tags(job)) {
        let message = format!("a newer run cancels `{name}` in the job `{subject}` halfway");
        let at = job.scene.file.source.at_node(key);
        // The concurrency of a workflow is one fault, however many of its jobs publish.
        let known = record
            .findings
            .iter_mut()
            .find(|known| known.rule.id == DEPLOY_CANCELLED.id && known.location == at);
        if let Some(known) = known {
            *known = known.clone().related(place, format!("the job `{subject}` is cancelled as well"));
            return;
        }
        let finding = Finding::new(&DEPLOY_CANCELLED, at, message)
            .help("write `cancel-in-progress: false` for what publishes or deploys");
        record.push(finding.subject(subject));
        return;
    }
    let grouped = [job.scene.job.node, workflow.root].iter().any(|node| node.get("concurrency").is_some());
    let of_branch = workflow.trigger("push").is_some_and(|push| {
        push.filters.is_none_or(|filters| filters.get("tags").is_none() || filters.get("branches").is_some())
    });
    let moves = kind == Outlet::Deploy || (name.contains("docker") && !names_the_commit(step));
    if moves && !grouped && of_branch && !only_on_tags(job) {
        let message = format!("two pushes run `{name}` at the same time, and the older one may finish last");
        let finding = Finding::new(&NO_DEPLOY_QUEUE, place, message)
            .help(format!("add `concurrency: {{ group: {subject}, cancel-in-progress: false }}` to the job"));
        record.push(finding.subject(subject));
    }
}
