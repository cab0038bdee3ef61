//! The rules about the exceptions themselves, and about the settings.

use crate::rule::{Category, Rule, Severity};

/// Rules about the exceptions themselves.
pub const RULES: [&Rule; 8] = [
    &EXPIRED_WAIVER,
    &UNUSED_WAIVER,
    &STALE_BASELINE,
    &UNREVIEWED_EXCEPTION,
    &UNREVIEWED_SETTINGS,
    &IGNORE_WITHOUT_REASON,
    &BROKEN_HISTORY,
    &REWRITTEN_HISTORY,
];

pub(super) static EXPIRED_WAIVER: Rule = Rule {
    id: "policy/expired-waiver",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a waiver is past its last day",
    allow: None,
};

pub(super) static UNUSED_WAIVER: Rule = Rule {
    id: "policy/unused-waiver",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "a waiver covers no finding",
    allow: None,
};

pub(super) static STALE_BASELINE: Rule = Rule {
    id: "policy/stale-baseline",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "the baseline holds findings that no longer occur",
    allow: None,
};

/// Raised by `settings`, which compares a pull request with its base.
pub static UNREVIEWED_EXCEPTION: Rule = Rule {
    id: "policy/unreviewed-exception",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "an exception that cannot be found in the base of the pull request",
    allow: None,
};

/// Raised by `settings`, which compares a pull request with its base.
pub static UNREVIEWED_SETTINGS: Rule = Rule {
    id: "policy/unreviewed-settings",
    severity: Severity::Note,
    category: Category::Security,
    summary: "a pull request changes the guard's settings; they take effect after the merge",
    allow: None,
};

/// Raised by `settings`, which reads the history.
pub static BROKEN_HISTORY: Rule = Rule {
    id: "policy/broken-history",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the history of runs was changed, or is damaged",
    allow: None,
};

/// Raised by `settings`, which compares the history with that of the base or the parent.
pub static REWRITTEN_HISTORY: Rule = Rule {
    id: "policy/rewritten-history",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "runs were taken out of the history",
    allow: None,
};

/// Raised by `ignores`.
pub static IGNORE_WITHOUT_REASON: Rule = Rule {
    id: "policy/ignore-without-reason",
    severity: Severity::Warning,
    category: Category::Hygiene,
    summary: "an ignore comment gives no reason, so it is not honoured",
    allow: None,
};
