//! Manifests that parse and that Cargo refuses all the same, whatever the lockfile holds.

use std::ops::Range;

use semver::VersionReq;

use super::super::super::report::Report;
use super::features::Features;
use super::manifest::{Manifest, Switch};
use super::workspace::Workspace;

/// Reports what Cargo refuses in the manifests of a workspace.
pub fn compare(workspace: &Workspace, features: &Features<'_>, report: &mut Report<'_>) {
    for (manifest, member) in workspace.packages.values() {
        for (place, message) in switches(manifest).chain(requirements(manifest)) {
            tell(manifest, place, message, report);
        }
        let nothing_inherited =
            manifest.dependencies.iter().filter(|wanted| wanted.inherits && !wanted.is_inherited);
        for wanted in nothing_inherited.filter(|_| *member && workspace.is_outermost) {
            let message = format!("`{}` is to be inherited, and no workspace has it", wanted.key);
            tell(manifest, wanted.place.clone(), message, report);
        }
    }
    if let Some((folder, place)) = &workspace.without_manifest {
        let message = format!("`{folder}` is named as a member and has no Cargo.toml; cargo refuses that");
        let told = report.out_of_sync(place.clone(), message);
        told.help("exclude the folder, or take it away").subject(format!("refused {folder}"));
    }
    for missing in &features.missing {
        let message = format!(
            "`{}` is asked for the feature `{}`, and does not have it",
            missing.package, missing.feature
        );
        tell(missing.by, missing.place.clone(), message, report);
    }
}

fn tell(manifest: &Manifest, place: Range<usize>, message: String, report: &mut Report<'_>) {
    report
        .out_of_sync(manifest.source.at(place), format!("{message}; cargo refuses that"))
        .subject(format!("refused {message}"))
        .help("mend the manifest, and look at the lockfile again");
}

fn requirements(manifest: &Manifest) -> impl Iterator<Item = (Range<usize>, String)> {
    let written =
        manifest.dependencies.iter().filter_map(|wanted| Some((wanted, wanted.requirement.as_deref()?)));
    let broken = written.filter(|(_, text)| VersionReq::parse(text).is_err());
    broken.map(|(wanted, text)| {
        (wanted.place.clone(), format!("`{text}` of `{}` is no version requirement", wanted.key))
    })
}

fn switches(manifest: &Manifest) -> impl Iterator<Item = (Range<usize>, String)> {
    let all = manifest
        .features
        .iter()
        .flat_map(|(name, switches)| switches.iter().map(move |switch| (name, switch)));
    all.filter_map(|(name, switch)| {
        let why = fault(manifest, switch)?;
        Some((switch.place.clone(), format!("the feature `{name}` turns on `{}`, and {why}", switch.text)))
    })
}

/// Why a feature cannot turn this on.
fn fault(manifest: &Manifest, switch: &Switch) -> Option<&'static str> {
    let is_known = |key: &str| manifest.dependencies_named(key).next().is_some();
    let is_optional = |key: &str| manifest.dependencies_named(key).any(|wanted| wanted.optional);
    let needs_optional = |key: &str| match (is_known(key), is_optional(key)) {
        (false, _) => Some("there is no such dependency"),
        (true, false) => Some("that dependency is not optional"),
        (true, true) => None,
    };
    if let Some(key) = switch.text.strip_prefix("dep:") {
        return needs_optional(key);
    }
    match switch.text.split_once('/') {
        Some((key, _)) => match key.strip_suffix('?') {
            Some(key) => needs_optional(key),
            None => (!is_known(key)).then_some("there is no such dependency"),
        },
        None => (!manifest.has_feature(&switch.text)).then_some("there is no such feature"),
    }
}
