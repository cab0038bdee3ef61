//! The `files` check: data files that the repository owns are what their names say.

mod aside;
mod conflict;
mod duplicate_key;
mod examine;
mod kind;
mod template;
mod unparsable;

use anyhow::{Context as _, Result};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

use crate::checkout::{Checkout, Entry};
use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::parallel;
use crate::policy::Mode;
use crate::rule::Rule;
use crate::settings::Fault;
use crate::settings::config::{After, When};
use crate::tree::Node;

use examine::{Verdict, examine};
use kind::Kind;

/// From this number on, files that are indented with tabs are no mistakes.
const MANY_WITH_TABS: usize = 5;

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Clean runs after which the check becomes blocking.
    pub blocking_after: Option<After>,
    /// Files to leave alone, as in a `.gitignore` at the root of the repository.
    pub exclude: Vec<String>,
}

/// The check.
pub struct Files;

impl Check for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn summary(&self) -> &'static str {
        "YAML, JSON and TOML files parse, without duplicate keys and merge conflicts"
    }

    fn unit(&self) -> Unit {
        Unit { one: "file", many: "files" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        const RULES: &[&Rule] = &[&unparsable::RULE, &duplicate_key::RULE, &conflict::RULE];
        RULES
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        look(context.checkout, &context.settings.checks.files, record)
    }
}

/// Looks at every file, and records what it finds.
fn look(checkout: &Checkout, options: &Options, record: &mut Record) -> Result<Outcome> {
    let excluded = excluded(&options.exclude)?;
    let mut chosen: Vec<(&Entry, Kind)> = Vec::new();
    let mut data = 0;
    for entry in &checkout.listing().files {
        let Some(kind) = Kind::of(&entry.path) else { continue };
        data += usize::from(kind != Kind::Text);
        if !excluded.is_empty() && excluded.matched_path_or_any_parents(&*entry.path, false).is_ignore() {
            if kind != Kind::Text {
                record.not_examined("excluded by the settings");
            }
            continue;
        }
        chosen.push((entry, kind));
    }
    unlisted(checkout, &mut data, record);
    let mut verdicts = parallel::map(&chosen, |(entry, kind)| examine(entry, *kind, checkout));
    spare_languages_with_tabs(&mut verdicts);
    let examined = merge(verdicts, record);
    if data == 0 && record.findings.is_empty() {
        let reason = "the repository has no YAML, JSON or TOML files";
        return Ok(Outcome::NotApplicable(reason.to_owned()));
    }
    Ok(Outcome::Examined(examined))
}

/// Files that are on disk and in no listing.
fn unlisted(checkout: &Checkout, data: &mut usize, record: &mut Record) {
    for unlisted in &checkout.listing().unlisted {
        let is_data = Kind::of(&unlisted.path).is_some_and(|kind| kind != Kind::Text);
        *data += usize::from(is_data);
        match unlisted.reason {
            "it cannot be read" => record.not_verified(format!("`{}`: {}", unlisted.path, unlisted.reason)),
            "its name is not UTF-8" if is_data => {
                record.not_verified(format!("`{}`: {}", unlisted.path, unlisted.reason));
            }
            "it is a symbolic link" if is_data => record.not_examined("a symbolic link"),
            reason if is_data => record.not_examined(reason.trim_start_matches("it is ")),
            _ => {}
        }
    }
}

/// One file that is indented with tabs is a mistake. Many are a language of their own, such as MiniYAML, whose
/// reader wants it so: YAML with tabs cannot be read at all, and nobody keeps many files that cannot be read.
fn spare_languages_with_tabs(verdicts: &mut [Verdict]) {
    if verdicts.iter().filter(|verdict| verdict.tabbed).count() < MANY_WITH_TABS {
        return;
    }
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.tabbed) {
        *verdict = Verdict::left_alone(
            "indented with tabs like many others here: not YAML but a language of its own",
        );
    }
}

/// Records the verdicts; returns the number of files that were parsed.
fn merge(verdicts: Vec<Verdict>, record: &mut Record) -> usize {
    let mut examined = 0;
    for verdict in verdicts {
        examined += usize::from(verdict.examined);
        verdict.not_examined.into_iter().for_each(|reason| record.not_examined(reason));
        verdict.not_verified.into_iter().for_each(|reason| record.not_verified(reason));
        verdict.note.into_iter().for_each(|note| record.note(note));
        verdict.findings.into_iter().for_each(|finding| record.push(finding));
    }
    examined
}

/// A matcher of the patterns of `exclude`.
pub(super) fn excluded(patterns: &[String]) -> Result<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        builder.add_line(None, pattern).with_context(|| format!("`{pattern}` is no pattern"))?;
    }
    builder.build().context("the patterns of `exclude` cannot be used")
}

/// Patterns of the settings that cannot be read.
pub(crate) fn faults(options: &Options, root: Node<'_>, faults: &mut Vec<Fault>) {
    let nodes = root.at(&["checks", "files", "exclude"]).map(|list| list.items().collect::<Vec<_>>());
    for (pattern, node) in options.exclude.iter().zip(nodes.unwrap_or_default()) {
        if excluded(std::slice::from_ref(pattern)).is_err() {
            faults.push(Fault::new(node.range(), format!("`{pattern}` is no pattern")));
        }
    }
}

#[cfg(test)]
mod tests;
