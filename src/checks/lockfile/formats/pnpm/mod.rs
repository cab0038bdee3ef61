//! pnpm-lock.yaml, versions 5.3 to 9.0.

mod flags;
mod hooks;
mod importers;
mod local;
mod overrides;
mod packages;
mod patches;
mod projects;
mod refused;
mod settings;
mod sync;

use std::ops::Range;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Package};
use super::super::node::{PUBLIC_HOSTS, integrity, workspace};
use super::super::report::Report;
use settings::{Era, Settings};

/// pnpm-lock.yaml.
pub struct Pnpm;

impl Format for Pnpm {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn tool(&self) -> &'static str {
        "pnpm"
    }

    fn names(&self) -> &'static [&'static str] {
        &["pnpm-lock.yaml"]
    }

    fn manifest(&self) -> &'static str {
        "package.json"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Yaml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "pnpm install --lockfile-only"
    }

    fn registry_may_need_git(&self) -> bool {
        true
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = root(project)?;
        let start = root.range().start;
        let Some(version) = root.get("lockfileVersion") else {
            return Err(Unreadable::malformed("the file does not say its version", start..start));
        };
        let found = version.text().unwrap_or_default();
        if !matches!(found.split('.').next(), Some("5" | "6" | "9")) {
            let found = found.to_owned();
            return Err(Unreadable::Version { found, known: "5, 6 and 9", place: version.range() });
        }
        // pnpm compares it as text, and a number loses its `.0`.
        let is_number = version.as_str().is_none() && !found.starts_with('5');
        if is_number && matches!(Settings::of(root, project).era, Era::Old | Era::Ten | Era::NineOrTen) {
            let found = format!("{found} without quotes");
            return Err(Unreadable::Version { found, known: "5, '6.0' and '9.0'", place: version.range() });
        }
        let tables = ["importers", "packages", "snapshots"].iter().filter_map(|key| root.get(key));
        if let Some(node) = tables.into_iter().find(|node| !(node.is_map() || node.is_null())) {
            return Err(Unreadable::malformed(
                "a section is no table",
                node.range().start..node.range().start,
            ));
        }
        Ok(packages::read(root))
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        match root(project) {
            Ok(root) => sync::compare(root, lock, project, report),
            Err(_) => Declared::default(),
        }
    }

    fn scripts(&self, lock: &Lock<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        let root = root(project).ok()?;
        let settings = Settings::of(root, project);
        if settings.flag("ignoreScripts", "ignore-scripts", false) {
            return Some(Vec::new());
        }
        if !root.get("lockfileVersion").and_then(|node| node.text()).unwrap_or_default().starts_with('9') {
            let builds = packages::building(root);
            return Some(builds.map(|(name, place)| (name.to_owned(), place)).collect());
        }
        // Since version 9 the settings alone say it, and since pnpm 10 nothing runs that they do not name.
        if settings.get("dangerouslyAllowAllBuilds").is_some_and(|(node, _)| node.as_bool() == Some(true)) {
            return None;
        }
        let listed = settings.get("onlyBuiltDependencies").map(|(node, _)| node);
        let table = settings.get("allowBuilds").map(|(node, _)| node);
        if listed.or(table).is_none() && !matches!(settings.era, Era::Ten | Era::New) {
            return None;
        }
        let listed = listed.into_iter().flat_map(|list| list.items()).filter_map(|item| item.text());
        let allowed = table.into_iter().flat_map(|table| table.entries());
        let allowed = allowed.filter(|(_, value)| value.as_bool() == Some(true));
        Some(workspace::of_names(lock, listed.chain(allowed.filter_map(|(key, _)| key.text()))))
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        workspace::wants_lock(manifest, project, "pnpm")
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        integrity::contradiction(package, file)
    }
}

/// The lockfile itself: since pnpm 11 another document with pnpm's own packages may stand before it.
fn root<'s>(project: &Project<'s>) -> Result<Node<'s>, Unreadable> {
    let last = project.source.tree(Syntax::Yaml).documents().last();
    last.filter(|root| root.is_map()).ok_or_else(|| Unreadable::malformed("the file is empty", 0..0))
}
