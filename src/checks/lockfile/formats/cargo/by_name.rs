//! What the features and dependencies of a manifest are called: they are looked up for each thing that a feature turns
//! on, and some crates have thousands.

use std::collections::{HashMap, HashSet};

use super::manifest::{Dependency, Manifest, Switch};

/// Features and dependencies by name.
#[derive(Default)]
pub struct ByName {
    features: HashMap<String, usize>,
    dependencies: HashMap<String, Vec<usize>>,
    /// Dependencies that features name with `dep:`.
    only_dependencies: HashSet<String>,
}

impl ByName {
    /// Those of a manifest.
    pub fn of(features: &[(String, Vec<Switch>)], dependencies: &[Dependency]) -> ByName {
        let mut names = ByName::default();
        for (index, (feature, switches)) in features.iter().enumerate() {
            names.features.insert(feature.clone(), index);
            let only = switches.iter().filter_map(|switch| switch.text.strip_prefix("dep:"));
            names.only_dependencies.extend(only.map(str::to_owned));
        }
        for (index, wanted) in dependencies.iter().enumerate() {
            names.dependencies.entry(wanted.key.clone()).or_default().push(index);
        }
        names
    }
}

impl Manifest {
    /// What a feature turns on; nothing if the manifest does not declare it.
    pub fn feature(&self, name: &str) -> Option<&[Switch]> {
        let index = self.by_name.features.get(name)?;
        Some(&self.features[*index].1)
    }

    /// The dependencies that features know by a name: one for each table that has it.
    pub fn dependencies_named(&self, key: &str) -> impl Iterator<Item = &Dependency> {
        let known = self.by_name.dependencies.get(key).map(Vec::as_slice).unwrap_or_default();
        known.iter().map(|index| &self.dependencies[*index])
    }

    /// True if a package has the feature: declared, or as the name of an optional dependency, which is a feature of its
    /// own where no feature names it with `dep:`.
    pub fn has_feature(&self, name: &str) -> bool {
        self.by_name.features.contains_key(name)
            || (self.dependencies_named(name).any(|wanted| wanted.optional)
                && !self.by_name.only_dependencies.contains(name))
    }
}
