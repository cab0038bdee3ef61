//! What registries publish: the hashes of a version's files, and whether it was withdrawn.
//!
//! Which server is asked, the user's own client configuration decides (`clients`), never a lockfile: an address that
//! only a lockfile names is not asked, and a credential goes to the server for which the user keeps it.

pub mod clients;
mod crates;
mod go;
mod npm;
mod nuget;
mod packagist;
mod pypi;
mod ruby;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::fetch::{Ask, Document, Fetcher, IN_FLIGHT, each};
use crate::http::Credential;

use clients::Clients;

/// A family of registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// crates.io and what speaks its sparse protocol.
    Cargo,
    /// The npm registry.
    Npm,
    /// PyPI, and indexes of PEP 503 and PEP 691.
    Python,
    /// The checksum database of Go.
    Go,
    /// The compact index of RubyGems.
    Ruby,
    /// Packagist and other repositories of Composer.
    Composer,
    /// The registrations of NuGet.
    NuGet,
}

impl Family {
    /// The family by the name that lockfile formats give their ecosystem.
    pub fn named(ecosystem: &str) -> Option<Family> {
        Some(match ecosystem {
            "cargo" => Family::Cargo,
            "npm" => Family::Npm,
            "python" => Family::Python,
            "go" => Family::Go,
            "ruby" | "rubygems" => Family::Ruby,
            "composer" => Family::Composer,
            "nuget" | "dotnet" => Family::NuGet,
            _ => return None,
        })
    }
}

/// A version of a package that somebody wants to know about.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// Where packages of this kind are published.
    pub family: Family,
    /// The registry as the lockfile writes it; empty for the usual one.
    pub registry: &'q str,
    /// True if the project's own manifests name that registry.
    pub declared: bool,
    /// The folder of the lockfile: some clients are configured by folder.
    pub folder: &'q str,
    /// The package.
    pub name: &'q str,
    /// Its version.
    pub version: &'q str,
    /// True if the day of its publication is wanted, which costs more with some registries.
    pub wants_age: bool,
}

/// What a registry says of a version.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is published.
    Release(Release),
    /// The package is there, and this version is not.
    NoVersion,
    /// There is no such package.
    NoPackage,
    /// It was not asked on purpose, with the reason.
    NotAsked(String),
    /// It could not be asked, or its answer could not be understood, with the reason.
    Unknown(String),
}

/// A version as it is published.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// Its files. Indexes of Python list those of all versions.
    pub files: Arc<Vec<Published>>,
    /// Set if it was taken back, with the reason, which may be empty.
    pub yanked: Option<String>,
    /// Set if its owner advises against it, with the owner's words.
    pub deprecated: Option<String>,
    /// When it was published.
    pub published: Option<Timestamp>,
}

/// A published file.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// Its name; empty where a version has one file.
    pub name: Box<str>,
    /// Its hashes: algorithm in lower case, and digest.
    pub hashes: Vec<(&'static str, Box<[u8]>)>,
    /// Set if it was taken back, with the reason, which may be empty.
    pub yanked: Option<Box<str>>,
    /// When it was uploaded.
    pub uploaded: Option<Timestamp>,
}

/// The name of a published "file" that is the commit of a package's source.
pub(crate) const COMMIT: &str = "commit";

/// The algorithms that registries publish digests of.
const ALGORITHMS: [&str; 8] =
    ["sha512", "sha384", "sha256", "sha224", "sha1", "md5", "blake2b", "blake2b_256"];

/// An algorithm by its name, in any case.
pub(crate) fn algorithm(name: &str) -> Option<&'static str> {
    ALGORITHMS.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Where to ask.
#[derive(Clone, Debug, Default)]
struct Route {
    /// Addresses, the next one for when a package is not at the ones before.
    urls: Vec<String>,
    accept: Option<&'static str>,
    credential: Option<Credential>,
}

/// Asks registries.
pub struct Registries<'a> {
    fetcher: &'a Fetcher,
    clients: &'a Clients<'a>,
}

/// Questions that one document answers.
struct Group<'g> {
    family: Family,
    route: Route,
    questions: Vec<(usize, &'g Question<'g>)>,
}

impl<'a> Registries<'a> {
    /// Asks through `fetcher`, as `clients` says.
    pub fn new(fetcher: &'a Fetcher, clients: &'a Clients<'a>) -> Registries<'a> {
        Registries { fetcher, clients }
    }

    /// The answers, in the order of the questions.
    pub fn ask(&self, questions: &[Question<'_>]) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::with_capacity(questions.len());
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut by_url: HashMap<String, usize> = HashMap::new();
        for (number, question) in questions.iter().enumerate() {
            answers.push(Answer::Unknown("it was not asked".to_owned()));
            let route = match self.route(question) {
                Ok(route) => route,
                Err(answer) => {
                    answers[number] = answer;
                    continue;
                }
            };
            let key = route.urls.first().cloned().unwrap_or_default();
            let group = *by_url.entry(key).or_insert_with(|| {
                groups.push(Group { family: question.family, route, questions: Vec::new() });
                groups.len() - 1
            });
            groups[group].questions.push((number, question));
        }
        let found = each(&groups, IN_FLIGHT, |group| self.answer(group));
        for (group, found) in groups.iter().zip(found) {
            for (place, (number, _)) in group.questions.iter().enumerate() {
                answers[*number] = found.get(place).or(found.first()).cloned().unwrap_or(Answer::NoPackage);
            }
        }
        answers
    }

    fn route(&self, question: &Question<'_>) -> Result<Route, Answer> {
        match question.family {
            Family::Cargo => crates::route(question, self.clients),
            Family::Npm => npm::route(question, self.clients),
            Family::Python => pypi::route(question, self.clients),
            Family::Go => go::route(question, self.clients),
            Family::Ruby => ruby::route(question, self.clients),
            Family::Composer => packagist::route(question, self.clients),
            Family::NuGet => nuget::route(question, self.clients),
        }
    }

    /// Asks one address after the other, and reads the answer for each question.
    fn answer(&self, group: &Group<'_>) -> Vec<Answer> {
        let mut last = Answer::NoPackage;
        for url in &group.route.urls {
            let ask = Ask {
                url,
                accept: group.route.accept,
                credential: group.route.credential.as_ref(),
                body: None,
            };
            let document = match self.fetcher.get(&ask) {
                Ok(document) => document,
                Err(reason) => return vec![Answer::Unknown(reason)],
            };
            match document.status {
                200 => {}
                404 | 410 | 451 => continue,
                // Some registries answer so where an address of this form means nothing to them.
                405 if url != group.route.urls.last().unwrap_or(url) => continue,
                401 | 403 => {
                    last = Answer::Unknown(format!(
                        "it answers with status {}: it wants to know who asks",
                        document.status
                    ));
                    continue;
                }
                status => return vec![Answer::Unknown(format!("it answers with status {status}"))],
            }
            let read = |question: &Question<'_>| match group.family {
                Family::Cargo => crates::read(&document, question),
                Family::Npm => npm::read(&document, question),
                Family::Go => go::read(&document, question),
                Family::Ruby => ruby::read(&document, question),
                Family::Composer => packagist::read(&document, question),
                Family::NuGet => nuget::read(&document, question),
                Family::Python => Answer::Unknown("its answer could not be read".to_owned()),
            };
            return match group.family {
                // One list of files for all versions of a package.
                Family::Python => vec![pypi::read(&document)],
                _ => group.questions.iter().map(|(_, question)| read(question)).collect(),
            };
        }
        vec![last]
    }
}

/// The body as JSON, or the answer that it could not be understood.
fn json<'d, T: serde::Deserialize<'d>>(document: &'d Document) -> Result<T, Answer> {
    serde_json::from_slice(&document.body)
        .map_err(|_| Answer::Unknown("its answer is not what such a registry sends".to_owned()))
}
