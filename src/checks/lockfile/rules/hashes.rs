//! Rules about hashes: there, strong, well formed, and one for each file.

use std::collections::HashMap;

use ci_guard_scan::{are_base64, are_distinct, are_hexadecimal, same};

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

use super::super::format::Format;
use super::super::model::{self, Encoding, File, Hash, Lock, Package};
use super::together::{Common, findings};

/// No hash.
pub static MISSING_HASH: Rule = Rule {
    id: "lockfile/missing-hash",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "nothing says what the downloaded file must be",
    allow: None,
};

/// MD5 or SHA-1.
pub static WEAK_HASH: Rule = Rule {
    id: "lockfile/weak-hash",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "a file is accepted by a hash for which collisions can be made",
    allow: None,
};

/// Not a hash.
pub static MALFORMED_HASH: Rule = Rule {
    id: "lockfile/malformed-hash",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "what stands for a hash is none, so nothing is compared",
    allow: None,
};

/// Two hashes for one file.
pub static HASH_CHANGED: Rule = Rule {
    id: "lockfile/hash-changed",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "the same version of a package has two different hashes, in the lockfile or against the base",
    allow: None,
};

/// Hash algorithms, the bytes of their digests, and whether collisions can be made. Those that most files have are
/// first.
const ALGORITHMS: [(&str, usize, bool); 8] = [
    ("sha256", 32, false),
    ("sha512", 64, false),
    ("sha1", 20, true),
    ("md5", 16, true),
    ("sha224", 28, false),
    ("sha384", 48, false),
    ("blake2b", 64, false),
    ("blake2s", 32, false),
];

/// Judges all hashes of a lockfile.
pub fn judge(lock: &Lock<'_>, source: &Source, format: &dyn Format, repair: &str) -> Vec<Finding> {
    let mut result = Vec::new();
    let (mut missing, mut missing_private, mut weak) = (Vec::new(), Vec::new(), Vec::new());
    let mut formed = Vec::new();
    for package in &lock.packages {
        for file in &package.files {
            formed.clear();
            formed.extend(
                file.hashes.iter().filter_map(|hash| known(hash).filter(|(size, _)| has_size(hash, *size))),
            );
            if formed.len() < file.hashes.len() {
                let wrong =
                    file.hashes.iter().filter_map(|hash| malformed(package, file, hash, source, repair));
                result.extend(wrong);
            }
            let common = || Common { title: title(package, file), place: source.at(file.place.clone()) };
            if format.ecosystem() == "npm" {
                result.extend(either(package, file, source, repair));
            }
            // True if a well-formed strong hash is there, false if only weak ones are.
            match formed.iter().map(|(_, weak)| !weak).max() {
                Some(true) if format.takes_any_hash() && formed.iter().any(|(_, weak)| *weak) => {
                    weak.push(common());
                }
                Some(true) => {}
                Some(false) => weak.push(common()),
                None if !file.needs_hash || !file.hashes.is_empty() => {}
                None if is_public(package, file, format) => missing.push(common()),
                None => missing_private.push(common()),
            }
        }
    }
    result.extend(about_missing(missing, Severity::Error, repair));
    result.extend(about_missing(missing_private, Severity::Warning, repair));
    let help =
        format!("run {repair} with a current version of the tool, so that the strong hash is recorded");
    result.extend(findings(
        weak,
        |fault| {
            let message = format!("`{}` is accepted by a hash for which collisions can be made", fault.title);
            let finding = Finding::new(&WEAK_HASH, fault.place.clone(), message);
            finding.help(help.clone()).subject(fault.title.clone())
        },
        |number, names, place| {
            let message =
                format!("{number} files are accepted by a hash for which collisions can be made: {names}");
            Finding::new(&WEAK_HASH, place, message).help(help.clone())
        },
    ));
    result.extend(changed(lock, source));
    result
}

fn about_missing(faults: Vec<Common>, severity: Severity, repair: &str) -> Vec<Finding> {
    let help = format!("run {repair} after removing the entry, so that its hash is recorded again");
    findings(
        faults,
        |fault| {
            let message = format!("`{}` has no hash, so any file is accepted for it", fault.title);
            let finding = Finding::new(&MISSING_HASH, fault.place.clone(), message);
            finding.severity(severity).help(help.clone()).subject(fault.title.clone())
        },
        |number, names, place| {
            let message = format!("{number} files have no hash, so any file is accepted for them: {names}");
            Finding::new(&MISSING_HASH, place, message).severity(severity).help(help.clone())
        },
    )
}

/// Subresource Integrity with two digests of one algorithm: a file with either is accepted, so one of them is
/// somebody else's.
fn either(package: &Package<'_>, file: &File<'_>, source: &Source, repair: &str) -> Option<Finding> {
    let is_sri = file.hashes.iter().all(|hash| hash.encoding == Encoding::Base64);
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let second =
        file.hashes.iter().filter(|_| is_sri).find(|hash| {
            seen.insert(hash.algorithm, hash.digest).is_some_and(|first| first != hash.digest)
        })?;
    let title = title(package, file);
    let message =
        format!("`{title}` has two {} hashes, and a file with either is accepted", second.algorithm);
    Some(
        Finding::new(&HASH_CHANGED, source.at(second.place.clone()), message)
            .help(format!("remove the entry and run {repair}, so that the one of the registry is recorded"))
            .subject(title),
    )
}

/// True for files that are named and come from the ecosystem's own registries, which have a hash for everything.
/// Where only name and version are recorded, the registry at least decides what comes.
fn is_public(package: &Package<'_>, file: &File<'_>, format: &dyn Format) -> bool {
    let registry = match package.origin {
        model::Origin::Registry(url) => Some(url).filter(|url| !url.is_empty()),
        _ => None,
    };
    let host = file.url.as_deref().or(registry).and_then(model::host);
    host.is_some_and(|host| format.public_hosts().contains(&host.as_str()))
}

fn known(hash: &Hash<'_>) -> Option<(usize, bool)> {
    let is = |name: &str| hash.algorithm == name || hash.algorithm.eq_ignore_ascii_case(name);
    let (_, size, weak) = ALGORITHMS.iter().find(|(name, ..)| is(name))?;
    Some((*size, *weak))
}

/// True if the digest is so many bytes, and written as it should be.
fn has_size(hash: &Hash<'_>, size: usize) -> bool {
    let digest = hash.digest.as_bytes();
    match hash.encoding {
        Encoding::Hex => digest.len() == 2 * size && are_hexadecimal(digest),
        Encoding::Base64 => {
            let padding = digest.iter().rev().take_while(|byte| **byte == b'=').count();
            let letters = &digest[..digest.len() - padding];
            letters.len() == (size * 8).div_ceil(6) && padding <= 2 && are_base64(letters)
        }
    }
}

fn malformed(
    package: &Package<'_>,
    file: &File<'_>,
    hash: &Hash<'_>,
    source: &Source,
    repair: &str,
) -> Option<Finding> {
    let known = known(hash);
    if known.is_some_and(|(size, _)| has_size(hash, size)) {
        return None;
    }
    let title = title(package, file);
    let message = match known {
        None => {
            format!("`{title}`: `{}` is no hash algorithm that installers know", shortened(hash.algorithm))
        }
        Some((size, _)) => {
            let encoding = match hash.encoding {
                Encoding::Hex => "hexadecimal",
                Encoding::Base64 => "base64",
            };
            format!("the {} hash of `{title}` is not {size} bytes in {encoding}", hash.algorithm)
        }
    };
    Some(
        Finding::new(&MALFORMED_HASH, source.at(hash.place.clone()), message)
            .help(format!("run {repair} after removing the entry, so that its hash is recorded again"))
            .subject(title),
    )
}

/// The same file of the same version with two hashes.
fn changed(lock: &Lock<'_>, source: &Source) -> Vec<Finding> {
    let here =
        |package: &&Package<'_>| !matches!(package.origin, model::Origin::Local | model::Origin::Bundled);
    let mut packages: Vec<&Package<'_>> = lock.packages.iter().filter(here).collect();
    crate::sorted::by_bytes(&mut packages, |package| package.name.as_bytes());
    let mut result = Vec::new();
    for same_name in packages.chunk_by_mut(|a, b| same(a.name.as_bytes(), b.name.as_bytes())) {
        if same_name.len() > 1 {
            crate::sorted::by_bytes(same_name, |package| package.version.as_bytes());
        }
        for same in same_name.chunk_by(|a, b| same(a.version.as_bytes(), b.version.as_bytes())) {
            // Nearly all stand there once, with one file.
            if same.len() > 1 || same[0].files.len() > 1 {
                result.extend(changed_among(same, source));
            }
        }
    }
    result
}

/// The same for the packages of one name and version.
fn changed_among<'l, 's>(packages: &[&'l Package<'s>], source: &Source) -> Vec<Finding> {
    let files = |package: &'l Package<'s>| {
        package.files.iter().filter(|file| !is_choice(file)).map(move |file| (file, package))
    };
    let files: Vec<(&File<'_>, &Package<'_>)> = packages.iter().copied().flat_map(files).collect();
    let names: Vec<&[u8]> = files.iter().map(|(file, _)| file.name.as_bytes()).collect();
    if are_distinct(&names) {
        return Vec::new();
    }
    let order = crate::sorted::order_of_bytes(&names);
    let mut result = Vec::new();
    for same in order.chunk_by(|&a, &b| names[a] == names[b]).filter(|same| same.len() > 1) {
        let mut seen: HashMap<&str, (&Hash<'_>, &Package<'_>)> = HashMap::new();
        for (file, package) in same.iter().map(|&index| files[index]) {
            for hash in &file.hashes {
                let Some((first, owner)) = seen.get(hash.algorithm) else {
                    seen.insert(hash.algorithm, (hash, package));
                    continue;
                };
                let same = match hash.encoding {
                    Encoding::Hex => hash.digest.eq_ignore_ascii_case(first.digest),
                    Encoding::Base64 => hash.digest == first.digest,
                };
                // Two registries may hold different builds of one version, each with its own hash.
                if same || origin(owner) != origin(package) {
                    continue;
                }
                let title = title(package, file);
                let message = format!("`{title}` stands there with another {} hash before", hash.algorithm);
                result.push(
                    Finding::new(&HASH_CHANGED, source.at(hash.place.clone()), message)
                        .related(source.at(first.place.clone()), "the other hash")
                        .help("one of the two is not what the registry published: restore the file from git, and find out who changed it")
                        .subject(title),
                );
            }
        }
    }
    result
}

/// True if any of several files is meant, each with its own hash.
fn is_choice(file: &File<'_>) -> bool {
    let mut algorithms = file.hashes.iter().map(|hash| hash.algorithm);
    algorithms.next().is_some_and(|first| algorithms.any(|other| other == first))
}

fn origin(package: &Package<'_>) -> String {
    match package.origin {
        model::Origin::Registry(url) | model::Origin::Url(url) => model::comparable_url(url),
        model::Origin::Git(url, _) => model::comparable_url(url),
        model::Origin::Local | model::Origin::Bundled => String::new(),
    }
}

/// How people know a file: the package, and the file where there may be several.
pub fn title(package: &Package<'_>, file: &File<'_>) -> String {
    if package.files.len() > 1 && !file.name.is_empty() {
        return file.name.to_owned();
    }
    package.title()
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
