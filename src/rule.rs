//! What a check looks for: the rule's stable id, its severity, and its documentation.

use serde::{Deserialize, Serialize};

use crate::pages;

/// How bad a violation is. It belongs to the rule; whether it blocks is the user's [`Mode`].
///
/// [`Mode`]: crate::policy::Mode
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never blocks.
    Note,
    /// Wrong, and blocks in blocking mode.
    Warning,
    /// Broken or dangerous; blocks in blocking mode, also with `fail-on: error`.
    Error,
}

impl Severity {
    /// The word that users see and write.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The kind of harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// GitHub, or the tool that reads the file, would reject or misread it.
    Validity,
    /// Somebody else could make the pipeline do what they want.
    Security,
    /// The gate does not do what it seems to do.
    Truth,
    /// What is installed or shipped may not be what was reviewed or built.
    SupplyChain,
    /// Untidy in a way that costs later.
    Hygiene,
}

impl Category {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Validity => "validity",
            Category::Security => "security",
            Category::Truth => "truth",
            Category::SupplyChain => "supply-chain",
            Category::Hygiene => "hygiene",
        }
    }
}

/// One thing that a check looks for.
#[derive(Debug)]
pub struct Rule {
    /// `check/kebab-name`; names the fault; stable and unique.
    pub id: &'static str,
    /// Severity unless a finding says otherwise.
    pub severity: Severity,
    /// The kind of harm.
    pub category: Category,
    /// One line: what it finds.
    pub summary: &'static str,
    /// What the entries of `rules.<id>.allow` match, if the rule has such a list.
    pub allow: Option<&'static str>,
}

impl Rule {
    /// The rule's own page, in Markdown: the file beside its source with the rule's name. Its examples are tests.
    pub fn docs(&self) -> &'static str {
        pages::of(self.id)
    }

    /// The check that the rule belongs to: the part of the id before the slash.
    pub fn check(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(check, _)| check)
    }
}
