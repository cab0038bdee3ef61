//! Where uv's settings come from: the nearest `uv.toml`, or `pyproject.toml` with `[tool.uv]`.

use std::ops::Range;
use std::sync::Arc;

use pep440_rs::Version;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::python::ranges::Ranges;
use super::super::super::python::version::{ranges, specifiers};
use super::super::super::versions::ToolVersions;

/// Keys that uv takes only from a pyproject.toml, and refuses in a uv.toml.
const PROJECT_ONLY: [&str; 11] = [
    "build-backend",
    "conflicts",
    "default-groups",
    "dependency-groups",
    "dev-dependencies",
    "environments",
    "managed",
    "package",
    "required-environments",
    "sources",
    "workspace",
];

/// The settings that hold for a lockfile.
pub struct Settings {
    /// The file that they stand in, and where in it: at the top of a uv.toml, or below `[tool.uv]`.
    file: Option<(Arc<Source>, bool)>,
    /// Those of the folder, below the settings of a script.
    below: Option<Box<Settings>>,
}

/// Settings that uv joins, lists and tables by package, where a script and its folder both have them.
const JOINED: [&str; 5] =
    ["dependency-metadata", "exclude-newer-package", "extra-index-url", "find-links", "index"];

impl Settings {
    /// Finds the settings for the lockfile's folder. Those of the user and the machine cannot be seen.
    pub fn of(project: &Project<'_>) -> Settings {
        for folder in paths::ancestors(project.folder) {
            if let Some(source) = project.text(&paths::file_in(folder, "uv.toml")) {
                return Settings { file: Some((source, true)), below: None };
            }
            let Some(source) = project.text(&paths::file_in(folder, "pyproject.toml")) else { continue };
            let tree = source.tree(Syntax::Toml);
            if tree.root().is_some_and(|root| root.at(&["tool", "uv"]).is_some()) {
                return Settings { file: Some((source, false)), below: None };
            }
        }
        Settings { file: None, below: None }
    }

    /// The settings in the metadata of a script, if there are some.
    pub fn of_script(metadata: Arc<Source>) -> Option<Settings> {
        let has = metadata.tree(Syntax::Toml).root()?.at(&["tool", "uv"]).is_some();
        has.then_some(Settings { file: Some((metadata, false)), below: None })
    }

    /// These settings of a script above those of its folder: uv takes each from the script if it is there
    /// (`FilesystemOptions::combine` of uv 0.13).
    pub fn above(self, folder: Settings) -> Settings {
        Settings { below: Some(Box::new(folder)), ..self }
    }

    /// A list or table that both the script and its folder have, and that uv joins.
    pub fn joined(&self) -> Option<&'static str> {
        let below = self.below.as_ref()?;
        JOINED.into_iter().find(|key| self.own(key).is_some() && below.own(key).is_some())
    }

    /// The file that the settings stand in.
    pub fn source(&self) -> Option<&Source> {
        self.file.as_ref().map(|(source, _)| &**source)
    }

    /// The file that a setting stands in.
    pub fn source_of(&self, key: &str) -> Option<&Source> {
        match self.own(key) {
            Some(_) => self.source(),
            None => self.below.as_ref()?.source_of(key),
        }
    }

    fn table(&self) -> Option<Node<'_>> {
        let (source, is_own_file) = self.file.as_ref()?;
        let root = source.tree(Syntax::Toml).root()?;
        if *is_own_file { Some(root) } else { root.at(&["tool", "uv"]) }
    }

    /// A setting.
    pub fn get(&self, key: &str) -> Option<Node<'_>> {
        // Older files keep pip's settings apart; those do not count here.
        self.own(key).or_else(|| self.below.as_ref()?.get(key))
    }

    fn own(&self, key: &str) -> Option<Node<'_>> {
        self.table()?.get(key)
    }

    /// A key of a uv.toml that only a pyproject.toml may have, and where it stands.
    pub fn misplaced(&self) -> Option<(&'static str, Range<usize>)> {
        let (_, is_own_file) = self.file.as_ref()?;
        let table = self.table().filter(|_| *is_own_file)?;
        PROJECT_ONLY.iter().find_map(|key| Some((*key, table.entry(key)?.0.range())))
    }

    /// Which uv the project is for.
    pub fn era(&self, revision: i64, versions: &ToolVersions) -> Era {
        let named = versions.get("uv").map(String::as_str);
        let named = named.or_else(|| self.get("required-version")?.text());
        let required = named.and_then(required);
        let Some(required) = required else { return if revision == 0 { Era::Unknown } else { Era::New } };
        let new = Version::new([0, 13]).with_dev(Some(0));
        let new = Ranges::between(std::ops::Bound::Included(new), std::ops::Bound::Unbounded);
        match (required.intersection(&new).is_empty(), revision) {
            (true, _) => Era::Old,
            // The newest that the project admits is what most machines have.
            (false, _) => Era::New,
        }
    }
}

/// True if only versions before this one are named; nothing if none is named.
pub fn is_before(
    project: &Project<'_>,
    required_version: Option<Node<'_>>,
    version: [u64; 2],
) -> Option<bool> {
    let named = project.tool_versions.get("uv").map(String::as_str);
    let named = required(named.or_else(|| required_version?.text())?)?;
    let since = std::ops::Bound::Included(Version::new(version).with_dev(Some(0)));
    Some(named.intersection(&Ranges::between(since, std::ops::Bound::Unbounded)).is_empty())
}

/// True if the version that is named is none that the project admits: uv refuses to start.
pub fn contradicts(project: &Project<'_>, required_version: Node<'_>) -> bool {
    let named = project.tool_versions.get("uv").and_then(|text| required(text));
    let admitted = required_version.text().and_then(required);
    named.zip(admitted).is_some_and(|(named, admitted)| named.intersection(&admitted).is_empty())
}

/// A bare version means exactly that one.
fn required(text: &str) -> Option<Ranges<Version>> {
    let text = text.trim();
    let exact = text.starts_with(|c: char| c.is_ascii_digit());
    let text = if exact { format!("=={text}") } else { text.to_owned() };
    Some(ranges(&specifiers(&text)?))
}

/// Which uv the project is for. Before 0.13 uv was stricter in some comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Only versions before 0.13 are admitted.
    Old,
    /// A current one.
    New,
    /// The project does not say, and the lockfile was written by one before 0.6.
    Unknown,
}
