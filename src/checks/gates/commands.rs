//! What a command is for: tests, linters, scanners, builds, publishing, deploys. The facts are in
//! `data/commands.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::workflow::shell::{Simple, Word};

use super::formatters;

/// What a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Test,
    Lint,
    Types,
    Scan,
    /// A formatter that compares and changes nothing.
    FormatCheck,
    Build,
    Publish,
    Deploy,
}

impl Kind {
    /// True if the command is there to fail.
    pub fn is_check(self) -> bool {
        matches!(self, Kind::Test | Kind::Lint | Kind::Types | Kind::Scan | Kind::FormatCheck)
    }

    /// What fails, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Test => "tests",
            Kind::Lint => "linting",
            Kind::Types => "type checks",
            Kind::Scan => "the scan",
            Kind::FormatCheck => "the check of the format",
            Kind::Build => "the build",
            Kind::Publish => "publishing",
            Kind::Deploy => "the deploy",
        }
    }
}

#[derive(Deserialize)]
struct Data {
    test: Vec<String>,
    lint: Vec<String>,
    types: Vec<String>,
    scan: Vec<String>,
    build: Vec<String>,
    publish: Vec<String>,
    deploy: Vec<String>,
    idle: Vec<String>,
    wrappers: BTreeMap<String, Vec<String>>,
}

/// The words of a wrapper, and its options that take a value.
type Wrapper = (Vec<String>, Vec<String>);

/// The table, by the first word of each entry.
struct Table {
    entries: BTreeMap<String, Vec<(Vec<String>, Kind)>>,
    idle: Vec<String>,
    /// By the first word, longer ones first.
    wrappers: BTreeMap<String, Vec<Wrapper>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let data: Data =
        crate::facts::table(include_str!("data/commands.toml")).expect("the table is valid: a test reads it");
    let kinds = [
        (data.test, Kind::Test),
        (data.lint, Kind::Lint),
        (data.types, Kind::Types),
        (data.scan, Kind::Scan),
        (data.build, Kind::Build),
        (data.publish, Kind::Publish),
        (data.deploy, Kind::Deploy),
    ];
    let mut entries: BTreeMap<String, Vec<(Vec<String>, Kind)>> = BTreeMap::new();
    for (names, kind) in kinds {
        for name in names {
            let words: Vec<String> = name.split(' ').map(str::to_owned).collect();
            if let Some(first) = words.first() {
                entries.entry(first.clone()).or_default().push((words, kind));
            }
        }
    }
    let mut wrappers: BTreeMap<String, Vec<Wrapper>> = BTreeMap::new();
    for (name, values) in data.wrappers {
        let words: Vec<String> = name.split(' ').map(str::to_owned).collect();
        if let Some(first) = words.first() {
            wrappers.entry(first.clone()).or_default().push((words, values));
        }
    }
    wrappers
        .values_mut()
        .for_each(|own| crate::sorted::by_key(own, |(words, _)| std::cmp::Reverse(words.len())));
    Table { entries, idle: data.idle, wrappers }
});

/// A command that is known.
#[derive(Clone, Debug)]
pub(super) struct Known<'c> {
    pub kind: Kind,
    /// As people call it: `cargo test`, `pytest`.
    pub name: String,
    /// The words behind the wrappers, the command's own name first.
    pub words: &'c [Word],
}

impl<'c> Known<'c> {
    /// The words behind the name.
    pub fn arguments(&self) -> &'c [Word] {
        self.words.get(1..).unwrap_or_default()
    }

    /// True if one of these options is among the arguments, alone or with a value.
    pub fn has(&self, options: &[&str]) -> bool {
        has_option(self.arguments(), options)
    }
}

/// True if one of these options is among the words: `--option`, `--option=value`.
pub(super) fn has_option(words: &[Word], options: &[&str]) -> bool {
    words.iter().any(|word| options.iter().any(|option| is_option(&word.text, option)))
}

fn is_option(word: &str, option: &str) -> bool {
    word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
}

/// The value of an option: `--option value` or `--option=value`, of short ones also `-ovalue`.
pub(super) fn option_value<'c>(words: &'c [Word], options: &[&str]) -> Option<(&'c Word, String)> {
    for (index, word) in words.iter().enumerate() {
        for option in options {
            let text = word.text.as_str();
            if text == *option {
                return words.get(index + 1).map(|value| (value, value.text.clone()));
            }
            if let Some(rest) = text.strip_prefix(option) {
                if let Some(value) = rest.strip_prefix(['=', ':']) {
                    return Some((word, value.to_owned()));
                }
                let short = option.len() == 2 && option.starts_with('-') && !option.starts_with("--");
                if short && !rest.is_empty() && !rest.starts_with('-') {
                    return Some((word, rest.to_owned()));
                }
            }
        }
    }
    None
}

/// True if a script may hold a known command: most hold none, and need not be parsed.
pub(super) fn occur_in(script: &str) -> bool {
    words(script).any(|word| TABLE.entries.contains_key(word) || formatters::is_one(word))
}

/// Everything in a script that may be the name of a program.
pub(super) fn words(script: &str) -> impl Iterator<Item = &str> {
    let parts = script.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')));
    parts.map(base_name).filter(|word| !word.is_empty())
}

/// What a command is for, if it is known.
pub(super) fn known(command: &Simple) -> Option<Known<'_>> {
    let words = unwrapped(&command.words);
    let first = base_name(&words.first()?.text);
    let entries = TABLE.entries.get(first);
    let best = entries
        .into_iter()
        .flatten()
        .filter(|(entry, _)| fits(entry, words))
        .max_by_key(|(entry, _)| entry.len());
    let known = match best {
        Some((entry, kind)) => {
            let name = entry.iter().map(|word| word.trim_end_matches('*')).collect::<Vec<_>>().join(" ");
            Known { kind: *kind, name, words }
        }
        None => {
            let format = formatters::of(words).filter(|format| format.checks)?;
            Known { kind: Kind::FormatCheck, name: format.name, words }
        }
    };
    let idle: Vec<&str> = TABLE.idle.iter().map(String::as_str).collect();
    let before_dashes = words.split(|word| word.text == "--").next().unwrap_or_default();
    (!has_option(before_dashes.get(1..).unwrap_or_default(), &idle)).then_some(known)
}

/// True if the entry's words are the command's first ones, options and toolchains left out.
fn fits(entry: &[String], words: &[Word]) -> bool {
    let mut plain = words.iter().skip(1).filter(|word| !word.text.starts_with('+'));
    entry.iter().skip(1).all(|wanted| {
        let is_option = wanted.starts_with('-');
        let next = plain.find(|word| is_option || !word.text.starts_with('-'));
        next.is_some_and(|word| match wanted.strip_suffix('*') {
            Some(prefix) => word.text.starts_with(prefix),
            None => word.text == *wanted,
        })
    })
}

/// The words behind `sudo`, `uv run` and the like.
pub(super) fn unwrapped(words: &[Word]) -> &[Word] {
    /// Nobody wraps more often.
    const MAX_WRAPPERS: usize = 6;
    let mut rest = words;
    for _ in 0..MAX_WRAPPERS {
        let own = rest.first().and_then(|first| TABLE.wrappers.get(base_name(&first.text)));
        let wrapper = own.and_then(|own| own.iter().find(|(wrapper, _)| starts_with(rest, wrapper)));
        let Some((wrapper, values)) = wrapper else { return rest };
        let mut at = wrapper.len();
        if values.iter().any(|value| value == "#") {
            // Options first, then a value of its own: the seconds of `timeout`.
            at = skip_options(rest, at, values) + 1;
        } else {
            at = skip_options(rest, at, values);
        }
        match rest.get(at..) {
            Some(behind) if !behind.is_empty() => rest = behind,
            _ => return rest,
        }
    }
    rest
}

fn skip_options(words: &[Word], mut at: usize, values: &[String]) -> usize {
    while let Some(word) = words.get(at) {
        let is_assignment = word.text.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        if !word.text.starts_with('-') && !is_assignment {
            break;
        }
        at += if values.contains(&word.text) { 2 } else { 1 };
        if word.text == "--" {
            break;
        }
    }
    at
}

fn starts_with(words: &[Word], wrapper: &[String]) -> bool {
    words.len() >= wrapper.len()
        && wrapper.iter().zip(words).enumerate().all(|(index, (wanted, word))| {
            if index == 0 { base_name(&word.text) == wanted } else { word.text == *wanted }
        })
}

/// `./node_modules/.bin/eslint` as `eslint`.
pub(super) fn base_name(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::shell;

    fn kind(script: &str) -> Option<(Kind, String)> {
        let list = shell::parse(script).unwrap();
        let simple = list.items[0].first.commands[0].simple().unwrap().clone();
        known(&simple).map(|known| (known.kind, known.name))
    }

    #[test]
    fn commands_are_known_behind_their_wrappers() {
        for (script, expected, name) in [
            ("pytest -q tests", Kind::Test, "pytest"),
            ("sudo -u x env A=b timeout -k 5 10m python -m pytest", Kind::Test, "pytest"),
            ("uv run --extra dev pytest", Kind::Test, "pytest"),
            ("cargo +nightly test --all", Kind::Test, "cargo test"),
            ("npm run test:unit -- --ci", Kind::Test, "npm run test"),
            ("./node_modules/.bin/eslint .", Kind::Lint, "eslint"),
            ("black --check .", Kind::FormatCheck, "black"),
            ("black \\\n  --check \\\n  src", Kind::FormatCheck, "black"),
            ("sudo \\\n\tpytest", Kind::Test, "pytest"),
            ("cargo fmt -- --check", Kind::FormatCheck, "cargo fmt"),
            ("docker push x", Kind::Publish, "docker push"),
        ] {
            assert_eq!(kind(script), Some((expected, name.to_owned())), "{script}");
        }
        for script in
            ["pytest --version", "echo pytest", "black .", "cargo test --no-run", "pip install pytest"]
        {
            assert_eq!(kind(script), None, "{script}");
        }
    }
}
