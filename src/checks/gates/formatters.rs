//! Formatters: which options make them compare instead of rewrite. The facts are in `data/formatters.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::facts::{self, ByWord};
use crate::workflow::shell::Word;
use crate::workflow::wrappers::base_name;

use super::commands::has_option;

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    formatter: Vec<Entry<'t>>,
}

#[derive(Deserialize)]
struct Entry<'t> {
    name: &'t str,
    /// With one of them it compares.
    #[serde(default)]
    check: Vec<&'t str>,
    /// Without one of them it compares, or prints.
    #[serde(default)]
    write: Vec<&'t str>,
    /// What to add.
    fix: &'t str,
}

/// By the first word of each name.
static TABLE: LazyLock<ByWord<Entry<'static>>> = LazyLock::new(|| {
    let data: Data = facts::table(facts::text!("checks/gates/data/formatters"))
        .expect("the table is valid: a test reads it");
    ByWord::new(data.formatter.into_iter().map(|entry| (facts::first_word(entry.name), entry)))
});

/// A formatter that is called.
pub(super) struct Call {
    pub name: &'static str,
    /// True if it changes nothing.
    pub checks: bool,
    /// The option that makes it compare.
    pub fix: &'static str,
}

/// True for the first word of a formatter.
pub(super) fn is_one(word: &str) -> bool {
    TABLE.contains(word)
}

/// The formatter that these words call.
pub(super) fn of(words: &[Word]) -> Option<Call> {
    let first = base_name(&words.first()?.text);
    let entry = TABLE.get(first).find(|entry| {
        let second =
            words.iter().skip(1).find(|word| !word.text.starts_with('+')).map(|word| word.text.as_str());
        entry.name.split(' ').nth(1).is_none_or(|wanted| second == Some(wanted))
    })?;
    let checks = if entry.write.is_empty() {
        has_option(words, &entry.check)
    } else {
        !has_option(words, &entry.write)
    };
    Some(Call { name: entry.name, checks, fix: entry.fix })
}
