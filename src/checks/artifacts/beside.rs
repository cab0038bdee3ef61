//! What lies beside the artifacts and is not listed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::claims::Claims;
use super::companion;
use super::name::Name;
use super::rules::EXTRA;
use super::sources::{self, Kind, Source, join};
use super::walk::{self, Found};
use super::words;
use crate::checkout::Checkout;
use crate::checks::Record;
use crate::finding::Finding;
use crate::hashing::{self, Algorithms, Hashed, Job};
use crate::location::Location;
use crate::rule::Severity;
use crate::sorted::IntoSet as _;

/// Unlisted files that are reported one by one.
const MAX_REPORTED: usize = 50;

/// Files that no list names, in the folders that lists are about.
#[derive(Debug, Default)]
pub(super) struct Beside {
    files: Vec<Unlisted>,
    /// Lists for single files that are listed as well.
    pub singles: Vec<Source>,
    /// Files that another finding already tells of, as reports show them.
    explained: BTreeSet<String>,
    /// Why there may be more.
    gaps: Vec<String>,
}

/// A file that no list names.
#[derive(Clone, Debug)]
pub(super) struct Unlisted {
    /// As reports show it.
    pub shown: String,
    /// Relative to the folder of the list that does not name it.
    pub name: Name,
    /// The folder that was looked through, as reports show it.
    area: String,
    path: PathBuf,
    kind: walk::Kind,
}

impl Beside {
    /// Looks through the folders of the lists. Without `thorough`, only through those in the repository.
    pub fn look(sources: &[Source], claims: &Claims, checkout: &Checkout, thorough: bool) -> Beside {
        let mut beside = Beside::default();
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        let own_files: BTreeSet<&Path> = sources.iter().map(|source| source.file.as_path()).into_set();
        for source in sources {
            // Where nothing is listed, everything is unlisted, and another finding says so.
            if !thorough && !claims.iter().any(|claim| claim.folder == source.folder) {
                continue;
            }
            let inside = source.folder.starts_with(checkout.root());
            if seen.insert(&source.folder) && (inside || thorough) {
                beside.look_through(source, &own_files, claims, checkout);
            }
        }
        beside
    }

    fn look_through(
        &mut self,
        source: &Source,
        own_files: &BTreeSet<&Path>,
        claims: &Claims,
        checkout: &Checkout,
    ) {
        let is_root = source.folder == checkout.root();
        // A list in the root of a repository is about the folder of its artifacts, not about all sources.
        let own = claims.iter().filter(|claim| claim.folder == source.folder).map(|claim| &claim.name);
        let below = if is_root { Name::common_folder(own) } else { Some(Name::from("")) };
        let Some(below) = below else { return };
        let Some(folder) = below.as_path().map(|below| source.folder.join(below)) else { return };
        let area = join(&source.shown_folder, &below.to_text());
        let walk = walk::walk(&folder);
        self.gaps.extend(walk.gaps.iter().map(|gap| format!("unlisted files: {gap}")));
        let own_names: BTreeSet<Name> = own_files
            .iter()
            .filter_map(|file| Name::of_path(file.strip_prefix(&source.folder).ok()?))
            .collect();
        let is_known = |name: &Name| claims.get(&source.folder, name).is_some() || own_names.contains(name);
        for Found { name, kind } in walk.found {
            let path = name.as_path().map_or_else(PathBuf::new, |name| folder.join(name));
            let name = name.within(&below);
            let is_companion = companion::is_over_all(&name)
                || companion::signed_by(&name).is_some_and(|about| is_known(&about));
            if is_known(&name) || is_companion || walk::is_for_git(&name) {
                continue;
            }
            let shown = join(&source.shown_folder, &name.to_text());
            // Beside a checkout's sources only what git does not know is an artifact.
            if is_root && checkout.listing().get(&shown).is_some_and(|entry| entry.tracked) {
                continue;
            }
            let is_single =
                companion::listed_by(&name).is_some_and(|about| claims.get(&source.folder, &about).is_some());
            if is_single && let Ok(single) = sources::open(Kind::Single, &given(source, &name), checkout) {
                self.singles.push(single);
                continue;
            }
            self.files.push(Unlisted { shown, name, area: area.clone(), path, kind });
        }
    }

    /// The unlisted files.
    pub fn files(&self) -> impl Iterator<Item = &Unlisted> {
        self.files.iter()
    }

    /// The unlisted files with their digests; those that cannot be read are left out.
    pub fn hashed(&self, algorithms: Algorithms) -> Vec<(Unlisted, Hashed)> {
        let regular = || self.files.iter().filter(|file| file.kind == walk::Kind::File);
        if algorithms.is_empty() {
            return Vec::new();
        }
        let results =
            hashing::hash_all(regular().map(|file| Job { path: file.path.clone(), algorithms }).collect());
        regular().cloned().zip(results).filter_map(|(file, result)| Some((file, result.ok()?))).collect()
    }

    /// Says that another finding tells of this file.
    pub fn explain(&mut self, file: &Unlisted) {
        self.explained.insert(file.shown.clone());
    }

    /// Records the unlisted files: one by one as errors, or all together as a note.
    pub fn record(&self, strict: bool, record: &mut Record) {
        let open: Vec<&Unlisted> =
            self.files.iter().filter(|file| !self.explained.contains(&file.shown)).collect();
        if strict {
            self.gaps.iter().for_each(|gap| record.not_verified(gap));
            for file in open.iter().take(MAX_REPORTED) {
                let message = format!("`{}` is not listed", file.shown);
                let location = Location::Artifact { name: file.shown.clone() };
                let help =
                    "remove it, or write a list that names it; a manifest of ours is given as `--manifest`";
                record.push(Finding::new(&EXTRA, location, message).help(help).subject("extra"));
            }
        }
        let rest = if strict { open.get(MAX_REPORTED..).unwrap_or_default() } else { &open[..] };
        let areas: BTreeSet<&str> = rest.iter().map(|file| file.area.as_str()).collect();
        for area in areas {
            let names: Vec<&str> =
                rest.iter().filter(|file| file.area == area).map(|file| file.shown.as_str()).collect();
            let number = words::count(names.len(), if strict { "more file" } else { "file" });
            let verb = if names.len() == 1 { "is" } else { "are" };
            let message = format!("{number} beside the artifacts {verb} not listed: {}", words::some(&names));
            let area = if area.is_empty() { "." } else { area };
            let finding = Finding::new(&EXTRA, Location::Artifact { name: area.to_owned() }, message);
            let finding = finding.subject("extra files");
            record.push(match strict {
                true => finding,
                false => {
                    finding.severity(Severity::Note).help("`--strict` refuses files that are not listed")
                }
            });
        }
    }
}

/// How a file beside a list is opened: by its path.
fn given(source: &Source, name: &Name) -> String {
    let path: PathBuf = name.as_path().map_or_else(PathBuf::new, |path| source.folder.join(path));
    path.to_string_lossy().into_owned()
}
