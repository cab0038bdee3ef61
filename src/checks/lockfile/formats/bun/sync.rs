//! Whether bun.lock and the manifests agree, as `bun install --frozen-lockfile` decides it: what is installed where
//! must not change, and how it is asked for may.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock};
use super::super::super::node::edges::{Edge, Kind, edges};
use super::super::super::node::workspace;
use super::super::super::report::Report;
use super::entries::{Entries, members};
use super::fit::{Locked, Misfit};
use super::settings::{Settings, Wanted};

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("package.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("bun.lock without a package.json beside it");
        // What the lockfile records of the manifest is all that there is of it.
        let recorded = members(root).find(|(folder, _)| folder.is_empty());
        return recorded.map(|(_, node)| workspace::declared(node, &[], project)).unwrap_or_default();
    };
    let Some(manifest) = workspace::usable(&source) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    let mut workspaces = workspace::workspaces(manifest, project);
    // bun passes over folders whose package has no name.
    workspaces.retain(|member| {
        workspace::readable(&member.source, report).is_some_and(|root| root.get("name").is_some())
    });
    let mut manifests: BTreeMap<String, Arc<Source>> = BTreeMap::from([(String::new(), source.clone())]);
    manifests.extend(workspaces.iter().map(|member| (member.location.clone(), member.source.clone())));
    let locked: HashMap<&str, Node<'_>> = members(root).collect();
    let entries = Entries::of(root);
    let settings = Settings::of(manifest);
    let comparison = Comparison {
        reached: reached(&entries, &manifests),
        places: places(&entries),
        locked: Locked { entries: &entries, lock, workspaces: &workspaces },
        settings: &settings,
        project,
    };
    for (folder, source) in &manifests {
        let Some(manifest) = source.tree(Syntax::Json).root() else { continue };
        comparison.member(folder, manifest, source, locked.get(folder.as_str()).copied(), report);
    }
    for (folder, node) in locked.iter().filter(|(folder, _)| !manifests.contains_key(**folder)) {
        let message =
            format!("the lockfile records the workspace `{folder}`, and the project has none there");
        report.drift(project.source.at_node(*node), message).subject(format!("no workspace {folder}"));
    }
    comparison.closed(root, report);
    settings.compare(root, manifest, &source, project, report);
    let mut declared = workspace::declared(manifest, &workspaces, project);
    // Packages may ask for repositories and archives, too; the entries record as what they ask.
    let needs = entries.all.iter().flat_map(|entry| &entry.needs);
    needs.for_each(|need| workspace::declare(need.spec, &mut declared));
    declared
}

/// Everything that the manifests need now.
fn reached(entries: &Entries<'_>, manifests: &BTreeMap<String, Arc<Source>>) -> HashSet<usize> {
    let mut queue: Vec<usize> = Vec::new();
    for (folder, source) in manifests {
        let Some(manifest) = source.tree(Syntax::Json).root() else { continue };
        let owner = owner(folder, manifest);
        let asked = edges(manifest, true).into_iter().filter(|edge| edge.kind != Kind::OptionalPeer);
        queue.extend(asked.filter_map(|edge| entries.find(owner, edge.name)));
        queue.extend(entries.by_key.get(owner).copied());
    }
    let mut reached = HashSet::new();
    while let Some(index) = queue.pop() {
        if reached.insert(index) {
            let entry = &entries.all[index];
            let needs = entry.needs.iter().filter(|need| need.kind != Kind::OptionalPeer);
            queue.extend(needs.filter_map(|need| entries.find(entry.key, need.name)));
        }
    }
    reached
}

fn places<'e>(entries: &'e Entries<'_>) -> HashMap<&'e str, usize> {
    let mut places = HashMap::new();
    entries.all.iter().for_each(|entry| *places.entry(entry.name()).or_default() += 1);
    places
}

/// The key that what a project asks for is looked for below.
fn owner<'m>(folder: &str, manifest: Node<'m>) -> &'m str {
    let name = manifest.get("name").and_then(|name| name.text()).filter(|_| !folder.is_empty());
    name.unwrap_or_default()
}

struct Comparison<'c, 's> {
    locked: Locked<'c, 's>,
    reached: HashSet<usize>,
    /// At how many places a package of each name stands.
    places: HashMap<&'c str, usize>,
    settings: &'c Settings,
    project: &'c Project<'c>,
}

impl Comparison<'_, '_> {
    fn member(
        &self,
        folder: &str,
        manifest: Node<'_>,
        source: &Source,
        locked: Option<Node<'_>>,
        report: &mut Report<'_>,
    ) {
        let title = manifest.get("name").and_then(|name| name.text()).unwrap_or(source.path());
        let place =
            manifest.get("name").map_or_else(|| source.at_node(manifest), |name| source.at_node(name));
        let Some(locked) = locked else {
            let message = format!("the lockfile does not know the workspace `{title}`");
            report.out_of_sync(place, message).subject(format!("workspace {title}"));
            return;
        };
        let recorded_name = locked.get("name").and_then(|name| name.text());
        if let Some(name) = recorded_name.filter(|name| *name != title && !folder.is_empty()) {
            let message = format!("the workspace `{title}` is called `{name}` in the lockfile");
            report.out_of_sync(place, message).subject(format!("workspace {title}"));
        }
        let owner = owner(folder, manifest);
        let recorded = edges(locked, true);
        let mut known: HashMap<&str, &Edge<'_>> = recorded.iter().map(|edge| (edge.name, edge)).collect();
        for edge in &edges(manifest, true) {
            let record = known.remove(edge.name);
            self.edge(title, owner, edge, record, &source.at(edge.place.clone()), report);
        }
        for edge in recorded.iter().filter(|edge| known.contains_key(edge.name)) {
            self.gone(title, owner, edge, report);
        }
    }

    /// What a manifest asks for is there.
    fn edge(
        &self,
        title: &str,
        owner: &str,
        edge: &Edge<'_>,
        record: Option<&Edge<'_>>,
        place: &Location,
        report: &mut Report<'_>,
    ) {
        let subject = format!("{title} {}", edge.name);
        let spec = match self.settings.wanted(edge.name, edge.spec) {
            Wanted::Spec(spec) => Some(spec),
            Wanted::Unclear => None,
            Wanted::NotInCatalog(catalog) => {
                let catalog =
                    if catalog.is_empty() { "catalog".to_owned() } else { format!("catalog `{catalog}`") };
                let message = format!(
                    "`{title}` asks for `{}` as `{}`, and the project has no such entry in its {catalog}",
                    edge.name, edge.spec
                );
                report.out_of_sync(place.clone(), message).subject(subject);
                return;
            }
        };
        let index = self.locked.entries.find(owner, edge.name);
        if index.is_none() && record.is_none() && edge.kind != Kind::OptionalPeer {
            let message = format!("`{title}` asks for `{}`, and the lockfile does not know that", edge.name);
            report.out_of_sync(place.clone(), message).subject(subject);
            return;
        }
        let recorded = record.map(|record| match self.settings.wanted(record.name, record.spec) {
            Wanted::Spec(spec) => spec,
            _ => record.spec,
        });
        let judged = index.zip(spec).filter(|_| edge.kind != Kind::OptionalPeer);
        let misfit = judged.and_then(|(index, spec)| self.locked.misfit(edge, spec, recorded, index));
        if let (Some(misfit), Some(index)) = (misfit, index) {
            self.tell(edge, &misfit, index, place, report);
            return;
        }
        if record.is_none_or(|record| differs(record, edge)) {
            let message =
                format!("`{title}` asks for `{}` in another way than the lockfile records", edge.name);
            report.drift(place.clone(), message).subject(subject);
        }
    }

    fn tell(
        &self,
        edge: &Edge<'_>,
        misfit: &Misfit,
        index: usize,
        place: &Location,
        report: &mut Report<'_>,
    ) {
        let package = &self.locked.lock.packages[index];
        let locked = self.project.source.at(package.place.clone());
        match misfit {
            Misfit::Version(range) => {
                let message =
                    format!("`{}` is asked for as `{range}` and locked at {}", edge.name, package.version);
                let told = report.unsatisfied(place.clone(), message);
                told.related(locked, format!("locked at {}", package.version)).subject(edge.name);
            }
            Misfit::Other(what) => {
                let message = format!("`{}` is asked for as `{}`, and {what}", edge.name, edge.spec);
                let told = report.out_of_sync(place.clone(), message);
                told.related(locked, "the lockfile").subject(edge.name);
            }
        }
    }

    /// What is not asked for any more changes nothing if others need it, at the same place.
    fn gone(&self, title: &str, owner: &str, edge: &Edge<'_>, report: &mut Report<'_>) {
        let entries = self.locked.entries;
        let place = self.project.source.at(edge.place.clone());
        let subject = format!("{title} {}", edge.name);
        let message = format!("the lockfile has `{title}` ask for `{}`, which it does not", edge.name);
        let index = entries.find(owner, edge.name);
        let is_needed = index.is_none_or(|index| self.reached.contains(&index));
        if edge.kind != Kind::OptionalPeer && !is_needed {
            report.out_of_sync(place, message).subject(subject);
            return;
        }
        if self.places.get(edge.name).is_some_and(|places| *places > 1) {
            report.not_verified(format!(
                "whether bun would still install the same `{}` at the same place, now that `{title}` does not ask \
                 for it",
                edge.name
            ));
            return;
        }
        report.drift(place, message).subject(subject);
    }

    /// What is recorded as needed is there; bun cannot read a lockfile where it is not.
    fn closed(&self, root: Node<'_>, report: &mut Report<'_>) {
        let entries = self.locked.entries;
        let folders: HashSet<&str> =
            members(root).filter_map(|(_, member)| member.get("name")?.text()).collect();
        let lacks = |key: &str, name: &str| !folders.contains(name) && entries.find(key, name).is_none();
        let mut tell = |place: Location, title: &str, name: &str| {
            let message = format!("`{title}` needs `{name}`, and the lockfile has none");
            report.out_of_sync(place, message).subject(format!("{title} {name}"));
        };
        for (folder, member) in members(root) {
            let (owner, title) = (owner(folder, member), member.get("name").and_then(|name| name.text()));
            for edge in edges(member, true) {
                if matches!(edge.kind, Kind::Prod | Kind::Dev) && lacks(owner, edge.name) {
                    tell(self.project.source.at(edge.place), title.unwrap_or(folder), edge.name);
                }
            }
        }
        for entry in &entries.all {
            for need in entry.needs.iter().filter(|need| need.kind == Kind::Prod) {
                if lacks(entry.key, need.name) {
                    tell(self.project.source.at_node(entry.key_node), entry.title, need.name);
                }
            }
        }
        let is_zero = root.get("lockfileVersion").and_then(|node| node.as_int()) == Some(0);
        let lacks_table =
            |entry: &&super::entries::Entry<'_>| entry.is_workspace() && !entry.has_information();
        if let Some(entry) = entries.all.iter().filter(|_| is_zero).find(lacks_table) {
            let message = format!("`{}` does not say what it needs, as it must in version 0", entry.title);
            report.out_of_sync(self.project.source.at_node(entry.key_node), message).subject(entry.title);
        }
    }
}

fn differs(one: &Edge<'_>, other: &Edge<'_>) -> bool {
    let is_peer = |edge: &Edge<'_>| matches!(edge.kind, Kind::Peer | Kind::OptionalPeer);
    one.spec != other.spec || (one.kind != other.kind && !(is_peer(one) && is_peer(other)))
}
