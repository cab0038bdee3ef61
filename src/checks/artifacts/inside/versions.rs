//! Names and versions of packages, and the git tag against them.

use std::str::FromStr as _;

use super::rules::VERSION_MISMATCH;
use super::sink::Sink;

/// True if two names are one to registries: case and separators do not count.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

fn normal(name: &str) -> String {
    let mut normal = String::new();
    for c in name.trim_start_matches('@').chars() {
        match c {
            '-' | '_' | '.' | '/' if normal.ends_with('-') => {}
            '-' | '_' | '.' | '/' => normal.push('-'),
            c => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

/// True if two versions are one: as Python counts them, or letter by letter.
pub(super) fn same_version(one: &str, other: &str, python: bool) -> bool {
    if one == other {
        return true;
    }
    let parsed = |text: &str| pep440_rs::Version::from_str(text).ok();
    python && matches!((parsed(one), parsed(other)), (Some(one), Some(other)) if one == other)
}

/// What a tag says: the name of a package, where it has one, and a version.
pub(super) fn of_tag(tag: &str) -> Option<(Option<&str>, &str)> {
    let is_version = |text: &str| {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.')
    };
    let bare = |text: &'_ str| text.len() - text.strip_prefix(['v', 'V']).unwrap_or(text).len();
    if is_version(tag) {
        return Some((None, &tag[bare(tag)..]));
    }
    // `name@1.0`, `name/v1.0`, `name-v1.0`, `name==1.0`: the first separator before a version.
    let separators = tag.match_indices(['@', '/', '-', '_', '=']);
    let (at, _) = separators.into_iter().find(|(at, _)| is_version(&tag[at + 1..]))?;
    let (name, version) = (tag[..at].trim_end_matches('='), &tag[at + 1..]);
    let words = ["release", "releases", "version", "ver", "rel", ""];
    let name = (!words.contains(&name.to_ascii_lowercase().as_str())).then_some(name);
    Some((name, &version[bare(version)..]))
}

/// Compares a package with the tag that it is released for.
pub(super) fn against_tag(
    name: &str,
    version: &str,
    tag: Option<&str>,
    same: &dyn Fn(&str, &str) -> bool,
    path: &str,
    sink: &mut Sink,
) {
    let Some(tag) = tag else { return };
    let Some((of, wanted)) = of_tag(tag) else { return };
    // The tag of another package of the same repository says nothing about this one.
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    if of.is_some_and(|of| !same_name(of, name) && !same_name(of, &last(name))) {
        return;
    }
    if !same(version, wanted) {
        let message = format!("the tag `{tag}` is for version `{wanted}`, and `{path}` says `{version}`");
        let help = "set the version before the tag, and build from the tag";
        sink.push(&VERSION_MISMATCH, message, help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_hold_versions() {
        for (tag, said) in [
            ("v1.2.3", Some((None, "1.2.3"))),
            ("1.2.3-rc.1", Some((None, "1.2.3-rc.1"))),
            ("release-1.2", Some((None, "1.2"))),
            ("my-pkg-v1.2.3", Some((Some("my-pkg"), "1.2.3"))),
            ("@scope/pkg@1.2.3", Some((Some("@scope/pkg"), "1.2.3"))),
            ("crates/foo/v0.1.0-alpha.2", Some((Some("crates/foo"), "0.1.0-alpha.2"))),
            ("nightly", None),
            ("v2", None),
        ] {
            assert_eq!(of_tag(tag), said, "{tag}");
        }
    }

    #[test]
    fn names_and_versions_are_compared_as_registries_do() {
        assert!(same_name("Zope.Interface", "zope_interface") && same_name("@a/b", "a-b"));
        assert!(same_version("1.0", "1.0.0", true) && same_version("1.0rc1", "1.0-rc1", true));
        assert!(!same_version("1.0", "1.0.0", false));
    }
}
