//! Holds what a lockfile records of a package against what its registry publishes.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use super::rules::{DEPRECATED, HASH_MISMATCH, TOO_NEW, UNPUBLISHED, YANKED};
use super::{Recorded, Wanted};
use crate::checks::Record;
use crate::checks::lockfile::python::files;
use crate::checks::lockfile::rules::together::{Common, findings};
use crate::excerpt;
use crate::finding::Finding;
use crate::registries::{Answer, COMMIT, Family, Published, Release};
use crate::report::count;
use crate::rule::{Rule, Severity};
use crate::sorted::IntoMap as _;

/// Bytes of foreign words that are shown.
const MAX_WORDS: usize = 160;

/// What was compared so far.
pub(super) struct Compared {
    /// Hashes that are what is published.
    pub equal: usize,
    cool_down: Option<u64>,
    now: Timestamp,
    /// What could not be looked at: lockfile and reason, with the number of packages and one of them.
    unknown: BTreeMap<(String, String), (usize, String)>,
    /// Faults that many packages may have, by rule and lockfile.
    common: BTreeMap<(&'static str, String), Vec<(Common, String)>>,
}

impl Compared {
    pub(super) fn new(cool_down: Option<u64>, now: Timestamp) -> Compared {
        Compared { equal: 0, cool_down, now, unknown: BTreeMap::new(), common: BTreeMap::new() }
    }

    fn unknown(&mut self, wanted: &Wanted, reason: &str) {
        let key = (wanted.path.clone(), reason.to_owned());
        self.unknown.entry(key).or_insert_with(|| (0, wanted.title())).0 += 1;
    }

    fn common(&mut self, rule: &'static Rule, wanted: &Wanted, title: String, words: String) {
        let common = Common { title, place: wanted.location() };
        let faults = self.common.entry((rule.id, wanted.path.clone())).or_default();
        // The same version may stand in a lockfile many times.
        if !faults.iter().any(|(known, _)| known.title == common.title) {
            faults.push((common, words));
        }
    }

    /// Reports what was gathered.
    pub(super) fn report(self, record: &mut Record) {
        for ((path, reason), (number, first)) in self.unknown {
            let packages = match number {
                1 => format!("`{first}`"),
                _ => format!("{} (`{first}` is one)", count(number, "package")),
            };
            record.not_verified(format!("{path}: {packages} could not be compared: {reason}"));
        }
        for ((id, path), faults) in self.common {
            let rule = [&YANKED, &DEPRECATED, &TOO_NEW, &UNPUBLISHED].into_iter().find(|rule| rule.id == id);
            let Some(rule) = rule else { continue };
            let help = match id {
                _ if id == DEPRECATED.id => "look for a package or version that is kept up",
                _ if id == TOO_NEW.id => {
                    "wait, or take an older version: what is malicious is mostly found within days"
                }
                _ if id == YANKED.id => "update to a version that was not withdrawn",
                _ => "update the package: the file cannot be downloaded any more, or comes from elsewhere",
            };
            let words: BTreeMap<String, String> =
                faults.iter().map(|(common, words)| (common.title.clone(), words.clone())).into_map();
            let commons: Vec<Common> = faults.into_iter().map(|(common, _)| common).collect();
            let several = match id {
                _ if id == DEPRECATED.id => "are deprecated",
                _ if id == TOO_NEW.id => "are younger than the cool-down allows",
                _ if id == YANKED.id => "were withdrawn",
                _ => "are not published any more",
            };
            let what = if id == UNPUBLISHED.id { "files" } else { "packages" };
            let made = findings(
                commons,
                |fault| {
                    let words = words.get(&fault.title).cloned().unwrap_or_default();
                    let finding =
                        Finding::new(rule, fault.place.clone(), format!("`{}` {words}", fault.title));
                    finding.help(help).subject(fault.title.clone())
                },
                |number, names, place| {
                    let message = format!("{number} {what} of `{path}` {several}: {names}");
                    Finding::new(rule, place, message).help(help)
                },
            );
            made.into_iter().for_each(|finding| record.push(finding));
        }
    }
}

/// Compares one package.
pub(super) fn compare(wanted: &Wanted, answer: &Answer, compared: &mut Compared, record: &mut Record) {
    match answer {
        Answer::NotAsked(why) => {
            record.not_examined(format!("packages that no registry was asked about: {why}"))
        }
        Answer::Unknown(why) => compared.unknown(wanted, why),
        Answer::NoPackage => record.push(unpublished(wanted, "the registry knows no package of this name")),
        Answer::NoVersion => record.push(unpublished(wanted, "the registry has no such version")),
        Answer::Release(release) if wanted.family == Family::Python => {
            python(wanted, release, compared, record)
        }
        Answer::Release(release) => {
            for file in &wanted.files {
                one_file(wanted, file, release, compared, record);
            }
            if let Some(reason) = &release.yanked {
                compared.common(&YANKED, wanted, wanted.title(), withdrawn(reason));
            }
            if let Some(words) = &release.deprecated {
                let words = excerpt::shortened(one_line(words), MAX_WORDS);
                compared.common(&DEPRECATED, wanted, wanted.title(), format!("is deprecated: {words}"));
            }
            age(wanted, release.published, compared);
        }
    }
}

fn unpublished(wanted: &Wanted, why: &str) -> Finding {
    let title = wanted.title();
    let message = format!("`{title}` is not published: {why}");
    Finding::new(&UNPUBLISHED, wanted.location(), message)
        .severity(Severity::Error)
        .help("it was deleted, or comes from a registry that is not configured here: find out which, and update it")
        .subject(title)
}

fn withdrawn(reason: &str) -> String {
    match reason.trim() {
        "" => "was withdrawn".to_owned(),
        reason => format!("was withdrawn: {}", excerpt::shortened(one_line(reason), MAX_WORDS)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A package of which a version has one file.
fn one_file(
    wanted: &Wanted,
    file: &Recorded,
    release: &Release,
    compared: &mut Compared,
    record: &mut Record,
) {
    let published = release.files.iter().find(|file| file.name.is_empty());
    let hashes = published.map(|file| file.hashes.as_slice()).unwrap_or_default();
    match against(&file.hashes, hashes) {
        Verdict::Equal(number) => compared.equal += number,
        Verdict::Differs(recorded, published) => {
            record.push(mismatch(wanted, file, &wanted.title(), &recorded, &published));
        }
        Verdict::Incomparable => {
            let commit =
                release.files.iter().find(|file| &*file.name == COMMIT).and_then(|file| file.hashes.first());
            match (commit, file.url.as_deref().and_then(commit_in)) {
                (Some((_, commit)), Some(recorded)) if HEXLOWER.encode(commit) == recorded => compared.equal += 1,
                (Some((_, commit)), Some(recorded)) => {
                    let published = format!("commit {}", HEXLOWER.encode(commit));
                    let recorded = format!("commit {recorded}");
                    record.push(mismatch(wanted, file, &wanted.title(), &recorded, &published));
                }
                _ if wanted.family == Family::NuGet => record.not_examined(
                    "packages of NuGet: what the lockfile records is not what the registry publishes the hash of",
                ),
                _ if file.hashes.is_empty() => {
                    record.not_examined("packages with no hash that a registry could be asked about");
                }
                _ => compared.unknown(wanted, "the registry publishes no hash of the recorded kind"),
            }
        }
    }
}

/// The commit in the address of an archive.
fn commit_in(url: &str) -> Option<String> {
    let is_commit = |part: &&str| part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    url.split(['/', '?', '=', '&', '.']).rfind(is_commit).map(str::to_ascii_lowercase)
}

/// A package of Python: a version has many files, and an index lists those of all versions.
fn python(wanted: &Wanted, release: &Release, compared: &mut Compared, record: &mut Record) {
    let is_of_version = |published: &Published| {
        files::says(&published.name).is_some_and(|said| said.is(&wanted.name, &wanted.version))
    };
    let of_version: Vec<&Published> = release.files.iter().filter(|file| is_of_version(file)).collect();
    if of_version.is_empty() {
        return record.push(unpublished(wanted, "the index has no file of this version"));
    }
    for file in &wanted.files {
        let named = || release.files.iter().find(|known| *known.name == *file.name);
        let known = of_version.iter().copied().find(|known| *known.name == *file.name).or_else(named);
        let known = known.filter(|_| !file.name.is_empty());
        match known {
            _ if file.hashes.is_empty() => {
                record.not_examined("files with no hash that a registry could be asked about")
            }
            Some(published) => match against(&file.hashes, &published.hashes) {
                Verdict::Equal(number) => compared.equal += number,
                Verdict::Differs(recorded, published) => {
                    record.push(mismatch(wanted, file, &file.name, &recorded, &published));
                }
                Verdict::Incomparable => {
                    compared.unknown(wanted, "the registry publishes no hash of the recorded kind");
                }
            },
            None if file.name.is_empty() => nameless(wanted, file, &of_version, compared, record),
            None => {
                let words = "is not among the files that the index lists for this version".to_owned();
                compared.common(&UNPUBLISHED, wanted, file.name.clone(), words);
            }
        }
    }
    if let Some(reason) = of_version.iter().find_map(|file| file.yanked.as_deref())
        && of_version.iter().all(|file| file.yanked.is_some())
    {
        compared.common(&YANKED, wanted, wanted.title(), withdrawn(reason));
    }
    age(wanted, of_version.iter().filter_map(|file| file.uploaded).min(), compared);
}

/// Hashes without the names of their files: each must be that of one of them.
fn nameless(
    wanted: &Wanted,
    file: &Recorded,
    of_version: &[&Published],
    compared: &mut Compared,
    record: &mut Record,
) {
    for (name, digest) in &file.hashes {
        let mut same_kind =
            of_version.iter().flat_map(|file| &file.hashes).filter(|(known, _)| known == name).peekable();
        if same_kind.peek().is_none() {
            compared.unknown(wanted, "the registry publishes no hash of the recorded kind");
        } else if same_kind.any(|(_, known)| known == digest) {
            compared.equal += 1;
        } else {
            let recorded = format!("{name} {}", HEXLOWER.encode(digest));
            record.push(mismatch(wanted, file, &wanted.title(), &recorded, "files with other hashes only"));
        }
    }
}

enum Verdict {
    Equal(usize),
    Differs(String, String),
    Incomparable,
}

/// The recorded hashes of a file against those that are published of it.
fn against(recorded: &[(&'static str, Box<[u8]>)], published: &[(&'static str, Box<[u8]>)]) -> Verdict {
    let mut equal = 0;
    for (name, digest) in recorded {
        let mut same_kind = published.iter().filter(|(known, _)| known == name).peekable();
        let Some((_, first)) = same_kind.peek() else { continue };
        let shown = |digest: &[u8]| format!("{name} {}", HEXLOWER.encode(digest));
        let first = shown(first);
        if !same_kind.any(|(_, known)| known == digest) {
            return Verdict::Differs(shown(digest), first);
        }
        equal += 1;
    }
    if equal == 0 { Verdict::Incomparable } else { Verdict::Equal(equal) }
}

fn mismatch(wanted: &Wanted, file: &Recorded, title: &str, recorded: &str, published: &str) -> Finding {
    let message = format!("`{title}` is recorded with {recorded}, and published is {published}");
    Finding::new(&HASH_MISMATCH, file.place.clone(), message)
        .help(
            "do not install it: restore the lockfile from git and find out who changed it; if nobody did, the version \
             was published anew",
        )
        .subject(format!("{} {title}", wanted.name))
}

fn age(wanted: &Wanted, published: Option<Timestamp>, compared: &mut Compared) {
    let Some(cool_down) = compared.cool_down.filter(|_| wanted.wants_age) else { return };
    let Some(published) = published else {
        return compared.unknown(wanted, "the registry does not say when it was published");
    };
    let age = compared.now.duration_since(published).as_secs();
    if age < i64::try_from(cool_down).unwrap_or(i64::MAX) {
        let words = crate::checks::reports::age_words(age.max(0));
        compared.common(&TOO_NEW, wanted, wanted.title(), format!("was published {words} ago"));
    }
}
