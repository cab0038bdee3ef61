//! What the check finds.

use crate::rule::{Category, Rule, Severity};

/// All rules of the check.
pub const ALL: &[&Rule] = &[&KNOWN_VULNERABILITY, &MALICIOUS_PACKAGE, &INFORMATIONAL, &STALE_ADVISORIES];

pub(super) static KNOWN_VULNERABILITY: Rule = Rule {
    id: "vulnerabilities/known-vulnerability",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a locked package or an action has a vulnerability that is known",
    allow: None,
};

pub(super) static MALICIOUS_PACKAGE: Rule = Rule {
    id: "vulnerabilities/malicious-package",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a locked package was made to do harm",
    allow: None,
};

pub(super) static INFORMATIONAL: Rule = Rule {
    id: "vulnerabilities/informational-advisory",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "a locked package is unmaintained, unsound, or otherwise worth a look",
    allow: None,
};

pub(super) static STALE_ADVISORIES: Rule = Rule {
    id: "vulnerabilities/stale-advisories",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the advisories are older than allowed",
    allow: None,
};
