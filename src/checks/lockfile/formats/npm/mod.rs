//! package-lock.json and npm-shrinkwrap.json, versions 1 to 3.

mod drift;
mod entries;
mod misfit;
mod overrides;
mod sync;

use std::borrow::Cow;
use std::ops::Range;

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{self, Declared, File, Lock, Origin, Package};
use super::super::node::edges::{Edge, Kind, edges};
use super::super::node::{PUBLIC_HOSTS, integrity, spec, workspace};
use super::super::report::Report;

use entries::{Entries, Entry};

/// package-lock.json.
pub struct Npm;

/// What npm up to 11 writes.
const NEWEST: i64 = 3;

impl Format for Npm {
    fn ecosystem(&self) -> &'static str {
        "npm"
    }

    fn tool(&self) -> &'static str {
        "npm"
    }

    fn names(&self) -> &'static [&'static str] {
        &["npm-shrinkwrap.json", "package-lock.json"]
    }

    fn usual_name(&self) -> &'static str {
        "package-lock.json"
    }

    fn manifest(&self) -> &'static str {
        "package.json"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        PUBLIC_HOSTS
    }

    fn repair(&self) -> &'static str {
        "npm install --package-lock-only"
    }

    fn registry_may_need_git(&self) -> bool {
        true
    }

    fn alternatives(&self) -> &'static [&'static str] {
        &["yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock"]
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        if !root.is_map() {
            return Err(Unreadable::malformed("the file is no object", root.range()));
        }
        let version = root.get("lockfileVersion");
        if let Some(version) = version
            && !version.as_int().is_some_and(|number| (1..=NEWEST).contains(&number))
        {
            let found = version.text().unwrap_or("of no kind").to_owned();
            return Err(Unreadable::Version { found, known: "1 to 3", place: version.range() });
        }
        if root.get("packages").or_else(|| root.get("dependencies")).is_none() && version.is_none() {
            let start = root.range().start;
            return Err(Unreadable::malformed(
                "the file records neither packages nor a version",
                start..start,
            ));
        }
        let entries = Entries::of(root);
        let aliases = entries.aliases(project);
        let mut lock = Lock::default();
        for (index, entry) in entries.all.iter().enumerate() {
            if entry.location.is_empty() || entries.is_workspace_link(entry) {
                lock.roots.push(index);
            }
            lock.packages.push(Package {
                // Under a name that nobody gives to another package stands the package of that name.
                name: Cow::Borrowed(match entry.folder_name() {
                    folder if entry.package_name() != folder && !aliases.contains(entry.package_name()) => {
                        folder
                    }
                    _ => entry.package_name(),
                }),
                version: Cow::Borrowed(entry.version()),
                origin: entry.origin(),
                files: entry.files(),
                needs: needs(entry, &entries, project),
                place: entry.place.clone(),
            });
        }
        Ok(lock)
    }

    fn sync(&self, _lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(root) = project.root(Syntax::Json) else { return Declared::default() };
        sync::compare(root, project, report)
    }

    fn contradiction(&self, package: &Package<'_>, file: &File<'_>) -> Option<String> {
        integrity::contradiction(package, file)
    }

    fn scripts(&self, _lock: &Lock<'_>, project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        if workspace::ignores_scripts(project) {
            return Some(Vec::new());
        }
        let root = project.root(Syntax::Json).ok()?;
        let entries = Entries::of(root);
        // Version 1 does not record it.
        let installed = entries.all.iter().filter(|entry| !entry.location.is_empty() && !entry.is_local());
        let runs = installed
            .filter(|entry| entry.node.get("hasInstallScript").and_then(|node| node.as_bool()) == Some(true));
        let named = runs.map(|entry| (entry.package_name().to_owned(), entry.place.clone()));
        (!entries.is_old).then(|| named.collect())
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        workspace::wants_lock(manifest, project, "npm")
    }
}

/// What a package needs, as far as the lockfile holds it.
fn needs(entry: &Entry<'_>, entries: &Entries<'_>, project: &Project<'_>) -> Vec<usize> {
    if let Some(target) = entry.link {
        return entries.at(target).into_iter().collect();
    }
    if entry.location.is_empty() && entries.is_old {
        // Version 1 does not say what the project itself asks for.
        let Some(source) = project.text(&project.beside("package.json")) else { return entries.top() };
        let root = source.tree(Syntax::Json).root();
        let edges: Vec<Edge<'_>> = root.map(|root| edges(root, true)).unwrap_or_default();
        return edges.iter().filter_map(|edge| entries.resolve("", edge.name)).collect();
    }
    let edges = entry.edges();
    edges
        .iter()
        .filter(|edge| edge.kind != Kind::Dev || entry.is_local())
        .filter_map(|edge| entries.resolve(&entry.location, edge.name))
        .collect()
}

impl<'s> Entry<'s> {
    fn origin(&self) -> Origin<'s> {
        if self.is_local() || self.link.is_some() {
            return Origin::Local;
        }
        if self.bundled {
            return Origin::Bundled;
        }
        match self.resolved() {
            Some(url) if spec::is_git_url(url) => {
                let (url, commit) =
                    url.split_once('#').map_or((url, None), |(url, commit)| (url, Some(commit)));
                Origin::Git(url, commit)
            }
            Some(url) if url.starts_with("file:") || model::scheme(url).is_none() => Origin::Local,
            _ => Origin::Registry(""),
        }
    }

    fn files(&self) -> Few<File<'s>> {
        match (self.origin(), self.resolved()) {
            (Origin::Registry(_), _) => {}
            (Origin::Local, Some(path)) => return Few::One(File::local(path, self.place.clone())),
            _ => return Few::none(),
        }
        let url = self.resolved();
        let hash = self.node.get("integrity");
        let place = self.node.get("resolved").or(hash).map_or(self.place.clone(), |node| node.range());
        let hashes = hash.map(integrity::hashes).unwrap_or_default();
        let name = url.map_or("", model::file_name);
        Few::One(File { url: url.map(Cow::Borrowed), name, hashes, needs_hash: true, place })
    }
}
