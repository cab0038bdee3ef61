//! The rules about required checks.

use crate::rule::{Category, Rule, Severity};

pub static NEVER_REPORTS: Rule = Rule {
    id: "gates/never-reports",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a required check that no job reports",
    allow: None,
};

pub static NOT_ON_PULL_REQUESTS: Rule = Rule {
    id: "gates/not-on-pull-requests",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a required check that does not report on pull requests, or not on every push to them",
    allow: None,
};

pub static MISSING_BASE: Rule = Rule {
    id: "gates/missing-base",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a required check whose workflow leaves out the branch that requires it",
    allow: None,
};

pub static PATH_FILTERED: Rule = Rule {
    id: "gates/path-filtered",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a required check that does not report when the changed files do not match",
    allow: None,
};

pub static NO_MERGE_GROUP: Rule = Rule {
    id: "gates/no-merge-group",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a required check that does not report in the merge queue",
    allow: None,
};

pub static SKIPPED_MATRIX: Rule = Rule {
    id: "gates/skipped-matrix",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a required leg of a matrix whose job may be skipped as a whole",
    allow: None,
};

pub static AMBIGUOUS_NAME: Rule = Rule {
    id: "gates/ambiguous-name",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a required name that several check runs have",
    allow: None,
};

pub static UNKNOWN_NAME: Rule = Rule {
    id: "gates/unknown-name",
    severity: Severity::Note,
    category: Category::Truth,
    summary: "a required name that only a run can confirm",
    allow: None,
};

pub static NOT_REQUIRED: Rule = Rule {
    id: "gates/not-required",
    severity: Severity::Note,
    category: Category::Truth,
    summary: "a job of pull requests that no branch requires",
    allow: Some("names of checks that need not be required; `*` stands for any text"),
};

pub static NAMES_CHANGED: Rule = Rule {
    id: "gates/names-changed",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "checks of pull requests have other names than were locked",
    allow: None,
};
