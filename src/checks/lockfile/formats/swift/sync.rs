//! Package.resolved against its Package.swift, as `swift build --force-resolved-versions` compares them.

use std::collections::HashMap;

use semver::Version;

use crate::checkout::{ReadError, Source};

use super::super::super::format::Project;
use super::super::super::model::{Lock, Origin, Package, comparable_url, host};
use super::super::super::paths;
use super::super::super::report::Report;
use super::manifest::{Asked, asked};
use super::xcode;

/// Words of manifests that ask for other packages than are written there.
const DYNAMIC: [&str; 7] = [
    "#if",
    "ProcessInfo",
    "getenv",
    "Context.environment",
    "FileManager",
    "dependencies.append",
    "dependencies +=",
];

/// Words that take packages back, or put others in their place.
const REPLACING: [&str; 3] = [".dependencies =", ".dependencies.remove", ".dependencies.filter"];

/// Compares the lockfile with its manifest, or with the projects of Xcode that it is for. Returns the hosts that these
/// name.
pub fn compare(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    let pins = Pins::of(lock);
    let path = project.beside("Package.swift");
    let source = match project.read(&path) {
        Ok(source) => Some(source),
        Err(ReadError::Missing) => None,
        Err(error) => {
            report.not_verified(format!("`{path}` was not compared: {error}"));
            return hosts;
        }
    };
    let Some(source) = source else {
        // One that is not there may ask for more; what the others ask for is pinned in any case.
        let mut is_for_none = true;
        for path in xcode::projects(project) {
            match project.read(&path) {
                Ok(source) => {
                    let asked = xcode::asked(source.text());
                    hosts.extend(asked.iter().filter_map(|one| host(one.url)));
                    asked.iter().for_each(|one| pins.judge(one, &source, project, report));
                }
                Err(ReadError::Missing) => continue,
                Err(error) => report.not_verified(format!("`{path}` was not compared: {error}")),
            }
            is_for_none = false;
        }
        if is_for_none {
            report.not_examined("Package.resolved without a Package.swift or Xcode project");
        }
        return hosts;
    };
    let text = source.text();
    let asked = asked(text);
    hosts.extend(asked.iter().filter_map(|one| host(one.url)));
    let is_any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has_newer(text, project) || is_any(&REPLACING) {
        report.not_verified(format!("`{path}`: only Swift knows what is asked for, so it was not compared"));
        return hosts;
    }
    let is_dynamic = is_any(&DYNAMIC);
    for one in asked.iter().filter(|one| one.is_certain || !is_dynamic) {
        pins.judge(one, &source, project, report);
    }
    if is_dynamic {
        report.not_verified(format!(
            "`{path}`: only Swift knows what else is asked for, so only a part was compared"
        ));
    }
    hosts
}

/// The packages that are pinned.
struct Pins<'l> {
    by_url: HashMap<String, &'l Package<'l>>,
    /// By the last part of the URL, by which Swift knows packages.
    by_identity: HashMap<String, &'l Package<'l>>,
}

impl<'l> Pins<'l> {
    fn of(lock: &'l Lock<'l>) -> Pins<'l> {
        let mut pins = Pins { by_url: HashMap::new(), by_identity: HashMap::new() };
        for package in &lock.packages {
            let Origin::Git(url, _) = package.origin else { continue };
            let url = comparable_url(url).to_ascii_lowercase();
            pins.by_identity.insert(paths::split(&url).1.to_owned(), package);
            pins.by_url.insert(url, package);
        }
        pins
    }

    /// What is asked for is pinned, in a version that is asked for.
    fn judge(&self, one: &Asked<'_>, source: &Source, project: &Project<'_>, report: &mut Report<'_>) {
        let url = comparable_url(one.url);
        let lower = url.to_ascii_lowercase();
        let place = source.at(one.place.clone());
        if let Some(package) = self.by_url.get(&lower) {
            satisfied(one, package, project, report, place);
        } else if let Some(package) = self.by_identity.get(paths::split(&lower).1) {
            // Swift takes the one that is pinned.
            let message = format!("`{url}` is asked for, and the lockfile pins `{}` for it", package.name);
            let here = project.source.at(package.place.clone());
            report.drift(place, message).related(here, "pinned here").subject(url);
        } else {
            let message = format!("`{url}` is asked for, and the lockfile does not pin it");
            report.out_of_sync(place, message).subject(url);
        }
    }
}

/// True if there is a manifest for a version of Swift that is not older than this one is written for: then current ones
/// take that.
fn has_newer(manifest: &str, project: &Project<'_>) -> bool {
    let (_, written) = manifest.split_once("swift-tools-version").unwrap_or_default();
    let own = numbers(written.trim_start_matches([':', ' ']));
    let files = &project.checkout.listing().files;
    let start = project.beside("Package@swift-");
    let first = files.partition_point(|entry| *entry.path < *start);
    let others = files[first..].iter().map_while(|entry| entry.path.strip_prefix(&*start));
    others.into_iter().any(|version| numbers(version) >= own)
}

/// Major and minor number at the beginning of a text.
fn numbers(text: &str) -> (u32, u32) {
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or_default());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn satisfied(
    one: &Asked<'_>,
    package: &Package<'_>,
    project: &Project<'_>,
    report: &mut Report<'_>,
    place: crate::location::Location,
) {
    let (Some(versions), Ok(version)) = (&one.versions, Version::parse(&package.version)) else { return };
    if versions.allows(&version) == Some(false) {
        let written = &versions.written;
        let message =
            format!("`{}` is asked for as `{written}` and locked at {}", package.name, package.version);
        report
            .unsatisfied(place, message)
            .related(project.source.at(package.place.clone()), "locked here")
            .subject(package.name.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_tools_are_read() {
        assert_eq!((numbers("5.9.swift"), numbers("6.0\nimport"), numbers("6")), ((5, 9), (6, 0), (6, 0)));
    }
}
