//! Whether a Podfile.lock agrees with its Podfile and with itself, as `pod install --deployment` decides it.

use std::collections::{HashMap, HashSet};

use crate::checkout::Source;
use crate::finding::Finding;
use crate::hashing::sha1;
use crate::rule::Severity;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock, Origin, Package, comparable_url, host};
use super::super::super::report::Report;
use super::super::super::rules::hashes::{MALFORMED_HASH, MISSING_HASH};
use super::super::bundler::version::{Requirement, Version};
use super::{items, named, titled, whole};

/// Compares, reports, and returns what the Podfile names as sources.
pub fn compare(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let Ok(root) = project.root(Syntax::Yaml) else { return Declared::default() };
    checksums(root, lock, project, report);
    satisfied(root, lock, project, report);
    sources(root, project, report);
    let path = project.beside("Podfile");
    let Some(podfile) = project.text(&path) else {
        report.not_examined("Podfile.lock without a Podfile beside it");
        return Declared::default();
    };
    match root.get("PODFILE CHECKSUM") {
        Some(node) => unchanged(node, root, &podfile, project, report),
        None => report.not_verified("it keeps no checksum of the Podfile, so the two were not compared"),
    }
    declared(podfile.text())
}

/// Every pod has the checksum of its specification, which names the source that is downloaded. It is over the form
/// that CocoaPods itself writes, with SHA-1; there is no other.
fn checksums(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let table = root.get("SPEC CHECKSUMS").into_iter().flat_map(|table| table.entries());
    let known: HashMap<&str, Node<'_>> =
        table.filter_map(|(key, value)| Some((key.text()?, value))).collect();
    let mut seen = HashSet::new();
    for package in &lock.packages {
        let name = whole(&package.name);
        if !seen.insert(name) {
            continue;
        }
        let help =
            format!("run {} after removing the pod's entry, so that it is recorded again", report.repair());
        match known.get(name) {
            None if matches!(package.origin, Origin::Registry(_)) => {
                let message =
                    format!("the specification of `{name}` has no checksum, so any is accepted for it");
                let place = project.source.at(package.place.clone());
                report.push(
                    Finding::new(&MISSING_HASH, place, message)
                        .severity(Severity::Warning)
                        .help(help)
                        .subject(name),
                );
            }
            Some(node) if !node.text().is_some_and(is_sha1) => {
                let message =
                    format!("the checksum of the specification of `{name}` is not 20 bytes in hexadecimal");
                report.push(
                    Finding::new(&MALFORMED_HASH, project.source.at_node(*node), message)
                        .help(help)
                        .subject(name),
                );
            }
            _ => {}
        }
    }
}

fn is_sha1(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What the Podfile asks for, as the lockfile keeps it, allows the locked versions.
fn satisfied(root: Node<'_>, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let versions: HashMap<&str, &Package<'_>> =
        lock.packages.iter().map(|package| (&*package.name, package)).collect();
    for item in items(root, "DEPENDENCIES") {
        let Some(text) = item.text() else { continue };
        let name = named(text);
        let Some(package) = versions.get(name) else {
            let message = format!("`{name}` is asked for, and the lockfile does not hold it");
            report.out_of_sync(project.source.at_node(item), message).subject(name);
            continue;
        };
        let Some((_, conditions)) = titled(text).filter(|(_, text)| !text.starts_with("from ")) else {
            continue;
        };
        let requirement = Requirement::parse(conditions.split(',').map(str::trim));
        let (Some(requirement), Some(version)) = (requirement, Version::parse(&package.version)) else {
            continue;
        };
        if !requirement.allows(&version) {
            let message =
                format!("`{name}` is asked for as `{conditions}` and locked at {}", package.version);
            report
                .unsatisfied(project.source.at_node(item), message)
                .related(project.source.at(package.place.clone()), "locked here")
                .subject(name);
        }
    }
}

/// Where pods come from is recorded beside what is asked for, and the two are the same.
fn sources(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let is_from = |item: &Node<'_>| item.text().is_some_and(|text| text.contains(" (from `"));
    let dependencies = items(root, "DEPENDENCIES").filter(is_from);
    let asked: HashMap<&str, Node<'_>> =
        dependencies.filter_map(|item| Some((whole(named(item.text()?)), item))).collect();
    let table = |name: &str| root.get(name).into_iter().flat_map(|table| table.entries());
    for (key, source) in table("EXTERNAL SOURCES") {
        let name = key.text().unwrap_or_default();
        let place = project.source.at_node(key);
        let Some(item) = asked.get(name) else {
            let message =
                format!("the lockfile records where `{name}` comes from, and nothing asks for that");
            report.out_of_sync(place, message).subject(format!("source {name}"));
            continue;
        };
        let url = [":git", ":podspec", ":path"].iter().find_map(|key| source.get(key)?.text());
        let asks = item.text().unwrap_or_default();
        if url.is_some_and(|url| !asks.contains(&format!("(from `{url}`"))) {
            let message = format!("`{name}` is recorded from another source than the one asked for");
            let here = project.source.at_node(*item);
            report.out_of_sync(place, message).related(here, "asked for").subject(format!("source {name}"));
        }
    }
}

/// The Podfile is the one for which the lockfile was written: `pod install --deployment` compares its SHA-1.
fn unchanged(
    node: Node<'_>,
    root: Node<'_>,
    podfile: &Source,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let recorded = node.text().unwrap_or_default();
    let of = |text: &str| sha1(text.as_bytes());
    // A checkout on Windows may have other line ends than the machine that locked.
    if of(podfile.text()) == recorded || of(&podfile.text().replace("\r\n", "\n")) == recorded {
        return;
    }
    let here = project.source.at_node(node);
    let asked: Vec<(&str, std::ops::Range<usize>)> = asked(podfile.text()).collect();
    let locked: HashSet<&str> =
        items(root, "DEPENDENCIES").filter_map(|item| Some(named(item.text()?))).collect();
    if let Some((name, place)) = asked.iter().find(|(name, _)| !locked.contains(name)) {
        let message = format!("`{name}` is asked for, and the lockfile was written for a Podfile without it");
        report
            .out_of_sync(podfile.at(place.clone()), message)
            .related(here, "the checksum of that Podfile")
            .subject("checksum");
        return;
    }
    let message = format!("the lockfile was written for another Podfile: that had SHA-1 {recorded}");
    report
        .out_of_sync(here, message)
        .related(podfile.at(0..0), format!("this one has {}", of(podfile.text())))
        .subject("checksum");
}

/// The names behind `pod` at the beginning of a line, and where they stand.
pub fn asked(text: &str) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let rest = line.trim_start().strip_prefix("pod ")?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let name = rest[1..].split(quote).next()?;
        let offset = at + (name.as_ptr() as usize - line.as_ptr() as usize);
        Some((name, offset..offset + name.len()))
    })
}

/// Sources of specifications, and repositories and archives that pods are taken from.
fn declared(text: &str) -> Declared {
    let mut declared = Declared::default();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        // Pods, and plugins that have sources of their own, may stand in other files, and URLs be put together.
        let first = line.split_whitespace().next().unwrap_or_default();
        let elsewhere = ["eval", "load", "plugin"].contains(&first);
        declared.partly |= elsewhere || line.contains("eval(") || line.contains("#{");
        let urls = line.split(['\'', '"']).filter(|part| part.contains("://") || part.starts_with("git@"));
        for url in urls {
            match line.trim_start().starts_with("source ") {
                true => declared.hosts.extend(host(url)),
                false => declared.urls.push(comparable_url(url)),
            }
        }
    }
    declared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn podfiles_are_read_as_far_as_needed() {
        let text = "source 'https://specs.example/repo.git'\ntarget 'App' do\n  pod 'A/B', '~> 1.0'\n  # pod 'No'\n  pod \"C\", :git => 'https://x.example/c.git'\nend\n";
        let names: Vec<_> = asked(text).map(|(name, place)| (name, &text[place])).collect();
        assert_eq!(names, [("A/B", "A/B"), ("C", "C")]);
        let declared = super::declared(text);
        assert_eq!(declared.hosts, ["specs.example"]);
        assert_eq!(declared.urls, ["x.example/c"]);
        assert!(!declared.partly && super::declared("plugin 'a'\n").partly);
    }
}
