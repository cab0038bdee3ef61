//! The settings file, `.github/ci-guard.yml`, as types. Its JSON Schema is made from them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::Age;
use crate::checks;
use crate::history::place::Place;
use crate::history::progress::Need;
use crate::policy::{self, Mode};
use crate::rule::Severity;

/// Settings of ci-guard for a repository.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Version of this format.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    pub version: u32,
    /// Mode of every check that says nothing else.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// The lowest severity that fails the gate in blocking mode. A note never does.
    #[serde(default)]
    pub fail_on: Option<FailOn>,
    /// What happens when a blocking check could not look at something it needs.
    #[serde(default)]
    pub on_not_verified: Option<OnNotVerified>,
    /// Whether checks may ask registries and databases what they publish.
    #[serde(default)]
    pub online: bool,
    /// Named points in time, for `blocking-from`.
    #[serde(default)]
    pub milestones: BTreeMap<String, MilestoneText>,
    /// Settings of each check.
    #[serde(default)]
    pub checks: Checks,
    /// Settings of single rules, by id.
    #[serde(default)]
    pub rules: BTreeMap<String, RuleSettings>,
    /// Names of check runs that each branch requires, by branch.
    #[serde(default)]
    pub required_checks: BTreeMap<String, Vec<String>>,
    /// Approved exceptions.
    #[serde(default)]
    pub waivers: Vec<WaiverText>,
    /// A file of findings that were accepted when ci-guard was adopted, relative to the repository root.
    #[serde(default)]
    pub baseline: Option<String>,
    /// The history of runs, for `blocking-after`: a file relative to the repository root, or a branch of its own.
    #[serde(default)]
    pub history: Option<Place>,
}

/// A mode, and when it becomes blocking.
pub type Setting<'s> = (Option<Mode>, Option<&'s When>, Option<&'s After>);

/// Settings of each check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Checks {
    /// Workflows, actions and what GitHub reads besides them.
    pub integrity: checks::integrity::Options,
    /// Gates that really report, and can really fail.
    pub gates: checks::gates::Options,
    /// Data files that the repository owns.
    pub files: checks::files::Options,
    /// Lockfiles.
    pub lockfile: checks::lockfile::Options,
    /// Release artifacts.
    pub artifacts: checks::artifacts::Options,
    /// Required secrets and configuration.
    pub preflight: checks::preflight::Options,
    /// Known vulnerabilities.
    pub vulnerabilities: checks::vulnerabilities::Options,
    /// Reports of other tools.
    pub reports: checks::reports::Options,
    /// Credentials in files and history.
    pub secrets: checks::secrets::Options,
    /// The exceptions and settings themselves.
    pub policy: PolicyOptions,
}

impl Checks {
    /// Mode of each check, and when it becomes blocking, by name.
    pub fn modes(&self) -> [(&'static str, Setting<'_>); 10] {
        [
            (
                "integrity",
                (
                    self.integrity.mode,
                    self.integrity.blocking_from.as_ref(),
                    self.integrity.blocking_after.as_ref(),
                ),
            ),
            (
                "gates",
                (self.gates.mode, self.gates.blocking_from.as_ref(), self.gates.blocking_after.as_ref()),
            ),
            (
                "files",
                (self.files.mode, self.files.blocking_from.as_ref(), self.files.blocking_after.as_ref()),
            ),
            (
                "lockfile",
                (
                    self.lockfile.mode,
                    self.lockfile.blocking_from.as_ref(),
                    self.lockfile.blocking_after.as_ref(),
                ),
            ),
            (
                "artifacts",
                (
                    self.artifacts.mode,
                    self.artifacts.blocking_from.as_ref(),
                    self.artifacts.blocking_after.as_ref(),
                ),
            ),
            (
                "preflight",
                (
                    self.preflight.mode,
                    self.preflight.blocking_from.as_ref(),
                    self.preflight.blocking_after.as_ref(),
                ),
            ),
            (
                "vulnerabilities",
                (
                    self.vulnerabilities.mode,
                    self.vulnerabilities.blocking_from.as_ref(),
                    self.vulnerabilities.blocking_after.as_ref(),
                ),
            ),
            (
                "reports",
                (
                    self.reports.mode,
                    self.reports.blocking_from.as_ref(),
                    self.reports.blocking_after.as_ref(),
                ),
            ),
            (
                "secrets",
                (
                    self.secrets.mode,
                    self.secrets.blocking_from.as_ref(),
                    self.secrets.blocking_after.as_ref(),
                ),
            ),
            (
                "policy",
                (self.policy.mode, self.policy.blocking_from.as_ref(), self.policy.blocking_after.as_ref()),
            ),
        ]
    }
}

/// Settings of the rules about exceptions.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyOptions {
    /// Mode of these rules.
    pub mode: Option<Mode>,
    /// When they become blocking.
    pub blocking_from: Option<When>,
    /// Clean runs after which they become blocking.
    pub blocking_after: Option<After>,
}

/// Settings of one rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSettings {
    /// Mode of the rule; absent: that of its check.
    pub mode: Option<Mode>,
    /// When the rule becomes blocking.
    pub blocking_from: Option<When>,
    /// Clean runs after which the rule becomes blocking.
    pub blocking_after: Option<After>,
    /// What the rule lets pass. Its documentation says what the entries match.
    pub allow: Vec<String>,
}

/// An approved exception.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverText {
    /// The rule's id.
    pub rule: String,
    /// The path or name that it covers; `*` and `**` match as in `.gitignore`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub path: String,
    /// Why.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub reason: String,
    /// Who said so.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub approved_by: String,
    /// The last day on which it holds.
    pub expires: Day,
}

/// The lowest severity that fails the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors only.
    Error,
    /// Errors and warnings.
    Warning,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Severity {
        match fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        }
    }
}

/// What happens when a blocking check could not look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnNotVerified {
    /// The gate fails, with exit code 3.
    Fail,
    /// The report says so, and that is all.
    Report,
}

/// A day such as `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Date);

/// A day, or the name of a milestone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// From this day on.
    Day(Date),
    /// When the milestone is reached.
    Milestone(String),
}

/// Clean runs of the guarded branch after which a check or rule becomes blocking. With `blocking-from` as well, both
/// have to come.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct After {
    /// Clean runs in a row.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub clean_runs: u32,
    /// The time that they must span at least, such as `7d`.
    #[serde(default)]
    pub over: Option<Age>,
    /// The time between two runs after which the count begins anew, such as `14d`.
    #[serde(default)]
    pub max_gap: Option<Age>,
    /// The day from which it blocks whatever the runs showed.
    #[serde(default)]
    pub not_after: Option<Day>,
}

impl From<&After> for Need {
    fn from(after: &After) -> Need {
        Need {
            clean_runs: after.clean_runs,
            over: after.over.as_ref().map(Age::seconds),
            max_gap: after.max_gap.as_ref().map(Age::seconds),
            not_after: after.not_after.map(|day| day.0),
        }
    }
}

/// `reached`, `pending`, or the day from which it counts as reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MilestoneText(pub policy::Milestone);

impl From<&When> for policy::BlockingFrom {
    fn from(when: &When) -> Self {
        match when {
            When::Day(date) => policy::BlockingFrom::Date(*date),
            When::Milestone(name) => policy::BlockingFrom::Milestone(name.clone()),
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Day).map_err(|_| D::Error::custom("not a day"))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date", "description": "A day such as 2026-12-31."})
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(text.parse().map_or_else(|_| When::Milestone(text), When::Day))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for When {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "When".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "A day such as 2027-01-15, or the name of a milestone."})
    }
}

impl<'de> Deserialize<'de> for MilestoneText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let milestone = match text.as_str() {
            "reached" => policy::Milestone::Reached,
            "pending" => policy::Milestone::Pending,
            day => policy::Milestone::From(day.parse().map_err(|_| D::Error::custom("not a day"))?),
        };
        Ok(MilestoneText(milestone))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for MilestoneText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Milestone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Whether a milestone has been reached, or the day from which it counts as reached.",
            "anyOf": [{"enum": ["reached", "pending"]}, {"type": "string", "format": "date"}]
        })
    }
}
