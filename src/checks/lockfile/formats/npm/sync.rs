//! Whether package.json and its lockfile agree, as `npm ci` decides it without the registry.

use std::collections::{HashMap, HashSet};

use crate::location::Location;
use crate::rule::Severity;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::Declared;
use super::super::super::node::edges::{Edge, Kind, edges};
use super::super::super::node::spec::Spec;
use super::super::super::node::workspace::{self, Workspace};
use super::super::super::paths;
use super::super::super::report::Report;
use super::drift;
use super::entries::{Entries, Entry};
use super::misfit::Misfit;
use super::overrides::Overrides;

/// Pairs of package and override set that are visited. Real projects have a few for each package.
const MOST_VISITS: usize = 200_000;

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("package.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("package-lock.json without a package.json beside it");
        return Declared::default();
    };
    let Some(manifest) = workspace::usable(&source) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    let workspaces = workspace::workspaces(manifest, project);
    let entries = Entries::of(root);
    let comparison = Comparison {
        overrides: Overrides::of(manifest),
        ignores_peers: workspace::ignores_peers(project),
        versions: workspaces.iter().map(|w| (w.location.as_str(), w)).collect(),
        entries: &entries,
        project,
    };
    let place = |edge: &Edge<'_>| source.at(edge.place.clone());
    let from = Asker { title: None, location: "", set: None, is_project: true };
    let members: HashSet<&str> = workspaces.iter().map(|workspace| workspace.name.as_str()).collect();
    // Whatever the project asks for under a workspace's name, it gets the workspace.
    for edge in edges(manifest, true).iter().filter(|edge| !members.contains(edge.name)) {
        if !comparison.conflicts(edge, &place(edge), report) {
            comparison.judge(&from, edge, &place(edge), report);
        }
    }
    for workspace in &workspaces {
        comparison.workspace(workspace, report);
    }
    comparison.reachable(manifest, &workspaces, report);
    drift::compare(root, manifest, &source, &workspaces, project, report);
    let mut declared = workspace::declared(manifest, &workspaces, project);
    // Packages may ask for archives, too; the entries record as what they ask.
    let installed = entries.all.iter().filter(|entry| !entry.is_local());
    installed.flat_map(Entry::edges).for_each(|edge| workspace::declare(edge.spec, &mut declared));
    declared
}

/// A lockfile and the manifests that it is for.
pub(super) struct Comparison<'c, 's> {
    pub(super) entries: &'c Entries<'s>,
    pub(super) overrides: Overrides,
    ignores_peers: bool,
    /// Workspaces by location: their manifests say which version they have.
    pub(super) versions: HashMap<&'c str, &'c Workspace>,
    project: &'c Project<'c>,
}

/// Who asks for something.
pub(super) struct Asker<'a> {
    /// Name and version; nothing for the project itself.
    title: Option<String>,
    pub(super) location: &'a str,
    /// The override set that it lies in; nothing where overrides do not count.
    pub(super) set: Option<usize>,
    /// True for manifests of the project.
    is_project: bool,
}

impl<'s> Comparison<'_, 's> {
    /// An override must not change what the project itself asks for: npm then refuses to do anything.
    fn conflicts(&self, edge: &Edge<'_>, place: &Location, report: &mut Report<'_>) -> bool {
        let set = self.overrides.below(0, edge.name, edge.spec);
        let Some((value, _)) = self.overrides.value(set, edge.name).filter(|(value, _)| *value != edge.spec)
        else {
            return false;
        };
        let message = format!(
            "`{}` is asked for as `{}` and overridden with `{value}`, which npm refuses (EOVERRIDE)",
            edge.name, edge.spec
        );
        let help =
            format!("write `${}` as the override's value, or the same range in both places", edge.name);
        report.out_of_sync(place.clone(), message).help(help).subject(format!("override {}", edge.name));
        true
    }

    /// A workspace is linked, and what it asks for is there.
    fn workspace(&self, workspace: &Workspace, report: &mut Report<'_>) {
        let Some(root) = workspace::readable(&workspace.source, report) else { return };
        let name_place = root.get("name").map_or(0..0, |node| node.range());
        let link = self.entries.at(&format!("node_modules/{}", workspace.name));
        let target = link.and_then(|index| self.entries.all[index].link);
        let is_linked =
            target == Some(workspace.location.as_str()) && self.entries.at(&workspace.location).is_some();
        let is_old_link = self.entries.is_old
            && link
                .and_then(|index| self.entries.all[index].resolved())
                .is_some_and(|url| url.starts_with("file:"));
        if !is_linked && !is_old_link {
            let message = format!("the workspace `{}` is not linked in the lockfile", workspace.name);
            let told = report.out_of_sync(workspace.source.at(name_place), message);
            let told = told.subject(format!("workspace {}", workspace.name));
            if let Some(index) = link {
                told.related(self.at(&self.entries.all[index]), "what the lockfile has in its place");
            }
            return;
        }
        let set = (!self.overrides.is_empty()).then(|| self.overrides.below(0, &workspace.name, "*"));
        let title = Some(workspace.name.clone());
        let from = Asker { title, location: &workspace.location, set, is_project: true };
        for edge in edges(root, true) {
            self.judge(&from, &edge, &workspace.source.at(edge.place.clone()), report);
        }
    }

    /// Everything that can be reached gets what it asks for.
    fn reachable(&self, manifest: Node<'_>, workspaces: &[Workspace], report: &mut Report<'_>) {
        let mut sets: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut queue: Vec<(usize, usize)> = Vec::new();
        for edge in edges(manifest, true) {
            let set = self.overrides.below(0, edge.name, edge.spec);
            queue.extend(self.entries.resolve("", edge.name).map(|index| (index, set)));
        }
        for workspace in workspaces {
            let Some(root) = workspace.root() else { continue };
            let own = self.overrides.below(0, &workspace.name, "*");
            for edge in edges(root, true) {
                let set = self.overrides.below(own, edge.name, edge.spec);
                queue.extend(self.entries.resolve(&workspace.location, edge.name).map(|index| (index, set)));
            }
        }
        let mut visits = 0;
        let mut order = Vec::new();
        while let Some((index, set)) = queue.pop() {
            let index = self.entries.target(index);
            let entry = &self.entries.all[index];
            // What lies outside of the project is left to whoever owns it.
            if entry.location.starts_with("..") {
                continue;
            }
            if entry.location.is_empty() || self.versions.contains_key(&*entry.location) {
                continue;
            }
            let known = sets.entry(index).or_default();
            if known.contains(&set) {
                continue;
            }
            visits += 1;
            if visits > MOST_VISITS {
                report.not_verified("the overrides take too many turns to be followed");
                return;
            }
            if known.is_empty() {
                order.push(index);
            }
            known.push(set);
            for edge in entry.edges() {
                let below = self.overrides.below(set, edge.name, edge.spec);
                queue.extend(self.entries.resolve(&entry.location, edge.name).map(|index| (index, below)));
            }
        }
        crate::sorted::by(&mut order, Ord::cmp);
        for index in order {
            self.transitive(&self.entries.all[index], &sets[&index], report);
        }
    }

    fn transitive(&self, entry: &Entry<'s>, sets: &[usize], report: &mut Report<'_>) {
        if entry.bundled || self.folder(entry, sets[0], report) {
            return;
        }
        let bundle: HashSet<&str> = ["bundleDependencies", "bundledDependencies"]
            .iter()
            .filter_map(|name| entry.node.get(name))
            .flat_map(|list| list.items())
            .filter_map(|item| item.text())
            .collect();
        for edge in entry.edges().iter().filter(|edge| !bundle.contains(edge.name)) {
            // A package that is reached by several ways lies under the overrides of one of them.
            let asker = |set: &usize| Asker {
                title: Some(format!("{} {}", entry.package_name(), entry.version())),
                location: &entry.location,
                set: (!self.overrides.is_empty()).then_some(*set),
                is_project: false,
            };
            let fits = |set: &&usize| {
                let target = self.entries.resolve(&entry.location, edge.name);
                target.is_some_and(|index| self.misfit(&asker(set), edge, index).is_none())
            };
            if sets.iter().find(fits).is_none() {
                let place = self.project.source.at(edge.place.clone());
                self.judge(&asker(&sets[0]), edge, &place, report);
            }
        }
    }

    /// For a folder that is linked to counts what its manifest says now, and not the copy. False for anything else.
    fn folder(&self, entry: &Entry<'s>, set: usize, report: &mut Report<'_>) -> bool {
        let path = paths::file_in(&entry.location, "package.json");
        let source = entry.is_local().then(|| self.project.text(&self.project.beside(&path))).flatten();
        let Some(source) = source else { return false };
        let tree = source.tree(Syntax::Json);
        let Some(manifest) = tree.root().filter(|_| tree.is_clean()) else { return false };
        let from = Asker {
            title: Some(entry.package_name().to_owned()),
            location: &entry.location,
            set: (!self.overrides.is_empty()).then_some(set),
            is_project: true,
        };
        for edge in edges(manifest, true) {
            self.judge(&from, &edge, &source.at(edge.place.clone()), report);
        }
        true
    }

    /// Judges one edge.
    fn judge(&self, from: &Asker<'_>, edge: &Edge<'_>, place: &Location, report: &mut Report<'_>) {
        let is_peer = matches!(edge.kind, Kind::Peer | Kind::OptionalPeer);
        if is_peer && (self.ignores_peers || (self.entries.is_old && !from.is_project)) {
            return;
        }
        let subject = format!("{} {}", from.title.as_deref().unwrap_or_default(), edge.name);
        let who = from.title.as_deref().map_or("package.json".to_owned(), |title| format!("`{title}`"));
        if let (Spec::Foreign(spec), true) = (Spec::of(edge.spec), from.is_project) {
            let message =
                format!("{who} asks for `{}` as `{spec}`, which npm does not understand", edge.name);
            report.out_of_sync(place.clone(), message).subject(subject);
            return;
        }
        let Some(index) = self.entries.resolve(from.location, edge.name) else {
            // The older form leaves out what was optional somewhere.
            let may_lack = edge.kind == Kind::OptionalPeer || (self.entries.is_old && !from.is_project);
            if may_lack {
                return;
            }
            let message =
                format!("{who} asks for `{}` as `{}`, and the lockfile has none", edge.name, edge.spec);
            if is_peer && !from.is_project {
                report.drift(place.clone(), message).subject(subject);
            } else if edge.kind == Kind::Optional && !from.is_project {
                // Older versions of npm install the rest without a word.
                report.out_of_sync(place.clone(), message).severity(Severity::Warning).subject(subject);
            } else {
                report.out_of_sync(place.clone(), message).subject(subject);
            }
            return;
        };
        // A peer that may be missing may also be another version: `npm ci` leaves it alone.
        let Some(misfit) = self.misfit(from, edge, index).filter(|_| edge.kind != Kind::OptionalPeer) else {
            return;
        };
        let entry = &self.entries.all[index];
        let locked = self.at(entry);
        if is_peer && !from.is_project {
            let message = match &misfit {
                Misfit::Version(range) => format!(
                    "{who} wants `{}` as `{range}` beside it and finds {}; npm may refuse that",
                    edge.name,
                    self.version(entry)
                ),
                Misfit::Source(what) => format!("{who} wants `{}` beside it as {what}", edge.name),
            };
            report.drift(place.clone(), message).related(locked, "found here").subject(subject);
            return;
        }
        match misfit {
            Misfit::Version(range) => {
                let version = match self.version(entry) {
                    "" => "no version",
                    version => version,
                };
                let message = match &from.title {
                    None => format!("`{}` is asked for as `{range}` and locked at {version}", edge.name),
                    Some(title) => {
                        format!("`{title}` asks for `{}` as `{range}`, locked is {version}", edge.name)
                    }
                };
                report
                    .unsatisfied(place.clone(), message)
                    .related(locked, format!("locked at {version}"))
                    .subject(subject);
            }
            Misfit::Source(what) => {
                let found = entry.resolved().map_or("the registry".to_owned(), |url| format!("`{url}`"));
                let message = format!("`{}` is asked for as {what} and locked from {found}", edge.name);
                report.out_of_sync(place.clone(), message).related(locked, "locked here").subject(subject);
            }
        }
    }

    fn at(&self, entry: &Entry<'_>) -> Location {
        self.project.source.at(entry.place.clone())
    }
}
