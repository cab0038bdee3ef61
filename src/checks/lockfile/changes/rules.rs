//! What the comparison with the base finds.

use crate::rule::{Category, Rule, Severity};

/// The same version from elsewhere.
pub static SOURCE_CHANGED: Rule = Rule {
    id: "lockfile/source-changed",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a pull request takes the same version of a package from elsewhere",
    allow: None,
};

/// An older version than before.
pub static DOWNGRADED: Rule = Rule {
    id: "lockfile/downgraded",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "a pull request lowers the version of a package",
    allow: None,
};

/// Changes that no manifest asks for.
pub static UNEXPLAINED_CHANGE: Rule = Rule {
    id: "lockfile/unexplained-change",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "a pull request changes locked packages that no changed manifest asks for",
    allow: None,
};
