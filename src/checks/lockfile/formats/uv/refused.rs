//! What of a manifest uv refuses before it looks at the lockfile.

use crate::location::Location;
use crate::tree::Node;

use super::super::super::python::normalised;
use super::super::super::report::Report;
use super::pyproject::Pyproject;
use super::settings::{contradicts, is_before};
use super::sources;
use super::sync::{Comparison, owner_name};

/// Keys of a git source of which there can be one.
const REFERENCES: [&str; 3] = ["rev", "tag", "branch"];

impl Comparison<'_, '_> {
    /// Reports what is wrong with the manifests themselves.
    pub fn refused(&self, report: &mut Report<'_>) {
        let root = &self.workspace.root;
        let is_unmanaged = |node: &Node<'_>| node.as_bool() == Some(false) && root.name().is_some();
        if let Some(node) = root.uv("managed").filter(is_unmanaged) {
            let message = "`managed = false` keeps uv from the project, so it refuses the lockfile";
            report
                .out_of_sync(self.manifest(Some(node)), message)
                .help("remove the lockfile, or the setting")
                .subject("managed");
        }
        if let Some(node) =
            self.settings.get("required-version").filter(|node| contradicts(self.project, *node))
        {
            let message =
                "`required-version` admits none of the versions of uv that are named for the project";
            let place = self.manifest_or_settings("required-version", Some(node));
            report
                .out_of_sync(place, message)
                .help("name a version that it admits")
                .subject("required-version");
        }
        let is_old = is_before(self.project, self.settings.get("required-version"), [0, 6]) == Some(true);
        if let Some(node) = root.uv("default-groups").filter(|node| is_old && node.is_scalar()) {
            let message = "uv before 0.6 takes nothing but a list for `default-groups`";
            mend(report, self.manifest(Some(node)), message.to_owned());
        }
        for (place, message) in &self.workspace.refused {
            mend(report, place.clone(), message.clone());
        }
        let bare = Some(root).filter(|_| self.workspace.has_bare_root());
        for project in bare.into_iter().chain(self.workspace.members.values()) {
            version(project, report);
            group_settings(project, report);
            references(project, report);
            let are_ignored = self.settings.get("no-sources").and_then(|node| node.as_bool()) == Some(true);
            if !are_ignored && project.name().is_some() {
                headings(project, report);
            }
        }
    }
}

fn mend(report: &mut Report<'_>, place: Location, message: String) {
    let subject = message.clone();
    report.out_of_sync(place, message).help("mend the manifest first").subject(subject);
}

/// A version is written, or is said to be dynamic.
fn version(project: &Pyproject, report: &mut Report<'_>) {
    let Some(table) = project.at(&["project"]) else { return };
    if project.version().is_none() && !project.is_dynamic("version") {
        let place = project.at(&["project", "version"]).map_or(project.name_place(), |node| node.range());
        let place = if place.is_empty() { table.range() } else { place };
        let message =
            format!("`{}` has no version, and does not say that it is dynamic", owner_name(project));
        mend(report, project.source.at(place), message);
    }
}

/// `[tool.uv.dependency-groups]` is about groups of `[dependency-groups]`.
fn group_settings(project: &Pyproject, report: &mut Report<'_>) {
    let table = project.group_settings().into_iter().flat_map(|table| table.entries());
    let groups = project.includes();
    for (key, _) in table {
        let Some(name) = key.text() else { continue };
        if !groups.contains_key(&normalised(name)) {
            let message = format!("there is no dependency group `{name}` that a setting could be for");
            mend(report, project.source.at(key.range()), message);
        }
    }
}

/// Keys of sources that exclude each other.
fn references(project: &Pyproject, report: &mut Report<'_>) {
    for (name, source) in sources::all(project) {
        let has = |key: &&&str| source.get(key).is_some();
        let of_git = source.get("git").and(Some(REFERENCES.as_slice())).unwrap_or_default();
        for keys in [of_git, &["extra", "group"]] {
            let mut given = keys.iter().filter(has);
            if let (Some(one), Some(other)) = (given.next(), given.next()) {
                let message = format!("the source of `{name}` has both `{one}` and `{other}`");
                mend(report, project.source.at_node(source), message);
            }
        }
    }
}

/// A source for an extra or a group is for something that stands there.
fn headings(project: &Pyproject, report: &mut Report<'_>) {
    if project.is_dynamic("dependencies") || project.is_dynamic("optional-dependencies") {
        return;
    }
    for (name, source) in sources::all(project) {
        let text = |key: &str| source.get(key).and_then(|node: Node<'_>| node.text());
        let lacking = match (text("extra"), text("group")) {
            (Some(extra), None) if !is_in_extra(project, &normalised(extra), &name) => ("extra", extra),
            (None, Some(group)) if !is_in_group(project, &normalised(group), &name) => ("group", group),
            _ => continue,
        };
        let message = format!(
            "the source of `{name}` is for the {} `{}`, which does not ask for it",
            lacking.0, lacking.1
        );
        mend(report, project.source.at_node(source), message);
    }
}

/// True as well if that cannot be read.
fn is_in_extra(project: &Pyproject, extra: &str, name: &str) -> bool {
    let found = |list: &[(super::super::super::python::requirement::Requirement, Option<String>)]| {
        list.iter().any(|(requirement, own)| requirement.name == name && own.as_deref() == Some(extra))
    };
    project.requirements().map_or(true, found)
}

/// True as well if that cannot be read.
fn is_in_group(project: &Pyproject, group: &str, name: &str) -> bool {
    let Ok(groups) = project.groups() else { return true };
    groups.get(group).is_some_and(|list| list.iter().any(|requirement| requirement.name == name))
}
