//! The shape of issue forms, `.github/ISSUE_TEMPLATE/*.yml`, as GitHub's "Syntax for issue forms" has it (2026-08).

use super::{ANY, BOOL, NON_EMPTY, NUMBER, TEXT};
use super::{Map, Shape, Type, fixed, may, must, plain};
use crate::tree::Node;

/// An issue form.
pub static ROOT: Type = plain(Shape::Map(&ROOT_MAP));

static ROOT_MAP: Map = fixed(
    "an issue form",
    &[
        must("name", &NON_EMPTY),
        must("description", &NON_EMPTY),
        must("body", &BODY),
        may("title", &TEXT),
        may("labels", &NAMES),
        may("assignees", &NAMES),
        may("projects", &NAMES),
        may("type", &TEXT),
    ],
);
static TEXT_LIST: Type = plain(Shape::List(&TEXT));
static NAMES: Type = plain(Shape::Either(&[&TEXT, &TEXT_LIST]));
static BODY: Type = plain(Shape::Filled(&ELEMENT));

static ELEMENT: Type =
    plain(Shape::Choose(element, &[&MARKDOWN, &TEXTAREA, &INPUT, &DROPDOWN, &CHECKBOXES, &OTHER]));

fn element(node: Node<'_>) -> &'static Type {
    match node.get("type").and_then(|kind| kind.text()) {
        Some("markdown") => &MARKDOWN,
        Some("textarea") => &TEXTAREA,
        Some("input") => &INPUT,
        Some("dropdown") => &DROPDOWN,
        Some("checkboxes") => &CHECKBOXES,
        _ => &OTHER,
    }
}

static KIND: Type =
    plain(Shape::Known(&["markdown", "textarea", "input", "dropdown", "checkboxes", "upload"]));
static ID: Type = plain(Shape::Checked(id_fault));

fn id_fault(id: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (id.is_empty() || !id.chars().all(legal))
        .then(|| format!("`{id}` is no id: letters, digits, `-` and `_`"))
}

static VALIDATIONS: Type = plain(Shape::Map(&VALIDATIONS_MAP));
static VALIDATIONS_MAP: Map = fixed("`validations`", &[may("required", &BOOL)]);

macro_rules! element {
    ($name:ident, $map:ident, $words:literal, $attributes:ident) => {
        static $name: Type = plain(Shape::Map(&$map));
        static $map: Map = fixed(
            $words,
            &[
                may("id", &ID),
                must("type", &KIND),
                may("validations", &VALIDATIONS),
                must("attributes", &$attributes),
            ],
        );
    };
}

element!(MARKDOWN, MARKDOWN_MAP, "an element `markdown`", MARKDOWN_ATTRIBUTES);
element!(TEXTAREA, TEXTAREA_MAP, "an element `textarea`", TEXTAREA_ATTRIBUTES);
element!(INPUT, INPUT_MAP, "an element `input`", INPUT_ATTRIBUTES);
element!(DROPDOWN, DROPDOWN_MAP, "an element `dropdown`", DROPDOWN_ATTRIBUTES);
element!(CHECKBOXES, CHECKBOXES_MAP, "an element `checkboxes`", CHECKBOXES_ATTRIBUTES);
static OTHER: Type = plain(Shape::Map(&OTHER_MAP));
static OTHER_MAP: Map = fixed(
    "an element",
    &[must("type", &KIND), may("id", &ID), may("validations", &ANY), may("attributes", &ANY)],
);

static MARKDOWN_ATTRIBUTES: Type = plain(Shape::Map(&MARKDOWN_ATTRIBUTES_MAP));
static MARKDOWN_ATTRIBUTES_MAP: Map = fixed("`attributes`", &[must("value", &NON_EMPTY)]);
static TEXTAREA_ATTRIBUTES: Type = plain(Shape::Map(&TEXTAREA_ATTRIBUTES_MAP));
static TEXTAREA_ATTRIBUTES_MAP: Map = fixed(
    "`attributes`",
    &[
        must("label", &NON_EMPTY),
        may("description", &TEXT),
        may("placeholder", &TEXT),
        may("value", &TEXT),
        may("render", &TEXT),
    ],
);
static INPUT_ATTRIBUTES: Type = plain(Shape::Map(&INPUT_ATTRIBUTES_MAP));
static INPUT_ATTRIBUTES_MAP: Map = fixed(
    "`attributes`",
    &[must("label", &NON_EMPTY), may("description", &TEXT), may("placeholder", &TEXT), may("value", &TEXT)],
);
static DROPDOWN_ATTRIBUTES: Type = plain(Shape::Map(&DROPDOWN_ATTRIBUTES_MAP));
static DROPDOWN_ATTRIBUTES_MAP: Map = fixed(
    "`attributes`",
    &[
        must("label", &NON_EMPTY),
        must("options", &OPTIONS),
        may("description", &TEXT),
        may("multiple", &BOOL),
        may("default", &NUMBER),
    ],
);
static OPTIONS: Type = plain(Shape::Filled(&NON_EMPTY));
static CHECKBOXES_ATTRIBUTES: Type = plain(Shape::Map(&CHECKBOXES_ATTRIBUTES_MAP));
static CHECKBOXES_ATTRIBUTES_MAP: Map =
    fixed("`attributes`", &[must("label", &TEXT), must("options", &BOXES), may("description", &TEXT)]);
static BOXES: Type = plain(Shape::Filled(&BOX));
static BOX: Type = plain(Shape::Map(&BOX_MAP));
static BOX_MAP: Map = fixed("a checkbox", &[must("label", &NON_EMPTY), may("required", &BOOL)]);
