//! What a dependency may be asked for as: a range, a tag, an alias, a folder, an archive, a repository.

use std::collections::HashSet;

use nodejs_semver::{Range, Version};

use super::super::model::{comparable_url, host, scheme};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// Versions of the registry.
    Range(String),
    /// A tag of the registry, such as `next`. Only the registry knows what it stands for.
    Tag,
    /// A package under another name.
    Alias(String, Box<Spec>),
    /// A folder.
    Folder(String),
    /// An archive on disk.
    Archive(String),
    /// An archive at a URL.
    Remote(String),
    /// A repository, a commit or range in it.
    Git(String, Option<String>),
    /// A protocol of another tool, which npm refuses.
    Foreign(String),
}

/// Protocols that other package managers have and npm refuses.
const FOREIGN: [&str; 5] = ["workspace:", "catalog:", "link:", "portal:", "patch:"];

/// Servers that have a short form.
const HOSTED: [(&str, &str); 4] = [
    ("github:", "github.com"),
    ("gitlab:", "gitlab.com"),
    ("bitbucket:", "bitbucket.org"),
    ("gist:", "gist.github.com"),
];

impl Spec {
    /// Reads what stands behind a name in package.json.
    pub fn of(text: &str) -> Spec {
        let text = text.trim();
        if text.is_empty() {
            return Spec::Range("*".to_owned());
        }
        if let Some(rest) = text.strip_prefix("npm:") {
            let (name, spec) =
                rest.rfind('@').filter(|at| *at > 0).map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]));
            return Spec::Alias(name.to_owned(), Box::new(Spec::of_registry(spec)));
        }
        if FOREIGN.iter().any(|protocol| text.starts_with(protocol)) {
            return Spec::Foreign(text.to_owned());
        }
        if let Some(path) = text.strip_prefix("file:") {
            return Spec::of_path(path);
        }
        if text.starts_with(['.', '/', '~']) && !is_range(text) {
            return Spec::of_path(text);
        }
        if let Some(git) = git(text) {
            return git;
        }
        if matches!(scheme(text).as_deref(), Some("http" | "https")) {
            return Spec::Remote(text.to_owned());
        }
        Spec::of_registry(text)
    }

    fn of_registry(text: &str) -> Spec {
        if text.is_empty() {
            return Spec::Range("*".to_owned());
        }
        if is_range(text) { Spec::Range(text.to_owned()) } else { Spec::Tag }
    }

    fn of_path(path: &str) -> Spec {
        let path = path.strip_prefix("//").unwrap_or(path);
        let archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
        if archive { Spec::Archive(path.to_owned()) } else { Spec::Folder(path.to_owned()) }
    }
}

/// Adds the packages that a text asks for under another name: `npm:name@range`.
pub fn aliases(text: &str, found: &mut HashSet<String>) {
    for (at, start) in text.match_indices("npm:") {
        let target = text[at + start.len()..].split(['"', ' ', '|', '\n']).next().unwrap_or_default();
        let end = target.rfind('@').filter(|at| *at > 0).unwrap_or(target.len());
        found.insert(target[..end].to_owned());
    }
}

fn git(text: &str) -> Option<Spec> {
    let (address, fragment) =
        text.split_once('#').map_or((text, None), |(address, fragment)| (address, Some(fragment)));
    let fragment = fragment.filter(|fragment| !fragment.is_empty()).map(str::to_owned);
    if let Some((short, server)) = HOSTED.iter().find(|(short, _)| address.starts_with(short)) {
        let url = format!("https://{server}/{}", &address[short.len()..]);
        return Some(Spec::Git(comparable_url(&url), fragment));
    }
    if is_git_url(text) {
        return Some(Spec::Git(comparable_url(address), fragment));
    }
    let is_short = address.matches('/').count() == 1
        && !address.starts_with(['@', '/', '.'])
        && !address.ends_with('/')
        && !address.contains([' ', ':', '*', '<', '>', '=', '|']);
    is_short.then(|| Spec::Git(comparable_url(&format!("https://github.com/{address}")), fragment))
}

/// True for URLs that git is asked for, as npm tells them apart.
pub fn is_git_url(url: &str) -> bool {
    let address = url.split('#').next().unwrap_or(url);
    match scheme(url).as_deref() {
        Some("git" | "ssh") => true,
        Some(scheme) if scheme.starts_with("git+") => true,
        Some("http" | "https") => {
            let known = host(url).is_some_and(|host| HOSTED.iter().any(|(_, server)| host == *server));
            let segments =
                address.splitn(4, '/').nth(3).map_or(0, |path| path.trim_end_matches('/').split('/').count());
            known && segments == 2 && !address.ends_with(".tgz") && !address.ends_with(".tar.gz")
        }
        Some(_) => false,
        None => address.starts_with("git@") && address.contains(':'),
    }
}

/// The repository and the commit of an archive that a server of git makes on demand; nothing for other URLs.
pub fn archive_of_git(url: &str) -> Option<(&str, &str)> {
    const MIDDLES: [(&str, &str); 3] =
        [("codeload.github.com", "/tar.gz/"), ("gitlab.com", "/-/archive/"), ("bitbucket.org", "/get/")];
    let server = host(url)?;
    let (_, middle) = MIDDLES.iter().find(|(known, _)| *known == server)?;
    let (repository, rest) = url.split_once(middle)?;
    let commit = rest.split(['/', '?', '#']).next()?;
    Some((repository, commit.strip_suffix(".tar.gz").unwrap_or(commit)))
}

/// True if npm would take the text for a range or version.
pub fn is_range(text: &str) -> bool {
    range(text).is_some()
}

/// Ranges longer than this are nobody's.
const LONGEST: usize = 1024;

/// A range. What has a protocol is none, though its parts may be.
pub fn range(text: &str) -> Option<Range> {
    (text.len() <= LONGEST && !text.contains(':')).then(|| Range::parse(text).ok()).flatten()
}

/// True if the range holds the version; `None` if either is none.
pub fn satisfies(version: &str, text: &str) -> Option<bool> {
    if text.trim() == "*" {
        return Some(true);
    }
    let range = range(text)?;
    let version = (version.len() <= LONGEST).then(|| Version::parse(version).ok()).flatten()?;
    Some(range.satisfies(&version))
}

/// True if some version may lie in both ranges.
pub fn intersects(one: &str, other: &str) -> bool {
    match (range(one), range(other)) {
        (Some(one), Some(other)) => one.allows_any(&other),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn specs_are_told_apart() {
        let git = |repository: &str, reference: Option<&str>| {
            Spec::Git(repository.to_owned(), reference.map(str::to_owned))
        };
        assert_eq!(Spec::of(""), Spec::Range("*".to_owned()));
        assert_eq!(Spec::of("^1.2.3 || >=3 <4"), Spec::Range("^1.2.3 || >=3 <4".to_owned()));
        assert_eq!(Spec::of("next"), Spec::Tag);
        assert_eq!(
            Spec::of("npm:@a/b@^1"),
            Spec::Alias("@a/b".to_owned(), Box::new(Spec::Range("^1".to_owned())))
        );
        assert_eq!(Spec::of("file:../x"), Spec::Folder("../x".to_owned()));
        assert_eq!(Spec::of("./x.tgz"), Spec::Archive("./x.tgz".to_owned()));
        assert_eq!(Spec::of("o/r#v1"), git("github.com/o/r", Some("v1")));
        assert_eq!(Spec::of("github:o/r"), git("github.com/o/r", None));
        assert_eq!(Spec::of("gitlab:O/R.git#a"), git("gitlab.com/O/R", Some("a")));
        assert_eq!(Spec::of("git+ssh://git@github.com/o/r.git#abc"), git("github.com/o/r", Some("abc")));
        assert_eq!(Spec::of("git@gitlab.com:o/r.git"), git("gitlab.com/o/r", None));
        assert_eq!(Spec::of("https://github.com/o/r"), git("github.com/o/r", None));
        assert!(matches!(Spec::of("https://x.example/y.tgz"), Spec::Remote(_)));
        assert!(matches!(Spec::of("workspace:*"), Spec::Foreign(_)));
    }

    #[test]
    fn archives_of_git_are_told_apart() {
        let url = "https://codeload.github.com/o/r/tar.gz/0123abc";
        assert_eq!(archive_of_git(url), Some(("https://codeload.github.com/o/r", "0123abc")));
        assert_eq!(archive_of_git("https://registry.npmjs.org/a/-/a-1.0.0.tgz"), None);
    }

    #[test]
    fn ranges_hold_what_npm_says() {
        assert_eq!(satisfies("1.0.0-beta.1", "*"), Some(true));
        assert_eq!(satisfies("1.0.0-beta.1", "^1.0.0-alpha"), Some(true));
        assert_eq!(satisfies("1.1.0-beta.1", "^1.0.0"), Some(false));
        assert_eq!(satisfies("2.0.0", "1.x || 2.x"), Some(true));
        assert!(intersects("^1.0.0", ">=1.5") && !intersects("^1.0.0", "^2.0.0"));
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "\\PC{0,40}", version in "[0-9.a-z+-]{0,20}") {
            let _ = Spec::of(&text);
            let _ = satisfies(&version, &text);
            let _ = intersects(&version, &text);
        }
    }
}
