//! The events that start a workflow, their activity types and filters. Filters that an event does not have are
//! ignored by GitHub, so they are tolerated here.

use super::{BOOL, NON_EMPTY, NULL, ONE_OR_MORE, TEXT, TEXTS};
use super::{Field, Map, Shape, Type, closed, fixed, lenient, may, must, open, plain};
use crate::workflow::contexts;

macro_rules! event {
    ($($filter:expr),* ; $($activity:literal)*) => {{
        static TYPES: Type = plain(Shape::Known(&[$($activity),*]));
        static LIST: Type = plain(Shape::List(&TYPES));
        static ONE_OR_LIST: Type = plain(Shape::Either(&[&TYPES, &LIST]));
        static MAP: Map = lenient("this event", &[may("types", &ONE_OR_LIST), $($filter),*]);
        static MAPPING: Type = plain(Shape::Map(&MAP));
        static EVENT: Type = plain(Shape::Either(&[&NULL, &MAPPING]));
        &EVENT
    }};
}

const BRANCHES: Field = may("branches", &ONE_OR_MORE);
const BRANCHES_IGNORE: Field = may("branches-ignore", &ONE_OR_MORE);
const PATHS: Field = may("paths", &ONE_OR_MORE);
const PATHS_IGNORE: Field = may("paths-ignore", &ONE_OR_MORE);

static PUSH_MAP: Map = fixed(
    "`push`",
    &[
        BRANCHES,
        BRANCHES_IGNORE,
        may("tags", &ONE_OR_MORE),
        may("tags-ignore", &ONE_OR_MORE),
        PATHS,
        PATHS_IGNORE,
    ],
);
static PUSH_MAPPING: Type = plain(Shape::Map(&PUSH_MAP));
static PUSH: Type = plain(Shape::Either(&[&NULL, &PUSH_MAPPING]));

static SCHEDULE_MAP: Map = fixed("a schedule", &[must("cron", &NON_EMPTY), may("timezone", &NON_EMPTY)]);
static SCHEDULE_ITEM: Type = plain(Shape::Map(&SCHEDULE_MAP));
static SCHEDULE: Type = plain(Shape::List(&SCHEDULE_ITEM));

static DISPATCH_TYPES: Map = fixed("`repository_dispatch`", &[may("types", &ONE_OR_MORE)]);
static DISPATCH_MAPPING: Type = plain(Shape::Map(&DISPATCH_TYPES));
static REPOSITORY_DISPATCH: Type = plain(Shape::Either(&[&NULL, &DISPATCH_MAPPING]));

static IMAGE_TYPE: Type = plain(Shape::Known(&["created", "ready", "deleted"]));
static IMAGE_TYPE_LIST: Type = plain(Shape::List(&IMAGE_TYPE));
static IMAGE_TYPES: Type = plain(Shape::Either(&[&IMAGE_TYPE, &IMAGE_TYPE_LIST]));
static FILLED_LIST: Type = plain(Shape::Filled(&NON_EMPTY));
static FILLED: Type = plain(Shape::Either(&[&NON_EMPTY, &FILLED_LIST]));
static IMAGE_MAP: Map =
    fixed("`image_version`", &[may("types", &IMAGE_TYPES), may("names", &FILLED), may("versions", &FILLED)]);
static IMAGE_MAPPING: Type = plain(Shape::Map(&IMAGE_MAP));
static IMAGE_VERSION: Type = plain(Shape::Either(&[&NULL, &IMAGE_MAPPING]));

static RUN_TYPE: Type = plain(Shape::Known(&["requested", "completed", "in_progress"]));
static RUN_TYPE_LIST: Type = plain(Shape::List(&RUN_TYPE));
static RUN_TYPES: Type = plain(Shape::Either(&[&RUN_TYPE, &RUN_TYPE_LIST]));
static RUN_MAP: Map = fixed(
    "`workflow_run`",
    &[may("types", &RUN_TYPES), may("workflows", &ONE_OR_MORE), BRANCHES, BRANCHES_IGNORE],
);
static RUN_MAPPING: Type = plain(Shape::Map(&RUN_MAP));
static WORKFLOW_RUN: Type = plain(Shape::Either(&[&NULL, &RUN_MAPPING]));

static SCALAR: Type = plain(Shape::Text);
static CALL_DEFAULT: Type = super::with(contexts::WORKFLOW, Shape::Text);
static CALL_INPUT_TYPE: Type = plain(Shape::OneOf(&["string", "boolean", "number"]));
static CALL_INPUT_MAP: Map = closed(
    "an input",
    &[
        may("description", &TEXT),
        must("type", &CALL_INPUT_TYPE),
        may("required", &BOOL),
        may("default", &CALL_DEFAULT),
    ],
);
static CALL_INPUT: Type = plain(Shape::Map(&CALL_INPUT_MAP));
static CALL_INPUTS_MAP: Map = Map { check_key: Some(super::id_fault), ..open("`inputs`", &CALL_INPUT) };
static CALL_INPUTS: Type = plain(Shape::Map(&CALL_INPUTS_MAP));
static CALL_SECRET_MAP: Map = closed("a secret", &[may("description", &TEXT), may("required", &BOOL)]);
static CALL_SECRET_MAPPING: Type = plain(Shape::Map(&CALL_SECRET_MAP));
static CALL_SECRET: Type = plain(Shape::Either(&[&NULL, &CALL_SECRET_MAPPING]));
static CALL_SECRETS_MAP: Map = open("`secrets`", &CALL_SECRET);
static CALL_SECRETS: Type = plain(Shape::Map(&CALL_SECRETS_MAP));
static CALL_VALUE: Type = super::with(contexts::WORKFLOW_OUTPUT, Shape::Text);
static CALL_OUTPUT_MAP: Map = closed("an output", &[may("description", &TEXT), must("value", &CALL_VALUE)]);
static CALL_OUTPUT: Type = plain(Shape::Map(&CALL_OUTPUT_MAP));
static CALL_OUTPUTS_MAP: Map = open("`outputs`", &CALL_OUTPUT);
static CALL_OUTPUTS: Type = plain(Shape::Map(&CALL_OUTPUTS_MAP));
static CALL_MAP: Map = closed(
    "`workflow_call`",
    &[may("inputs", &CALL_INPUTS), may("secrets", &CALL_SECRETS), may("outputs", &CALL_OUTPUTS)],
);
static CALL_MAPPING: Type = plain(Shape::Map(&CALL_MAP));
static WORKFLOW_CALL: Type = plain(Shape::Either(&[&NULL, &CALL_MAPPING]));

static MANUAL_INPUT_TYPE: Type =
    plain(Shape::Known(&["string", "boolean", "number", "environment", "choice"]));
static MANUAL_INPUT_MAP: Map = fixed(
    "an input",
    &[
        may("description", &TEXT),
        may("type", &MANUAL_INPUT_TYPE),
        may("required", &BOOL),
        may("default", &SCALAR),
        may("options", &TEXTS),
        may("deprecationMessage", &TEXT),
    ],
);
static MANUAL_INPUT_MAPPING: Type = plain(Shape::Map(&MANUAL_INPUT_MAP));
static MANUAL_INPUT: Type = plain(Shape::Either(&[&NULL, &MANUAL_INPUT_MAPPING]));
static MANUAL_INPUTS_MAP: Map = open("`inputs`", &MANUAL_INPUT);
static MANUAL_INPUTS_MAPPING: Type = plain(Shape::Map(&MANUAL_INPUTS_MAP));
static MANUAL_INPUTS: Type = plain(Shape::Either(&[&NULL, &MANUAL_INPUTS_MAPPING]));
static MANUAL_MAP: Map = lenient("`workflow_dispatch`", &[may("inputs", &MANUAL_INPUTS)]);
static MANUAL_MAPPING: Type = plain(Shape::Map(&MANUAL_MAP));
static WORKFLOW_DISPATCH: Type = plain(Shape::Either(&[&NULL, &MANUAL_MAPPING]));

macro_rules! pull_request {
    () => {
        event!(BRANCHES, BRANCHES_IGNORE, PATHS, PATHS_IGNORE;
            "assigned" "unassigned" "labeled" "unlabeled" "opened" "edited" "closed" "reopened" "synchronize"
            "converted_to_draft" "locked" "unlocked" "enqueued" "dequeued" "milestoned" "demilestoned"
            "ready_for_review" "review_requested" "review_request_removed" "auto_merge_enabled"
            "auto_merge_disabled" "stacked")
    };
}

/// All events with the shape of what may stand under them.
pub static EVENTS: &[Field] = &[
    may("branch_protection_rule", event!(; "created" "edited" "deleted")),
    may("check_run", event!(; "completed" "created" "rerequested" "requested_action")),
    may("check_suite", event!(; "completed" "requested" "rerequested")),
    may("create", &NULL),
    may("delete", &NULL),
    may("deployment", &NULL),
    may("deployment_status", &NULL),
    may(
        "discussion",
        event!(; "created" "edited" "deleted" "transferred" "pinned" "unpinned" "labeled" "unlabeled"
        "locked" "unlocked" "category_changed" "answered" "unanswered" "closed" "reopened"),
    ),
    may("discussion_comment", event!(; "created" "edited" "deleted")),
    may("fork", &NULL),
    may("gollum", &NULL),
    may("image_version", &IMAGE_VERSION),
    may("issue_comment", event!(; "created" "edited" "deleted")),
    may(
        "issues",
        event!(; "opened" "edited" "deleted" "transferred" "pinned" "unpinned" "closed" "reopened"
        "assigned" "unassigned" "labeled" "unlabeled" "locked" "unlocked" "milestoned" "demilestoned" "field_added"
        "field_removed" "typed" "untyped"),
    ),
    may("label", event!(; "created" "edited" "deleted")),
    may("merge_group", event!(BRANCHES, BRANCHES_IGNORE; "checks_requested" "destroyed")),
    may("milestone", event!(; "created" "closed" "opened" "edited" "deleted")),
    may("page_build", &NULL),
    may("project", event!(; "created" "closed" "reopened" "edited" "deleted")),
    may("project_card", event!(; "created" "moved" "converted" "edited" "deleted")),
    may("project_column", event!(; "created" "updated" "moved" "deleted")),
    may("public", &NULL),
    may("pull_request", pull_request!()),
    may("pull_request_comment", event!(; "created" "edited" "deleted")),
    may("pull_request_review", event!(; "submitted" "edited" "dismissed")),
    may("pull_request_review_comment", event!(; "created" "edited" "deleted")),
    may("pull_request_target", pull_request!()),
    may("push", &PUSH),
    may("registry_package", event!(; "published" "updated")),
    may("release", event!(; "published" "unpublished" "created" "edited" "deleted" "prereleased" "released")),
    may("repository_dispatch", &REPOSITORY_DISPATCH),
    may("schedule", &SCHEDULE),
    may("status", &NULL),
    may("watch", event!(; "started")),
    may("workflow_call", &WORKFLOW_CALL),
    may("workflow_dispatch", &WORKFLOW_DISPATCH),
    may("workflow_run", &WORKFLOW_RUN),
];

static EVENT_MAP: Map = fixed("`on`", EVENTS);
static EVENT_MAPPING: Type = plain(Shape::Map(&EVENT_MAP));
static EVENT_NAME: Type = plain(Shape::Checked(event_fault));
static EVENT_LIST: Type = plain(Shape::List(&EVENT_NAME));
/// The value of `on`.
pub static ON: Type = plain(Shape::Either(&[&EVENT_NAME, &EVENT_LIST, &EVENT_MAPPING]));

/// Events that need more than their name.
const NEED_A_MAPPING: [&str; 1] = ["schedule"];

fn event_fault(name: &str) -> Option<String> {
    if NEED_A_MAPPING.contains(&name) {
        return Some(format!("`{name}` needs its list: `{name}: [{{ cron: \"0 5 * * *\" }}]`"));
    }
    if EVENTS.iter().any(|event| event.key == name) {
        return None;
    }
    let near = crate::settings::nearest(name, EVENTS.iter().map(|event| event.key));
    Some(match near {
        Some(near) => format!("there is no event `{name}`; did you mean `{near}`?"),
        None => format!("there is no event `{name}`"),
    })
}
