//! Podfile.lock of CocoaPods.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::checkout::Source;
use crate::finding::Finding;
use crate::hashing::sha1;
use crate::rule::Severity;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Lock, Origin, Package, comparable_url, host};
use super::super::report::Report;
use super::super::rules::hashes::{MALFORMED_HASH, MISSING_HASH};
use super::bundler::version::{Requirement, Version};

/// Podfile.lock.
pub struct CocoaPods;

/// Where pods come from when nobody says otherwise.
const TRUNK: &str = "https://cdn.cocoapods.org";

impl Format for CocoaPods {
    fn ecosystem(&self) -> &'static str {
        "cocoapods"
    }

    fn tool(&self) -> &'static str {
        "pod"
    }

    fn names(&self) -> &'static [&'static str] {
        &["Podfile.lock"]
    }

    fn manifest(&self) -> &'static str {
        "Podfile"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Yaml)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["cdn.cocoapods.org"]
    }

    fn repair(&self) -> &'static str {
        "pod install"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Yaml)?;
        let start = root.range().start;
        // The last section, in every version since 1.0.
        if root.get("COCOAPODS").is_none() {
            return Err(Unreadable::malformed(
                "`COCOAPODS` is missing; the file may be cut off",
                start..start,
            ));
        }
        let origins = Origins::of(root);
        let mut lock = Lock::default();
        let mut needed: Vec<Vec<&str>> = Vec::new();
        for item in items(root, "PODS") {
            let (title, needs) = match item.entries().next() {
                Some((key, needs)) => (key, Some(needs)),
                None => (item, None),
            };
            let Some((name, version)) = title.text().and_then(titled) else {
                return Err(Unreadable::malformed("a pod has no version", title.range()));
            };
            lock.packages.push(Package {
                name: Cow::Borrowed(name),
                version: Cow::Borrowed(version),
                origin: origins.origin(whole(name)),
                files: Few::none(),
                needs: Vec::new(),
                place: title.range(),
            });
            let list = needs.into_iter().flat_map(|list| list.items());
            needed.push(list.filter_map(|need| Some(named(need.text()?))).collect());
        }
        let index: HashMap<&str, usize> =
            lock.packages.iter().enumerate().map(|(at, package)| (&*package.name, at)).collect();
        let find = |name: &&str| index.get(*name).copied();
        let roots = items(root, "DEPENDENCIES").filter_map(|item| find(&named(item.text()?))).collect();
        let needs: Vec<Vec<usize>> =
            needed.iter().map(|names| names.iter().filter_map(find).collect()).collect();
        lock.roots = roots;
        for (package, needs) in lock.packages.iter_mut().zip(needs) {
            package.needs = needs;
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Ok(root) = project.root(Syntax::Yaml) else { return Declared::default() };
        checksums(root, lock, project, report);
        satisfied(root, lock, project, report);
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

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        asked(manifest.text()).next().is_some()
    }
}

fn items<'s>(root: Node<'s>, section: &str) -> impl Iterator<Item = Node<'s>> {
    root.get(section).into_iter().flat_map(|list| list.items())
}

/// `Name/Part (1.2.3)` in its two parts.
fn titled(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" (")?;
    Some((name, rest.strip_suffix(')')?))
}

/// The name in `Name (~> 1.0)`.
fn named(text: &str) -> &str {
    text.split_once(" (").map_or(text, |(name, _)| name)
}

/// The pod that a part belongs to.
fn whole(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Where each pod comes from.
struct Origins<'s> {
    external: HashMap<&'s str, Node<'s>>,
    checkouts: HashMap<&'s str, Node<'s>>,
    repositories: HashMap<&'s str, &'s str>,
}

impl<'s> Origins<'s> {
    fn of(root: Node<'s>) -> Origins<'s> {
        let table = |name: &str| -> HashMap<&'s str, Node<'s>> {
            let entries = root.get(name).into_iter().flat_map(|table| table.entries());
            entries.filter_map(|(key, value)| Some((key.text()?, value))).collect()
        };
        let mut repositories = HashMap::new();
        for (url, list) in root.get("SPEC REPOS").into_iter().flat_map(|table| table.entries()) {
            let url = match url.text().unwrap_or_default() {
                "trunk" => TRUNK,
                // What trunk was before it had a name.
                url if comparable_url(url).eq_ignore_ascii_case("github.com/cocoapods/specs") => TRUNK,
                url => url,
            };
            repositories.extend(list.items().filter_map(|pod| Some((pod.text()?, url))));
        }
        Origins { external: table("EXTERNAL SOURCES"), checkouts: table("CHECKOUT OPTIONS"), repositories }
    }

    fn origin(&self, name: &str) -> Origin<'s> {
        let Some(node) = self.external.get(name) else {
            return Origin::Registry(self.repositories.get(name).copied().unwrap_or_default());
        };
        let text = |node: &Node<'s>, key: &str| node.get(key).and_then(|value| value.text());
        if let Some(url) = text(node, ":git") {
            let checkout = self.checkouts.get(name);
            return Origin::Git(url, checkout.and_then(|checkout| text(checkout, ":commit")));
        }
        match text(node, ":http").or_else(|| text(node, ":podspec")).filter(|url| url.contains("://")) {
            Some(url) => Origin::Url(url),
            None => Origin::Local,
        }
    }
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
fn asked(text: &str) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
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

    #[test]
    fn titles_are_read() {
        assert_eq!(titled("A/B (1.0.0)"), Some(("A/B", "1.0.0")));
        assert_eq!(named("A (~> 1.0, < 2)"), "A");
        assert_eq!(whole("A/B/C"), "A");
    }
}
