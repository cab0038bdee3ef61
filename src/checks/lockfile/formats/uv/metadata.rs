//! What uv.lock says of one project against its manifest: version, extras, requirements, groups.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::sorted::IntoMap as _;
use crate::tree::Node;

use super::super::super::python::normalised;
use super::super::super::python::ranges::Ranges;
use super::super::super::python::version::{release_ranges, specifiers, version};
use super::super::super::report::Report;
use super::graph;
use super::members::{Groups, Members};
use super::pyproject::Pyproject;
use super::sync::owner_name;
use super::wire;
use super::workspace::Workspace;

impl Members<'_, '_, '_> {
    /// Version, extras, requirements and groups of a project.
    pub fn project(
        &self,
        member: &Pyproject,
        workspace: &Workspace,
        node: Node<'_>,
        is_member: bool,
        report: &mut Report<'_>,
    ) {
        let name = owner_name(member);
        self.version(&name, member, node, report);
        if member.is_dynamic("dependencies") || member.is_dynamic("optional-dependencies") {
            return report.dynamic(&name);
        }
        let metadata = node.get("metadata");
        // Revision 4 may leave out what the manifest says anyway.
        if metadata.is_none() && self.comparison.revision >= 4 {
            let says_something = !member.extras().is_empty()
                || member.requirements().is_ok_and(|list| !list.is_empty())
                || member.groups().is_ok_and(|groups| !groups.is_empty());
            let has_edges = graph::edges(node).next().is_some();
            if says_something && has_edges {
                return report.not_verified(format!("the lockfile leaves out what `{name}` asks for"));
            }
        }
        self.extras(&name, member, node, report);
        let needs = match self.requirements(member, workspace) {
            Ok(needs) => needs,
            Err(why) => {
                let place = member.source.at(member.name_place());
                return self.comparison.unclear(why, &format!("`{name}`"), place, report);
            }
        };
        let Some(locked) = wire::needs(node.at(&["metadata", "requires-dist"])) else {
            return report.not_verified(format!("what the lockfile says of `{name}` cannot be read"));
        };
        if member.is_dynamic("version") && self.is_flattened(&name, &needs, &locked) {
            // Some build backends write out extras that name other extras.
        } else {
            self.compare_needs(member, &needs, &locked, &name, "", report);
        }
        match Self::groups(self.comparison, member, workspace) {
            Ok(ours) => {
                let table =
                    node.at(&["metadata", "requires-dev"]).into_iter().flat_map(|table| table.entries());
                let read = |(key, list): (Node<'_>, Node<'_>)| {
                    Some((normalised(key.text()?), wire::needs(Some(list))?))
                };
                let Some(theirs) = table.map(read).collect::<Option<Groups>>() else {
                    return report
                        .not_verified(format!("the groups of `{name}` in the lockfile cannot be read"));
                };
                let keeps_empty = self.comparison.revision >= 1;
                self.compare_groups(member, &ours, &theirs, keeps_empty, &name, report);
            }
            Err(why) => {
                let place = member.source.at(member.name_place());
                self.comparison.unclear(why, &format!("the groups of `{name}`"), place, report);
            }
        }
        if is_member {
            self.default_groups(&name, member, node, report);
            self.group_pythons(&name, member, node, report);
        }
    }

    fn version(&self, name: &str, member: &Pyproject, node: Node<'_>, report: &mut Report<'_>) {
        let locked = node.get("version");
        let place = |member: &Pyproject| match member.version() {
            Some(written) => member.source.at(written.place),
            None => member.source.at(member.name_place()),
        };
        let related = |node: Node<'_>| self.comparison.project.source.at_node(node);
        let subject = format!("version {name}");
        match (member.version(), locked) {
            _ if member.is_dynamic("version") => {
                if let Some(node) = locked {
                    let message = format!(
                        "the version of `{name}` is dynamic, and the lockfile says {}",
                        node.text().unwrap_or_default()
                    );
                    report
                        .out_of_sync(place(member), message)
                        .related(related(node), "the lockfile")
                        .subject(subject);
                }
            }
            (Some(written), Some(node)) => {
                let text = node.text().unwrap_or_default();
                let same = match (version(written.text), version(text)) {
                    (Some(one), Some(other)) => one == other,
                    _ => written.text == text,
                };
                if !same {
                    let message =
                        format!("`{name}` is {} in its manifest and {text} in the lockfile", written.text);
                    report
                        .out_of_sync(place(member), message)
                        .related(related(node), "the lockfile")
                        .subject(subject);
                }
            }
            (Some(written), None) => {
                let message =
                    format!("`{name}` is {} in its manifest, and the lockfile has no version", written.text);
                report.out_of_sync(place(member), message).subject(subject);
            }
            (None, _) => {}
        }
    }

    /// Since revision 1 the extras are listed by name, too.
    fn extras(&self, name: &str, member: &Pyproject, node: Node<'_>, report: &mut Report<'_>) {
        if self.comparison.revision < 1 {
            return;
        }
        let list = node.at(&["metadata", "provides-extras"]);
        let items = list.into_iter().flat_map(|list| list.items());
        let locked: BTreeSet<String> = items.filter_map(|item| Some(normalised(item.text()?))).collect();
        let wanted = member.extras();
        let related = list.or_else(|| node.get("name"));
        let places = member.at(&["project", "optional-dependencies"]);
        for extra in wanted.symmetric_difference(&locked) {
            let key = places.into_iter().flat_map(|table| table.entries()).map(|(key, _)| key);
            let key = key.into_iter().find(|key| key.text().map(normalised).as_ref() == Some(extra));
            let place = key.map_or(member.name_place(), |key| key.range());
            let message = match wanted.contains(extra) {
                true => format!("`{name}` has the extra `{extra}`, and the lockfile does not know it"),
                false => format!("the lockfile has an extra `{extra}` of `{name}`, which is no longer there"),
            };
            let told =
                report.out_of_sync(member.source.at(place), message).subject(format!("extra {name} {extra}"));
            if let Some(related) = related {
                told.related(self.comparison.project.source.at_node(related), "the lockfile");
            }
        }
    }

    /// Since revision 5 the groups that are installed by default are recorded.
    fn default_groups(&self, name: &str, member: &Pyproject, node: Node<'_>, report: &mut Report<'_>) {
        if self.comparison.revision < 5 {
            return;
        }
        let read = |node: Option<Node<'_>>| -> Option<BTreeSet<String>> {
            let Some(node) = node else { return Some(BTreeSet::from(["dev".to_owned()])) };
            match node.as_str() {
                Some("all") => None,
                _ => Some(node.items().filter_map(|item| Some(normalised(item.text()?))).collect()),
            }
        };
        let (wanted, locked) = (member.uv("default-groups"), node.get("default-groups"));
        if read(wanted) == read(locked) {
            return;
        }
        let place = wanted.map_or(member.name_place(), |node| node.range());
        let message = format!("`default-groups` of `{name}` is not what the lockfile records");
        let told =
            report.out_of_sync(member.source.at(place), message).subject(format!("default-groups {name}"));
        if let Some(node) = locked {
            told.related(self.comparison.project.source.at_node(node), "the lockfile");
        }
    }

    /// Since revision 5 the Python versions of groups are recorded.
    fn group_pythons(&self, name: &str, member: &Pyproject, node: Node<'_>, report: &mut Report<'_>) {
        if self.comparison.revision < 5 {
            return;
        }
        let table = node.get("group-requires-python");
        let entries = table.into_iter().flat_map(|table| table.entries());
        let read = |(key, value): (Node<'_>, Node<'_>)| {
            Some((normalised(key.text()?), release_ranges(&specifiers(value.text()?)?)))
        };
        let locked: BTreeMap<String, Ranges<Version>> = entries.filter_map(read).into_map();
        if locked == member.group_pythons() {
            return;
        }
        let place = member.group_settings().map_or(member.name_place(), |node| node.range());
        let message = format!("`requires-python` of the groups of `{name}` is not what the lockfile records");
        let told = report.out_of_sync(member.source.at(place), message);
        let told = told.subject(format!("group pythons {name}"));
        if let Some(node) = table {
            told.related(self.comparison.project.source.at_node(node), "the lockfile");
        }
    }
}
