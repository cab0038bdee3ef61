//! Whether pnpm-lock.yaml and the manifests agree, as `pnpm install --frozen-lockfile` decides it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::rule::Severity;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock, Package, comparable_url};
use super::super::super::node::edges::{Kind, edges};
use super::super::super::node::spec::{Spec, satisfies};
use super::super::super::node::workspace::{self, Workspace};
use super::super::super::report::Report;
use super::importers::{Dependency, Importer, SECTIONS, locked};
use super::overrides::Overrides;
use super::packages::without_peers;
use super::settings::{Era, Settings};

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let settings = Settings::of(root, project);
    if settings.manifest.is_none() && settings.workspace.is_none() {
        report.not_examined("pnpm-lock.yaml without a package.json beside it");
        return Declared::default();
    }
    let patterns = settings.workspace_root().and_then(|root| root.get("packages"));
    let members = workspace::matching(patterns, project);
    let comparison = Comparison { root, project, settings: &settings, members: &members };
    if let Some(hook) = comparison.hooks() {
        comparison.pnpmfile(&hook, report);
    }
    comparison.workspace_file(report);
    comparison.top_level(report);
    comparison.importers(report);
    if settings.era == Era::New {
        comparison.hashes(lock, report);
    }
    let manifest = settings.manifest_root();
    let mut declared =
        manifest.map(|manifest| workspace::declared(manifest, &members, project)).unwrap_or_default();
    let overrides = settings.overrides();
    for value in overrides.values() {
        match Spec::of(value) {
            Spec::Git(repository, _) => declared.urls.push(repository),
            Spec::Remote(url) => declared.urls.push(comparable_url(&url)),
            _ => {}
        }
    }
    declared
}

struct Comparison<'c> {
    root: Node<'c>,
    project: &'c Project<'c>,
    settings: &'c Settings,
    members: &'c [Workspace],
}

/// Something that a manifest asks for, after overrides.
struct Wanted<'m> {
    section: &'static str,
    specifier: &'m str,
    place: Location,
}

impl<'c> Comparison<'c> {
    /// The file with hooks, if it has any that change what is resolved.
    fn hooks(&self) -> Option<Arc<Source>> {
        let names = [".pnpmfile.mjs", ".pnpmfile.cjs"];
        let file = names.iter().find_map(|name| self.project.text(&self.project.beside(name)))?;
        ["readPackage", "afterAllResolved"].iter().any(|hook| file.text().contains(hook)).then_some(file)
    }

    fn pnpmfile(&self, file: &Source, report: &mut Report<'_>) {
        if self.root.get("pnpmfileChecksum").is_none() && self.is_nine() {
            let message = "the lockfile was made without these hooks";
            report.out_of_sync(file.at(0..0), message).subject("pnpmfile");
        }
    }

    fn is_nine(&self) -> bool {
        let version = self.root.get("lockfileVersion").and_then(|node| node.text());
        version.is_some_and(|version| version.starts_with('9'))
    }

    /// pnpm before 10 refuses a pnpm-workspace.yaml that names no packages.
    fn workspace_file(&self, report: &mut Report<'_>) {
        let Some((source, root)) = self.settings.workspace.as_ref().zip(self.settings.workspace_root())
        else {
            return;
        };
        if self.settings.era == Era::Old && root.get("packages").is_none() {
            let message = "pnpm before 10 refuses a pnpm-workspace.yaml without `packages`";
            let help =
                "name the packages, or declare the version of pnpm under `packageManager` in package.json";
            report.out_of_sync(source.at_node(root), message).help(help).subject("packages");
        }
    }

    /// Settings that the lockfile was resolved with.
    fn top_level(&self, report: &mut Report<'_>) {
        let recorded = |key: &str| texts(self.root.get(key));
        self.table("overrides", &self.settings.overrides(), &recorded("overrides"), report);
        let list = |node: Option<Node<'_>>| -> BTreeMap<String, String> {
            let items = node.into_iter().flat_map(|list| list.items());
            items.filter_map(|item| Some((item.text()?.to_owned(), String::new()))).collect()
        };
        if self.is_nine() {
            let key = "ignoredOptionalDependencies";
            let wanted = list(self.settings.get(key).map(|(node, _)| node));
            self.table(key, &wanted, &list(self.root.get(key)), report);
        }
        let keys = |node: Option<Node<'_>>| -> BTreeMap<String, String> {
            let entries = node.into_iter().flat_map(|table| table.entries());
            entries.filter_map(|(key, _)| Some((key.text()?.to_owned(), String::new()))).collect()
        };
        let key = "patchedDependencies";
        let wanted = keys(self.settings.get(key).map(|(node, _)| node));
        self.table(key, &wanted, &keys(self.root.get(key)), report);
        let extended = |is_there: bool| -> BTreeMap<String, String> {
            is_there.then(|| ("packageExtensions".to_owned(), String::new())).into_iter().collect()
        };
        let wanted = self.settings.get("packageExtensions").is_some_and(|(node, _)| node.entries().len() > 0);
        let locked = self.root.get("packageExtensionsChecksum").is_some();
        // In version 5 and 6 nothing was recorded in some releases.
        if wanted || self.is_nine() {
            self.table("packageExtensions", &extended(wanted), &extended(locked), report);
        }
        self.catalogs(report);
        let flags = [
            (
                "autoInstallPeers",
                "auto-install-peers",
                self.settings.era != Era::Old || self.has_peers_default(),
            ),
            ("excludeLinksFromLockfile", "exclude-links-from-lockfile", false),
        ];
        for (key, npmrc, default) in flags {
            let Some(node) = self.root.at(&["settings", key]) else { continue };
            if node.as_bool() != Some(self.settings.flag(key, npmrc, default)) {
                let message = format!("the lockfile was resolved with another value of `{key}`");
                report.out_of_sync(self.project.source.at_node(node), message).subject(key);
            }
        }
    }

    /// pnpm 8 and later install peers unless told otherwise; their lockfiles are of version 6 and later.
    fn has_peers_default(&self) -> bool {
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
        let told = report.out_of_sync(place, message).subject(key);
        if self.settings.is_doubtful(key) {
            told.severity(Severity::Warning);
        }
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

    /// Each project against what is recorded of it.
    fn importers(&self, report: &mut Report<'_>) {
        let importers = locked(self.root);
        let by_folder: HashMap<&str, &Importer<'_>> = importers.iter().map(|i| (i.folder, i)).collect();
        let overrides = Overrides::of(&self.settings.overrides());
        let own = self.settings.manifest.clone().map(|source| (".".to_owned(), source));
        let members = self.members.iter().map(|member| (member.location.clone(), member.source.clone()));
        let mut folders = BTreeSet::new();
        for (folder, source) in own.into_iter().chain(members) {
            let tree = source.tree(Syntax::Json);
            let (Some(manifest), true) = (tree.root(), tree.is_clean()) else {
                report.not_verified(format!("`{}` cannot be read, so it was not compared", source.path()));
                continue;
            };
            self.importer(by_folder.get(folder.as_str()).copied(), manifest, &source, &overrides, report);
            folders.insert(folder);
        }
        for importer in importers.iter().filter(|importer| !folders.contains(importer.folder)) {
            // Without a manifest at the root its importer is empty.
            if importer.dependencies.is_empty() || self.root.get("importers").is_none() {
                continue;
            }
            let message =
                format!("the lockfile records the project `{}`, and the workspace has none", importer.folder);
            report.drift(self.project.source.at_node(importer.node), message).subject(importer.folder);
        }
    }

    fn importer(
        &self,
        importer: Option<&Importer<'_>>,
        manifest: Node<'_>,
        source: &Source,
        overrides: &Overrides,
        report: &mut Report<'_>,
    ) {
        let wanted = self.wanted(manifest, source, overrides);
        let title = manifest.get("name").and_then(|name| name.text()).unwrap_or("the project");
        let Some(importer) = importer else {
            if let Some((name, first)) = wanted.iter().next() {
                let message = format!(
                    "`{title}` asks for `{name}` and more, and the lockfile does not know the project"
                );
                report.out_of_sync(first.place.clone(), message).subject(format!("importer {title}"));
            }
            return;
        };
        let locked: HashMap<&str, &Dependency<'_>> =
            importer.dependencies.iter().map(|d| (d.name, d)).collect();
        for (name, wanted) in &wanted {
            self.dependency(name, wanted, locked.get(name).copied(), title, report);
        }
        let exclude_links =
            self.root.at(&["settings", "excludeLinksFromLockfile"]).and_then(|node| node.as_bool());
        for dependency in importer.dependencies.iter().filter(|d| !wanted.contains_key(d.name)) {
            if exclude_links == Some(true) && dependency.version.starts_with("link:") {
                continue;
            }
            let message =
                format!("the lockfile has `{title}` ask for `{}`, which it does not", dependency.name);
            let told = report.out_of_sync(self.project.source.at_node(dependency.node), message);
            told.subject(format!("{title} {}", dependency.name));
        }
        self.publishing(importer, manifest, source, title, report);
    }

    fn dependency(
        &self,
        name: &str,
        wanted: &Wanted<'_>,
        locked: Option<&Dependency<'_>>,
        title: &str,
        report: &mut Report<'_>,
    ) {
        let subject = format!("{title} {name}");
        let Some(locked) = locked else {
            let links_left_out = self.root.at(&["settings", "excludeLinksFromLockfile"]);
            if wanted.specifier.starts_with("link:")
                && links_left_out.and_then(|node| node.as_bool()) == Some(true)
            {
                return;
            }
            let message = format!(
                "`{title}` asks for `{name}` as `{}`, and the lockfile does not know that",
                wanted.specifier
            );
            report.out_of_sync(wanted.place.clone(), message).subject(subject);
            return;
        };
        let place = self.project.source.at_node(locked.node);
        if !is_same_specifier(wanted.specifier, locked.specifier.unwrap_or_default()) {
            let message = format!(
                "`{title}` asks for `{name}` as `{}`, and the lockfile has `{}`",
                wanted.specifier,
                locked.specifier.unwrap_or_default()
            );
            report.out_of_sync(wanted.place.clone(), message).related(place, "the lockfile").subject(subject);
            return;
        }
        if wanted.section != locked.section {
            let message = format!(
                "`{name}` stands under `{}` and is locked under `{}`",
                wanted.section, locked.section
            );
            report.out_of_sync(wanted.place.clone(), message).related(place, "the lockfile").subject(subject);
            return;
        }
        self.version(name, wanted, locked, report);
    }

    /// The locked version is one that is asked for. Only pnpm 10 and later look at that.
    fn version(&self, name: &str, wanted: &Wanted<'_>, locked: &Dependency<'_>, report: &mut Report<'_>) {
        let from_catalog = self.settings.from_catalog(name, wanted.specifier);
        let specifier = from_catalog.as_deref().unwrap_or(wanted.specifier);
        let (range, locked_version) = match Spec::of(specifier) {
            Spec::Range(range) => (range, without_peers(locked.version)),
            Spec::Alias(_, inner) => match *inner {
                Spec::Range(range) => {
                    let plain = without_peers(locked.version);
                    (range, plain.rsplit(['@', '/']).next().unwrap_or(plain))
                }
                _ => return,
            },
            _ => return,
        };
        if satisfies(locked_version, &range) != Some(false) {
            return;
        }
        let message = format!("`{name}` is asked for as `{specifier}` and locked at {locked_version}");
        report
            .unsatisfied(wanted.place.clone(), message)
            .related(self.project.source.at_node(locked.node), format!("locked at {locked_version}"))
            .subject(name);
    }

    /// What a project publishes, and `dependenciesMeta`.
    fn publishing(
        &self,
        importer: &Importer<'_>,
        manifest: Node<'_>,
        source: &Source,
        title: &str,
        report: &mut Report<'_>,
    ) {
        let wanted = manifest.at(&["publishConfig", "directory"]);
        let locked = importer.node.get("publishDirectory");
        if wanted.and_then(|node| node.text()) != locked.and_then(|node| node.text()) {
            let place =
                wanted.map_or(self.project.source.at_node(importer.node), |node| source.at_node(node));
            let message = format!("`publishConfig.directory` of `{title}` is not what the lockfile records");
            report.out_of_sync(place, message).subject(format!("publish {title}"));
        }
        let wanted = manifest.get("dependenciesMeta");
        let locked = importer.node.get("dependenciesMeta");
        let plain = |node: Option<Node<'_>>| {
            node.map(|node| node.to_json()).filter(|json| *json != serde_json::json!({}))
        };
        if plain(wanted) != plain(locked) {
            let place =
                wanted.map_or(self.project.source.at_node(importer.node), |node| source.at_node(node));
            let message = format!("`dependenciesMeta` of `{title}` is not what the lockfile records");
            report.out_of_sync(place, message).subject(format!("meta {title}"));
        }
    }

    /// What a manifest asks for, after overrides.
    fn wanted<'m>(
        &self,
        manifest: Node<'m>,
        source: &Source,
        overrides: &'m Overrides,
    ) -> BTreeMap<&'m str, Wanted<'m>> {
        let peers =
            self.root.at(&["settings", "autoInstallPeers"]).and_then(|node| node.as_bool()) == Some(true);
        let project = manifest.get("name").and_then(|name| name.text()).unwrap_or_default();
        let mut result = BTreeMap::new();
        for edge in edges(manifest, true) {
            let section = match edge.kind {
                Kind::Peer | Kind::OptionalPeer if peers => "dependencies",
                Kind::Peer | Kind::OptionalPeer => continue,
                _ => section_of(manifest, edge.name),
            };
            // Development is the weakest section for pnpm, and not the strongest.
            let specifier = manifest.get(section).and_then(|table| table.get(edge.name)?.text());
            let specifier = specifier.unwrap_or(edge.spec);
            let Some(specifier) = overrides.apply(project, edge.name, specifier) else { continue };
            result.insert(edge.name, Wanted { section, specifier, place: source.at(edge.place) });
        }
        result
    }
}

/// The strongest section that holds the name.
fn section_of(manifest: Node<'_>, name: &str) -> &'static str {
    let holds = |section: &&&str| manifest.get(section).is_some_and(|table| table.get(name).is_some());
    SECTIONS.iter().rev().find(holds).copied().unwrap_or("dependencies")
}

/// Specifiers are compared as text; short and long forms of repositories are the same.
fn is_same_specifier(one: &str, other: &str) -> bool {
    one == other
        || matches!((Spec::of(one), Spec::of(other)), (Spec::Git(..), Spec::Git(..)) if Spec::of(one) == Spec::of(other))
}

fn texts(node: Option<Node<'_>>) -> BTreeMap<String, String> {
    let entries = node.into_iter().flat_map(|table| table.entries());
    entries.filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned()))).collect()
}
