//! Rules about where packages come from: allowed hosts, encrypted transport, commits instead of branches.

use std::collections::BTreeMap;

use ci_guard_scan::begins;
use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::checkout::Source;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

use super::super::format::Format;
use super::super::model::{Declared, Lock, Origin, Package, comparable_url, host, scheme};
use super::together::{Common, named, with_places};

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

/// Which hosts packages may come from.
pub struct Allowed<'a> {
    /// The user's own list; it replaces everything else.
    pub list: Option<Vec<GlobMatcher>>,
    /// The ecosystem's public hosts.
    pub public: &'static [&'static str],
    /// What the project's manifests name.
    pub declared: &'a Declared,
}

/// A pattern over hosts: `*` matches any part of a name, dots included.
pub fn host_pattern(pattern: &str) -> Result<Glob, String> {
    if pattern.is_empty() || pattern.contains('/') || pattern.contains(char::is_whitespace) {
        return Err(format!(
            "`{pattern}` is no host: write a name such as `files.example.com` or `*.example.com`"
        ));
    }
    let built = GlobBuilder::new(&pattern.to_ascii_lowercase()).literal_separator(false).build();
    built.map_err(|error| format!("`{pattern}` is no pattern: {}", error.kind()))
}

/// How a source stands to what is allowed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Allowed,
    /// An index that the project names decides where its files lie; they lie elsewhere on the same site.
    Nearby,
    /// They lie somewhere else.
    Elsewhere,
    /// Nobody names it, and the lockfile does not say which index was asked.
    Unrecorded,
    Unknown,
}

impl Allowed<'_> {
    fn of_registry(&self, host: &str) -> Standing {
        match &self.list {
            Some(list) => listed(list, host),
            None if self.public.contains(&host) => Standing::Allowed,
            None if self.declared.hosts.iter().any(|declared| declared == host) => Standing::Allowed,
            None => Standing::Unknown,
        }
    }

    /// A file of a package from a registry with the given host.
    fn of_file(&self, host: &str, registry: Option<&str>) -> Standing {
        let standing = self.of_registry(host);
        let Some(registry) = registry.filter(|_| standing == Standing::Unknown && self.list.is_none()) else {
            return standing;
        };
        if self.public.contains(&registry) || self.of_registry(registry) != Standing::Allowed {
            return standing;
        }
        if site(host) == site(registry) { Standing::Nearby } else { Standing::Elsewhere }
    }

    /// An archive or repository that the project may name by its URL.
    fn of_url(&self, url: &str, host: &str) -> Standing {
        match &self.list {
            Some(list) => listed(list, host),
            None if self.declared.urls.iter().any(|declared| *declared == comparable_url(url)) => {
                Standing::Allowed
            }
            None => self.of_registry(host),
        }
    }
}

fn listed(list: &[GlobMatcher], host: &str) -> Standing {
    let without_port = host.split(':').next().unwrap_or(host);
    let allowed = list.iter().any(|pattern| pattern.is_match(host) || pattern.is_match(without_port));
    if allowed { Standing::Allowed } else { Standing::Unknown }
}

/// The part of a host that one owner has: its last two labels, or three under suffixes such as `co.uk`.
fn site(host: &str) -> &str {
    let host = host.split(':').next().unwrap_or(host);
    let labels: Vec<&str> = host.rsplit('.').collect();
    let owned = match labels.as_slice() {
        [top, second, ..] if top.len() == 2 && second.len() <= 3 => 3,
        _ => 2,
    };
    let length: usize = labels.iter().take(owned).map(|label| label.len() + 1).sum();
    &host[host.len().saturating_sub(length.saturating_sub(1))..]
}

/// Judges all sources of a lockfile.
pub fn judge(lock: &Lock<'_>, source: &Source, format: &dyn Format, allowed: &Allowed<'_>) -> Vec<Finding> {
    let mut hosts: BTreeMap<(Standing, String), Vec<Common>> = BTreeMap::new();
    let mut insecure: BTreeMap<String, Vec<Common>> = BTreeMap::new();
    let mut result = Vec::new();
    let needed_by_foreign = needed_by_foreign(lock, format);
    for (index, package) in lock.packages.iter().enumerate() {
        let common = |place: &std::ops::Range<usize>| Common {
            title: package.title(),
            place: source.at(place.clone()),
        };
        let mut note = |standing: Standing, host: String, place: &std::ops::Range<usize>| {
            if standing > Standing::Allowed {
                hosts.entry((standing, host)).or_default().push(common(place));
            }
        };
        let mut registry = None;
        match package.origin {
            Origin::Registry(url) => {
                registry = host(url);
                if let Some(host) = &registry {
                    note(allowed.of_registry(host), host.clone(), &package.place);
                }
            }
            Origin::Url(url) => {
                if let Some(host) = host(url) {
                    note(allowed.of_url(url, &host), host, &package.place);
                }
            }
            Origin::Git(url, commit) => {
                let is_known = |commit: &str| match format.shortens_commits() {
                    true => commit.len() >= 7 && commit.bytes().all(|b| b.is_ascii_hexdigit()),
                    false => is_full_commit(commit),
                };
                if !commit.is_some_and(is_known) {
                    result.push(moving(package, source.at(package.place.clone())));
                }
                let Some(host) = host(url) else { continue };
                let standing = match allowed.of_url(url, &host) {
                    Standing::Unknown if allowed.list.is_none() && needed_by_foreign[index] => {
                        Standing::Allowed
                    }
                    standing => standing,
                };
                note(standing, host, &package.place);
            }
            Origin::Local | Origin::Bundled => continue,
        }
        // Nearly all files of a package lie on one server: what may come from there once, may again.
        let mut allowed_server = None;
        for file in &package.files {
            let Some(url) = file.url.as_deref() else { continue };
            if allowed_server.is_some_and(|server: &str| begins(url.as_bytes(), server.as_bytes())) {
                continue;
            }
            let Some(host) = host(url) else { continue };
            let standing = match package.origin {
                Origin::Url(_) => allowed.of_url(url, &host),
                _ => allowed.of_file(&host, registry.as_deref()),
            };
            let unrecorded = matches!(package.origin, Origin::Registry(_))
                && registry.is_none()
                && !format.records_registry()
                && allowed.list.is_none();
            let standing = match standing {
                Standing::Unknown if unrecorded => Standing::Unrecorded,
                standing => standing,
            };
            if standing == Standing::Allowed && !matches!(package.origin, Origin::Url(_)) {
                allowed_server = server(url);
            }
            note(standing, host, &file.place);
        }
        let origin = match package.origin {
            Origin::Registry(url) | Origin::Url(url) | Origin::Git(url, _) => Some((url, &package.place)),
            Origin::Local | Origin::Bundled => None,
        };
        let urls = origin
            .into_iter()
            .chain(package.files.iter().filter_map(|file| Some((file.url.as_deref()?, &file.place))));
        for (url, place) in urls.filter(|(url, _)| !url.is_empty() && !url.starts_with("https://")) {
            if let Some(scheme) = scheme(url).filter(|scheme| is_insecure(scheme)) {
                insecure
                    .entry(format!("{scheme}://{}", host(url).unwrap_or_default()))
                    .or_default()
                    .push(common(place));
            }
        }
    }
    result.extend(
        hosts
            .into_iter()
            .map(|((standing, host), faults)| disallowed(standing, &host, faults, format, allowed)),
    );
    result.extend(insecure.into_iter().map(|(server, faults)| unencrypted(&server, faults)));
    result
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

fn is_full_commit(commit: &str) -> bool {
    matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_insecure(scheme: &str) -> bool {
    matches!(scheme, "http" | "git" | "ftp" | "git+http" | "git+git" | "registry+http" | "sparse+http")
}

fn moving(package: &Package<'_>, place: Location) -> Finding {
    let message = format!(
        "`{}` comes from git without a full commit, so what is installed can change",
        package.title()
    );
    Finding::new(&DISALLOWED_SOURCE, place, message)
        .severity(Severity::Warning)
        .help("lock it again with a tool that records the commit")
        .subject(package.title())
}

fn disallowed(
    standing: Standing,
    host: &str,
    mut faults: Vec<Common>,
    format: &dyn Format,
    allowed: &Allowed<'_>,
) -> Finding {
    // Several files of one package are one fault.
    faults.dedup_by(|a, b| a.title == b.title);
    let names = named(&faults);
    let comes = if faults.len() == 1 { "comes" } else { "come" };
    let (severity, why) = match (standing, &allowed.list) {
        (Standing::Nearby, _) => {
            (Severity::Note, "which its index does not name; the index may well send there")
        }
        (Standing::Elsewhere, _) => (Severity::Warning, "which neither its index nor the manifest names"),
        (Standing::Unrecorded, _) => {
            (Severity::Warning, "which no manifest names; the lockfile does not say from which index")
        }
        (_, Some(_)) => (Severity::Error, "which is not in `allowed-hosts`"),
        (_, None) => (Severity::Error, "which no manifest names"),
    };
    let message = format!("{names} {comes} from `{host}`, {why}");
    let hosts: Vec<&str> = allowed.public.iter().copied().chain([host]).collect();
    let help = match allowed.list {
        Some(_) => format!(
            "find out how it came there; if it is meant, add `{host}` to `checks.lockfile.allowed-hosts`"
        ),
        None => format!(
            "find out how it came there; if it is meant, list all hosts: `allowed-hosts: {{ {}: [{}] }}` under `checks.lockfile`",
            format.ecosystem(),
            hosts.join(", ")
        ),
    };
    let first = faults[0].place.clone();
    let finding = Finding::new(&DISALLOWED_SOURCE, first, message).severity(severity).help(help);
    with_places(finding.subject(host), &faults[1..])
}

fn unencrypted(server: &str, mut faults: Vec<Common>) -> Finding {
    faults.dedup_by(|a, b| a.title == b.title);
    let are = if faults.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {are} downloaded from `{server}`, over a connection that others can change",
        named(&faults)
    );
    let finding = Finding::new(&INSECURE_URL, faults[0].place.clone(), message)
        .help("write `https:` where the source is configured, and lock again")
        .subject(server);
    with_places(finding, &faults[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_what_one_owner_has() {
        assert_eq!(site("download-r2.pytorch.org"), "pytorch.org");
        assert_eq!(site("a.b.co.uk:443"), "b.co.uk");
        assert_eq!(site("localhost"), "localhost");
    }

    #[test]
    fn servers_end_where_a_path_begins() {
        assert_eq!(server("https://u@a.example:1/b/c"), Some("https://u@a.example:1/"));
        assert_eq!(server("https://a.example?b/c"), Some("https://a.example?b/"));
        assert_eq!((server("https://a.example"), server("git@a.example:b/c")), (None, None));
    }

    #[test]
    fn patterns_match_hosts() {
        let matches =
            |pattern: &str, host: &str| host_pattern(pattern).unwrap().compile_matcher().is_match(host);
        assert!(matches("*.Example.com", "a.b.example.com"));
        assert!(!matches("*.example.com", "example.com"));
        assert!(!matches("*.example.com", "example.com.evil.org"));
        assert!(
            host_pattern("https://x").is_err() && host_pattern("").is_err() && host_pattern("[").is_err()
        );
    }
}
