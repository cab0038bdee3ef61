//! What a Package.swift asks for, as far as it can be read without Swift.

use std::ops::Range;

use semver::Version;

/// A package that is asked for with `.package(url: …)`.
pub struct Asked<'t> {
    /// Its URL.
    pub url: &'t str,
    /// Where the URL stands.
    pub place: Range<usize>,
    /// Versions that are asked for; nothing for branches, commits, and what is not understood.
    pub versions: Option<Versions>,
    /// True if it stands in the list of `Package(…, dependencies: […])` itself, so that it is asked for whatever the
    /// rest of the manifest does.
    pub is_certain: bool,
}

/// A range of versions.
#[derive(Debug, PartialEq, Eq)]
pub struct Versions {
    /// What is asked for, as it is written.
    pub written: String,
    from: Version,
    to: Version,
    /// True if the upper end belongs to it.
    closed: bool,
}

impl Versions {
    /// One version.
    pub fn exactly(version: Version) -> Versions {
        Versions { written: format!("exact: {version}"), from: version.clone(), to: version, closed: true }
    }

    /// From one version to before another, or to it.
    pub fn between(from: Version, to: Version, closed: bool) -> Versions {
        let dots = if closed { "..." } else { "..<" };
        Versions { written: format!("{from}{dots}{to}"), from, to, closed }
    }

    /// From a version to before the next major or minor one.
    pub fn below_next(from: Version, major: bool) -> Option<Versions> {
        let to = match major {
            true => Version::new(from.major.checked_add(1)?, 0, 0),
            false => Version::new(from.major, from.minor.checked_add(1)?, 0),
        };
        Some(Versions::between(from, to, false))
    }

    /// True if a version is one of these; nothing for prereleases, which have rules of their own.
    pub fn allows(&self, version: &Version) -> Option<bool> {
        if [version, &self.from, &self.to].iter().any(|version| !version.pre.is_empty()) {
            return (*version == self.from && *version == self.to).then_some(true);
        }
        let plain = |version: &Version| (version.major, version.minor, version.patch);
        let (version, from, to) = (plain(version), plain(&self.from), plain(&self.to));
        Some(version >= from && (version < to || (self.closed && version == to)))
    }
}

/// The packages that are asked for. Comments are left out.
pub fn asked(text: &str) -> Vec<Asked<'_>> {
    let code = without_comments(text);
    let conditional = conditional(&code);
    let mut result = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // Whether the outer open bracket is that of `Package(`, and the next one inside that of its dependencies.
    let (mut is_package, mut is_list) = (false, false);
    let bytes = code.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += string(&code[at..]);
                continue;
            }
            b'(' | b'[' | b'{' => {
                if code[..at].ends_with(".package") {
                    // What is added to the list behind it stands there, too: `] + (condition ? [] : [])`.
                    let certain = open.len() == 2 && is_list && !is_in(&conditional, at);
                    result.extend(package(text, &code, at + 1, certain));
                }
                open.push(at);
                let before = || code[..at].trim_end();
                match open.len() {
                    1 => is_package = byte == b'(' && before().ends_with("Package"),
                    2 => is_list = is_package && byte == b'[' && is_of_dependencies(before()),
                    _ => {}
                }
            }
            b')' | b']' | b'}' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    result
}

/// True behind `dependencies:`.
fn is_of_dependencies(before: &str) -> bool {
    before.strip_suffix(':').is_some_and(|before| before.trim_end().ends_with("dependencies"))
}

/// True if a place lies in one of these ranges, which are in order.
fn is_in(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= at);
    ranges.get(next).is_some_and(|range| range.contains(&at))
}

/// `url: "…", from: "…"` behind a bracket.
fn package<'t>(text: &'t str, code: &str, start: usize, is_certain: bool) -> Option<Asked<'t>> {
    let mut rest = code[start..].trim_start();
    // Old manifests give it a name.
    if let Some(named) = rest.strip_prefix("name:") {
        let named = named.trim_start();
        // A string ends at a line's end at the latest; anything else may go on to the end of the text.
        literal(named)?;
        rest = named.get(string(named)..)?.trim_start().strip_prefix(',')?.trim_start();
    }
    let rest = rest.strip_prefix("url:")?.trim_start();
    let length = literal(rest)?.len();
    let at = code.len() - rest.len() + 1;
    let url = text.get(at..at + length)?;
    let versions =
        rest[length + 2..].trim_start().strip_prefix(',').and_then(|rest| versions(rest.trim_start()));
    (url.contains("://") && !url.contains('\\')).then_some(Asked {
        url,
        place: at..at + length,
        versions,
        is_certain,
    })
}

fn versions(rest: &str) -> Option<Versions> {
    let version = |text: &str| Version::parse(literal(text.trim_start())?).ok();
    for prefix in ["exact:", ".exact("] {
        if let Some(rest) = rest.strip_prefix(prefix) {
            return version(rest).map(Versions::exactly);
        }
    }
    for (prefix, major) in [("from:", true), (".upToNextMajor(from:", true), (".upToNextMinor(from:", false)]
    {
        if let Some(rest) = rest.strip_prefix(prefix) {
            return Versions::below_next(version(rest)?, major);
        }
    }
    let from = literal(rest)?;
    let rest = rest[from.len() + 2..].trim_start();
    let (closed, rest) = match rest.strip_prefix("..<") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix("...")?),
    };
    Some(Versions::between(Version::parse(from).ok()?, version(rest)?, closed))
}

/// The inside of the string that begins here.
fn literal(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?;
    Some(&inner[..inner.find(['"', '\n'])?]).filter(|inner| text[inner.len() + 1..].starts_with('"'))
}

/// The length of the string that begins here, with its quotes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\n' => return at,
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    text.len()
}

/// The text with blanks in place of comments, byte for byte.
fn without_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, blank) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), true)
        } else if first == '"' {
            (string(rest), false)
        } else {
            (first.len_utf8(), false)
        };
        match blank {
            true => result.extend(rest[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            false => result.push_str(&rest[..length]),
        }
        at += length;
    }
    result
}

/// What stands between `#if` and `#endif`.
fn conditional(code: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut depth, mut begun, mut at) = (0_usize, 0, 0);
    for line in code.split_inclusive('\n') {
        let word = line.trim_start();
        if word.starts_with("#if") {
            begun = if depth == 0 { at } else { begun };
            depth += 1;
        } else if word.starts_with("#endif") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                ranges.push(begun..at);
            }
        }
        at += line.len();
    }
    if depth > 0 {
        ranges.push(begun..at);
    }
    ranges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let text = "let package = Package(dependencies: [\n  .package(name: \"é\",\n url: \"https://x.example/a.git\", from: \"1.0.0\"),\n  // .package(url: \"https://x.example/b\"),\n  .package(url: \"https://x.example/d\", branch: \"main\"), /* a */\n ],\n targets: [.binaryTarget(name: \"c\", url: \"https://x.example/c.zip\", sources: [\"**/*.swift\"])])\n#if os(Linux)\npackage.dependencies.append(.package(url: \"https://x.example/e\", .upToNextMinor(from: \"1.2.0\")))\n#endif\n";
        let all = asked(text);
        let urls: Vec<_> = all.iter().map(|one| (one.url, one.is_certain)).collect();
        assert_eq!(
            urls,
            [
                ("https://x.example/a.git", true),
                ("https://x.example/d", true),
                ("https://x.example/e", false)
            ]
        );
        assert_eq!(&text[all[2].place.clone()], "https://x.example/e");
        assert_eq!(all[2].versions.as_ref().unwrap().written, "1.2.0..<1.3.0");
        assert!(all[1].versions.is_none());
    }

    #[test]
    fn versions_are_ranges() {
        let allows = |text: &str, version: &str| versions(text)?.allows(&Version::parse(version).ok()?);
        assert_eq!(allows("from: \"1.2.0\"", "1.9.0"), Some(true));
        assert_eq!(allows("from: \"0.2.0\"", "0.9.0"), Some(true));
        assert_eq!(allows(".upToNextMajor(from: \"1.2.0\")", "2.0.0"), Some(false));
        assert_eq!(allows(".upToNextMinor(from: \"1.2.0\")", "1.3.0"), Some(false));
        assert_eq!(allows("exact: \"1.2.0\"", "1.2.1"), Some(false));
        assert_eq!(allows("\"1.0.0\" ..< \"3.0.0\"", "3.0.0"), Some(false));
        assert_eq!(allows("\"1.0.0\"...\"3.0.0\"", "3.0.0"), Some(true));
        assert_eq!(allows("from: \"1.0.0-beta\"", "1.0.0"), None);
        assert_eq!(allows("branch: \"main\"", "1.0.0"), None);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(\\.package|Package|dependencies:|url:|from:|#if|[\"é\\\\/*\\[\\](){},:\n 1.])\
            {0,24}") {
            for one in asked(&text) {
                let _ = &text[one.place];
            }
        }
    }
}
