//! pyproject.toml as uv reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use pep440_rs::{Version, VersionSpecifiers};

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::ranges::Ranges;
use super::super::super::python::requirement::Requirement;
use super::super::super::python::version::{release_ranges, specifiers};
use super::lenient;
use crate::sorted::IntoMap as _;

/// Groups that include groups are followed this deep.
const DEEPEST: usize = 64;

/// Requirements of all groups together. Groups that include each other over and over would grow without bound.
const MOST: usize = 20_000;

/// A pyproject.toml.
#[derive(Clone)]
pub struct Pyproject {
    /// The folder as seen from the lockfile's; empty for the same.
    pub location: String,
    /// Its text.
    pub source: Arc<Source>,
    /// True for uv before 0.7, which knows no settings of groups.
    pub is_before_group_settings: bool,
    /// What it asks for, once that was read.
    read: Arc<Read>,
}

/// Requirements, those of an extra with its name.
type Requirements = Vec<(Requirement, Option<String>)>;

/// Requirements of each group.
type Grouped = BTreeMap<String, Vec<Requirement>>;

/// What a manifest asks for. An error holds the place of what cannot be understood.
#[derive(Default)]
struct Read {
    requirements: OnceLock<Result<Requirements, Range<usize>>>,
    groups: OnceLock<Result<Grouped, Range<usize>>>,
}

/// A text of the manifest and where it stands.
pub struct Written<'t> {
    /// The text.
    pub text: &'t str,
    /// Bytes of the file.
    pub place: Range<usize>,
}

impl Pyproject {
    /// The manifest of a folder as seen from the lockfile's.
    pub fn new(location: String, source: Arc<Source>) -> Pyproject {
        Pyproject { location, source, is_before_group_settings: false, read: Arc::default() }
    }

    /// The root of the file.
    pub fn root(&self) -> Option<Node<'_>> {
        self.source.tree(Syntax::Toml).root()
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<Node<'_>> {
        self.root()?.at(path)
    }

    /// A key of `[tool.uv]`.
    pub fn uv(&self, key: &str) -> Option<Node<'_>> {
        self.at(&["tool", "uv", key])
    }

    /// `[tool.uv.dependency-groups]`, where uv knows it.
    pub fn group_settings(&self) -> Option<Node<'_>> {
        self.uv("dependency-groups").filter(|_| !self.is_before_group_settings)
    }

    /// The normalised name of the project, if it is one.
    pub fn name(&self) -> Option<String> {
        Some(normalised(self.at(&["project", "name"])?.text()?))
    }

    /// Where the project's name is written; the start of the file if it is not.
    pub fn name_place(&self) -> Range<usize> {
        self.at(&["project", "name"]).map_or(0..0, |node| node.range())
    }

    /// The version, if it is written.
    pub fn version(&self) -> Option<Written<'_>> {
        self.written(&["project", "version"])
    }

    /// `requires-python`, if it is written.
    pub fn requires_python(&self) -> Option<Written<'_>> {
        self.written(&["project", "requires-python"])
    }

    fn written(&self, path: &[&str]) -> Option<Written<'_>> {
        let node = self.at(path)?;
        Some(Written { text: node.as_str()?, place: node.range() })
    }

    /// True if the key of `[project]` is found out by the build backend.
    pub fn is_dynamic(&self, key: &str) -> bool {
        let list = self.at(&["project", "dynamic"]).into_iter().flat_map(|list| list.items());
        list.into_iter().any(|item| item.text() == Some(key))
    }

    /// True if the project is built and installed; without a build system only if that is not required.
    pub fn is_package(&self, requires_build_system: bool) -> bool {
        let said = self.uv("package").and_then(|node| node.as_bool());
        said.unwrap_or_else(|| self.at(&["build-system"]).is_some() || !requires_build_system)
    }

    /// The names of the extras.
    pub fn extras(&self) -> BTreeSet<String> {
        let table =
            self.at(&["project", "optional-dependencies"]).into_iter().flat_map(|table| table.entries());
        table.filter_map(|(key, _)| Some(normalised(key.text()?))).collect()
    }

    /// `dependencies` and those of each extra, with the extra; an error holds what is no requirement.
    pub fn requirements(&self) -> Result<&[(Requirement, Option<String>)], Range<usize>> {
        let read = self.read.requirements.get_or_init(|| self.read_requirements());
        read.as_deref().map_err(Range::clone)
    }

    fn read_requirements(&self) -> Result<Requirements, Range<usize>> {
        // A script has no name, and uv mends nothing there.
        let read = if self.name().is_some() { mended } else { requirement };
        let mut result = Vec::new();
        for item in self.at(&["project", "dependencies"]).into_iter().flat_map(|list| list.items()) {
            result.push((read(item)?, None));
        }
        let table =
            self.at(&["project", "optional-dependencies"]).into_iter().flat_map(|table| table.entries());
        for (key, list) in table {
            let extra = normalised(key.text().unwrap_or_default());
            for item in list.items() {
                let mut requirement = read(item)?;
                requirement.marker = requirement.marker.and(Marker::extra(&extra));
                result.push((requirement, Some(extra.clone())));
            }
        }
        Ok(result)
    }

    /// The dependency groups with what they include; an error holds what cannot be understood.
    pub fn groups(&self) -> Result<&BTreeMap<String, Vec<Requirement>>, Range<usize>> {
        let read = self.read.groups.get_or_init(|| self.read_groups());
        read.as_ref().map_err(Range::clone)
    }

    fn read_groups(&self) -> Result<Grouped, Range<usize>> {
        let table = self.at(&["dependency-groups"]).into_iter().flat_map(|table| table.entries());
        let raw: BTreeMap<String, Node<'_>> =
            table.filter_map(|(key, list)| Some((normalised(key.text()?), list))).into_map();
        let mut groups =
            Groups { raw: &raw, settings: self.group_settings(), done: BTreeMap::new(), count: 0 };
        for name in raw.keys() {
            groups.resolve(name, 0)?;
        }
        let mut done = groups.done;
        if let Some(list) = self.uv("dev-dependencies") {
            let old: Vec<Requirement> = list.items().map(requirement).collect::<Result<_, _>>()?;
            done.entry("dev".to_owned()).or_default().extend(old);
        }
        Ok(done)
    }

    /// For each group with `requires-python` in its settings, or in those of a group that it includes, all that
    /// is said about it.
    pub fn group_pythons(&self) -> BTreeMap<String, Ranges<Version>> {
        let table = self.group_settings().into_iter().flat_map(|table| table.entries());
        let own: BTreeMap<String, Ranges<Version>> = table
            .filter_map(|(key, settings)| {
                let python = specifiers(settings.get("requires-python")?.text()?)?;
                Some((normalised(key.text()?), release_ranges(&python)))
            })
            .into_map();
        if own.is_empty() {
            return own;
        }
        let includes = self.includes();
        let mut result = BTreeMap::new();
        for name in includes.keys() {
            let (mut seen, mut queue) = (BTreeSet::new(), vec![name]);
            while let Some(group) = queue.pop() {
                if !seen.insert(group) {
                    continue;
                }
                if let Some(python) = own.get(group) {
                    let known = result.entry(name.clone()).or_insert_with(Ranges::full);
                    *known = known.intersection(python);
                }
                queue.extend(includes.get(group).into_iter().flatten());
            }
        }
        result
    }

    /// For each group the groups that it includes directly.
    pub fn includes(&self) -> BTreeMap<String, BTreeSet<String>> {
        let table = self.at(&["dependency-groups"]).into_iter().flat_map(|table| table.entries());
        let included = |list: Node<'_>| {
            list.items().filter_map(|item| Some(normalised(item.get("include-group")?.text()?))).collect()
        };
        table.filter_map(|(key, list)| Some((normalised(key.text()?), included(list)))).into_map()
    }
}

/// Reads one requirement; an error holds where it stands.
pub fn requirement(node: Node<'_>) -> Result<Requirement, Range<usize>> {
    node.as_str().and_then(|text| lenient::requirement(text, node.range())).ok_or_else(|| node.range())
}

/// Reads a requirement of `dependencies` or an extra.
fn mended(node: Node<'_>) -> Result<Requirement, Range<usize>> {
    node.as_str().and_then(|text| lenient::mended(text, node.range())).ok_or_else(|| node.range())
}

struct Groups<'t> {
    raw: &'t BTreeMap<String, Node<'t>>,
    settings: Option<Node<'t>>,
    done: BTreeMap<String, Vec<Requirement>>,
    count: usize,
}

impl Groups<'_> {
    fn resolve(&mut self, name: &str, depth: usize) -> Result<(), Range<usize>> {
        if self.done.contains_key(name) {
            return Ok(());
        }
        let Some(list) = self.raw.get(name) else { return Ok(()) };
        if depth > DEEPEST {
            return Err(list.range());
        }
        let mut result = Vec::new();
        for item in list.items() {
            let Some(included) = item.get("include-group") else {
                result.push(requirement(item)?);
                continue;
            };
            let included = normalised(included.text().unwrap_or_default());
            if !self.raw.contains_key(&included) {
                return Err(item.range());
            }
            self.resolve(&included, depth + 1)?;
            result.extend(self.done.get(&included).into_iter().flatten().cloned());
        }
        self.count += result.len();
        if self.count > MOST {
            return Err(list.range());
        }
        if let Some(python) = self.python(name) {
            let marker = Marker::python(release_ranges(&python));
            for requirement in &mut result {
                let own = std::mem::replace(&mut requirement.marker, Marker::Constant(true));
                requirement.marker = own.and(marker.clone());
            }
        }
        self.done.insert(name.to_owned(), result);
        Ok(())
    }

    /// `[tool.uv.dependency-groups] name = { requires-python = "…" }`
    fn python(&self, name: &str) -> Option<VersionSpecifiers> {
        let settings = self.settings?;
        let (_, settings) =
            settings.entries().find(|(key, _)| key.text().map(normalised).as_deref() == Some(name))?;
        specifiers(settings.get("requires-python")?.text()?)
    }
}
