//! Rules about where packages come from: allowed hosts, encrypted transport, commits instead of branches.

mod allowed;
mod told;

use std::collections::BTreeMap;
use std::ops::Range;

use ci_guard_scan::{begins, same};

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

use super::super::format::Format;
use super::super::model::{Lock, Origin, Package, host, scheme};
use super::together::Common;

pub use allowed::{Allowed, host_pattern};

use allowed::Standing;

/// A host that is not allowed.
pub static DISALLOWED_SOURCE: Rule = Rule {
    id: "lockfile/disallowed-source",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a package comes from a host that nobody named",
    allow: None,
};

/// Transport that can be read and changed on the way.
pub static INSECURE_URL: Rule = Rule {
    id: "lockfile/insecure-url",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a package is downloaded over a connection that others can change",
    allow: None,
};

/// Judges all sources of a lockfile.
pub fn judge(lock: &Lock<'_>, source: &Source, format: &dyn Format, allowed: &Allowed<'_>) -> Vec<Finding> {
    let mut sources = Sources { source, format, allowed, hosts: BTreeMap::new(), insecure: BTreeMap::new() };
    let mut result = Vec::new();
    let needed_by_foreign = needed_by_foreign(lock, format);
    let mut registry = Registry::default();
    for (package, needed_by_foreign) in lock.packages.iter().zip(needed_by_foreign) {
        match package.origin {
            Origin::Registry(url) => {
                registry.turn_to(url, allowed);
                sources.note(registry.standing, registry.host.as_deref(), package, &package.place);
            }
            Origin::Url(url) => {
                registry = Registry::default();
                if let Some(host) = host(url) {
                    let standing = allowed.of_foreign(url, &host, needed_by_foreign);
                    sources.note(standing, Some(&host), package, &package.place);
                }
            }
            Origin::Git(url, commit) => {
                registry = Registry::default();
                if !commit.is_some_and(|commit| is_whole(commit, format)) {
                    result.push(told::moving(package, source.at(package.place.clone())));
                }
                let Some(host) = host(url) else { continue };
                let standing = allowed.of_foreign(url, &host, needed_by_foreign);
                sources.note(standing, Some(&host), package, &package.place);
            }
            Origin::Local | Origin::Bundled => continue,
        }
        sources.files(package, &mut registry, needed_by_foreign);
        sources.transport(package);
    }
    result.extend(sources.findings());
    result
}

/// The registry that a package comes from. Nearly all come from one, and their files from one server: what may come from
/// there once, may again.
#[derive(Default)]
struct Registry<'l> {
    url: &'l str,
    host: Option<String>,
    standing: Standing,
    /// The beginning of URLs of files that are allowed.
    server: Option<&'l str>,
}

impl<'l> Registry<'l> {
    fn turn_to(&mut self, url: &'l str, allowed: &Allowed<'_>) {
        if same(url.as_bytes(), self.url.as_bytes()) {
            return;
        }
        let host = host(url);
        let standing = host.as_ref().map_or(Standing::Allowed, |host| allowed.of_registry(host));
        *self = Registry { url, host, standing, server: None };
    }
}

/// What is found of the sources, by what it is said of.
struct Sources<'a> {
    source: &'a Source,
    format: &'a dyn Format,
    allowed: &'a Allowed<'a>,
    hosts: BTreeMap<(Standing, String), Vec<Common>>,
    insecure: BTreeMap<String, Vec<Common>>,
}

impl Sources<'_> {
    fn note(&mut self, standing: Standing, host: Option<&str>, package: &Package<'_>, place: &Range<usize>) {
        let Some(host) = host.filter(|_| standing > Standing::Allowed) else { return };
        let common = self.common(package, place);
        self.hosts.entry((standing, host.to_owned())).or_default().push(common);
    }

    fn common(&self, package: &Package<'_>, place: &Range<usize>) -> Common {
        Common { title: package.title(), place: self.source.at(place.clone()) }
    }

    /// Where the files of a package lie.
    fn files<'l>(&mut self, package: &'l Package<'_>, registry: &mut Registry<'l>, needed_by_foreign: bool) {
        let is_archive = matches!(package.origin, Origin::Url(_));
        for file in &package.files {
            let Some(url) = file.url.as_deref() else { continue };
            if registry.server.is_some_and(|server| begins(url.as_bytes(), server.as_bytes())) {
                continue;
            }
            let Some(host) = host(url) else { continue };
            let standing = match is_archive {
                true => self.allowed.of_foreign(url, &host, needed_by_foreign),
                false => self.allowed.of_file(&host, registry.host.as_deref()),
            };
            let unrecorded = matches!(package.origin, Origin::Registry(_))
                && registry.host.is_none()
                && !self.format.records_registry()
                && self.allowed.list.is_none();
            let standing = match standing {
                Standing::Unknown if unrecorded => Standing::Unrecorded,
                standing => standing,
            };
            if standing == Standing::Allowed && !is_archive {
                registry.server = server(url);
            }
            // npm records archives that somebody asks for by URL as it does those of the registry.
            let standing = match standing {
                Standing::Allowed => standing,
                _ if self.allowed.list.is_none() && self.allowed.names(url) => Standing::Allowed,
                _ => standing,
            };
            self.note(standing, Some(&host), package, &file.place);
        }
    }

    /// How a package and its files are transported.
    fn transport(&mut self, package: &Package<'_>) {
        let origin = match package.origin {
            Origin::Registry(url) | Origin::Url(url) | Origin::Git(url, _) => Some((url, &package.place)),
            Origin::Local | Origin::Bundled => None,
        };
        let files = package.files.iter().filter_map(|file| Some((file.url.as_deref()?, &file.place)));
        let urls = origin.into_iter().chain(files);
        for (url, place) in urls.filter(|(url, _)| !url.is_empty() && !url.starts_with("https://")) {
            if let Some(scheme) = scheme(url).filter(|scheme| is_insecure(scheme)) {
                let server = format!("{scheme}://{}", host(url).unwrap_or_default());
                let common = self.common(package, place);
                self.insecure.entry(server).or_default().push(common);
            }
        }
    }

    fn findings(self) -> impl Iterator<Item = Finding> {
        let (format, allowed) = (self.format, self.allowed);
        let disallowed = self
            .hosts
            .into_iter()
            .map(|((standing, host), faults)| told::disallowed(standing, &host, faults, format, allowed));
        disallowed.chain(self.insecure.into_iter().map(|(server, faults)| told::unencrypted(&server, faults)))
    }
}

/// True for a commit that nothing else can be taken for.
fn is_whole(commit: &str, format: &dyn Format) -> bool {
    let is_hexadecimal = commit.bytes().all(|b| b.is_ascii_hexdigit());
    match format.shortens_commits() {
        true => commit.len() >= 7 && is_hexadecimal,
        false => matches!(commit.len(), 40 | 64) && is_hexadecimal,
    }
}

/// A URL up to its path, and the `/` that it begins with: what begins like this has the same host.
fn server(url: &str) -> Option<&str> {
    let authority = url.find("://")? + "://".len();
    let length = memchr::memchr(b'/', &url.as_bytes()[authority..])?;
    Some(&url[..=authority + length])
}

/// For each package, whether something needs it that does not come from a registry whose packages may only need
/// packages of the registry: such needs are declared where the lockfile does not reach.
fn needed_by_foreign(lock: &Lock<'_>, format: &dyn Format) -> Vec<bool> {
    let mut needed = vec![false; lock.packages.len()];
    for package in &lock.packages {
        let foreign = match package.origin {
            Origin::Git(..) | Origin::Url(_) => true,
            Origin::Registry(_) => format.registry_may_need_git(),
            Origin::Local | Origin::Bundled => false,
        };
        if foreign {
            package.needs.iter().for_each(|&index| {
                if let Some(needed) = needed.get_mut(index) {
                    *needed = true;
                }
            });
        }
    }
    needed
}

fn is_insecure(scheme: &str) -> bool {
    matches!(scheme, "http" | "git" | "ftp" | "git+http" | "git+git" | "registry+http" | "sparse+http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_end_where_a_path_begins() {
        assert_eq!(server("https://u@a.example:1/b/c"), Some("https://u@a.example:1/"));
        assert_eq!(server("https://a.example?b/c"), Some("https://a.example?b/"));
        assert_eq!((server("https://a.example"), server("git@a.example:b/c")), (None, None));
    }
}
