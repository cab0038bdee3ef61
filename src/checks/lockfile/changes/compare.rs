//! Two states of one lockfile: what came, went and moved, and what is another under the same version.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::model::{self, Encoding, File, Hash, Lock, Origin, Package};
use super::super::rules::hashes;
use super::super::rules::hashes::HASH_CHANGED;
use super::super::rules::together::{Common, findings, join};
use super::rules::{DOWNGRADED, SOURCE_CHANGED};
use crate::advisory::version::Scheme;
use crate::checkout::Source;
use crate::checks::Record;
use crate::finding::Finding;

/// What happened to a package, the more remarkable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Downgraded,
    /// To a version of which nobody knows whether it is newer.
    Changed,
    Removed,
    Added,
    Upgraded,
}

/// What happened to one package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub kind: Kind,
    pub name: String,
    pub before: String,
    pub now: String,
}

/// The versions of each package.
fn versions<'l>(lock: &'l Lock<'_>) -> BTreeMap<&'l str, BTreeSet<&'l str>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    // The project itself moves without anything being installed.
    for package in lock.packages.iter().filter(|package| package.origin != Origin::Local) {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions
}

/// What came, went and moved.
pub(super) fn changes(old: &Lock<'_>, new: &Lock<'_>, scheme: Option<Scheme>) -> Vec<Change> {
    let (before, now) = (versions(old), versions(new));
    let names: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
    let none = BTreeSet::new();
    let mut changes = Vec::new();
    for name in names {
        let (before, now) = (before.get(name).unwrap_or(&none), now.get(name).unwrap_or(&none));
        let gone: Vec<&str> = before.difference(now).copied().collect();
        let come: Vec<&str> = now.difference(before).copied().collect();
        let change = |kind, before: &str, now: &str| Change {
            kind,
            name: name.to_owned(),
            before: before.to_owned(),
            now: now.to_owned(),
        };
        if let ([before], [now]) = (gone.as_slice(), come.as_slice()) {
            changes.push(change(direction(scheme, before, now), before, now));
            continue;
        }
        changes.extend(gone.iter().map(|version| change(Kind::Removed, version, "")));
        changes.extend(come.iter().map(|version| change(Kind::Added, "", version)));
    }
    crate::sorted::by(&mut changes, Ord::cmp);
    changes
}

fn direction(scheme: Option<Scheme>, before: &str, now: &str) -> Kind {
    match scheme.and_then(|scheme| scheme.compare(before, now)) {
        Some(Ordering::Less) => Kind::Upgraded,
        Some(Ordering::Greater) => Kind::Downgraded,
        _ => Kind::Changed,
    }
}

/// What is another under the same version: what it is, the package, and both.
pub(super) type Exchanged = [String; 4];

/// Reports hashes and sources that are others under the same version, and versions that are lower. Returns the former
/// as rows of the table.
pub(super) fn judge(
    old: &Lock<'_>,
    new: &Lock<'_>,
    now: &Source,
    scheme: Option<Scheme>,
    record: &mut Record,
) -> Vec<Exchanged> {
    let mut exchanged = Vec::new();
    let mut known: HashMap<(&str, &str), Vec<&Package<'_>>> = HashMap::new();
    for package in &old.packages {
        known.entry((&package.name, &package.version)).or_default().push(package);
    }
    let (mut moved, mut others) = (Vec::new(), Vec::new());
    for package in new.packages.iter().filter(|package| package.origin != Origin::Local) {
        let Some(olds) = known.get(&(&*package.name, &*package.version)) else { continue };
        if let Some((file, hash)) = package.files.iter().find_map(|file| Some((file, changed(file, olds)?))) {
            others.push(other_hash(package, file, hash, now));
            let version = package.version.to_string();
            exchanged.push(["other hash".to_owned(), package.name.to_string(), version.clone(), version]);
        }
        let sources: Vec<String> = olds.iter().flat_map(|old| sources(old)).collect();
        let other = self::sources(package).into_iter().find(|source| !sources.contains(source));
        if let Some(other) = other.filter(|_| !sources.is_empty()) {
            let title = format!("{}` from `{other}` instead of `{}", package.title(), sources[0]);
            let before = format!("{} from {}", package.version, sources[0]);
            let after = format!("{} from {other}", package.version);
            exchanged.push(["other source".to_owned(), package.name.to_string(), before, after]);
            moved.push(Common { title, place: now.at(first_line(&package.place, now.text())) });
        }
    }
    join(others).into_iter().for_each(|finding| record.push(finding));
    let help = "find out who changed it and why; if the registry really moved, say so in the pull request and waive \
                this once";
    let made = findings(
        moved,
        |fault| {
            let message = format!("the same version of a package comes from elsewhere: `{}`", fault.title);
            Finding::new(&SOURCE_CHANGED, fault.place.clone(), message)
                .help(help)
                .subject(fault.title.clone())
        },
        |number, names, place| {
            let message = format!("{number} packages come from elsewhere in the same version: {names}");
            Finding::new(&SOURCE_CHANGED, place, message).help(help)
        },
    );
    made.into_iter().for_each(|finding| record.push(finding));
    lower(&changes(old, new, scheme), new, now, record);
    exchanged
}

/// The first hash of a file that is another than before: of the file of that name, or of any if there are no names.
fn changed<'f, 's>(file: &'f File<'s>, olds: &[&Package<'_>]) -> Option<&'f Hash<'s>> {
    let same_file = |old: &&File<'_>| old.name == file.name || file.hashes.len() > 1 && file.name.is_empty();
    let before: Vec<&Hash<'_>> =
        olds.iter().flat_map(|old| &old.files).filter(same_file).flat_map(|old| &old.hashes).collect();
    let is_same = |one: &Hash<'_>, other: &Hash<'_>| {
        one.algorithm.eq_ignore_ascii_case(other.algorithm)
            && match one.encoding {
                Encoding::Hex => one.digest.eq_ignore_ascii_case(other.digest),
                Encoding::Base64 => one.digest == other.digest,
            }
    };
    let other = file.hashes.iter().find(|hash| {
        let of_kind: Vec<&&Hash<'_>> =
            before.iter().filter(|old| old.algorithm.eq_ignore_ascii_case(hash.algorithm)).collect();
        !of_kind.is_empty() && !of_kind.iter().any(|old| is_same(old, hash))
    })?;
    // Where any of several files is meant, one more was published; an old one that is gone was replaced.
    let gone = before.iter().any(|old| !file.hashes.iter().any(|hash| is_same(old, hash)));
    gone.then_some(other)
}

fn other_hash(package: &Package<'_>, file: &File<'_>, hash: &Hash<'_>, now: &Source) -> Finding {
    let title = hashes::title(package, file);
    let message =
        format!("`{title}` has another {} hash than in the base, under the same version", hash.algorithm);
    Finding::new(&HASH_CHANGED, now.at(first_line(&hash.place, now.text())), message)
        .help(
            "what a version is does not change: restore the entry from the base, and find out who changed it; \
             `--online` says which of the two is published",
        )
        .subject(title)
}

/// Where a package and its files come from, in a form that can be compared.
fn sources(package: &Package<'_>) -> Vec<String> {
    let origin = match package.origin {
        Origin::Registry("") => None,
        Origin::Registry(url) | Origin::Url(url) => Some(model::comparable_url(url)),
        Origin::Git(url, commit) => {
            Some(format!("{}#{}", model::comparable_url(url), commit.unwrap_or_default()))
        }
        Origin::Local | Origin::Bundled => return Vec::new(),
    };
    let hosts = package.files.iter().filter_map(|file| model::host(file.url.as_deref()?));
    let mut sources: Vec<String> = origin.into_iter().chain(hosts).collect();
    sources.dedup();
    sources
}

/// Versions that are lower than before.
fn lower(changes: &[Change], new: &Lock<'_>, now: &Source, record: &mut Record) {
    let places: HashMap<(&str, &str), &Package<'_>> =
        new.packages.iter().map(|package| ((&*package.name, &*package.version), package)).collect();
    let mut faults = Vec::new();
    for change in changes.iter().filter(|change| change.kind == Kind::Downgraded) {
        let Some(package) = places.get(&(change.name.as_str(), change.now.as_str())) else { continue };
        let title = format!("{}` from {} to `{}", change.name, change.before, change.now);
        faults.push(Common { title, place: now.at(first_line(&package.place, now.text())) });
    }
    let help =
        "say in the pull request why an older version is wanted: what was mended since then comes back";
    let made = findings(
        faults,
        |fault| {
            let message = format!("the version is lowered: `{}`", fault.title);
            Finding::new(&DOWNGRADED, fault.place.clone(), message).help(help).subject(fault.title.clone())
        },
        |number, names, place| {
            let message = format!("{number} packages are lowered: {names}");
            Finding::new(&DOWNGRADED, place, message).help(help)
        },
    );
    made.into_iter().for_each(|finding| record.push(finding));
}

fn first_line(place: &std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let line = text.get(place.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
    place.start..place.start + line.trim_end().len()
}
