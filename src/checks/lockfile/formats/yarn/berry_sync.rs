//! Whether a yarn.lock of yarn 2 and later and the manifests agree, as `yarn install --immutable` decides it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, host};
use super::super::super::node::edges::{Kind, edges};
use super::super::super::node::spec::{is_range, satisfies};
use super::super::super::node::workspace;
use super::super::super::report::Report;
use super::berry::{entries, keys};
use super::berry_manifest::sections;
use super::berry_patches::patched;
use super::resolutions::Resolutions;
use super::{Index, descriptor, written};

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("package.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("yarn.lock without a package.json beside it");
        return Declared::default();
    };
    let Some(manifest) = workspace::usable(&source) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    let members = workspace::workspaces(manifest, project);
    let mut manifests: BTreeMap<String, Arc<Source>> = BTreeMap::from([(".".to_owned(), source.clone())]);
    manifests.extend(members.iter().map(|member| (member.location.clone(), member.source.clone())));
    let nodes: Vec<(Node<'_>, Node<'_>)> = entries(root).collect();
    let keys = nodes.iter().enumerate().flat_map(|(at, (key, _))| keys(*key).map(move |key| (at, key)));
    let rc = project.text(&project.beside(".yarnrc.yml"));
    let version = root.at(&["__metadata", "version"]).and_then(|node| node.text()?.parse().ok());
    let comparison = Comparison {
        version: version.unwrap_or_default(),
        index: Index::of(keys),
        nodes: &nodes,
        project,
        manifests: &manifests,
        resolutions: Resolutions::of(manifest),
        patched: patched(&nodes),
        rc: rc.as_deref().and_then(|source| source.tree(Syntax::Yaml).root()),
    };
    comparison.workspaces(report);
    comparison.graph(report);
    comparison.extensions(rc.as_deref(), report);
    comparison.patches(manifest, report);
    comparison.local(report);
    comparison.form(root, report);
    let mut declared = workspace::declared(manifest, &members, project);
    declared.hosts.extend(comparison.registries());
    declared
}

/// A yarn.lock beside its manifests.
pub(super) struct Comparison<'c> {
    /// The version of its form.
    pub version: u32,
    /// The entries by descriptor.
    pub index: Index<'c>,
    /// The entries.
    pub nodes: &'c [(Node<'c>, Node<'c>)],
    /// Where it lies.
    pub project: &'c Project<'c>,
    /// Manifests by folder, the root's under `.`.
    pub manifests: &'c BTreeMap<String, Arc<Source>>,
    /// What the root replaces.
    pub resolutions: Resolutions<'c>,
    /// Names of packages that are patched.
    pub patched: HashSet<&'c str>,
    /// `.yarnrc.yml`
    pub rc: Option<Node<'c>>,
}

impl<'c> Comparison<'c> {
    /// Servers that `.yarnrc.yml` names.
    fn registries(&self) -> Vec<String> {
        let single = self.rc.and_then(|rc| rc.get("npmRegistryServer"));
        let tables = ["npmScopes", "npmRegistries"].iter().filter_map(|key| self.rc?.get(key));
        let scopes = tables.flat_map(|table| table.entries());
        let servers = scopes.flat_map(|(key, scope)| [Some(key), scope.get("npmRegistryServer")]).flatten();
        servers
            .chain(single)
            .filter_map(|node| host(&format!("https:{}", node.text()?.trim_start_matches("https:"))))
            .collect()
    }

    fn workspaces(&self, report: &mut Report<'_>) {
        let mut recorded: HashMap<&str, usize> = HashMap::new();
        for (at, (_, node)) in self.nodes.iter().enumerate() {
            let resolution = node.get("resolution").and_then(|node| node.text()).unwrap_or_default();
            if let Some((_, folder)) = resolution.split_once("@workspace:") {
                recorded.insert(folder, at);
            }
        }
        for (folder, source) in self.manifests {
            let Some(manifest) = workspace::readable(source, report) else { continue };
            match recorded.get(folder.as_str()) {
                Some(&at) => self.workspace(manifest, source, self.nodes[at], report),
                None => {
                    let place = manifest.get("name").map_or(manifest.range(), |name| name.range());
                    let message = format!("the workspace `{folder}` is not in the lockfile");
                    report.out_of_sync(source.at(place), message).subject(format!("workspace {folder}"));
                }
            }
        }
        for (folder, at) in recorded.iter().filter(|(folder, _)| !self.manifests.contains_key(**folder)) {
            let message =
                format!("the lockfile records the workspace `{folder}`, and the project has none there");
            let place = self.project.source.at_node(self.nodes[*at].0);
            report.out_of_sync(place, message).subject(format!("no workspace {folder}"));
        }
    }

    fn workspace(
        &self,
        manifest: Node<'_>,
        source: &Source,
        (key, node): (Node<'_>, Node<'_>),
        report: &mut Report<'_>,
    ) {
        let title = manifest.get("name").and_then(|name| name.text()).unwrap_or(source.path());
        let recorded =
            node.get("resolution").and_then(|node| node.text()).map_or("", |text| descriptor(text).0);
        let own = manifest.get("name").and_then(|name| name.text());
        if own.is_some_and(|own| own != recorded) {
            let place = manifest.get("name").map_or(manifest.range(), |name| name.range());
            let message =
                format!("the project is called `{title}`, and the lockfile knows it as `{recorded}`");
            report.out_of_sync(source.at(place), message).subject(format!("name {title}"));
        }
        self.asks(manifest, true, source, (key, node), report);
    }

    /// A manifest asks for what is recorded of it.
    pub(super) fn asks(
        &self,
        manifest: Node<'_>,
        with_dev: bool,
        source: &Source,
        (key, node): (Node<'_>, Node<'_>),
        report: &mut Report<'_>,
    ) {
        let title = manifest.get("name").and_then(|name| name.text()).unwrap_or(source.path());
        let mut locked: BTreeMap<&str, (&str, Node<'_>)> = BTreeMap::new();
        for (name, range) in node.get("dependencies").into_iter().flat_map(|table| table.entries()) {
            locked.extend(name.text().zip(range.text()).map(|(text, range)| (text, (range, name))));
        }
        let all = edges(manifest, with_dev);
        for edge in all.iter().filter(|edge| !matches!(edge.kind, Kind::Peer | Kind::OptionalPeer)) {
            let place = source.at(edge.place.clone());
            let subject = format!("{title} {}", edge.name);
            match locked.remove(edge.name) {
                None => {
                    let message =
                        format!("`{title}` asks for `{}`, and the lockfile does not know that", edge.name);
                    report.out_of_sync(place, message).subject(subject);
                }
                Some((range, at)) if protocol_free(range) != protocol_free(edge.spec) => {
                    let message = format!(
                        "`{title}` asks for `{}` as `{}`, and the lockfile has `{}`",
                        edge.name,
                        edge.spec,
                        protocol_free(range)
                    );
                    let related = self.project.source.at_node(at);
                    report.out_of_sync(place, message).related(related, "the lockfile").subject(subject);
                }
                Some((range, _)) => self.resolved(edge.name, range, place, report),
            }
        }
        for (name, (_, at)) in locked {
            let message = format!("the lockfile has `{title}` ask for `{name}`, which it does not");
            report.out_of_sync(self.project.source.at_node(at), message).subject(format!("{title} {name}"));
        }
        self.sections(manifest, source, key, node, title, report);
    }

    /// What is recorded besides is the same, too.
    fn sections(
        &self,
        manifest: Node<'_>,
        source: &Source,
        key: Node<'_>,
        node: Node<'_>,
        title: &str,
        report: &mut Report<'_>,
    ) {
        for section in sections(manifest, node).iter().filter(|section| section.wanted != section.locked) {
            let written = manifest.entry(section.name).map(|(key, _)| source.at(key.range()));
            let place = written.unwrap_or_else(|| self.project.source.at_node(key));
            let message = format!("`{}` of `{title}` is not what the lockfile records", section.name);
            report.out_of_sync(place, message).subject(format!("{} {title}", section.name));
        }
    }

    /// What is asked for is locked, in a version that will do.
    fn resolved(&self, name: &str, range: &str, place: crate::location::Location, report: &mut Report<'_>) {
        // These are written down with the folder that they are seen from.
        let starts = ["patch:", "link:", "portal:", "file:", "exec:", "./", "../", "/"];
        let is_local = starts.iter().any(|start| range.starts_with(start));
        if self.resolutions.mention(name) || is_local || is_of_plugin(range) {
            return;
        }
        let range = match range.strip_prefix("catalog:") {
            Some(catalog) => match self.catalogued(catalog, name) {
                Some(range) => range,
                None => return,
            },
            None => range,
        };
        let Some(at) = self.index.exact(name, range) else {
            if !self.patched.contains(name) {
                let message = format!(
                    "`{name}@{}` is asked for, and the lockfile does not hold it",
                    protocol_free(range)
                );
                report.out_of_sync(place, message).subject(format!("descriptor {name}"));
            }
            return;
        };
        let (key, node) = self.nodes[at];
        let resolution = node.get("resolution").and_then(|node| node.text()).unwrap_or_default();
        let wanted = range.strip_prefix("workspace:").unwrap_or(protocol_free(range));
        if !is_range(wanted) {
            return;
        }
        if let Some((_, folder)) = resolution.split_once("@workspace:") {
            let member = self.manifests.get(folder);
            let root = member.and_then(|source| source.tree(Syntax::Json).root());
            let version = root.and_then(|root| root.get("version")?.text()).unwrap_or("0.0.0");
            if satisfies(version, wanted) == Some(false) {
                let message = format!(
                    "`{name}` is asked for as `{wanted}`, and the workspace of this name has version {version}"
                );
                report.out_of_sync(place, message).subject(format!("workspace version {name}"));
            }
            return;
        }
        let version = node.get("version").and_then(|node| node.text()).unwrap_or_default();
        if satisfies(version, wanted) == Some(false) {
            let message = format!("`{name}` is asked for as `{wanted}` and locked at {version}");
            report
                .unsatisfied(place, message)
                .related(self.project.source.at_node(key), format!("locked at {version}"))
                .subject(name);
        }
    }

    /// What a catalog of `.yarnrc.yml` says; the one without name is meant by the empty name.
    pub fn catalogued(&self, catalog: &str, name: &str) -> Option<&'c str> {
        let rc = self.rc?;
        let table = if catalog.is_empty() { rc.get("catalog") } else { rc.at(&["catalogs", catalog]) };
        table?.get(name)?.text()
    }

    /// It is written as yarn writes it.
    fn form(&self, root: Node<'_>, report: &mut Report<'_>) {
        self.nodes.iter().for_each(|(key, node)| written::link(*key, *node, self.project, report));
        written::compression(root, self.version, self.project, report);
        if !report.is_out_of_sync() {
            written::compare(root, self.project, report);
        }
    }

    /// `packageExtensions` add to what registered packages ask for.
    fn extensions(&self, rc: Option<&Source>, report: &mut Report<'_>) {
        let table = self.rc.and_then(|root| root.get("packageExtensions"));
        for (selector, extension) in table.into_iter().flat_map(|table| table.entries()) {
            let (name, range) = descriptor(selector.text().unwrap_or_default());
            let locked = self.nodes.iter().filter(|(key, node)| {
                let resolution = node.get("resolution").and_then(|node| node.text()).unwrap_or_default();
                let version = node.get("version").and_then(|node| node.text()).unwrap_or_default();
                let from_registry = resolution.contains("@npm:");
                from_registry
                    && keys(*key).any(|key| descriptor(key).0 == name)
                    && satisfies(version, range) == Some(true)
            });
            let locked: Vec<Node<'_>> = locked.map(|(_, node)| *node).collect();
            // What is extended is recorded as it was published; what it is extended with stands there as an entry.
            // Peers leave no trace.
            for (added, range) in extension.get("dependencies").into_iter().flat_map(|table| table.entries())
            {
                let (Some(added_name), Some(range)) = (added.text(), range.text()) else { continue };
                // Ranges with a protocol, and those that `resolutions` replaces, stand there as something else.
                let is_hidden = !is_range(protocol_free(range)) || self.resolutions.mention(added_name);
                let is_there = self.index.exact(added_name, range).is_some()
                    || (is_hidden && !self.index.find(added_name, range).is_empty());
                if let (false, false, Some(source)) = (is_there, locked.is_empty(), rc) {
                    let message =
                        format!("the lockfile was made before `{name}` was extended with `{added_name}`");
                    report
                        .out_of_sync(source.at_node(added), message)
                        .subject(format!("extension {name} {added_name}"));
                }
            }
        }
    }
}

/// Protocols that yarn knows without a plugin of the project.
const PROTOCOLS: [&str; 14] = [
    "npm",
    "jsr",
    "workspace",
    "catalog",
    "patch",
    "link",
    "portal",
    "file",
    "exec",
    "git",
    "http",
    "https",
    "github",
    "ssh",
];

/// True if only a plugin of the project knows the protocol, and may write another one in the lockfile.
pub(super) fn is_of_plugin(range: &str) -> bool {
    range.split_once(':').is_some_and(|(protocol, _)| {
        protocol.bytes().all(|byte| byte.is_ascii_lowercase()) && !PROTOCOLS.contains(&protocol)
    })
}

/// A range without the protocol that is meant where none is written. Lockfiles of yarn 2 and 3 have none.
pub(super) fn protocol_free(range: &str) -> &str {
    range.strip_prefix("npm:").unwrap_or(range)
}
