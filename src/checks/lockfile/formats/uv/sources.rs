//! From where each requirement is met: `[tool.uv.sources]` applied to requirements.

use std::collections::HashMap;
use std::path::Path;

use pep440_rs::VersionSpecifiers;

use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::python::algebra::Logic;
use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::requirement::{Need, Requirement, Source};
use super::pyproject::Pyproject;
use super::wire::{self, Git};
use super::workspace::Workspace;

/// All sources that a manifest names, with the normalised names of the packages that they are for.
pub fn all<'t>(project: &'t Pyproject) -> impl Iterator<Item = (String, Node<'t>)> {
    let table = project.uv("sources").into_iter().flat_map(|table| table.entries());
    table.flat_map(|(key, value)| {
        let name = normalised(key.text().unwrap_or_default());
        let several: Vec<Node<'_>> = if value.is_seq() { value.items().collect() } else { vec![value] };
        several.into_iter().map(move |source| (name.clone(), source))
    })
}

/// What the requirements of one project are seen with.
pub struct Lowering<'a> {
    project: &'a Project<'a>,
    workspace: &'a Workspace,
    owner: &'a Pyproject,
    logic: &'a Logic,
    own: Sources<'a>,
    shared: Sources<'a>,
}

/// Sources by the normalised name of the package that they are for.
type Sources<'a> = HashMap<String, Vec<Node<'a>>>;

/// Why a requirement does not say what it comes to.
pub enum Unclear {
    /// uv refuses it, too.
    Refused(String),
    /// It cannot be seen here.
    Unseen(String),
}

/// Under which heading a requirement stands.
#[derive(Clone, Copy)]
pub enum Heading<'a> {
    /// `dependencies`
    Always,
    /// An extra.
    Extra(&'a str),
    /// A dependency group.
    Group(&'a str),
}

impl<'a> Lowering<'a> {
    /// Prepares for the requirements of `owner`, which is a project of `workspace`.
    pub fn of(
        project: &'a Project<'a>,
        workspace: &'a Workspace,
        owner: &'a Pyproject,
        logic: &'a Logic,
    ) -> Lowering<'a> {
        let by_name = |project: &'a Pyproject| {
            let mut map = Sources::new();
            for (name, source) in all(project) {
                map.entry(name).or_default().push(source);
            }
            map
        };
        let (own, shared) = (by_name(owner), by_name(&workspace.root));
        Lowering { project, workspace, owner, logic, own, shared }
    }

    /// The needs that a requirement comes to; an error says what could not be found out.
    pub fn lower(&self, requirement: &Requirement, heading: Heading<'_>) -> Result<Vec<Need>, Unclear> {
        let (found, origin) = match self.own.get(&requirement.name) {
            Some(own) => (Some(own), self.owner),
            None => (self.shared.get(&requirement.name), &self.workspace.root),
        };
        let applies = |source: &Node<'_>| {
            let text = |key: &str| source.get(key).and_then(|node| node.text()).map(normalised);
            text("extra").is_none_or(|extra| matches!(heading, Heading::Extra(name) if name == extra))
                && text("group").is_none_or(|group| matches!(heading, Heading::Group(name) if name == group))
        };
        let need = |source: Source, marker: Marker| Need {
            name: requirement.name.clone(),
            extras: requirement.extras.clone(),
            source,
            marker,
            text: requirement.text.clone(),
            place: requirement.place.clone(),
        };
        let mut rest = requirement.marker.clone();
        let mut result = Vec::new();
        for source in found.into_iter().flatten().copied().filter(applies) {
            let marker = match source.get("marker").and_then(|node| node.text()) {
                Some(text) => Marker::parse(text)
                    .ok_or_else(|| Unclear::Refused(format!("the marker `{text}` cannot be read")))?,
                None => Marker::Constant(true),
            };
            let lowered = self.source(requirement, source, origin)?;
            let own = marker.clone().and(requirement.marker.clone());
            if !self.logic.is_never(&own) {
                result.push(need(lowered, own));
            }
            rest = rest.and(marker.not());
        }
        if !self.logic.is_never(&rest) {
            result.push(need(self.plain(requirement)?, rest));
        }
        Ok(result)
    }

    /// A requirement that no source is given for.
    fn plain(&self, requirement: &Requirement) -> Result<Source, Unclear> {
        let Some(url) = &requirement.url else {
            return Ok(Source::Registry(requirement.specifiers.clone(), None));
        };
        let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
        let part = |key: &str| {
            let mut parts = fragment.split('&').filter_map(|part| part.split_once('='));
            parts.find(|(known, _)| *known == key).map(|(_, value)| value)
        };
        if let Some(git) = address.strip_prefix("git+") {
            let start = git.find("://").map_or(0, |at| at + 3);
            let path = git[start..].find('/').map_or(git.len(), |at| start + at);
            let reference = git[path..].rfind('@').map(|at| path + at);
            let (url, reference) =
                reference.map_or((git, None), |at| (&git[..at], Some(git[at + 1..].to_owned())));
            return Ok(wire::git(&Git {
                url,
                reference: reference.map(|reference| ("rev", reference)),
                subdirectory: part("subdirectory").map(str::to_owned),
                lfs: part("lfs") == Some("true"),
                path: part("path").map(str::to_owned),
            }));
        }
        if address.contains("://") && !address.starts_with("file:") {
            return Ok(wire::archive(address, part("subdirectory")));
        }
        let path = address.trim_start_matches("file://").trim_start_matches("file:");
        if path.starts_with('/') || path.contains("${") {
            return Err(Unclear::Unseen(format!("`{}` lies outside of the repository", requirement.name)));
        }
        self.path(path, self.owner, None, None)
    }

    fn source(
        &self,
        requirement: &Requirement,
        source: Node<'_>,
        origin: &Pyproject,
    ) -> Result<Source, Unclear> {
        let text = |key: &str| source.get(key).and_then(|node| node.as_str());
        let flag = |key: &str| source.get(key).and_then(|node| node.as_bool());
        if let Some(url) = text("git") {
            let reference =
                ["rev", "tag", "branch"].into_iter().find_map(|kind| Some((kind, text(kind)?.to_owned())));
            return Ok(wire::git(&Git {
                url,
                reference,
                subdirectory: text("subdirectory").map(str::to_owned),
                lfs: flag("lfs") == Some(true),
                path: text("path").map(str::to_owned),
            }));
        }
        if let Some(url) = text("url") {
            return Ok(wire::archive(url, text("subdirectory")));
        }
        if let Some(path) = text("path") {
            return self.path(path, origin, flag("editable"), flag("package"));
        }
        if let Some(name) = text("index") {
            let url =
                self.index(name).ok_or_else(|| Unclear::Refused(format!("there is no index `{name}`")))?;
            let specifiers = match requirement.url {
                Some(_) => VersionSpecifiers::empty(),
                None => requirement.specifiers.clone(),
            };
            return Ok(Source::Registry(specifiers, Some(url)));
        }
        if flag("workspace") == Some(true) {
            return self.member(&requirement.name);
        }
        Err(Unclear::Unseen(format!("the source of `{}` is of a kind that is not known", requirement.name)))
    }

    /// A member of the workspace.
    fn member(&self, name: &str) -> Result<Source, Unclear> {
        let member = self.workspace.members.get(name);
        let member =
            member.ok_or_else(|| Unclear::Refused(format!("`{name}` is no member of the workspace")))?;
        Ok(wire::local(self.workspace.kind(name, member), &member.location))
    }

    /// A folder or archive.
    fn path(
        &self,
        path: &str,
        origin: &Pyproject,
        editable: Option<bool>,
        package: Option<bool>,
    ) -> Result<Source, Unclear> {
        if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
            return Err(Unclear::Unseen(format!("the path `{path}` leads out of the repository")));
        }
        let location = paths::normal(&origin.location, path);
        // From a folder elsewhere the path may come back to the lockfile's own.
        let folder = self.project.folder;
        let location = paths::join(folder, &location)
            .map_or(location, |full| paths::normal("", &paths::relative(&full, folder)));
        // What is there decides; a path to nothing is taken for a folder unless it has an ending.
        let manifest = paths::join(self.project.folder, &paths::file_in(&location, "pyproject.toml"));
        let inner = manifest.and_then(|path| self.project.text(&path));
        let is_folder = inner.is_some() || Path::new(&location).extension().is_none() || {
            let full = paths::join(self.project.folder, &location);
            full.is_some_and(|full| self.project.has_folder(&full))
        };
        if !is_folder {
            return Ok(wire::local("path", &location));
        }
        if editable == Some(true) {
            return Ok(wire::local("editable", &location));
        }
        let is_package = package.unwrap_or_else(|| {
            let needs_builds = self.workspace.needs_builds;
            inner.is_none_or(|source| Pyproject::new(location.clone(), source).is_package(needs_builds))
        });
        Ok(wire::local(if is_package { "directory" } else { "virtual" }, &location))
    }

    /// The URL of an index by its name.
    fn index(&self, name: &str) -> Option<String> {
        [self.owner, &self.workspace.root].into_iter().find_map(|project| {
            let mut indexes = project.uv("index").into_iter().flat_map(|list| list.items());
            let index = indexes.find(|index| index.get("name").and_then(|node| node.text()) == Some(name))?;
            Some(wire::without_credentials(index.get("url")?.text()?))
        })
    }
}
