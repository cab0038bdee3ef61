//! yarn.lock: the form of yarn 1, and the YAML of yarn 2 and later.

mod berry;
mod berry_graph;
mod berry_local;
mod berry_manifest;
mod berry_patches;
mod berry_sync;
mod built_in;
mod classic;
mod classic_sync;
mod folder_archive;
mod lines;
mod patch_file;
mod resolutions;
mod written;

use std::collections::HashMap;
use std::ops::Range;

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Package};
use super::super::node::{PUBLIC_HOSTS, integrity, workspace};
use super::super::report::Report;

/// yarn.lock.
pub struct Yarn;

impl Format for Yarn {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn tool(&self) -> &'static str {
        "yarn"
    }

    fn names(&self) -> &'static [&'static str] {
        &["yarn.lock"]
    }

    fn manifest(&self) -> &'static str {
        "package.json"
    }

    fn syntax(&self, source: &Source) -> Option<Syntax> {
        is_berry(source).then_some(Syntax::Yaml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "yarn install"
    }

    fn registry_may_need_git(&self) -> bool {
        true
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        if is_berry(project.source) {
            return berry::read(project.root(Syntax::Yaml)?, project);
        }
        classic::read(project)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        match project.root(Syntax::Yaml) {
            Ok(root) if is_berry(project.source) => berry_sync::compare(root, project, report),
            _ => classic_sync::compare(lock, project, report),
        }
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        berry::contradiction(package, file.name).or_else(|| integrity::contradiction(package, file))
    }

    fn scripts(&self, _lock: &Lock<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        let off = match is_berry(project.source) {
            true => project.text(&project.beside(".yarnrc.yml")).is_some_and(|source| {
                let root = source.tree(Syntax::Yaml).root();
                root.and_then(|root| root.get("enableScripts")?.as_bool()) == Some(false)
            }),
            false => {
                let rc = project.text(&project.beside(".yarnrc"));
                let says = |line: &str| line.trim_start_matches("--install.").trim() == "ignore-scripts true";
                rc.is_some_and(|source| source.text().lines().any(says))
                    || workspace::ignores_scripts(project)
            }
        };
        // What is built all the same, `dependenciesMeta` says; nobody has looked at that here.
        let has_exceptions = || {
            let manifest = project.text(&project.beside("package.json"));
            manifest.is_some_and(|source| source.text().contains("\"built\""))
        };
        (off && !has_exceptions()).then(Vec::new)
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        workspace::wants_lock(manifest, project, "yarn")
    }
}

fn is_berry(source: &Source) -> bool {
    source.text().lines().any(|line| line.starts_with("__metadata:"))
}

/// `name@range` in its two parts; the name may begin with `@`.
fn descriptor(text: &str) -> (&str, &str) {
    let from = usize::from(text.starts_with('@'));
    match text.get(from..).and_then(|rest| rest.find('@')) {
        Some(at) => (&text[..from + at], &text[from + at + 1..]),
        None => (text, ""),
    }
}

/// Entries by descriptor, and by name where a descriptor is written in another way.
struct Index<'s> {
    by_descriptor: HashMap<String, usize>,
    by_name: HashMap<&'s str, Vec<usize>>,
}

impl<'s> Index<'s> {
    fn of(keys: impl Iterator<Item = (usize, &'s str)>) -> Index<'s> {
        let mut index = Index { by_descriptor: HashMap::new(), by_name: HashMap::new() };
        for (entry, key) in keys {
            index.by_descriptor.insert(plain(key), entry);
            let known = index.by_name.entry(descriptor(key).0).or_default();
            if known.last() != Some(&entry) {
                known.push(entry);
            }
        }
        index
    }

    /// The entry of a descriptor.
    fn exact(&self, name: &str, range: &str) -> Option<usize> {
        self.by_descriptor.get(&plain(&format!("{name}@{range}"))).copied()
    }

    /// The entry of a descriptor, and those that patch it; all of the name if resolutions hide the descriptor.
    fn find(&self, name: &str, range: &str) -> Vec<usize> {
        let patched = range.starts_with("patch:");
        match self.exact(name, range) {
            Some(entry) if !patched && self.by_name.get(name).is_none_or(|known| known.len() == 1) => {
                vec![entry]
            }
            _ => self.by_name.get(name).cloned().unwrap_or_default(),
        }
    }
}

/// A descriptor without the protocol that is meant where none is written, and without blanks at its end, which some
/// packages publish.
fn plain(text: &str) -> String {
    text.trim_end().replacen("@npm:", "@", 1)
}
