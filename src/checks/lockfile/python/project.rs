//! What a pyproject.toml asks for in the words of the standards, and whether a lockfile holds it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pep440_rs::VersionSpecifiers;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::format::{Project, Unreadable};
use super::super::model::{Lock, MOST_EDGES, Origin};
use super::super::report::Report;
use super::algebra::Logic;
use super::marker::Marker;
use super::normalised;
use super::requirement::Requirement;
use super::version::{release_ranges, specifiers, version};

/// Something that a manifest asks for.
pub struct Asked {
    /// The normalised name.
    pub name: String,
    /// The versions that will do: one of these. Empty if a version does not decide.
    pub versions: Vec<VersionSpecifiers>,
    /// The condition.
    pub marker: Marker,
    /// As written.
    pub text: String,
    /// Where, in bytes of the manifest.
    pub place: Range<usize>,
}

impl Asked {
    /// True if it is asked for everywhere.
    pub fn is_unconditional(&self, logic: &Logic) -> bool {
        let always = Marker::Constant(true);
        self.marker == always || logic.equivalent(&self.marker, &always) == Some(true)
    }

    fn of(requirement: Requirement) -> Asked {
        let Requirement { name, specifiers, url, marker, text, place, .. } = requirement;
        let versions = if url.is_some() { Vec::new() } else { vec![specifiers] };
        Asked { name, versions, marker, text, place }
    }
}

/// All requirements of `[project]` and `[dependency-groups]`. What is no requirement is passed over.
pub fn asked(root: Node<'_>) -> Vec<Asked> {
    asked_by(root, |_| true)
}

/// The name that pdm gives to what the project itself needs.
pub const DEFAULT_GROUP: &str = "default";

/// The same of those groups and extras whose normalised names are meant, and of the project itself as
/// [`DEFAULT_GROUP`].
pub fn asked_by(root: Node<'_>, is_meant: impl Fn(&str) -> bool) -> Vec<Asked> {
    let lists = |path: &[&str]| {
        let tables = root.at(path).into_iter().flat_map(|table| table.entries());
        let meant = tables.filter(|(key, _)| is_meant(&normalised(key.text().unwrap_or_default())));
        meant.map(|(_, list)| list).collect::<Vec<_>>()
    };
    let own_list = root.at(&["project", "dependencies"]).filter(|_| is_meant(DEFAULT_GROUP));
    let mut all: Vec<Node<'_>> = own_list.into_iter().collect();
    all.extend(lists(&["project", "optional-dependencies"]));
    all.extend(lists(&["dependency-groups"]));
    let own = root.at(&["project", "name"]).and_then(|name| name.as_str()).map(normalised);
    let items = all.into_iter().flat_map(|list| list.items());
    let read = |item: Node<'_>| Requirement::parse(item.as_str()?, item.range());
    items
        .filter_map(read)
        .filter(|requirement| Some(&requirement.name) != own.as_ref())
        .map(Asked::of)
        .collect()
}

/// Tells that the manifest is not TOML, so that `tool` refuses it whatever the lockfile holds. Where only the reader's
/// own limits were in the way, that nothing was compared.
pub fn unreadable(manifest: &Source, tool: &str, report: &mut Report<'_>) {
    let path = manifest.path().to_owned();
    let tree = manifest.tree(Syntax::Toml);
    let Some(problem) = tree.problems.iter().find(|problem| !problem.is_limit()) else {
        report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
        return;
    };
    let message = format!("`{path}` cannot be read, and {tool} refuses it");
    report
        .out_of_sync(manifest.at(problem.range.clone()), message)
        .subject("unreadable manifest")
        .help("mend what stands here, and look at the lockfile again");
}

/// URLs that requirements name themselves.
pub fn urls(root: Node<'_>) -> Vec<String> {
    let text =
        |item: Node<'_>| item.as_str().and_then(|text| Some(text.split_once('@')?.1.trim().to_owned()));
    let lists = ["optional-dependencies"].iter().filter_map(|key| root.at(&["project", key]));
    let lists =
        lists.chain(root.get("dependency-groups")).flat_map(|table| table.entries()).map(|(_, list)| list);
    let lists = lists.chain(root.at(&["project", "dependencies"]));
    lists.flat_map(|list| list.items()).filter_map(text).collect()
}

/// Compares markers as far as the project's own Python versions go.
pub fn logic(requires_python: Option<&str>) -> Logic {
    logic_of(requires_python.and_then(specifiers).as_slice())
}

/// The same for the Python versions that one of these sets holds; all if there is none.
pub fn logic_of(sets: &[VersionSpecifiers]) -> Logic {
    let sets = sets.iter().map(release_ranges);
    Logic::within(sets.reduce(|all, one| all.union(&one)))
}

/// Packages by name, as indexes.
pub fn by_name<'l>(lock: &'l Lock<'_>) -> HashMap<&'l str, Vec<usize>> {
    let mut map: HashMap<&str, Vec<usize>> = HashMap::with_capacity(lock.packages.len());
    for (index, package) in lock.packages.iter().enumerate() {
        map.entry(&package.name).or_default().push(index);
    }
    map
}

/// For each list of normalised names, all packages that are called so; an error if that are more than anybody needs.
pub fn called(
    names: &HashMap<&str, Vec<usize>>,
    lists: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<Vec<usize>>, Unreadable> {
    let mut left = MOST_EDGES;
    lists
        .map(|list| {
            let all = list.iter().filter_map(|name| names.get(name.as_str())).flatten();
            let found: Vec<usize> = all.copied().take(left + 1).collect();
            left = left.checked_sub(found.len()).ok_or_else(|| {
                let message = "too many packages have one name, and too many need it, to tell who needs whom";
                Unreadable::malformed(message, 0..0)
            })?;
            Ok(found)
        })
        .collect()
}

/// Versions of one package that are compared with what is asked for.
const MOST_VERSIONS: usize = 200;

/// Everything that is asked for is locked, in a version that will do. The tools themselves compare only hashes of
/// the manifest.
pub fn compare(
    asked: &[Asked],
    manifest: &Source,
    lock: &Lock<'_>,
    logic: &Logic,
    lockfile: &Source,
    report: &mut Report<'_>,
) {
    let names = by_name(lock);
    // What is asked for under a condition that never holds is not locked, or in the version for another condition.
    let may_hold = |wanted: &&Asked| {
        wanted.marker == Marker::Constant(true)
            || logic.equivalent(&wanted.marker, &Marker::Constant(false)) == Some(false)
    };
    for wanted in asked.iter().filter(may_hold) {
        let place = manifest.at(wanted.place.clone());
        let Some(locked) = names.get(wanted.name.as_str()) else {
            let message = format!("`{}` is asked for, and the lockfile does not hold it", wanted.text);
            report.out_of_sync(place, message).subject(wanted.name.clone());
            continue;
        };
        if locked.len() > MOST_VERSIONS {
            report.not_verified(format!(
                "more than {MOST_VERSIONS} packages are called `{}`, so these were not compared",
                wanted.name
            ));
            continue;
        }
        let locked: Vec<_> = locked.iter().map(|&index| &lock.packages[index]).collect();
        let decided = |origin: &Origin<'_>| matches!(origin, Origin::Registry(_));
        if wanted.versions.is_empty() || !locked.iter().all(|package| decided(&package.origin)) {
            continue;
        }
        let fits = |text: &str| {
            // What cannot be read cannot be judged.
            version(text).is_none_or(|version| wanted.versions.iter().any(|set| set.contains(&version)))
        };
        if locked.iter().any(|package| fits(&package.version)) {
            continue;
        }
        let Some(first) = locked.first() else { continue };
        let message = format!("`{}` is asked for, and locked is {}", wanted.text, first.version);
        report
            .unsatisfied(place, message)
            .related(lockfile.at(first.place.clone()), format!("locked at {}", first.version))
            .subject(wanted.name.clone());
    }
}

/// What locked packages need is locked as well. The tools do not look, and install the rest. `needs` tells what an entry
/// needs under no condition, `left_out` the names that are not locked for a reason.
pub fn complete(
    lock: &Lock<'_>,
    surroundings: &Project<'_>,
    needs: fn(Node<'_>) -> Vec<(String, Range<usize>)>,
    left_out: &HashSet<String>,
    report: &mut Report<'_>,
) {
    let Some(root) = surroundings.root(Syntax::Toml).ok().filter(|_| !report.is_out_of_sync()) else {
        return;
    };
    let names = by_name(lock);
    let entries = root.get("package").into_iter().flat_map(|list| list.items());
    for (package, entry) in lock.packages.iter().zip(entries) {
        for (name, place) in needs(entry) {
            if !names.contains_key(name.as_str()) && !left_out.contains(&name) {
                let message = format!("`{}` needs `{name}`, and the lockfile does not hold it", package.name);
                let told = report.out_of_sync(surroundings.source.at(place), message);
                told.subject(format!("{} {name}", package.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_one_name_are_not_multiplied_without_end() {
        let names = HashMap::from([("a", (0..2000).collect::<Vec<usize>>()), ("b", vec![1])]);
        let needing = |times: usize| called(&names, (0..times).map(|_| vec!["a".to_owned(), "c".to_owned()]));
        assert_eq!(needing(1000).unwrap().len(), 1000);
        assert!(needing(1001).is_err());
        assert_eq!(called(&names, [vec!["b".to_owned()]].into_iter()).unwrap(), [vec![1]]);
    }
}
