//! pnpm's settings of a project: pnpm-workspace.yaml, `.npmrc` and `pnpm` in package.json, of which each version of
//! pnpm reads some.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::versions::{self, Named};
use super::importers;

/// Which pnpm the project is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Before 10: pnpm-workspace.yaml holds nothing but the workspace.
    Old,
    /// 10: all three are read.
    Ten,
    /// 9 or 10: it is not said which, and the lockfile is as they write it.
    NineOrTen,
    /// 11 and later: `pnpm` in package.json is not read any more.
    New,
    /// It is not said, and the lockfile may be of 9 or later.
    Unknown,
}

impl Era {
    /// Which versions it may be where it is not said.
    pub fn candidates(self) -> &'static [(Era, &'static str)] {
        const ALL: [(Era, &str); 3] =
            [(Era::New, "pnpm 11 and later"), (Era::Ten, "pnpm 10"), (Era::Old, "pnpm 9")];
        match self {
            Era::Unknown => &ALL,
            Era::NineOrTen => &ALL[1..],
            Era::Old | Era::Ten | Era::New => &[],
        }
    }
}

/// The settings.
#[derive(Clone)]
pub struct Settings {
    /// Which pnpm the project is for.
    pub era: Era,
    /// The version that the repository names.
    pub named: Option<String>,
    /// pnpm-workspace.yaml.
    pub workspace: Option<Arc<Source>>,
    /// package.json of the root.
    pub manifest: Option<Arc<Source>>,
    npmrc: Option<Arc<Source>>,
}

impl Settings {
    /// The settings of the project whose lockfile has this root.
    pub fn of(root: Node<'_>, project: &Project<'_>) -> Settings {
        let manifest = project.text(&project.beside("package.json"));
        let named = versions::named("pnpm", project);
        let era = era(root, named.as_ref());
        let workspace = project.text(&project.beside("pnpm-workspace.yaml"));
        let npmrc = project.text(&project.beside(".npmrc"));
        Settings { era, named: named.map(|named| named.text), workspace, manifest, npmrc }
    }

    /// The same settings as another version of pnpm reads them.
    pub fn as_of(&self, era: Era) -> Settings {
        Settings { era, ..self.clone() }
    }

    /// The root of pnpm-workspace.yaml.
    pub fn workspace_root(&self) -> Option<Node<'_>> {
        self.workspace.as_ref()?.tree(Syntax::Yaml).root()
    }

    /// The root of package.json.
    pub fn manifest_root(&self) -> Option<Node<'_>> {
        self.manifest.as_ref()?.tree(Syntax::Json).root()
    }

    /// A setting of pnpm-workspace.yaml or, as far as it is read, of package.json, and where it stands.
    pub fn get(&self, key: &str) -> Option<(Node<'_>, &Source)> {
        let workspace = self.workspace_root().filter(|_| self.era != Era::Old).and_then(|root| root.get(key));
        let manifest = self.manifest_root().and_then(|root| root.get("pnpm")?.get(key));
        let manifest = manifest.filter(|_| self.era != Era::New);
        let workspace = workspace.zip(self.workspace.as_deref());
        workspace.or_else(|| manifest.zip(self.manifest.as_deref()))
    }

    /// True if the repository names a version that was not released.
    pub fn is_prerelease(&self) -> bool {
        self.named
            .as_deref()
            .and_then(|named| named.split('+').next())
            .is_some_and(|named| named.contains('-'))
    }

    /// True if the projects of the workspace share one lockfile.
    pub fn is_shared(&self) -> bool {
        self.flag("sharedWorkspaceLockfile", "shared-workspace-lockfile", true)
    }

    /// A flag, by its name in pnpm-workspace.yaml and in `.npmrc`.
    pub fn flag(&self, key: &str, npmrc: &str, default: bool) -> bool {
        if let Some(value) = self.get(key).and_then(|(node, _)| node.as_bool()) {
            return value;
        }
        self.npmrc_value(npmrc).map_or(default, |value| value == "true")
    }

    /// A number, by its name in pnpm-workspace.yaml and in `.npmrc`.
    pub fn number(&self, key: &str, npmrc: &str) -> Option<i64> {
        let value = self.get(key).and_then(|(node, _)| node.as_int());
        value.or_else(|| self.npmrc_value(npmrc)?.parse().ok())
    }

    /// The last value that `.npmrc` has, where it is read.
    pub fn npmrc_value(&self, key: &str) -> Option<String> {
        let line = |line: &str| line.split_whitespace().collect::<String>();
        let lines = self.npmrc.iter().filter(|_| self.era != Era::New);
        let lines = lines.flat_map(|source| source.text().lines().map(line));
        lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix('=').map(str::to_owned)).next_back()
    }

    /// `overrides`, with `$name` and `catalog:` written out.
    pub fn overrides(&self) -> BTreeMap<String, String> {
        let mut result = BTreeMap::new();
        let resolutions = self.manifest_root().filter(|_| self.era != Era::New);
        let resolutions = resolutions.and_then(|root| root.get("resolutions"));
        let tables = resolutions.into_iter().chain(self.get("overrides").map(|(node, _)| node));
        for (key, value) in tables.flat_map(|table| table.entries()) {
            let (Some(selector), Some(value)) = (key.text(), value.text()) else { continue };
            let value = match value.strip_prefix('$') {
                Some(name) => self.asked(name).unwrap_or_default(),
                None => value.to_owned(),
            };
            let value = self.catalogued(selector, &value).unwrap_or(value);
            result.insert(selector.to_owned(), value);
        }
        result
    }

    /// What the root asks for under a name.
    fn asked(&self, name: &str) -> Option<String> {
        let root = self.manifest_root()?;
        let sections = ["optionalDependencies", "dependencies", "devDependencies"];
        sections.iter().find_map(|section| Some(root.get(section)?.get(name)?.text()?.to_owned()))
    }

    /// What `catalog:` or `catalog:name` stands for; nothing for other specifiers.
    pub fn catalogued(&self, selector: &str, specifier: &str) -> Option<String> {
        let catalog = specifier.strip_prefix("catalog:")?;
        let target = selector.rsplit('>').next().unwrap_or(selector);
        let at = target.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
        let name = &target[..at.unwrap_or(target.len())];
        Some(self.catalog(catalog)?.get(name)?.text()?.to_owned())
    }

    /// Everything that the catalogs say.
    pub fn catalogs(&self) -> Vec<&str> {
        let root = self.workspace_root();
        let named = root.and_then(|root| root.get("catalogs")).into_iter().flat_map(|table| table.entries());
        let tables = named.map(|(_, table)| table).chain(root.and_then(|root| root.get("catalog")));
        tables.flat_map(|table| table.entries()).filter_map(|(_, value)| value.text()).collect()
    }

    /// A catalog; the empty name and `default` are the one without name.
    pub fn catalog(&self, name: &str) -> Option<Node<'_>> {
        let root = self.workspace_root()?;
        let name = if name.is_empty() { "default" } else { name };
        let plain = root.get("catalog").filter(|_| name == "default");
        plain.or_else(|| root.get("catalogs")?.get(name))
    }
}

fn era(root: Node<'_>, named: Option<&Named>) -> Era {
    let version = root.get("lockfileVersion").and_then(|node| node.text()).unwrap_or_default();
    if !version.starts_with('9') {
        return Era::Old;
    }
    if named.is_none() && has_md5(root) {
        return Era::Old;
    }
    match (named.map(|named| named.oldest.0), sorts_sections(root)) {
        (Some(..=9), _) => Era::Old,
        (Some(10), _) => Era::Ten,
        (Some(_), _) | (None, Some(true)) => Era::New,
        (None, Some(false)) => Era::NineOrTen,
        (None, None) => Era::Unknown,
    }
}

/// True if something is recorded by MD5, as pnpm 9 does; later ones have SHA-256 and refuse it.
fn has_md5(root: Node<'_>) -> bool {
    let sums = ["packageExtensionsChecksum", "pnpmfileChecksum"].iter().filter_map(|key| root.get(key));
    let patches = root.get("patchedDependencies").into_iter().flat_map(|table| table.entries());
    let patches = patches.filter_map(|(_, patch)| patch.get("hash"));
    sums.chain(patches).filter_map(|node| node.text()).any(|hash| matches!(hash.len(), 26 | 32))
}

/// Newer versions write the sections of a project in alphabetical order, older ones what is optional before what is
/// for development. Nothing if no project has both.
fn sorts_sections(root: Node<'_>) -> Option<bool> {
    importers::locked(root).iter().find_map(|importer| {
        let keys: Vec<&str> = importer.node.entries().filter_map(|(key, _)| key.text()).collect();
        let at = |section: &str| keys.iter().position(|key| *key == section);
        at("devDependencies").zip(at("optionalDependencies")).map(|(dev, optional)| dev < optional)
    })
}
