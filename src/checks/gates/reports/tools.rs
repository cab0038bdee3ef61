//! Which reports a step writes, as far as its tools are known. The facts are in `data/reports.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::facts;
use crate::workflow::shell::Command;
use crate::workflow::wrappers::base_name;

use super::super::actions;
use super::super::commands::{self, Kind, option_value, unwrapped};
use super::super::jobs::{JobFacts, StepFacts};
use super::paths;

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    silent: Vec<&'t str>,
    quiet: Vec<&'t str>,
    command: Vec<Tool<'t>>,
    action: Vec<Action<'t>>,
}

#[derive(Deserialize)]
struct Tool<'t> {
    name: &'t str,
    options: Vec<&'t str>,
    default: Option<&'t str>,
    when: Option<&'t str>,
}

#[derive(Deserialize)]
struct Action<'t> {
    names: Vec<&'t str>,
    input: &'t str,
    option: Option<&'t str>,
    default: Option<&'t str>,
}

static TABLE: LazyLock<Data<'static>> = LazyLock::new(|| {
    facts::table(facts::text!("checks/gates/data/reports")).expect("the table is valid: a test reads it")
});

/// What a step writes.
#[derive(Default)]
pub(super) struct Writes {
    /// Paths from the workspace.
    pub files: Vec<String>,
    /// True if nothing else can come of the step.
    pub complete: bool,
    /// The same as far as SARIF goes, which tests and formatters never write.
    pub complete_of_sarif: bool,
}

impl Writes {
    fn nothing() -> Writes {
        Writes { files: Vec::new(), complete: true, complete_of_sarif: true }
    }

    fn unknown(&mut self) {
        self.complete = false;
        self.complete_of_sarif = false;
    }
}

/// What a step writes.
pub(super) fn writes(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>) -> Writes {
    match (&step.step.script, step.step.step.uses()) {
        (Some(_), _) => of_script(job, step),
        (None, Some(uses)) => of_action(step, uses.text().unwrap_or_default()),
        (None, None) => Writes::nothing(),
    }
}

fn of_action(step: &StepFacts<'_, '_>, uses: &str) -> Writes {
    let slug = actions::slug(uses);
    let named = |names: &[&str]| names.iter().any(|name| actions::names(name, slug));
    if named(&TABLE.silent) {
        return Writes::nothing();
    }
    let Some(entry) = TABLE.action.iter().find(|entry| named(&entry.names)) else { return Writes::default() };
    let input = step.step.step.input(entry.input).and_then(|node| node.text());
    let value = match (&entry.option, input) {
        (None, input) => input.map(str::to_owned),
        (Some(option), Some(arguments)) => value_in(arguments, option),
        (Some(_), None) => None,
    };
    let opaque = input.is_some_and(|text| entry.option.is_some() && text.contains("${{"));
    let file = value.or_else(|| entry.default.map(str::to_owned));
    let files = file.iter().filter_map(|file| paths::normal("", file)).collect();
    Writes { files, complete: !opaque, complete_of_sarif: !opaque }
}

/// `--option=value` or `--option value` in a line of arguments.
fn value_in(arguments: &str, option: &str) -> Option<String> {
    let mut words = arguments.split_whitespace();
    while let Some(word) = words.next() {
        if word == option {
            return words.next().map(str::to_owned);
        }
        if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

fn of_script(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>) -> Writes {
    let script = step.step.script.as_ref();
    let Some(list) = script.and_then(|script| script.list()) else { return Writes::default() };
    let folder = paths::folder(job, step);
    let mut writes = Writes::nothing();
    let mut moved = false;
    list.walk(&mut |command| {
        let Some(simple) = command.simple() else { return };
        moved |= matches!(simple.name(), Some("cd" | "pushd" | "source" | "."));
        let mut add = |path: &str| match folder.as_deref().and_then(|folder| paths::normal(folder, path)) {
            Some(path) => writes.files.push(path),
            None => writes.unknown(),
        };
        redirected(command, &mut add);
        if simple.words.is_empty() {
            return;
        }
        match commands::known(simple) {
            Some(known) => {
                let entries: Vec<&Tool> =
                    TABLE.command.iter().filter(|tool| tool.name == known.name).collect();
                for tool in &entries {
                    for path in of_tool(tool, known.arguments()) {
                        add(&path);
                    }
                }
                let complete = !entries.is_empty() && known.kind != Kind::Test;
                writes.complete &= complete;
                writes.complete_of_sarif &=
                    complete || matches!(known.kind, Kind::Test | Kind::Types | Kind::FormatCheck);
            }
            None if is_quiet(command) => {}
            None => writes.unknown(),
        }
    });
    if moved {
        // Where the script is by then is not known.
        writes.unknown();
        writes.files.clear();
    }
    writes
}

fn redirected(command: &Command, add: &mut dyn FnMut(&str)) {
    for redirect in command.redirects.iter().filter(|redirect| redirect.writes()) {
        add(&redirect.target.text);
    }
    let simple = command.simple();
    if simple.and_then(|simple| simple.name()) == Some("tee") {
        let files = simple.map(|simple| simple.arguments()).unwrap_or_default();
        files.iter().filter(|word| !word.text.starts_with('-')).for_each(|word| add(&word.text));
    }
}

fn of_tool(tool: &Tool, arguments: &[crate::workflow::shell::Word]) -> Vec<String> {
    if let Some(when) = &tool.when {
        // `--cov-report=xml:file`, `--cov-report xml:file`
        let (option, format) = when.split_once('=').unwrap_or((when, ""));
        let values = arguments.iter().enumerate().filter_map(|(index, word)| {
            let own = word.text.strip_prefix(option)?;
            match own.strip_prefix('=') {
                Some(value) => Some(value.to_owned()),
                None if own.is_empty() => arguments.get(index + 1).map(|next| next.text.clone()),
                None => None,
            }
        });
        return values
            .filter_map(|value| {
                let rest = value.strip_prefix(format)?;
                rest.strip_prefix(':')
                    .map(str::to_owned)
                    .or_else(|| tool.default.filter(|_| rest.is_empty()).map(str::to_owned))
            })
            .collect();
    }
    option_value(arguments, &tool.options)
        .map(|(_, value)| value)
        .or_else(|| tool.default.map(str::to_owned))
        .into_iter()
        .collect()
}

fn is_quiet(command: &Command) -> bool {
    let Some(simple) = command.simple() else { return true };
    let words = unwrapped(&simple.words);
    let Some(first) = words.first() else { return true };
    let second = words.get(1).map(|word| word.text.as_str()).unwrap_or_default();
    let first = base_name(&first.text);
    let asks = matches!(second, "--version" | "-V" | "--help");
    asks || TABLE.quiet.iter().any(|entry| match entry.split_once(' ') {
        Some(words) => words == (first, second),
        None => *entry == first,
    })
}
