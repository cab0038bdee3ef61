//! Whether the manifests that a pull request changes explain what it changes in the lockfile.
//!
//! What a manifest's changed lines name, and all that these need, is explained. The lines are compared as text: the
//! manifests of all formats name packages in them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::format::Format;
use super::super::model::Lock;
use super::super::paths;
use super::super::rules::together::{Common, named};
use super::compare::Change;
use super::rules::UNEXPLAINED_CHANGE;
use crate::checkout::Source;
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::location::Location;
use crate::report::count;
use crate::settings::BaseFile;

/// Manifests of a workspace that are compared.
const MAX_MANIFESTS: usize = 2_000;

pub(super) fn judge(
    changes: &[Change],
    (old, new): (&Lock<'_>, &Lock<'_>),
    source: &Source,
    format: &dyn Format,
    context: &Context<'_>,
    record: &mut Record,
) {
    let Some(lines) = changed_lines(source.path(), format, context) else { return };
    let place = Location::file(source.path());
    let names: Vec<Common> = {
        let names: BTreeSet<&str> = changes.iter().map(|change| change.name.as_str()).collect();
        names.iter().map(|name| Common { title: (*name).to_owned(), place: place.clone() }).collect()
    };
    let help = "say in the pull request that the lockfile was brought up to date, or leave out what was not asked for";
    if lines.is_empty() {
        let message =
            format!("{} change, and no manifest does: {}", count(names.len(), "package"), named(&names));
        return record.push(Finding::new(&UNEXPLAINED_CHANGE, place, message).help(help).subject("alone"));
    }
    // Formats without edges do not say what needs what.
    if new.roots.is_empty() {
        return;
    }
    let words = words(&lines);
    let mut explained: HashSet<&str> = HashSet::new();
    reach(old, &words, &mut explained);
    reach(new, &words, &mut explained);
    // The lines are about something else, such as the version of the language: that can move everything.
    if explained.is_empty() {
        return;
    }
    let beyond: Vec<Common> =
        names.into_iter().filter(|name| !explained.contains(name.title.as_str())).collect();
    if !beyond.is_empty() {
        let message = format!(
            "{} change that nothing in the changed lines of manifests needs: {}",
            count(beyond.len(), "package"),
            named(&beyond)
        );
        record.push(Finding::new(&UNEXPLAINED_CHANGE, place, message).help(help).subject("beyond"));
    }
}

/// The lines that only one side of the manifests has; `None` if a side cannot be read.
fn changed_lines(path: &str, format: &dyn Format, context: &Context<'_>) -> Option<Vec<String>> {
    let (folder, _) = paths::split(path);
    let below =
        |path: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    // Workspaces have settings of their own that move packages.
    let others = ["pnpm-workspace.yaml", ".npmrc", ".yarnrc.yml", "uv.toml"];
    let is_manifest =
        |name: &str| name == format.manifest() || others.contains(&name) || name.ends_with(".in");
    let wanted = |path: &str| below(path) && is_manifest(paths::split(path).1);
    let mut paths: BTreeSet<String> =
        context.checkout.files(wanted).take(MAX_MANIFESTS).map(|entry| entry.path.to_string()).collect();
    // A manifest that was removed is one that changed.
    paths.insert(paths::file_in(folder, format.manifest()));
    let mut lines = Vec::new();
    for path in paths {
        let before = match context.settings.base.file(context.checkout, &path)? {
            BaseFile::Text(_, text) => text,
            BaseFile::Absent => String::new(),
            BaseFile::Unknown => return None,
        };
        let now = match context.checkout.read(&path) {
            Ok(source) => source.text().to_owned(),
            Err(crate::checkout::ReadError::Missing) => String::new(),
            Err(_) => return None,
        };
        if before == now {
            continue;
        }
        let (old, new): (HashSet<&str>, HashSet<&str>) = (before.lines().collect(), now.lines().collect());
        lines.extend(old.symmetric_difference(&new).map(|line| (*line).to_owned()));
        // Lines may only have changed their places.
        lines.push(String::new());
    }
    Some(lines)
}

/// Everything in the lines that could be the name of a package, in its normalised form.
fn words(lines: &[String]) -> HashSet<String> {
    let is_part = |c: char| c.is_alphanumeric() || "-_.@/:".contains(c);
    let words = lines.iter().flat_map(|line| line.split(|c: char| !is_part(c)));
    words.filter(|word| !word.is_empty()).map(plain).collect()
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// The named packages, and all that they need.
fn reach<'l>(lock: &'l Lock<'_>, words: &HashSet<String>, reached: &mut HashSet<&'l str>) {
    let mut by_name: HashMap<String, bool> = HashMap::new();
    let mut open: Vec<usize> = Vec::new();
    for (number, package) in lock.packages.iter().enumerate() {
        let is_named =
            *by_name.entry(package.name.to_string()).or_insert_with(|| words.contains(&plain(&package.name)));
        if is_named && !lock.roots.contains(&number) {
            open.push(number);
        }
    }
    let mut seen = vec![false; lock.packages.len()];
    while let Some(number) = open.pop() {
        let Some(package) = lock.packages.get(number) else { continue };
        if !std::mem::replace(&mut seen[number], true) {
            reached.insert(&package.name);
            open.extend(&package.needs);
        }
    }
}
