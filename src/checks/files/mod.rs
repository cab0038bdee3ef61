//! The `files` check.

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
    /// Files to leave alone; `*` and `**` match as in `.gitignore`.
    pub exclude: Vec<String>,
}

/// data files parse: YAML, JSON, TOML
pub struct Files;

impl Check for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn summary(&self) -> &'static str {
        "data files parse: YAML, JSON, TOML"
    }

    fn unit(&self) -> Unit {
        Unit { one: "file", many: "files" }
    }

    fn docs(&self) -> &'static str {
        include_str!("files.md")
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn run(&self, _context: &Context<'_>, _record: &mut Record) -> Result<Outcome> {
        Ok(Outcome::NotApplicable("there is nothing to look at".to_owned()))
    }
}
