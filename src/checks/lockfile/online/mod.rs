//! Lockfiles against the registries: what is recorded must be what is published.

mod compare;
pub mod rules;

use std::collections::{BTreeMap, HashMap, HashSet};

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;

use super::format::Format;
use super::model::{self, Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::paths;
use crate::checkout::Source;
use crate::checks::{Context, Record};
use crate::fetch::Fetcher;
use crate::location::{Location, Span};
use crate::registries::clients::Clients;
use crate::registries::{self, Answer, Family, Question, Registries};
use crate::report::count;

use compare::{Compared, compare};

/// Everything that registries are asked about in a run.
#[derive(Default)]
pub struct Online {
    wanted: Vec<Wanted>,
    /// Packages by what tells them apart: the same version may stand in a lockfile many times.
    known: HashMap<Key, Vec<usize>>,
    passed_over: BTreeMap<(String, &'static str), usize>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    family: Family,
    registry: String,
    folder: String,
    name: String,
    version: String,
}

/// A package of a lockfile.
struct Wanted {
    family: Family,
    registry: String,
    declared: bool,
    path: String,
    name: String,
    version: String,
    span: Span,
    files: Vec<Recorded>,
    wants_age: bool,
}

/// A file of a package, as the lockfile records it.
struct Recorded {
    name: String,
    url: Option<String>,
    hashes: Vec<(&'static str, Box<[u8]>)>,
    place: Location,
}

impl Wanted {
    fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn location(&self) -> Location {
        Location::span(&*self.path, self.span)
    }
}

impl Online {
    /// Takes the packages of a lockfile that come from registries. `unchanged` are names and versions that the base
    /// has, too: their age is nobody's concern any more.
    pub fn take(
        &mut self,
        lock: &Lock<'_>,
        source: &Source,
        format: &dyn Format,
        declared: &Declared,
        (cool_down, unchanged): (bool, Option<&HashSet<(String, String)>>),
    ) {
        let Some(family) = Family::named(format.ecosystem()) else {
            return self.pass(source, "packages of registries that are not asked yet");
        };
        for package in &lock.packages {
            let registry = match package.origin {
                Origin::Registry(url) => url,
                Origin::Local | Origin::Bundled => continue,
                Origin::Git(..) | Origin::Url(_) => {
                    self.pass(source, "packages from git or an address of the project's own");
                    continue;
                }
            };
            if package.version.is_empty() || is_foreign(family, package) {
                self.pass(source, "packages that no registry of this kind publishes");
                continue;
            }
            let host = model::host(registry);
            let is_declared = host.is_some_and(|host| declared.hosts.contains(&host));
            let pair = || (package.name.to_string(), package.version.to_string());
            let wants_age = cool_down && unchanged.is_none_or(|unchanged| !unchanged.contains(&pair()));
            let wanted = Wanted {
                family,
                registry: registry.to_owned(),
                declared: is_declared,
                path: source.path().to_owned(),
                name: package.name.to_string(),
                version: package.version.to_string(),
                span: source.span(first_line(&package.place, source.text())),
                files: package.files.iter().map(|file| recorded(file, family, source)).collect(),
                wants_age,
            };
            self.want(wanted);
        }
    }

    /// Takes in the packages of other lockfiles.
    pub fn add(&mut self, other: Online) {
        other.wanted.into_iter().for_each(|wanted| self.want(wanted));
        for (why, number) in other.passed_over {
            *self.passed_over.entry(why).or_default() += number;
        }
    }

    fn want(&mut self, wanted: Wanted) {
        let key = Key {
            family: wanted.family,
            registry: wanted.registry.clone(),
            folder: paths::split(&wanted.path).0.to_owned(),
            name: wanted.name.clone(),
            version: wanted.version.clone(),
        };
        self.known.entry(key).or_default().push(self.wanted.len());
        self.wanted.push(wanted);
    }

    fn pass(&mut self, source: &Source, why: &'static str) {
        *self.passed_over.entry((source.path().to_owned(), why)).or_default() += 1;
    }

    /// Asks, and reports what differs.
    pub fn judge(self, context: &Context<'_>, record: &mut Record) {
        for ((_, why), number) in &self.passed_over {
            (0..*number).for_each(|_| record.not_examined(*why));
        }
        if self.wanted.is_empty() {
            return;
        }
        let fetcher = Fetcher::of(context.environment);
        let clients = Clients::of(context.environment, context.checkout, &context.settings.base);
        let groups: Vec<(&Key, &Vec<usize>)> = self.known.iter().collect();
        let questions: Vec<Question<'_>> = groups
            .iter()
            .map(|(key, members)| Question {
                family: key.family,
                registry: &key.registry,
                declared: members.iter().any(|member| self.wanted[*member].declared),
                folder: &key.folder,
                name: &key.name,
                version: &key.version,
                wants_age: members.iter().any(|member| self.wanted[*member].wants_age),
            })
            .collect();
        let answers = Registries::new(&fetcher, &clients).ask(&questions);
        fetcher.finish();
        let mut by_wanted: Vec<Option<&Answer>> = vec![None; self.wanted.len()];
        for ((_, members), answer) in groups.iter().zip(&answers) {
            members.iter().for_each(|member| by_wanted[*member] = Some(answer));
        }
        let mut compared = Compared::new(cool_down(context), Timestamp::now());
        for (wanted, answer) in self.wanted.iter().zip(by_wanted) {
            if let Some(answer) = answer {
                compare(wanted, answer, &mut compared, record);
            }
        }
        let (asked, kept) = fetcher.counts();
        let kept = if kept > 0 { format!(", {kept} of them answered by the cache") } else { String::new() };
        record.note(format!(
            "{} {} of {} equal what their registries publish ({}{kept})",
            compared.equal,
            if compared.equal == 1 { "hash" } else { "hashes" },
            count(groups.len(), "package"),
            count(asked, "request"),
        ));
        compared.report(record);
    }
}

/// The age that packages must have, in seconds.
pub fn cool_down(context: &Context<'_>) -> Option<u64> {
    let arguments = &context.settings.arguments.lockfile;
    let age = arguments.cool_down.as_ref().or(context.settings.checks.lockfile.cool_down.as_ref());
    age.map(crate::settings::Age::seconds)
}

/// Deno's lockfile holds packages of other registries, and modules by their addresses: these have SHA-256.
fn is_foreign(family: Family, package: &Package<'_>) -> bool {
    let is_other = |hash: &Hash<'_>| hash.algorithm == "sha256" && hash.encoding == Encoding::Hex;
    family == Family::Npm && package.files.iter().flat_map(|file| &file.hashes).any(is_other)
}

fn recorded(file: &File<'_>, family: Family, source: &Source) -> Recorded {
    let hash = |hash: &Hash<'_>| {
        // What yarn 2 and later record is the hash of an archive that they make themselves.
        if family == Family::Npm && hash.algorithm == "sha512" && hash.encoding == Encoding::Hex {
            return None;
        }
        let digest = match hash.encoding {
            Encoding::Hex => HEXLOWER_PERMISSIVE.decode(hash.digest.as_bytes()),
            Encoding::Base64 => BASE64.decode(hash.digest.as_bytes()),
        };
        Some((registries::algorithm(hash.algorithm)?, digest.ok()?.into()))
    };
    let place = file.hashes.first().map_or(&file.place, |hash| &hash.place);
    Recorded {
        name: percent_encoding::percent_decode_str(file.name).decode_utf8_lossy().into_owned(),
        url: file.url.as_deref().map(str::to_owned),
        hashes: file.hashes.iter().filter_map(hash).collect(),
        place: source.at(first_line(place, source.text())),
    }
}

fn first_line(place: &std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let line = text.get(place.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
    place.start..place.start + line.trim_end().len()
}
