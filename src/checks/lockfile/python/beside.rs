//! Lockfiles that are derived from a uv.lock beside them, compared with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::rule::Severity;
use crate::tree::Syntax;

use super::super::format::Project;
use super::super::model::{Lock, Origin};
use super::super::report::Report;
use super::super::rules::hashes::HASH_CHANGED;
use super::normalised;

/// What the uv.lock records: hashes by version, by name.
type Locked = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Compares with the uv.lock beside it, if there is one. `exported` says that the file itself names uv as its maker:
/// a difference is then a fault, and otherwise likely one.
pub fn compare(lock: &Lock<'_>, exported: bool, project: &Project<'_>, report: &mut Report<'_>) {
    let Some(locked) = read(project) else { return };
    let severity = if exported { Severity::Error } else { Severity::Warning };
    let of_registry = |origin: &Origin<'_>| matches!(origin, Origin::Registry(_));
    for package in lock.packages.iter().filter(|package| of_registry(&package.origin)) {
        let Some(versions) = locked.get(&*package.name) else { continue };
        let place = project.source.at(package.place.clone());
        let Some(hashes) = versions.get(&*package.version) else {
            let first = versions.keys().next().map_or("", String::as_str);
            let message =
                format!("the lockfile has `{}`, and the uv.lock beside it has {first}", package.title());
            let help = "write it anew with `uv export`, and have the pipeline do so";
            report
                .out_of_sync(place, message)
                .severity(severity)
                .help(help)
                .subject(package.name.to_string());
            continue;
        };
        let ours = package.files.iter().flat_map(|file| &file.hashes);
        let mut strange = ours.filter(|hash| hash.algorithm == "sha256" && !hashes.contains(hash.digest));
        if let Some(hash) = strange.next().filter(|_| !hashes.is_empty()) {
            let message =
                format!("`{}` may have a hash that the uv.lock beside it does not know", package.title());
            let finding = Finding::new(&HASH_CHANGED, project.source.at(hash.place.clone()), message);
            report.push(
                finding
                    .help(
                        "find out where the hash comes from; pip takes any file that has one of those listed",
                    )
                    .subject(format!("uv.lock {}", package.name)),
            );
        }
    }
}

fn read(project: &Project<'_>) -> Option<Locked> {
    let source = project.text(&project.beside("uv.lock"))?;
    let root = source.tree(Syntax::Toml).root()?;
    let mut locked = Locked::new();
    for package in root.get("package").into_iter().flat_map(|list| list.items()) {
        let text = |key: &str| package.get(key).and_then(|node| node.as_str());
        let (Some(name), Some(version)) = (text("name"), text("version")) else { continue };
        let hashes = locked.entry(normalised(name)).or_default().entry(version.to_owned()).or_default();
        let wheels = package.get("wheels").into_iter().flat_map(|list| list.items());
        let files = package.get("sdist").into_iter().chain(wheels);
        let digests = files.filter_map(|file| file.get("hash")?.as_str()?.strip_prefix("sha256:"));
        hashes.extend(digests.map(str::to_owned));
    }
    Some(locked)
}
