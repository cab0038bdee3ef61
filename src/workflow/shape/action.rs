//! The shape of an action's metadata, `action.yml`.

use super::{Map, Shape, Type, fixed, id_fault, lenient, may, must, open, plain, with};
use super::{NON_EMPTY, TEXT};
use crate::tree::Node;
use crate::workflow::contexts::{
    ACTION_CONTAINER, ACTION_INPUT, ACTION_OUTPUT, ACTION_RUNS_IF, ACTION_STEP, ACTION_STEP_IF,
};

/// An action file. Keys that the runner does not know are ignored by it.
pub static ROOT: Type = plain(Shape::Map(&ROOT_MAP));

static ROOT_MAP: Map = lenient(
    "an action",
    &[
        may("name", &TEXT),
        may("description", &TEXT),
        may("author", &TEXT),
        may("inputs", &INPUTS),
        may("outputs", &OUTPUTS),
        must("runs", &RUNS),
        may("branding", &BRANDING),
    ],
);

static INPUTS: Type = plain(Shape::Map(&INPUTS_MAP));
static INPUTS_MAP: Map = open("`inputs`", &INPUT);
static INPUT: Type = plain(Shape::Either(&[&super::NULL, &INPUT_MAPPING]));
static INPUT_MAPPING: Type = plain(Shape::Map(&INPUT_MAP));
static INPUT_MAP: Map = lenient(
    "an input",
    &[
        may("description", &TEXT),
        // The runner reads it as text; `required: "true"` works.
        may("required", &TEXT),
        may("default", &INPUT_DEFAULT),
        may("deprecationMessage", &TEXT),
        may("type", &TEXT),
    ],
);
static INPUT_DEFAULT: Type = with(ACTION_INPUT, Shape::Text);

static OUTPUTS: Type = plain(Shape::Map(&OUTPUTS_MAP));
static OUTPUTS_MAP: Map = open("`outputs`", &OUTPUT);
static OUTPUT: Type = plain(Shape::Either(&[&super::NULL, &OUTPUT_MAPPING]));
static OUTPUT_MAPPING: Type = plain(Shape::Map(&OUTPUT_MAP));
static OUTPUT_MAP: Map = lenient("an output", &[may("description", &TEXT), may("value", &OUTPUT_VALUE)]);
static OUTPUT_VALUE: Type = with(ACTION_OUTPUT, Shape::Text);

static RUNS: Type = plain(Shape::Choose(runs, &[&NODE, &CONTAINER, &COMPOSITE, &UNKNOWN]));

fn runs(node: Node<'_>) -> &'static Type {
    match node.get("using").and_then(|using| using.text()).map(str::to_lowercase).as_deref() {
        Some("composite") => &COMPOSITE,
        Some("docker") => &CONTAINER,
        Some(using) if using.starts_with("node") => &NODE,
        _ => &UNKNOWN,
    }
}

static USING: Type = plain(Shape::Checked(using_fault));

/// Runtimes that the runner accepts (`Constants.cs`). Those that are past their end are another rule's matter.
fn using_fault(using: &str) -> Option<String> {
    let known = ["docker", "composite", "node12", "node16", "node20", "node24"];
    if known.iter().any(|known| known.eq_ignore_ascii_case(using)) {
        return None;
    }
    Some(format!("there is no runtime `{using}`; use `node24`, `composite` or `docker`"))
}

static UNKNOWN: Type = plain(Shape::Map(&UNKNOWN_MAP));
static UNKNOWN_MAP: Map = lenient("`runs`", &[must("using", &USING)]);

static NODE: Type = plain(Shape::Map(&NODE_MAP));
static NODE_MAP: Map = fixed(
    "`runs` of a JavaScript action",
    &[
        must("using", &USING),
        must("main", &NON_EMPTY),
        may("pre", &NON_EMPTY),
        may("pre-if", &RUNS_IF),
        may("post", &NON_EMPTY),
        may("post-if", &RUNS_IF),
    ],
);

static CONTAINER: Type = plain(Shape::Map(&CONTAINER_MAP));
static CONTAINER_MAP: Map = fixed(
    "`runs` of a container action",
    &[
        must("using", &USING),
        must("image", &NON_EMPTY),
        may("entrypoint", &NON_EMPTY),
        may("args", &CONTAINER_ARGS),
        may("env", &CONTAINER_ENV),
        may("pre-entrypoint", &NON_EMPTY),
        may("pre-if", &RUNS_IF),
        may("post-entrypoint", &NON_EMPTY),
        may("post-if", &RUNS_IF),
    ],
);
static CONTAINER_ARGS: Type = with(ACTION_CONTAINER, Shape::List(&TEXT));
static CONTAINER_ENV: Type = with(ACTION_CONTAINER, Shape::Map(&TEXT_MAP));
static TEXT_MAP: Map = open("a mapping of text", &TEXT);
static RUNS_IF: Type = with(ACTION_RUNS_IF, Shape::Text);

static COMPOSITE: Type = plain(Shape::Map(&COMPOSITE_MAP));
static COMPOSITE_MAP: Map =
    fixed("`runs` of a composite action", &[must("using", &USING), must("steps", &STEPS)]);
static STEPS: Type = plain(Shape::List(&STEP_ITEM));
static STEP_ITEM: Type = plain(Shape::Choose(step, &[&RUN_STEP, &USES_STEP]));

fn step(node: Node<'_>) -> &'static Type {
    if node.get("uses").is_some() && node.get("run").is_none() { &USES_STEP } else { &RUN_STEP }
}

static RUN_STEP: Type = plain(Shape::Map(&RUN_STEP_MAP));
static RUN_STEP_MAP: Map = fixed(
    "a step of a composite action",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("if", &STEP_IF),
        must("run", &STEP_TEXT),
        must("shell", &STEP_TEXT),
        may("env", &STEP_ENV),
        may("continue-on-error", &STEP_BOOL),
        may("working-directory", &STEP_TEXT),
    ],
);
static USES_STEP: Type = plain(Shape::Map(&USES_STEP_MAP));
static USES_STEP_MAP: Map = fixed(
    "a step of a composite action",
    &[
        may("name", &STEP_TEXT),
        may("id", &STEP_ID),
        may("if", &STEP_IF),
        must("uses", &super::workflow::STEP_USES),
        may("with", &STEP_ENV),
        may("env", &STEP_ENV),
        may("continue-on-error", &STEP_BOOL),
    ],
);
static STEP_ID: Type = plain(Shape::Checked(id_fault));
static STEP_TEXT: Type = with(ACTION_STEP, Shape::Text);
static STEP_BOOL: Type = with(ACTION_STEP, Shape::Bool);
static STEP_ENV: Type = with(ACTION_STEP, Shape::Map(&TEXT_MAP));
static STEP_IF: Type = with(ACTION_STEP_IF, Shape::Text);

static BRANDING: Type = plain(Shape::Map(&BRANDING_MAP));
static BRANDING_MAP: Map = fixed("`branding`", &[may("icon", &NON_EMPTY), may("color", &COLOR)]);
static COLOR: Type = plain(Shape::OneOf(&[
    "white",
    "black",
    "yellow",
    "blue",
    "green",
    "orange",
    "red",
    "purple",
    "gray-dark",
]));
