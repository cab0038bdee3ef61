//! Whether uv.lock and the manifests agree, as `uv lock --check` decides it without an index or a Python.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::location::Location;
use crate::rule::Severity;
use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock};
use super::super::super::python::algebra::Logic;
use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::ranges::Ranges;
use super::super::super::python::requirement::{Need, Strictness};
use super::super::super::python::version::{release_ranges, specifiers};
use super::super::super::report::{Report, Told};
use super::declared::declared;
use super::members::Members;
use super::pyproject::Pyproject;
use super::settings::{Era, Settings, is_before};
use super::sources::Unclear;
use super::wire;
use super::workspace::{NoWorkspace, Workspace};
use super::{ByName, by_name, options};

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let workspace = match Workspace::of(project) {
        Ok(workspace) => workspace,
        Err(NoWorkspace::NotExamined(reason)) => {
            report.not_examined(reason);
            return Declared::default();
        }
        Err(NoWorkspace::Broken(reason)) => {
            report.not_verified(format!("{reason}, so it was not compared"));
            return Declared::default();
        }
    };
    let settings = Settings::of(project);
    let comparison = Comparison::of(root, lock, project, &workspace, &settings);
    comparison.run(report);
    declared(&workspace, &settings)
}

/// Reports a difference because of which uv refuses the lockfile; or only an old uv does, if `strict_only`.
pub fn tell<'r>(
    report: &'r mut Report<'_>,
    era: Era,
    strict_only: bool,
    place: Location,
    message: String,
) -> Option<Told<'r>> {
    match (strict_only, era) {
        (false, _) | (true, Era::Old) => Some(report.out_of_sync(place, message)),
        (true, Era::New) => None,
        (true, Era::Unknown) => {
            let message = format!("{message}; uv before 0.13 refuses that");
            Some(report.out_of_sync(place, message).severity(Severity::Warning))
        }
    }
}

/// A uv.lock beside its manifests.
pub struct Comparison<'c, 's> {
    /// The lockfile's root.
    pub root: Node<'s>,
    /// The lockfile in the common model.
    pub lock: &'c Lock<'s>,
    /// Where it lies.
    pub project: &'c Project<'c>,
    /// The projects that it is for.
    pub workspace: &'c Workspace,
    /// uv's settings.
    pub settings: &'c Settings,
    /// What the file says about its form: 0 to 5.
    pub revision: i64,
    /// Which uv the project is for.
    pub era: Era,
    /// The Python versions that the lockfile is for.
    pub python: Option<Ranges<Version>>,
    /// Compares markers, as far as these versions go.
    pub logic: Logic,
    /// Packages by name.
    pub names: ByName<'c>,
}

impl<'c, 's> Comparison<'c, 's> {
    /// The lockfile beside what it is for.
    pub fn of(
        root: Node<'s>,
        lock: &'c Lock<'s>,
        project: &'c Project<'c>,
        workspace: &'c Workspace,
        settings: &'c Settings,
    ) -> Self {
        let revision = root.get("revision").and_then(|node| node.as_int()).unwrap_or(0);
        let python = root.get("requires-python").and_then(|node| specifiers(node.text()?));
        let python = python.map(|specifiers| release_ranges(&specifiers));
        Comparison {
            root,
            lock,
            project,
            workspace,
            settings,
            revision,
            era: settings.era(revision, project.tool_versions),
            logic: Logic::within(python.clone()),
            python,
            names: by_name(lock),
        }
    }

    fn run(&self, report: &mut Report<'_>) {
        let is_old = is_before(self.project, self.settings.get("required-version"), [0, 6]) == Some(true);
        // uv before 0.6 passes over environments there.
        let misplaced = self.settings.misplaced().filter(|(key, _)| !is_old || *key != "environments");
        if let (Some((key, place)), Some(source)) = (misplaced, self.settings.source()) {
            let message = format!("`{key}` must not stand in a uv.toml, so uv refuses to start");
            report
                .out_of_sync(source.at(place), message)
                .help(format!("move `{key}` below `[tool.uv]` of pyproject.toml"))
                .subject(key);
        }
        self.refused(report);
        options::compare(self.root, self.settings, self.era, self.project, report);
        self.requires_python(report);
        self.environments(report);
        self.conflicts(report);
        self.member_names(report);
        self.lists(report);
        self.metadata(report);
        self.root_groups(report);
        self.indexes(report);
        Members { comparison: self }.compare(report);
        for problem in &self.workspace.problems {
            report.not_verified(format!("{problem}, so it was not compared"));
        }
    }

    /// Reports why a part of the two could not be compared.
    pub fn unclear(&self, why: Unclear, what: &str, place: Location, report: &mut Report<'_>) {
        match why {
            Unclear::Refused(why) => {
                let message = format!("uv cannot use {what}: {why}");
                report.out_of_sync(place, message).help("mend the manifest first").subject(what);
            }
            Unclear::Unseen(why) => report.not_verified(format!("{what} was not compared: {why}")),
        }
    }

    /// How requirements are compared, and how the strictest uv does it that may be in use.
    pub fn strictness(&self) -> Strictness {
        match (self.era, self.revision) {
            (Era::New, _) => Strictness::Meaning,
            (_, 0) => Strictness::Verbatim,
            _ => Strictness::Specifiers,
        }
    }

    /// The location of a key of the lockfile's top level, or the file.
    pub fn locked(&self, path: &[&str]) -> Location {
        match self.root.at(path) {
            Some(node) => self.project.source.at_node(node),
            None => Location::file(self.project.source.path()),
        }
    }

    /// The location of a part of the manifest beside the lockfile, or that file.
    pub fn manifest(&self, node: Option<Node<'_>>) -> Location {
        match node {
            Some(node) => self.workspace.root.source.at_node(node),
            None => Location::file(self.workspace.root.source.path()),
        }
    }

    /// `environments` and `required-environments`: lists of markers, compared one by one.
    fn environments(&self, report: &mut Report<'_>) {
        let pairs = [("environments", "supported-markers"), ("required-environments", "required-markers")];
        for (key, locked_key) in pairs {
            let (wanted, locked) = (self.workspace.root.uv(key), self.root.get(locked_key));
            let (Some(ours), Some(theirs)) = (markers(wanted), markers(locked)) else {
                report.not_verified(format!("`{key}` holds what is no marker"));
                continue;
            };
            let mut undecided = false;
            let same = ours.len() == theirs.len()
                && ours.iter().zip(&theirs).all(|(one, other)| {
                    self.logic.equivalent(one, other).unwrap_or_else(|| {
                        undecided = true;
                        true
                    })
                });
            if undecided {
                report.not_verified(format!("`{key}` is too complex to compare"));
            }
            if same {
                continue;
            }
            let message = format!("`{key}` is not what the lockfile was resolved for");
            let place = if wanted.is_some() { self.manifest(wanted) } else { self.locked(&[locked_key]) };
            // uv learnt `required-environments` after it wrote lockfiles of revision 0.
            let told = if self.era == Era::Unknown && key == "required-environments" {
                report.drift(place, message)
            } else {
                report.out_of_sync(place, message)
            };
            let told = told.subject(key);
            if wanted.is_some() && locked.is_some() {
                told.related(self.locked(&[locked_key]), "the lockfile");
            }
        }
    }

    fn member_names(&self, report: &mut Report<'_>) {
        let mut wanted: BTreeSet<String> = self.workspace.members.keys().cloned().collect();
        if wanted.len() == 1 && !self.workspace.has_bare_root() {
            wanted.clear();
        }
        let node = self.root.at(&["manifest", "members"]);
        let items = node.into_iter().flat_map(|list| list.items());
        let locked: BTreeSet<String> = items.filter_map(|item| Some(normalised(item.text()?))).collect();
        if !self.workspace.problems.is_empty() {
            return;
        }
        for name in wanted.difference(&locked) {
            let member = &self.workspace.members[name];
            let message = format!("`{name}` is a member of the workspace, and the lockfile does not list it");
            let told = report.out_of_sync(member.source.at(member.name_place()), message);
            told.related(self.locked(&["manifest"]), "the lockfile").subject(format!("member {name}"));
        }
        for name in locked.difference(&wanted) {
            let message = format!("the lockfile lists `{name}` as a member of the workspace, and it is none");
            let told = report.out_of_sync(self.locked(&["manifest", "members"]), message);
            told.related(self.manifest(self.workspace.root.uv("workspace")), "the workspace")
                .subject(format!("member {name}"));
        }
    }

    /// Groups of a root that is no project.
    fn root_groups(&self, report: &mut Report<'_>) {
        let locked = self.root.at(&["manifest", "dependency-groups"]);
        let mut theirs: BTreeMap<String, Vec<Need>> = BTreeMap::new();
        for (key, list) in locked.into_iter().flat_map(|table| table.entries()) {
            let Some(needs) = wire::needs(Some(list)) else {
                return report.not_verified("the dependency groups of the lockfile cannot be read");
            };
            theirs.insert(normalised(key.text().unwrap_or_default()), needs);
        }
        let ours = match self.workspace.has_bare_root() {
            true => match Members::groups(self, &self.workspace.root, self.workspace) {
                Ok(groups) => groups,
                Err(why) => {
                    let place = self.manifest(self.workspace.root.at(&["dependency-groups"]));
                    return self.unclear(why, "the dependency groups", place, report);
                }
            },
            false => BTreeMap::new(),
        };
        Members { comparison: self }.compare_groups(
            &self.workspace.root,
            &ours,
            &theirs,
            false,
            "the project",
            report,
        );
    }
}

/// Markers of a list, or of a single text.
fn markers(node: Option<Node<'_>>) -> Option<Vec<Marker>> {
    let Some(node) = node else { return Some(Vec::new()) };
    let texts: Vec<&str> = match node.as_str() {
        Some(text) => vec![text],
        None => node.items().map(|item| item.text().unwrap_or_default()).collect(),
    };
    texts.into_iter().map(Marker::parse).collect()
}

/// For messages: who asks.
pub fn owner_name(project: &Pyproject) -> String {
    project.name().unwrap_or_else(|| "the project".to_owned())
}
