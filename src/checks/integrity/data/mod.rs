//! Facts that change: tables in text files beside this one, each with its day and its sources.
//!
//! A table is lines of columns, which space separates; the last column may hold spaces. Lines with `#` are comments,
//! among them `# date: YYYY-MM-DD`, the day on which the facts were looked up.

use std::collections::HashMap;
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
}

/// The rows of a table by their first column, which is in lower case. Most runs ask for a few of them: only those are
/// taken apart.
pub(super) struct Index<const N: usize> {
    /// The text from the first row on that begins with the name. Those with the same name follow it.
    by_name: HashMap<&'static str, &'static str>,
}

impl<const N: usize> Index<N> {
    pub fn new(table: &Table) -> Self {
        let mut by_name = HashMap::new();
        let mut text = table.text;
        while !text.is_empty() {
            by_name.entry(first_word(text)).or_insert(text);
            text = text.split_once('\n').map_or("", |(_, rest)| rest);
        }
        Index { by_name }
    }

    /// The rows with this name.
    pub fn get(&self, name: &str) -> impl Iterator<Item = [&'static str; N]> + use<N> {
        let found = self.by_name.get_key_value(name).map(|(&name, &text)| {
            let lines = text.lines().take_while(move |line| first_word(line) == name);
            lines.filter_map(row)
        });
        found.into_iter().flatten()
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).next().is_some()
    }
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
    fn names_of_an_index_are_in_lower_case_and_together() {
        for table in [
            &CODE_INPUTS,
            &TAINTED_OUTPUTS,
            &ARCHIVED_ACTIONS,
            &VULNERABLE_ACTIONS,
            &ACTION_PERMISSIONS,
            &ACTION_RUNTIMES,
            &RETIRED_RUNNERS,
            &HOSTED_RUNNERS,
        ] {
            let mut names: Vec<&str> = table.rows::<1>().map(|[row]| first_word(row)).collect();
            names.dedup();
            let index = Index::<1>::new(table);
            for name in &names {
                assert_eq!(*name, name.to_lowercase(), "{}", table.name);
                assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{}: {name}", table.name);
                assert!(index.contains(name), "{}: {name}", table.name);
            }
            assert!(!index.contains("") && !index.contains("#"), "{}", table.name);
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
