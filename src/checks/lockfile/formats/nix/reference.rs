//! References to flakes, as Nix takes their URLs apart.

use std::collections::BTreeMap;

/// The attributes of a reference.
pub type Attributes = BTreeMap<String, String>;

/// Attributes that a reference is recorded with.
const RECORDED: [&str; 19] = [
    "type",
    "owner",
    "repo",
    "ref",
    "rev",
    "url",
    "path",
    "id",
    "host",
    "dir",
    "shallow",
    "submodules",
    "allRefs",
    "lfs",
    "exportIgnore",
    "verifyCommit",
    "narHash",
    "lastModified",
    "revCount",
];

/// Those of them that are part of the URL of an archive.
const ARCHIVED: [&str; 4] = ["rev", "narHash", "lastModified", "revCount"];

/// Takes a URL apart; `None` for forms that are not known here.
pub fn parse(url: &str) -> Option<Attributes> {
    let (url, fragment) = url.split_once('#').map_or((url, ""), |(url, fragment)| (url, fragment));
    if !fragment.is_empty() {
        return None;
    }
    let (head, query) = url.split_once('?').unwrap_or((url, ""));
    let mut all = Attributes::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=')?;
        all.insert(key.to_owned(), decoded(value)?);
    }
    let mut set = |key: &str, value: &str| drop(all.insert(key.to_owned(), value.to_owned()));
    let (scheme, rest) = match head.split_once(':') {
        Some((scheme, rest)) => (scheme, rest),
        None if head.starts_with('.') => ("path", head),
        // Nix looks whether a repository lies there.
        None if head.starts_with('/') => return None,
        None => ("flake", head),
    };
    match scheme {
        "github" | "gitlab" | "sourcehut" => {
            let mut parts = rest.splitn(3, '/');
            set("type", scheme);
            set("owner", &decoded(parts.next()?)?);
            set("repo", &decoded(parts.next()?)?);
            if let Some(reference) = parts.next() {
                let reference = decoded(reference)?;
                let is_commit = reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_hexdigit());
                set(if is_commit { "rev" } else { "ref" }, &reference);
            }
        }
        "path" => {
            set("type", "path");
            set("path", rest);
        }
        "flake" => {
            let mut parts = rest.splitn(3, '/');
            set("type", "indirect");
            set("id", parts.next().filter(|id| !id.is_empty())?);
            if let Some(reference) = parts.next() {
                set("ref", reference);
            }
            if let Some(commit) = parts.next() {
                set("rev", commit);
            }
        }
        scheme if scheme == "git" || scheme.starts_with("git+") => {
            set("type", "git");
            let url = format!("{}:{rest}", scheme.trim_start_matches("git+"));
            set("url", &url);
        }
        scheme if scheme == "hg" || scheme.starts_with("hg+") => {
            set("type", "hg");
            set("url", &format!("{}:{rest}", scheme.trim_start_matches("hg+")));
        }
        scheme => {
            let plain = scheme.trim_start_matches("tarball+").trim_start_matches("file+");
            if !matches!(plain, "http" | "https" | "file") {
                return None;
            }
            let path = rest.to_ascii_lowercase();
            let archive = [".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"];
            let is_archive = archive.iter().any(|end| path.ends_with(end)) || scheme.starts_with("tarball+");
            set("type", if is_archive && !scheme.starts_with("file+") { "tarball" } else { "file" });
            // The query is part of such a URL.
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            set("url", &format!("{plain}:{rest}{query}"));
        }
    }
    let is_git = all.get("type").is_some_and(|kind| kind == "git");
    for (key, value) in all.iter_mut().filter(|_| is_git) {
        match key.as_str() {
            "shallow" | "submodules" | "allRefs" | "lfs" | "exportIgnore" | "verifyCommit" => {
                *value = (value == "1").to_string();
            }
            key if RECORDED.contains(&key) => {}
            // Anything else is part of the URL.
            _ => return None,
        }
    }
    Some(all)
}

/// Without `%xx`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The attribute in which two references differ, if they mean different things.
pub fn difference(one: &Attributes, two: &Attributes) -> Option<&'static str> {
    if one.get("type") == Some(&"file".to_owned()) || two.get("type") == Some(&"file".to_owned()) {
        // Whether a URL is an archive is decided in more than one way.
        return differ(one, two, "url").then_some("url");
    }
    let is_archive = one.get("type").is_some_and(|kind| kind == "tarball");
    let whole = RECORDED.iter().filter(|key| !(is_archive && ARCHIVED.contains(key)));
    whole.copied().find(|key| differ(one, two, key))
}

/// True if an attribute is not the same. Nix writes some signs of a URL as `%xx` where the flake does not.
fn differ(one: &Attributes, two: &Attributes, key: &str) -> bool {
    let (one, two) = (one.get(key), two.get(key));
    let plain = |text: Option<&String>| text.and_then(|text| decoded(text));
    one != two && (key != "url" || plain(one).is_none() || plain(one) != plain(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let of = |url: &str| {
            let all = parse(url).unwrap();
            all.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            of("github:NixOS/nixpkgs/nixos-23.05"),
            "owner=NixOS ref=nixos-23.05 repo=nixpkgs type=github"
        );
        assert_eq!(of("nixpkgs/release"), "id=nixpkgs ref=release type=indirect");
        assert_eq!(of("path:./dep"), "path=./dep type=path");
        assert_eq!(of("git+https://x.example/r?ref=main"), "ref=main type=git url=https://x.example/r");
        assert_eq!(of("https://x.example/a.tar.gz"), "type=tarball url=https://x.example/a.tar.gz");
        assert_eq!(of("github:o/r?dir=sub"), "dir=sub owner=o repo=r type=github");
        assert!(parse("zebra:x").is_none());
    }
}
