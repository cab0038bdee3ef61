//! What the user's policy makes of the findings: which block, which are excepted, and the verdict.
//!
//! Everything here is pure: findings and policy in, judgement out.

mod judge;
mod modes;
mod rules;

use std::collections::BTreeMap;

use globset::GlobMatcher;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::history::progress::Progress;
use crate::location::Location;
use crate::rule::Severity;

pub use rules::{
    BROKEN_HISTORY, IGNORE_WITHOUT_REASON, REWRITTEN_HISTORY, RULES, UNREVIEWED_EXCEPTION,
    UNREVIEWED_SETTINGS,
};

/// Whether a check or rule may fail the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Errors and warnings fail the gate.
    Blocking,
    /// Findings are reported and change nothing.
    #[default]
    Advisory,
    /// Not looked for.
    Off,
}

impl Mode {
    /// The word that users see and write.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Blocking => "blocking",
            Mode::Advisory => "advisory",
            Mode::Off => "off",
        }
    }
}

/// When a check or rule becomes blocking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockingFrom {
    /// On this day and after.
    Date(Date),
    /// When the settings call this milestone reached.
    Milestone(String),
}

/// Whether a milestone has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// It has.
    Reached,
    /// Not yet, and no date is set.
    Pending,
    /// On this day and after.
    From(Date),
}

/// How far the clean runs are that must come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// As the history shows.
    Counted(Progress),
    /// The history cannot be relied on. It counts as reached: who damages it must not open a gate by that.
    Unknown,
}

/// The mode of one check or rule as the settings give it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModeSetting {
    /// Mode until it becomes blocking; absent: that of the level above.
    pub mode: Option<Mode>,
    /// When it becomes blocking, whatever `mode` says.
    pub blocking_from: Option<BlockingFrom>,
    /// Clean runs after which it becomes blocking. With `blocking_from` as well, both have to come.
    pub promotion: Option<Promotion>,
}

/// An exception that somebody approved until a date.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The rule's id.
    pub rule: String,
    /// Paths or names that it covers.
    pub matcher: GlobMatcher,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub approved_by: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where it stands in the settings.
    pub location: Location,
}

/// Modes, exceptions and today's date.
#[derive(Clone, Debug)]
pub struct Policy {
    /// From the command line or an input: overrides the settings file, but revives nothing that is off.
    pub forced_mode: Option<Mode>,
    /// For every check that says nothing else.
    pub default_mode: Mode,
    /// By check name.
    pub checks: BTreeMap<String, ModeSetting>,
    /// By rule id.
    pub rules: BTreeMap<String, ModeSetting>,
    /// By name.
    pub milestones: BTreeMap<String, Milestone>,
    /// The lowest severity that blocks in blocking mode. Never [`Severity::Note`].
    pub fail_on: Severity,
    /// Whether a blocking check that could not look fails the gate.
    pub fail_on_not_verified: bool,
    /// Approved exceptions.
    pub waivers: Vec<Waiver>,
    /// Fingerprints that were accepted at adoption, each with its rule's id.
    pub baseline: BTreeMap<String, String>,
    /// Where the baseline stands, for the finding about entries that no longer occur.
    pub baseline_path: Option<String>,
    /// Today, in UTC.
    pub today: Date,
}

/// What one check found, as the policy sees it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The check's name.
    pub check: &'static str,
    /// True if something that was asked for could not be looked at.
    pub not_verified: bool,
    /// Findings with their fingerprints.
    pub findings: Vec<Fingerprinted>,
}

/// A finding and what it is recognised by.
#[derive(Clone, Debug)]
pub struct Fingerprinted {
    /// The finding.
    pub finding: Finding,
    /// Stable while the fault is the same, whatever line it is on.
    pub fingerprint: String,
    /// The reason of an ignore comment at the place, if there is one.
    pub ignored: Option<String>,
}

/// A finding with what the policy made of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// See [`Fingerprinted::fingerprint`].
    pub fingerprint: String,
    /// True if it fails the gate.
    pub blocking: bool,
    /// By what it is excepted, in words.
    pub waived_by: Option<String>,
}

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The gate is open.
    Pass,
    /// Something blocks.
    Fail,
    /// It could not be decided.
    Error,
}

impl Verdict {
    /// The word that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Error => "error",
        }
    }
}

/// The policy's answer.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// All findings whose rule is not off, in the order of the evidence, then the policy's own.
    pub findings: Vec<Judged>,
    /// Checks that block and could not look.
    pub unverified: Vec<&'static str>,
    /// Pass, fail or error.
    pub verdict: Verdict,
}

impl Policy {
    /// Everything advisory, no exceptions.
    pub fn advisory(today: Date) -> Policy {
        Policy {
            forced_mode: None,
            default_mode: Mode::Advisory,
            checks: BTreeMap::new(),
            rules: BTreeMap::new(),
            milestones: BTreeMap::new(),
            fail_on: Severity::Warning,
            fail_on_not_verified: true,
            waivers: Vec::new(),
            baseline: BTreeMap::new(),
            baseline_path: None,
            today,
        }
    }
}

#[cfg(test)]
mod tests;
