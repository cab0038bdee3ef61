//! The `gates` check: required checks really report, gates can fail, reports are written before they are used, and
//! nothing is published before it is tested.

mod required;
mod scene;

use std::path::PathBuf;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::config::When;
use crate::workflow::library::Library;

use scene::Scene;

pub use required::{Listed, list, wanted};

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Whether pull requests go through a merge queue. Without it, a workflow that knows `merge_group` says so.
    pub merge_queue: Option<bool>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Gates")]
#[group(skip)]
pub struct Arguments {
    /// Names of required check runs, one on a line; besides those of the settings
    #[arg(long, value_name = "FILE")]
    pub required_names: Option<PathBuf>,
}

/// Gates that report and can fail.
pub struct Gates;

/// One look at the whole repository.
type Look = fn(&Scene<'_>, &mut Record);

/// Everything that is looked for.
const LOOKS: [Look; 1] = [required::look];

/// Everything that the check can find.
static RULES: [&Rule; 9] = [
    &required::NEVER_REPORTS,
    &required::NOT_ON_PULL_REQUESTS,
    &required::MISSING_BASE,
    &required::PATH_FILTERED,
    &required::NO_MERGE_GROUP,
    &required::SKIPPED_MATRIX,
    &required::AMBIGUOUS_NAME,
    &required::UNKNOWN_NAME,
    &required::NOT_REQUIRED,
];

impl Check for Gates {
    fn name(&self) -> &'static str {
        "gates"
    }

    fn summary(&self) -> &'static str {
        "required checks report, gates can fail, and nothing ships before it is tested"
    }

    fn unit(&self) -> Unit {
        Unit { one: "job", many: "jobs" }
    }

    fn docs(&self) -> &'static str {
        include_str!("gates.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &RULES
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let library = Library::of(context.checkout);
        let (files, broken) = library.files();
        for (path, reason) in &library.unreadable {
            record.not_verified(format!("{path}: {reason}"));
        }
        for path in &broken {
            record.not_verified(format!("{path} cannot be read; `integrity` says why"));
        }
        let scene = Scene::of(&files, context);
        let nothing = files.is_empty() && broken.is_empty() && library.unreadable.is_empty();
        if nothing && context.settings.required_checks.is_empty() {
            return Ok(Outcome::NotApplicable("no workflows".to_owned()));
        }
        for look in LOOKS {
            look(&scene, record);
        }
        Ok(Outcome::Examined(scene.jobs.len()))
    }
}
