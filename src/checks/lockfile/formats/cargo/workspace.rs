//! Which manifests one Cargo.lock is for: the members of the workspace and what they reach by path.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::host;
use super::super::super::paths;
use super::manifest::{Dependency, Inherited, Manifest, Wanted, dependency};

/// Manifests that are followed. Nobody has more.
const MOST: usize = 20_000;

/// All packages that one Cargo.lock is for.
pub struct Workspace {
    /// Packages by folder, and whether they are members.
    pub packages: BTreeMap<String, (Manifest, bool)>,
    /// `[patch]`: what replaces packages everywhere, and the file that says so.
    pub patches: Vec<(Dependency, Arc<Source>)>,
    /// True if `[replace]`, the older way of patching, is in use.
    pub replaces: bool,
    /// True if members inherit from what is read here, and not perhaps from a workspace further up.
    pub is_outermost: bool,
    /// Hosts of registries that the configuration names.
    pub hosts: Vec<String>,
    /// What could not be read.
    pub problems: Vec<String>,
    /// A folder that a pattern of `members` names and that is no package, and the pattern's place.
    pub without_manifest: Option<(String, Location)>,
}

/// Why there is nothing to compare with.
pub enum NoWorkspace {
    /// There is no manifest, or it is another's: nothing to be said against the lockfile.
    NotExamined(String),
    /// The manifest cannot be read.
    Broken(String),
}

impl Workspace {
    /// Reads the manifest beside the lockfile and all that belong to it.
    pub fn of(project: &Project<'_>) -> Result<Workspace, NoWorkspace> {
        let path = project.beside("Cargo.toml");
        let Some(root_source) = project.text(&path) else {
            return Err(NoWorkspace::NotExamined("Cargo.lock without a Cargo.toml beside it".to_owned()));
        };
        let tree = root_source.tree(Syntax::Toml);
        let Some(root) = tree.root().filter(|_| tree.is_clean()) else {
            return Err(NoWorkspace::Broken(format!("`{path}` cannot be read")));
        };
        if root.get("workspace").is_none() && belongs_elsewhere(root, project) {
            let reason = "Cargo.lock of a package whose workspace has its own lockfile";
            return Err(NoWorkspace::NotExamined(reason.to_owned()));
        }
        let mut workspace = Workspace {
            packages: BTreeMap::new(),
            patches: Vec::new(),
            replaces: root.get("replace").is_some(),
            is_outermost: root.get("workspace").is_some()
                || outer_workspace(project.folder, project).is_none(),
            hosts: Vec::new(),
            problems: Vec::new(),
            without_manifest: without_manifest(root, &root_source, project),
        };
        workspace.follow(root, project);
        workspace.patches.extend(patches(root, project.folder, &root_source));
        workspace.configuration(project);
        workspace.patched_folders(project);
        Ok(workspace)
    }

    fn follow(&mut self, root: Node<'_>, project: &Project<'_>) {
        let table = root.get("workspace");
        let inherited = table.map(|table| Inherited::of(table, project.folder));
        let excluded = Excluded::of(table, project.folder);
        let mut queue: VecDeque<(String, bool)> = VecDeque::new();
        if root.get("package").is_some() || root.get("project").is_some() {
            queue.push_back((project.folder.to_owned(), true));
        }
        queue.extend(members(table, project, &excluded).into_iter().map(|folder| (folder, true)));
        while let Some((folder, listed)) = queue.pop_front() {
            // What the workspace reaches by path within its own folder is a member, too.
            let member = listed
                || (table.is_some()
                    && paths::is_inside(&folder, project.folder)
                    && !excluded.covers(&folder));
            let known = self.packages.get(&folder).is_some_and(|(_, known)| *known || !member);
            if known || self.packages.len() >= MOST {
                continue;
            }
            let path = paths::file_in(&folder, "Cargo.toml");
            let source = match project.read(&path) {
                Ok(source) => source,
                Err(error) => {
                    self.problems.push(format!("`{path}`: {error}"));
                    continue;
                }
            };
            // A package of another workspace inherits from that one.
            let other = if member { None } else { outer_workspace(&folder, project) };
            let foreign = other.as_ref().and_then(Outer::table);
            let inherited = if member { inherited.as_ref() } else { foreign.as_ref() };
            let Some(manifest) = Manifest::read(source, &folder, inherited) else {
                self.problems.push(format!("`{path}` cannot be read"));
                continue;
            };
            for wanted in manifest.dependencies.iter().filter(|wanted| member || !wanted.dev) {
                match &wanted.source {
                    Wanted::Path(Some(next)) => queue.push_back((next.clone(), false)),
                    Wanted::Path(None) => self
                        .problems
                        .push(format!("`{path}` takes `{}` from outside of the repository", wanted.name)),
                    _ => {}
                }
            }
            self.packages.insert(folder, (manifest, member));
        }
    }

    /// Packages that take the place of others are as good as dependencies by path.
    fn patched_folders(&mut self, project: &Project<'_>) {
        let mut queue: Vec<String> = self.patches.iter().filter_map(|(patch, _)| folder_of(patch)).collect();
        while let Some(folder) = queue.pop() {
            if self.packages.contains_key(&folder) || self.packages.len() >= MOST {
                continue;
            }
            let Some(source) = project.text(&paths::file_in(&folder, "Cargo.toml")) else { continue };
            let outer = outer_workspace(&folder, project);
            let table = outer.as_ref().and_then(Outer::table);
            let Some(manifest) = Manifest::read(source, &folder, table.as_ref()) else { continue };
            queue.extend(manifest.dependencies.iter().filter(|wanted| !wanted.dev).filter_map(folder_of));
            self.packages.insert(folder, (manifest, false));
        }
    }

    /// `.cargo/config.toml` of the lockfile's folder and those above it.
    fn configuration(&mut self, project: &Project<'_>) {
        for folder in paths::ancestors(project.folder) {
            for name in [".cargo/config.toml", ".cargo/config"] {
                let Some(source) = project.text(&paths::file_in(folder, name)) else { continue };
                let tree = source.tree(Syntax::Toml);
                let Some(root) = tree.root() else { continue };
                for table in ["registries", "source"].iter().filter_map(|name| root.get(name)) {
                    let urls =
                        table.entries().flat_map(|(_, entry)| [entry.get("index"), entry.get("registry")]);
                    self.hosts.extend(urls.flatten().filter_map(|url| host(url.text()?)));
                }
                self.patches.extend(patches(root, folder, &source));
            }
        }
    }
}

/// A workspace that a package elsewhere in the repository may inherit from.
struct Outer {
    source: Arc<Source>,
    folder: String,
}

impl Outer {
    fn of(above: &str, project: &Project<'_>) -> Option<Outer> {
        let source = project.text(&paths::file_in(above, "Cargo.toml"))?;
        let is_root = source.tree(Syntax::Toml).root()?.get("workspace").is_some();
        is_root.then(|| Outer { source, folder: above.to_owned() })
    }

    fn table(&self) -> Option<Inherited<'_>> {
        let table = self.source.tree(Syntax::Toml).root()?.get("workspace")?;
        Some(Inherited::of(table, &self.folder))
    }
}

/// The nearest workspace at or above a folder.
fn outer_workspace(folder: &str, project: &Project<'_>) -> Option<Outer> {
    paths::ancestors(folder).find_map(|above| Outer::of(above, project))
}

fn folder_of(dependency: &Dependency) -> Option<String> {
    match &dependency.source {
        Wanted::Path(folder) => folder.clone(),
        _ => None,
    }
}

fn patches(root: Node<'_>, folder: &str, source: &Arc<Source>) -> Vec<(Dependency, Arc<Source>)> {
    let registries = root.get("patch").into_iter().flat_map(|table| table.entries());
    let entries = registries.flat_map(|(_, table)| table.entries());
    entries.map(|(key, value)| (dependency(key, value, false, folder, None), source.clone())).collect()
}

/// Folders that `exclude` names.
struct Excluded(Vec<String>);

impl Excluded {
    fn of(table: Option<Node<'_>>, folder: &str) -> Excluded {
        let list = table.and_then(|table| table.get("exclude")).into_iter().flat_map(|list| list.items());
        Excluded(list.filter_map(|item| paths::join(folder, item.text()?)).collect())
    }

    fn covers(&self, folder: &str) -> bool {
        self.0.iter().any(|excluded| paths::is_inside(folder, excluded))
    }
}

/// The first folder that is no package of those that a pattern of `members` names. Files are passed over.
fn without_manifest(root: Node<'_>, source: &Source, project: &Project<'_>) -> Option<(String, Location)> {
    let table = root.get("workspace")?;
    let excluded = Excluded::of(Some(table), project.folder);
    let patterns: Vec<_> = table
        .get("members")?
        .items()
        .filter_map(|item| Some((item, item.text()?.trim_start_matches("./").trim_end_matches('/'))))
        // What lies deeper is not meant as a package.
        .filter(|(_, text)| paths::is_pattern(text) && !text.contains("**"))
        .filter_map(|(item, text)| Some((item, paths::folder_pattern(text)?)))
        .collect();
    if patterns.is_empty() {
        return None;
    }
    let mut seen: HashSet<&str> = HashSet::new();
    for entry in project.checkout.files(|path| paths::is_inside(path, project.folder)) {
        for folder in paths::ancestors(paths::split(&entry.path).0) {
            if folder.len() <= project.folder.len() || !seen.insert(folder) {
                break;
            }
            let location = paths::relative(folder, project.folder);
            let pattern = patterns.iter().find(|(_, pattern)| pattern.is_match(&location));
            let has_manifest = || project.checkout.contains(&paths::file_in(folder, "Cargo.toml"));
            if let Some((item, _)) = pattern.filter(|_| !excluded.covers(folder) && !has_manifest()) {
                return Some((folder.to_owned(), source.at_node(*item)));
            }
        }
    }
    None
}

/// The folders that `members` names and that hold a manifest. What is named outright wins over `exclude`.
fn members(table: Option<Node<'_>>, project: &Project<'_>, excluded: &Excluded) -> Vec<String> {
    let list = table.and_then(|table| table.get("members")).into_iter().flat_map(|list| list.items());
    let mut found = Vec::new();
    for pattern in list.filter_map(|item| item.text()) {
        if !paths::is_pattern(pattern) {
            found.extend(paths::join(project.folder, pattern));
            continue;
        }
        let Some(matcher) = paths::folder_pattern(pattern.trim_start_matches("./").trim_end_matches('/'))
        else {
            continue;
        };
        for folder in project.folders.with("Cargo.toml", project.folder) {
            if matcher.is_match(paths::relative(folder, project.folder)) && !excluded.covers(folder) {
                found.push(folder.to_owned());
            }
        }
    }
    found
}

/// True if a workspace above counts the package of this folder among its members: Cargo then takes the lockfile
/// beside that workspace's manifest.
fn belongs_elsewhere(root: Node<'_>, project: &Project<'_>) -> bool {
    if root.at(&["package", "workspace"]).is_some() {
        return true;
    }
    paths::ancestors(project.folder).skip(1).any(|above| {
        let Some(source) = project.text(&paths::file_in(above, "Cargo.toml")) else { return false };
        let tree = source.tree(Syntax::Toml);
        let Some(table) = tree.root().and_then(|root| root.get("workspace")) else { return false };
        let excluded = Excluded::of(Some(table), above);
        let outer = Project { folder: above, ..*project };
        members(Some(table), &outer, &excluded).iter().any(|folder| folder == project.folder)
    })
}
