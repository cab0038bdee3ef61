//! What a pull request changes in a lockfile: packages that come, go and move, and what no manifest explains.

mod compare;
mod explain;
pub mod rules;

use std::collections::HashSet;

use super::format::{Format, Project};
use super::model::Lock;
use super::paths::Folders;
use super::{packages, paths};
use crate::advisory::version::Scheme;
use crate::checkout::Source;
use crate::checks::{Column, Context, Record, Table};
use crate::report::count;
use crate::settings::{Base, BaseFile};

use compare::{Change, Kind};

/// Changes that are shown in the table.
const MAX_ROWS: usize = 100;

/// Names and versions that the base has, too.
pub type Unchanged = HashSet<(String, String)>;

/// What the pull request changes in all lockfiles.
#[derive(Default)]
pub struct Changes {
    rows: Vec<Vec<String>>,
    number: usize,
    lockfiles: usize,
}

impl Changes {
    /// Compares a lockfile with the one of the base, and reports. `None` if there is no base to compare with.
    pub fn take(
        &mut self,
        lock: &Lock<'_>,
        source: &Source,
        (format, folders): (&dyn Format, &Folders),
        context: &Context<'_>,
        record: &mut Record,
    ) -> Option<Unchanged> {
        let path = source.path();
        let base = &context.settings.base;
        let text = match base.file(context.checkout, path)? {
            BaseFile::Text(_, text) => text,
            BaseFile::Absent => {
                self.lockfiles += 1;
                self.number += lock.packages.len();
                let all = count(lock.packages.len(), "package");
                self.row(&["new lockfile", &all, "", "", path]);
                return Some(Unchanged::new());
            }
            BaseFile::Unknown => {
                record.not_verified(match base {
                    Base::Missing(why) => format!("what this pull request changes in lockfiles: {why}"),
                    _ => format!("{path}: the base has something there that is no text file"),
                });
                return None;
            }
        };
        if text == source.text() {
            return Some(known(lock));
        }
        let before = Source::new(path, text);
        let project = Project {
            checkout: context.checkout,
            folders,
            folder: paths::split(path).0,
            source: &before,
            tool_versions: &context.settings.checks.lockfile.tool_versions,
        };
        let is_clean = format.syntax(&before).is_none_or(|syntax| before.tree(syntax).is_clean());
        let old = match format.read(&project) {
            Ok(old) if is_clean => old,
            _ => {
                record.not_verified(format!(
                    "{path}: the base's lockfile cannot be read, so what changes is not known"
                ));
                return None;
            }
        };
        let scheme = Scheme::of(packages::osv_name(format.ecosystem()).unwrap_or_default());
        let changes = compare::changes(&old, lock, scheme);
        let exchanged = compare::judge(&old, lock, source, scheme, record);
        self.lockfiles += usize::from(!changes.is_empty() || !exchanged.is_empty());
        self.number += changes.len() + exchanged.len();
        for [kind, name, before, now] in &exchanged {
            self.row(&[kind, name, before, now, path]);
        }
        if !changes.is_empty() {
            explain::judge(&changes, (&old, lock), source, format, context, record);
        }
        for change in &changes {
            let Change { kind, name, before, now, .. } = change;
            self.row(&[kind.as_str(), name, before, now, path]);
        }
        Some(known(&old))
    }

    fn row(&mut self, cells: &[&str]) {
        if self.rows.len() < MAX_ROWS {
            self.rows.push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        }
    }

    /// Takes in the changes of other lockfiles.
    pub fn add(&mut self, other: Changes) {
        self.number += other.number;
        self.lockfiles += other.lockfiles;
        self.rows.extend(other.rows);
        self.rows.truncate(MAX_ROWS);
    }

    /// Shows the table.
    pub fn report(self, record: &mut Record) {
        if self.number == 0 {
            return;
        }
        let columns = vec![
            Column::text("change"),
            Column::code("package"),
            Column::code("before"),
            Column::code("now"),
            Column::code("lockfile"),
        ];
        let more = self.number.saturating_sub(self.rows.len());
        let more = if self.rows.iter().any(|row| row[0] == "new lockfile") { 0 } else { more };
        record.table(Table { columns, rows: self.rows, more });
        record.note(format!(
            "this pull request changes {} in {}",
            count(self.number, "package"),
            count(self.lockfiles, "lockfile")
        ));
    }
}

fn known(lock: &Lock<'_>) -> Unchanged {
    lock.packages.iter().map(|package| (package.name.to_string(), package.version.to_string())).collect()
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Downgraded => "downgraded",
            Kind::Changed => "changed",
            Kind::Removed => "removed",
            Kind::Added => "added",
            Kind::Upgraded => "upgraded",
        }
    }
}
