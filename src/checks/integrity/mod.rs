//! The `integrity` check: everything that GitHub Actions reads from a repository is valid, and cannot be turned
//! against it.

mod documents;
mod expressions;
mod graph;
mod missing_permissions;
mod reach;
mod shapes;
mod template_injection;
mod unparsable;
mod unpinned_uses;
mod untrusted_checkout;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checkout::Source;
use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::finding::Finding;
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::config::When;

use documents::{Document, Kind};

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
}

/// Workflows, actions and dependabot files are valid and cannot be turned against the repository.
pub struct Integrity;

/// One look at a document. The order is that of the report within a line.
type Look = fn(&Document<'_>, &Context<'_>, &mut Record);

/// Everything that is looked for in a document that parses.
const LOOKS: [Look; 7] = [
    shapes::look,
    expressions::look,
    graph::look,
    unpinned_uses::look,
    missing_permissions::look,
    template_injection::look,
    untrusted_checkout::look,
];

/// Everything that the check can find.
static RULES: [&Rule; 13] = [
    &unparsable::UNPARSABLE,
    &unparsable::DUPLICATE_KEY,
    &shapes::UNKNOWN_KEY,
    &shapes::MISSING_KEY,
    &shapes::WRONG_TYPE,
    &shapes::INVALID_VALUE,
    &expressions::INVALID_EXPRESSION,
    &graph::UNKNOWN_JOB,
    &graph::NEEDS_CYCLE,
    &unpinned_uses::UNPINNED_USES,
    &missing_permissions::MISSING_PERMISSIONS,
    &template_injection::TEMPLATE_INJECTION,
    &untrusted_checkout::UNTRUSTED_CHECKOUT,
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

    fn docs(&self) -> &'static str {
        include_str!("integrity.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &RULES
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let files = documents::find(context.checkout);
        for (path, kind) in &files {
            examine(path, *kind, context, record);
        }
        let mut others = 0;
        for (path, reason) in documents::not_files(context.checkout) {
            record.push(unparsable::not_a_file(path, reason));
            others += 1;
        }
        if files.is_empty() && others == 0 {
            return Ok(Outcome::NotApplicable("no workflows, actions or dependabot file".to_owned()));
        }
        Ok(Outcome::Examined(files.len()))
    }
}

fn examine(path: &str, kind: Kind, context: &Context<'_>, record: &mut Record) {
    if let Some(source) = unparsable::read(path, kind, context.checkout, record) {
        examine_source(&source, kind, context, record);
    }
}

/// What the check finds in the text of a file that GitHub would read at `path`; nothing at any other path. For
/// fuzzing: the text itself need not be on disk.
pub fn examine_text(path: &str, text: &str, context: &Context<'_>) -> Vec<Finding> {
    let mut record = Record::default();
    if let Some(kind) = documents::kind_of(path) {
        examine_source(&Source::new(path, text.to_owned()), kind, context, &mut record);
    }
    record.findings
}

fn examine_source(source: &Source, kind: Kind, context: &Context<'_>, record: &mut Record) {
    let Some(root) = unparsable::root(source, kind, record) else { return };
    let document = Document::new(source, kind, root);
    for look in LOOKS {
        look(&document, context, record);
    }
}
