//! The common model: what every lockfile says, whatever its format. The common rules know only this.

use std::borrow::Cow;
use std::ops::Range;

use super::few::Few;

/// Bytes of the lockfile's text.
pub type Place = Range<usize>;

/// What a lockfile says.
#[derive(Debug, Default)]
pub struct Lock<'s> {
    /// All packages that it records, in the order of the file.
    pub packages: Vec<Package<'s>>,
    /// Packages from which everything else must be reached: the project itself and its workspace.
    /// Empty if the format records no edges; reachability is then not judged.
    pub roots: Vec<usize>,
    /// True if [`Format::is_sound`](super::format::Format::is_sound) has said so, and no packages are listed.
    pub is_sound: bool,
}

/// One package.
#[derive(Debug)]
pub struct Package<'s> {
    /// The name under which the registry knows it, normalised as the ecosystem does.
    pub name: Cow<'s, str>,
    /// The version as written; empty where the format records none.
    pub version: Cow<'s, str>,
    /// Where it comes from.
    pub origin: Origin<'s>,
    /// What is downloaded for it.
    pub files: Few<File<'s>>,
    /// Packages that it needs, as indexes into [`Lock::packages`].
    pub needs: Vec<usize>,
    /// Where the lockfile records it.
    pub place: Place,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin<'s> {
    /// A registry: its URL, or nothing where the format does not record it.
    Registry(&'s str),
    /// An archive at a URL that the project names itself.
    Url(&'s str),
    /// A git repository: its URL without the reference, and the commit, if one is recorded.
    Git(&'s str, Option<&'s str>),
    /// A folder or archive beside the project, or the project itself.
    Local,
    /// Inside another package's archive.
    Bundled,
}

/// Something that is downloaded.
#[derive(Debug)]
pub struct File<'s> {
    /// Its URL, where the format records one.
    pub url: Option<Cow<'s, str>>,
    /// The last part of its URL or path.
    pub name: &'s str,
    /// Its hashes.
    pub hashes: Few<Hash<'s>>,
    /// False where the installer could not check a hash either.
    pub needs_hash: bool,
    /// Where the lockfile records it.
    pub place: Place,
}

/// The hash of a file.
#[derive(Clone, Debug)]
pub struct Hash<'s> {
    /// `sha256`, …, as written.
    pub algorithm: &'s str,
    /// The digest as written.
    pub digest: &'s str,
    /// How the digest is written.
    pub encoding: Encoding,
    /// Where the lockfile records it.
    pub place: Place,
}

/// How a digest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two hexadecimal digits a byte.
    Hex,
    /// Base64 with padding, as in Subresource Integrity.
    Base64,
}

/// Edges between packages that are kept for a lockfile. Where thousands of packages have one name, each that needs it
/// needs all of them.
pub const MOST_EDGES: usize = 2_000_000;

/// Sources that the project's own manifests name, so that whoever reviews these has seen them.
#[derive(Debug, Default)]
pub struct Declared {
    /// Hosts of registries and indexes.
    pub hosts: Vec<String>,
    /// URLs of archives and git repositories, as [`comparable_url`] writes them.
    pub urls: Vec<String>,
    /// True if the manifests are programs of which only a part could be read, so that they may name others, too.
    pub partly: bool,
}

/// A hash that is written as `algorithm:digest`; without the colon there is no digest.
pub fn algorithm_and_digest(written: &str) -> (&str, &str) {
    let colon = memchr::memchr(b':', written.as_bytes());
    colon.map_or((written, ""), |at| (&written[..at], &written[at + 1..]))
}

impl<'s> File<'s> {
    /// What stands for a folder or archive beside the project: nothing is downloaded, only the path is known.
    pub fn local(path: &'s str, place: Place) -> File<'s> {
        File { url: Some(Cow::Borrowed(path)), name: "", hashes: Few::none(), needs_hash: false, place }
    }
}

impl Package<'_> {
    /// `name version`, or the name alone.
    pub fn title(&self) -> String {
        if self.version.is_empty() {
            self.name.to_string()
        } else {
            format!("{} {}", self.name, self.version)
        }
    }
}

/// The host of a URL, lower case, with its port if that is written; `None` for what is no URL with a host.
/// Understands `git@host:path` too.
pub fn host(url: &str) -> Option<String> {
    // Many a package says nothing of where it comes from.
    if url.is_empty() {
        return None;
    }
    if let Some((server, _)) = hosted(url) {
        return Some(server.to_owned());
    }
    let rest = match url.strip_prefix("https://").or_else(|| Some(url.split_once("://")?.1)) {
        Some(rest) => rest,
        None => url.split_once('@').filter(|(user, rest)| !user.contains('/') && rest.contains(':'))?.1,
    };
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\'));
    let authority = &rest[..end.unwrap_or(rest.len())];
    let host = authority.rsplit('@').next()?;
    let port_is_path = !url.contains("://");
    let host = if port_is_path { host.split(':').next()? } else { host };
    (!host.is_empty()).then(|| host.trim_end_matches('.').to_ascii_lowercase())
}

/// `github:owner/name` and the like: the server, and the path on it.
fn hosted(url: &str) -> Option<(&'static str, &str)> {
    const SERVERS: [(&str, &str); 3] =
        [("github:", "github.com"), ("gitlab:", "gitlab.com"), ("bitbucket:", "bitbucket.org")];
    let (short, server) = SERVERS.iter().find(|(short, _)| url.starts_with(short))?;
    let path = &url[short.len()..];
    (!path.starts_with('/')).then_some((*server, path))
}

/// The scheme of a URL, lower case: `https`, `git+ssh`, …
pub fn scheme(url: &str) -> Option<String> {
    let (scheme, _) = url.split_once("://")?;
    let valid = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (valid && !scheme.is_empty()).then(|| scheme.to_ascii_lowercase())
}

/// A URL up to its query and fragment.
pub fn without_query(url: &str) -> &str {
    &url[..memchr::memchr2(b'?', b'#', url.as_bytes()).unwrap_or(url.len())]
}

/// The last part of a URL's path: the name of the file that it serves.
pub fn file_name(url: &str) -> &str {
    let path = without_query(url);
    memchr::memrchr(b'/', path.as_bytes()).map_or(path, |at| &path[at + 1..])
}

/// A URL without what may be written in several ways: the scheme, credentials, query, fragment, a final `/` or
/// `.git`, and the case of the host. `git@host:path` is understood.
pub fn comparable_url(url: &str) -> String {
    let url = url.trim();
    let url = without_query(url);
    if let Some((server, path)) = hosted(url) {
        return comparable_url(&format!("https://{server}/{path}"));
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next().unwrap_or(authority).to_ascii_lowercase();
    let authority = if scheme.is_empty() { authority.replacen(':', "/", 1) } else { authority };
    // GitHub serves archives of a repository under another name.
    let authority = if authority == "codeload.github.com" { "github.com" } else { &authority };
    let path = path.trim_end_matches('/');
    format!("{authority}{}", path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_out_of_urls() {
        assert_eq!(host("https://User:pw@PyPI.org:443/simple?x#y").as_deref(), Some("pypi.org:443"));
        assert_eq!(host("git@github.com:o/r.git").as_deref(), Some("github.com"));
        assert_eq!(host("git+ssh://git@github.com/o/r.git#abc").as_deref(), Some("github.com"));
        assert_eq!(host("https://good.example\\@evil.example/x").as_deref(), Some("good.example"));
        assert_eq!(host("https://evil.example#@good.example").as_deref(), Some("evil.example"));
        assert_eq!(host("github:o/r#abc").as_deref(), Some("github.com"));
        assert_eq!(host("../local/path"), None);
        assert_eq!(host("file:///x"), None);
    }

    #[test]
    fn names_of_files_come_out_of_urls() {
        for url in ["https://h.example/a/b-1.tgz?x=/y#z", "a/b-1.tgz#sha512=a/b", "b-1.tgz"] {
            assert_eq!(file_name(url), "b-1.tgz");
        }
        assert_eq!(file_name("https://h.example/"), "");
    }

    #[test]
    fn urls_compare_by_what_matters() {
        assert_eq!(comparable_url("git+https://t@GitHub.com/o/R.git?rev=1#c"), "github.com/o/R");
        assert_eq!(comparable_url("https://github.com/o/R/"), "github.com/o/R");
        assert_eq!(comparable_url("github:o/R#abc"), "github.com/o/R");
        assert_eq!(comparable_url("git@github.com:o/R.git"), "github.com/o/R");
    }
}
