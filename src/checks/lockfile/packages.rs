//! What the lockfiles of a repository record, for other checks.

use std::collections::VecDeque;

use super::format::Project;
use super::model::{Lock, Origin};
use super::paths::{self, Folders};
use super::versions::UNNAMED;
use super::{discover, formats, is_shadowed};
use crate::checkout::Checkout;
use crate::location::{Location, Span};

/// The packages of all lockfiles.
#[derive(Debug, Default)]
pub struct Packages {
    /// Those that come from a registry.
    pub packages: Vec<Package>,
    /// Lockfiles that could not be read, and why.
    pub unread: Vec<(String, String)>,
    /// What was passed over, and why: one entry each.
    pub passed_over: Vec<&'static str>,
    /// Lockfiles that were read.
    pub lockfiles: usize,
}

/// A package that a lockfile records.
#[derive(Clone, Debug)]
pub struct Package {
    /// The ecosystem, as OSV names it.
    pub ecosystem: &'static str,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The lockfile.
    pub path: String,
    /// Where the lockfile records it.
    pub span: Span,
    /// The packages through which the project needs it, the direct one first; empty if the project needs it directly,
    /// or the format does not tell.
    pub way: Vec<String>,
}

impl Package {
    /// The location of the package.
    pub fn location(&self) -> Location {
        let package = format!("{}@{}", self.name, self.version);
        Location::Package { package, path: self.path.clone(), span: Some(self.span) }
    }
}

/// Reads all lockfiles that are the repository's own.
pub fn packages(checkout: &Checkout) -> Packages {
    let (found, passed_over) = discover::lockfiles(checkout);
    let folders = Folders::of(checkout, &formats::manifests());
    let mut packages =
        Packages { passed_over: passed_over.iter().map(|(_, why)| *why).collect(), ..Packages::default() };
    for lockfile in &found {
        let path = &*lockfile.entry.path;
        match lockfile.format {
            None => packages.unread.push((path.to_owned(), "there is no reader for it yet".to_owned())),
            Some(format) if is_shadowed(path, format, &found) => {
                packages.passed_over.push("another lockfile in the same folder counts");
            }
            Some(format) if format.records_more() => {
                packages.passed_over.push("a list of hashes of more than is installed");
            }
            Some(format) => match read(path, format, &folders, checkout, &mut packages) {
                Ok(()) => packages.lockfiles += 1,
                Err(why) => packages.unread.push((path.to_owned(), why)),
            },
        }
    }
    packages
}

fn read(
    path: &str,
    format: &dyn super::format::Format,
    folders: &Folders,
    checkout: &Checkout,
    into: &mut Packages,
) -> Result<(), String> {
    let source = checkout.read(path).map_err(|error| error.to_string())?;
    if let Some(syntax) = format.syntax(&source)
        && !source.tree(syntax).is_clean()
    {
        return Err("it does not parse".to_owned());
    }
    let folder = paths::split(path).0;
    // Versions of tools decide what a tool accepts, not what it records.
    let project = Project { checkout, folders, folder, source: &source, tool_versions: &UNNAMED };
    let lock =
        format.read(&project).map_err(|_| "it cannot be read; the check `lockfile` says why".to_owned())?;
    let Some(ecosystem) = osv_name(format.ecosystem()) else {
        into.passed_over.push("a lockfile of packages that no advisory names");
        return Ok(());
    };
    let needed_by = needed_by(&lock);
    for (number, package) in lock.packages.iter().enumerate() {
        match package.origin {
            Origin::Registry(_) | Origin::Bundled if !package.version.is_empty() => {
                into.packages.push(Package {
                    ecosystem,
                    name: package.name.to_string(),
                    version: package.version.to_string(),
                    path: path.to_owned(),
                    span: source.span(first_line(&package.place, source.text())),
                    way: way(number, &needed_by, &lock),
                })
            }
            Origin::Local => {}
            _ => into.passed_over.push("a package from git or a URL, or without a version"),
        }
    }
    Ok(())
}

fn first_line(place: &std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let line = text.get(place.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
    place.start..place.start + line.trim_end().len()
}

/// An ecosystem as OSV names it; nothing for those that no advisory names.
pub(super) fn osv_name(family: &str) -> Option<&'static str> {
    Some(match family {
        "npm" => "npm",
        "cargo" => "crates.io",
        "ruby" | "rubygems" => "RubyGems",
        "go" => "Go",
        "php" | "composer" | "packagist" => "Packagist",
        "nuget" | "dotnet" => "NuGet",
        "maven" | "gradle" => "Maven",
        "hex" => "Hex",
        "pub" | "dart" => "Pub",
        "swift" => "SwiftURL",
        "python" => "PyPI",
        _ => return None,
    })
}

/// For each package, who needs it on the shortest way from the project.
fn needed_by(lock: &Lock<'_>) -> Vec<Option<usize>> {
    let mut by: Vec<Option<usize>> = vec![None; lock.packages.len()];
    let mut seen = vec![false; lock.packages.len()];
    let mut open: VecDeque<usize> = lock.roots.iter().copied().filter(|root| *root < seen.len()).collect();
    open.iter().for_each(|root| seen[*root] = true);
    while let Some(number) = open.pop_front() {
        for &needed in &lock.packages[number].needs {
            if needed < seen.len() && !seen[needed] {
                seen[needed] = true;
                by[needed] = Some(number);
                open.push_back(needed);
            }
        }
    }
    by
}

fn way(number: usize, needed_by: &[Option<usize>], lock: &Lock<'_>) -> Vec<String> {
    let mut way = Vec::new();
    let mut at = number;
    while let Some(by) = needed_by[at] {
        if lock.roots.contains(&by) {
            break;
        }
        way.push(lock.packages[by].name.to_string());
        at = by;
    }
    way.reverse();
    way
}
