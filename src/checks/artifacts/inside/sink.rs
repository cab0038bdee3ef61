//! What is found in one archive, until all are done.

use std::collections::BTreeMap;

use globset::GlobSet;

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Rule, Severity};

/// Findings of one rule in one archive that are told one by one.
const MAX_TOLD: usize = 20;

/// What is found in one archive.
#[derive(Debug, Default)]
pub(super) struct Sink {
    archive: String,
    /// The archives within it that are looked into just now, from the outermost.
    within: Vec<String>,
    findings: Vec<Finding>,
    more: BTreeMap<&'static str, (usize, Severity, &'static Rule)>,
    told: BTreeMap<&'static str, usize>,
    pub not_verified: Vec<String>,
    pub not_examined: BTreeMap<String, usize>,
}

impl Sink {
    /// For an archive, as reports show it.
    pub fn new(archive: &str) -> Sink {
        Sink { archive: archive.to_owned(), ..Sink::default() }
    }

    /// Tells of something that is wrong with the archive as a whole, or with a member.
    pub fn push(&mut self, rule: &'static Rule, message: impl Into<String>, help: &str) {
        self.push_as(rule, rule.severity, message, help);
    }

    /// The same with another severity.
    pub fn push_as(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        message: impl Into<String>,
        help: &str,
    ) {
        let told = self.told.entry(rule.id).or_default();
        *told += 1;
        if *told > MAX_TOLD {
            let (number, worst, _) = self.more.entry(rule.id).or_insert((0, severity, rule));
            *number += 1;
            *worst = (*worst).max(severity);
            return;
        }
        let around: String = self.within.iter().map(|inner| format!("in `{inner}`: ")).collect();
        let message = format!("{around}{}", message.into());
        let location = Location::Artifact { name: self.archive.clone() };
        let finding = Finding::new(rule, location, format!("`{}`: {message}", self.archive));
        self.findings.push(finding.severity(severity).help(help).subject(message));
    }

    /// What follows is of an archive within.
    pub fn enter(&mut self, member: &str) {
        self.within.push(member.to_owned());
    }

    /// What follows is of the archive around it again.
    pub fn leave(&mut self) {
        self.within.pop();
    }

    /// Says that something could not be looked at.
    pub fn not_verified(&mut self, what: impl std::fmt::Display) {
        self.not_verified.push(format!("`{}`: {what}", self.archive));
    }

    /// Counts what was passed over on purpose.
    pub fn not_examined(&mut self, reason: impl Into<String>) {
        *self.not_examined.entry(reason.into()).or_default() += 1;
    }

    /// Hands everything over.
    pub fn record(self, record: &mut Record) {
        self.findings.into_iter().for_each(|finding| record.push(finding));
        for (number, severity, rule) in self.more.into_values() {
            let location = Location::Artifact { name: self.archive.clone() };
            let message = format!("`{}`: {} more like these", self.archive, number);
            record.push(Finding::new(rule, location, message).severity(severity).subject("more"));
        }
        self.not_verified.into_iter().for_each(|reason| record.not_verified(reason));
        for (reason, number) in self.not_examined {
            *record.not_examined.entry(reason).or_default() += number;
        }
    }
}

/// Members that rules let pass, by the rule's id.
pub(super) type Allowed = BTreeMap<&'static str, GlobSet>;

/// Where members stand, for the patterns of rules that let some pass.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub allowed: &'a Allowed,
    /// The archives around them, each with a `/` behind it; empty for members of the artifact itself.
    pub around: &'a str,
}

impl Scope<'_> {
    /// True if a rule lets a member pass.
    pub fn lets_pass(&self, rule: &'static Rule, member: &str) -> bool {
        self.allowed
            .get(rule.id)
            .is_some_and(|patterns| patterns.is_match(format!("{}{member}", self.around)))
    }
}
