//! The rule about installs that do not keep to the lockfile.

use std::collections::BTreeSet;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::library::File;
use crate::workflow::model::{Job, Step};
use crate::workflow::scalar_text;
use crate::workflow::shell::{self, Join, List, Simple};

use super::super::paths;
use super::commands::{Meaning, meaning};
use super::variable;

/// An install that may take something else than the lockfile says.
pub static UNLOCKED_INSTALL: Rule = Rule {
    id: "lockfile/unlocked-install",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an install in the pipeline does not keep to the lockfile",
    docs: include_str!("unlocked-install.md"),
    allow: None,
};

/// Programs that start another one and change nothing else.
const WRAPPERS: [&str; 7] = ["sudo", "env", "time", "command", "exec", "nice", "corepack"];

/// Looks at the scripts of a job.
pub fn judge(file: &File<'_>, job: &Job<'_>, checkout: &Checkout, lockfiles: &[&str], record: &mut Record) {
    // Another repository that is checked out has lockfiles of its own.
    let foreign = |step: &Step<'_>| step.is_action("actions/checkout") && step.input("repository").is_some();
    if job.steps.iter().any(foreign) {
        return;
    }
    // After a command that fails where the lockfile does not fit, the others find one that does.
    let mut settled: BTreeSet<&'static str> = BTreeSet::new();
    for step in &job.steps {
        // The action sets `deployment` for what comes after it.
        if step.is_action("ruby/setup-ruby")
            && step.input("bundler-cache").is_some_and(|node| node.as_bool() == Some(true))
        {
            settled.insert("bundler");
        }
        let Some((node, text)) = step.run().and_then(|node| Some((node, node.text()?))) else { continue };
        if !shell::shell_of(&file.workflow, job, step).kind.is_posix() {
            continue;
        }
        let Some(mut folder) = working_directory(file, job, *step) else { continue };
        let Ok(list) = shell::parse(text) else { continue };
        for (simple, range) in commands(&list) {
            let words = literal_words(simple);
            if let ["cd" | "pushd" | "popd", rest @ ..] = words.as_slice() {
                match rest {
                    [target] if words[0] == "cd" => match paths::join(&folder, target) {
                        Some(inside) => folder = inside,
                        None => break,
                    },
                    _ => break,
                }
                continue;
            }
            let set = |name: &str| {
                let (name, wanted) =
                    name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
                let own = simple
                    .assignments
                    .iter()
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value.text.as_str());
                let value = own.or_else(|| variable(name, file, job, Some(*step)));
                match wanted {
                    Some(wanted) => value == Some(wanted),
                    None => value.is_some_and(|value| !matches!(value, "" | "0" | "false" | "no")),
                }
            };
            let lock_of = |names: &[&str]| {
                paths::ancestors(&folder)
                    .flat_map(|above| names.iter().map(move |name| paths::file_in(above, name)))
                    .find(|path| lockfiles.contains(&path.as_str()))
            };
            let classic = || {
                let source = lock_of(&["yarn.lock"]).and_then(|path| checkout.read(&path).ok());
                source.is_some_and(|source| {
                    source.text().lines().take(5).any(|line| line.contains("yarn lockfile v1"))
                })
            };
            let is_yarn = words.first() == Some(&"yarn");
            match meaning(&words, &set, is_yarn && classic()) {
                Meaning::None => {}
                Meaning::Locked(tool) => drop(settled.insert(tool)),
                Meaning::Unlocked(install) => {
                    let Some(lock) = lock_of(install.locks) else { continue };
                    if !settled.insert(install.tool) {
                        continue;
                    }
                    let place = file.source.at(scalar_text::source_range(file.source, node, range));
                    let shown = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
                    let message = format!(
                        "`{shown}` {}, so it may install what nobody reviewed in `{lock}`",
                        install.does
                    );
                    record.push(
                        Finding::new(&UNLOCKED_INSTALL, place, message)
                            .severity(install.severity)
                            .help(format!("write {}", install.instead))
                            .subject(format!("{} {}", job.id, install.tool)),
                    );
                }
            }
        }
    }
}

/// The folder that a step runs in, relative to the repository; nothing if it is not known.
fn working_directory(file: &File<'_>, job: &Job<'_>, step: Step<'_>) -> Option<String> {
    let defaults = ["defaults", "run", "working-directory"];
    let named = step
        .node
        .get("working-directory")
        .or_else(|| job.node.at(&defaults))
        .or_else(|| file.workflow.root.at(&defaults));
    let text = named.and_then(|node| node.text()).unwrap_or_default();
    if text.contains("${{") {
        return None;
    }
    paths::join("", text)
}

/// The simple commands that run in the script's own folder, in order.
fn commands(list: &List) -> Vec<(&Simple, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    list.walk(&mut |command| {
        if let Some(simple) = command.simple() {
            found.push((simple, command.range.clone()));
        }
    });
    // `a || b`: what stands behind is for when the first failed, and often the unlocked way on purpose.
    let fallback = |item: &shell::Item| {
        item.rest.iter().filter(|(join, _)| *join == Join::Or).map(|(_, own)| own.range()).collect::<Vec<_>>()
    };
    let behind: Vec<_> = list.items.iter().flat_map(fallback).collect();
    found.retain(|(_, range)| {
        !behind.iter().any(|other| other.start <= range.start && range.end <= other.end)
    });
    found
}

/// The words up to the first that is no literal, without wrappers, in their plain form.
fn literal_words(simple: &Simple) -> Vec<&str> {
    let all = simple.words.iter().map(|word| if word.literal { word.text.as_str() } else { "-" });
    let mut words: Vec<&str> = all.skip_while(|word| WRAPPERS.contains(word) || word.contains('=')).collect();
    if let [python, "-m", ..] = words.as_slice()
        && python.starts_with("python")
    {
        words.drain(..2);
    }
    if let [first, ..] = words.as_mut_slice() {
        *first = first.rsplit('/').next().unwrap_or(first);
    }
    words
}
