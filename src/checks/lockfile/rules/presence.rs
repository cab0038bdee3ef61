//! Rules about a lockfile that is not there, or only on this machine.

use crate::rule::{Category, Rule, Severity};

/// A manifest without a lockfile.
pub static MISSING: Rule = Rule {
    id: "lockfile/missing",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "packages are asked for and no lockfile says which ones are installed",
    allow: None,
};

/// A lockfile that git ignores.
pub static IGNORED: Rule = Rule {
    id: "lockfile/ignored",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "the lockfile is there, and git ignores it, so nobody else has it",
    allow: None,
};
