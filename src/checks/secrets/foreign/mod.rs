//! What the repository keeps for other scanners: `.gitleaks.toml`, `.gitleaksignore`, `.secrets.baseline` and comments
//! on the line. On a pull request they count as the base has them.

mod allowlist;
mod config;
mod go_regex;
pub mod pattern;

use std::collections::{HashMap, HashSet};

use super::detect::{Hit, outermost};
use super::text::Lines;
use crate::checkout::Checkout;
use crate::checks::{Context, Record};
use crate::credentials::formats;
use crate::hashing::sha1;
use crate::settings::{Base, BaseFile};
use allowlist::Allowlist;
use config::Config;
use pattern::Patterns;

/// Files of gitleaks and detect-secrets at the root of the repository.
const GITLEAKS: &str = ".gitleaks.toml";
const IGNORE: &str = ".gitleaksignore";
const BASELINE: &str = ".secrets.baseline";

/// Comments by which other scanners leave a line alone, and whether they speak of the line below.
const COMMENTS: [(&str, bool); 4] = [
    ("gitleaks:allow", false),
    ("betterleaks:allow", false),
    ("pragma: allowlist secret", false),
    ("pragma: allowlist nextline secret", true),
];

/// What other tools' files except.
#[derive(Default)]
pub struct Foreign {
    /// `file:rule:line` and `commit:file:rule:line`, without the rule: tools name kinds differently.
    ignored: HashSet<(String, String, u32)>,
    /// SHA-1 of secrets, in hex, by file.
    known: HashMap<String, HashSet<String>>,
    lists: Vec<Allowlist>,
    disabled: Vec<String>,
    /// Rules of the repository's own.
    patterns: Patterns,
    /// True if comments on the line count: on a pull request they are the author's, and what the base has at the same
    /// place is not new anyway.
    comments: bool,
}

/// A place to ask about.
pub struct Place<'p> {
    /// Relative to the root.
    pub path: &'p str,
    /// In full; empty for the files as they are checked out.
    pub commit: &'p str,
    /// 1-based.
    pub line: u32,
    /// The line of the text, and the one above.
    pub lines: (&'p str, &'p str),
    /// The value.
    pub secret: &'p [u8],
    /// All that a rule wants, the value and what stands around it, if that is known.
    pub matched: Option<&'p str>,
    /// The kind of the secret.
    pub rule: &'p str,
}

impl Foreign {
    /// Reads the files, and says what in them is not honoured.
    pub fn read(context: &Context<'_>, record: &mut Record) -> Foreign {
        let comments = context.settings.base == Base::WorkTree;
        let mut foreign = Foreign { comments, ..Foreign::default() };
        let mut file = |path: &str| text_of(path, context.checkout, &context.settings.base, record);
        let (config, ignore, baseline) = (file(GITLEAKS), file(IGNORE), file(BASELINE));
        if let Some(text) = ignore {
            foreign.ignored = text.lines().filter_map(fingerprint).collect();
        }
        if let Some(text) = baseline {
            match known(&text) {
                Ok(known) => foreign.known = known,
                Err(error) => record.not_verified(format!("`{BASELINE}` cannot be read: {error}")),
            }
        }
        if let Some(text) = config {
            let mut other = |path: &str| text_of(path, context.checkout, &context.settings.base, record);
            let parsed = Config::parse(&text, &mut other);
            match parsed {
                Ok(config) => {
                    let disabled = config.disabled.iter().filter(|rule| !is_known(rule));
                    let mut rest = config.rest;
                    rest.extend(
                        disabled.map(|rule| format!("`{rule}` in `disabledRules`, which nothing here is")),
                    );
                    let targets = config.lists.iter().flat_map(|list| &list.rules).filter(|rule| {
                        !is_about(rule) && !config.patterns.iter().any(|own| own.id == **rule)
                    });
                    rest.extend(
                        targets.map(|rule| format!("`{rule}` in `targetRules`, which nothing here is")),
                    );
                    if !rest.is_empty() {
                        let rest: Vec<String> = rest.into_iter().collect();
                        record.note(format!("`{GITLEAKS}`: not honoured: {}", rest.join("; ")));
                    }
                    foreign.lists = config.lists;
                    foreign.disabled = config.disabled;
                    foreign.patterns = Patterns::new(config.patterns);
                }
                Err(error) => record.not_verified(format!("`{GITLEAKS}` cannot be read: {error}")),
            }
        }
        foreign
    }

    /// True if the repository has rules of its own.
    pub fn has_own_rules(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// What was found in a text, and what the repository's own rules find in it.
    pub fn with_own(&self, hits: Vec<Hit>, text: &[u8], path: &str, commit: &str) -> Vec<Hit> {
        // What a rule looks for stands in it.
        let own = if path == GITLEAKS { Vec::new() } else { self.patterns.scan(text, path, commit) };
        if own.is_empty() { hits } else { outermost(hits.into_iter().chain(own)) }
    }

    /// Which file excepts a hit in a text; `None` if none does. `commit` is empty for files as they are checked out.
    pub fn excepts_hit(
        &self,
        hit: &Hit,
        lines: &mut Lines<'_>,
        path: &str,
        commit: &str,
    ) -> Option<&'static str> {
        let (line, above) = lines.around(hit.range.start);
        self.excepts(&Place {
            path,
            commit,
            line: lines.line(hit.range.start),
            lines: (&line, &above),
            secret: lines.text().get(hit.range.clone()).unwrap_or_default(),
            matched: None,
            rule: hit.kind.id(),
        })
    }

    /// Which file excepts a place; `None` if none does.
    fn excepts(&self, place: &Place<'_>) -> Option<&'static str> {
        if self.comments && is_commented(place.lines.0, place.lines.1) {
            return Some("allowed by a comment for another scanner");
        }
        let entry =
            |commit: &str| self.ignored.contains(&(commit.to_owned(), place.path.to_owned(), place.line));
        if !self.ignored.is_empty() && (entry("") || entry(place.commit)) {
            return Some("excepted by .gitleaksignore");
        }
        if self.known.get(place.path).is_some_and(|hashes| hashes.contains(&sha1(place.secret))) {
            return Some("known to .secrets.baseline");
        }
        if self.disabled.iter().any(|rule| rule == place.rule) {
            return Some("switched off by `disabledRules` of .gitleaks.toml");
        }
        self.lists.iter().any(|list| list.allows(place)).then_some("allowed by .gitleaks.toml")
    }
}

/// True if a rule of gitleaks, by its id, is about secrets of a kind: `gitlab-pat` about `gitlab`.
fn is_kind(rule: &str, kind: &str) -> bool {
    rule.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// True if a rule of gitleaks is about a kind that is known here.
fn is_about(rule: &str) -> bool {
    is_known(rule) || formats::all().iter().any(|format| is_kind(rule, &format.id))
}

/// True if there is such a kind.
fn is_known(rule: &str) -> bool {
    let others = [
        "generic-api-key",
        "private-key",
        "jwt",
        "url-password",
        "connection-string",
        "kubernetes-secret-yaml",
    ];
    others.contains(&rule) || formats::all().iter().any(|format| format.id == rule)
}

/// True if a comment at the line excepts it.
fn is_commented(line: &str, above: &str) -> bool {
    COMMENTS.iter().any(|(comment, next)| if *next { above } else { line }.contains(comment))
}

/// A file as it counts.
fn text_of(path: &str, checkout: &Checkout, base: &Base, record: &mut Record) -> Option<String> {
    let own = || checkout.read(path).ok().map(|source| source.text().to_owned());
    match base.file(checkout, path) {
        None => own(),
        Some(BaseFile::Text(_, text)) => {
            if own().as_ref() != Some(&text) {
                record
                    .note(format!("`{path}` is changed by this pull request; it counts as the base has it"));
            }
            Some(text)
        }
        Some(BaseFile::Absent) => {
            if checkout.contains(path) {
                record.note(format!("`{path}` is new in this pull request; it counts once it is merged"));
            }
            None
        }
        Some(BaseFile::Unknown) => {
            if checkout.contains(path) {
                record.note(format!("`{path}` cannot be compared with the base, so it is not honoured"));
            }
            None
        }
    }
}

/// A line of a `.gitleaksignore`: a comment only at its beginning, either slash in paths.
fn fingerprint(line: &str) -> Option<(String, String, u32)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let line = line.replace('\\', "/");
    let (rest, number) = line.rsplit_once(':')?;
    let (rest, _rule) = rest.rsplit_once(':')?;
    let number = number.parse().ok()?;
    let is_commit = |text: &str| text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (commit.to_ascii_lowercase(), path),
        _ => (String::new(), rest),
    };
    Some((commit, path.trim_start_matches("./").to_owned(), number))
}

/// The secrets of a baseline of detect-secrets, but those that somebody confirmed to be real.
fn known(text: &str) -> Result<HashMap<String, HashSet<String>>, String> {
    let document: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let results = document["results"].as_object().ok_or("it has no `results`")?;
    let hashes = |list: &serde_json::Value| -> HashSet<String> {
        let all = list.as_array().into_iter().flatten().filter(|row| row["is_secret"] != true);
        all.filter_map(|row| Some(row["hashed_secret"].as_str()?.to_ascii_lowercase())).collect()
    };
    Ok(results.iter().map(|(path, list)| (path.replace('\\', "/"), hashes(list))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_ignore_file_are_read_as_gitleaks_does() {
        let commit = "a".repeat(40);
        assert_eq!(fingerprint("# x:y:1"), None);
        assert_eq!(fingerprint(""), None);
        assert_eq!(fingerprint("src\\a.py:generic-api-key:7"), Some((String::new(), "src/a.py".into(), 7)));
        assert_eq!(fingerprint(&format!("{commit}:a.py:jwt:2")), Some((commit, "a.py".into(), 2)));
        assert_eq!(fingerprint("a.zip!b:c.py:jwt:2"), Some((String::new(), "a.zip!b:c.py".into(), 2)));
    }

    #[test]
    fn what_somebody_confirmed_stays_reported() {
        let text = r#"{"results": {"a.py": [{"type": "x", "hashed_secret": "0BEEC7b5ea3f0fdbc95d0dd47f3c5bc275da8a33"},
            {"hashed_secret": "62cdb7020ff920e5aa642c3d4066950dd1f01f4d", "is_secret": true}]}}"#;
        let known = known(text).unwrap();
        assert!(known["a.py"].contains(&sha1(b"foo")));
        assert!(!known["a.py"].contains(&sha1(b"bar")));
    }

    #[test]
    fn comments_of_other_tools_count_for_their_line() {
        assert!(is_commented("x = 1 # gitleaks:allow", ""));
        assert!(is_commented("x = 1", "# pragma: allowlist nextline secret"));
        assert!(!is_commented("x = 1", "y = 2 # gitleaks:allow"));
    }
}
