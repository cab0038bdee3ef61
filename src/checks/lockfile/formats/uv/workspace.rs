//! Which projects one uv.lock is for: the one beside it and the members of its workspace.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use crate::checkout::Source;
use crate::location::Location;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::paths;
use super::pyproject::Pyproject;
use super::settings::is_before;

/// The projects that one uv.lock is for.
pub struct Workspace {
    /// The manifest beside the lockfile.
    pub root: Pyproject,
    /// Members by normalised name; the project beside the lockfile is one of them if it is a project.
    pub members: BTreeMap<String, Pyproject>,
    /// Members that other members ask for, and how they are to be installed.
    pub required: BTreeMap<String, Option<bool>>,
    /// True for uv before 0.8, which takes nothing without a build system for a package.
    pub needs_builds: bool,
    /// What could not be read.
    pub problems: Vec<String>,
    /// Because of what uv refuses the workspace, and where.
    pub refused: Vec<(Location, String)>,
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

    /// What a member itself takes for its workspace, if that is another one: a manifest lies between it and the root.
    pub fn of_member(&self, member: &Pyproject, project: &Project<'_>) -> Option<Workspace> {
        let own = paths::join(project.folder, &member.location).filter(|own| own != project.folder)?;
        let (nearest, _) = manifest_above(&own, project)?;
        (nearest != project.folder).then(|| Workspace::around(member.clone(), project))
    }

    /// A manifest without members.
    pub fn alone(root: Pyproject) -> Workspace {
        Workspace {
            root,
            members: BTreeMap::new(),
            required: BTreeMap::new(),
            needs_builds: false,
            problems: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn with(root: Pyproject, folder: &str, project: &Project<'_>) -> Workspace {
        let mut workspace = Workspace::alone(root);
        workspace.add_members(folder, project);
        if is_before(project, workspace.root.uv("required-version"), [0, 7]) == Some(true) {
            let members = workspace.members.values_mut();
            members.chain([&mut workspace.root]).for_each(|member| member.is_before_group_settings = true);
        }
        workspace.required = workspace.required_members();
        // Where no version is named, the lockfile tells: it says its revision since uv 0.6.
        let lockfile = project.source.tree(Syntax::Toml).root();
        let says_revision = lockfile.is_none_or(|root| root.get("revision").is_some());
        let named = is_before(project, workspace.root.uv("required-version"), [0, 8]);
        workspace.needs_builds = named.unwrap_or(!says_revision);
        workspace
    }

    fn add_members(&mut self, folder: &str, project: &Project<'_>) {
        if let Some(name) = self.root.name() {
            self.members.insert(name, self.root.clone());
        }
        let folders = Folders::of(self.root.uv("workspace"), folder);
        if let Some(empty) = folders.without_manifest(project) {
            let message = format!(
                "`{empty}` is a member of the workspace, and has no pyproject.toml, which uv refuses"
            );
            let place = self.root.at(&["tool", "uv", "workspace", "members"]);
            let place =
                place.map_or(Location::file(self.root.source.path()), |node| self.root.source.at_node(node));
            self.refused.push((place, message));
        }
        for member in folders.with_manifest(project) {
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
            if let Some(node) = member.uv("workspace") {
                let message = format!("the member `{path}` is a workspace itself, which uv refuses");
                self.refused.push((member.source.at_node(node), message));
            }
            match member.name() {
                Some(name) => drop(self.members.insert(name, member)),
                None => self.problems.push(format!("`{path}` has no `[project]`")),
            }
        }
    }

    /// How a member is taken: as a package that can be edited, as a package, or as none.
    pub fn kind(&self, name: &str, member: &Pyproject) -> &'static str {
        let required = self.required.get(name);
        match member.is_package(self.needs_builds || required.is_none()) {
            true if required.copied().flatten().unwrap_or(true) => "editable",
            true => "directory",
            false => "virtual",
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
struct Folders<'w> {
    root: &'w str,
    wanted: Vec<GlobMatcher>,
    excluded: Vec<GlobMatcher>,
}

impl<'w> Folders<'w> {
    fn of(table: Option<Node<'_>>, root: &'w str) -> Folders<'w> {
        let patterns = |key: &str, read: fn(&str) -> Option<GlobMatcher>| {
            let list = table.and_then(|table| table.get(key)).into_iter().flat_map(|list| list.items());
            let texts = list.filter_map(|item| item.text());
            let clean = texts.map(|text| text.trim_start_matches("./").trim_end_matches('/'));
            // To uv braces are braces.
            let literal = clean.map(|text| text.replace('{', "[{]").replace('}', "[}]"));
            literal.filter_map(|text| read(&text)).collect::<Vec<_>>()
        };
        let (wanted, excluded) =
            (patterns("members", paths::folder_pattern), patterns("exclude", excluding_pattern));
        Folders { root, wanted, excluded }
    }

    fn contain(&self, folder: &str) -> bool {
        let location = paths::relative(folder, self.root);
        let matches = |patterns: &[GlobMatcher]| patterns.iter().any(|p| p.is_match(&location));
        location != "." && matches(&self.wanted) && !matches(&self.excluded)
    }

    fn with_manifest(&self, project: &Project<'_>) -> Vec<String> {
        if self.wanted.is_empty() {
            return Vec::new();
        }
        let all = project.folders.with("pyproject.toml", self.root);
        all.filter(|folder| self.contain(folder)).map(str::to_owned).collect()
    }

    /// The first folder that is no project. uv passes over those whose name begins with a dot.
    fn without_manifest(&self, project: &Project<'_>) -> Option<String> {
        if self.wanted.is_empty() {
            return None;
        }
        let is_hidden = |folder: &str| paths::split(folder).1.starts_with('.');
        let mut seen: HashSet<&str> = HashSet::new();
        for entry in project.checkout.files(|path| paths::is_inside(path, self.root)) {
            for folder in paths::ancestors(paths::split(&entry.path).0) {
                if folder.len() <= self.root.len() || !seen.insert(folder) {
                    break;
                }
                let has_manifest = || project.checkout.contains(&paths::file_in(folder, "pyproject.toml"));
                if !is_hidden(folder) && self.contain(folder) && !has_manifest() {
                    return Some(folder.to_owned());
                }
            }
        }
        None
    }
}

/// A pattern of `exclude`, in which `*` does not stay within a folder.
fn excluding_pattern(pattern: &str) -> Option<GlobMatcher> {
    // What is no pattern of `members` is none here either.
    paths::folder_pattern(pattern)?;
    let built = GlobBuilder::new(pattern).literal_separator(false).backslash_escape(false).build();
    built.ok().map(|glob| glob.compile_matcher())
}

/// The workspace above a folder that counts it among its members: its folder and its manifest. uv then takes
/// the lockfile there.
fn above(folder: &str, project: &Project<'_>) -> Option<(String, Arc<Source>)> {
    let (above, source) = manifest_above(folder, project)?;
    let outer = Pyproject::new(String::new(), source);
    let table = outer.uv("workspace")?;
    let is_member = Folders::of(Some(table), above).contain(folder);
    is_member.then(|| (above.to_owned(), outer.source.clone()))
}

/// The nearest manifest above a folder, with its own folder. uv looks no further, whatever that manifest is of.
fn manifest_above<'f>(folder: &'f str, project: &Project<'_>) -> Option<(&'f str, Arc<Source>)> {
    let mut above = paths::ancestors(folder).skip(1);
    above.find_map(|above| Some((above, project.text(&paths::file_in(above, "pyproject.toml"))?)))
}
