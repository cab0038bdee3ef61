//! Each project of the workspace against what pnpm-lock.yaml records of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::Node;

use super::super::super::node::edges::{Kind, edges};
use super::super::super::node::spec::{Spec, is_range, satisfies};
use super::super::super::node::workspace;
use super::super::super::paths;
use super::super::super::report::Report;
use super::importers::{Dependency, Importer, SECTIONS, locked};
use super::overrides::Overrides;
use super::packages::without_peers;
use super::settings::Era;
use super::sync::Comparison;

/// Something that a manifest asks for, after overrides.
struct Wanted<'m> {
    section: &'static str,
    /// True if it may be locked as an ordinary dependency, too.
    may_be_raised: bool,
    specifier: Cow<'m, str>,
    place: Location,
}

impl Comparison<'_> {
    /// Each project against what is recorded of it.
    pub fn importers(&self, report: &mut Report<'_>) {
        let importers = locked(self.root);
        let by_folder: HashMap<&str, &Importer<'_>> = importers.iter().map(|i| (i.folder, i)).collect();
        let overrides = Overrides::of(&self.settings.overrides());
        let own = self.settings.manifest.clone().map(|source| (".".to_owned(), source));
        let members = self.sharing().iter().map(|member| (member.location.clone(), member.source.clone()));
        let mut folders = BTreeSet::new();
        for (folder, source) in own.into_iter().chain(members) {
            if let Some(manifest) = workspace::readable(&source, report) {
                let importer = by_folder.get(folder.as_str()).copied();
                self.importer(importer, manifest, &source, &overrides, report);
            }
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
        let title = manifest.get("name").and_then(|name| name.text()).unwrap_or(source.path());
        let Some(importer) = importer else {
            // Since pnpm 11 a project that asks for nothing but peers need not stand there.
            let is_asking = || {
                SECTIONS
                    .iter()
                    .any(|section| manifest.get(section).is_some_and(|table| table.entries().len() > 0))
            };
            if self.settings.era == Era::New && !is_asking() {
                return;
            }
            if let Some((name, first)) = wanted.iter().next() {
                let message = format!(
                    "`{title}` asks for `{name}` and more, and the lockfile does not know the project"
                );
                report.out_of_sync(first.place.clone(), message).subject(format!("importer {title}"));
            }
            // pnpm takes it for a project of which nothing is recorded.
            return self.publishing(manifest, None, source, title, report);
        };
        let locked: HashMap<&str, &Dependency<'_>> =
            importer.dependencies.iter().map(|d| (d.name, d)).collect();
        for (name, wanted) in &wanted {
            self.dependency(name, wanted, locked.get(name).copied(), title, report);
        }
        for dependency in importer.dependencies.iter().filter(|d| wanted.contains_key(d.name)) {
            self.local(importer.folder, dependency, report);
        }
        let exclude_links =
            self.root.at(&["settings", "excludeLinksFromLockfile"]).and_then(|node| node.as_bool());
        for dependency in importer.dependencies.iter().filter(|d| !wanted.contains_key(d.name)) {
            let is_left_out = exclude_links == Some(true) && dependency.version.starts_with("link:");
            // A runtime is asked for under `devEngines`.
            if is_left_out || dependency.version.starts_with("runtime:") {
                continue;
            }
            let message =
                format!("the lockfile has `{title}` ask for `{}`, which it does not", dependency.name);
            let told = report.out_of_sync(self.project.source.at_node(dependency.node), message);
            told.subject(format!("{title} {}", dependency.name));
        }
        self.publishing(manifest, Some(importer), source, title, report);
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
        if !is_same_specifier(&wanted.specifier, locked.specifier.unwrap_or_default()) {
            let message = format!(
                "`{title}` asks for `{name}` as `{}`, and the lockfile has `{}`",
                wanted.specifier,
                locked.specifier.unwrap_or_default()
            );
            report.out_of_sync(wanted.place.clone(), message).related(place, "the lockfile").subject(subject);
            return;
        }
        let is_raised = wanted.may_be_raised && locked.section == "dependencies";
        if wanted.section != locked.section && !is_raised {
            let message = format!(
                "`{name}` stands under `{}` and is locked under `{}`",
                wanted.section, locked.section
            );
            // 12.0.0-rc.7 adds to what projects of some names ask for.
            if self.settings.is_prerelease() {
                let reason = format!("{message}, which some of pnpm's versions before a release take");
                return report.not_verified(reason);
            }
            report.out_of_sync(wanted.place.clone(), message).related(place, "the lockfile").subject(subject);
            return;
        }
        self.version(name, wanted, locked, report);
    }

    /// The locked version is one that is asked for. Only pnpm 10 and later look at that.
    fn version(&self, name: &str, wanted: &Wanted<'_>, locked: &Dependency<'_>, report: &mut Report<'_>) {
        let from_catalog = self.settings.catalogued(name, &wanted.specifier);
        let specifier = from_catalog.as_deref().unwrap_or(&wanted.specifier);
        let asked = Spec::of(specifier);
        if matches!(asked, Spec::Range(_))
            && let Some(what) = another(locked.version)
        {
            let message = format!("`{name}` is asked for as `{specifier}` and locked as {what}");
            report
                .unsatisfied(wanted.place.clone(), message)
                .related(self.project.source.at_node(locked.node), "locked here")
                .subject(name);
            return;
        }
        let (range, locked_version) = match asked {
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
        manifest: Node<'_>,
        importer: Option<&Importer<'_>>,
        source: &Source,
        title: &str,
        report: &mut Report<'_>,
    ) {
        let importer = importer.map(|importer| importer.node);
        let place = |wanted: Option<Node<'_>>| match (wanted, importer) {
            (None, Some(importer)) => self.project.source.at_node(importer),
            (wanted, _) => source.at_node(wanted.unwrap_or(manifest)),
        };
        let wanted = manifest.at(&["publishConfig", "directory"]);
        let locked = importer.and_then(|importer| importer.get("publishDirectory"));
        if wanted.and_then(|node| node.text()) != locked.and_then(|node| node.text()) {
            let message = format!("`publishConfig.directory` of `{title}` is not what the lockfile records");
            report.out_of_sync(place(wanted), message).subject(format!("publish {title}"));
        }
        let wanted = manifest.get("dependenciesMeta");
        let locked = importer.and_then(|importer| importer.get("dependenciesMeta"));
        let plain = |node: Option<Node<'_>>| {
            node.map(|node| node.to_json()).filter(|json| *json != serde_json::json!({}))
        };
        if plain(wanted) != plain(locked) {
            let message = format!("`dependenciesMeta` of `{title}` is not what the lockfile records");
            report.out_of_sync(place(wanted), message).subject(format!("meta {title}"));
        }
    }

    /// What a manifest asks for, after overrides.
    fn wanted<'m>(
        &self,
        manifest: Node<'m>,
        source: &Source,
        overrides: &'m Overrides,
    ) -> BTreeMap<&'m str, Wanted<'m>> {
        let peers = self.installs_peers();
        let project = manifest.get("name").and_then(|name| name.text()).unwrap_or_default();
        let mut result = BTreeMap::new();
        let left_out = self.left_out();
        let is_optional =
            |name: &str| manifest.get("optionalDependencies").is_some_and(|table| table.get(name).is_some());
        for edge in edges(manifest, true) {
            // pnpm takes these out of every manifest.
            if left_out.iter().any(|pattern| fits(pattern, edge.name)) && is_optional(edge.name) {
                continue;
            }
            let raised = raised(manifest, project, edge.name, overrides);
            let section = match edge.kind {
                _ if raised.is_some()
                    && matches!(self.settings.era, Era::Old | Era::Ten | Era::NineOrTen) =>
                {
                    "dependencies"
                }
                Kind::Peer | Kind::OptionalPeer if peers => "dependencies",
                Kind::Peer | Kind::OptionalPeer => continue,
                _ => section_of(manifest, edge.name),
            };
            // Development is the weakest section for pnpm, and not the strongest.
            let specifier = manifest.get(section).and_then(|table| table.get(edge.name)?.text());
            let specifier = specifier.unwrap_or(edge.spec);
            let Some(taken) = overrides.apply(project, edge.name, specifier) else { continue };
            let specifier = match taken == specifier {
                true => Cow::Borrowed(specifier),
                false => self.seen_from(paths::split(source.path()).0, taken),
            };
            let may_be_raised = raised.is_some();
            let place = source.at(edge.place);
            result.insert(edge.name, Wanted { section, may_be_raised, specifier, place });
        }
        result
    }
}

impl<'c> Comparison<'c> {
    /// An override as a project in `folder` of the repository asks for it: where it is a folder itself, the root names
    /// it as the root sees it.
    fn seen_from<'o>(&self, folder: &str, taken: &'o str) -> Cow<'o, str> {
        let path = ["link:", "file:"].iter().find_map(|start| Some((start, taken.strip_prefix(start)?)));
        let target = path.and_then(|(start, path)| Some((start, paths::join(self.project.folder, path)?)));
        match target {
            Some((start, target)) if target == folder => Cow::Borrowed(&taken[..start.len()]),
            Some((start, target)) => Cow::Owned(format!("{start}{}", paths::relative(&target, folder))),
            None => Cow::Borrowed(taken),
        }
    }

    /// The names of `ignoredOptionalDependencies`.
    fn left_out(&self) -> Vec<&'c str> {
        let list = self.settings.get("ignoredOptionalDependencies").filter(|_| self.is_nine());
        list.into_iter().flat_map(|(list, _)| list.items()).filter_map(|item| item.text()).collect()
    }
}

/// A name or a pattern, in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

/// What a peer is overridden with, if that is no range: pnpm 10 and 12.0.0-rc.7 take it for an ordinary dependency
/// then, and pnpm 12.21 does not.
fn raised<'m>(manifest: Node<'m>, project: &str, name: &str, overrides: &'m Overrides) -> Option<&'m str> {
    let range = manifest.get("peerDependencies")?.get(name)?.text()?;
    let taken = overrides.apply(project, name, range)?;
    let is_peer_range = is_range(taken) || taken.contains("workspace:") || taken.contains("catalog:");
    let is_optional = manifest.get("optionalDependencies").is_some_and(|table| table.get(name).is_some());
    (taken != range && !is_peer_range && !is_optional).then_some(taken)
}

/// What a locked version is, if it is none of the package that was asked for.
fn another(version: &str) -> Option<String> {
    let plain = without_peers(version);
    let is_local = ["link:", "file:", "workspace:"].iter().any(|start| plain.starts_with(start));
    let is_version = plain.starts_with(|c: char| c.is_ascii_digit());
    // `registry.example/name/1.0.0` is how version 5 writes what comes from another registry.
    let is_alias = plain.starts_with('/') || plain.rfind('@').is_some_and(|at| at > 0);
    match () {
        () if is_local || is_version => None,
        () if plain.contains("://") => Some(format!("the archive `{plain}`")),
        () if is_alias => Some(format!("another package, `{}`", plain.trim_start_matches('/'))),
        () => None,
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
