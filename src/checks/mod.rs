//! The checks: units that a user turns on. Each looks at the checkout and records what it found.

pub mod artifacts;
pub mod checksum;
pub mod files;
pub mod gates;
pub mod integrity;
pub mod lockfile;
pub mod preflight;
pub mod reports;
pub mod secrets;
pub mod vulnerabilities;

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;
use globset::GlobSet;

use crate::checkout::{Checkout, Git};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::pages;
use crate::rule::Rule;
use crate::runner::Runner;
use crate::settings::{self, Fault, Settings};
use crate::subject::Subject;
use crate::tree::Node;

/// A unit that a user turns on.
pub trait Check: Sync {
    /// The name that users write.
    fn name(&self) -> &'static str;
    /// One line: what it proves.
    fn summary(&self) -> &'static str;
    /// What `examined` counts.
    fn unit(&self) -> Unit;
    /// The check's own page, in Markdown.
    fn docs(&self) -> &'static str {
        pages::of(&format!("{0}/{0}", self.name()))
    }
    /// Everything that it can find.
    fn rules(&self) -> &'static [&'static Rule];
    /// What it asks others when `online` is set. Where nobody asked for that, the report says so.
    fn online(&self) -> Option<&'static str> {
        None
    }
    /// Looks, and records what it finds. An error means that it could not look.
    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome>;
}

/// What a check counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// One of them.
    pub one: &'static str,
    /// Several.
    pub many: &'static str,
}

impl Unit {
    /// `1 file`, `2 files`.
    pub fn count(self, number: usize) -> String {
        format!("{number} {}", if number == 1 { self.one } else { self.many })
    }
}

/// All checks, in the order in which they are shown. The only list.
pub const ALL: &[&dyn Check] = &[
    &integrity::Integrity,
    &gates::Gates,
    &files::Files,
    &lockfile::Lockfile,
    &vulnerabilities::Vulnerabilities,
    &secrets::Secrets,
    &artifacts::Artifacts,
    &preflight::Preflight,
    &reports::Reports,
];

/// Checks that run when none is named.
pub const DEFAULT: &[&str] = &["integrity", "gates", "files", "lockfile", "secrets"];

/// The check of this name.
pub fn named(name: &str) -> Option<&'static dyn Check> {
    ALL.iter().copied().find(|check| check.name() == name)
}

/// All rules: of the checks, of the command `checksum`, and those about the policy itself.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let of_checks = ALL.iter().flat_map(|check| check.rules().iter().copied());
    of_checks.chain(checksum::RULES.iter().copied()).chain(crate::policy::RULES).chain(crate::settings::RULES)
}

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// Faults in the settings of the checks that their schema cannot know.
pub(crate) fn faults(settings: &crate::settings::config::Checks, root: Node<'_>, faults: &mut Vec<Fault>) {
    files::faults(&settings.files, root, faults);
    lockfile::faults(&settings.lockfile, root, faults);
    preflight::faults(root, faults);
    secrets::faults(&settings.secrets, root, faults);
    gates::faults(root, faults);
}

/// Everything that a check may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The repository.
    pub checkout: &'a Checkout,
    /// What the user asked for.
    pub settings: &'a Settings,
    /// The process's variables, for checks about them.
    pub environment: &'a Environment,
    /// Where we run, and what for.
    pub runner: &'a Runner,
    /// True if somebody reads the outputs. What is needed for nothing else is not made otherwise.
    pub wants_outputs: bool,
}

impl Context<'_> {
    /// True if a GitHub Enterprise Server runs the workflows: that of this run, or outside of Actions the one that the
    /// repository was cloned from.
    pub(crate) fn is_on_enterprise_server(&self) -> bool {
        if self.runner.in_actions {
            return self.runner.is_on_enterprise_server();
        }
        let origin = self.checkout.git().and_then(Git::origin);
        origin.and_then(|url| lockfile::host(&url)).is_some_and(|host| is_foreign(&host))
    }

    /// The patterns of `rules.<id>.allow`. Only the rule knows what they match, so what is no pattern is told here.
    pub(crate) fn allowed(&self, rule: &Rule, record: &mut Record) -> GlobSet {
        let patterns = self.settings.allowed(rule);
        for error in patterns.iter().filter_map(|pattern| settings::glob(pattern).err()) {
            record.not_verified(format!("`rules.{}.allow`: {error:#}", rule.id));
        }
        settings::glob_set(patterns)
    }
}

/// True for hosts but github.com and those of data residency. What has no dot, or stands around the name of github.com,
/// is a name for it in the settings of ssh.
fn is_foreign(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    let is_github = name == "github.com" || name.starts_with("github.com-") || name.ends_with(".github.com");
    name.contains('.') && !is_github && !name.ends_with(".ghe.com")
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It looked at this many things.
    Examined(usize),
    /// There was nothing to look at, and why.
    NotApplicable(String),
}

/// Findings of a check that are listed. Code scanning takes no more in a run.
pub(crate) const MAX_FINDINGS: usize = 25_000;

/// Findings of one rule in one file that are listed: a file of 1 MiB has room for hundreds of thousands.
pub(crate) const MAX_IN_FILE: usize = 1_000;

/// What a check found, besides its outcome.
#[derive(Debug, Default)]
pub struct Record {
    /// Findings by file and rule.
    counts: HashMap<Box<str>, HashMap<&'static str, usize>>,
    /// Findings that are not listed, because there are too many.
    pub(crate) left_out: usize,
    pub(crate) findings: Vec<Finding>,
    pub(crate) outputs: BTreeMap<&'static str, Output>,
    pub(crate) not_verified: Vec<String>,
    pub(crate) not_examined: BTreeMap<String, usize>,
    pub(crate) notes: Vec<String>,
    pub(crate) tables: Vec<Table>,
    pub(crate) subjects: Vec<Subject>,
}

/// What a part of a check recorded, if anything.
pub type Part = Option<Box<Record>>;

/// An output of the action.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its value.
    pub text: String,
    /// True if nothing in it can be a credential by its format.
    pub is_clean: bool,
}

/// Rows for the reader: in the text report and in the step summary.
#[derive(Clone, Debug)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
    /// Rows that were left out.
    pub more: usize,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// True if its cells are names or hashes rather than words.
    pub code: bool,
}

impl Column {
    /// A column of words and numbers.
    pub fn text(title: &'static str) -> Column {
        Column { title, code: false }
    }

    /// A column of names or hashes.
    pub fn code(title: &'static str) -> Column {
        Column { title, code: true }
    }
}

impl Record {
    /// Records a violation. Of very many the last are only counted, and the check is not verified: what is left out
    /// could be the one that nobody excepted.
    pub fn push(&mut self, finding: Finding) {
        let place = finding.location.in_file().map_or_else(|| finding.location.name(), |(path, _)| path);
        if !self.counts.contains_key(place) {
            self.counts.insert(place.into(), HashMap::new());
        }
        let in_file = self.counts.get_mut(place).map(|rules| rules.entry(finding.rule.id).or_default());
        if self.findings.len() >= MAX_FINDINGS || in_file.as_ref().is_some_and(|count| **count >= MAX_IN_FILE)
        {
            self.left_out += 1;
            return;
        }
        if let Some(count) = in_file {
            *count += 1;
        }
        self.findings.push(finding);
    }

    /// Takes in what another part of the same check recorded.
    pub fn merge(&mut self, other: Record) {
        self.left_out += other.left_out;
        other.findings.into_iter().for_each(|finding| self.push(finding));
        self.outputs.extend(other.outputs);
        self.not_verified.extend(other.not_verified);
        for (reason, number) in other.not_examined {
            *self.not_examined.entry(reason).or_default() += number;
        }
        self.notes.extend(other.notes);
        self.tables.extend(other.tables);
        self.subjects.extend(other.subjects);
    }

    /// What it says, in no more room than that takes: thousands of them wait to be merged.
    pub fn kept(mut self) -> Part {
        self.counts = HashMap::new();
        self.findings.shrink_to_fit();
        let says_something = self.left_out > 0
            || !(self.findings.is_empty()
                && self.outputs.is_empty()
                && self.not_verified.is_empty()
                && self.not_examined.is_empty()
                && self.notes.is_empty()
                && self.tables.is_empty()
                && self.subjects.is_empty());
        says_something.then(|| Box::new(self))
    }

    /// Takes in what all parts recorded, with no room for more than that.
    pub fn merge_all(&mut self, parts: Vec<Part>) {
        self.findings.reserve_exact(parts.iter().flatten().map(|part| part.findings.len()).sum());
        parts.into_iter().flatten().for_each(|part| self.merge(*part));
    }

    /// What holds for several parts of the check is said once.
    pub fn say_once(&mut self) {
        let mut said = HashSet::new();
        self.not_verified.retain(|reason| said.insert(reason.clone()));
    }

    /// Sets an output of the action. Values are names, counts and hashes, never text of the repository.
    pub fn output(&mut self, name: &'static str, value: impl Into<String>) {
        self.outputs.insert(name, Output { text: value.into(), is_clean: false });
    }

    /// The same for a value of which every foreign part was cleaned: as a whole it may look like a credential, and
    /// making the engine that knows better takes longer than most checks.
    pub fn clean_output(&mut self, name: &'static str, value: impl Into<String>) {
        self.outputs.insert(name, Output { text: value.into(), is_clean: true });
    }

    /// Says that something that is needed to decide could not be looked at.
    pub fn not_verified(&mut self, reason: impl Into<String>) {
        self.not_verified.push(reason.into());
    }

    /// Counts something that was passed over on purpose, by reason.
    pub fn not_examined(&mut self, reason: impl Into<String>) {
        *self.not_examined.entry(reason.into()).or_default() += 1;
    }

    /// Adds a table for the reader.
    pub fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Names something that was verified, for a statement about it.
    pub fn subject(&mut self, subject: Subject) {
        self.subjects.push(subject);
    }

    /// Adds a line for the reader that is no finding.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;

    #[test]
    fn of_very_many_findings_the_last_are_counted() {
        let rules: Vec<&'static Rule> = rules().take(2).collect();
        let mut record = Record::default();
        let mut push = |rule, path: &str| record.push(Finding::new(rule, Location::file(path), "x"));
        (0..MAX_IN_FILE + 5).for_each(|_| push(rules[0], "a"));
        push(rules[1], "a");
        push(rules[0], "b");
        assert_eq!((record.findings.len(), record.left_out), (MAX_IN_FILE + 2, 5));
        for n in 0..MAX_FINDINGS {
            record.push(Finding::new(rules[0], Location::file(n.to_string()), "x"));
        }
        assert_eq!((record.findings.len(), record.left_out), (MAX_FINDINGS, 5 + MAX_IN_FILE + 2));
    }
}
