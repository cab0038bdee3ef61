//! The command behind `sudo`, `timeout`, `python -m`, `npx` and the like. The facts are in `data/wrappers.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::facts::{self, ByWord};

/// Nobody wraps more often.
const MAX_WRAPPERS: usize = 6;

/// Kinds of programs that run the command behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `sudo`, `env`, `timeout`: they start it as it is written.
    Starter,
    /// `xargs`: it gets arguments that are not written.
    Feeder,
    /// `python -m`: the module is the program.
    Module,
    /// `npx`, `uv run`: it comes from a package manager, which may be of interest itself.
    Runner,
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Kind] = &[Kind::Starter, Kind::Feeder, Kind::Module, Kind::Runner];
}

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    starters: Named<'t>,
    feeders: Named<'t>,
    modules: Named<'t>,
    runners: Named<'t>,
}

/// Options by the words of the wrapper.
type Named<'t> = BTreeMap<&'t str, Vec<&'t str>>;

/// The words of a wrapper, and its options that take a value.
struct Wrapper {
    kind: Kind,
    words: &'static str,
    options: Vec<&'static str>,
}

/// By the first word, without its `*`; the longer ones first: `uv run` before `uv`.
static TABLE: LazyLock<ByWord<Wrapper>> = LazyLock::new(|| {
    let data: Data =
        facts::table(facts::text!("workflow/data/wrappers")).expect("the table is valid: a test reads it");
    let kinds = [
        (data.starters, Kind::Starter),
        (data.feeders, Kind::Feeder),
        (data.modules, Kind::Module),
        (data.runners, Kind::Runner),
    ];
    let named = |(entries, kind): (Named<'static>, Kind)| {
        entries.into_iter().map(move |(words, options)| Wrapper { kind, words, options })
    };
    let mut wrappers: Vec<Wrapper> = kinds.into_iter().flat_map(named).collect();
    crate::sorted::by_key(&mut wrappers, |wrapper| std::cmp::Reverse(wrapper.words.split(' ').count()));
    let program = |words: &'static str| facts::first_word(words).trim_end_matches('*');
    ByWord::new(wrappers.into_iter().map(|wrapper| (program(wrapper.words), wrapper)))
});

/// The words of a command, by their index: the text of each, as far as it is written out.
pub type Words<'f, 'w> = &'f dyn Fn(usize) -> Option<&'w str>;

/// The index of the word that names what really runs behind wrappers of some kinds; that of a wrapper which nothing
/// stands behind.
pub fn behind(words: Words<'_, '_>, kinds: &[Kind]) -> usize {
    let mut start = 0;
    for _ in 0..MAX_WRAPPERS {
        let Some(first) = words(start).map(base_name) else { break };
        let fits = |wrapper: &&Wrapper| kinds.contains(&wrapper.kind) && wrapper.fits(first, words, start);
        // `python3.12` is that of `python*`.
        let stem = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let mut known = [first, stem].into_iter().flat_map(|name| TABLE.get(name));
        match known.find(fits).and_then(|wrapper| wrapper.wrapped(words, start)) {
            Some(behind) => start = behind,
            None => break,
        }
    }
    start
}

/// The name of a program without its folder: `./node_modules/.bin/eslint` as `eslint`.
pub fn base_name(text: &str) -> &str {
    memchr::memrchr(b'/', text.as_bytes()).map_or(text, |slash| &text[slash + 1..])
}

impl Wrapper {
    fn fits(&self, first: &str, words: Words<'_, '_>, start: usize) -> bool {
        let mut own = self.words.split(' ');
        let program = own.next().unwrap_or_default();
        let same = match program.strip_suffix('*') {
            // `python3.12`, and not `python-config`.
            Some(prefix) => first
                .strip_prefix(prefix)
                .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')),
            None => first == program,
        };
        same && own.enumerate().all(|(at, wanted)| words(start + 1 + at) == Some(wanted))
    }

    /// The first word that is none of the wrapper's own.
    fn wrapped(&self, words: Words<'_, '_>, start: usize) -> Option<usize> {
        let mut at = start + self.words.split(' ').count();
        while let Some(word) = words(at) {
            if self.options.iter().any(|option| option.strip_prefix('!') == Some(word)) {
                return None;
            }
            if !word.starts_with('-') && !is_assignment(word) {
                break;
            }
            at += if self.options.contains(&word) { 2 } else { 1 };
            if word == "--" {
                break;
            }
        }
        at += usize::from(self.options.contains(&"#"));
        words(at).map(|_| at)
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(command: &str, kinds: &[Kind]) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        words[behind(&|at| words.get(at).copied(), kinds)..].join(" ")
    }

    #[test]
    fn what_really_runs() {
        for (command, expected) in [
            ("sudo make install", "make install"),
            ("sudo -E -u root /usr/bin/env A=b make", "make"),
            ("timeout -k 5 10m make", "make"),
            ("time -p nice -n 10 make", "make"),
            ("flock -w 10 /tmp/lock make", "make"),
            ("command -v make", "command -v make"),
            ("sudo", "sudo"),
            ("env", "env"),
            ("make sudo x", "make sudo x"),
        ] {
            assert_eq!(inner(command, &[Kind::Starter]), expected, "{command}");
        }
    }

    #[test]
    fn only_the_kinds_that_are_asked_for() {
        let command = "sudo uv run python3.12 -m pytest -q";
        assert_eq!(inner(command, &[Kind::Starter, Kind::Module]), "uv run python3.12 -m pytest -q");
        assert_eq!(inner(command, Kind::ALL), "pytest -q");
        let command = "xargs -0 -n1 -P 4 sudo shellcheck -x";
        assert_eq!(inner(command, &[Kind::Starter]), command);
        assert_eq!(inner(command, &[Kind::Starter, Kind::Feeder]), "shellcheck -x");
        assert_eq!(inner("python -m pip install x", &[Kind::Module]), "pip install x");
        assert_eq!(inner("python -m pip install x", &[Kind::Starter]), "python -m pip install x");
        assert_eq!(inner("python-config -m x", Kind::ALL), "python-config -m x");
    }
}
