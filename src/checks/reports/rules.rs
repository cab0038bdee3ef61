//! What the check finds.

use crate::rule::{Category, Rule, Severity};

/// All rules of the check.
pub const ALL: &[&Rule] = &[
    &MISSING_REPORT,
    &EMPTY_REPORT,
    &UNREADABLE_REPORT,
    &STALE_REPORT,
    &FAILED_TEST,
    &HIDDEN_FAILURE,
    &FLAKY_TEST,
    &TOO_FEW_TESTS,
    &LOW_COVERAGE,
    &SCANNER_RESULT,
    &INCOMPLETE_SCAN,
    &REGRESSION,
    &SLO_MISSED,
];

pub(super) static MISSING_REPORT: Rule = Rule {
    id: "reports/missing-report",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a report that is asked for is not there",
    allow: None,
};

pub(super) static EMPTY_REPORT: Rule = Rule {
    id: "reports/empty-report",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a report shows nothing: no test ran, no line counts, no tool looked",
    allow: None,
};

pub(super) static UNREADABLE_REPORT: Rule = Rule {
    id: "reports/unreadable-report",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a report is cut off, malformed or of no known format",
    allow: None,
};

pub(super) static STALE_REPORT: Rule = Rule {
    id: "reports/stale-report",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a report is older than allowed, or was committed",
    allow: None,
};

pub(super) static FAILED_TEST: Rule = Rule {
    id: "reports/failed-test",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a test failed",
    allow: None,
};

pub(super) static HIDDEN_FAILURE: Rule = Rule {
    id: "reports/hidden-failure",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a suite failed, and no test case shows it",
    allow: None,
};

pub(super) static FLAKY_TEST: Rule = Rule {
    id: "reports/flaky-test",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "a test failed first and passed when it was run again",
    allow: None,
};

pub(super) static TOO_FEW_TESTS: Rule = Rule {
    id: "reports/too-few-tests",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "fewer tests ran than are asked for, or more were skipped than allowed",
    allow: None,
};

pub(super) static LOW_COVERAGE: Rule = Rule {
    id: "reports/low-coverage",
    severity: Severity::Error,
    category: Category::Hygiene,
    summary: "less is covered by tests than is asked for",
    allow: None,
};

pub(super) static SCANNER_RESULT: Rule = Rule {
    id: "reports/scanner-result",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a scanner or linter found something",
    allow: None,
};

pub(super) static INCOMPLETE_SCAN: Rule = Rule {
    id: "reports/incomplete-scan",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a scanner says that it could not look at everything",
    allow: None,
};

pub(super) static REGRESSION: Rule = Rule {
    id: "reports/regression",
    severity: Severity::Error,
    category: Category::Hygiene,
    summary: "a measurement is slower than its baseline by more than allowed, and not by chance",
    allow: None,
};

pub(super) static SLO_MISSED: Rule = Rule {
    id: "reports/slo-missed",
    severity: Severity::Error,
    category: Category::Hygiene,
    summary: "a measurement takes longer than its objective allows",
    allow: None,
};
