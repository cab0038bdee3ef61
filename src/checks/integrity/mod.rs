//! The `integrity` check.

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

/// workflows, actions and dependabot files are valid and cannot be turned against the repository
pub struct Integrity;

impl Check for Integrity {
    fn name(&self) -> &'static str {
        "integrity"
    }

    fn summary(&self) -> &'static str {
        "workflows, actions and dependabot files are valid and cannot be turned against the repository"
    }

    fn unit(&self) -> &'static str {
        "workflows and actions"
    }

    fn docs(&self) -> &'static str {
        include_str!("integrity.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn run(&self, _context: &Context<'_>, _record: &mut Record) -> Result<Outcome> {
        Ok(Outcome::NotApplicable("there is nothing to look at".to_owned()))
    }
}
