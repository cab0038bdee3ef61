//! bun.lock, versions 0 to 2.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Origin, Package};
use super::super::node::edges::{Edge, Kind, edges};
use super::super::node::spec::{self, Spec, satisfies};
use super::super::node::{PUBLIC_HOSTS, integrity, workspace};
use super::super::report::Report;
use crate::sorted::IntoMap as _;

/// bun.lock.
pub struct Bun;

/// What bun up to 1.4 writes.
const VERSIONS: RangeInclusive<i64> = 0..=2;

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

    fn registry_may_need_git(&self) -> bool {
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
            return Err(Unreadable::Version { found, known: "0 to 2", place: version.range() });
        }
        let entries = Entries::of(root);
        let mut lock = Lock::default();
        let mut aliases = HashSet::new();
        spec::aliases(project.source.text(), &mut aliases);
        if let Some(manifest) = project.text(&project.beside("package.json")) {
            spec::aliases(manifest.text(), &mut aliases);
        }
        for entry in &entries.all {
            let needs = entry.needs.iter().filter_map(|name| entries.find(entry.key, name)).collect();
            let mut package = package(entry, needs);
            under_its_key(&mut package, entry.key, &aliases);
            lock.packages.push(package);
        }
        for (folder, member) in members(root) {
            let name = member.get("name").and_then(|name| name.text()).unwrap_or(folder);
            let asked = edges(member, true);
            lock.roots.extend(asked.iter().filter_map(|edge| entries.find(name, edge.name)));
            // Members are recorded as packages, too.
            lock.roots.extend(entries.by_key.get(name).copied());
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        match project.root(Syntax::Jsonc) {
            Ok(root) => compare(root, lock, project, report),
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

/// The projects that are recorded, by folder.
fn members<'s>(root: Node<'s>) -> impl Iterator<Item = (&'s str, Node<'s>)> {
    let table = root.get("workspaces").into_iter().flat_map(|table| table.entries());
    table.filter_map(|(key, node)| Some((key.text()?, node)))
}

struct Entry<'s> {
    /// `name`, or `parent/name` where several versions are there.
    key: &'s str,
    key_node: Node<'s>,
    /// `name@version`
    title: &'s str,
    parts: Vec<Node<'s>>,
    needs: Vec<&'s str>,
}

struct Entries<'s> {
    all: Vec<Entry<'s>>,
    by_key: HashMap<&'s str, usize>,
}

impl<'s> Entries<'s> {
    fn of(root: Node<'s>) -> Entries<'s> {
        let mut entries = Entries { all: Vec::new(), by_key: HashMap::new() };
        for (key_node, node) in root.get("packages").into_iter().flat_map(|table| table.entries()) {
            let parts: Vec<Node<'s>> = node.items().collect();
            let (Some(key), Some(title)) = (key_node.text(), parts.first().and_then(|part| part.as_str()))
            else {
                continue;
            };
            let information = parts.iter().find(|part| part.is_map());
            let sections = ["dependencies", "optionalDependencies", "peerDependencies"];
            let tables = sections.iter().filter_map(|section| information?.get(section));
            let needs =
                tables.flat_map(|table| table.entries()).filter_map(|(name, _)| name.text()).collect();
            entries.by_key.insert(key, entries.all.len());
            entries.all.push(Entry { key, key_node, title, parts, needs });
        }
        entries
    }

    /// What `name` is for the package under `key`: below it, or below one of its parents, or at the top.
    fn find(&self, key: &str, name: &str) -> Option<usize> {
        let mut parent = Some(key);
        while let Some(folder) = parent {
            if let Some(&index) = self.by_key.get(format!("{folder}/{name}").as_str()) {
                return Some(index);
            }
            parent = folder.rsplit_once('/').map(|(before, _)| before);
        }
        self.by_key.get(name).copied()
    }
}

/// Under a name that nobody gives to another package stands the package of that name. What bun downloads in its place
/// is the registry's archive of the other one, which the file leaves out as usual.
fn under_its_key<'s>(package: &mut Package<'s>, key: &'s str, aliases: &HashSet<String>) {
    let mut parts = key.rsplitn(3, '/');
    let last = parts.next().unwrap_or(key);
    let scope = parts.next().filter(|scope| scope.starts_with('@'));
    let name = scope.map_or(last, |scope| &key[key.len() - last.len() - scope.len() - 1..]);
    if package.origin != Origin::Registry("") || package.name == name || aliases.contains(&*package.name) {
        return;
    }
    let other = std::mem::replace(&mut package.name, Cow::Borrowed(name));
    let base = other.rsplit('/').next().unwrap_or(&other);
    let url = format!("https://{}/{other}/-/{base}-{}.tgz", PUBLIC_HOSTS[0], package.version);
    package.files.iter_mut().for_each(|file| file.url = Some(Cow::Owned(url.clone())));
}

fn package<'s>(entry: &Entry<'s>, needs: Vec<usize>) -> Package<'s> {
    let from = usize::from(entry.title.starts_with('@'));
    let at = entry.title.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from);
    let (name, reference) = at.map_or((entry.title, ""), |at| (&entry.title[..at], &entry.title[at + 1..]));
    let text = |index: usize| entry.parts.get(index).and_then(|part| part.as_str());
    let is_version = reference.starts_with(|c: char| c.is_ascii_digit());
    let origin = match reference.split_once('#') {
        Some((url, commit)) if url.starts_with("git") => Origin::Git(url, Some(commit)),
        _ if is_version => Origin::Registry(""),
        _ if reference.starts_with("http:") || reference.starts_with("https:") => Origin::Url(reference),
        _ => Origin::Local,
    };
    let place = entry.key_node.range();
    let last = entry.parts.last().filter(|part| part.as_str().is_some_and(|text| text.contains('-')));
    let url = text(1).filter(|url| is_version && url.contains("://") && url.ends_with(".tgz"));
    let is_file = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let files = is_file.then(|| File {
        url: url.map(Cow::Borrowed),
        name: "",
        hashes: last
            .filter(|_| entry.parts.len() > 2)
            .map(|node| integrity::hashes(*node))
            .unwrap_or_default(),
        needs_hash: is_version,
        place: place.clone(),
    });
    Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(if is_version { reference } else { "" }),
        origin,
        files: files.into_iter().collect(),
        needs,
        place,
    }
}

/// `bun install --frozen-lockfile` compares names and whether versions still do; the rest it would rewrite.
fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("package.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("bun.lock without a package.json beside it");
        // What the lockfile records of the manifest is all that there is of it.
        let recorded = members(root).find(|(folder, _)| folder.is_empty());
        return recorded.map(|(_, node)| workspace::declared(node, &[], project)).unwrap_or_default();
    };
    let tree = source.tree(Syntax::Json);
    let (Some(manifest), true) = (tree.root(), tree.is_clean()) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    let workspaces = workspace::workspaces(manifest, project);
    let mut manifests: BTreeMap<String, Arc<Source>> = BTreeMap::from([(String::new(), source.clone())]);
    manifests.extend(workspaces.iter().map(|member| (member.location.clone(), member.source.clone())));
    let locked: HashMap<&str, Node<'_>> = members(root).collect();
    let comparison = Comparison { entries: Entries::of(root), lock, project };
    for (folder, source) in &manifests {
        let Some(manifest) = source.tree(Syntax::Json).root() else { continue };
        comparison.member(manifest, source, locked.get(folder.as_str()).copied(), report);
    }
    for (folder, node) in locked.iter().filter(|(folder, _)| !manifests.contains_key(**folder)) {
        let message =
            format!("the lockfile records the workspace `{folder}`, and the project has none there");
        report.drift(project.source.at_node(*node), message).subject(format!("no workspace {folder}"));
    }
    overrides(root, manifest, &source, project, report);
    workspace::declared(manifest, &workspaces, project)
}

struct Comparison<'c, 's> {
    entries: Entries<'c>,
    lock: &'c Lock<'s>,
    project: &'c Project<'c>,
}

impl Comparison<'_, '_> {
    fn member(&self, manifest: Node<'_>, source: &Source, locked: Option<Node<'_>>, report: &mut Report<'_>) {
        let title = manifest.get("name").and_then(|name| name.text()).unwrap_or(source.path());
        let asked = edges(manifest, true);
        let Some(locked) = locked else {
            if let Some(first) = asked.first() {
                let message = format!(
                    "`{title}` asks for `{}`, and the lockfile does not know the workspace",
                    first.name
                );
                report
                    .out_of_sync(source.at(first.place.clone()), message)
                    .subject(format!("workspace {title}"));
            }
            return;
        };
        let recorded = edges(locked, true);
        let mut known: HashMap<&str, &Edge<'_>> = recorded.iter().map(|edge| (edge.name, edge)).collect();
        for edge in &asked {
            let place = source.at(edge.place.clone());
            let subject = format!("{title} {}", edge.name);
            match known.remove(edge.name) {
                None => {
                    let message =
                        format!("`{title}` asks for `{}`, and the lockfile does not know that", edge.name);
                    report.out_of_sync(place, message).subject(subject);
                }
                Some(record) if self.is_satisfied(title, edge, &place, report) && differs(record, edge) => {
                    let message = format!(
                        "`{title}` asks for `{}` in another way than the lockfile records",
                        edge.name
                    );
                    report.drift(place, message).subject(subject);
                }
                Some(_) => {}
            }
        }
        for edge in known.values() {
            let message = format!("the lockfile has `{title}` ask for `{}`, which it does not", edge.name);
            let place = self.project.source.at(edge.place.clone());
            report.out_of_sync(place, message).subject(format!("{title} {}", edge.name));
        }
    }

    /// False if the locked version is none that is asked for; that is reported.
    fn is_satisfied(
        &self,
        owner: &str,
        edge: &Edge<'_>,
        place: &crate::location::Location,
        report: &mut Report<'_>,
    ) -> bool {
        if matches!(edge.kind, Kind::Peer | Kind::OptionalPeer) {
            return true;
        }
        let Spec::Range(range) = Spec::of(edge.spec) else { return true };
        let Some(index) = self.entries.find(owner, edge.name) else { return true };
        let package = &self.lock.packages[index];
        if package.version.is_empty() || satisfies(&package.version, &range) != Some(false) {
            return true;
        }
        let message = format!("`{}` is asked for as `{range}` and locked at {}", edge.name, package.version);
        report
            .unsatisfied(place.clone(), message)
            .related(self.project.source.at(package.place.clone()), format!("locked at {}", package.version))
            .subject(edge.name);
        false
    }
}

fn differs(one: &Edge<'_>, other: &Edge<'_>) -> bool {
    let is_peer = |edge: &Edge<'_>| matches!(edge.kind, Kind::Peer | Kind::OptionalPeer);
    one.spec != other.spec || (one.kind != other.kind && !(is_peer(one) && is_peer(other)))
}

fn overrides(
    root: Node<'_>,
    manifest: Node<'_>,
    source: &Source,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let read = |nodes: [Option<Node<'_>>; 2]| -> BTreeMap<String, String> {
        let entries = nodes.into_iter().flatten().flat_map(|table| table.entries());
        entries
            .filter_map(|(key, value)| Some((key.text()?.to_owned(), value.as_str()?.to_owned())))
            .into_map()
    };
    let tables = [manifest.get("overrides"), manifest.get("resolutions")];
    if read(tables) == read([root.get("overrides"), None]) {
        return;
    }
    let place = match (tables.into_iter().flatten().next(), root.get("overrides")) {
        (Some(node), _) => source.at_node(node),
        (None, Some(node)) => project.source.at_node(node),
        (None, None) => return,
    };
    report.out_of_sync(place, "`overrides` are not what the lockfile was resolved with").subject("overrides");
}
