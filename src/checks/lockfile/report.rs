//! What a format reports about one lockfile: findings with the command that repairs them, and what it could not
//! decide.

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Rule, Severity};

use super::format::Format;
use super::paths;
use super::rules::sync::{DRIFT, OUT_OF_SYNC, VERSION_UNSATISFIED};
use super::rules::together::join;

/// Findings that are held back to be joined with others of their kind. Nobody has as many.
const MOST_HELD: usize = 10_000;

/// What is reported about one lockfile.
pub struct Report<'r> {
    record: &'r mut Record,
    path: &'r str,
    folder: &'r str,
    repair: String,
    findings: Vec<Finding>,
    out_of_sync: usize,
    dynamic: Vec<String>,
}

impl<'r> Report<'r> {
    /// A report about the lockfile at `path` in `folder`.
    pub fn new(record: &'r mut Record, format: &dyn Format, path: &'r str, folder: &'r str) -> Self {
        let (findings, dynamic) = (Vec::new(), Vec::new());
        Report { record, path, folder, repair: format.repair_at(path), findings, out_of_sync: 0, dynamic }
    }

    /// The lockfile's path.
    pub fn path(&self) -> &str {
        self.path
    }

    /// How much was found so far.
    pub fn mark(&self) -> usize {
        self.findings.len()
    }

    /// Takes back what was found behind a mark, so that it can be judged in another way.
    pub fn set_aside(&mut self, mark: usize) -> Vec<Finding> {
        let aside = self.findings.split_off(mark.min(self.findings.len()));
        self.out_of_sync -= refused(&aside).count();
        aside
    }

    /// Puts back what was set aside.
    pub fn put_back(&mut self, aside: Vec<Finding>) {
        self.out_of_sync += refused(&aside).count();
        self.findings.extend(aside);
    }

    /// True if something was found because of which the tool refuses the lockfile.
    pub fn is_out_of_sync(&self) -> bool {
        self.out_of_sync > 0
    }

    /// The tool's own frozen check refuses the lockfile.
    pub fn out_of_sync(&mut self, place: Location, message: impl Into<String>) -> Told<'_> {
        self.tell(&OUT_OF_SYNC, place, message.into())
    }

    /// A locked version is none that the manifest allows.
    pub fn unsatisfied(&mut self, place: Location, message: impl Into<String>) -> Told<'_> {
        self.tell(&VERSION_UNSATISFIED, place, message.into())
    }

    /// The tool accepts the lockfile, and would rewrite it at the next opportunity.
    pub fn drift(&mut self, place: Location, message: impl Into<String>) -> Told<'_> {
        self.tell(&DRIFT, place, message.into())
    }

    /// Any other finding about the lockfile.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Something that is needed to decide cannot be seen here.
    pub fn not_verified(&mut self, reason: impl AsRef<str>) {
        let reason = format!("{}: {}", self.path, reason.as_ref());
        if !self.record.not_verified.contains(&reason) {
            self.record.not_verified(reason);
        }
    }

    /// What a package asks for is found out when it is built; all of them are told about together.
    pub fn dynamic(&mut self, name: &str) {
        self.dynamic.push(format!("`{name}`"));
    }

    /// Says that manifest and lockfile were not compared, and why there is no need to.
    pub fn not_examined(&mut self, reason: impl Into<String>) {
        self.record.not_examined(reason);
    }

    /// The command that repairs the lockfile, as it is typed at the repository root.
    pub fn repair(&self) -> String {
        self.repair.clone()
    }

    /// Hands over what was found so far.
    fn flush(&mut self) {
        for finding in join(std::mem::take(&mut self.findings)) {
            self.record.push(finding);
        }
    }

    fn tell(&mut self, rule: &'static Rule, place: Location, message: String) -> Told<'_> {
        if self.findings.len() >= MOST_HELD {
            self.flush();
        }
        // Manifests may belong to several lockfiles, so the one that is meant is named.
        let is_beside = place.in_file().is_some_and(|(path, _)| paths::split(path).0 == self.folder);
        let name = if is_beside { paths::split(self.path).1 } else { self.path };
        let message = message.replacen("the lockfile", &format!("`{name}`"), 1);
        if rule.id != DRIFT.id {
            self.out_of_sync += 1;
        }
        let help = format!("run {}, review what it changes, and commit it", self.repair());
        let finding = Finding::new(rule, place, message).help(help);
        Told { findings: &mut self.findings, finding: Some(finding) }
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.flush();
        if !self.dynamic.is_empty() {
            let names = self.dynamic.join(", ");
            self.record.not_verified(format!(
                "{}: what {names} asks for is found out by a build backend, so it was not compared",
                self.path
            ));
        }
    }
}

/// The findings because of which the tool refuses the lockfile.
pub fn refused(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| [OUT_OF_SYNC.id, VERSION_UNSATISFIED.id].contains(&finding.rule.id))
}

/// A command as it is typed at the repository root.
pub fn repair(command: &str, folder: &str) -> String {
    match folder {
        "" => format!("`{command}`"),
        // A folder's name is foreign text; it is shown and not meant to be pasted blindly.
        folder => format!("`{command}` in `{folder}`"),
    }
}

/// A finding that is recorded when this goes out of scope, so that details can be added to it.
pub struct Told<'r> {
    findings: &'r mut Vec<Finding>,
    finding: Option<Finding>,
}

impl Told<'_> {
    /// Adds a place that explains the finding.
    pub fn related(self, place: Location, message: impl Into<String>) -> Self {
        let message = message.into();
        self.with(|finding| finding.related(place, message))
    }

    /// What the fault is about, for the fingerprint.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        let subject = subject.into();
        self.with(|finding| finding.subject(subject))
    }

    /// Overrides the help.
    pub fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.with(|finding| finding.help(help))
    }

    /// Overrides the severity.
    pub fn severity(self, severity: Severity) -> Self {
        self.with(|finding| finding.severity(severity))
    }

    fn with(mut self, change: impl FnOnce(Finding) -> Finding) -> Self {
        self.finding = self.finding.take().map(change);
        self
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if let Some(finding) = self.finding.take() {
            self.findings.push(finding);
        }
    }
}
