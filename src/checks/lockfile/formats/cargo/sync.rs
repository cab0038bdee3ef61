//! Whether Cargo.lock and the manifests agree, as `cargo --locked` decides it without the registry.

use semver::{Version, VersionReq};

use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock};
use super::super::super::report::Report;
use super::features::Features;
use super::manifest::{Dependency, Manifest, PackageTable, Wanted, comparable_git};
use super::workspace::{NoWorkspace, Workspace};
use super::{CRATES_IO, Entry, Names, entries, refused, whole};

/// Compares, reports, and returns what the manifests name as sources.
pub fn compare(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let unread = Declared { partly: true, ..Declared::default() };
    let workspace = match Workspace::of(project) {
        Ok(workspace) => workspace,
        Err(NoWorkspace::NotExamined(reason)) => {
            report.not_examined(reason);
            return unread;
        }
        Err(NoWorkspace::Broken(reason)) => {
            report.not_verified(format!("{reason}, so it was not compared"));
            return unread;
        }
    };
    // What the reader accepted has entries.
    let Ok(entries) = entries(root) else { return unread };
    let names = Names::of(&entries);
    let features = Features::of(&workspace);
    refused::compare(&workspace, &features, report);
    let comparison =
        Comparison { names, lock, entries: &entries, workspace: &workspace, features: &features, project };
    comparison.packages(report);
    whole::compare(&comparison, root, report);
    for problem in &workspace.problems {
        report.not_verified(format!("{problem}, so its dependencies were not compared"));
    }
    declared(&workspace)
}

fn declared(workspace: &Workspace) -> Declared {
    let of_packages = workspace.packages.values().flat_map(|(manifest, _)| &manifest.dependencies);
    let all = of_packages.chain(workspace.patches.iter().map(|(patch, _)| patch));
    let urls = all.filter_map(|wanted| match &wanted.source {
        Wanted::Git(url, _) => Some(url.clone()),
        _ => None,
    });
    // Manifests that could not be read, as those of submodules, name sources, too.
    let partly = !workspace.problems.is_empty();
    Declared { hosts: workspace.hosts.clone(), urls: urls.collect(), partly }
}

/// A Cargo.lock beside its manifests.
pub(super) struct Comparison<'c, 's> {
    /// What the lockfile records.
    pub entries: &'c [Entry<'s>],
    /// The same by name.
    pub names: Names,
    /// The same in the common model, where what they need is found.
    pub lock: &'c Lock<'c>,
    /// The packages that it is for.
    pub workspace: &'c Workspace,
    /// What is turned on in them.
    pub features: &'c Features<'c>,
    /// Where it lies.
    pub project: &'c Project<'c>,
}

/// How near an edge of the lockfile comes to a dependency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    OtherSource,
    OtherVersion,
    Right,
}

impl<'s> Comparison<'_, 's> {
    /// Every package of the workspace is recorded with its version and what it asks for.
    fn packages(&self, report: &mut Report<'_>) {
        for (manifest, member) in self.workspace.packages.values() {
            let Some(package) = &manifest.package else { continue };
            let Some(index) = self.local(&package.name, Some(&package.version)) else {
                // A patch may lie unused; if it is recorded, then as it is.
                if *member || self.is_reached(manifest) || self.local(&package.name, None).is_some() {
                    self.missing(package, manifest, report);
                }
                continue;
            };
            self.dependencies(index, manifest, *member, report);
        }
    }

    /// The entry of a package of the repository, if possible with this version.
    fn local(&self, name: &str, version: Option<&str>) -> Option<usize> {
        self.names.named(self.entries, name).find(|index| {
            let entry = &self.entries[*index];
            entry.source.is_none() && version.is_none_or(|version| entry.version == version)
        })
    }

    /// True if a package that is no member is needed by path. Patches may lie unused.
    fn is_reached(&self, manifest: &Manifest) -> bool {
        let path = Wanted::Path(Some(manifest.folder.clone()));
        self.features.is_reached(manifest)
            && !self.workspace.patches.iter().any(|(patch, _)| patch.source == path)
    }

    fn missing(&self, package: &PackageTable, manifest: &Manifest, report: &mut Report<'_>) {
        let place = manifest.source.at(package.place.clone());
        match self.local(&package.name, None) {
            Some(index) => {
                let entry = &self.entries[index];
                let message = format!(
                    "`{}` is {} in its manifest and {} in the lockfile",
                    package.name, package.version, entry.version
                );
                report
                    .out_of_sync(place, message)
                    .related(self.at(entry), format!("locked as {}", entry.version))
                    .subject(format!("version {}", package.name));
            }
            None => {
                let message = format!(
                    "`{}` belongs to the workspace, and the lockfile does not record it",
                    package.name
                );
                report.out_of_sync(place, message).subject(format!("member {}", package.name));
            }
        }
    }

    fn dependencies(&self, index: usize, manifest: &Manifest, member: bool, report: &mut Report<'_>) {
        let entry = &self.entries[index];
        let needs: Vec<_> = entry.written().zip(&self.lock.packages[index].needs).collect();
        let mut used = vec![false; needs.len()];
        let wanted = manifest.dependencies.iter().filter(|wanted| member || !wanted.dev);
        for wanted in wanted {
            let is_on = if member { Some(true) } else { self.features.is_on(manifest, wanted) };
            if is_on == Some(false) {
                continue;
            }
            let named =
                needs.iter().enumerate().filter(|(_, (_, index))| self.entries[**index].name == wanted.name);
            let mut best: Option<(Fit, &Entry<'s>)> = None;
            for (place, (_, index)) in named {
                let fit = self.fit(wanted, &self.entries[**index]);
                used[place] |= fit == Fit::Right;
                if best.is_none_or(|(known, _)| fit > known) {
                    best = Some((fit, &self.entries[**index]));
                }
            }
            match best {
                Some((Fit::Right, _)) => {}
                None if is_on.is_none() && wanted.optional => {}
                best => {
                    // A wrong edge is told about once, with the dependency that it stands for.
                    for (place, (_, index)) in needs.iter().enumerate() {
                        used[place] |= self.entries[**index].name == wanted.name;
                    }
                    self.unmet(wanted, best, entry, manifest, report);
                }
            }
        }
        let unused =
            needs.iter().zip(&used).filter(|(_, used)| !**used).map(|((node, index), _)| (node, index));
        for (node, index) in unused {
            let needed = &self.entries[**index];
            let message = format!(
                "the lockfile has `{}` need `{} {}`, and its manifest does not ask for that",
                entry.name, needed.name, needed.version
            );
            let manifest_place =
                manifest.package.as_ref().map(|package| manifest.source.at(package.place.clone()));
            let place = self.project.source.at(node.range());
            // Cargo passes over packages of the repository that are no longer there.
            let told = match needed.source.is_none() && !self.is_known(needed.name) {
                true => report.drift(place, message),
                false => report.out_of_sync(place, message),
            };
            let told = told.subject(format!("superfluous {} {}", entry.name, needed.name));
            if let Some(place) = manifest_place {
                told.related(place, "the manifest");
            }
        }
    }

    fn unmet(
        &self,
        wanted: &Dependency,
        best: Option<(Fit, &Entry<'s>)>,
        entry: &Entry<'s>,
        manifest: &Manifest,
        report: &mut Report<'_>,
    ) {
        let place = manifest.source.at(wanted.place.clone());
        let subject = format!("{} {}", entry.name, wanted.name);
        match best {
            Some((Fit::OtherVersion, locked)) => {
                let requirement = wanted.requirement.as_deref().unwrap_or("*");
                let message = format!(
                    "`{}` is asked for as `{requirement}` and locked at {}",
                    wanted.name, locked.version
                );
                report
                    .unsatisfied(place, message)
                    .related(self.at(locked), format!("locked at {}", locked.version))
                    .subject(subject);
            }
            Some((_, locked)) => {
                let message = format!(
                    "`{}` is asked for from {} and locked from {}",
                    wanted.name,
                    described(&wanted.source),
                    locked.source.map_or("the repository itself".to_owned(), |source| format!("`{source}`"))
                );
                report.out_of_sync(place, message).related(self.at(locked), "locked here").subject(subject);
            }
            None => {
                let message = format!(
                    "`{}` asks for `{}`, and the lockfile does not have it so",
                    entry.name, wanted.name
                );
                report
                    .out_of_sync(place, message)
                    .related(self.at(entry), format!("what `{}` needs by the lockfile", entry.name))
                    .subject(subject);
            }
        }
    }

    fn fit(&self, wanted: &Dependency, locked: &Entry<'_>) -> Fit {
        let patched = || self.is_patched(&wanted.name, locked) || self.workspace.replaces;
        let source = match (&wanted.source, locked.source) {
            (Wanted::Path(_), None) => true,
            (Wanted::Path(_), Some(_)) => false,
            (Wanted::CratesIo, Some(source)) if source == CRATES_IO[0] => true,
            (Wanted::OtherRegistry, Some(source)) => !source.starts_with("git+") || patched(),
            (Wanted::Git(url, reference), Some(source)) => {
                is_git(source, url, reference.as_deref()) || patched()
            }
            _ => patched(),
        };
        if !source {
            return Fit::OtherSource;
        }
        let requirement = wanted.requirement.as_deref().and_then(|text| VersionReq::parse(text).ok());
        let version = Version::parse(locked.version).ok();
        match (requirement, version) {
            (Some(requirement), Some(version)) if !requirement.matches(&version) => Fit::OtherVersion,
            _ => Fit::Right,
        }
    }

    /// True if a patch puts this entry in the place of packages of the name.
    pub(super) fn is_patched(&self, name: &str, locked: &Entry<'_>) -> bool {
        self.workspace.patches.iter().any(|(patch, _)| patch.name == name && is_from(&patch.source, locked))
    }

    /// True if a manifest of the repository has the name.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let mut manifests =
            self.workspace.packages.values().filter_map(|(manifest, _)| manifest.package.as_ref());
        manifests.any(|package| package.name == name)
    }

    /// Where an entry is written.
    pub(super) fn at(&self, entry: &Entry<'_>) -> crate::location::Location {
        self.project.source.at(entry.place.clone())
    }
}

/// True if the entry comes from where the patch says.
pub(super) fn is_from(wanted: &Wanted, locked: &Entry<'_>) -> bool {
    match (wanted, locked.source) {
        (Wanted::Path(_), None) => true,
        (Wanted::Git(url, reference), Some(source)) => is_git(source, url, reference.as_deref()),
        (Wanted::CratesIo | Wanted::OtherRegistry, Some(source)) => !source.starts_with("git+"),
        _ => false,
    }
}

/// True if the locked source is this repository at this reference.
fn is_git(source: &str, url: &str, reference: Option<&str>) -> bool {
    let Some(locked) = source.strip_prefix("git+") else { return false };
    let locked = locked.split('#').next().unwrap_or(locked);
    let (locked_url, locked_reference) =
        locked.split_once('?').map_or((locked, None), |(url, r)| (url, Some(r)));
    if comparable_git(locked_url) != url {
        return false;
    }
    let decoded =
        locked_reference.map(|reference| percent_encoding::percent_decode_str(reference).decode_utf8_lossy());
    // Older files did not tell the default branch and `master` apart.
    let plain = |reference: Option<&str>| {
        reference.filter(|reference| *reference != "branch=master").map(str::to_owned)
    };
    plain(decoded.as_deref()) == plain(reference)
}

fn described(wanted: &Wanted) -> String {
    match wanted {
        Wanted::CratesIo => "crates.io".to_owned(),
        Wanted::OtherRegistry => "another registry".to_owned(),
        Wanted::Git(url, None) => format!("`{url}`"),
        Wanted::Git(url, Some(reference)) => format!("`{url}` ({reference})"),
        Wanted::Path(Some(folder)) => format!("the folder `{folder}`"),
        Wanted::Path(None) => "a folder outside of the repository".to_owned(),
    }
}
