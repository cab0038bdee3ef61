//! Which projects one uv.lock is for: the one beside it and the members of its workspace.

use std::collections::BTreeMap;

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
        let root = Pyproject { location: String::new(), source };
        if root.uv("workspace").is_none() && belongs_elsewhere(project) {
            return Err(NoWorkspace::NotExamined(
                "uv.lock of a project whose workspace has its own lockfile",
            ));
        }
        let mut workspace =
            Workspace { root, members: BTreeMap::new(), required: BTreeMap::new(), problems: Vec::new() };
        workspace.add_members(project);
        workspace.required = workspace.required_members();
        Ok(workspace)
    }

    fn add_members(&mut self, project: &Project<'_>) {
        let copy = Pyproject { location: String::new(), source: self.root.source.clone() };
        if let Some(name) = copy.name() {
            self.members.insert(name, copy);
        }
        for location in members(self.root.uv("workspace"), project) {
            let path = paths::file_in(&project.beside(&location), "pyproject.toml");
            let Some(source) = project.text(&path) else { continue };
            if !source.tree(Syntax::Toml).is_clean() {
                self.problems.push(format!("`{path}` cannot be read"));
                continue;
            }
            let member = Pyproject { location, source };
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

/// The folders that a workspace's `members` name, without those that `exclude` does, as seen from its root.
fn members(table: Option<Node<'_>>, project: &Project<'_>) -> Vec<String> {
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
    let locations = project.folders.with("pyproject.toml", project.folder);
    let locations = locations.map(|folder| paths::relative(folder, project.folder));
    let matches =
        |patterns: &[globset::GlobMatcher], location: &str| patterns.iter().any(|p| p.is_match(location));
    locations
        .filter(|location| location != "." && matches(&wanted, location) && !matches(&excluded, location))
        .collect()
}

/// True if a workspace above counts this folder among its members: uv then takes the lockfile there.
fn belongs_elsewhere(project: &Project<'_>) -> bool {
    paths::ancestors(project.folder).skip(1).any(|above| {
        let Some(source) = project.text(&paths::file_in(above, "pyproject.toml")) else { return false };
        let outer = Pyproject { location: String::new(), source };
        let Some(table) = outer.uv("workspace") else { return false };
        let seen = Project { folder: above, ..*project };
        let own = paths::relative(project.folder, above);
        members(Some(table), &seen).contains(&own)
    })
}
