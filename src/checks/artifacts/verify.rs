//! Compares what is there with what is claimed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::beside::Beside;
use super::claims::{Claim, Claims};
use super::inside::Artifact;
use super::place::{Elsewhere, Places};
use super::rules::{CHANGED_WHILE_READING, CORRUPT, EMPTY_FILE, MISSING, RENAMED, UNSAFE_PATH};
use crate::checks::Record;
use crate::checks::checksum::names::as_release_asset;
use crate::finding::Finding;
use crate::hashing::{self, Algorithm, HashError, Hashed, Job};
use crate::location::Location;
use crate::sorted::IntoMap as _;
use crate::subject::Subject;

/// Digits of an expected digest that a message shows. The whole stands in the list.
const SHOWN_DIGITS: usize = 16;

/// What the comparison came to.
#[derive(Debug, Default)]
pub(super) struct Verified {
    /// Artifacts that were read and compared.
    pub examined: usize,
    /// Artifacts that hold what was listed.
    pub artifacts: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The same, to be looked into.
    pub sound: Vec<Artifact>,
}

/// Hashes every artifact that is claimed, and records what differs. `may_be_empty` says of a name whether it may
/// be empty; `beside` is asked for files that have the digest of a missing one.
pub(super) fn verify(
    claims: &Claims,
    may_be_empty: &dyn Fn(&str) -> bool,
    beside: &mut Beside,
    record: &mut Record,
) -> Verified {
    let mut missing: Vec<(&Claim, Elsewhere)> = Vec::new();
    let mut present: Vec<(&Claim, PathBuf)> = Vec::new();
    let mut places = Places::default();
    let find = |hash: &mut dyn FnMut(Job)| {
        for claim in claims.iter() {
            match places.locate(&claim.folder, &claim.name, &claim.boundary) {
                // Nothing to compare with: the record already says so.
                Ok(_) if claim.digests.is_empty() => {}
                Ok(path) => {
                    let algorithms = claim.digests.keys().copied().collect();
                    hash(Job { path: path.clone(), algorithms });
                    present.push((claim, path));
                }
                Err(Elsewhere::Outside) => record.push(outside(claim)),
                Err(Elsewhere::Io(error)) => {
                    record.not_verified(format!("`{}` cannot be read: {error}", claim.shown));
                }
                Err(reason) => missing.push((claim, reason)),
            }
        }
        owners(claims)
    };
    let (known, results) = hashing::hash_while(Path::new("/"), find);
    let mut verified = Verified::default();
    for ((claim, path), result) in present.iter().zip(results) {
        match result {
            Ok(hashed) => {
                verified.examined += 1;
                match difference(claim, &hashed, &known) {
                    Some(finding) => record.push(finding),
                    None if claim.disputed => {}
                    None => {
                        verified.artifacts += 1;
                        verified.bytes += hashed.size;
                        record.subjects.extend(subject(claim, &hashed));
                        verified.sound.push(Artifact {
                            shown: claim.shown.clone(),
                            file: String::from_utf8_lossy(claim.name.last()).into_owned(),
                            path: path.clone(),
                            size: hashed.size,
                        });
                        if hashed.size == 0 && !may_be_empty(&claim.shown) {
                            record.push(empty(claim));
                        }
                    }
                }
            }
            Err(HashError::Changed(how)) => record.push(changed(claim, how)),
            Err(HashError::Missing) => record.push(changed(claim, "was removed")),
            Err(HashError::NotAFile) => record.push(changed(claim, "was replaced")),
            Err(HashError::Io(error)) => {
                record.not_verified(format!("`{}` cannot be read: {error}", claim.shown));
            }
        }
    }
    record_missing(&missing, beside, record);
    verified
}

/// The artifact for a statement about it, by the digest that consumers look for.
fn subject(claim: &Claim, hashed: &Hashed) -> Option<Subject> {
    let (algorithm, digest) = hashed.each().max_by_key(|(of, _)| *of == Algorithm::Sha256)?;
    let algorithm = algorithm.key();
    Some(Subject { name: claim.name.to_string(), algorithm, digest: HEXLOWER.encode(digest) })
}

/// The artifact that each digest was listed for.
fn owners(claims: &Claims) -> BTreeMap<(Algorithm, &[u8]), &Claim> {
    let digests = claims.iter().flat_map(|claim| claim.digests.iter().map(move |digest| (claim, digest)));
    digests.map(|(claim, (algorithm, listed))| ((*algorithm, listed.digest.as_slice()), claim)).into_map()
}

/// How an artifact differs from what is claimed of it.
fn difference(
    claim: &Claim,
    hashed: &Hashed,
    known: &BTreeMap<(Algorithm, &[u8]), &Claim>,
) -> Option<Finding> {
    let differs = |(algorithm, _): &(&Algorithm, &super::claims::Listed)| {
        hashed.digest(**algorithm) != claim.digests.get(algorithm).map(|listed| listed.digest.as_slice())
    };
    let (algorithm, listed) = claim.digests.iter().find(differs)?;
    let actual = hashed.digest(*algorithm).unwrap_or_default();
    let shown = &claim.shown;
    let other = known.get(&(*algorithm, actual)).filter(|other| other.name != claim.name);
    let what = match (claim.size, other) {
        (_, Some(other)) => format!("`{shown}` holds what is listed as `{}`", other.shown),
        _ if hashed.size == 0 => format!("`{shown}` is empty"),
        (Some(listed), _) if hashed.size < listed => {
            format!("`{shown}` is truncated: {} bytes instead of {listed}", hashed.size)
        }
        (Some(listed), _) if hashed.size > listed => {
            format!("`{shown}` has grown: {} bytes instead of {listed}", hashed.size)
        }
        (Some(_), _) => format!("`{shown}` was changed: it has the size that was listed"),
        (None, _) => format!("`{shown}` was changed: it is not what was listed"),
    };
    let expected: String = HEXLOWER.encode(&listed.digest).chars().take(SHOWN_DIGITS).collect();
    let digests = format!("its {} is {}, not {expected}…", algorithm.name(), HEXLOWER.encode(actual));
    // Whoever accepts this content in a baseline accepts no other.
    let finding = Finding::new(&CORRUPT, at(claim), format!("{what}; {digests}"));
    let help = "do not ship it: build or download it again, and find out who changed it";
    Some(finding.help(help).related(listed.location.clone(), "listed here").subject(HEXLOWER.encode(actual)))
}

fn empty(claim: &Claim) -> Finding {
    let message = format!("`{}` is empty, as the list says", claim.shown);
    let help =
        "look at the step that builds it; `rules.artifacts/empty-file.allow` takes names that may be empty";
    about(Finding::new(&EMPTY_FILE, at(claim), message), claim).help(help)
}

fn outside(claim: &Claim) -> Finding {
    let message = format!("`{}` is not followed: a symbolic link leads out of the tree", claim.shown);
    let help = "put the file itself there, not a link";
    about(Finding::new(&UNSAFE_PATH, at(claim), message), claim).help(help)
}

fn changed(claim: &Claim, how: &str) -> Finding {
    let message = format!("`{}` {how} while it was read", claim.shown);
    let help = "verify after everything that writes to it has ended";
    about(Finding::new(&CHANGED_WHILE_READING, at(claim), message), claim).help(help)
}

/// Records missing artifacts; where a file beside them has the digest, under its name.
fn record_missing(missing: &[(&Claim, Elsewhere)], beside: &mut Beside, record: &mut Record) {
    if missing.is_empty() {
        return;
    }
    let candidates =
        beside.hashed(missing.iter().flat_map(|(claim, _)| claim.digests.keys().copied()).collect());
    let mut by_digest: BTreeMap<(Algorithm, &[u8]), usize> = BTreeMap::new();
    for (index, (_, hashed)) in candidates.iter().enumerate() {
        for digest in hashed.each() {
            by_digest.entry(digest).or_insert(index);
        }
    }
    for (claim, reason) in missing {
        let first = claim.digests.iter().next();
        let found = first.and_then(|(algorithm, listed)| by_digest.get(&(*algorithm, &listed.digest)));
        let twin = found.and_then(|&index| candidates.get(index)).filter(|(_, hashed)| {
            claim
                .digests
                .iter()
                .all(|(algorithm, listed)| hashed.digest(*algorithm) == Some(listed.digest.as_slice()))
        });
        match twin {
            Some((file, _)) => {
                beside.explain(file);
                record.push(renamed(claim, &file.shown));
            }
            None => record.push(absent(claim, reason)),
        }
    }
}

fn renamed(claim: &Claim, to: &str) -> Finding {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let help = match as_release_asset(&last(&claim.shown)) == last(to) {
        true => {
            "GitHub renames release assets with such names: give the file a name of letters, digits and `._-+`"
        }
        false => "give it back the name that is listed, or write the list anew",
    };
    let message = format!("`{}` is not there; `{to}` is the same file under another name", claim.shown);
    about(Finding::new(&RENAMED, at(claim), message), claim).help(help)
}

fn absent(claim: &Claim, reason: &Elsewhere) -> Finding {
    let message = match reason {
        Elsewhere::NotAFile(what) => format!("`{}` is listed as a file, and is {what}", claim.shown),
        Elsewhere::Dangling => format!("`{}` is a symbolic link to nothing", claim.shown),
        _ => format!("`{}` is listed and not there", claim.shown),
    };
    let help = match claim.name.as_bytes().contains(&b'\\') {
        true => "its name has a backslash; lists have `/` between folders on every system",
        false => "build or download it again; if it is not to be shipped any more, write the list anew",
    };
    about(Finding::new(&MISSING, at(claim), message), claim).help(help)
}

fn at(claim: &Claim) -> Location {
    Location::Artifact { name: claim.shown.clone() }
}

fn about(finding: Finding, claim: &Claim) -> Finding {
    let subject = finding.rule.id;
    finding.related(claim.listed.clone(), "listed here").subject(subject)
}
