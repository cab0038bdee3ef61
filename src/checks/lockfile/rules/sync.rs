//! Rules about a manifest and its lockfile not agreeing. The formats find these faults; each knows its tool.

use crate::rule::{Category, Rule, Severity};

/// The tool's own frozen check refuses the lockfile.
pub static OUT_OF_SYNC: Rule = Rule {
    id: "lockfile/out-of-sync",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "manifest and lockfile do not agree; a locked install would refuse",
    allow: None,
};

/// The tool accepts the lockfile, and would rewrite it.
pub static DRIFT: Rule = Rule {
    id: "lockfile/drift",
    severity: Severity::Warning,
    category: Category::Hygiene,
    summary: "the lockfile is accepted, and the next update would rewrite it",
    allow: None,
};

/// A locked version that the manifest does not allow.
pub static VERSION_UNSATISFIED: Rule = Rule {
    id: "lockfile/version-unsatisfied",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "the locked version is none that is asked for",
    allow: None,
};
