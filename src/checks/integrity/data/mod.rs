//! Facts that change: tables in text files beside this one, each with its day and its sources.
//!
//! A table is lines of columns, which space separates; the last column may hold spaces. Lines with `#` come first and
//! are comments, among them `# date: YYYY-MM-DD`, the day on which the facts were looked up. The others stand in the
//! order of their first column, so that one is found without reading them all.

use std::cmp::Ordering;
use std::sync::LazyLock;

use jiff::civil::Date;

/// Days after which a table is old enough to be said so.
const OLD: i32 = 180;

/// A table.
pub(super) struct Table {
    /// What it holds, for the reader.
    pub name: &'static str,
    /// Day of the facts.
    pub date: Date,
    text: &'static str,
}

impl Table {
    /// The lines as columns. A line with fewer columns is left out.
    pub fn rows<const N: usize>(&self) -> impl Iterator<Item = [&'static str; N]> {
        rows(self.text)
    }

    /// The rows with this name in their first column.
    pub fn named<const N: usize>(&self, name: &str) -> impl Iterator<Item = [&'static str; N]> {
        self.from(name).lines().take_while(move |line| order(line, name).is_eq()).filter_map(row)
    }

    /// The rows with a name that begins like this.
    pub fn begun<const N: usize>(&self, start: &str) -> impl Iterator<Item = [&'static str; N]> {
        self.from(start).lines().take_while(move |line| line.starts_with(start)).filter_map(row)
    }

    /// True if a row has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.named::<1>(name).next().is_some()
    }

    /// The text from the first row on that does not stand before the name.
    fn from(&self, name: &str) -> &'static str {
        let text = self.text.as_bytes();
        let (mut start, mut end) = (0, text.len());
        while start < end {
            let middle = start.midpoint(end);
            let line = start + memchr::memrchr(b'\n', &text[start..middle]).map_or(0, |at| at + 1);
            match order(&self.text[line..], name).is_lt() {
                true => start = memchr::memchr(b'\n', &text[middle..end]).map_or(end, |at| middle + at + 1),
                false => end = line,
            }
        }
        &self.text[start..]
    }
}

/// How the name of a row stands to another one. Space stands before everything that names are made of.
fn order(row: &str, name: &str) -> Ordering {
    let (row, name) = (row.as_bytes(), name.as_bytes());
    let (start, rest) = row.split_at(name.len().min(row.len()));
    let is_longer = || rest.first().is_some_and(|byte| !byte.is_ascii_whitespace());
    start.cmp(name).then_with(|| if is_longer() { Ordering::Greater } else { Ordering::Equal })
}

fn first_word(text: &str) -> &str {
    let end = text.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(text.len());
    &text[..end]
}

fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().filter_map(row)
}

fn row<const N: usize>(line: &'static str) -> Option<[&'static str; N]> {
    let mut rest = line.trim_ascii();
    if rest.starts_with('#') {
        return None;
    }
    let mut columns = [""; N];
    let (last, others) = columns.split_last_mut()?;
    for column in others {
        let word = first_word(rest);
        (*column, rest) = (word, rest[word.len()..].trim_ascii_start());
    }
    *last = rest;
    (!rest.is_empty()).then_some(columns)
}

fn table(name: &'static str, text: &'static str) -> Table {
    let day = text.lines().find_map(|line| line.strip_prefix("# date:"));
    let date = day.and_then(|day| day.trim().parse().ok()).unwrap_or(Date::ZERO);
    Table { name, date, text }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident = $file:literal, $name:literal;)*) => {
        $($(#[$doc])* pub(super) static $table: LazyLock<Table> =
            LazyLock::new(|| table($name, include_str!($file)));)*
        /// All tables.
        pub(super) static ALL: &[&LazyLock<Table>] = &[$(&$table),*];
    };
}

tables! {
    /// Access path, kind, writer, events or `-`.
    SOURCES = "sources.txt", "what outsiders write";
    /// Action, input, language.
    CODE_INPUTS = "code-inputs.txt", "inputs that are run as code";
    /// Action, output, kind, condition or `-`.
    TAINTED_OUTPUTS = "tainted-outputs.txt", "outputs that outsiders write";
    /// Repository, what stands in for it or `-`.
    ARCHIVED_ACTIONS = "archived-actions.txt", "archived actions";
    /// Action, first version, version that mends it, advisory, severity, what it lets others do.
    VULNERABLE_ACTIONS = "vulnerable-actions.txt", "vulnerable versions of actions";
    /// Repository.
    POPULAR_ACTIONS = "popular-actions.txt", "popular actions";
    /// Action, scopes that it needs, scopes that it may use; `-` or `*`.
    ACTION_PERMISSIONS = "action-permissions.txt", "what actions do with the token";
    /// Action or `=`, version numbers, inputs or how they differ from the line before.
    ACTION_INPUTS = "action-inputs.txt", "inputs of actions";
    /// Action, outputs.
    ACTION_OUTPUTS = "action-outputs.txt", "outputs of actions";
    /// Action, last version number, its Node, first version number without or `-`.
    ACTION_RUNTIMES = "action-runtimes.txt", "what actions are written for";
    /// Label, the one after it.
    RETIRED_RUNNERS = "retired-runners.txt", "runners that are gone";
    /// Label.
    HOSTED_RUNNERS = "hosted-runners.txt", "runners that GitHub hosts";
}

/// A line for the reader if some tables are old: facts may have changed since.
pub(super) fn old(today: Date) -> Option<String> {
    let age = |table: &Table| (today - table.date).get_days();
    let old: Vec<&Table> = ALL.iter().map(|table| &***table).filter(|table| age(table) > OLD).collect();
    let oldest = old.iter().map(|table| table.date).min()?;
    let names: Vec<&str> = old.iter().map(|table| table.name).collect();
    Some(format!(
        "facts more than {OLD} days old (the oldest of {oldest}): {}; a newer ci-guard may know better",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_day_sources_and_rows() {
        for table in ALL {
            assert!(table.date > Date::ZERO, "{} has no date", table.name);
            assert!(table.text.contains("# source:"), "{} has no source", table.name);
            assert!(table.rows::<1>().count() > 0, "{} is empty", table.name);
        }
    }

    #[test]
    fn rows_stand_in_the_order_of_their_names_and_are_found_by_them() {
        for table in ALL {
            let mut comments = table.text.lines().skip_while(|line| line.starts_with('#'));
            assert!(comments.all(|line| !line.starts_with('#')), "{}", table.name);
            let rows = table.text.lines().map(|line| [first_word(line), line]);
            let rows: Vec<[&str; 2]> = rows.filter(|[name, _]| *name != "#").collect();
            assert!(rows.is_sorted_by_key(|[name, _]| *name), "{}", table.name);
            for [name, _] in &rows {
                assert_eq!(*name, name.to_lowercase(), "{}", table.name);
                let same = rows.iter().filter(|[other, _]| other == name).count();
                assert_eq!(table.named::<1>(name).count(), same, "{}: {name}", table.name);
                let start = &name[..name.len() / 2];
                let alike = rows.iter().filter(|[other, _]| other.starts_with(start)).count();
                assert_eq!(table.begun::<1>(start).count(), alike, "{}: {start}", table.name);
            }
            for nobody in ["", "#", "0", "nobody/knows", "~"] {
                assert!(!table.contains(nobody), "{}: {nobody}", table.name);
            }
        }
    }

    #[test]
    fn columns() {
        let found: Vec<[&str; 3]> = rows("# c\na  b\tc d \n\ne f\n").collect();
        assert_eq!(found, [["a", "b", "c d"]]);
    }

    #[test]
    fn age_is_said_after_half_a_year() {
        let newest = ALL.iter().map(|table| table.date).max().unwrap();
        assert_eq!(old(newest.checked_add(jiff::Span::new().days(1)).unwrap()), None);
        let later = old(newest.checked_add(jiff::Span::new().days(400)).unwrap()).unwrap();
        assert!(later.contains("what outsiders write"), "{later}");
    }
}
