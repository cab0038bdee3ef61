//! The `vulnerabilities` check: no package that will be installed, and no action that runs, has a flaw that is known.

mod actions;
mod judge;
mod online;
mod rules;
mod subjects;

use std::path::PathBuf;

use anyhow::Result;
use serde::Deserialize;

use crate::advisory::Level;
use crate::advisory::osv::database;
use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::Age;
use crate::settings::config::{After, When};
use subjects::Subjects;

/// Faults of a database that are told; the rest is counted.
const MAX_FAULTS: usize = 5;

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
    /// The advisories: an export of OSV as a zip, or a folder of such zips or of JSON files.
    pub advisories: Option<String>,
    /// The server to ask with `online: true`, if not OSV's own.
    pub osv_url: Option<String>,
    /// The age at which the advisories are too old to rely on.
    pub max_age: Option<Age>,
    /// The lowest severity that is an error; `high` unless said otherwise.
    pub fail_on: Option<Level>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Vulnerabilities")]
#[group(skip)]
pub struct Arguments {
    /// Advisories: an export of OSV as a zip, or a folder of such zips or of JSON files
    #[arg(long, value_name = "PATH")]
    pub advisories: Option<String>,
    /// Server to ask with --online [default: https://api.osv.dev]
    #[arg(long, value_name = "URL")]
    pub osv_url: Option<String>,
    /// Age at which the advisories are too old to rely on, such as 24h or 7d
    #[arg(long, value_name = "AGE")]
    pub max_advisories_age: Option<Age>,
}

/// no package that will be installed, and no action that runs, has a flaw that is known
pub struct Vulnerabilities;

impl Check for Vulnerabilities {
    fn name(&self) -> &'static str {
        "vulnerabilities"
    }

    fn summary(&self) -> &'static str {
        "no locked package and no action has a vulnerability that is known"
    }

    fn unit(&self) -> Unit {
        Unit { one: "package", many: "packages" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::ALL
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let subjects = Subjects::of(context, record);
        if subjects.all.is_empty() && record.not_verified.is_empty() {
            return Ok(Outcome::NotApplicable(
                "no lockfile and no workflow names a package or action".to_owned(),
            ));
        }
        if context.settings.online && named(context).is_none() {
            online::judge(&subjects, context, record);
            return Ok(Outcome::Examined(subjects.all.len()));
        }
        let Some(path) = advisories(context) else {
            record.not_verified(
                "no advisories were given: ask OSV with `online`, or name an export of it with `advisories`; \
                 https://osv-vulnerabilities.storage.googleapis.com/<ecosystem>/all.zip has them",
            );
            return Ok(Outcome::Examined(0));
        };
        match database::read(&path, &subjects.wanted()) {
            Ok(matches) => {
                for fault in matches.faults.iter().take(MAX_FAULTS) {
                    record.not_verified(fault);
                }
                if let Some(more) = matches.faults.len().checked_sub(MAX_FAULTS).filter(|more| *more > 0) {
                    record.not_verified(format!(
                        "{} of the advisories",
                        crate::report::count(more, "more fault")
                    ));
                }
                judge::about_age(&matches, &path, context, record);
                judge::judge(&subjects, &matches, context, record);
                Ok(Outcome::Examined(subjects.all.len()))
            }
            Err(error) => {
                record.not_verified(format!("the advisories `{}` cannot be read: {error:#}", path.display()));
                Ok(Outcome::Examined(0))
            }
        }
    }
}

/// The advisories that somebody named.
fn named<'s>(context: &Context<'s>) -> Option<&'s String> {
    let arguments = &context.settings.arguments.vulnerabilities;
    arguments.advisories.as_ref().or(context.settings.checks.vulnerabilities.advisories.as_ref())
}

/// Where the advisories are: by option, by settings, or in the cache of osv-scanner.
fn advisories(context: &Context<'_>) -> Option<PathBuf> {
    if let Some(named) = named(context) {
        return Some(context.checkout.root().join(named));
    }
    let cache = context.environment.non_empty("OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY")?;
    Some(PathBuf::from(cache).join("osv-scanner"))
}
