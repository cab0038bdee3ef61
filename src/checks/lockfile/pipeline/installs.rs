//! The rule about installs that do not keep to the lockfile: in jobs, in the repository's own actions, and in images.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::checkout::{Checkout, Source};
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::Step;
use crate::workflow::scalar_text;
use crate::workflow::shell::{self, Join, List, ShellKind, Simple};
use crate::workflow::wrappers::{self, Kind, base_name};

use super::super::paths;
use super::commands::{Install, Meaning, meaning, occur_in};

/// An install that may take something else than the lockfile says.
pub static UNLOCKED_INSTALL: Rule = Rule {
    id: "lockfile/unlocked-install",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an install in the pipeline does not keep to the lockfile",
    allow: None,
};

/// Where commands run, and what is known of it.
pub(super) struct Scene<'a> {
    /// The repository.
    pub checkout: &'a Checkout,
    /// Paths of its own lockfiles.
    pub lockfiles: &'a [&'a str],
}

/// An install that does not keep to the lockfile, in a script.
pub(super) struct Unlocked {
    /// Bytes of the script.
    pub range: Range<usize>,
    /// What is wrong with it.
    pub message: String,
    /// What the command means.
    pub install: Install,
}

impl Scene<'_> {
    /// Looks at a script. `folders` are those that it may run in, relative to the repository; of the first that has a
    /// lockfile of the tool, or lies below one, the lockfile counts. `settled` are tools that need no further look.
    pub fn script(
        &self,
        list: &List,
        folders: &[String],
        variable: &dyn Fn(&str) -> Option<String>,
        settled: &mut BTreeSet<&'static str>,
    ) -> Vec<Unlocked> {
        let mut folders = folders.to_vec();
        let mut found = Vec::new();
        for (simple, range) in commands(list) {
            let words = literal_words(simple);
            if let ["cd" | "pushd" | "popd", rest @ ..] = words.as_slice() {
                match rest {
                    [target] if words[0] == "cd" => {
                        folders = folders.iter().filter_map(|folder| paths::join(folder, target)).collect();
                        if folders.is_empty() {
                            break;
                        }
                    }
                    _ => break,
                }
                continue;
            }
            let set = |name: &str| {
                let (name, wanted) =
                    name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
                let own = simple.assignments.iter().find(|(key, _)| key == name);
                let value = own.map(|(_, value)| value.text.clone()).or_else(|| variable(name));
                match wanted {
                    Some(wanted) => value.as_deref() == Some(wanted),
                    None => value.is_some_and(|value| !matches!(&*value, "" | "0" | "false" | "no")),
                }
            };
            if let Some((install, lock)) = self.unlocked(&words, &folders, &set, settled) {
                let shown = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
                let message =
                    format!("`{shown}` {}, so it may install what nobody reviewed in `{lock}`", install.does);
                found.push(Unlocked { range, message, install });
            }
        }
        found
    }

    /// The install that a command is, and the lockfile that it does not keep to.
    fn unlocked(
        &self,
        words: &[&str],
        folders: &[String],
        set: &dyn Fn(&str) -> bool,
        settled: &mut BTreeSet<&'static str>,
    ) -> Option<(Install, String)> {
        let lock_of = |names: &[&str]| {
            let above = folders.iter().flat_map(|folder| paths::ancestors(folder));
            let mut candidates =
                above.flat_map(|above| names.iter().map(move |name| paths::file_in(above, name)));
            candidates.find(|path| self.lockfiles.contains(&path.as_str()))
        };
        let is_classic = || {
            let source = lock_of(&["yarn.lock"]).and_then(|path| self.checkout.read(&path).ok());
            source.is_some_and(|source| {
                source.text().lines().take(5).any(|line| line.contains("yarn lockfile v1"))
            })
        };
        match meaning(words, set, words.first() == Some(&"yarn") && is_classic()) {
            Meaning::None => None,
            Meaning::Locked(tool) => {
                settled.insert(tool);
                None
            }
            Meaning::Unlocked(install) => {
                let lock = lock_of(install.locks)?;
                settled.insert(install.tool).then_some((install, lock))
            }
        }
    }
}

impl Unlocked {
    /// The finding about it, at a place, in a job, stage or action.
    pub fn finding(self, place: Location, owner: &str) -> Finding {
        Finding::new(&UNLOCKED_INSTALL, place, self.message)
            .severity(self.install.severity)
            .help(format!("write {}", self.install.instead))
            .subject(format!("{owner} {}", self.install.tool))
    }
}

/// The steps of a job or of an action, and what surrounds them.
pub(super) struct Steps<'s, 't> {
    /// The file that they stand in.
    pub source: &'t Source,
    /// The id of the job, or the folder of the action.
    pub owner: &'s str,
    /// They.
    pub steps: &'s [Step<'t>],
    /// The shell of a step.
    pub shell: &'s dyn Fn(&Step<'t>) -> ShellKind,
    /// What is written around the steps, the nearest first: `env` and `defaults` there count, too.
    pub around: &'s [Node<'t>],
}

impl<'t> Steps<'_, 't> {
    /// Looks at their scripts.
    pub fn judge(&self, scene: &Scene<'_>, record: &mut Record) {
        // Another repository that is checked out has lockfiles of its own.
        let foreign =
            |step: &Step<'_>| step.is_action("actions/checkout") && step.input("repository").is_some();
        if self.steps.iter().any(foreign) {
            return;
        }
        // After a command that fails where the lockfile does not fit, the others find one that does.
        let mut settled: BTreeSet<&'static str> = BTreeSet::new();
        for step in self.steps {
            // The action sets `deployment` for what comes after it.
            if step.is_action("ruby/setup-ruby")
                && step.input("bundler-cache").is_some_and(|node| node.as_bool() == Some(true))
            {
                settled.insert("bundler");
                let finding = self.missing_platform(*step, scene);
                let is_new = |own: &Finding| record.findings.iter().all(|known| known.message != own.message);
                if let Some(finding) = finding.filter(is_new) {
                    record.push(finding);
                }
            }
            let Some((node, text)) = step.run().and_then(|node| Some((node, node.text()?))) else { continue };
            if !(self.shell)(step).is_posix() {
                continue;
            }
            if !occur_in(text) {
                continue;
            }
            let Some(folder) = self.working_directory(*step) else { continue };
            let Ok(list) = shell::tree_of(self.source, node) else { continue };
            let variable = |name: &str| match self.variable(name, *step) {
                // The runner sets it.
                None if name == "CI" => Some("true".to_owned()),
                value => value.map(str::to_owned),
            };
            for unlocked in scene.script(&list, &[folder], &variable, &mut settled) {
                let range = scalar_text::source_range(self.source, node, unlocked.range.clone());
                record.push(unlocked.finding(self.source.at(range), self.owner));
            }
        }
    }

    /// The value of a variable that a step sees, as far as it is written here.
    pub(super) fn variable(&self, name: &str, step: Step<'t>) -> Option<&'t str> {
        let mut nodes = std::iter::once(step.node).chain(self.around.iter().copied());
        nodes.find_map(|node| node.at(&["env", name])?.text())
    }

    /// The folder that a step runs in, relative to the repository; nothing if it is not known.
    fn working_directory(&self, step: Step<'t>) -> Option<String> {
        let defaults = ["defaults", "run", "working-directory"];
        let around = || self.around.iter().find_map(|node| node.at(&defaults));
        let named = step.node.get("working-directory").or_else(around);
        let text = named.and_then(|node| node.text()).unwrap_or_default();
        if text.contains("${{") {
            return None;
        }
        paths::join("", text)
    }
}

/// The simple commands that run in the script's own folder, in order.
fn commands(list: &List) -> Vec<(&Simple, Range<usize>)> {
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
    let written = |at: usize| simple.words.get(at).map(|word| word.text.as_str());
    let own = simple.words.iter().skip(wrappers::behind(&written, &[Kind::Starter, Kind::Module]));
    let mut words: Vec<&str> = own.map(|word| word.literal().unwrap_or("-")).collect();
    if let [first, ..] = words.as_mut_slice() {
        *first = base_name(first);
    }
    words
}
