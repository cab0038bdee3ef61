//! Which hosts and URLs packages may come from.

use std::collections::HashSet;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::super::super::model::{Declared, comparable_url};

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
    pub(super) partly: bool,
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
pub(super) enum Standing {
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

    /// A registry, or whatever has no other rule.
    pub(super) fn of_registry(&self, host: &str) -> Standing {
        match &self.list {
            Some(list) => listed(list, host),
            None if self.public.contains(&host) => Standing::Allowed,
            None if self.hosts.contains(host) => Standing::Allowed,
            None => Standing::Unknown,
        }
    }

    /// A file of a package from a registry with the given host.
    pub(super) fn of_file(&self, host: &str, registry: Option<&str>) -> Standing {
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
    pub(super) fn names(&self, url: &str) -> bool {
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
    pub(super) fn of_foreign(&self, url: &str, host: &str, needed_by_foreign: bool) -> Standing {
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
