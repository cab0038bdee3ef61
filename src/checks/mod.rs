//! The checks: units that a user turns on. Each looks at the checkout and records what it found.

pub mod artifacts;
pub mod checksum;
pub mod files;
pub mod integrity;
pub mod lockfile;
pub mod preflight;

use std::collections::BTreeMap;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::environment::Environment;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::runner::Runner;
use crate::settings::{Fault, Settings};
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
    fn docs(&self) -> &'static str;
    /// Everything that it can find.
    fn rules(&self) -> &'static [&'static Rule];
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
    &files::Files,
    &lockfile::Lockfile,
    &artifacts::Artifacts,
    &preflight::Preflight,
];

/// Checks that run when none is named.
pub const DEFAULT: &[&str] = &["integrity", "files", "lockfile"];

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
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It looked at this many things.
    Examined(usize),
    /// There was nothing to look at, and why.
    NotApplicable(String),
}

/// What a check found, besides its outcome.
#[derive(Debug, Default)]
pub struct Record {
    pub(crate) findings: Vec<Finding>,
    pub(crate) outputs: BTreeMap<&'static str, String>,
    pub(crate) not_verified: Vec<String>,
    pub(crate) not_examined: BTreeMap<String, usize>,
    pub(crate) notes: Vec<String>,
    pub(crate) tables: Vec<Table>,
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
    /// Records a violation.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Sets an output of the action. Values are names, counts and hashes, never text of the repository.
    pub fn output(&mut self, name: &'static str, value: impl Into<String>) {
        self.outputs.insert(name, value.into());
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

    /// Adds a line for the reader that is no finding.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}
