//! What a command is for: tests, linters, scanners, builds, publishing, deploys. The facts are in
//! `data/commands.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::facts::{self, ByWord};
use crate::workflow::shell::{Simple, Word};
use crate::workflow::shell_words;
use crate::workflow::wrappers::{self, base_name};

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
struct Data<'t> {
    #[serde(borrow)]
    test: Vec<&'t str>,
    lint: Vec<&'t str>,
    types: Vec<&'t str>,
    scan: Vec<&'t str>,
    build: Vec<&'t str>,
    publish: Vec<&'t str>,
    deploy: Vec<&'t str>,
    idle: Vec<&'t str>,
    rehearse: Vec<&'t str>,
}

/// The table.
struct Table {
    /// By the first word of each entry.
    entries: ByWord<Entry>,
    /// The last words of those that publish: few scripts hold one.
    publishing: BTreeSet<&'static str>,
    idle: Vec<&'static str>,
    rehearse: Vec<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let data: Data = facts::table(facts::text!("checks/gates/data/commands"))
        .expect("the table is valid: a test reads it");
    let last = |name: &&'static str| name.rsplit(' ').next().map(|word| word.trim_end_matches('*'));
    let publishing = data.publish.iter().filter_map(last).collect();
    let kinds = [
        (data.test, Kind::Test),
        (data.lint, Kind::Lint),
        (data.types, Kind::Types),
        (data.scan, Kind::Scan),
        (data.build, Kind::Build),
        (data.publish, Kind::Publish),
        (data.deploy, Kind::Deploy),
    ];
    let entries = kinds.into_iter().flat_map(|(names, kind)| {
        names.into_iter().map(move |name| (facts::first_word(name), Entry { name, kind }))
    });
    Table { entries: ByWord::new(entries), publishing, idle: data.idle, rehearse: data.rehearse }
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

    /// True if the command only shows what it would do.
    pub fn is_rehearsal(&self) -> bool {
        is_rehearsal(&self.name, &texts(self.arguments()))
    }
}

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

fn is_rehearsal(name: &str, arguments: &[&str]) -> bool {
    // To others `-n` is a namespace, or notes.
    let short = name.starts_with("cargo ") && arguments.contains(&"-n");
    short || arguments.iter().any(|word| TABLE.rehearse.iter().any(|option| is_option(word, option)))
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
    words(script).any(|word| TABLE.entries.contains(word) || formatters::is_one(word))
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
    let known = match best(first, &texts(words)) {
        Some(entry) => Known { kind: entry.kind, name: entry.called(), words },
        None => {
            let format = formatters::of(words).filter(|format| format.checks)?;
            Known { kind: Kind::FormatCheck, name: format.name.to_owned(), words }
        }
    };
    (!is_idle(&texts(words))).then_some(known)
}

/// The first command of a script that publishes for real, as people call it.
pub(super) fn publishing(script: &str) -> Option<String> {
    if !TABLE.publishing.iter().any(|word| script.contains(word)) {
        return None;
    }
    shell_words::read(script).commands.iter().find_map(|command| {
        let words = command.words.iter().skip(command.behind(wrappers::Kind::ALL));
        let words: Vec<&str> = words.map(|word| word.literal().unwrap_or("$")).collect();
        let (first, arguments) = words.split_first()?;
        let entry = best(base_name(first), &words)?;
        let name = entry.called();
        let real = !is_idle(&words) && !is_rehearsal(&name, arguments);
        (entry.kind == Kind::Publish && real).then_some(name)
    })
}

/// Programs that take several goals at once: `mvn clean verify`.
const GOALS: [&str; 4] = ["mvn", "mvnw", "gradle", "gradlew"];

/// A command of the table.
struct Entry {
    /// Its words.
    name: &'static str,
    kind: Kind,
}

/// The entry of a program that says most of the command.
fn best(program: &str, words: &[&str]) -> Option<&'static Entry> {
    let fitting = TABLE.entries.get(program).filter(|entry| entry.fits(words));
    fitting.max_by_key(|entry| entry.name.split(' ').count())
}

/// True if the command looks at nothing.
fn is_idle(words: &[&str]) -> bool {
    let own = words.split(|word| *word == "--").next().unwrap_or_default();
    own.iter().skip(1).any(|word| TABLE.idle.iter().any(|option| is_option(word, option)))
}

impl Entry {
    /// As people call it.
    fn called(&self) -> String {
        self.name.split(' ').map(|word| word.trim_end_matches('*')).collect::<Vec<_>>().join(" ")
    }

    /// True if its words are the command's first ones, options and toolchains left out, and its options are there.
    fn fits(&self, words: &[&str]) -> bool {
        let rest = words.get(1..).unwrap_or_default();
        let mut own = self.name.split(' ');
        // These take several goals, in any order.
        if own.next().is_some_and(|program| GOALS.contains(&program)) {
            return own.all(|goal| rest.contains(&goal));
        }
        let mut plain = rest.iter().filter(|word| !word.starts_with(['+', '-']));
        own.all(|wanted| {
            if wanted.starts_with('-') {
                return rest.contains(&wanted);
            }
            plain.next().is_some_and(|word| match wanted.strip_suffix('*') {
                Some(prefix) => word.starts_with(prefix),
                None => *word == wanted,
            })
        })
    }
}

/// The words behind `sudo`, `uv run` and the like.
pub(super) fn unwrapped(words: &[Word]) -> &[Word] {
    let text = |at: usize| words.get(at).map(|word| word.text.as_str());
    words.get(wrappers::behind(&text, wrappers::Kind::ALL)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::shell;

    fn kind(script: &str) -> Option<(Kind, String)> {
        let list = shell::parse(script).unwrap();
        let simple = list.items[0].first.commands.last()?.simple()?.clone();
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
            ("./mvnw -B clean verify", Kind::Test, "mvnw verify"),
            ("gradle --no-daemon clean check", Kind::Test, "gradle check"),
            ("docker buildx build -t x --push .", Kind::Publish, "docker buildx build --push"),
            ("docker buildx build -t x .", Kind::Build, "docker buildx build"),
            ("git ls-files -z | xargs -0 shellcheck", Kind::Lint, "shellcheck"),
        ] {
            assert_eq!(kind(script), Some((expected, name.to_owned())), "{script}");
        }
        for script in
            ["pytest --version", "echo pytest", "black .", "cargo test --no-run", "pip install pytest"]
        {
            assert_eq!(kind(script), None, "{script}");
        }
    }
    #[test]
    fn what_publishes_for_real() {
        for (script, expected) in [
            ("make\nsudo docker push x", Some("docker push")),
            ("uvx twine upload dist/*", Some("twine upload")),
            ("gh release create v1 -n notes", Some("gh release create")),
            ("cargo publish --dry-run\ncargo publish -n", None),
            ("echo npm publish # npm publish", None),
            ("goreleaser release --snapshot", None),
        ] {
            assert_eq!(publishing(script).as_deref(), expected, "{script}");
        }
    }
}
