//! Whether pnpm-lock.yaml and the manifests agree, as `pnpm install --frozen-lockfile` decides it.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};

use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock, Origin, Package, host};
use super::super::super::node::PUBLIC_HOSTS;
use super::super::super::node::edges::{Edge, Kind, edges};
use super::super::super::node::workspace::{self, Workspace};
use super::super::super::paths;
use super::super::super::report::{Report, refused};
use super::packages;
use super::settings::{Era, Settings};
use crate::sorted::IntoMap as _;

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let settings = Settings::of(root, project);
    if settings.manifest.is_none() && settings.workspace.is_none() {
        report.not_examined("pnpm-lock.yaml without a package.json beside it");
        return Declared::default();
    }
    if settings.workspace.is_none() && belongs_to_another(project) {
        report.not_examined("pnpm-lock.yaml of a project whose workspace has its own lockfile");
        return Declared::default();
    }
    let patterns = settings.workspace_root().and_then(|root| root.get("packages"));
    if workspace::are_too_many(patterns) {
        report.not_verified("the workspace has too many patterns, so the two were not compared");
        return Declared { partly: true, ..Declared::default() };
    }
    let members = workspace::matching(patterns, project);
    let comparison = Comparison { root, project, settings: &settings, members: &members };
    comparison.judge(lock, report);
    let manifest = settings.manifest_root();
    let members = comparison.sharing();
    let mut declared =
        manifest.map(|manifest| workspace::declared(manifest, members, project)).unwrap_or_default();
    let overrides = settings.overrides();
    let catalogs = settings.catalogs();
    for value in overrides.values().map(String::as_str).chain(catalogs) {
        workspace::declare(value, &mut declared);
    }
    if settings.era == Era::New {
        foreign(lock, &declared, project, report);
    }
    declared
}

/// Tarballs that are the registry's for nobody: pnpm compares them with what the registry says and refuses others.
/// Scopes may have a registry that only the machine knows, and where all packages name a tarball, all have.
fn foreign(lock: &Lock<'_>, declared: &Declared, project: &Project<'_>, report: &mut Report<'_>) {
    let registry = || lock.packages.iter().filter(|package| matches!(package.origin, Origin::Registry(_)));
    if registry().all(|package| package.files.iter().any(|file| file.url.is_some())) {
        return;
    }
    let known = |host: &String| PUBLIC_HOSTS.contains(&host.as_str()) || declared.hosts.contains(host);
    let found = registry().filter(|package| !package.name.starts_with('@')).find_map(|package| {
        let file = package.files.first()?;
        let host = host(file.url.as_deref()?).filter(|host| !known(host))?;
        Some((package, file, host))
    });
    if let Some((package, file, host)) = found {
        let message = format!(
            "`{}` is taken from `{host}`, and pnpm refuses what is not the registry's tarball",
            package.title()
        );
        report.out_of_sync(project.source.at(file.place.clone()), message).subject("tarball");
    }
}

/// True if a workspace above records this folder: pnpm then takes the workspace's lockfile.
fn belongs_to_another(project: &Project<'_>) -> bool {
    paths::ancestors(project.folder).skip(1).any(|above| {
        let lockfile = project.text(&paths::file_in(above, "pnpm-lock.yaml"));
        let root = lockfile.as_ref().and_then(|source| source.tree(Syntax::Yaml).documents().last());
        let importers = root.and_then(|root| root.get("importers"));
        importers.is_some_and(|table| table.get(&paths::relative(project.folder, above)).is_some())
    })
}

/// A pnpm-lock.yaml beside its manifests.
pub struct Comparison<'c> {
    /// The lockfile's root.
    pub root: Node<'c>,
    /// Where it lies.
    pub project: &'c Project<'c>,
    /// pnpm's settings.
    pub settings: &'c Settings,
    /// The projects of the workspace, without that of the root.
    pub members: &'c [Workspace],
}

impl<'c> Comparison<'c> {
    /// Compares, with every version of pnpm that the project may be for: what one of them takes is not refused.
    fn judge(&self, lock: &Lock<'_>, report: &mut Report<'_>) {
        let mark = report.mark();
        self.compare(lock, report);
        let candidates = self.settings.era.candidates();
        if candidates.is_empty() || !report.is_out_of_sync() {
            return;
        }
        let found = report.set_aside(mark);
        for (era, title) in candidates {
            let settings = self.settings.as_of(*era);
            Comparison { settings: &settings, ..*self }.compare(lock, report);
            let Some(fault) = refused(&found).next().filter(|_| !report.is_out_of_sync()) else {
                report.set_aside(mark);
                continue;
            };
            report.not_verified(format!(
                "{title} would take the lockfile and other versions would not ({}); name the version under \
                 `packageManager` in package.json",
                fault.message
            ));
            return;
        }
        report.put_back(found);
    }

    /// Everything that pnpm compares.
    fn compare(&self, lock: &Lock<'_>, report: &mut Report<'_>) {
        self.apart(report);
        self.pnpmfile(report);
        if !self.workspace_form(report) {
            return;
        }
        self.workspace_file(report);
        self.engines(report);
        self.top_level(report);
        self.importers(report);
        self.broken(report);
        if self.settings.era == Era::New {
            self.hashes(lock, report);
        }
    }

    /// The projects that share the lockfile, without that of the root.
    pub fn sharing(&self) -> &'c [Workspace] {
        if self.settings.is_shared() { self.members } else { &[] }
    }

    /// Projects that are to have a lockfile of their own have one.
    fn apart(&self, report: &mut Report<'_>) {
        // Since pnpm 11 what asks for nothing but peers needs none.
        let peers_count = self.settings.era != Era::New;
        let counts = |edge: &Edge<'_>| peers_count || !matches!(edge.kind, Kind::Peer | Kind::OptionalPeer);
        let asks =
            |member: &&Workspace| member.root().is_some_and(|root| edges(root, true).iter().any(counts));
        let members = self.members.iter().filter(|_| !self.settings.is_shared());
        for member in members.filter(asks) {
            let lockfile = paths::file_in(&self.project.beside(&member.location), "pnpm-lock.yaml");
            if !self.project.checkout.contains(&lockfile) {
                let message =
                    format!("projects do not share the lockfile, and `{}` has none", member.location);
                let told = report.out_of_sync(Location::file(member.source.path()), message);
                told.subject(format!("apart {}", member.location));
            }
        }
    }

    /// True for version 9 of the lockfile.
    pub fn is_nine(&self) -> bool {
        let version = self.root.get("lockfileVersion").and_then(|node| node.text());
        version.is_some_and(|version| version.starts_with('9'))
    }

    /// Settings that the lockfile was resolved with.
    fn top_level(&self, report: &mut Report<'_>) {
        let recorded = |key: &str| texts(self.root.get(key));
        self.table("overrides", &self.settings.overrides(), &recorded("overrides"), report);
        let list = |node: Option<Node<'_>>| -> BTreeMap<String, String> {
            let items = node.into_iter().flat_map(|list| list.items());
            items.filter_map(|item| Some((item.text()?.to_owned(), String::new()))).into_map()
        };
        if self.is_nine() {
            let key = "ignoredOptionalDependencies";
            let wanted = list(self.settings.get(key).map(|(node, _)| node));
            self.table(key, &wanted, &list(self.root.get(key)), report);
        }
        let keys = |node: Option<Node<'_>>| -> BTreeMap<String, String> {
            let entries = node.into_iter().flat_map(|table| table.entries());
            entries.filter_map(|(key, _)| Some((key.text()?.to_owned(), String::new()))).into_map()
        };
        let key = "patchedDependencies";
        let wanted = keys(self.settings.get(key).map(|(node, _)| node));
        self.table(key, &wanted, &keys(self.root.get(key)), report);
        self.patches(report);
        self.extensions(report);
        self.builds(report);
        // Where nothing but a frozen install is asked for, pnpm 9 does not look at them.
        if self.settings.era != Era::Old {
            self.catalogs(report);
        }
        self.flags(report);
    }

    /// `packageExtensions`, of which a hash is recorded: pnpm 10 and later have one of their own, of which only is
    /// known that it is there; earlier ones have MD5 of the table with its keys sorted.
    fn extensions(&self, report: &mut Report<'_>) {
        let key = "packageExtensions";
        let recorded = self.root.get("packageExtensionsChecksum").and_then(|node| node.text());
        let wanted = self.settings.get(key).map(|(node, _)| node).filter(|node| node.entries().len() > 0);
        // In version 5 nothing was recorded in some releases.
        let version = self.root.get("lockfileVersion").and_then(|node| node.text());
        if wanted.is_none() && version.is_some_and(|version| version.starts_with('5')) {
            return;
        }
        let hash = |node: Node<'_>| match recorded {
            Some(recorded) if recorded.len() != 32 => recorded.to_owned(),
            _ => HEXLOWER.encode(&Md5::digest(node.to_json().to_string())),
        };
        let table = |hash: Option<String>| -> BTreeMap<String, String> {
            hash.map(|hash| (key.to_owned(), hash)).into_iter().into_map()
        };
        self.table(key, &table(wanted.map(hash)), &table(recorded.map(str::to_owned)), report);
    }

    /// pnpm 8 and later install peers unless told otherwise; their lockfiles are of version 6 and later.
    pub fn has_peers_default(&self) -> bool {
        let version = self.root.get("lockfileVersion").and_then(|node| node.text());
        version.is_some_and(|version| !version.starts_with('5'))
    }

    fn table(
        &self,
        key: &str,
        wanted: &BTreeMap<String, String>,
        locked: &BTreeMap<String, String>,
        report: &mut Report<'_>,
    ) {
        if wanted == locked {
            return;
        }
        let differs = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            one.iter().find(|(name, value)| other.get(*name) != Some(value)).map(|(name, _)| name.clone())
        };
        let name = differs(wanted, locked).or_else(|| differs(locked, wanted)).unwrap_or_default();
        let place = match (self.settings.get(key), self.root.get(key)) {
            (Some((node, source)), _) => source.at_node(node),
            (None, Some(node)) => self.project.source.at_node(node),
            (None, None) => Location::file(self.project.source.path()),
        };
        let message = format!("`{key}` is not what the lockfile was resolved with: `{name}` differs");
        report.out_of_sync(place, message).subject(key);
    }

    /// Every entry of a catalog that the lockfile uses still says the same.
    fn catalogs(&self, report: &mut Report<'_>) {
        for (catalog, entries) in self.root.get("catalogs").into_iter().flat_map(|table| table.entries()) {
            let Some(catalog) = catalog.text() else { continue };
            let declared: HashMap<&str, &str> = self
                .settings
                .catalog(catalog)
                .into_iter()
                .flat_map(|table| table.entries())
                .filter_map(|(key, value)| Some((key.text()?, value.text()?)))
                .collect();
            for (name, entry) in entries.entries() {
                let (Some(name_text), Some(locked)) =
                    (name.text(), entry.get("specifier").and_then(|s| s.text()))
                else {
                    continue;
                };
                if declared.get(name_text) == Some(&locked) {
                    continue;
                }
                let now = declared.get(name_text).map_or("not there".to_owned(), |now| format!("`{now}`"));
                let message = format!(
                    "`{name_text}` is `{locked}` in the lockfile's catalog, and {now} in the workspace's"
                );
                report
                    .out_of_sync(self.project.source.at_node(name), message)
                    .subject(format!("catalog {catalog} {name_text}"));
            }
        }
    }

    /// What is locked, and not there or not what it is called.
    fn broken(&self, report: &mut Report<'_>) {
        for dependency in packages::lacking(self.root) {
            let message = format!(
                "`{}` is locked as `{}`, which the lockfile does not hold",
                dependency.name, dependency.version
            );
            let told = report.out_of_sync(self.project.source.at_node(dependency.node), message);
            told.subject(format!("broken {}", dependency.name));
        }
        let lacking = packages::snapshot_lacking(self.root).filter(|_| self.settings.era == Era::New);
        if let Some((title, node)) = lacking {
            let message = format!("`{title}` is needed, and the lockfile does not hold it");
            report.out_of_sync(self.project.source.at_node(node), message).subject(format!("broken {title}"));
        }
        for (title, key) in packages::folders(self.root) {
            let title = title.trim_start_matches('/');
            let message = format!("`{title}` is a version of the registry, and is taken from a folder");
            report.out_of_sync(self.project.source.at_node(key), message).subject(title);
        }
    }

    /// Since pnpm 11 an entry of the registry without a hash is refused.
    fn hashes(&self, lock: &Lock<'_>, report: &mut Report<'_>) {
        let lacks = |package: &&Package<'_>| {
            package.files.iter().any(|file| file.needs_hash && file.hashes.is_empty())
        };
        if let Some(package) = lock.packages.iter().find(lacks) {
            let message = format!("pnpm refuses the lockfile because `{}` has no hash", package.title());
            report.out_of_sync(self.project.source.at(package.place.clone()), message).subject("integrity");
        }
    }
}

fn texts(node: Option<Node<'_>>) -> BTreeMap<String, String> {
    let entries = node.into_iter().flat_map(|table| table.entries());
    entries.filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned()))).into_map()
}
