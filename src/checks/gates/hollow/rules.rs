//! The rules about gates that cannot fail.

use crate::rule::{Category, Rule, Severity};

rule!(
    JOB_CANNOT_FAIL,
    "job-cannot-fail",
    Error,
    "a job whose checks cannot make it fail, whatever they find"
);
rule!(
    FORGIVEN_FAILURE,
    "forgiven-failure",
    Warning,
    "a step or job with tests or scans that `continue-on-error` forgives"
);
rule!(
    SWALLOWED_FAILURE,
    "swallowed-failure",
    Warning,
    "a check whose failure is swallowed by what stands behind it"
);
rule!(LOST_IN_PIPE, "lost-in-pipe", Warning, "a check whose failure is lost in a pipe without `pipefail`");
rule!(LOST_FAILURE, "lost-failure", Warning, "a check whose failure is lost because the script goes on");
rule!(HOLLOW_SUMMARY, "hollow-summary", Warning, "a job that waits for others and only prints");
rule!(UNREAD_RESULT, "unread-result", Warning, "a job that judges other jobs and leaves one of them out");
rule!(
    SKIPPED_GATE,
    "skipped-gate",
    Warning,
    "a job that judges other jobs and is skipped when one of them fails"
);
rule!(
    SCAN_CANNOT_FAIL,
    "scan-cannot-fail",
    Warning,
    "a scanner that is told, or left, to succeed whatever it finds"
);
rule!(
    FORMATTER_REWRITES,
    "formatter-rewrites",
    Warning,
    "a formatter that rewrites files where it should compare"
);
rule!(
    PASSES_WITHOUT_TESTS,
    "passes-without-tests",
    Warning,
    "a check that succeeds although there is nothing to check"
);
rule!(
    WAIT_CANNOT_FAIL,
    "wait-cannot-fail",
    Note,
    "a loop that waits for something and goes on when it never comes"
);
rule!(
    NO_COVERAGE_LIMIT,
    "no-coverage-limit",
    Note,
    "coverage that is measured and that nothing compares with a limit"
);
rule!(
    NO_SECRET_ON_FORKS,
    "no-secret-on-forks",
    Note,
    "a scanner that needs a secret, which pull requests from forks do not have"
);
