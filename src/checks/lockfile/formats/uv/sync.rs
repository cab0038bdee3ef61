//! Whether uv.lock and the manifests agree, as `uv lock --check` decides it without an index or a Python.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::location::Location;
use crate::rule::Severity;
use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::model::{self, Declared, Lock, Origin};
use super::super::super::python::algebra::equivalent;
use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::ranges::Ranges;
use super::super::super::python::requirement::{Need, Strictness, difference};
use super::super::super::python::version::{release_ranges, specifiers, version};
use super::super::super::report::{Report, Told};
use super::members::Members;
use super::pyproject::{Pyproject, requirement};
use super::settings::{Era, Settings};
use super::sources::{Heading, Lowering};
use super::wire;
use super::workspace::{NoWorkspace, Workspace};
use super::{ByName, by_name, options};

/// Sets of conflicts that are made from others. Nobody has more.
const MOST_CONFLICTS: usize = 2_000;

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
    let revision = root.get("revision").and_then(|node| node.as_int()).unwrap_or(0);
    let era = settings.era(revision);
    let python =
        root.get("requires-python").and_then(|node| specifiers(node.text()?)).map(|s| release_ranges(&s));
    let comparison = Comparison {
        root,
        lock,
        project,
        workspace: &workspace,
        settings: &settings,
        revision,
        era,
        python,
        names: by_name(lock),
    };
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

fn declared(workspace: &Workspace, settings: &Settings) -> Declared {
    let mut declared = Declared::default();
    let tables = std::iter::once(&workspace.root).chain(workspace.members.values());
    let indexes = tables.clone().filter_map(|project| project.uv("index")).chain(settings.get("index"));
    let urls = indexes.flat_map(|list| list.items()).filter_map(|index| index.get("url"));
    let single = ["index-url", "default-index"].iter().filter_map(|key| settings.get(key));
    let several = ["extra-index-url", "find-links"].iter().filter_map(|key| settings.get(key));
    let urls = urls.chain(single).chain(several.flat_map(|list| list.items()));
    declared.hosts.extend(urls.filter_map(|url| model::host(url.text()?)));
    for project in tables {
        for (_, source) in super::sources::all(project) {
            let url = source.get("url").or_else(|| source.get("git")).and_then(|url| url.text());
            declared.urls.extend(url.map(model::comparable_url));
        }
        let direct =
            project.requirements().into_iter().flatten().filter_map(|(requirement, _)| requirement.url);
        declared.urls.extend(direct.map(|url| plain_url(&url)));
        let groups = project.groups().into_iter().flatten().flat_map(|(_, list)| list);
        declared.urls.extend(groups.filter_map(|requirement| requirement.url).map(|url| plain_url(&url)));
    }
    declared
}

/// The URL of a requirement without the reference behind the `@` of its path.
fn plain_url(url: &str) -> String {
    let comparable = model::comparable_url(url);
    if !url.starts_with("git+") {
        return comparable;
    }
    let url = comparable.rfind('@').map_or(comparable.as_str(), |at| &comparable[..at]);
    model::comparable_url(url)
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
    /// Packages by name.
    pub names: ByName<'c>,
}

impl Comparison<'_, '_> {
    fn run(&self, report: &mut Report<'_>) {
        if let (Some((key, place)), Some(source)) = (self.settings.misplaced(), self.settings.source()) {
            let message = format!("`{key}` must not stand in a uv.toml, so uv refuses to start");
            report
                .out_of_sync(source.at(place), message)
                .help(format!("move `{key}` below `[tool.uv]` of pyproject.toml"))
                .subject(key);
        }
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

    /// The Python range within which markers are compared.
    pub fn within(&self) -> Option<&Ranges<Version>> {
        self.python.as_ref()
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
    fn locked(&self, path: &[&str]) -> Location {
        match self.root.at(path) {
            Some(node) => self.project.source.at_node(node),
            None => Location::file(self.project.source.path()),
        }
    }

    fn manifest(&self, node: Option<Node<'_>>) -> Location {
        match node {
            Some(node) => self.workspace.root.source.at_node(node),
            None => Location::file(self.workspace.root.source.path()),
        }
    }

    fn requires_python(&self, report: &mut Report<'_>) {
        let Some(locked_node) = self.root.get("requires-python") else {
            let start = self.root.range().start;
            let message = "the lockfile does not say which Python versions it is for";
            report.out_of_sync(self.project.source.at(start..start), message).subject("requires-python");
            return;
        };
        let locked_text = locked_node.text().unwrap_or_default();
        let mut range = Ranges::full();
        let mut first = None;
        for member in self.workspace.members.values() {
            let Some(written) = member.requires_python() else { continue };
            let Some(specifiers) = specifiers(written.text) else {
                report.not_verified(format!("`requires-python = {}` cannot be read", written.text));
                return;
            };
            range = range.intersection(&release_ranges(&specifiers));
            first.get_or_insert((member, written));
        }
        let Some((member, written)) = first else {
            return self.undeclared_python(locked_text, locked_node, report);
        };
        let Some(locked) = &self.python else { return };
        if !range.is_empty() && is_same_span(&range, locked) {
            return;
        }
        let several = self.workspace.members.len() > 1;
        let message = format!(
            "`requires-python` {} `{}`, and the lockfile is for `{locked_text}`",
            if several {
                "of the members comes to another range than the lockfile's; one of them says"
            } else {
                "is"
            },
            written.text
        );
        report
            .out_of_sync(member.source.at(written.place), message)
            .related(self.project.source.at_node(locked_node), "the lockfile")
            .subject("requires-python");
    }

    /// Without `requires-python` uv takes the version of the Python that it runs with.
    fn undeclared_python(&self, locked: &str, node: Node<'_>, report: &mut Report<'_>) {
        let named = self.project.text(&self.project.beside(".python-version"));
        let named = named.as_ref().and_then(|source| source.text().lines().next().map(str::trim));
        let minor = named.and_then(version).and_then(|version| match version.release() {
            [major, minor, ..] => Some(format!(">={major}.{minor}")),
            _ => None,
        });
        let place = self.manifest(self.workspace.root.at(&["project"]));
        let related = self.project.source.at_node(node);
        let help =
            format!("write `requires-python = \"{locked}\"` below `[project]`, then run {}", report.repair());
        match minor {
            Some(minor) if minor == locked => {}
            Some(minor) => {
                let message = format!(
                    "`requires-python` is not declared, so `{minor}` of `.python-version` counts; the lockfile is for `{locked}`"
                );
                report
                    .out_of_sync(place, message)
                    .related(related, "the lockfile")
                    .subject("requires-python")
                    .help(help);
            }
            None => {
                let message = format!(
                    "`requires-python` is not declared, so the lockfile's `{locked}` holds only where uv happens to run with that Python"
                );
                report
                    .out_of_sync(place, message)
                    .related(related, "the lockfile")
                    .severity(Severity::Warning)
                    .subject("requires-python")
                    .help(help);
            }
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
                    equivalent(one, other, self.within()).unwrap_or_else(|| {
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

    fn conflicts(&self, report: &mut Report<'_>) {
        let Some(wanted) = self.wanted_conflicts() else {
            report.not_verified("the conflicts of the manifest are too many to compare");
            return;
        };
        let locked = conflict_sets(self.root.get("conflicts"), None);
        if wanted == locked {
            return;
        }
        let node = self.workspace.root.uv("conflicts");
        let place = if node.is_some() { self.manifest(node) } else { self.locked(&["conflicts"]) };
        let told = report
            .out_of_sync(place, "`conflicts` is not what the lockfile was resolved with")
            .subject("conflicts");
        if node.is_some() && self.root.get("conflicts").is_some() {
            told.related(self.locked(&["conflicts"]), "the lockfile");
        }
    }

    /// The conflicts of all members, and those that follow because groups include groups.
    fn wanted_conflicts(&self) -> Option<BTreeSet<ConflictSet>> {
        let mut sets = BTreeSet::new();
        if self.workspace.has_bare_root() {
            sets.extend(conflict_sets(self.workspace.root.uv("conflicts"), None));
        }
        for (name, member) in &self.workspace.members {
            sets.extend(conflict_sets(member.uv("conflicts"), Some(name)));
        }
        let Some(root) = self.workspace.root.name() else { return Some(sets) };
        let includes = self.workspace.root.includes();
        let mut queue: Vec<ConflictSet> = sets.iter().cloned().collect();
        while let Some(set) = queue.pop() {
            for item in set.iter().filter(|(package, kind, _)| *package == root && *kind == "group") {
                let including = includes.iter().filter(|(_, included)| included.contains(&item.2));
                for (group, _) in including {
                    let mut new = set.clone();
                    new.remove(item);
                    new.insert((root.clone(), "group", group.clone()));
                    if new.len() > 1 && !sets.contains(&new) {
                        if sets.len() >= MOST_CONFLICTS {
                            return None;
                        }
                        sets.insert(new.clone());
                        queue.push(new);
                    }
                }
            }
        }
        Some(sets)
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

    /// Constraints, overrides, exclusions and constraints of builds.
    fn lists(&self, report: &mut Report<'_>) {
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
        if ours != theirs {
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
        let lowering =
            Lowering { project: self.project, workspace: self.workspace, owner: &self.workspace.root };
        let mut ours: Vec<Need> = Vec::new();
        for item in wanted.into_iter().flat_map(|list| list.items()) {
            let lowered = requirement(item).map_err(|_| "it holds what is no requirement".to_owned());
            match lowered.and_then(|requirement| lowering.lower(&requirement, Heading::Always)) {
                Ok(needs) => ours.extend(needs),
                Err(why) => return report.not_verified(format!("`{key}` cannot be compared: {why}")),
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
        let new = difference(&relevant, &theirs, self.within(), Strictness::Meaning);
        let strict = difference(&ours, &theirs, self.within(), self.strictness().max_with_specifiers());
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
    fn metadata(&self, report: &mut Report<'_>) {
        let wanted = self.settings.get("dependency-metadata");
        let locked = self.root.at(&["manifest", "dependency-metadata"]);
        let (Some(ours), Some(theirs)) = (metadata(wanted), metadata(locked)) else {
            return report.not_verified("`dependency-metadata` holds what is no requirement");
        };
        let recorded: BTreeSet<&String> = theirs.iter().map(|entry| &entry.name).collect();
        let known = |entry: &&Metadata| {
            self.names.contains_key(entry.name.as_str()) || recorded.contains(&entry.name)
        };
        let has = |list: &[Metadata], entry: &Metadata| list.iter().any(|other| other.is_same(entry));
        let missing = ours.iter().filter(known).find(|entry| !has(&theirs, entry));
        let superfluous = theirs.iter().find(|entry| !has(&ours, entry));
        let Some(entry) = missing.or(superfluous) else { return };
        let place =
            if wanted.is_some() { self.manifest_or_settings(wanted) } else { self.locked(&["manifest"]) };
        let message =
            format!("`dependency-metadata` of `{}` is not what the lockfile was resolved with", entry.name);
        report.out_of_sync(place, message).subject(format!("dependency-metadata {}", entry.name));
    }

    fn manifest_or_settings(&self, node: Option<Node<'_>>) -> Location {
        match (self.settings.source(), node) {
            (Some(source), Some(node)) => source.at_node(node),
            _ => self.manifest(node),
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
                Err(why) => return report.not_verified(why),
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

    /// Registries that the lockfile uses, where the project says which ones there are.
    fn indexes(&self, report: &mut Report<'_>) {
        let projects = std::iter::once(&self.workspace.root).chain(self.workspace.members.values());
        let tables = projects.filter_map(|project| project.uv("index")).chain(self.settings.get("index"));
        let indexes: Vec<Node<'_>> = tables.flat_map(|list| list.items()).collect();
        let single = self.settings.get("index-url");
        let is_default =
            |index: &Node<'_>| index.get("default").and_then(|node| node.as_bool()) == Some(true);
        // Without a default of its own the project takes that of the machine, which cannot be seen here.
        if single.is_none() && !indexes.iter().any(is_default) {
            return;
        }
        let several = ["extra-index-url", "find-links"].iter().filter_map(|key| self.settings.get(key));
        let urls = indexes.iter().filter_map(|index| index.get("url")).chain(single);
        let urls = urls.chain(several.flat_map(|list| list.items())).filter_map(|url| url.text());
        let allowed: BTreeSet<String> = urls.map(wire::without_credentials).collect();
        let mut told = BTreeSet::new();
        for package in &self.lock.packages {
            let Origin::Registry(url) = package.origin else { continue };
            // Paths are written differently in the two files.
            if !url.contains("://") || allowed.contains(&wire::without_credentials(url)) || !told.insert(url)
            {
                continue;
            }
            let message =
                format!("`{}` is locked from `{url}`, which is none of the project's indexes", package.name);
            let node = indexes.iter().find(|index| is_default(index)).copied().or(single);
            let place = self.project.source.at(package.place.clone());
            let report = report.out_of_sync(place, message).subject(format!("index {url}"));
            if let Some(node) = node {
                report.related(self.manifest_or_settings(Some(node)), "the index that takes its place");
            }
        }
    }
}

impl Strictness {
    /// At least as strict as comparing specifiers.
    fn max_with_specifiers(self) -> Strictness {
        if self == Strictness::Meaning { Strictness::Specifiers } else { self }
    }
}

fn is_same_span(one: &Ranges<Version>, other: &Ranges<Version>) -> bool {
    one.bounding() == other.bounding()
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

/// Things that exclude each other: package, kind, name.
type ConflictSet = BTreeSet<(String, &'static str, String)>;

/// Reads a list of lists of `{ package, extra | group }`. Entries without a package are `owner`'s.
fn conflict_sets(node: Option<Node<'_>>, owner: Option<&str>) -> BTreeSet<ConflictSet> {
    let set = |list: Node<'_>| -> ConflictSet {
        list.items()
            .filter_map(|item| {
                let text = |key: &str| item.get(key).and_then(|node| node.text()).map(normalised);
                let package = text("package").or_else(|| owner.map(str::to_owned))?;
                Some(match (text("extra"), text("group")) {
                    (Some(extra), _) => (package, "extra", extra),
                    (None, Some(group)) => (package, "group", group),
                    (None, None) => (package, "project", String::new()),
                })
            })
            .collect()
    };
    node.into_iter().flat_map(|list| list.items()).map(set).filter(|set| !set.is_empty()).collect()
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
    fn is_same(&self, other: &Metadata) -> bool {
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
            && difference(&self.requires, &other.requires, None, Strictness::Meaning).is_empty()
    }
}

fn metadata(node: Option<Node<'_>>) -> Option<Vec<Metadata>> {
    use super::super::super::python::requirement::{Requirement, Source};
    let need = |item: Node<'_>| -> Option<Need> {
        let Requirement { name, extras, specifiers, url, marker, text, place } =
            Requirement::parse(item.text()?, item.range())?;
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

/// For messages: who asks.
pub fn owner_name(project: &Pyproject) -> String {
    project.name().unwrap_or_else(|| "the project".to_owned())
}
