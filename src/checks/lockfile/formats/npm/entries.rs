//! The entries of a package-lock.json by their locations, and how one finds another.
//!
//! Locations are folders: `node_modules/a/node_modules/b`. What `b` needs is looked for below `b`, then below
//! `a`, then at the root. The older nested form is turned into the same.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::node::edges::{Edge, Kind, edge, edges};
use super::super::super::node::spec;
use super::super::super::paths;

/// Levels of the older nested form that are followed.
const DEEPEST: usize = 200;

/// Bytes of a location from which on only the top is looked at: no system takes such a path.
const LONGEST_LOCATION: usize = 4096;

/// Folders above a location that are looked at, and then the top. Nobody nests them as deep.
const MOST_PARENTS: usize = 512;

/// All entries.
pub struct Entries<'s> {
    /// In the order of the file; the project itself has the empty location.
    pub all: Vec<Entry<'s>>,
    /// True for version 1.
    pub is_old: bool,
    by_location: HashMap<String, usize>,
}

/// One entry.
pub struct Entry<'s> {
    /// The folder.
    pub location: Cow<'s, str>,
    /// The key that it stands under: the location, or the older form's bare name.
    key: &'s str,
    /// Its members.
    pub node: Node<'s>,
    /// Where its location is written.
    pub place: Range<usize>,
    /// The folder that it is a link to.
    pub link: Option<&'s str>,
    /// True if it lies in another package's archive.
    pub bundled: bool,
    is_old: bool,
}

impl<'s> Entries<'s> {
    /// The entries of a lockfile.
    pub fn of(root: Node<'s>) -> Entries<'s> {
        let packages = root.get("packages").filter(|node| node.is_map());
        let mut entries =
            Entries { all: Vec::new(), is_old: packages.is_none(), by_location: HashMap::new() };
        match packages {
            Some(packages) => {
                for (key, node) in packages.entries() {
                    let flag = |name: &str| node.get(name).and_then(|value| value.as_bool()) == Some(true);
                    let resolved = node.get("resolved").and_then(|value| value.as_str());
                    entries.add(Entry {
                        location: Cow::Borrowed(key.text().unwrap_or_default()),
                        key: key.text().unwrap_or_default(),
                        place: key.range(),
                        link: resolved.filter(|_| flag("link")),
                        bundled: flag("inBundle"),
                        is_old: false,
                        node,
                    });
                }
            }
            None => {
                let place = root.range().start..root.range().start;
                entries.add(Entry {
                    location: "".into(),
                    key: "",
                    node: root,
                    place,
                    link: None,
                    bundled: false,
                    is_old: true,
                });
                entries.nested(root, "", 0);
            }
        }
        entries
    }

    fn nested(&mut self, node: Node<'s>, location: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let Some(table) = node.get("dependencies") else { return };
        for (key, node) in table.entries() {
            let name = key.text().unwrap_or_default();
            let inner = paths::file_in(location, &format!("node_modules/{name}"));
            let bundled = node.get("bundled").and_then(|value| value.as_bool()) == Some(true);
            self.add(Entry {
                location: Cow::Owned(inner.clone()),
                key: name,
                place: key.range(),
                link: None,
                bundled,
                is_old: true,
                node,
            });
            self.nested(node, &inner, depth + 1);
        }
    }

    fn add(&mut self, entry: Entry<'s>) {
        self.by_location.insert(entry.location.to_string(), self.all.len());
        self.all.push(entry);
    }

    /// The entry at a location.
    pub fn at(&self, location: &str) -> Option<usize> {
        self.by_location.get(location).copied()
    }

    /// The packages that something asks for under another name, in the lockfile, the manifest or its overrides.
    pub fn aliases(&self, project: &Project<'_>) -> HashSet<String> {
        let mut aliases = HashSet::new();
        let renamed = |entry: &Entry<'_>| entry.package_name() != entry.folder_name();
        if !self.all.iter().any(renamed) {
            return aliases;
        }
        let mut add = |text: &str| spec::aliases(text, &mut aliases);
        for entry in &self.all {
            entry.edges().iter().for_each(|edge| add(edge.spec));
            // The older form says it in the version of the entry itself.
            add(entry.written_version().unwrap_or_default());
        }
        if let Some(manifest) = project.text(&project.beside("package.json")) {
            add(manifest.text());
        }
        aliases
    }

    /// Everything at the top of `node_modules`.
    pub fn top(&self) -> Vec<usize> {
        let is_top = |entry: &Entry<'_>| entry.location.matches("node_modules/").count() == 1;
        (0..self.all.len()).filter(|&index| is_top(&self.all[index])).collect()
    }

    /// The entry that a package at `location` finds under `name`.
    pub fn resolve(&self, location: &str, name: &str) -> Option<usize> {
        let mut key = String::with_capacity(location.len() + name.len() + 16);
        let most = if location.len() > LONGEST_LOCATION { 0 } else { MOST_PARENTS };
        let parents = paths::ancestors(location).take_while(|folder| !folder.is_empty()).take(most);
        for folder in parents {
            if folder.ends_with("node_modules") || (folder == ".." || folder.ends_with("/..")) {
                continue;
            }
            key.clear();
            key.push_str(folder);
            key.push_str("/node_modules/");
            key.push_str(name);
            if let Some(index) = self.at(&key) {
                return Some(index);
            }
        }
        // What lies outside of the project does not look into it.
        let looks_at_top = !location.starts_with("..");
        looks_at_top.then(|| self.at(&["node_modules/", name].concat())).flatten()
    }

    /// The entry itself, or what it is a link to.
    pub fn target(&self, index: usize) -> usize {
        self.all[index].link.and_then(|location| self.at(location)).unwrap_or(index)
    }

    /// True for a link at the top to a folder of the project.
    pub fn is_workspace_link(&self, entry: &Entry<'_>) -> bool {
        entry.link.is_some_and(|target| !target.contains("node_modules/"))
            && entry.location.matches("node_modules/").count() == 1
    }
}

impl<'s> Entry<'s> {
    /// The name of the package in it.
    pub fn package_name(&self) -> &'s str {
        if let Some(name) = self.node.get("name").and_then(|node| node.as_str()) {
            return name;
        }
        // An alias of the older form says so in its version.
        if let Some(("npm", rest)) = self.written_version().and_then(|version| version.split_once(':')) {
            return rest.rfind('@').filter(|at| *at > 0).map_or(rest, |at| &rest[..at]);
        }
        self.folder_name()
    }

    /// The name of the folder that it lies in.
    pub fn folder_name(&self) -> &'s str {
        self.key.rfind("node_modules/").map_or(self.key, |at| &self.key[at + "node_modules/".len()..])
    }

    /// The version; empty if there is none.
    pub fn version(&self) -> &'s str {
        let Some(version) = self.written_version() else { return "" };
        if let Some(("npm", rest)) = version.split_once(':') {
            return rest.rfind('@').filter(|at| *at > 0).map_or("", |at| &rest[at + 1..]);
        }
        // The older form writes URLs here.
        if version.contains([':', '/']) { "" } else { version }
    }

    /// The URL or folder that it comes from.
    pub fn resolved(&self) -> Option<&'s str> {
        let resolved = self.node.get("resolved").and_then(|node| node.as_str());
        let old = || {
            self.written_version()
                .filter(|version| self.is_old && version.contains([':', '/']) && !version.starts_with("npm:"))
        };
        resolved.or_else(old)
    }

    /// True for the project, its workspaces and other folders that no package manager fills.
    pub fn is_local(&self) -> bool {
        !self.location.contains("node_modules/")
    }

    /// What it asks for.
    pub fn edges(&self) -> Vec<Edge<'s>> {
        if !self.is_old {
            return edges(self.node, self.is_local());
        }
        let requires = self.node.get("requires").into_iter().flat_map(|table| table.entries());
        requires.filter_map(|(key, value)| edge(Kind::Prod, key, value)).collect()
    }

    fn written_version(&self) -> Option<&'s str> {
        self.node.get("version").and_then(|node| node.as_str())
    }
}
