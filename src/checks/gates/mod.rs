//! The `gates` check: required checks really report, gates can fail, reports are written before they are used, and
//! nothing is published before it is tested.

/// A rule of this check; its page lies beside the file that declares it.
macro_rules! rule {
    ($name:ident, $id:literal, $severity:ident, $summary:literal) => {
        pub static $name: Rule = Rule {
            id: concat!("gates/", $id),
            severity: Severity::$severity,
            category: Category::Truth,
            summary: $summary,
            allow: None,
        };
    };
}

mod actions;
mod caches;
mod commands;
mod documents;
mod formatters;
mod hollow;
mod inventory;
mod jobs;
mod order;
mod policy;
mod reports;
mod required;
mod scene;

use std::path::PathBuf;
use std::sync::LazyLock;

use anyhow::Result;
use serde::Deserialize;

use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::parallel;
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::config::{After, When};
use crate::workflow::library::Library;
use crate::workflow::shell::NoTree;

use jobs::JobFacts;
use scene::Scene;

pub use documents::{document, paths as documents};
pub use inventory::{Inventory, InventoryJob, inventory};
pub(crate) use policy::faults;
pub use required::{LOCK, Listed, Locked, list};

/// True if the action of a `uses` brings something out of the repository to where others get it.
pub(super) fn publishes(uses: &str) -> bool {
    actions::role(uses) == Some(actions::Role::Publish)
}

/// The first command of a script that does so, as people call it.
pub(super) fn publishing_command(script: &str) -> Option<String> {
    commands::publishing(script)
}

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
    /// Whether pull requests go through a merge queue. Without it, a workflow that knows `merge_group` says so.
    pub merge_queue: Option<bool>,
    /// Events that must, and must not, start workflows.
    pub triggers: Vec<policy::Triggers>,
    /// What every upload of an artifact must say.
    pub uploads: policy::Uploads,
    /// What a pull request may change, and how it is called.
    pub changes: policy::Changes,
    /// Documents with parts that repeat what the workflows say, besides those in the root and in `.github`.
    pub documents: Vec<String>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Gates")]
#[group(skip)]
pub struct Arguments {
    /// File with the names of required check runs, one on a line; besides those of the settings
    #[arg(long, value_name = "FILE")]
    pub required_names: Option<PathBuf>,
}

/// Gates that report and can fail.
pub struct Gates;

/// One look at the whole repository.
type Look = fn(&Scene<'_>, &[JobFacts<'_, '_>], &mut Record);

/// Everything that is looked for.
const LOOKS: [Look; 7] =
    [required::look, hollow::look, reports::look, order::look, caches::look, policy::look, documents::look];

/// Everything that the check can find, by family.
static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    [
        &required::RULES[..],
        &hollow::RULES,
        &reports::RULES,
        &order::RULES,
        &caches::RULES,
        &policy::RULES,
        &documents::RULES,
    ]
    .concat()
});

/// Judges the required names alone, for `required verify`. Returns how many there are.
pub fn verify(context: &Context<'_>, record: &mut Record) -> usize {
    let library = Library::of(context.checkout);
    let (files, broken) = library.files();
    unreadable(&library, &broken, record);
    let scene = Scene::of(&files, context);
    required::verify(&scene, record)
}

/// A workflow that cannot be read may report any name.
fn unreadable(library: &Library, broken: &[&str], record: &mut Record) {
    for (path, reason) in &library.unreadable {
        record.not_verified(format!("{path}: {reason}"));
    }
    for path in broken {
        record.not_verified(format!("{path} cannot be read; `integrity` says why"));
    }
}

/// Says which scripts with something to judge were not read.
fn unjudged(scene: &Scene<'_>, record: &mut Record) {
    let steps = scene.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step)));
    for (job, step) in steps {
        let Some((script, why)) = step.script.as_ref().and_then(|script| Some((script, script.unread()?)))
        else {
            continue;
        };
        let place = script.at(0..0);
        let why = match why {
            NoTree::Syntax if job.may_be_powershell(&step.step) => continue,
            // Bash may not read it either, which `integrity` says.
            NoTree::Syntax => {
                record.not_examined(format!("the script at {place}, which does not parse"));
                continue;
            }
            NoTree::TooLong => "too long",
            NoTree::TooDeep => "nested too deeply",
        };
        record.not_verified(format!("{place}: this script is {why} to be judged"));
    }
}

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

    fn rules(&self) -> &'static [&'static Rule] {
        &RULES
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let library = Library::of(context.checkout);
        let (files, broken) = library.files();
        unreadable(&library, &broken, record);
        let scene = Scene::of(&files, context);
        let nothing = files.is_empty() && broken.is_empty() && library.unreadable.is_empty();
        if nothing && context.settings.required_checks.is_empty() {
            return Ok(Outcome::NotApplicable("no workflows".to_owned()));
        }
        let jobs = jobs::facts(&scene);
        record.merge_all(parallel::each(&LOOKS, |look| {
            let mut record = Record::default();
            look(&scene, &jobs, &mut record);
            record.kept()
        }));
        unjudged(&scene, record);
        Ok(Outcome::Examined(scene.jobs.len()))
    }
}
