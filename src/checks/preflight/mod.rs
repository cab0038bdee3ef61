//! The `preflight` check.

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
    /// Required secrets and configuration by environment, an entry each: `NAME` or `NAME: kind`.
    pub secrets: std::collections::BTreeMap<String, Vec<String>>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Preflight")]
#[group(skip)]
pub struct Arguments {
    /// Secret or variable that must be set: NAME or NAME: kind
    #[arg(long, value_name = "ENTRY")]
    pub required_secrets: Vec<String>,
    /// Environment that is deployed to; its entries in the settings are required as well
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
}

/// required secrets and configuration are there and look right, before a deploy starts
pub struct Preflight;

impl Check for Preflight {
    fn name(&self) -> &'static str {
        "preflight"
    }

    fn summary(&self) -> &'static str {
        "required secrets and configuration are there and look right, before a deploy starts"
    }

    fn unit(&self) -> Unit {
        Unit { one: "variable", many: "variables" }
    }

    fn docs(&self) -> &'static str {
        include_str!("preflight.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn run(&self, _context: &Context<'_>, _record: &mut Record) -> Result<Outcome> {
        Ok(Outcome::NotApplicable("there is nothing to look at".to_owned()))
    }
}

/// Names of the variables that are required, whatever they are required to be.
pub fn secret_names(_settings: &crate::settings::Settings) -> Vec<String> {
    Vec::new()
}
