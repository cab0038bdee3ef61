//! The shape of a workflow.

use super::events::ON;
use super::{BOOL, NON_EMPTIES, NON_EMPTY, NULL, NUMBER, ONE_OR_MORE, TEXT};
use super::{Field, Map, Shape, Type, closed, fixed, id_fault, may, must, open, plain, with};
use crate::tree::Node;
use crate::workflow::contexts::{
    CREDENTIALS, ENVIRONMENT_URL, JOB_DEFAULTS, JOB_ENV, JOB_IF, JOB_KEY, JOB_OUTPUT, NEEDED, STEP, STEP_IF,
    WORKFLOW, WORKFLOW_ENV,
};
use crate::workflow::reference::Reference;

/// A workflow file.
pub static ROOT: Type = plain(Shape::Map(&ROOT_MAP));

static ROOT_MAP: Map = fixed(
    "a workflow",
    &[
        must("on", &ON),
        may("name", &TEXT),
        may("description", &TEXT),
        may("run-name", &RUN_NAME),
        may("defaults", &DEFAULTS),
        may("env", &ENV),
        may("permissions", &PERMISSIONS),
        may("concurrency", &CONCURRENCY),
        may("cache-mode", &CACHE_MODE),
        must("jobs", &JOBS),
    ],
);

static RUN_NAME: Type = with(WORKFLOW, Shape::Text);
static ENV: Type = with(WORKFLOW_ENV, Shape::Map(&TEXT_MAP));
static TEXT_MAP: Map = open("a mapping of text", &TEXT);
static CACHE_MODE: Type = plain(Shape::OneOf(&["read", "write", "write-only", "none"]));

static DEFAULTS: Type = plain(Shape::Map(&DEFAULTS_MAP));
static DEFAULTS_MAP: Map = closed("`defaults`", &[may("run", &DEFAULTS_RUN)]);
static DEFAULTS_RUN: Type = plain(Shape::Map(&DEFAULTS_RUN_MAP));
static DEFAULTS_RUN_MAP: Map =
    closed("`defaults.run`", &[may("shell", &NON_EMPTY), may("working-directory", &NON_EMPTY)]);

static CONCURRENCY: Type = with(WORKFLOW, Shape::Either(&[&TEXT, &CONCURRENCY_MAPPING]));
static JOB_CONCURRENCY: Type = with(JOB_KEY, Shape::Either(&[&NON_EMPTY, &CONCURRENCY_MAPPING]));
static CONCURRENCY_MAPPING: Type = plain(Shape::Map(&CONCURRENCY_MAP));
static CONCURRENCY_MAP: Map = fixed(
    "`concurrency`",
    &[must("group", &NON_EMPTY), may("cancel-in-progress", &BOOL), may("queue", &QUEUE)],
);
static QUEUE: Type = plain(Shape::OneOf(&["single", "max"]));

/// The value of `permissions`.
pub static PERMISSIONS: Type = plain(Shape::Either(&[&PERMISSIONS_WORD, &PERMISSIONS_MAPPING]));
static PERMISSIONS_WORD: Type = plain(Shape::OneOf(&["read-all", "write-all"]));
static PERMISSIONS_MAPPING: Type = plain(Shape::Map(&PERMISSIONS_MAP));
static PERMISSIONS_MAP: Map = fixed("`permissions`", PERMISSION_FIELDS);
static LEVEL: Type = plain(Shape::OneOf(&["read", "write", "none"]));
static READ_OR_NONE: Type = plain(Shape::OneOf(&["read", "none"]));
static WRITE_OR_NONE: Type = plain(Shape::OneOf(&["write", "none"]));

/// All permissions of the token.
pub static PERMISSION_FIELDS: &[Field] = &[
    may("actions", &LEVEL),
    may("artifact-metadata", &LEVEL),
    may("attestations", &LEVEL),
    may("checks", &LEVEL),
    may("code-quality", &LEVEL),
    may("contents", &LEVEL),
    may("copilot-requests", &WRITE_OR_NONE),
    may("deployments", &LEVEL),
    may("discussions", &LEVEL),
    may("drives", &LEVEL),
    may("id-token", &WRITE_OR_NONE),
    may("issues", &LEVEL),
    may("models", &READ_OR_NONE),
    may("packages", &LEVEL),
    may("pages", &LEVEL),
    may("pull-requests", &LEVEL),
    may("repository-projects", &LEVEL),
    may("security-events", &LEVEL),
    may("statuses", &LEVEL),
    may("vulnerability-alerts", &READ_OR_NONE),
];

static JOBS: Type = plain(Shape::Map(&JOBS_MAP));
static JOBS_MAP: Map = Map { check_key: Some(id_fault), ..open("`jobs`", &JOB) };
static JOB: Type = plain(Shape::Choose(job, &[&STEPS_JOB, &CALL_JOB]));

/// A job with `uses` calls a workflow; any other runs steps.
fn job(node: Node<'_>) -> &'static Type {
    if node.get("uses").is_some() && node.get("runs-on").is_none() { &CALL_JOB } else { &STEPS_JOB }
}

static STEPS_JOB: Type = plain(Shape::Map(&STEPS_JOB_MAP));
static STEPS_JOB_MAP: Map = fixed(
    "a job",
    &[
        may("needs", &ONE_OR_MORE),
        may("if", &JOB_CONDITION),
        may("strategy", &STRATEGY),
        may("name", &JOB_TEXT),
        must("runs-on", &RUNS_ON),
        may("timeout-minutes", &JOB_NUMBER),
        may("cancel-timeout-minutes", &JOB_NUMBER),
        may("continue-on-error", &JOB_BOOL),
        may("container", &CONTAINER),
        may("services", &SERVICES),
        may("env", &JOB_ENV_MAPPING),
        may("environment", &ENVIRONMENT),
        may("permissions", &PERMISSIONS),
        may("concurrency", &JOB_CONCURRENCY),
        may("cache-mode", &CACHE_MODE),
        may("outputs", &OUTPUTS),
        may("defaults", &JOB_DEFAULTS_MAPPING),
        may("steps", &STEPS),
        may("snapshot", &SNAPSHOT),
    ],
);

static CALL_JOB: Type = plain(Shape::Map(&CALL_JOB_MAP));
static CALL_JOB_MAP: Map = fixed(
    "a job that calls a workflow",
    &[
        may("name", &JOB_TEXT),
        must("uses", &CALL_USES),
        may("with", &CALL_WITH),
        may("secrets", &CALL_SECRETS),
        may("needs", &ONE_OR_MORE),
        may("if", &JOB_CONDITION),
        may("permissions", &PERMISSIONS),
        may("concurrency", &JOB_CONCURRENCY),
        may("cache-mode", &CACHE_MODE),
        may("strategy", &STRATEGY),
    ],
);
static CALL_WITH: Type = plain(Shape::Map(&CALL_WITH_MAP));
static CALL_WITH_MAP: Map = open("`with`", &CALL_WITH_VALUE);
static CALL_WITH_VALUE: Type = with(JOB_KEY, Shape::Text);
static CALL_SECRETS: Type = plain(Shape::Either(&[&INHERIT, &CALL_SECRETS_MAPPING]));
static INHERIT: Type = plain(Shape::OneOf(&["inherit"]));
static CALL_SECRETS_MAPPING: Type = plain(Shape::Map(&CALL_SECRETS_MAP));
static CALL_SECRETS_MAP: Map = open("`secrets`", &CALL_SECRET);
static CALL_SECRET: Type = with(JOB_ENV, Shape::Text);

static JOB_CONDITION: Type = with(JOB_IF, Shape::Text);
static JOB_TEXT: Type = with(JOB_KEY, Shape::Text);
static JOB_NUMBER: Type = with(JOB_KEY, Shape::Number);
static JOB_BOOL: Type = with(JOB_KEY, Shape::Bool);
static JOB_ENV_MAPPING: Type = with(JOB_ENV, Shape::Map(&TEXT_MAP));
static OUTPUTS: Type = with(JOB_OUTPUT, Shape::Map(&TEXT_MAP));
static JOB_DEFAULTS_MAPPING: Type = plain(Shape::Map(&JOB_DEFAULTS_MAP));
static JOB_DEFAULTS_MAP: Map = closed("`defaults`", &[may("run", &JOB_DEFAULTS_RUN)]);
static JOB_DEFAULTS_RUN: Type = with(JOB_DEFAULTS, Shape::Map(&DEFAULTS_RUN_MAP));

static STRATEGY: Type = with(NEEDED, Shape::Map(&STRATEGY_MAP));
static STRATEGY_MAP: Map =
    closed("`strategy`", &[may("fail-fast", &BOOL), may("max-parallel", &NUMBER), may("matrix", &MATRIX)]);
static MATRIX: Type = plain(Shape::Map(&MATRIX_MAP));
static MATRIX_MAP: Map = Map {
    fields: &[may("include", &MATRIX_FILTER), may("exclude", &MATRIX_FILTER)],
    ..open("`matrix`", &MATRIX_VECTOR)
};
static MATRIX_VECTOR: Type = plain(Shape::Filled(&super::ANY));
static MATRIX_FILTER: Type = plain(Shape::Filled(&MATRIX_FILTER_ITEM));
static MATRIX_FILTER_ITEM: Type = plain(Shape::Map(&MATRIX_FILTER_MAP));
static MATRIX_FILTER_MAP: Map = open("a combination", &super::ANY);

static RUNS_ON: Type = with(JOB_KEY, Shape::Either(&[&NON_EMPTY, &NON_EMPTIES, &RUNS_ON_MAPPING]));
static RUNS_ON_MAPPING: Type = plain(Shape::Map(&RUNS_ON_MAP));
static RUNS_ON_MAP: Map = closed("`runs-on`", &[may("group", &RUNNER_GROUP), may("labels", &ONE_OR_MORE)]);

static RUNNER_GROUP: Type = plain(Shape::Checked(group_fault));

/// A group of runners, of the organisation or the enterprise if it says so.
fn group_fault(group: &str) -> Option<String> {
    let (owner, name) = match group.split_once('/') {
        Some((owner, name)) => (Some(owner), name),
        None => (None, group),
    };
    if name.is_empty() || name.contains('/') {
        return Some(format!("`{group}` is no group of runners"));
    }
    let known = ["org", "organization", "ent", "enterprise"];
    owner
        .filter(|owner| !known.contains(owner))
        .map(|owner| format!("`{owner}/` is no owner of runners; write `organization/` or `enterprise/`"))
}

static SNAPSHOT: Type = plain(Shape::Either(&[&NON_EMPTY, &SNAPSHOT_MAPPING]));
static SNAPSHOT_MAPPING: Type = plain(Shape::Map(&SNAPSHOT_MAP));
static SNAPSHOT_MAP: Map =
    fixed("`snapshot`", &[must("image-name", &NON_EMPTY), may("if", &JOB_TEXT), may("version", &NON_EMPTY)]);

static ENVIRONMENT: Type = with(JOB_KEY, Shape::Either(&[&TEXT, &ENVIRONMENT_MAPPING]));
static ENVIRONMENT_MAPPING: Type = plain(Shape::Map(&ENVIRONMENT_MAP));
static ENVIRONMENT_MAP: Map = fixed(
    "`environment`",
    &[must("name", &JOB_TEXT), may("url", &ENVIRONMENT_LINK), may("deployment", &BOOL)],
);
static ENVIRONMENT_LINK: Type = with(ENVIRONMENT_URL, Shape::Text);

static CONTAINER: Type = with(JOB_KEY, Shape::Either(&[&TEXT, &CONTAINER_MAPPING]));
static CONTAINER_MAPPING: Type = plain(Shape::Map(&CONTAINER_MAP));
static CONTAINER_MAP: Map = fixed("`container`", CONTAINER_FIELDS);
static CONTAINER_FIELDS: &[Field] = &[
    must("image", &NON_EMPTY),
    may("options", &TEXT),
    may("env", &CONTAINER_ENV),
    may("ports", &NON_EMPTIES),
    may("volumes", &NON_EMPTIES),
    may("credentials", &CONTAINER_LOGIN),
];
static CONTAINER_ENV: Type = plain(Shape::Map(&CONTAINER_ENV_MAP));
static CONTAINER_ENV_MAP: Map = open("`env`", &CONTAINER_ENV_VALUE);
static CONTAINER_ENV_VALUE: Type = with(JOB_OUTPUT, Shape::Text);
static CONTAINER_LOGIN: Type = with(CREDENTIALS, Shape::Map(&CONTAINER_LOGIN_MAP));
static CONTAINER_LOGIN_MAP: Map =
    closed("`credentials`", &[may("username", &NON_EMPTY), may("password", &NON_EMPTY)]);
static SERVICES: Type = with(JOB_KEY, Shape::Map(&SERVICES_MAP));
static SERVICES_MAP: Map = open("`services`", &SERVICE);
static SERVICE: Type = plain(Shape::Either(&[&NON_EMPTY, &SERVICE_MAPPING]));
static SERVICE_MAPPING: Type = plain(Shape::Map(&SERVICE_MAP));
static SERVICE_MAP: Map = fixed(
    "a service",
    &[
        must("image", &NON_EMPTY),
        may("options", &TEXT),
        may("env", &CONTAINER_ENV),
        may("ports", &NON_EMPTIES),
        may("volumes", &NON_EMPTIES),
        may("credentials", &CONTAINER_LOGIN),
        may("entrypoint", &TEXT),
        may("command", &TEXT),
    ],
);

/// A list of steps.
pub static STEPS: Type = plain(Shape::List(&STEP_ITEM));
static STEP_ITEM: Type = plain(Shape::Choose(
    step,
    &[&USES_STEP, &RUN_STEP, &WAIT_STEP, &WAIT_ALL_STEP, &CANCEL_STEP, &PARALLEL_STEP, &NO_STEP],
));

fn step(node: Node<'_>) -> &'static Type {
    let has = |key| node.get(key).is_some();
    match () {
        () if has("uses") && !has("run") => &USES_STEP,
        () if has("run") => &RUN_STEP,
        () if has("wait") => &WAIT_STEP,
        () if has("wait-all") => &WAIT_ALL_STEP,
        () if has("cancel") => &CANCEL_STEP,
        () if has("parallel") => &PARALLEL_STEP,
        () => &NO_STEP,
    }
}

static RUN_STEP: Type = plain(Shape::Map(&RUN_STEP_MAP));
static RUN_STEP_MAP: Map = fixed(
    "a step with `run`",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("if", &STEP_CONDITION),
        may("timeout-minutes", &STEP_NUMBER),
        must("run", &STEP_TEXT),
        may("continue-on-error", &STEP_BOOL),
        may("env", &STEP_ENV),
        may("working-directory", &STEP_TEXT),
        may("shell", &STEP_SHELL),
        may("background", &BOOL),
    ],
);
static USES_STEP: Type = plain(Shape::Map(&USES_STEP_MAP));
static USES_STEP_MAP: Map = fixed(
    "a step with `uses`",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("if", &STEP_CONDITION),
        may("continue-on-error", &STEP_BOOL),
        may("timeout-minutes", &STEP_NUMBER),
        must("uses", &STEP_USES),
        may("with", &STEP_ENV),
        may("env", &STEP_ENV),
        may("background", &BOOL),
    ],
);
static WAIT_STEP: Type = plain(Shape::Map(&WAIT_STEP_MAP));
static WAIT_STEP_MAP: Map = fixed(
    "a step with `wait`",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("continue-on-error", &STEP_BOOL),
        must("wait", &ONE_OR_MORE),
    ],
);
static WAIT_ALL_STEP: Type = plain(Shape::Map(&WAIT_ALL_STEP_MAP));
static WAIT_ALL_STEP_MAP: Map = fixed(
    "a step with `wait-all`",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("continue-on-error", &STEP_BOOL),
        must("wait-all", &NULL_OR_BOOL),
    ],
);
static NULL_OR_BOOL: Type = plain(Shape::Either(&[&NULL, &BOOL]));
static CANCEL_STEP: Type = plain(Shape::Map(&CANCEL_STEP_MAP));
static CANCEL_STEP_MAP: Map = fixed(
    "a step with `cancel`",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("continue-on-error", &STEP_BOOL),
        must("cancel", &NON_EMPTY),
    ],
);
static PARALLEL_STEP: Type = plain(Shape::Map(&PARALLEL_STEP_MAP));
static PARALLEL_STEP_MAP: Map = fixed("a step with `parallel`", &[must("parallel", &STEPS)]);

/// A step that does nothing: its keys are checked as those of the commonest kinds.
static NO_STEP: Type = plain(Shape::Map(&NO_STEP_MAP));
static NO_STEP_MAP: Map = Map { one_of: &["run", "uses"], ..fixed("a step", &NO_STEP_FIELDS) };
static NO_STEP_FIELDS: [Field; 10] = [
    may("name", &STEP_TEXT),
    may("id", &STEP_ID),
    may("if", &STEP_CONDITION),
    may("timeout-minutes", &STEP_NUMBER),
    may("with", &STEP_ENV),
    may("continue-on-error", &STEP_BOOL),
    may("env", &STEP_ENV),
    may("working-directory", &STEP_TEXT),
    may("shell", &STEP_SHELL),
    may("background", &BOOL),
];

/// What a step may use.
pub static STEP_USES: Type = plain(Shape::Checked(step_uses_fault));

fn step_uses_fault(uses: &str) -> Option<String> {
    if Reference::parse(uses).is_some() {
        return None;
    }
    Some(format!("`{uses}` is no action: write `owner/name@ref`, `./path` or `docker://image`"))
}

static CALL_USES: Type = plain(Shape::Checked(call_uses_fault));

fn call_uses_fault(uses: &str) -> Option<String> {
    let is_file = |path: &str| {
        let name = path.strip_prefix(".github/workflows/");
        name.is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
    };
    let fits = match Reference::parse(uses) {
        Some(Reference::Local(path)) => is_file(path.trim_start_matches("./")) && !path.contains('@'),
        Some(Reference::Own(path) | Reference::Remote { path, .. }) => is_file(path),
        _ => false,
    };
    let forms = "`./.github/workflows/x.yml` or `owner/name/.github/workflows/x.yml@ref`";
    (!fits).then(|| format!("`{uses}` is no workflow: write {forms}"))
}

static STEP_ID: Type = plain(Shape::Checked(id_fault));
static STEP_TEXT: Type = with(STEP, Shape::Text);
static STEP_SHELL: Type = with(STEP, Shape::NonEmpty);
static STEP_NUMBER: Type = with(STEP, Shape::Number);
static STEP_BOOL: Type = with(STEP, Shape::Bool);
static STEP_ENV: Type = with(STEP, Shape::Map(&TEXT_MAP));
static STEP_CONDITION: Type = with(STEP_IF, Shape::Text);
