//! Which projects one uv.lock is for: the one beside it and the members of its workspace.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::paths;
use super::pyproject::Pyproject;

/// The projects that one uv.lock is for.
pub struct Workspace {
    /// The manifest beside the lockfile.
    pub root: Pyproject,
    /// Members by normalised name; the project beside the lockfile is one of them if it is a project.
    pub members: BTreeMap<String, Pyproject>,
    /// Members that other members ask for, and how they are to be installed.
    pub required: BTreeMap<String, Option<bool>>,
    /// What could not be read.
    pub problems: Vec<String>,
}

/// Why there is nothing to compare with.
pub enum NoWorkspace {
    /// There is no manifest, or it is another's.
    NotExamined(&'static str),
    /// The manifest cannot be read.
    Broken(String),
}

impl Workspace {
    /// Reads the manifest beside the lockfile and those of the members.
    pub fn of(project: &Project<'_>) -> Result<Workspace, NoWorkspace> {
        let path = project.beside("pyproject.toml");
        let Some(source) = project.text(&path) else {
            return Err(NoWorkspace::NotExamined("uv.lock without a pyproject.toml beside it"));
        };
        if !source.tree(Syntax::Toml).is_clean() {
            return Err(NoWorkspace::Broken(format!("`{path}` cannot be read")));
        }
        let root = Pyproject::new(String::new(), source);
        if root.uv("workspace").is_none() && above(project.folder, project).is_some() {
            let reason = "uv.lock of a project whose workspace has its own lockfile";
            return Err(NoWorkspace::NotExamined(reason));
        }
        Ok(Workspace::with(root, project.folder, project))
    }

    /// The workspace that another project of the repository belongs to, which may be that project alone.
    /// Locations are as seen from the lockfile.
    pub fn around(other: Pyproject, project: &Project<'_>) -> Workspace {
        let own = paths::join(project.folder, &other.location).unwrap_or_default();
        if other.uv("workspace").is_none()
            && let Some((folder, source)) = above(&own, project)
        {
            let root = Pyproject::new(seen_from(&folder, project.folder), source);
            return Workspace::with(root, &folder, project);
        }
        Workspace::with(other, &own, project)
    }

    fn with(root: Pyproject, folder: &str, project: &Project<'_>) -> Workspace {
        let mut workspace =
            Workspace { root, members: BTreeMap::new(), required: BTreeMap::new(), problems: Vec::new() };
        workspace.add_members(folder, project);
        workspace.required = workspace.required_members();
        workspace
    }

    fn add_members(&mut self, folder: &str, project: &Project<'_>) {
        if let Some(name) = self.root.name() {
            self.members.insert(name, self.root.clone());
        }
        for member in members(self.root.uv("workspace"), folder, project) {
            let path = paths::file_in(&member, "pyproject.toml");
            let location = seen_from(&member, project.folder);
            let Some(source) = project.text(&path) else { continue };
            if !source.tree(Syntax::Toml).is_clean() {
                self.problems.push(format!("`{path}` cannot be read"));
                continue;
            }
            let member = Pyproject::new(location, source);
            if member.uv("managed").and_then(|node| node.as_bool()) == Some(false) {
                continue;
            }
            match member.name() {
                Some(name) => drop(self.members.insert(name, member)),
                None => self.problems.push(format!("`{path}` has no `[project]`")),
            }
        }
    }

    /// Members that `[tool.uv.sources]` of the root or of another member takes from the workspace.
    fn required_members(&self) -> BTreeMap<String, Option<bool>> {
        let mut required = BTreeMap::new();
        for project in std::iter::once(&self.root).chain(self.members.values()) {
            let own = project.name();
            for (name, source) in super::sources::all(project) {
                let is_workspace = source.get("workspace").and_then(|node| node.as_bool()) == Some(true);
                if is_workspace && own.as_ref() != Some(&name) {
                    let editable = source.get("editable").and_then(|node| node.as_bool());
                    let known = required.entry(name).or_insert(editable);
                    *known = editable.or(*known);
                }
            }
        }
        required
    }

    /// True if the manifest beside the lockfile is no project itself.
    pub fn has_bare_root(&self) -> bool {
        self.root.name().is_none()
    }
}

/// A folder as locations write it: empty for the lockfile's own.
fn seen_from(folder: &str, lockfile: &str) -> String {
    paths::normal("", &paths::relative(folder, lockfile))
}

/// The folders that the `members` of a workspace name, without those that `exclude` does.
fn members(table: Option<Node<'_>>, root: &str, project: &Project<'_>) -> Vec<String> {
    let patterns = |key: &str| {
        let list = table.and_then(|table| table.get(key)).into_iter().flat_map(|list| list.items());
        let texts = list.filter_map(|item| item.text());
        let clean = texts.map(|text| text.trim_start_matches("./").trim_end_matches('/'));
        clean.filter_map(paths::folder_pattern).collect::<Vec<_>>()
    };
    let (wanted, excluded) = (patterns("members"), patterns("exclude"));
    if wanted.is_empty() {
        return Vec::new();
    }
    let matches =
        |patterns: &[globset::GlobMatcher], location: &str| patterns.iter().any(|p| p.is_match(location));
    let folders = project.folders.with("pyproject.toml", root).filter(|folder| {
        let location = paths::relative(folder, root);
        location != "." && matches(&wanted, &location) && !matches(&excluded, &location)
    });
    folders.map(str::to_owned).collect()
}

/// The workspace above a folder that counts it among its members: its folder and its manifest. uv then takes
/// the lockfile there.
fn above(folder: &str, project: &Project<'_>) -> Option<(String, Arc<Source>)> {
    paths::ancestors(folder).skip(1).find_map(|above| {
        let source = project.text(&paths::file_in(above, "pyproject.toml"))?;
        let outer = Pyproject::new(String::new(), source);
        let table = outer.uv("workspace")?;
        let is_member = members(Some(table), above, project).iter().any(|member| member == folder);
        is_member.then(|| (above.to_owned(), outer.source.clone()))
    })
}
