//! Rules about where packages come from: allowed hosts, encrypted transport, commits instead of branches.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use ci_guard_scan::{begins, same};
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
    /// Hosts that the project's manifests name.
    hosts: HashSet<&'a str>,
    /// URLs that they name, in lower case.
    urls: HashSet<String>,
    /// True if they may name others, too.
    partly: bool,
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
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    #[default]
    Allowed,
    /// An index that the project names decides where its files lie; they lie elsewhere on the same site.
    Nearby,
    /// They lie somewhere else.
    Elsewhere,
    /// Nobody names it, and the lockfile does not say which index was asked.
    Unrecorded,
    Unknown,
}

impl<'a> Allowed<'a> {
    /// The user's list, or what is public and what manifests name.
    pub fn of(
        list: Option<Vec<GlobMatcher>>,
        public: &'static [&'static str],
        declared: &'a Declared,
    ) -> Allowed<'a> {
        let hosts = declared.hosts.iter().map(String::as_str).collect();
        let urls = declared.urls.iter().map(|url| url.to_ascii_lowercase()).collect();
        Allowed { list, public, hosts, urls, partly: declared.partly }
    }

    fn of_registry(&self, host: &str) -> Standing {
        match &self.list {
            Some(list) => listed(list, host),
            None if self.public.contains(&host) => Standing::Allowed,
            None if self.hosts.contains(host) => Standing::Allowed,
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

    /// True if the project names this URL. Forges do not regard the case of a path, and some tools do not either.
    fn names(&self, url: &str) -> bool {
        self.urls.contains(&comparable_url(url).to_ascii_lowercase())
    }

    /// An archive or repository that the project may name by its URL.
    fn of_url(&self, url: &str, host: &str) -> Standing {
        match &self.list {
            Some(list) => listed(list, host),
            None if self.names(url) => Standing::Allowed,
            None => self.of_registry(host),
        }
    }

    /// The same of what may be asked for where the lockfile does not reach.
    fn of_foreign(&self, url: &str, host: &str, needed_by_foreign: bool) -> Standing {
        match self.of_url(url, host) {
            Standing::Unknown if self.list.is_none() && needed_by_foreign => Standing::Allowed,
            standing => standing,
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
                    result.push(moving(package, source.at(package.place.clone())));
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
            .map(|((standing, host), faults)| disallowed(standing, &host, faults, format, allowed));
        disallowed.chain(self.insecure.into_iter().map(|(server, faults)| unencrypted(&server, faults)))
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
        (_, None) if allowed.partly => {
            (Severity::Warning, "which nothing names that could be read of the manifest")
        }
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
