//! Each project of the workspace against its entry in uv.lock.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::tree::{Node, Syntax};

use super::super::super::model::Origin;
use super::super::super::paths;
use super::super::super::python::algebra::is_never;
use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::ranges::Ranges;
use super::super::super::python::requirement::{Need, Strictness, difference};
use super::super::super::python::version::{release_ranges, specifiers, version};
use super::super::super::report::Report;
use super::graph::{self, Context};
use super::packages;
use super::pyproject::Pyproject;
use super::sources::{Heading, Lowering};
use super::sync::{Comparison, owner_name, tell};
use super::wire;
use super::workspace::Workspace;

/// Requirements of extras that name extras of the same project are followed this often.
const MOST_FLATTENED: usize = 10_000;

/// The members, and other projects that they take by path.
pub struct Members<'m, 'c, 's> {
    /// The comparison that this is part of.
    pub comparison: &'m Comparison<'c, 's>,
}

type Groups = BTreeMap<String, Vec<Need>>;

impl<'s> Members<'_, '_, 's> {
    /// Compares all of them.
    pub fn compare(&self, report: &mut Report<'_>) {
        let nodes: Vec<Node<'s>> = packages(self.comparison.root).collect();
        for (name, member) in &self.comparison.workspace.members {
            let Some(node) = self.entry(name, &nodes) else {
                let message = format!("`{name}` is not in the lockfile");
                report
                    .out_of_sync(member.source.at(member.name_place()), message)
                    .subject(format!("member {name}"));
                continue;
            };
            self.source(name, member, node, report);
            self.project(member, self.comparison.workspace, node, true, report);
            self.edges(member, node, &nodes, report);
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

    fn entry(&self, name: &str, nodes: &[Node<'s>]) -> Option<Node<'s>> {
        self.comparison.names.get(name)?.first().map(|&index| nodes[index])
    }

    /// A member is locked as a package or as none, and from its own folder.
    fn source(&self, name: &str, member: &Pyproject, node: Node<'_>, report: &mut Report<'_>) {
        let required = self.comparison.workspace.required.get(name);
        let kind = match member.is_package(required.is_none()) {
            true if required.copied().flatten().unwrap_or(true) => "editable",
            true => "directory",
            false => "virtual",
        };
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

    /// Version, extras, requirements and groups of a project.
    fn project(
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
            Err(why) => return report.not_verified(format!("`{name}` was not compared: {why}")),
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
            Err(why) => report.not_verified(why),
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
        let related =
            list.or_else(|| node.get("name")).map(|node| self.comparison.project.source.at_node(node));
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
            if let Some(related) = related.clone() {
                told.related(related, "the lockfile");
            }
        }
    }

    /// What a project asks for, sources applied.
    fn requirements(&self, member: &Pyproject, workspace: &Workspace) -> Result<Vec<Need>, String> {
        let list = member.requirements().map_err(|place| not_a_requirement(member, place))?;
        let lowering = Lowering { project: self.comparison.project, workspace, owner: member };
        let mut needs = Vec::with_capacity(list.len());
        for (requirement, extra) in &list {
            let heading = extra.as_deref().map_or(Heading::Always, Heading::Extra);
            needs.extend(lowering.lower(requirement, heading)?);
        }
        Ok(needs)
    }

    /// The dependency groups of a project, sources applied.
    pub fn groups(
        comparison: &Comparison<'_, '_>,
        member: &Pyproject,
        workspace: &Workspace,
    ) -> Result<Groups, String> {
        let groups = member.groups().map_err(|place| not_a_requirement(member, place))?;
        let lowering = Lowering { project: comparison.project, workspace, owner: member };
        let mut result = Groups::new();
        for (name, requirements) in groups {
            let mut needs = Vec::with_capacity(requirements.len());
            for requirement in &requirements {
                needs.extend(lowering.lower(requirement, Heading::Group(&name))?);
            }
            result.insert(name, needs);
        }
        Ok(result)
    }

    /// Compares groups by name.
    pub fn compare_groups(
        &self,
        member: &Pyproject,
        ours: &Groups,
        theirs: &Groups,
        keeps_empty: bool,
        name: &str,
        report: &mut Report<'_>,
    ) {
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for group in names {
            let (one, other) = (ours.get(group), theirs.get(group));
            if keeps_empty && (one.is_none() || other.is_none()) {
                let only_empty = one.or(other).is_some_and(Vec::is_empty);
                if only_empty {
                    let message = match one.is_some() {
                        true => format!("the group `{group}` of `{name}` is not in the lockfile"),
                        false => format!(
                            "the lockfile has a group `{group}` of `{name}`, which is no longer there"
                        ),
                    };
                    let table = member.at(&["dependency-groups"]);
                    let key = table.into_iter().flat_map(|table| table.entries()).map(|(key, _)| key);
                    let key = key.into_iter().find(|key| key.text().map(normalised).as_ref() == Some(group));
                    let place = key.map_or(member.name_place(), |key| key.range());
                    report
                        .out_of_sync(member.source.at(place), message)
                        .subject(format!("group {name} {group}"));
                    continue;
                }
            }
            let empty = Vec::new();
            let label = format!(" in the group `{group}`");
            self.compare_needs(member, one.unwrap_or(&empty), other.unwrap_or(&empty), name, &label, report);
        }
    }

    fn compare_needs(
        &self,
        member: &Pyproject,
        ours: &[Need],
        theirs: &[Need],
        name: &str,
        label: &str,
        report: &mut Report<'_>,
    ) {
        let comparison = self.comparison;
        let new = difference(ours, theirs, comparison.within(), Strictness::Meaning);
        let strict = difference(ours, theirs, comparison.within(), comparison.strictness());
        if new.undecided {
            report.not_verified(format!("a marker of `{name}`{label} is too complex to compare"));
            return;
        }
        let strict_only = new.is_empty();
        let shown = if strict_only { strict } else { new };
        let mut others: Vec<&Need> = shown.only_second;
        for need in shown.only_first {
            let pair = others.iter().position(|other| other.name == need.name);
            let pair = pair.map(|index| others.remove(index));
            let message = match pair {
                Some(other) => {
                    format!("`{name}` asks for `{}`{label}, and the lockfile has `{}`", need.text, other.text)
                }
                None => {
                    format!("`{name}` asks for `{}`{label}, and the lockfile does not know that", need.text)
                }
            };
            let place = member.source.at(need.place.clone());
            let Some(told) = tell(report, comparison.era, strict_only, place, message) else { continue };
            let told = told.subject(format!("{name} {} {label}", need.name));
            if let Some(other) = pair {
                told.related(comparison.project.source.at(other.place.clone()), "the lockfile");
            }
        }
        for other in others {
            let message =
                format!("the lockfile has `{name}` ask for `{}`{label}, which it no longer does", other.text);
            let place = comparison.project.source.at(other.place.clone());
            let Some(told) = tell(report, comparison.era, strict_only, place, message) else { continue };
            let told = told.subject(format!("{name} {} {label}", other.name));
            told.related(member.source.at(member.name_place()), "the manifest");
        }
    }

    /// True if the locked requirements are the project's with extras of its own written out.
    fn is_flattened(&self, name: &str, needs: &[Need], locked: &[Need]) -> bool {
        let is_own = |need: &Need| need.name == name;
        let mut flat: Vec<Need> = needs.iter().filter(|need| !is_own(need)).cloned().collect();
        let mut queue: Vec<(String, Marker)> = Vec::new();
        let follow = |need: &Need, queue: &mut Vec<(String, Marker)>| {
            queue.extend(need.extras.iter().map(|extra| (extra.clone(), need.marker.clone())));
        };
        needs.iter().filter(|need| is_own(need)).for_each(|need| follow(need, &mut queue));
        let mut steps = 0;
        while let Some((extra, marker)) = queue.pop() {
            for need in needs {
                steps += 1;
                if steps > MOST_FLATTENED {
                    return false;
                }
                let Some(own) = without_extra(&need.marker, &extra) else { continue };
                let joined = Need { marker: own.and(marker.clone()), ..need.clone() };
                if is_never(&joined.marker, None) {
                    continue;
                }
                if is_own(need) {
                    follow(&joined, &mut queue);
                } else {
                    flat.push(joined);
                }
            }
        }
        difference(&flat, locked, self.comparison.within(), Strictness::Meaning).is_empty()
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
        let locked: BTreeMap<String, Ranges<Version>> = entries.filter_map(read).collect();
        if locked == member.group_pythons() {
            return;
        }
        let place = member.uv("dependency-groups").map_or(member.name_place(), |node| node.range());
        let message = format!("`requires-python` of the groups of `{name}` is not what the lockfile records");
        let told = report.out_of_sync(member.source.at(place), message);
        let told = told.subject(format!("group pythons {name}"));
        if let Some(node) = table {
            told.related(self.comparison.project.source.at_node(node), "the lockfile");
        }
    }

    /// A project of the repository that is taken by path and no member.
    fn by_path(&self, name: &str, node: Node<'_>, report: &mut Report<'_>) {
        let source = node.get("source").and_then(|source| source.entries().next());
        let Some((kind, path)) = source.and_then(|(kind, path)| Some((kind.text()?, path.text()?))) else {
            return;
        };
        // The contents of an archive are held by its hash.
        if kind == "path" {
            return;
        }
        let comparison = self.comparison;
        let location = paths::normal("", path);
        let Some(manifest) =
            paths::join(comparison.project.folder, &paths::file_in(&location, "pyproject.toml"))
        else {
            let why = format!("`{name}` lies outside of the repository, so it was not compared");
            return report.not_verified(why);
        };
        let source = comparison.project.text(&manifest).filter(|source| source.tree(Syntax::Toml).is_clean());
        let own = source.map(|source| Pyproject { location, source });
        match own.filter(|own| own.name().is_some()) {
            Some(own) if own.name().as_deref() == Some(name) => {
                let copy = Pyproject { location: own.location.clone(), source: own.source.clone() };
                let workspace = Workspace::around(copy, comparison.project);
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

    /// What a member asks for without conditions is there, in a version that it asks for. uv does not look.
    fn edges(&self, member: &Pyproject, node: Node<'s>, nodes: &[Node<'s>], report: &mut Report<'_>) {
        let Ok(requirements) = member.requirements() else { return };
        let name = owner_name(member);
        let changed = self.changed_elsewhere();
        let found: Vec<(Context<'_>, usize)> = graph::edges(node)
            .filter_map(|(context, edge)| {
                Some((
                    context,
                    graph::target(edge, nodes, self.comparison.lock, &self.comparison.names).ok()?,
                ))
            })
            .collect();
        let several = |wanted: &str, extra: &Option<String>| {
            requirements.iter().filter(|(one, own)| one.name == wanted && own == extra).count() > 1
        };
        for (requirement, extra) in &requirements {
            let is_plain = requirement.url.is_none() && requirement.name != name;
            if !is_plain || changed.contains(&requirement.name) || several(&requirement.name, extra) {
                continue;
            }
            let in_context = |context: Context<'_>| match (context, extra) {
                (Context::Always, None) => true,
                (Context::Extra(name), Some(extra)) => normalised(name) == *extra,
                _ => false,
            };
            let mut targets = found.iter().filter(|(context, index)| {
                in_context(*context) && self.comparison.lock.packages[*index].name == requirement.name
            });
            let place = || member.source.at(requirement.place.clone());
            let subject = format!("edge {name} {}", requirement.name);
            if targets.clone().next().is_none() {
                if extra.is_none() && requirement.marker == Marker::Constant(true) && !report.is_out_of_sync()
                {
                    let message = format!(
                        "`{name}` asks for `{}`, and the lockfile would not install it",
                        requirement.text
                    );
                    report
                        .out_of_sync(place(), message)
                        .related(
                            self.comparison.project.source.at_node(node.get("name").unwrap_or(node)),
                            "its entry",
                        )
                        .subject(subject);
                }
                continue;
            }
            let outside = targets.find(|(_, index)| {
                let package = &self.comparison.lock.packages[*index];
                let is_registry = matches!(package.origin, Origin::Registry(_));
                is_registry && version(&package.version).is_some_and(|v| !requirement.specifiers.contains(&v))
            });
            if let Some((_, index)) = outside {
                let package = &self.comparison.lock.packages[*index];
                let message =
                    format!("`{name}` asks for `{}`, locked is {}", requirement.text, package.version);
                report
                    .unsatisfied(place(), message)
                    .related(
                        self.comparison.project.source.at(package.place.clone()),
                        format!("locked at {}", package.version),
                    )
                    .subject(subject);
            }
        }
    }

    /// Names whose requirements are replaced or left out by settings.
    fn changed_elsewhere(&self) -> BTreeSet<String> {
        let root = &self.comparison.workspace.root;
        let lists = ["override-dependencies", "exclude-dependencies"].iter().filter_map(|key| root.uv(key));
        let texts = lists.flat_map(|list| list.items()).filter_map(|item| item.text());
        let name = |text: &str| {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
            normalised(&text[..end.unwrap_or(text.len())])
        };
        texts.map(name).collect()
    }
}

/// The marker under the assumption that the extra, and no other, is asked for; `None` if it does not depend on
/// that extra.
fn without_extra(marker: &Marker, extra: &str) -> Option<Marker> {
    let wanted = Marker::extra(extra);
    match marker {
        marker if *marker == wanted => Some(Marker::Constant(true)),
        Marker::All(parts) => {
            let at = parts.iter().position(|part| without_extra(part, extra).is_some())?;
            let mut result = without_extra(&parts[at], extra)?;
            for (index, part) in parts.iter().enumerate() {
                if index != at {
                    result = result.and(part.clone());
                }
            }
            Some(result)
        }
        _ => None,
    }
}

fn not_a_requirement(member: &Pyproject, place: std::ops::Range<usize>) -> String {
    let span = member.source.span(place);
    format!("line {} of `{}` is no requirement", span.line, member.source.path())
}
