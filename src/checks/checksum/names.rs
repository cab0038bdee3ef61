//! Names that a checksum list cannot carry everywhere.

use std::borrow::Cow;

use super::rules::{COLLIDING_NAMES, DUPLICATE_NAME, UNPORTABLE_NAME};
use crate::checks::Record;
use crate::checks::artifacts::name::Name;
use crate::checks::artifacts::words;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

/// A name to be listed.
#[derive(Clone, Debug)]
pub(super) struct Listed<'a> {
    /// Relative to the root.
    path: &'a Name,
    /// As the list will have it.
    name: &'a Name,
    /// True if a pattern means the file itself: it is an artifact of its own, not part of a folder.
    by_itself: bool,
    /// True for a name that every list carries and every release keeps.
    ordinary: bool,
}

impl<'a> Listed<'a> {
    /// A file at `path`, relative to the root, by its name in the list.
    pub fn new(path: &'a Name, name: &'a Name, by_itself: bool) -> Listed<'a> {
        let last = name.last();
        let ordinary = name.is_plain() && !last.starts_with(b".") && !last.ends_with(b".");
        Listed { path, name, by_itself, ordinary: ordinary && name.as_bytes() != b"-" }
    }
}

/// Records every name that the list cannot carry, and names that cannot stand side by side.
pub(super) fn record(listed: &[Listed<'_>], escape: bool, record: &mut Record) {
    for file in listed.iter().filter(|file| !file.ordinary) {
        if let Some(reason) = unportable(file.name, escape) {
            let message = format!("the name of `{}` cannot be listed: {reason}", file.path);
            let help = match reason {
                "it holds a line break" | "it holds a backslash" => {
                    "rename it; `--escape` writes such names in the way that only coreutils read"
                }
                _ => "rename it",
            };
            record.push(Finding::new(&UNPORTABLE_NAME, at(file), message).help(help).subject("name"));
        } else if file.by_itself {
            record_renaming(file, record);
        }
    }
    record_groups(listed, record);
}

/// Why a name cannot be listed, if it cannot.
fn unportable(name: &Name, escape: bool) -> Option<&'static str> {
    let Some(text) = name.as_str() else { return Some("it is not UTF-8") };
    if name.normal().as_ref() != Ok(name) {
        return Some("readers take it for a path to elsewhere");
    }
    if text == "-" {
        return Some("readers take it for standard input");
    }
    if !escape && text.contains(['\n', '\r']) {
        return Some("it holds a line break");
    }
    if !escape && text.contains('\\') {
        return Some("it holds a backslash");
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r')) {
        return Some("it holds a control character");
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Some("it starts or ends with a space, which many readers drop");
    }
    None
}

/// A release would hold the artifact under another name than the list.
fn record_renaming(file: &Listed<'_>, record: &mut Record) {
    let last = String::from_utf8_lossy(file.name.last()).into_owned();
    let asset = as_release_asset(&last);
    if asset != last {
        let message = format!(
            "as a release asset, GitHub renames `{last}` to something like `{asset}`: the list would miss it"
        );
        let help = "where it is to be a release asset, give it a name of letters, digits and `._-+@`";
        let finding = Finding::new(&UNPORTABLE_NAME, at(file), message).severity(Severity::Note);
        record.push(finding.help(help).subject("asset"));
    }
}

/// The name that GitHub gives a release asset: runs of other characters than letters, digits and `._-+@` become a
/// dot, dots at the ends go. GitHub documents no more than that names are changed ("Upload a release asset", REST
/// API); the rule is what uploads showed in softprops/action-gh-release#159 and electron/forge#1761.
pub fn as_release_asset(name: &str) -> String {
    let mut asset = String::with_capacity(name.len());
    for c in name.chars() {
        let kept = c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '@');
        match kept {
            true => asset.push(c),
            false if asset.ends_with('.') => {}
            false => asset.push('.'),
        }
    }
    // Doubled dots of the name's own are kept.
    if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '@' | '.')) {
        asset = name.to_owned();
    }
    asset.trim_matches('.').to_owned()
}

/// Names that are one name somewhere else: on a file system without case, in a release.
fn record_groups(listed: &[Listed<'_>], record: &mut Record) {
    let last = |file: &Listed<'_>| String::from_utf8_lossy(file.name.last()).into_owned();
    let all: Vec<&Listed<'_>> = listed.iter().collect();
    let mut assets: Vec<&Listed<'_>> = listed.iter().filter(|file| file.by_itself).collect();
    for group in groups(&assets, |file| file.name.last().into()) {
        let name = last(group[0]);
        let message = format!("{} artifacts have the name `{name}`: {}", group.len(), paths(&group));
        let help = "a release holds one file of a name: rename them; or name their folder, and they are known by path";
        record.push(Finding::new(&DUPLICATE_NAME, at(group[0]), message).help(help).subject(name));
    }
    for group in groups(&all, |file| lowercase(file.name)) {
        let message =
            format!("names differ in case only, and are one name on Windows and macOS: {}", paths(&group));
        let finding = Finding::new(&COLLIDING_NAMES, at(group[0]), message).help("rename all but one");
        record.push(finding.subject("case"));
    }
    // Where all keep their names, only those of one name have one name.
    if assets.iter().all(|file| file.ordinary) {
        assets.clear();
    }
    for group in groups(&assets, |file| as_release_asset(&last(file)).into_bytes().into()) {
        if group.iter().all(|file| file.name.last() == group[0].name.last()) {
            continue;
        }
        let name = as_release_asset(&last(group[0]));
        let message = format!(
            "as release assets, GitHub gives them one name, something like `{name}`: {}",
            paths(&group)
        );
        let help = "give them names of letters, digits and `._-+@`";
        record.push(Finding::new(&COLLIDING_NAMES, at(group[0]), message).help(help).subject("asset"));
    }
}

fn lowercase(name: &Name) -> Cow<'_, [u8]> {
    match name.as_bytes() {
        plain if plain.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) => plain.into(),
        _ => name.to_text().to_lowercase().into_bytes().into(),
    }
}

/// The files that share a key, where there are several, sorted by it.
fn groups<'a>(
    files: &[&'a Listed<'a>],
    key: impl Fn(&'a Listed<'a>) -> Cow<'a, [u8]>,
) -> Vec<Vec<&'a Listed<'a>>> {
    let keys: Vec<Cow<'_, [u8]>> = files.iter().map(|file| key(file)).collect();
    let keys: Vec<&[u8]> = keys.iter().map(|key| &**key).collect();
    crate::sorted::order_of_bytes(&keys)
        .chunk_by(|&a, &b| keys[a] == keys[b])
        .filter(|same| same.len() > 1)
        .map(|same| same.iter().map(|&index| files[index]).collect())
        .collect()
}

fn paths(group: &[&Listed<'_>]) -> String {
    let paths: Vec<String> = group.iter().map(|file| file.path.to_string()).collect();
    words::some(&paths.iter().map(String::as_str).collect::<Vec<_>>())
}

fn at(file: &Listed<'_>) -> Location {
    Location::Artifact { name: file.path.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_renamed_as_github_does() {
        // Seen in the issues that `as_release_asset` names.
        for (name, asset) in [
            ("tobwen-1.1.0-1~buster_amd64.deb", "tobwen-1.1.0-1.buster_amd64.deb"),
            ("app.prod-v1.3.0-(15-5)-6064eac.apk", "app.prod-v1.3.0-.15-5.-6064eac.apk"),
            ("My App 1.0.0 Setup.exe", "My.App.1.0.0.Setup.exe"),
            ("erick%%%%%!!!zhao.txt", "erick.zhao.txt"),
            ("fake.      file.txt", "fake.file.txt"),
            ("cpython-3.12.0+20231002_a@b..c.tar.gz", "cpython-3.12.0+20231002_a@b..c.tar.gz"),
            (".hidden.", "hidden"),
        ] {
            assert_eq!(as_release_asset(name), asset);
        }
    }

    #[test]
    fn names_say_why_they_cannot_be_listed() {
        let why = |name: &str| unportable(&name.into(), false);
        assert_eq!(why("a b*-ä"), None);
        assert_eq!(why("-x"), None);
        assert_eq!(why("-"), Some("readers take it for standard input"));
        assert_eq!(why("a\nb"), Some("it holds a line break"));
        assert_eq!(why("a\\b"), Some("it holds a backslash"));
        assert_eq!(
            unportable(&"a\\b\n".into(), true),
            Some("it starts or ends with a space, which many readers drop")
        );
        assert_eq!(unportable(&"a\\b\nc".into(), true), None);
        assert_eq!(unportable(&"..\\x".into(), true), Some("readers take it for a path to elsewhere"));
        assert_eq!(why("c:x"), Some("readers take it for a path to elsewhere"));
        assert_eq!(why("a\u{1b}b"), Some("it holds a control character"));
        assert_eq!(why("a "), Some("it starts or ends with a space, which many readers drop"));
        assert_eq!(unportable(&Name::new(b"a\xff".as_slice()), false), Some("it is not UTF-8"));
    }

    #[test]
    fn names_that_are_one_elsewhere_are_refused() {
        let names: Vec<Name> =
            ["x/app", "y/app", "a.txt", "A.txt", "b c", "b.c", "z/app"].map(Name::from).into();
        let listed = |by_itself: bool| -> Vec<Listed<'_>> {
            names.iter().map(|name| Listed::new(name, name, by_itself)).collect()
        };
        let rules = |by_itself| {
            let mut found = Record::default();
            record_groups(&listed(by_itself), &mut found);
            found.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
        };
        assert_eq!(
            rules(true),
            ["checksum/duplicate-name", "checksum/colliding-names", "checksum/colliding-names"]
        );
        assert_eq!(rules(false), ["checksum/colliding-names"]);
    }
}
