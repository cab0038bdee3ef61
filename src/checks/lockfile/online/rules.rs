//! What the comparison with the registries finds.

use crate::rule::{Category, Rule, Severity};

/// Another hash than the published one.
pub static HASH_MISMATCH: Rule = Rule {
    id: "lockfile/hash-mismatch",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a lockfile records another hash than the registry publishes",
    allow: None,
};

/// Taken back by its owner.
pub static YANKED: Rule = Rule {
    id: "lockfile/yanked",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "a locked version was withdrawn by its owner",
    allow: None,
};

/// Advised against by its owner.
pub static DEPRECATED: Rule = Rule {
    id: "lockfile/deprecated",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "the owner of a locked version advises against it",
    allow: None,
};

/// Not, or no longer, in the registry.
pub static UNPUBLISHED: Rule = Rule {
    id: "lockfile/unpublished",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "the registry does not have what the lockfile records",
    allow: None,
};

/// Published only just now.
pub static TOO_NEW: Rule = Rule {
    id: "lockfile/too-new",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "a locked version is younger than the cool-down allows",
    allow: None,
};
