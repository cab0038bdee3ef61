//! Each project of the workspace against its entry in uv.lock.

use std::collections::BTreeMap;

use crate::checkout::ReadError;
use crate::tree::{Node, Syntax};

use super::super::super::model::Origin;
use super::super::super::paths;
use super::super::super::python::requirement::Need;
use super::super::super::report::Report;
use super::packages;
use super::pyproject::Pyproject;
use super::sync::{Comparison, owner_name};
use super::workspace::Workspace;

/// The members, and other projects that they take by path.
pub struct Members<'m, 'c, 's> {
    /// The comparison that this is part of.
    pub comparison: &'m Comparison<'c, 's>,
}

/// Needs by group.
pub type Groups = BTreeMap<String, Vec<Need>>;

impl<'s> Members<'_, '_, 's> {
    /// Compares all of them.
    pub fn compare(&self, report: &mut Report<'_>) {
        let nodes: Vec<Node<'s>> = packages(self.comparison.root).collect();
        for (name, member) in &self.comparison.workspace.members {
            let Some(index) = self.comparison.names.get(&**name).and_then(|named| named.first()) else {
                let message = format!("`{name}` is not in the lockfile");
                report
                    .out_of_sync(member.source.at(member.name_place()), message)
                    .subject(format!("member {name}"));
                continue;
            };
            let node = nodes[*index];
            self.source(name, member, node, report);
            let own = self.comparison.workspace.of_member(member, self.comparison.project);
            self.project(member, own.as_ref().unwrap_or(self.comparison.workspace), node, true, report);
            self.edges(member, (*index, node), report);
        }
        for (index, node) in nodes.iter().enumerate() {
            let package = &self.comparison.lock.packages[index];
            if package.origin == Origin::Local
                && !self.comparison.workspace.members.contains_key(&*package.name)
            {
                self.by_path(&package.name, *node, report);
            }
        }
    }

    /// A member is locked as a package or as none, and from its own folder.
    fn source(&self, name: &str, member: &Pyproject, node: Node<'_>, report: &mut Report<'_>) {
        let kind = self.comparison.workspace.kind(name, member);
        let location = if member.location.is_empty() { "." } else { &member.location };
        let source = node.get("source").and_then(|source| source.entries().next());
        let (found, path) = source.map_or(("", ""), |(kind, path)| {
            (kind.text().unwrap_or_default(), path.text().unwrap_or_default())
        });
        let same_kind =
            found == kind || (self.comparison.revision == 0 && kind == "directory" && found == "editable");
        if same_kind && paths::normal("", path) == member.location {
            return;
        }
        let message = format!(
            "`{name}` should be locked as `{{ {kind} = \"{location}\" }}`, and is as `{{ {found} = \"{path}\" }}`"
        );
        let place = node.get("source").map_or(node.range(), |source| source.range());
        report
            .out_of_sync(member.source.at(member.name_place()), message)
            .related(self.comparison.project.source.at(place), "the lockfile")
            .subject(format!("source {name}"));
    }

    /// True if there is neither a file nor a folder.
    fn is_missing(&self, path: &str) -> bool {
        matches!(self.comparison.project.checkout.open_file(path, u64::MAX), Err(ReadError::Missing))
    }

    /// A project of the repository that is taken by path and no member.
    fn by_path(&self, name: &str, node: Node<'_>, report: &mut Report<'_>) {
        let source = node.get("source").and_then(|source| source.entries().next());
        let Some((kind, path)) = source.and_then(|(kind, path)| Some((kind.text()?, path.text()?))) else {
            return;
        };
        let comparison = self.comparison;
        let location = paths::normal("", path);
        if paths::join(comparison.project.folder, &location).is_some_and(|path| self.is_missing(&path)) {
            let message = format!("the lockfile takes `{name}` from `{path}`, and nothing is there");
            let place = node.get("source").map_or(node.range(), |source| source.range());
            report.out_of_sync(comparison.project.source.at(place), message).subject(format!("path {name}"));
            return;
        }
        // The contents of an archive are held by its hash.
        if kind == "path" {
            return;
        }
        let Some(manifest) =
            paths::join(comparison.project.folder, &paths::file_in(&location, "pyproject.toml"))
        else {
            let why = format!("`{name}` lies outside of the repository, so it was not compared");
            return report.not_verified(why);
        };
        let source = comparison.project.text(&manifest).filter(|source| source.tree(Syntax::Toml).is_clean());
        let own = source.map(|source| Pyproject::new(location, source));
        match own.filter(|own| own.name().is_some()) {
            Some(own) if own.name().as_deref() == Some(name) => {
                let workspace = Workspace::around(own.clone(), comparison.project);
                self.project(&own, &workspace, node, false, report);
            }
            Some(own) => {
                let message =
                    format!("the lockfile takes `{path}` for `{name}`, and it is `{}`", owner_name(&own));
                report.out_of_sync(own.source.at(own.name_place()), message).subject(format!("path {name}"));
            }
            None => {
                let why =
                    format!("`{manifest}` of `{name}` does not say what it asks for, so it was not compared");
                report.not_verified(why);
            }
        }
    }
}
