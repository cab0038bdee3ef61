//! Formatters: which options make them compare instead of rewrite. The facts are in `data/formatters.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::workflow::shell::Word;
use crate::workflow::wrappers::base_name;

use super::commands::has_option;

#[derive(Deserialize)]
struct Data {
    formatter: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    /// With one of them it compares.
    #[serde(default)]
    check: Vec<String>,
    /// Without one of them it compares, or prints.
    #[serde(default)]
    write: Vec<String>,
    /// What to add.
    fix: String,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let data: Data = crate::facts::table(crate::facts::text!("checks/gates/data/formatters"))
        .expect("the table is valid: a test reads it");
    data.formatter
});

/// A formatter that is called.
pub(super) struct Call {
    pub name: String,
    /// True if it changes nothing.
    pub checks: bool,
    /// The option that makes it compare.
    pub fix: &'static str,
}

/// True for the first word of a formatter.
pub(super) fn is_one(word: &str) -> bool {
    static FIRST_WORDS: LazyLock<BTreeSet<&str>> =
        LazyLock::new(|| TABLE.iter().filter_map(|entry| entry.name.split(' ').next()).collect());
    FIRST_WORDS.contains(word)
}

/// The formatter that these words call.
pub(super) fn of(words: &[Word]) -> Option<Call> {
    let first = base_name(&words.first()?.text);
    let entry = TABLE.iter().find(|entry| {
        let mut wanted = entry.name.split(' ');
        let same = wanted.next() == Some(first);
        let second =
            words.iter().skip(1).find(|word| !word.text.starts_with('+')).map(|word| word.text.as_str());
        same && wanted.next().is_none_or(|wanted| second == Some(wanted))
    })?;
    let has = |options: &[String]| has_option(words, &options.iter().map(String::as_str).collect::<Vec<_>>());
    let checks = if entry.write.is_empty() { has(&entry.check) } else { !has(&entry.write) };
    Some(Call { name: entry.name.clone(), checks, fix: &entry.fix })
}
