//! Whether a yarn.lock of yarn 1 and the manifests agree. `yarn install --frozen-lockfile` looks at the root alone,
//! and only for what is missing; the rest it would rewrite.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::checkout::Source;
use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock};
use super::super::super::node::edges::{Edge, Kind, edges_of_yarn_1};
use super::super::super::node::spec::{Spec, satisfies};
use super::super::super::node::workspace::{self, Workspace};
use super::super::super::paths;
use super::super::super::report::Report;
use super::lines::{Entry, entries};
use super::{Index, descriptor, plain};
use crate::sorted::IntoMap as _;

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("package.json");
    let Some(source) = project.text(&path) else {
        report.not_examined("yarn.lock without a package.json beside it");
        return Declared::default();
    };
    let Some(manifest) = workspace::usable(&source) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    if workspace::is_member_of_yarn_1(project) {
        report.not_examined("yarn.lock in a workspace, where yarn takes the one of its root");
        return Declared::default();
    }
    private(manifest, &source, report);
    let members = workspace::workspaces_of_yarn_1(manifest, project);
    // What the reader accepted can be read again.
    let Ok(entries) = entries(project.source.text()) else { return Declared::default() };
    let keys =
        entries.iter().enumerate().flat_map(|(at, entry)| entry.keys.iter().map(move |key| (at, *key)));
    let comparison = Comparison {
        lock,
        project,
        index: Index::of(keys),
        resolutions: resolutions(manifest),
        members: members.iter().map(|member| (member.name.as_str(), member)).collect(),
    };
    comparison.manifest(manifest, &source, true, report);
    for member in &members {
        if let Some(root) = workspace::readable(&member.source, report) {
            comparison.manifest(root, &member.source, false, report);
        }
    }
    comparison.unused(&entries, &asked(manifest, &members, &entries, project), report);
    workspace::declared(manifest, &members, project)
}

/// yarn 1 has workspaces only where the root is never published.
fn private(manifest: Node<'_>, source: &Source, report: &mut Report<'_>) {
    let list = workspace::list(manifest).filter(|list| list.items().len() > 0);
    let is_said =
        |node: Node<'_>| !node.is_null() && node.as_bool() != Some(false) && node.text() != Some("");
    if let Some(list) = list.filter(|_| !manifest.get("private").is_some_and(is_said)) {
        let message = "yarn 1 refuses workspaces of a package that is not private";
        let told = report.out_of_sync(source.at_node(list), message);
        told.help("add `\"private\": true` to package.json").subject("private");
    }
}

struct Comparison<'c, 's> {
    lock: &'c Lock<'s>,
    project: &'c Project<'c>,
    index: Index<'c>,
    resolutions: BTreeMap<String, String>,
    members: HashMap<&'c str, &'c Workspace>,
}

impl Comparison<'_, '_> {
    fn manifest(&self, manifest: Node<'_>, source: &Source, is_root: bool, report: &mut Report<'_>) {
        for edge in edges_of_yarn_1(manifest) {
            if matches!(edge.kind, Kind::Peer | Kind::OptionalPeer) {
                continue;
            }
            if self.is_member(&edge) || self.resolutions.contains_key(edge.name) {
                continue;
            }
            self.dependency(&edge, source, is_root, report);
        }
    }

    /// True if a workspace is linked in its place.
    fn is_member(&self, edge: &Edge<'_>) -> bool {
        let Some(member) = self.members.get(edge.name) else { return false };
        let version = member.root().and_then(|root| root.get("version")?.text());
        version.is_none_or(|version| satisfies(version, edge.spec) != Some(false))
    }

    /// yarn 1 accepts descriptors that nothing asks for, and drops them when it writes the file again.
    fn unused(&self, entries: &[Entry<'_>], asked: &HashSet<String>, report: &mut Report<'_>) {
        // Under `resolutions` yarn also keeps what the versions that are not taken ask for.
        if !self.resolutions.is_empty() {
            return;
        }
        let is_superfluous = |key: &&&str| !asked.contains(&plain(key));
        let mut whole = entries.iter().filter(|entry| entry.keys.iter().all(|key| is_superfluous(&key)));
        // Those are packages that nothing needs, which another rule lists.
        if let Some(entry) = whole.next() {
            let message =
                format!("the lockfile holds `{}`, which nothing asks for any more", entry.keys.join(", "));
            report.drift(self.project.source.at(entry.place.clone()), message).subject("unused");
        }
        for entry in entries {
            let superfluous: Vec<&str> = entry.keys.iter().filter(is_superfluous).copied().collect();
            if superfluous.len() < entry.keys.len() {
                for key in superfluous {
                    let message =
                        format!("the lockfile takes this entry for `{key}`, too, which nothing asks for");
                    let place = self.project.source.at(entry.place.clone());
                    report.drift(place, message).subject(format!("descriptor {key}"));
                }
            }
        }
    }

    fn dependency(&self, edge: &Edge<'_>, source: &Source, is_root: bool, report: &mut Report<'_>) {
        let place = source.at(edge.place.clone());
        let seen = as_seen(edge.spec, source.path(), self.project);
        let found = self.index.exact(edge.name, edge.spec).or_else(|| self.index.exact(edge.name, &seen));
        let Some(index) = found else {
            let message =
                format!("`{}@{}` is asked for, and the lockfile does not hold it", edge.name, edge.spec);
            let told = match is_root {
                true => report.out_of_sync(place, message),
                // yarn 1 does not look at workspaces, and installs what is newest for them.
                false => report.drift(place, message),
            };
            told.subject(edge.name);
            return;
        };
        let range = match Spec::of(edge.spec) {
            Spec::Range(range) => range,
            Spec::Alias(_, inner) => match *inner {
                Spec::Range(range) => range,
                _ => return,
            },
            _ => return,
        };
        let package = &self.lock.packages[index];
        if satisfies(&package.version, &range) == Some(false) {
            let message =
                format!("`{}` is asked for as `{range}` and locked at {}", edge.name, package.version);
            report
                .unsatisfied(place, message)
                .related(
                    self.project.source.at(package.place.clone()),
                    format!("locked at {}", package.version),
                )
                .subject(edge.name);
        }
    }
}

/// Names whose versions `resolutions` sets.
fn resolutions(manifest: Node<'_>) -> BTreeMap<String, String> {
    let table = manifest.get("resolutions").into_iter().flat_map(|table| table.entries());
    let name = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('/').collect();
        match parts.as_slice() {
            [.., scope, name] if scope.starts_with('@') => format!("{scope}/{name}"),
            [.., name] => (*name).to_owned(),
            [] => String::new(),
        }
    };
    let entries = table.filter_map(|(key, value)| Some((key.text()?, value.text()?)));
    entries.map(|(pattern, value)| (descriptor(&name(pattern)).0.to_owned(), value.to_owned())).into_map()
}

/// A folder or archive as yarn 1 looks it up: its path as seen from the lockfile, and `./` only where it was written.
fn as_seen(spec: &str, manifest: &str, project: &Project<'_>) -> String {
    let Some((protocol @ ("file" | "link"), path)) = spec.split_once(':').filter(|it| !it.1.starts_with('/'))
    else {
        return spec.to_owned();
    };
    let seen = paths::relative(&paths::normal(paths::split(manifest).0, path), project.folder);
    let dot = if path.starts_with("./") && !seen.starts_with("../") { "./" } else { "" };
    [protocol, ":", dot, &seen].concat()
}

/// All descriptors that the project and the packages ask for.
fn asked(
    manifest: Node<'_>,
    members: &[Workspace],
    entries: &[Entry<'_>],
    project: &Project<'_>,
) -> HashSet<String> {
    let mut asked: HashSet<String> = HashSet::new();
    let of_members = members.iter().filter_map(|member| Some((member.root()?, member.source.path())));
    for (manifest, path) in of_members.chain([(manifest, project.source.path())]) {
        for edge in edges_of_yarn_1(manifest) {
            let seen = as_seen(edge.spec, path, project);
            asked.extend([edge.spec, &seen].map(|spec| plain(&format!("{}@{spec}", edge.name))));
        }
    }
    let by_packages = entries.iter().flat_map(|entry| &entry.needs);
    asked.extend(by_packages.map(|(name, range)| plain(&format!("{name}@{range}"))));
    asked
}
