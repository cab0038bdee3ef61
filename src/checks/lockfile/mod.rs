//! The `lockfile` check.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::config::When;

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Lockfiles that must exist, relative to the repository root.
    pub required: Vec<String>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Lockfile")]
#[group(skip)]
pub struct Arguments {
    /// SHA-256 that a lockfile must have: HASH for the only one, or PATH=HASH
    #[arg(long, value_name = "[PATH=]HASH")]
    pub expected_lock_hash: Vec<String>,
}

/// what will be installed is what was reviewed
pub struct Lockfile;

impl Check for Lockfile {
    fn name(&self) -> &'static str {
        "lockfile"
    }

    fn summary(&self) -> &'static str {
        "what will be installed is what was reviewed"
    }

    fn unit(&self) -> Unit {
        Unit { one: "lockfile", many: "lockfiles" }
    }

    fn docs(&self) -> &'static str {
        include_str!("lockfile.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn run(&self, _context: &Context<'_>, _record: &mut Record) -> Result<Outcome> {
        Ok(Outcome::NotApplicable("there is nothing to look at".to_owned()))
    }
}
