//! pubspec.lock against the manifests that it is for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use semver::Version;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::super::format::Project;
use super::super::super::model::{Declared, Lock, Origin, Package, comparable_url, host};
use super::super::super::paths::{self, Patterns};
use super::super::super::report::Report;

/// Where a manifest names packages, and what the lockfile says of those that stand there.
const SECTIONS: [(&str, Option<&str>); 3] =
    [("dependencies", Some("direct main")), ("dev_dependencies", Some("direct dev")), (OVERRIDES, None)];

/// Those of which pub asks that the lockfile holds them; of packages in other folders only the first.
const DIRECT: &[(&str, Option<&str>)] = SECTIONS.split_at(2).0;

/// Packages that are taken whatever is asked for.
const OVERRIDES: &str = "dependency_overrides";

/// Entries of what is said of a package. An alias can stand for a table of any size, thousands of times.
const MOST_SAID: usize = 50;

/// Compares the lockfile with its manifests. Returns the sources that these name.
pub fn compare(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
    let path = project.beside("pubspec.yaml");
    let Some(own) = project.text(&path) else {
        report.not_examined("pubspec.lock without a pubspec.yaml beside it");
        return Declared::default();
    };
    let Some(manifest) = root(&own) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return Declared::default();
    };
    let overrides = project.text(&project.beside("pubspec_overrides.yaml"));
    let of_machine = overrides.as_deref().and_then(root);
    let resolution = of_machine.and_then(|root| root.get("resolution")).or(manifest.get("resolution"));
    if resolution.and_then(|node| node.text()) == Some("workspace") {
        report.not_examined("pubspec.lock of a member of a workspace, which has its own lockfile");
        return Declared::default();
    }
    if paths::are_too_many(workspace(manifest)) {
        report.not_verified(format!("`{path}` names too many patterns, so the two were not compared"));
        return Declared { partly: true, ..Declared::default() };
    }
    let manifests = Manifests::of(own.clone(), project);
    let own = readable(manifests.own.iter(), report);
    let packages = locked_folders(project);
    let packages = manifests.taken.iter().filter(|manifest| packages.contains(manifest.path()));
    let packages = readable(packages, report);
    let roots = || own.iter().map(|(manifest, _)| *manifest);
    let overridden = roots().chain(of_machine).flat_map(|manifest| keys(manifest, OVERRIDES));
    let members = roots().filter_map(|manifest| manifest.get("name")?.text());
    let comparison = Comparison {
        project,
        locked: lock.packages.iter().map(|package| (&*package.name, package)).collect(),
        left_out: overridden.chain(members).collect(),
    };
    for (manifest, source) in &own {
        comparison.manifest(*manifest, DIRECT, source, report);
    }
    for (manifest, source) in &packages {
        comparison.manifest(*manifest, &DIRECT[..1], source, report);
    }
    if let Some((only, _)) = own.first().filter(|(first, _)| first.get("workspace").is_none()) {
        comparison.direct(*only, report);
    }
    let taken = manifests.taken.iter().filter_map(|manifest| root(manifest));
    let declared = declared(roots().chain(of_machine).chain(taken));
    // Manifests in repositories, and in folders that are not here, name sources, too.
    let partly = !declared.urls.is_empty() || !manifests.are_all_here(project);
    Declared { partly, ..declared }
}

/// The root of a manifest that can be read.
fn root(source: &Source) -> Option<Node<'_>> {
    let tree = source.tree(Syntax::Yaml);
    tree.root().filter(|_| tree.is_clean())
}

/// The manifests that can be read.
fn readable<'s>(
    sources: impl Iterator<Item = &'s Arc<Source>>,
    report: &mut Report<'_>,
) -> Vec<(Node<'s>, &'s Source)> {
    let mut result = Vec::new();
    for source in sources {
        match root(source) {
            Some(manifest) => result.push((manifest, &**source)),
            None => {
                report.not_verified(format!("`{}` cannot be read, so it was not compared", source.path()))
            }
        }
    }
    result
}

/// The manifests of packages that are locked as folders of the repository.
fn locked_folders(project: &Project<'_>) -> HashSet<String> {
    let packages = project.root(Syntax::Yaml).ok().and_then(|root| root.get("packages"));
    let packages = packages.into_iter().flat_map(|node| node.entries());
    let folder = |(_, node): (Node<'_>, Node<'_>)| {
        let text = |path: &[&str]| node.at(path)?.text();
        let is_here = text(&["source"])? == "path" && text(&["description", "relative"])? == "true";
        paths::join(project.folder, text(&["description", "path"]).filter(|_| is_here)?)
    };
    packages.filter_map(folder).map(|folder| paths::file_in(&folder, "pubspec.yaml")).collect()
}

/// The entries of all sections.
fn entries<'s>(manifest: Node<'s>) -> impl Iterator<Item = (Node<'s>, Node<'s>)> {
    let sections = SECTIONS.iter().filter_map(move |(section, _)| manifest.get(section));
    sections.flat_map(|section| section.entries()).filter(|(_, value)| value.entries().len() <= MOST_SAID)
}

/// The keys of a section.
fn keys<'s>(manifest: Node<'s>, section: &str) -> impl Iterator<Item = &'s str> + use<'s> {
    manifest.get(section).into_iter().flat_map(|node| node.entries()).filter_map(|(key, _)| key.text())
}

/// The sources that manifests name.
fn declared<'s>(manifests: impl Iterator<Item = Node<'s>>) -> Declared {
    let mut declared = Declared::default();
    for (_, value) in manifests.flat_map(entries) {
        let url = |path: &[&str]| value.at(path).and_then(|node| node.text());
        let hosts = [url(&["hosted", "url"]), url(&["hosted"])];
        declared.hosts.extend(hosts.into_iter().flatten().filter_map(host));
        let urls = [url(&["git", "url"]), url(&["git"])];
        declared.urls.extend(urls.into_iter().flatten().map(comparable_url));
    }
    declared
}

/// The manifests that a lockfile is for.
struct Manifests {
    /// The one beside it, and those of its workspace.
    own: Vec<Arc<Source>>,
    /// Those of folders that these take, which only say where packages come from.
    taken: Vec<Arc<Source>>,
}

impl Manifests {
    fn of(beside: Arc<Source>, project: &Project<'_>) -> Manifests {
        let mut seen = HashSet::from([beside.path().to_owned()]);
        let own = reached(vec![beside], &mut seen, project, |manifest| members(manifest, project));
        let taken = reached(own.clone(), &mut seen, project, folders).split_off(own.len());
        Manifests { own, taken }
    }

    /// False if a folder that is taken has no manifest, as those of submodules have none.
    fn are_all_here(&self, project: &Project<'_>) -> bool {
        let mut folders = self.own.iter().chain(&self.taken).flat_map(|manifest| folders(manifest));
        folders.all(|folder| project.text(&paths::file_in(&folder, "pubspec.yaml")).is_some())
    }
}

/// Manifests, and those in the folders that they lead to, and so on.
fn reached(
    mut manifests: Vec<Arc<Source>>,
    seen: &mut HashSet<String>,
    project: &Project<'_>,
    leads_to: impl Fn(&Source) -> Vec<String>,
) -> Vec<Arc<Source>> {
    let mut at = 0;
    while let Some(manifest) = manifests.get(at).cloned() {
        let paths = leads_to(&manifest).into_iter().map(|folder| paths::file_in(&folder, "pubspec.yaml"));
        let new = paths.filter(|path| seen.insert(path.clone()));
        manifests.extend(new.filter_map(|path| project.text(&path)));
        at += 1;
    }
    manifests
}

/// The patterns of a manifest's workspace.
fn workspace(manifest: Node<'_>) -> impl Iterator<Item = &str> {
    let list = manifest.get("workspace");
    list.into_iter().flat_map(|list| list.items()).filter_map(|item| item.text())
}

/// The folders of a manifest's workspace.
fn members(manifest: &Source, project: &Project<'_>) -> Vec<String> {
    let above = paths::split(manifest.path()).0;
    let patterns = root(manifest).into_iter().flat_map(workspace);
    let patterns = Patterns::of(
        patterns.map(|pattern| pattern.trim_start_matches("./").trim_end_matches('/').to_owned()),
    );
    let is_member = |folder: &&str| patterns.fit(&paths::relative(folder, above));
    project.folders.with("pubspec.yaml", above).filter(is_member).map(str::to_owned).collect()
}

/// The folders that a manifest takes packages from.
fn folders(manifest: &Source) -> Vec<String> {
    let above = paths::split(manifest.path()).0;
    let entries = root(manifest).into_iter().flat_map(entries);
    entries.filter_map(|(_, value)| paths::join(above, value.get("path")?.text()?)).collect()
}

struct Comparison<'c> {
    project: &'c Project<'c>,
    locked: HashMap<&'c str, &'c Package<'c>>,
    /// Names that are not compared: members of the workspace, which are not locked, and what is overridden.
    left_out: HashSet<&'c str>,
}

impl Comparison<'_> {
    /// What a manifest asks for is locked, in a version that it asks for.
    fn manifest(
        &self,
        manifest: Node<'_>,
        sections: &[(&str, Option<&str>)],
        source: &Source,
        report: &mut Report<'_>,
    ) {
        let sections = sections.iter().filter_map(|(section, _)| manifest.get(section));
        let entries = sections.flat_map(|node| node.entries());
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            if self.left_out.contains(name) {
                continue;
            }
            let place = source.at(key.range());
            let Some(package) = self.locked.get(name) else {
                let message = format!("`{name}` is asked for, and the lockfile does not hold it");
                report.out_of_sync(place, message).subject(name);
                continue;
            };
            if value.entries().len() > MOST_SAID {
                let path = source.path();
                report.not_verified(format!(
                    "`{path}` says too much of some packages, so they were not compared"
                ));
                continue;
            }
            let text = value.text().or_else(|| value.get("version")?.text()).unwrap_or("any");
            if matches!(package.origin, Origin::Registry(_)) && allows(text, &package.version) == Some(false)
            {
                let message = format!("`{name}` is asked for as `{text}` and locked at {}", package.version);
                let here = self.project.source.at(package.place.clone());
                report
                    .unsatisfied(place, message)
                    .related(here, format!("locked at {}", package.version))
                    .subject(name);
            }
        }
    }

    /// What is recorded as asked for by the only manifest is.
    fn direct(&self, manifest: Node<'_>, report: &mut Report<'_>) {
        let root = self.project.root(Syntax::Yaml).ok();
        let packages = root.and_then(|root| root.get("packages")).into_iter().flat_map(|node| node.entries());
        let named = SECTIONS.map(|(section, _)| keys(manifest, section).collect::<HashSet<&str>>());
        for (key, node) in packages {
            let name = key.text().unwrap_or_default();
            let kind = node.get("dependency").and_then(|node| node.text());
            let mut sections = SECTIONS.iter().zip(&named);
            let section = sections.find(|((_, recorded), _)| recorded.is_some() && *recorded == kind);
            let Some(((section, recorded), _)) = section.filter(|(_, named)| !named.contains(name)) else {
                continue;
            };
            // It may be needed by others, which is not recorded; then pub takes the lockfile as it is.
            let recorded = recorded.unwrap_or_default();
            let message =
                format!("the lockfile records `{name}` as `{recorded}`, and `{section}` does not name it");
            report.drift(self.project.source.at(key.range()), message).subject(name);
        }
    }
}

/// True if a constraint allows a version; nothing for what is not understood.
fn allows(constraint: &str, version: &str) -> Option<bool> {
    let version = Version::parse(version).ok()?;
    let mut result = true;
    let mut words = constraint.split_whitespace();
    while let Some(word) = words.next() {
        if word == "any" {
            continue;
        }
        let end = word.find(|c: char| !"<>=^".contains(c)).unwrap_or(word.len());
        // There may be blanks behind a sign.
        let (sign, written) = word.split_at(end);
        let written = if written.is_empty() { words.next()? } else { written };
        let wanted = Version::parse(written).ok()?;
        result &= match sign {
            "^" => {
                let next = match wanted.major {
                    0 => Version::new(0, wanted.minor.checked_add(1)?, 0),
                    major => Version::new(major.checked_add(1)?, 0, 0),
                };
                version >= wanted
                    && (version.major, version.minor, version.patch) < (next.major, next.minor, next.patch)
            }
            ">=" => version >= wanted,
            ">" => version > wanted,
            "<=" => version <= wanted,
            "<" => version < wanted,
            "" | "=" => version == wanted,
            _ => return None,
        };
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_what_pub_says() {
        assert_eq!(allows("^1.2.0", "1.9.0"), Some(true));
        assert_eq!(allows("^0.2.0", "0.3.0"), Some(false));
        assert_eq!(allows(">=1.0.0 <2.0.0", "2.0.0"), Some(false));
        assert_eq!(allows("any", "2.0.0"), Some(true));
        assert_eq!(allows(">= 1.0.0 < 2.0.0", "2.0.0"), Some(false));
        assert_eq!(allows(">=1.0", "2.0.0"), None);
        assert_eq!(allows(">=", "2.0.0"), None);
    }
}
