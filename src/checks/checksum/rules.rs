//! What `ci-guard checksum` refuses.

use crate::rule::{Category, Rule, Severity};

/// All rules of the command.
pub const ALL: [&Rule; 8] = [
    &NO_MATCH,
    &EMPTY_FILE,
    &DUPLICATE_NAME,
    &COLLIDING_NAMES,
    &UNPORTABLE_NAME,
    &OUTSIDE,
    &NOT_A_FILE,
    &CHANGED_WHILE_READING,
];

pub(super) static NO_MATCH: Rule = Rule {
    id: "checksum/no-match",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a pattern for artifacts matches no file",
    allow: None,
};

pub(super) static EMPTY_FILE: Rule = Rule {
    id: "checksum/empty-file",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "an artifact is empty",
    allow: None,
};

pub(super) static DUPLICATE_NAME: Rule = Rule {
    id: "checksum/duplicate-name",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "two artifacts have the same name in different folders",
    allow: None,
};

pub(super) static COLLIDING_NAMES: Rule = Rule {
    id: "checksum/colliding-names",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "two artifacts differ in a way that other systems do not keep",
    allow: None,
};

pub(super) static UNPORTABLE_NAME: Rule = Rule {
    id: "checksum/unportable-name",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "an artifact's name cannot be carried by a checksum list everywhere",
    allow: None,
};

pub(super) static OUTSIDE: Rule = Rule {
    id: "checksum/outside",
    severity: Severity::Error,
    category: Category::Security,
    summary: "an artifact lies outside of the repository, or of the list's folder",
    allow: None,
};

pub(super) static NOT_A_FILE: Rule = Rule {
    id: "checksum/not-a-file",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "an artifact is no regular file",
    allow: None,
};

pub(super) static CHANGED_WHILE_READING: Rule = Rule {
    id: "checksum/changed-while-reading",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "an artifact changed while it was read",
    allow: None,
};
