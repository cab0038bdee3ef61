//! Constraints, overrides, exclusions and metadata of pyproject.toml against those of uv.lock.

use std::collections::BTreeSet;

use crate::location::Location;
use crate::tree::Node;

use super::super::super::python::algebra::Logic;
use super::super::super::python::normalised;
use super::super::super::python::requirement::{Need, Requirement, Source, Strictness, difference};
use super::super::super::python::version::{release_ranges, specifiers, version};
use super::super::super::report::Report;
use super::lenient;
use super::pyproject::requirement;
use super::settings::{Era, is_before};
use super::sources::{Heading, Lowering, Unclear};
use super::sync::{Comparison, tell};
use super::wire;

impl Comparison<'_, '_> {
    /// Constraints, overrides, exclusions and constraints of builds.
    pub fn lists(&self, report: &mut Report<'_>) {
        let lists = [
            ("constraint-dependencies", "constraints", true),
            ("override-dependencies", "overrides", true),
            ("build-constraint-dependencies", "build-constraints", false),
        ];
        for (key, locked_key, only_known) in lists {
            self.list(key, locked_key, only_known, report);
        }
        let names = |node: Option<Node<'_>>| -> BTreeSet<String> {
            let items = node.into_iter().flat_map(|list| list.items());
            items.filter_map(|item| Some(normalised(item.text()?))).collect()
        };
        let wanted = self.workspace.root.uv("exclude-dependencies");
        let locked = self.root.at(&["manifest", "excludes"]);
        let (ours, theirs) = (names(wanted), names(locked));
        // uv learnt this setting in 0.9.
        let is_unknown = is_before(self.project, self.settings.get("required-version"), [0, 9]) == Some(true);
        if ours != theirs && !(is_unknown && theirs.is_empty()) {
            let relevant = ours.difference(&theirs).any(|name| self.names.contains_key(name.as_str()))
                || theirs.difference(&ours).next().is_some();
            let place = if wanted.is_some() { self.manifest(wanted) } else { self.locked(&["manifest"]) };
            let message = "`exclude-dependencies` is not what the lockfile was resolved with".to_owned();
            match (relevant, self.era) {
                // uv learnt this setting after it wrote lockfiles of revision 0.
                (true, Era::Unknown) => drop(report.drift(place, message).subject("exclude-dependencies")),
                (true, _) => drop(report.out_of_sync(place, message).subject("exclude-dependencies")),
                (false, _) => {
                    let told = tell(report, self.era, true, place, message);
                    drop(told.map(|told| told.subject("exclude-dependencies")));
                }
            }
        }
    }

    fn list(&self, key: &str, locked_key: &str, only_known: bool, report: &mut Report<'_>) {
        let (wanted, locked) = (self.workspace.root.uv(key), self.root.at(&["manifest", locked_key]));
        if wanted.is_none() && locked.is_none() {
            return;
        }
        let lowering = Lowering::of(self.project, self.workspace, &self.workspace.root, &self.logic);
        let mut ours: Vec<Need> = Vec::new();
        for item in wanted.into_iter().flat_map(|list| list.items()) {
            // Newer versions of uv also take tables here; what they mean is not known.
            if item.is_map() {
                return report.not_verified(format!("`{key}` holds a table, which is not compared yet"));
            }
            let lowered =
                requirement(item).map_err(|_| Unclear::Refused("it holds what is no requirement".to_owned()));
            match lowered.and_then(|requirement| lowering.lower(&requirement, Heading::Always)) {
                Ok(needs) => ours.extend(needs),
                Err(why) => return self.unclear(why, &format!("`{key}`"), self.manifest(Some(item)), report),
            }
        }
        let Some(theirs) = wire::needs(locked) else {
            return report.not_verified(format!("`{locked_key}` of the lockfile cannot be read"));
        };
        let recorded: BTreeSet<&str> = theirs.iter().map(|need| need.name.as_str()).collect();
        let known = |need: &&Need| {
            self.names.contains_key(need.name.as_str()) || recorded.contains(need.name.as_str())
        };
        let relevant: Vec<Need> = ours.iter().filter(|need| !only_known || known(need)).cloned().collect();
        let new = difference(&relevant, &theirs, &self.logic, Strictness::Meaning);
        let strict = difference(&ours, &theirs, &self.logic, self.strictness().max_with_specifiers());
        if new.undecided {
            return report.not_verified(format!("a marker in `{key}` is too complex to compare"));
        }
        let strict_only = new.is_empty();
        if strict_only && strict.is_empty() {
            return;
        }
        let shown = if strict_only { &strict } else { &new };
        let (place, what) = match (shown.only_first.first(), shown.only_second.first()) {
            (Some(need), _) => (
                self.workspace.root.source.at(need.place.clone()),
                format!("`{}` is not in the lockfile's", need.text),
            ),
            (None, Some(need)) => (
                self.project.source.at(need.place.clone()),
                format!("the lockfile's `{}` is not in it", need.text),
            ),
            (None, None) => return,
        };
        let message = format!("`{key}` is not what the lockfile was resolved with: {what}");
        // uv learnt constraints of builds after it wrote lockfiles of revision 0.
        if self.era == Era::Unknown && !only_known {
            report.drift(place, message).subject(key);
            return;
        }
        let told = tell(report, self.era, strict_only, place, message);
        drop(told.map(|told| told.subject(key)));
    }

    /// `[[tool.uv.dependency-metadata]]`
    pub fn metadata(&self, report: &mut Report<'_>) {
        let wanted = self.settings.get("dependency-metadata");
        let locked = self.root.at(&["manifest", "dependency-metadata"]);
        let (Some(ours), Some(theirs)) = (metadata(wanted), metadata(locked)) else {
            return report.not_verified("`dependency-metadata` holds what is no requirement");
        };
        let recorded: BTreeSet<&String> = theirs.iter().map(|entry| &entry.name).collect();
        let known = |entry: &&Metadata| {
            self.names.contains_key(entry.name.as_str()) || recorded.contains(&entry.name)
        };
        let has =
            |list: &[Metadata], entry: &Metadata| list.iter().any(|other| other.is_same(entry, &self.logic));
        let missing = ours.iter().filter(known).find(|entry| !has(&theirs, entry));
        let superfluous = theirs.iter().find(|entry| !has(&ours, entry));
        let Some(entry) = missing.or(superfluous) else { return };
        let place = if wanted.is_some() {
            self.manifest_or_settings("dependency-metadata", wanted)
        } else {
            self.locked(&["manifest"])
        };
        let message =
            format!("`dependency-metadata` of `{}` is not what the lockfile was resolved with", entry.name);
        report.out_of_sync(place, message).subject(format!("dependency-metadata {}", entry.name));
    }

    /// The location of a setting, wherever it comes from.
    pub fn manifest_or_settings(&self, key: &str, node: Option<Node<'_>>) -> Location {
        match (self.settings.source_of(key), node) {
            (Some(source), Some(node)) => source.at_node(node),
            _ => self.manifest(node),
        }
    }
}

impl Strictness {
    /// At least as strict as comparing specifiers.
    fn max_with_specifiers(self) -> Strictness {
        if self == Strictness::Meaning { Strictness::Specifiers } else { self }
    }
}

/// What a project says about a package so that uv need not ask.
struct Metadata {
    name: String,
    version: Option<String>,
    requires: Vec<Need>,
    python: Option<String>,
    extras: BTreeSet<String>,
}

impl Metadata {
    fn is_same(&self, other: &Metadata, logic: &Logic) -> bool {
        let versions =
            |one: &Option<String>, other: &Option<String>, same: fn(&str, &str) -> bool| match (one, other) {
                (Some(one), Some(other)) => one == other || same(one, other),
                (None, None) => true,
                _ => false,
            };
        let as_version = |one: &str, other: &str| version(one).is_some_and(|one| version(other) == Some(one));
        let as_range = |one: &str, other: &str| match (specifiers(one), specifiers(other)) {
            (Some(one), Some(other)) => release_ranges(&one) == release_ranges(&other),
            _ => false,
        };
        self.name == other.name
            && versions(&self.version, &other.version, as_version)
            && versions(&self.python, &other.python, as_range)
            && self.extras == other.extras
            && difference(&self.requires, &other.requires, logic, Strictness::Meaning).is_empty()
    }
}

fn metadata(node: Option<Node<'_>>) -> Option<Vec<Metadata>> {
    let need = |item: Node<'_>| -> Option<Need> {
        let Requirement { name, extras, specifiers, url, marker, text, place } =
            lenient::requirement(item.text()?, item.range())?;
        let source = url.map_or(Source::Registry(specifiers, None), Source::Other);
        Some(Need { name, extras, source, marker, text, place })
    };
    let entry = |table: Node<'_>| -> Option<Metadata> {
        let text = |key: &str| table.get(key).and_then(|node| node.text()).map(str::to_owned);
        let list = |key: &str| table.get(key).into_iter().flat_map(|list| list.items());
        Some(Metadata {
            name: normalised(&text("name")?),
            version: text("version"),
            requires: list("requires-dist").map(need).collect::<Option<_>>()?,
            python: text("requires-python"),
            extras: ["provides-extras", "provides-extra"]
                .into_iter()
                .flat_map(list)
                .filter_map(|item| Some(normalised(item.text()?)))
                .collect(),
        })
    };
    node.into_iter().flat_map(|list| list.items()).map(entry).collect()
}
