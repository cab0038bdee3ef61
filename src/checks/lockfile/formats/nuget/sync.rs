//! packages.lock.json against its project, as `dotnet restore --locked-mode` compares them.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::framework::framework;
use super::of_project;
use super::project::{Files, Wanted};
use super::range::range;

/// Frameworks that are looked at. What is asked for is made out for each of them.
const MOST_FRAMEWORKS: usize = 100;

/// The packages of a framework with their keys, by names in lower case.
type Locked<'s> = HashMap<String, (Node<'s>, Node<'s>)>;

/// Compares the lockfile with its project.
pub fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let projects = projects(project);
    let path = match projects.as_slice() {
        [path] => *path,
        [] => return report.not_examined("packages.lock.json without a project beside it"),
        _ => {
            return report
                .not_verified("several project files are beside it, so it was compared with none of them");
        }
    };
    if project.text(&project.beside("packages.config")).is_some() {
        return report.not_verified("packages.config is not read, so it was compared with nothing");
    }
    let files = Files::of(path, project);
    if let Some(unread) = files.unread.first() {
        return report.not_verified(format!("`{unread}` cannot be read, so the two were not compared"));
    }
    if files.is_opaque() {
        return report.not_verified(format!(
            "packages for `{path}` have names that only MSBuild knows, so the two were not compared"
        ));
    }
    let sections = sections(root);
    if sections.len() > MOST_FRAMEWORKS {
        return report.not_verified(format!(
            "it was made for more than {MOST_FRAMEWORKS} frameworks, so the two were not compared"
        ));
    }
    let built = frameworks(&sections, &files, project, report);
    let named = files.all_names().filter(|_| built.is_some());
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (name, key, packages) in &sections {
        if built.as_ref().is_some_and(|built| !built.contains(name)) {
            continue;
        }
        let asked = files.asked(name);
        let mut known: Vec<(&String, &Wanted<'_>)> =
            asked.iter().filter_map(|(name, wanted)| Some((name, wanted.as_ref()?))).collect();
        crate::sorted::by_key(&mut known, |(name, _)| (*name).clone());
        let locked = locked(*packages);
        for (lower, wanted) in known {
            if !told.contains(lower) && !agrees(wanted, &locked, *key, project, report) {
                told.insert(lower.clone());
            }
        }
        pinned(&files, name, *packages, project, &mut told, report);
        if let Some(named) = &named {
            surplus(named, *packages, project, &mut told, report);
        }
    }
    if files.is_part {
        report.not_examined("packages in files that MSBuild imports from elsewhere, or under conditions");
    }
    for undecided in files.undecided() {
        if undecided == path {
            report.not_verified(format!(
                "`{path}` names packages under conditions that only MSBuild evaluates"
            ));
        } else {
            report.not_examined("packages above a project under conditions that only MSBuild evaluates");
        }
    }
}

/// The projects that the lockfile may be for.
fn projects<'p>(project: &Project<'p>) -> Vec<&'p str> {
    let own = of_project(paths::split(project.source.path()).1);
    // There may be thousands of projects and lockfiles in a folder; `_` stands for another sign.
    let start = project.beside(own.and_then(|own| own.split('_').next()).unwrap_or_default());
    let files = &project.checkout.listing().files;
    let first = files.partition_point(|entry| *entry.path < *start);
    let near = files[first..].iter().map(|entry| &*entry.path).take_while(|path| path.starts_with(&start));
    let here = near.filter_map(|path| {
        let (folder, name) = paths::split(path);
        let (stem, extension) = name.rsplit_once('.')?;
        // `.csproj`, `.fsproj`, `.sqlproj`, …
        (folder == project.folder && extension.ends_with("proj") && extension != "proj")
            .then(|| (path, stem.replace(' ', "_")))
    });
    let has_its_own =
        |stem: &str| project.checkout.contains(&project.beside(&format!("packages.{stem}.lock.json")));
    here.filter(|(_, stem)| own.map_or_else(|| !has_its_own(stem), |own| own == stem))
        .map(|(path, _)| path)
        .collect()
}

/// The lockfile's frameworks, in one form where that is known, each with its key and packages. Sections for a system,
/// such as `net8.0/linux-x64`, hold only what differs, and are left out.
fn sections(root: Node<'_>) -> Vec<(String, Node<'_>, Node<'_>)> {
    let entries = root.get("dependencies").into_iter().flat_map(|node| node.entries());
    let named = entries.filter_map(|(key, packages)| Some((key.text()?, key, packages)));
    let whole = named.filter(|(name, ..)| !name.contains('/'));
    let in_one_form = |name: &str| framework(name).unwrap_or_else(|| name.to_ascii_lowercase());
    whole.map(|(name, key, packages)| (in_one_form(name), key, packages)).collect()
}

/// The frameworks of the project are those of the lockfile. Returns the project's, if they are known.
fn frameworks(
    sections: &[(String, Node<'_>, Node<'_>)],
    files: &Files,
    project: &Project<'_>,
    report: &mut Report<'_>,
) -> Option<BTreeSet<String>> {
    let property = files.frameworks()?;
    let names = property.value.split(';').map(str::trim).filter(|name| !name.is_empty());
    let wanted = names.map(framework).collect::<Option<BTreeSet<String>>>()?;
    if sections.iter().any(|(name, ..)| framework(name).is_none()) {
        return None;
    }
    let locked: BTreeSet<String> = sections.iter().map(|(name, ..)| name.clone()).collect();
    let place = || property.source.at(property.place.clone());
    if let Some(new) = wanted.difference(&locked).next() {
        let message = format!("the project is built for {new}, and the lockfile was not made for it");
        report.out_of_sync(place(), message).subject(new.clone());
    } else if let Some((old, key, _)) = sections.iter().find(|(name, ..)| !wanted.contains(name)) {
        let message = format!("the lockfile was made for {old}, too, for which the project is not built");
        let here = project.source.at(key.range());
        report.out_of_sync(here, message).related(place(), "frameworks of the project").subject(old.clone());
    }
    Some(wanted)
}

fn locked(packages: Node<'_>) -> Locked<'_> {
    let named = packages.entries().filter_map(|(key, node)| Some((key.text()?.to_lowercase(), (key, node))));
    named.collect()
}

fn text<'s>(node: Node<'s>, key: &str) -> Option<&'s str> {
    node.get(key).and_then(|value| value.text())
}

/// What is asked for is locked as asked for directly, and with the version that it was asked for with. False if it
/// was reported.
fn agrees(
    wanted: &Wanted<'_>,
    locked: &Locked<'_>,
    framework: Node<'_>,
    project: &Project<'_>,
    report: &mut Report<'_>,
) -> bool {
    let item = wanted.item;
    let Some((key, node)) =
        locked.get(&item.name.to_lowercase()).filter(|(_, node)| text(*node, "type") == Some("Direct"))
    else {
        let name = framework.text().unwrap_or_default();
        let message =
            format!("`{}` is referenced, and the lockfile does not record it for {name}", item.name);
        report.out_of_sync(item.source.at(item.place.clone()), message).subject(item.name.clone());
        return false;
    };
    let Some((version, said)) = wanted.version else { return true };
    let Some(requested) = text(*node, "requested") else { return true };
    if !differ(version, requested) {
        return true;
    }
    let message =
        format!("`{}` is referenced as `{version}`, and the lockfile was made for `{requested}`", item.name);
    report
        .out_of_sync(said.source.at(said.place.clone()), message)
        .related(project.source.at(key.range()), "recorded here")
        .subject(item.name.clone());
    false
}

/// What is recorded as asked for directly is. SDKs ask for some of Microsoft's.
fn surplus(
    named: &HashSet<String>,
    packages: Node<'_>,
    project: &Project<'_>,
    told: &mut BTreeSet<String>,
    report: &mut Report<'_>,
) {
    const OF_SDKS: [&str; 5] = ["microsoft.", "netstandard.", "runtime.", "system.", "fsharp.core"];
    for (key, _) in packages.entries().filter(|(_, node)| text(*node, "type") == Some("Direct")) {
        let name = key.text().unwrap_or_default();
        let lower = name.to_lowercase();
        let is_known = named.contains(&lower) || OF_SDKS.iter().any(|start| lower.starts_with(start));
        if !is_known && told.insert(lower) {
            let message = format!("the lockfile records `{name}` as referenced, and the project does not");
            report.out_of_sync(project.source.at(key.range()), message).subject(name);
        }
    }
}

fn differ(version: &str, requested: &str) -> bool {
    range(version).is_some_and(|wanted| range(requested).is_some_and(|requested| requested != wanted))
}

/// Versions for all projects are those with which packages that nobody references directly were pinned.
fn pinned(
    files: &Files,
    name: &str,
    packages: Node<'_>,
    project: &Project<'_>,
    told: &mut BTreeSet<String>,
    report: &mut Report<'_>,
) {
    let central = files.central(name);
    for (key, node) in packages.entries().filter(|(_, node)| text(*node, "type") == Some("CentralTransitive"))
    {
        let Some(package) = key.text() else { continue };
        let Some(item) = central.get(&package.to_lowercase()).copied().flatten() else { continue };
        let (Some(version), Some(requested)) = (item.version.as_deref(), text(node, "requested")) else {
            continue;
        };
        if differ(version, requested) && told.insert(package.to_lowercase()) {
            let message =
                format!("`{package}` is pinned as `{version}`, and the lockfile was made for `{requested}`");
            report
                .out_of_sync(item.source.at(item.place.clone()), message)
                .related(project.source.at(key.range()), "recorded here")
                .subject(package);
        }
    }
}
