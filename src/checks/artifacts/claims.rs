//! What the lists and the manifest claim about each artifact, brought together.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::list::{self, Entry, Hash, Problem};
use super::manifest::{self, ManifestError};
use super::name::Name;
use super::rules::{DUPLICATE_ENTRY, LISTS_DISAGREE, MALFORMED_LINE, UNSAFE_PATH, WEAK_HASH};
use super::sources::{Kind, Source, join};
use super::statement::{self, Statements};
use super::{reading, words};
use crate::checks::Record;
use crate::finding::Finding;
use crate::hashing::Algorithm;
use crate::location::{Location, Span};
use crate::rule::Severity;
use crate::sorted::IntoSet as _;

/// What is claimed about one artifact.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Relative to the folder of the source, in its one spelling.
    pub name: Name,
    /// As reports show it: relative to the root where it lies in it.
    pub shown: String,
    /// The folder that the name is relative to.
    pub folder: PathBuf,
    /// No link may lead out of this folder.
    pub boundary: PathBuf,
    /// Where it is listed first.
    pub listed: Location,
    /// What it should hold, one digest for each algorithm, and who says so.
    pub digests: BTreeMap<Algorithm, Listed>,
    /// How many bytes it should have.
    pub size: Option<u64>,
    /// True if different digests are listed for it: then nothing proves it.
    pub disputed: bool,
    /// Digests that are not verified.
    others: BTreeSet<Hash>,
    /// Which sources name it, by number.
    sources: BTreeSet<usize>,
}

/// A digest, and where it is listed.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub digest: Vec<u8>,
    pub location: Location,
    source: usize,
}

/// All claims, by path: two lists in different folders can speak of one file.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Names are normal and folders canonical: the bytes of a path tell it from others, and are compared much faster
    /// than its parts.
    by_path: BTreeMap<OsString, Claim>,
    /// What was read: kind and name, in order.
    read: Vec<(Kind, String)>,
}

impl Claims {
    /// The claims, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = &Claim> {
        self.by_path.values()
    }

    /// The claim about a name in a folder.
    pub fn get(&self, folder: &Path, name: &Name) -> Option<&Claim> {
        self.by_path.get(&path_of(folder, name))
    }

    /// Reads a source, and records what is wrong with it.
    pub fn read(&mut self, source: &Source, record: &mut Record) {
        let number = self.read.len();
        self.read.push((source.kind, source.shown.clone()));
        match source.kind {
            Kind::Manifest => self.read_manifest(source, number, record),
            Kind::Statement => self.read_statement(source, number, record),
            Kind::List | Kind::Single => self.read_list(source, number, record),
        }
    }

    fn read_list(&mut self, source: &Source, number: usize, record: &mut Record) {
        let list = list::parse(&source.bytes);
        if list.signed {
            record.note(format!("the signature of `{}` was not verified", source.shown));
        }
        reading::record_faults(source, &list, record);
        if list.entries.is_empty() && list.faults.is_empty() {
            record.push(reading::empty(source));
        }
        let own_name = reading::own_name(source);
        let other_hash = reading::unnamed_hash(&source.shown);
        for entry in list.entries {
            let Entry { name, hash, digest, place } = entry;
            let hash = match (hash, other_hash) {
                (Hash::Strong(_), Some(other)) => Hash::Unsupported(other.to_owned()),
                (hash, _) => hash,
            };
            match name.or_else(|| own_name.clone()) {
                Some(name) => {
                    let location = Location::span(&*source.shown, place.into());
                    self.add(source, number, &name, What::Digest(hash, digest), location, record);
                }
                None => record.push(reading::malformed(source, place.into(), &Problem::NoName.to_string())),
            }
        }
    }

    fn read_manifest(&mut self, source: &Source, number: usize, record: &mut Record) {
        let manifest = match manifest::parse(&source.bytes) {
            Ok(manifest) => manifest,
            Err(ManifestError::Version(version)) => {
                let message = format!("`{}` has version {version} of the format, this reads 1", source.shown);
                return record.not_verified(message);
            }
            Err(ManifestError::Malformed { reason, line, column }) => {
                let span = Span { line, column, end_line: line, end_column: column };
                return record.push(reading::malformed(source, span, &reason));
            }
        };
        if manifest.artifacts.is_empty() {
            record.push(reading::empty(source));
        }
        let places = reading::places(source, "artifacts", manifest.artifacts.len());
        for (artifact, location) in manifest.artifacts.iter().zip(places) {
            let name = Name::from(artifact.name.as_str());
            match data_encoding::HEXLOWER_PERMISSIVE.decode(artifact.digest.sha256.as_bytes()) {
                Ok(digest) if digest.len() == Algorithm::Sha256.digest_len() => {
                    let what = What::Content(digest, artifact.size);
                    self.add(source, number, &name, what, location, record);
                }
                _ => {
                    let message = "the digest is not one of SHA-256, which has 64 hex digits";
                    record.push(Finding::new(&MALFORMED_LINE, location, message));
                }
            }
        }
    }

    fn read_statement(&mut self, source: &Source, number: usize, record: &mut Record) {
        let Statements { files, others, signed } = match statement::parse(&source.bytes) {
            Ok(statements) => statements,
            Err(reason) => {
                let span = Span { line: 1, column: 1, end_line: 1, end_column: 1 };
                return record.push(reading::malformed(source, span, &reason));
            }
        };
        if signed {
            record.note(format!("the signature of `{}` was not verified", source.shown));
        }
        if others > 0 {
            let subjects = words::count(others, "subject");
            record.not_examined(format!("{subjects} of `{}` that name no file", source.shown));
        }
        if files.is_empty() {
            record.push(reading::empty(source));
        }
        let places = reading::places(source, "subject", files.len());
        for ((name, digests), location) in files.into_iter().zip(places) {
            for (hash, digest) in digests {
                let what = What::Digest(hash, digest);
                self.add(source, number, &Name::from(name.as_str()), what, location.clone(), record);
            }
        }
    }

    fn add(
        &mut self,
        source: &Source,
        number: usize,
        name: &Name,
        what: What,
        location: Location,
        record: &mut Record,
    ) {
        let normal = match name.normal() {
            Ok(normal) => normal,
            Err(reason) => {
                let message = format!("`{name}` is not followed: {reason}");
                let help = "list names relative to the list's own folder, with `/` between folders";
                return record.push(Finding::new(&UNSAFE_PATH, location, message).help(help));
            }
        };
        let shown = join(&source.shown_folder, &normal.to_text());
        let path = path_of(&source.folder, &normal);
        let claim = self.by_path.entry(path).or_insert_with(|| Claim {
            name: normal,
            shown,
            folder: source.folder.clone(),
            boundary: source.boundary.clone(),
            listed: location.clone(),
            digests: BTreeMap::new(),
            size: None,
            disputed: false,
            others: BTreeSet::new(),
            sources: BTreeSet::new(),
        });
        claim.sources.insert(number);
        let (algorithm, digest) = match what {
            What::Digest(Hash::Strong(algorithm), digest) => (algorithm, digest),
            What::Digest(other, _) => {
                claim.others.insert(other);
                return;
            }
            What::Content(digest, size) => {
                claim.size.get_or_insert(size);
                (Algorithm::Sha256, digest)
            }
        };
        match claim.digests.get(&algorithm) {
            None => {
                claim.digests.insert(algorithm, Listed { digest, location, source: number });
            }
            // What two sources agree in needs no word.
            Some(first) if first.source != number && first.digest == digest => {}
            Some(first) => {
                record.push(repeated(claim, first, &digest, algorithm, location, number));
                claim.disputed |= first.digest != digest;
            }
        }
    }

    /// Records artifacts that only a weak hash, or one that is unknown here, speaks for.
    pub fn record_unproven(&self, record: &mut Record) {
        let mut unsupported: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for claim in self.iter().filter(|claim| claim.digests.is_empty()) {
            let weak = claim.others.iter().find_map(|hash| match hash {
                Hash::Weak(name) => Some(name),
                _ => None,
            });
            if let Some(name) = weak {
                let message = format!("`{}` is listed with {name} only, which proves nothing", claim.shown);
                let help = "write the list with SHA-256: `ci-guard checksum`, or `sha256sum`";
                let finding = Finding::new(&WEAK_HASH, claim.listed.clone(), message).help(help);
                record.push(finding.subject(&*claim.shown));
            }
            for hash in &claim.others {
                if let Hash::Unsupported(name) = hash {
                    unsupported.entry(name).or_default().push(&claim.shown);
                }
            }
        }
        for (hash, names) in unsupported {
            record.not_verified(format!("digests of {hash} cannot be verified: {}", words::some(&names)));
        }
    }

    /// Records what only the lists name, or only the manifest.
    pub fn record_differences(&self, record: &mut Record) {
        let of = |wanted: &[Kind]| -> BTreeSet<usize> {
            let numbers = self.read.iter().enumerate().filter(|(_, (kind, _))| wanted.contains(kind));
            numbers.map(|(number, _)| number).into_set()
        };
        let (lists, manifests) = (of(&[Kind::List]), of(&[Kind::Manifest, Kind::Statement]));
        if lists.is_empty() || manifests.is_empty() {
            return;
        }
        let names = |numbers: &BTreeSet<usize>| {
            let names: Vec<String> = numbers.iter().map(|&n| format!("`{}`", self.read[n].1)).collect();
            names.join(" or ")
        };
        for claim in self.iter() {
            let (listed, recorded) =
                (!claim.sources.is_disjoint(&lists), !claim.sources.is_disjoint(&manifests));
            if listed == recorded {
                continue;
            }
            let (here, there) = if listed { (&lists, &manifests) } else { (&manifests, &lists) };
            let message = format!("`{}` is in {} and not in {}", claim.shown, names(here), names(there));
            let help = "write both anew, in one step: `ci-guard checksum … --manifest FILE`";
            let finding = Finding::new(&LISTS_DISAGREE, claim.listed.clone(), message).help(help);
            record.push(finding.subject(&*claim.shown));
        }
    }
}

/// What tells artifacts apart.
fn path_of(folder: &Path, name: &Name) -> OsString {
    let path = match name.as_path() {
        Some(path) => folder.join(path),
        None => folder.join(&*name.to_text()),
    };
    path.into_os_string()
}

/// What one line says about a file.
enum What {
    Digest(Hash, Vec<u8>),
    Content(Vec<u8>, u64),
}

/// A second digest of the same kind for the same file.
fn repeated(
    claim: &Claim,
    first: &Listed,
    digest: &[u8],
    algorithm: Algorithm,
    location: Location,
    source: usize,
) -> Finding {
    let (same_source, same_digest) = (first.source == source, first.digest == digest);
    let rule = if same_source { &DUPLICATE_ENTRY } else { &LISTS_DISAGREE };
    let message = match (same_source, same_digest) {
        (_, true) => format!("`{}` is listed twice with the same digest", claim.shown),
        (true, false) => format!("`{}` is listed twice, with different digests", claim.shown),
        (false, false) => {
            let (name, there) = (algorithm.name(), first.location.name());
            format!("`{}` has another {name} here than in `{there}`", claim.shown)
        }
    };
    let severity = if same_digest { Severity::Note } else { Severity::Error };
    let related = first.location.clone();
    let finding = Finding::new(rule, location, message).severity(severity).subject(&*claim.shown);
    let help = match (same_source, same_digest) {
        (true, true) => "one line is enough",
        (true, false) => "write the list anew",
        (false, _) => "write both anew, in one step",
    };
    finding.related(related, "listed first here").help(help)
}
