//! One thing that is wrong with a value, in words that do not hold it.

use crate::rule::{Rule, Severity};

/// One thing that is wrong with a value.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The rule.
    pub rule: &'static Rule,
    /// The rule's severity, or another one for this case.
    pub severity: Severity,
    /// What is wrong, to follow "the value of `NAME`". Never a part of the value.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// A problem with the rule's own severity.
    pub fn new(rule: &'static Rule, what: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { rule, severity: rule.severity, what: what.into(), help: help.into() }
    }

    /// The same with another severity.
    pub fn severity(self, severity: Severity) -> Problem {
        Problem { severity, ..self }
    }
}
