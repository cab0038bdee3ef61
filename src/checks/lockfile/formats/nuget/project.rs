//! What a project asks NuGet for, as far as it can be told without MSBuild.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::checkout::{ReadError, Source};

use super::super::super::format::Project;
use super::super::super::paths;
use super::framework::When;
use super::msbuild::{Action, Contents, Item, Kind, MOST_KEPT, Property, read};

/// Files that are imported for a project.
const MOST_IMPORTS: usize = 100;

/// The files that MSBuild reads for a project, in its order; those for all projects first.
#[derive(Default)]
pub struct Files {
    contents: Vec<Contents>,
    imported: HashSet<String>,
    /// What all files so far hold.
    kept: usize,
    /// Files that are there and cannot be read, or are no XML.
    pub unread: Vec<String>,
    /// True if some are imported that are not here, or of which only MSBuild knows.
    pub is_part: bool,
}

/// A package that is asked for.
pub struct Wanted<'f> {
    /// The element that says so, or that changed it last.
    pub item: &'f Item,
    /// The version and the element that says it; nothing if only MSBuild knows.
    pub version: Option<(&'f str, &'f Item)>,
}

/// What is asked for, by names in lower case; nothing for what only MSBuild knows.
pub type Asked<'f> = HashMap<String, Option<Wanted<'f>>>;

impl Files {
    /// The files of the project at `path`, and those that MSBuild takes from the folders above.
    pub fn of(path: &str, project: &Project<'_>) -> Files {
        let mut files = Files::default();
        // The first of these that is there.
        let mut first = |paths: &mut dyn Iterator<Item = String>| {
            let mut found = paths.map(|path| (project.read(&path), path));
            let found = found.find(|(source, _)| !matches!(source, Err(ReadError::Missing)));
            if let Some((source, path)) = found {
                files.take(path, source, project);
            }
        };
        let above = |name: &'static str| {
            paths::ancestors(project.folder).map(move |folder| paths::file_in(folder, name))
        };
        first(&mut above("Directory.Packages.props"));
        first(&mut above("Directory.Build.props"));
        first(&mut std::iter::once(path.to_owned()));
        first(&mut above("Directory.Build.targets"));
        files
    }

    /// Takes a file, after those that it imports.
    fn take(&mut self, path: String, source: Result<Arc<Source>, ReadError>, project: &Project<'_>) {
        let Some(contents) = source.ok().and_then(|source| self.read(&source)) else {
            return self.unread.push(path);
        };
        for import in &contents.imports {
            let import = import.replace('\\', "/");
            let relative = import.trim_start_matches("$(MSBuildThisFileDirectory)");
            let target = paths::join(paths::split(&path).0, relative).unwrap_or_default();
            if self.imported.len() == MOST_IMPORTS {
                self.is_part = true;
                break;
            }
            if !self.imported.insert(target.clone()) {
                continue;
            }
            match project.read(&target) {
                Err(ReadError::Missing | ReadError::NotAFile | ReadError::Outside) => self.is_part = true,
                source => self.take(target, source, project),
            }
        }
        self.contents.push(contents);
    }

    /// Reads a file, if all of them together do not hold more than one may: a hundred times that would be a gigabyte.
    fn read(&mut self, source: &Arc<Source>) -> Option<Contents> {
        let contents = read(source)?;
        self.kept += contents.number();
        (self.kept <= MOST_KEPT).then_some(contents)
    }

    /// True if some items have names that only MSBuild knows.
    pub fn is_opaque(&self) -> bool {
        self.contents.iter().any(|contents| contents.opaque)
    }

    /// The names of all packages that are asked for somewhere, in lower case, if no file is imported from elsewhere and
    /// the SDKs are those that only add packages of their own.
    pub fn all_names(&self) -> Option<HashSet<String>> {
        const PLAIN: [&str; 5] = [
            "",
            "Microsoft.NET.Sdk",
            "Microsoft.NET.Sdk.Razor",
            "Microsoft.NET.Sdk.Web",
            "Microsoft.NET.Sdk.Worker",
        ];
        let is_plain = |contents: &Contents| PLAIN.contains(&&*contents.sdk);
        let items = self.contents.iter().flat_map(|contents| &contents.items);
        let asked = items.filter(|item| item.kind != Kind::Central).map(|item| item.name.to_lowercase());
        (!self.is_part && self.contents.iter().all(is_plain)).then(|| asked.collect())
    }

    /// Paths of the files with references under conditions that only MSBuild evaluates.
    pub fn undecided(&self) -> impl Iterator<Item = &str> {
        let items = self.contents.iter().flat_map(|contents| &contents.items);
        let undecided = items.filter(|item| item.kind != Kind::Central && item.when == When::Unknown);
        undecided.map(|item| item.source.path())
    }

    /// The values of a property in the order of the files; nothing if only MSBuild knows.
    fn values(&self, name: &str) -> Option<Vec<&Property>> {
        let all = self.contents.iter().flat_map(|contents| &contents.properties);
        let all: Vec<&Property> = all.filter(|property| property.name == name).collect();
        let known = |property: &&Property| property.when == When::Always && !property.value.contains("$(");
        all.iter().all(known).then_some(all)
    }

    /// The property that says which frameworks are built for; nothing if only MSBuild knows.
    pub fn frameworks(&self) -> Option<&Property> {
        let last = |name: &str| {
            let values = self.values(name)?;
            Some(values.into_iter().rfind(|property| !property.value.is_empty()))
        };
        let (several, one) = (last("targetframeworks")?, last("targetframework")?);
        several.or(one)
    }

    /// Versions for all projects, by names in lower case, for a framework.
    pub fn central(&self, framework: &str) -> HashMap<String, Option<&Item>> {
        let mut versions = HashMap::new();
        let moved = ["directorypackagespropspath", "centralpackagesfile"];
        if moved.iter().any(|name| self.values(name).is_none_or(|values| !values.is_empty())) {
            return versions;
        }
        for item in self
            .contents
            .iter()
            .flat_map(|contents| &contents.items)
            .filter(|item| item.kind == Kind::Central)
        {
            let name = item.name.to_lowercase();
            match item.when.counts(framework) {
                Some(true) if item.action == Action::Remove => drop(versions.remove(&name)),
                Some(true) => drop(versions.insert(name, Some(item))),
                Some(false) => {}
                None => drop(versions.insert(name, None)),
            }
        }
        versions
    }

    /// What is asked for, for a framework.
    pub fn asked(&self, framework: &str) -> Asked<'_> {
        let central = self.central(framework);
        let is_central = self
            .values("managepackageversionscentrally")
            .and_then(|values| values.last().map(|property| property.value.eq_ignore_ascii_case("true")))
            .unwrap_or_default();
        let mut asked: Asked<'_> = HashMap::new();
        for item in self.contents.iter().flat_map(|contents| &contents.items) {
            let name = item.name.to_lowercase();
            match (item.kind, item.when.counts(framework)) {
                (Kind::Central, _) | (_, Some(false)) => continue,
                (Kind::Global, _) if !is_central && item.action != Action::Remove => continue,
                (_, None) => drop(asked.insert(name, None)),
                (..) => change(&mut asked, name, item),
            }
        }
        for (name, wanted) in &mut asked {
            if let Some(wanted) = wanted.as_mut().filter(|wanted| wanted.version.is_none()) {
                let item = central.get(name).copied().flatten();
                wanted.version = item.and_then(|item| Some((item.version.as_deref()?, item)));
            }
        }
        asked
    }
}

fn change<'f>(asked: &mut Asked<'f>, name: String, item: &'f Item) {
    let version = item.version.as_deref().map(|version| (version, item));
    match (item.action, asked.get_mut(&name)) {
        // What is not known once stays so.
        (_, Some(None)) => {}
        (Action::Remove, _) => drop(asked.remove(&name)),
        (Action::Update, None) => {}
        (Action::Update, Some(Some(wanted))) => wanted.version = version.or(wanted.version),
        // Asked for twice: which version counts depends on the tool's version.
        (Action::Include, Some(Some(wanted))) if wanted.version.map(|it| it.0) != version.map(|it| it.0) => {
            asked.insert(name, None);
        }
        (Action::Include, _) => drop(asked.insert(name, Some(Wanted { item, version }))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_together_keep_no_more_than_one() {
        let naming = |number: usize| {
            let text = format!("<PackageReference Include=\"{}\"/>", "a;".repeat(number));
            Arc::new(Source::new("a.props", text))
        };
        let mut files = Files::default();
        assert!(files.read(&naming(MOST_KEPT - 1)).is_some() && files.read(&naming(1)).is_some());
        assert!(files.read(&naming(1)).is_none() && files.read(&naming(1)).is_none());
    }
}
