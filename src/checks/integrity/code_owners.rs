//! CODEOWNERS: lines that GitHub skips, files that it does not read, and patterns that match nothing.
//!
//! Source: GitHub's "About code owners", 2026-11: one file, of at most 3 MB; no `!`, no `[ ]`, no escaped `#`.

use globset::{GlobBuilder, GlobSetBuilder};

use crate::checkout::{Checkout, Source};
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

pub(super) static INVALID_CODE_OWNERS: Rule = Rule {
    id: "integrity/invalid-code-owners",
    severity: Severity::Warning,
    category: Category::Validity,
    summary: "a line or file of code owners that GitHub passes over",
    allow: None,
};

pub(super) static IDLE_CODE_OWNERS: Rule = Rule {
    id: "integrity/idle-code-owners",
    severity: Severity::Note,
    category: Category::Truth,
    summary: "a pattern of code owners that matches no file",
    allow: None,
};

/// Where GitHub looks, in this order; it reads the first one only.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Bytes that GitHub reads; a longer file counts for nothing.
const MAX_SIZE: usize = 3 * 1024 * 1024;

/// Patterns that are held against the files.
const MAX_PATTERNS: usize = 5_000;

/// Looks at the file, and says how many there are.
pub(super) fn look(checkout: &Checkout, record: &mut Record) -> usize {
    let mut present = PLACES.into_iter().filter(|path| checkout.contains(path));
    let Some(first) = present.next() else { return 0 };
    for other in present {
        let message = format!("GitHub reads `{first}` and passes this file over");
        record.push(
            Finding::new(&INVALID_CODE_OWNERS, Location::file(other), message).help("keep one of the two"),
        );
    }
    match checkout.read(first) {
        Ok(source) if source.text().len() > MAX_SIZE => {
            let message = "GitHub reads at most 3 MB of code owners, and nothing of a longer file";
            let finding = Finding::new(&INVALID_CODE_OWNERS, Location::file(first), message);
            record.push(finding.severity(Severity::Error));
        }
        Ok(source) => lines(&source, checkout, record),
        Err(error) => record.not_verified(format!("{first}: {error}")),
    }
    1
}

fn lines(source: &Source, checkout: &Checkout, record: &mut Record) {
    let mut patterns = Vec::new();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end().trim_start_matches('\u{feff}');
        let mut words = words(content);
        let Some((offset, pattern)) = words.next().filter(|(_, word)| !word.starts_with('#')) else {
            continue;
        };
        let place = |offset: usize, word: &str| {
            let start = start + line.len() - line.trim_start_matches('\u{feff}').len() + offset;
            source.at(start..start + word.len())
        };
        if let Some(message) = fault(pattern) {
            let finding = Finding::new(&INVALID_CODE_OWNERS, place(offset, pattern), message);
            record.push(finding.subject(pattern));
            continue;
        }
        let owners = words.take_while(|(_, word)| !word.starts_with('#'));
        for (offset, owner) in owners.filter(|(_, owner)| !is_owner(owner)) {
            let message = format!("`{owner}` is no owner: GitHub passes the whole line over");
            let finding = Finding::new(&INVALID_CODE_OWNERS, place(offset, owner), message);
            record.push(finding.help("write `@user`, `@organization/team` or a mail address").subject(owner));
        }
        patterns.push((place(offset, pattern), pattern));
    }
    if patterns.len() > MAX_PATTERNS {
        return record.not_examined("too many code owners to look for files of each");
    }
    idle(&patterns, checkout, record);
}

/// Words and where they begin; a backslash keeps a space in its word.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &line[at..];
        let start = at + (rest.len() - rest.trim_start().len());
        let mut escaped = false;
        let end = line[start..].find(|c: char| {
            let ends = c.is_whitespace() && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.map_or(line.len(), |end| start + end);
        at = end;
        (start < end).then(|| (start, &line[start..end]))
    })
}

fn fault(pattern: &str) -> Option<&'static str> {
    if pattern.starts_with('!') {
        return Some("`!` excepts nothing among code owners: GitHub passes the line over");
    }
    if pattern.starts_with("\\#") {
        return Some("`#` cannot be escaped among code owners: GitHub passes the line over");
    }
    pattern
        .contains(['[', ']'])
        .then_some("there are no `[ ]` among code owners: GitHub passes the line over")
}

fn is_owner(word: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    match word.strip_prefix('@') {
        Some(name) => match name.split_once('/') {
            Some((organization, team)) => is_name(organization) && is_name(team),
            None => is_name(name),
        },
        None => word.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.')),
    }
}

fn idle(patterns: &[(Location, &str)], checkout: &Checkout, record: &mut Record) {
    let mut set = GlobSetBuilder::new();
    let mut owners = Vec::new();
    for (index, (_, pattern)) in patterns.iter().enumerate() {
        for glob in globs(pattern) {
            if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build() {
                set.add(glob);
                owners.push(index);
            }
        }
    }
    let Ok(set) = set.build() else {
        return record.not_examined("code owners with patterns that are too large");
    };
    let mut used = vec![false; patterns.len()];
    for file in &checkout.listing().files {
        for found in set.matches(&*file.path) {
            used[owners[found]] = true;
        }
    }
    for (index, (place, pattern)) in patterns.iter().enumerate() {
        if !used[index] && owners.contains(&index) {
            let message = format!("no file is matched by `{pattern}`");
            record.push(Finding::new(&IDLE_CODE_OWNERS, place.clone(), message).subject(*pattern));
        }
    }
}

/// A pattern as globs over whole paths. With a slash before its end it begins at the root; what it names may be a folder.
fn globs(pattern: &str) -> Vec<String> {
    let trimmed = pattern.trim_start_matches('/');
    let rooted = pattern.trim_end_matches('/').contains('/');
    let start = if rooted { trimmed.to_owned() } else { format!("**/{trimmed}") };
    match start.strip_suffix('/') {
        Some(folder) => vec![format!("{folder}/**")],
        None if start.ends_with("/*") => vec![start],
        None => vec![format!("{start}/**"), start],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners() {
        for owner in ["@a", "@org/team-1", "a@example.com"] {
            assert!(is_owner(owner), "{owner}");
        }
        for none in ["a", "@", "@org/", "@a b", "a@b", "@org/team/x"] {
            assert!(!is_owner(none), "{none}");
        }
    }

    #[test]
    fn patterns_match_as_github_has_them() {
        let matches = |pattern: &str, path: &str| {
            globs(pattern).iter().any(|glob| {
                let glob = GlobBuilder::new(glob).literal_separator(true).build().unwrap();
                glob.compile_matcher().is_match(path)
            })
        };
        for (pattern, path, expected) in [
            ("*", "a/b.rs", true),
            ("*.js", "a/b.js", true),
            ("/build/logs/", "build/logs/x/y", true),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", false),
            ("apps/", "x/apps/y", true),
            ("/docs/", "x/docs/y", false),
            ("**/logs", "deploy/logs/x", true),
            ("/scripts/run", "scripts/run", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn words_keep_escaped_spaces() {
        let found: Vec<&str> = words(r" a\ b  @x # c").map(|(_, word)| word).collect();
        assert_eq!(found, [r"a\ b", "@x", "#", "c"]);
    }
}
