//! bun.lock, versions 0 to 3.

mod entries;
mod fit;
mod settings;
mod sync;

use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Package};
use super::super::node::edges::edges;
use super::super::node::{PUBLIC_HOSTS, integrity, spec, workspace};
use super::super::report::Report;
use entries::{Entries, members, package, under_its_key};

/// bun.lock.
pub struct Bun;

/// What bun up to 1.4 writes.
const VERSIONS: RangeInclusive<i64> = 0..=3;

impl Format for Bun {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn tool(&self) -> &'static str {
        "bun"
    }

    fn names(&self) -> &'static [&'static str] {
        &["bun.lock"]
    }

    fn manifest(&self) -> &'static str {
        "package.json"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Jsonc)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "bun install --lockfile-only"
    }

    fn shortens_commits(&self) -> bool {
        true
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Jsonc)?;
        let start = root.range().start;
        let Some(version) = root.get("lockfileVersion") else {
            return Err(Unreadable::malformed("the file does not say its version", start..start));
        };
        if !version.as_int().is_some_and(|number| VERSIONS.contains(&number)) {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "0 to 3", place: version.range() });
        }
        let entries = Entries::of(root);
        let mut lock = Lock::default();
        let mut aliases = HashSet::new();
        spec::aliases(project.source.text(), &mut aliases);
        if let Some(manifest) = project.text(&project.beside("package.json")) {
            spec::aliases(manifest.text(), &mut aliases);
        }
        for entry in &entries.all {
            let needs = entry.needs.iter().filter_map(|need| entries.find(entry.key, need.name)).collect();
            let mut package = package(entry, needs);
            under_its_key(&mut package, entry.key, &aliases);
            lock.packages.push(package);
        }
        for (folder, member) in members(root) {
            // What the root asks for stands at the top, even where a package has the root's name.
            let name = member.get("name").and_then(|name| name.text()).filter(|_| !folder.is_empty());
            let name = name.unwrap_or(folder);
            let asked = edges(member, true);
            lock.roots.extend(asked.iter().filter_map(|edge| entries.find(name, edge.name)));
            // Members are recorded as packages, too.
            lock.roots.extend(entries.by_key.get(name).copied());
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        match project.root(Syntax::Jsonc) {
            Ok(root) => sync::compare(root, lock, project, report),
            Err(_) => Declared::default(),
        }
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        integrity::contradiction(package, file)
    }

    fn scripts(&self, lock: &Lock<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        // Without a list of its own a project takes the one that comes with bun.
        let source = project.text(&project.beside("package.json"))?;
        let trusted = source.tree(Syntax::Json).root()?.get("trustedDependencies")?;
        Some(workspace::of_names(lock, trusted.items().filter_map(|item| item.text())))
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        workspace::wants_lock(manifest, project, "bun")
    }
}
