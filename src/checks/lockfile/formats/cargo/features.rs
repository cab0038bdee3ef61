//! Which features of the repository's packages are asked for: those of members all, of others what dependencies say.
//! Cargo.lock holds an optional dependency of such a package only if one of these turns it on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use super::manifest::{Dependency, Manifest, Wanted};
use super::workspace::Workspace;

/// Features that are told to be missing. Nobody has as many.
const MOST_MISSING: usize = 1_000;

/// What is turned on in the packages of a workspace.
pub struct Features<'w> {
    workspace: &'w Workspace,
    /// Features by folder.
    features: BTreeSet<(&'w str, String)>,
    /// Dependencies by folder and by the name that features know them by.
    dependencies: BTreeSet<(&'w str, String)>,
    /// Features that are asked of a dependency where a feature does so and not the dependency itself.
    passed_on: BTreeMap<(&'w str, String), BTreeSet<String>>,
    /// Features that are asked for, and that the package does not have.
    pub missing: Vec<Missing<'w>>,
    /// Packages, features and dependencies that are still to be followed.
    queue: VecDeque<(&'w Manifest, String)>,
    /// Packages that something else than the workspace may ask for features.
    undecided: BTreeSet<&'w str>,
}

/// A feature that is asked for, and that the package does not have.
pub struct Missing<'w> {
    /// The manifest that asks.
    pub by: &'w Manifest,
    /// Where it does.
    pub place: Range<usize>,
    /// The package that is asked.
    pub package: String,
    /// The feature.
    pub feature: String,
}

impl<'w> Features<'w> {
    /// Follows what the members ask for.
    pub fn of(workspace: &'w Workspace) -> Features<'w> {
        let mut features = Features {
            workspace,
            features: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            passed_on: BTreeMap::new(),
            missing: Vec::new(),
            queue: VecDeque::new(),
            undecided: behind_patches(workspace),
        };
        for (manifest, _) in workspace.packages.values().filter(|(_, member)| *member) {
            features.whole(manifest);
        }
        while let Some((manifest, name)) = features.queue.pop_front() {
            features.feature(manifest, &name);
        }
        features
    }

    /// True if the dependency of a package that is no member is asked for; nothing where that cannot be told.
    pub fn is_on(&self, manifest: &Manifest, wanted: &Dependency) -> Option<bool> {
        let is_decided = !self.undecided.contains(manifest.folder.as_str()) && !self.workspace.replaces;
        let key = (manifest.folder.as_str(), wanted.key.clone());
        is_decided.then(|| !wanted.optional || self.dependencies.contains(&key))
    }

    /// True if a package that is no member is needed by path.
    pub fn is_reached(&self, manifest: &Manifest) -> bool {
        self.features.contains(&(manifest.folder.as_str(), String::new()))
    }

    /// Cargo locks for members as if all of their features were asked for.
    fn whole(&mut self, manifest: &'w Manifest) {
        for (_, switches) in &manifest.features {
            for switch in switches {
                self.switch(manifest, &switch.text);
            }
        }
        for wanted in &manifest.dependencies {
            self.follow(manifest, wanted);
        }
    }

    /// The first time that anything is asked of a package that is no member, all it always needs is, too.
    fn reach(&mut self, manifest: &'w Manifest) {
        if !self.features.insert((&manifest.folder, String::new())) {
            return;
        }
        for wanted in manifest.dependencies.iter().filter(|wanted| !wanted.dev && !wanted.optional) {
            self.follow(manifest, wanted);
        }
    }

    /// Turns on what a feature of a package stands for.
    fn feature(&mut self, manifest: &'w Manifest, name: &str) {
        if !self.features.insert((&manifest.folder, name.to_owned())) {
            return;
        }
        match manifest.feature(name) {
            Some(switches) => {
                for switch in switches {
                    self.switch(manifest, &switch.text);
                }
            }
            None => self.dependency(manifest, name),
        }
    }

    fn switch(&mut self, manifest: &'w Manifest, text: &str) {
        if let Some(name) = text.strip_prefix("dep:") {
            return self.dependency(manifest, name);
        }
        let Some((name, feature)) = text.split_once('/') else {
            return self.queue.push_back((manifest, text.to_owned()));
        };
        // Cargo.lock also holds what is asked for weakly.
        let (name, is_weak) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        if !is_weak && manifest.feature(name).is_some() {
            self.queue.push_back((manifest, name.to_owned()));
        }
        self.passed_on.entry((&manifest.folder, name.to_owned())).or_default().insert(feature.to_owned());
        self.dependencies.remove(&(manifest.folder.as_str(), name.to_owned()));
        self.dependency(manifest, name);
    }

    fn dependency(&mut self, manifest: &'w Manifest, name: &str) {
        if self.dependencies.insert((&manifest.folder, name.to_owned())) {
            for wanted in manifest.dependencies_named(name) {
                self.follow(manifest, wanted);
            }
        }
    }

    /// Asks a package of the repository for what the dependency says.
    fn follow(&mut self, by: &'w Manifest, wanted: &'w Dependency) {
        let Wanted::Path(Some(folder)) = &wanted.source else { return };
        let Some((manifest, member)) = self.workspace.packages.get(folder) else { return };
        let is_member = |folder: &str| self.workspace.packages.get(folder).is_some_and(|(_, member)| *member);
        if wanted.dev && !is_member(&by.folder) {
            return;
        }
        let passed_on = self.passed_on.get(&(by.folder.as_str(), wanted.key.clone()));
        let asked: Vec<String> =
            wanted.features.iter().chain(passed_on.into_iter().flatten()).cloned().collect();
        if !*member {
            self.reach(manifest);
        }
        for name in asked {
            if manifest.has_feature(&name) {
                self.ask(manifest, *member, name);
            } else {
                self.lacks(by, wanted, name);
            }
        }
        if wanted.default_features && manifest.feature("default").is_some() {
            self.ask(manifest, *member, "default".to_owned());
        }
    }

    fn ask(&mut self, manifest: &'w Manifest, member: bool, name: String) {
        if !member {
            self.queue.push_back((manifest, name));
        }
    }

    fn lacks(&mut self, by: &'w Manifest, wanted: &'w Dependency, feature: String) {
        let is_known = |known: &Missing<'_>| known.place == wanted.place && known.feature == feature;
        let is_new = !self.missing.iter().any(|known| known.by.folder == by.folder && is_known(known));
        if is_new && self.missing.len() < MOST_MISSING {
            let (place, package) = (wanted.place.clone(), wanted.name.clone());
            self.missing.push(Missing { by, place, package, feature });
        }
    }
}

/// The folders of packages that take the place of others, and of what those need: packages of a registry may ask them
/// for features.
fn behind_patches(workspace: &Workspace) -> BTreeSet<&str> {
    let folder = |wanted: &'_ Dependency| match &wanted.source {
        Wanted::Path(Some(folder)) => {
            workspace.packages.get_key_value(folder).map(|(folder, _)| folder.as_str())
        }
        _ => None,
    };
    let mut queue: Vec<&str> = workspace.patches.iter().filter_map(|(patch, _)| folder(patch)).collect();
    let mut found = BTreeSet::new();
    while let Some(next) = queue.pop() {
        if found.insert(next)
            && let Some((manifest, _)) = workspace.packages.get(next)
        {
            queue.extend(manifest.dependencies.iter().filter_map(folder));
        }
    }
    found
}
