//! The `artifacts` check.

pub mod list;
pub mod name;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::checks::{Check, Context, Outcome, Record};
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
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Artifacts")]
#[group(skip)]
pub struct Arguments {
    /// Checksum list that artifacts must agree with, such as dist/SHA256SUMS
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<String>,
    /// Manifest that artifacts must agree with
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<String>,
    /// File that must be among the artifacts, as a pattern
    #[arg(long, value_name = "PATTERN")]
    pub expect: Vec<String>,
    /// Artifacts that nothing lists are errors
    #[arg(long)]
    pub strict: bool,
}

/// what is shipped is what was built
pub struct Artifacts;

impl Check for Artifacts {
    fn name(&self) -> &'static str {
        "artifacts"
    }

    fn summary(&self) -> &'static str {
        "what is shipped is what was built"
    }

    fn unit(&self) -> &'static str {
        "artifacts"
    }

    fn docs(&self) -> &'static str {
        include_str!("artifacts.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn run(&self, _context: &Context<'_>, _record: &mut Record) -> Result<Outcome> {
        Ok(Outcome::NotApplicable("there is nothing to look at".to_owned()))
    }
}
