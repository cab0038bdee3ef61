//! What a project asks for, as deno.lock writes it: `npm:name@range`, with ranges in a form of their own.

use nodejs_semver::Version;

use super::super::super::node::spec::{Spec, range};
use super::split;

/// What a package.json asks for; nothing for folders and other protocols.
pub fn of_package(name: &str, spec: &str) -> Option<String> {
    if let Some(rest) = spec.strip_prefix("jsr:") {
        return of_jsr(name, rest);
    }
    match Spec::of(spec) {
        Spec::Range(_) | Spec::Tag => Some(format!("npm:{name}@{}", canonical(spec))),
        Spec::Alias(..) => Some(format!("npm:{}", canonical_title(spec.strip_prefix("npm:")?))),
        _ => None,
    }
}

/// A package of JSR under the name that it has for npm: `jsr:^1.0.0` and `jsr:@scope/name@^1.0.0`.
fn of_jsr(key: &str, text: &str) -> Option<String> {
    let (name, range) = if text.starts_with('@') { split(text) } else { (key, text) };
    let (scope, name) = name.strip_prefix('@')?.split_once('/')?;
    Some(format!("npm:{}", canonical_title(&format!("@jsr/{scope}__{name}@{range}"))))
}

/// What a text names that a program imports: `npm:name@range/path`. Nothing for other protocols, and for ranges of
/// several parts, which deno does not take there.
pub fn of_import(text: &str) -> Option<String> {
    let (protocol, rest) = text.split_once(':').filter(|(protocol, _)| matches!(*protocol, "npm" | "jsr"))?;
    let rest = rest.trim_start_matches('/');
    // What follows the version is a path inside the package.
    let (name, range) = split(rest);
    let name = if range.is_empty() { package_of(name) } else { name };
    let range = range.split('/').next().unwrap_or(range);
    if range.contains(['<', '>', '=', '|', ',', ' ']) {
        return None;
    }
    let title = if range.is_empty() { name.to_owned() } else { format!("{name}@{range}") };
    Some(format!("{protocol}:{}", canonical_title(&title)))
}

fn canonical_title(title: &str) -> String {
    let (name, range) = split(title);
    let range = if range.is_empty() { "*".to_owned() } else { canonical(range) };
    format!("{name}@{range}")
}

/// Ranges are parsed, and written in the shortest form: `^4.0.0` as `4`, `^0.1.0` as `0.1`, `~1.2.0` as `1.2`.
fn canonical(text: &str) -> String {
    let text = text.trim();
    match range(text) {
        _ if matches!(text, "" | "*" | "x" | "X") => "*".to_owned(),
        None => text.to_owned(),
        Some(range) => {
            let parts: Vec<String> =
                range.to_string().split("||").map(|part| shortest(part, text.contains("-0"))).collect();
            parts.join(" || ")
        }
    }
}

/// The largest number in a version, which stands for any.
const ANY: u64 = 900_719_925_474_099;

/// One end of a range: below `2.0.0-0` is below 2.0.0 unless that is how it is written, and up to any 2.x is below
/// 3.0.0.
fn bound(text: &str, says_zero: bool) -> String {
    let plain = text.strip_suffix("-0").filter(|_| text.starts_with('<') && !says_zero).unwrap_or(text);
    let Some(Ok(end)) = plain.strip_prefix("<=").map(Version::parse) else { return plain.to_owned() };
    match (end.minor(), end.patch()) {
        (ANY, _) => format!("<{}.0.0", end.major().saturating_add(1)),
        (minor, ANY) => format!("<{}.{}.0", end.major(), minor + 1),
        _ => plain.to_owned(),
    }
}

/// A range without alternatives: `>=1.0.0 <2.0.0-0` is `1`.
fn shortest(text: &str, says_zero: bool) -> String {
    let plain = text.split(' ').map(|part| bound(part, says_zero)).collect::<Vec<_>>().join(" ");
    let Some((from, to)) = plain.split_once(' ') else { return plain };
    let bounds = from.strip_prefix(">=").zip(to.strip_prefix('<'));
    let Some((from, to)) = bounds.filter(|(_, to)| !to.starts_with('=')) else { return plain };
    let (Ok(start), Ok(end)) = (Version::parse(from), Version::parse(to)) else { return plain.clone() };
    let is_plain = |version: &Version| version.pre_release().is_empty() && version.build().is_empty();
    let numbers = |version: &Version| (version.major(), version.minor(), version.patch());
    let next = |number: u64| number.checked_add(1).unwrap_or_default();
    let (major, minor, patch) = numbers(&start);
    let both_plain = is_plain(&start) && is_plain(&end);
    let next_minor = numbers(&end) == (major, next(minor), 0);
    let next_major = numbers(&end) == (next(major), 0, 0);
    let next_patch = major == 0 && minor == 0 && numbers(&end) == (0, 0, next(patch));
    if both_plain && next_major && minor == 0 && patch == 0 {
        return major.to_string();
    }
    if both_plain && next_minor && patch == 0 {
        return format!("{major}.{minor}");
    }
    if is_plain(&end) && (next_minor || numbers(&start) == numbers(&end)) {
        return format!("~{from}");
    }
    if is_plain(&end) && ((major > 0 && next_major) || next_patch) {
        return format!("^{from}");
    }
    match from {
        "0.0.0" => format!("<{to}"),
        _ => plain.clone(),
    }
}

/// The package's part of a path.
fn package_of(path: &str) -> &str {
    let parts = if path.starts_with('@') { 2 } else { 1 };
    let end = path.match_indices('/').nth(parts - 1).map_or(path.len(), |(at, _)| at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_deno_does() {
        let written = [
            ("^7.0.0", "7"),
            ("^4", "4"),
            ("^4.3.0", "^4.3.0"),
            ("^4.3", "^4.3.0"),
            ("^ v4.3.0", "^4.3.0"),
            ("4.x", "4"),
            ("~2", "2"),
            ("~2.1", "2.1"),
            ("~2.1.0", "2.1"),
            ("~2.1.3", "~2.1.3"),
            ("^0.1.0", "0.1"),
            ("^0.1.2", "~0.1.2"),
            ("^0.0.3", "^0.0.3"),
            ("0.x", "0"),
            ("1.2.3", "1.2.3"),
            ("=1.2.3", "1.2.3"),
            (">=1", ">=1.0.0"),
            (">1", ">=2.0.0"),
            ("<2", "<2.0.0"),
            ("<=2", "<3.0.0"),
            (">=1 <2", "1"),
            (">=4.3.0 <5.0.0-0", ">=4.3.0 <5.0.0-0"),
            ("1 - 2", ">=1.0.0 <3.0.0"),
            ("1.2.3 - 2.3.4", ">=1.2.3 <=2.3.4"),
            ("^1 || ^2", "1 || 2"),
            ("1 || 2.1.x || >=3.2", "1 || 2.1 || >=3.2.0"),
            ("*", "*"),
            ("", "*"),
            ("latest", "latest"),
        ];
        for (range, text) in written {
            assert_eq!(canonical(range), text, "{range}");
        }
    }

    #[test]
    fn specifiers_name_packages() {
        assert_eq!(of_package("a", "npm:@b/c@^1.0.0").as_deref(), Some("npm:@b/c@1"));
        assert_eq!(of_package("a", "file:../a"), None);
        assert_eq!(of_package("@a/b", "jsr:^0.2.0").as_deref(), Some("npm:@jsr/a__b@0.2"));
        assert_eq!(of_package("c", "jsr:@a/b@~1.2.3").as_deref(), Some("npm:@jsr/a__b@~1.2.3"));
        assert_eq!(of_package("c", "jsr:@a/b").as_deref(), Some("npm:@jsr/a__b@*"));
        assert_eq!(of_package("c", "jsr:^1"), None);
        assert_eq!(of_import("jsr:/@std/path@^1.0.0/posix").as_deref(), Some("jsr:@std/path@1"));
        assert_eq!(of_import("npm:ms").as_deref(), Some("npm:ms@*"));
        assert_eq!(of_import("npm:ms@>=1"), None);
        assert_eq!(of_import("node:fs"), None);
        assert_eq!(package_of("@std/path/posix"), "@std/path");
    }
}
