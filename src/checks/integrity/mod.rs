//! The `integrity` check: everything that GitHub Actions reads from a repository is valid, and cannot be turned
//! against it.

mod action_before_checkout;
mod action_permissions;
mod actions_lock;
mod broad_permissions;
mod call_limits;
mod calls;
mod code_owners;
mod conditions;
mod data;
mod dependabot;
mod dependabot_ecosystems;
mod documents;
mod executes;
mod expressions;
mod failing_call;
mod fixes;
mod graph;
mod hardcoded_credentials;
mod hidden_characters;
mod hosted_runners;
mod idle_entries;
mod ids;
mod injected_variables;
mod kept_credentials;
mod kinds;
mod limits;
mod local_actions;
mod missing_permissions;
mod outdated_runtime;
mod places;
mod power;
mod properties;
mod reach;
mod release_cache;
mod remote_actions;
mod runner_commands;
mod runner_labels;
mod scripts;
mod secrets;
mod self_hosted_runner;
mod server_limits;
mod shapes;
mod taint;
mod template_injection;
mod ternary;
mod tokens;
mod triggers;
mod unparsable;
mod unpinned_image;
mod unpinned_tools;
mod unpinned_uses;
mod untrusted_checkout;

use std::sync::Arc;

use anyhow::Result;
use serde::Deserialize;

use crate::checkout::Source;
use crate::checks::{Check, Context, Outcome, Part, Record, Unit};
use crate::finding::Finding;
use crate::parallel;
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::config::{After, When};

use crate::workflow::shape::Validated;
use documents::{Document, Kind, Repository};
use places::JobPlace;
pub use server_limits::Limits;
use taint::flow::Flow;

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Clean runs after which the check becomes blocking.
    pub blocking_after: Option<After>,
    /// Whether shellcheck judges the scripts of `run`. Absent: as notes, if it is on the path. `true`: its errors and
    /// warnings are warnings, and without it the check is not verified. `false`: it is not asked.
    pub shellcheck: Option<bool>,
    /// Which actions by tag or branch are warnings: those that could do harm (`reach`), or all of them (`all`).
    pub unpinned: Unpinned,
    /// Limits of the server, where they are not those of github.com.
    pub limits: Limits,
}

/// Which actions, workflows and images that are not pinned are warnings; the others are notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Unpinned {
    /// Those of third parties in jobs that could do harm: what they may write, see, publish, or whose code they run.
    #[default]
    Reach,
    /// All.
    All,
}

/// Workflows, actions and dependabot files are valid and cannot be turned against the repository.
pub struct Integrity;

/// One look at the shape and the expressions of a document.
type Read = fn(&Reading<'_>, &mut Record);

/// One look at a document.
type Look = fn(&Document<'_>, &Scene<'_>, &mut Record);

/// One look at a job, or at an action, and the values in it.
type JobLook = for<'d> fn(&JobPlace<'d>, &Scene<'d>, &mut Record);

/// One look at all documents together.
type Sweep = fn(&Scene<'_>, &mut Record);

/// A document with what its shape and expressions are.
struct Reading<'a> {
    document: &'a Document<'a>,
    validated: Validated<'a>,
    /// All documents, for references between them.
    repository: &'a Repository<'a>,
}

/// What a look may need besides its document.
struct Scene<'a> {
    /// All documents, for references between them.
    repository: &'a Repository<'a>,
    /// The way of values through it.
    flow: Flow<'a>,
    /// Everything else.
    context: &'a Context<'a>,
}

/// Everything that is looked for in the shape and the expressions of a document that parses.
const READS: &[Read] = &[
    shapes::read,
    expressions::read,
    properties::read,
    failing_call::read,
    kinds::read,
    secrets::read,
    conditions::comparisons::read,
    conditions::contains::read,
    ternary::read,
];

/// Everything else that is looked for in one.
const LOOKS: &[Look] = &[
    idle_entries::look,
    ids::look,
    graph::look,
    calls::look,
    triggers::look,
    local_actions::look,
    limits::look,
    missing_permissions::look,
    broad_permissions::look,
    action_permissions::look,
    hardcoded_credentials::look,
    conditions::constant::look,
    runner_commands::look,
    scripts::look,
    dependabot::look,
    dependabot_ecosystems::look,
    remote_actions::archived::look,
    remote_actions::vulnerable::look,
    remote_actions::lookalike::look,
    remote_actions::obscured::look,
    remote_actions::inputs::look,
    runner_labels::look,
    hosted_runners::look,
    outdated_runtime::look,
    hidden_characters::look,
    kept_credentials::look,
    action_before_checkout::look,
    tokens::look,
];

/// Everything that is looked for in jobs and actions.
const JOB_LOOKS: &[JobLook] = &[
    template_injection::look_at_job,
    injected_variables::look_at_job,
    untrusted_checkout::look_at_job,
    conditions::bots::look_at_job,
    self_hosted_runner::look_at_job,
];

/// Everything that is looked for in all documents together.
const SWEEPS: &[Sweep] = &[
    unpinned_uses::sweep,
    unpinned_tools::sweep,
    unpinned_image::sweep,
    call_limits::sweep,
    remote_actions::versions::sweep,
    remote_actions::online::sweep,
    scripts::sweep,
    actions_lock::sweep,
];

/// What one thread does at a time.
enum Task<'a> {
    /// All looks at a document.
    Document(&'a Document<'a>),
    /// A look at all documents.
    Sweep(Sweep),
}

impl Task<'_> {
    fn run(&self, scene: &Scene<'_>, record: &mut Record) {
        match self {
            Task::Document(document) => LOOKS.iter().for_each(|look| look(document, scene, record)),
            Task::Sweep(sweep) => sweep(scene, record),
        }
    }
}

/// Everything that the check can find.
static RULES: &[&Rule] = &[
    &unparsable::UNPARSABLE,
    &unparsable::DUPLICATE_KEY,
    &shapes::UNKNOWN_KEY,
    &shapes::MISSING_KEY,
    &shapes::WRONG_TYPE,
    &shapes::INVALID_VALUE,
    &expressions::INVALID_EXPRESSION,
    &graph::UNKNOWN_JOB,
    &graph::NEEDS_CYCLE,
    &graph::NO_FIRST_JOB,
    &ids::DUPLICATE_ID,
    &properties::UNKNOWN_PROPERTY,
    &failing_call::FAILING_CALL,
    &kinds::MISMATCHED_TYPE,
    &idle_entries::IDLE_ENTRY,
    &calls::UNKNOWN_WORKFLOW,
    &calls::INVALID_CALL,
    &calls::CALL_PERMISSIONS,
    &triggers::INVALID_SCHEDULE,
    &triggers::FILTER_NEVER_MATCHES,
    &triggers::UNKNOWN_WORKFLOW_NAME,
    &local_actions::UNKNOWN_ACTION,
    &local_actions::ACTION_INPUTS,
    &unpinned_uses::UNPINNED_USES,
    &missing_permissions::MISSING_PERMISSIONS,
    &template_injection::TEMPLATE_INJECTION,
    &injected_variables::COMMAND_INJECTION,
    &injected_variables::ENVIRONMENT_INJECTION,
    &injected_variables::UNQUOTED_EXPANSION,
    &untrusted_checkout::UNTRUSTED_CHECKOUT,
    &conditions::bots::SPOOFABLE_BOT,
    &conditions::contains::UNSOUND_CONTAINS,
    &conditions::constant::CONSTANT_CONDITION,
    &conditions::comparisons::MISMATCHED_COMPARISON,
    &broad_permissions::BROAD_PERMISSIONS,
    &action_permissions::LACKING_PERMISSIONS,
    &action_permissions::UNNEEDED_PERMISSIONS,
    &secrets::INHERITED_SECRETS,
    &secrets::WHOLE_SECRETS,
    &secrets::UNMASKED_SECRET,
    &hardcoded_credentials::HARDCODED_CREDENTIALS,
    &runner_commands::INSECURE_COMMANDS,
    &runner_commands::DEPRECATED_COMMAND,
    &self_hosted_runner::SELF_HOSTED_RUNNER,
    &remote_actions::vulnerable::VULNERABLE_ACTION,
    &remote_actions::lookalike::LOOKALIKE_ACTION,
    &remote_actions::obscured::OBSCURED_USES,
    &remote_actions::versions::CONTRADICTING_VERSIONS,
    &remote_actions::archived::ARCHIVED_ACTION,
    &unpinned_image::UNPINNED_IMAGE,
    &unpinned_tools::UNPINNED_TOOL,
    &runner_labels::RETIRED_RUNNER,
    &hosted_runners::UNKNOWN_RUNNER,
    &hosted_runners::CONTRADICTING_RUNNERS,
    &outdated_runtime::OUTDATED_RUNTIME,
    &hidden_characters::HIDDEN_CHARACTERS,
    &kept_credentials::KEPT_CREDENTIALS,
    &action_before_checkout::ACTION_BEFORE_CHECKOUT,
    &tokens::BROAD_APP_TOKEN,
    &tokens::STORED_PUBLISH_TOKEN,
    &dependabot::DEPENDABOT_EXECUTION,
    &dependabot::DEPENDABOT_COOLDOWN,
    &dependabot_ecosystems::DEPENDABOT_MISSING,
    &dependabot_ecosystems::DEPENDABOT_NOTHING_THERE,
    &code_owners::INVALID_CODE_OWNERS,
    &code_owners::IDLE_CODE_OWNERS,
    &ternary::UNSOUND_TERNARY,
    &remote_actions::online::IMPOSTOR_COMMIT,
    &remote_actions::online::AMBIGUOUS_REF,
    &remote_actions::wrong_version::WRONG_VERSION,
    &release_cache::CACHE_IN_RELEASE,
    &actions_lock::UNLOCKED_ACTION,
    &actions_lock::STALE_LOCK,
    &actions_lock::BROKEN_LOCK,
    &scripts::BROKEN_SCRIPT,
    &scripts::SHELLCHECK,
];

impl Check for Integrity {
    fn name(&self) -> &'static str {
        "integrity"
    }

    fn summary(&self) -> &'static str {
        "workflows, actions and dependabot files are valid and cannot be turned against the repository"
    }

    fn unit(&self) -> Unit {
        Unit { one: "workflow or action", many: "workflows and actions" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        RULES
    }

    fn online(&self) -> Option<&'static str> {
        Some("whether commits and names of actions are what they seem")
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let files = documents::find(context.checkout);
        let mut others = 0;
        for (path, reason) in documents::not_files(context.checkout) {
            record.push(unparsable::not_a_file(path, reason));
            others += 1;
        }
        let owners = code_owners::look(context.checkout, record);
        if files.is_empty() && others == 0 && owners == 0 {
            let reason = "no workflows, actions, dependabot file, issue forms or code owners";
            return Ok(Outcome::NotApplicable(reason.to_owned()));
        }
        let mut sources = Vec::with_capacity(files.len());
        for (path, kind) in &files {
            let source = unparsable::read(path, *kind, context, record);
            sources.extend(source.map(|source| (source, *kind)));
        }
        judge(&sources, context, record);
        Ok(Outcome::Examined(files.len() + owners))
    }
}

/// What the check finds in the text of a file that GitHub would read at `path`; nothing at any other path. For
/// fuzzing: the text itself need not be on disk.
pub fn examine_text(path: &str, text: &str, context: &Context<'_>) -> Vec<Finding> {
    let mut record = Record::default();
    if let Some(kind) = documents::kind_of(path) {
        let source = Arc::new(Source::new(path, text.to_owned()));
        judge(&[(source, kind)], context, &mut record);
    }
    record.findings
}

/// Looks at all files at once: what one of them says about another is judged too.
fn judge(sources: &[(Arc<Source>, Kind)], context: &Context<'_>, record: &mut Record) {
    let (mut readable, mut parts) = (Vec::with_capacity(sources.len()), Vec::new());
    for (document, own) in parallel::each(sources, |file| parsed(file, context)) {
        readable.extend(document);
        parts.push(own);
    }
    let repository = &Repository::new(&readable, context.checkout);
    parts.extend(parallel::each(&readable, |document| read(document, repository)));
    let scene = || Scene { repository, flow: Flow::new(repository), context };
    let tasks: Vec<Task<'_>> =
        readable.iter().map(Task::Document).chain(SWEEPS.iter().map(|sweep| Task::Sweep(*sweep))).collect();
    // The way of values through jobs is found once for all, by one thread.
    let (others, jobs) = parallel::both(
        || {
            parallel::each_with(&tasks, scene, |scene, task| {
                recorded(scene, |record| task.run(scene, record))
            })
        },
        || {
            let scene = scene();
            recorded(&scene, |record| look_at_jobs(&scene, record))
        },
    );
    parts.extend(others);
    parts.push(jobs);
    record.merge_all(parts);
    release_cache::look_last(repository, record);
    record.say_once();
    if let Some(note) = data::old(context.settings.policy.today) {
        record.note(note);
    }
}

/// The file as a document, if it can be read as one, and what is found on the way.
fn parsed<'t>(
    (source, kind): &'t (Arc<Source>, Kind),
    context: &Context<'_>,
) -> (Option<Document<'t>>, Part) {
    let mut record = Record::default();
    let root = unparsable::root(source, *kind, context, &mut record);
    (root.map(|root| Document::new(source, *kind, root)), record.kept())
}

/// What is found in the shape and the expressions of a document. They are many, and nobody else asks for them.
fn read<'a>(document: &'a Document<'a>, repository: &'a Repository<'a>) -> Part {
    let mut record = Record::default();
    let reading = Reading { document, validated: document.validated(), repository };
    READS.iter().for_each(|read| read(&reading, &mut record));
    record.kept()
}

/// What is found in the jobs of each document, and forgotten with it. Those that others use come first: what they are
/// given is known from the jobs of the others, which would be forgotten by then.
fn look_at_jobs(scene: &Scene<'_>, record: &mut Record) {
    let documents = scene.repository.all().iter();
    let (used, others): (Vec<_>, Vec<_>) = documents.partition(|document| scene.flow.is_used(document));
    for document in used.into_iter().chain(others) {
        for job in places::of_document(document, scene) {
            JOB_LOOKS.iter().for_each(|look| look(&job, scene, record));
        }
        scene.flow.forget(document);
    }
}

/// What is recorded by looks at a scene.
fn recorded(scene: &Scene<'_>, looks: impl FnOnce(&mut Record)) -> Part {
    let mut record = Record::default();
    looks(&mut record);
    if scene.flow.gave_up() {
        record
            .not_verified("calls within calls without end: some values were not followed to where they end");
    }
    record.kept()
}
