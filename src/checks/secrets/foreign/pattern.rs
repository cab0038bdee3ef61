//! Rules of a `.gitleaks.toml`, run as gitleaks runs them.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex_lite::Regex;
use toml::{Table, Value};

use super::allowlist::{self, Allowlist};
use super::config::{get, strings, text_of};
use super::{Place, go_regex};
use crate::checks::secrets::detect::{Hit, Kind};
use crate::checks::secrets::text::Lines;

/// Places in one text that a rule is asked about.
const MOST: usize = 10_000;

/// Keys of a rule that are read, or that say nothing about what is found.
const KEYS: [&str; 12] = [
    "id",
    "description",
    "regex",
    "path",
    "entropy",
    "secretgroup",
    "keywords",
    "tags",
    "allowlist",
    "allowlists",
    "skipreport",
    "required",
];

/// A rule of a configuration.
pub struct Pattern {
    /// Its id.
    pub id: String,
    regex: Option<Regex>,
    path: Option<Regex>,
    /// Bits that a character of the value must have, on average; 0: any.
    entropy: f64,
    group: usize,
    /// In small letters. One of them must stand in the text, if there are any.
    pub keywords: Vec<String>,
    /// Its own allowlists.
    pub lists: Vec<Allowlist>,
    /// True if it is only there for others to require it.
    silent: bool,
}

impl Pattern {
    /// Reads a rule, and adds what of it is not honoured. An error is one that gitleaks ends with, too.
    pub fn parse(table: &Table, rest: &mut BTreeSet<String>) -> Result<Pattern, String> {
        let word = |key: &str| get(table, key).map(text_of).filter(|text| !text.is_empty());
        let id = word("id").ok_or("a rule has no `id`")?;
        let wrong = |error: String| format!("rule `{id}`: {error}");
        let compile = |key: &str| word(key).map(|text| go_regex::compile(&text)).transpose();
        let regex = compile("regex").map_err(wrong)?;
        let number = |key: &str| word(key).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        let group = number("secretgroup") as usize;
        if regex.as_ref().is_some_and(|regex| group >= regex.captures_len()) {
            return Err(wrong(format!("`secretGroup` is {group}, and `regex` has no such group")));
        }
        for key in table.keys().filter(|key| !KEYS.contains(&&*key.to_ascii_lowercase())) {
            rest.insert(format!("`{key}` of the rule `{id}`"));
        }
        let required = get(table, "required").is_some();
        if required {
            rest.insert(format!("the rule `{id}`, which wants others near it (`required`)"));
        }
        Ok(Pattern {
            regex,
            path: compile("path").map_err(wrong)?,
            entropy: number("entropy"),
            group,
            keywords: strings(table, "keywords").iter().map(|word| word.to_lowercase()).collect(),
            lists: allowlist::lists(table).map_err(wrong)?,
            silent: required || get(table, "skipreport").and_then(Value::as_bool).unwrap_or_default(),
            id,
        })
    }

    /// True if it finds something by itself.
    pub fn looks(&self) -> bool {
        (self.regex.is_some() || self.path.is_some()) && !self.silent
    }

    /// Takes over what a rule of the same id says above the configuration that this one is from.
    pub fn extend(&mut self, above: Pattern) {
        self.regex = above.regex.or(self.regex.take());
        self.path = above.path.or(self.path.take());
        self.entropy = if above.entropy == 0.0 { self.entropy } else { above.entropy };
        self.group = if above.group == 0 { self.group } else { above.group };
        self.keywords.extend(above.keywords);
        self.lists.extend(above.lists);
        self.silent |= above.silent;
    }

    /// Ranges of the values that the rule finds in a text.
    pub fn scan(&self, text: &str, path: &str, commit: &str) -> Vec<Range<usize>> {
        if self.path.as_ref().is_some_and(|own| !own.is_match(path)) {
            return Vec::new();
        }
        let Some(regex) = &self.regex else { return std::iter::once(0..0).collect() };
        let mut ranges = Vec::new();
        let mut all = Lines::of(text.as_bytes());
        for captures in regex.captures_iter(text).take(MOST) {
            let Some(whole) = captures.get(0) else { continue };
            let first = || (1..captures.len()).find_map(|n| captures.get(n).filter(|m| !m.is_empty()));
            let value = match self.group {
                0 => first().or(Some(whole)),
                group => captures.get(group),
            };
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            if self.entropy > 0.0 && entropy(value.as_str()) <= self.entropy {
                continue;
            }
            let (line, above) = all.around(whole.start());
            let place = Place {
                path,
                commit,
                line: 0,
                lines: (&line, &above),
                secret: value.as_str().as_bytes(),
                matched: Some(whole.as_str()),
                rule: &self.id,
            };
            if !self.lists.iter().any(|list| list.allows(&place)) {
                ranges.push(value.range());
            }
        }
        ranges
    }
}

/// Bits of a character, as gitleaks counts them: characters by bytes.
fn entropy(value: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    value.chars().for_each(|char| *counts.entry(char).or_insert(0u32) += 1);
    let length = value.len() as f64;
    counts.values().map(|count| f64::from(*count) / length).map(|share| -share * share.log2()).sum()
}

/// All rules of a configuration.
#[derive(Default)]
pub struct Patterns {
    rules: Vec<&'static Pattern>,
    /// The keywords of all of them, and whose each is.
    keywords: Option<(AhoCorasick, Vec<usize>)>,
}

impl Patterns {
    /// Makes them ready. They are kept until the program ends: what they find points to them.
    pub fn new(rules: Vec<Pattern>) -> Patterns {
        let rules: Vec<&'static Pattern> =
            rules.into_iter().map(|rule| &*Box::leak(Box::new(rule))).collect();
        let words = rules.iter().enumerate().flat_map(|(n, rule)| rule.keywords.iter().map(move |w| (w, n)));
        let (words, owners): (Vec<&String>, Vec<usize>) = words.unzip();
        let literals = AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok();
        Patterns { rules, keywords: literals.map(|literals| (literals, owners)) }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the rules find in a text.
    pub fn scan(&self, bytes: &[u8], path: &str, commit: &str) -> Vec<Hit> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut wanted: Vec<bool> = self.rules.iter().map(|rule| rule.keywords.is_empty()).collect();
        if let Some((literals, owners)) = &self.keywords {
            for found in literals.find_overlapping_iter(bytes) {
                wanted[owners[found.pattern().as_usize()]] = true;
            }
        }
        if !wanted.contains(&true) {
            return Vec::new();
        }
        let text = readable(bytes);
        let rules = self.rules.iter().copied().zip(wanted).filter(|(_, wanted)| *wanted);
        rules
            .flat_map(|(rule, _)| {
                rule.scan(&text, path, commit).into_iter().map(move |range| Hit {
                    kind: Kind::Own(rule),
                    doubt: None,
                    range,
                })
            })
            .collect()
    }
}

/// Text at the same places, with `?` for bytes that are none.
fn readable(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
            }
            text.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &str, text: &str) -> Vec<String> {
        let rule = Pattern::parse(&rule.parse().unwrap(), &mut BTreeSet::new()).unwrap();
        let hits = Patterns::new(vec![rule]).scan(text.as_bytes(), "src/a.py", "");
        hits.into_iter().map(|hit| text[hit.range].to_owned()).collect()
    }

    #[test]
    fn rules_mean_what_gitleaks_means() {
        let rule = |more: &str| format!("id = 'own'\nregex = 'key-([a-z0-9]+)'\n{more}");
        assert_eq!(found(&rule(""), "key-abc key-"), ["abc"]);
        assert_eq!(found("id = 'own'\nregex = 'key-[0-9]+'", "a key-12"), ["key-12"]);
        assert_eq!(found("id = 'own'\nregex = '(a)?(b)c'\nsecretGroup = '2'", "bc"), ["b"]);
        // An entropy that is just reached is not enough.
        assert_eq!(found(&rule("entropy = 2"), "key-abcd key-abcde"), ["abcde"]);
        assert!(found(&rule("keywords = ['other']"), "key-abc").is_empty());
        // A keyword may stand anywhere in the text, in any case.
        assert_eq!(found(&rule("keywords = ['other']"), "key-abc\n\nOTHER"), ["abc"]);
        assert!(found(&rule("path = '\\.js$'"), "key-abc").is_empty());
        assert_eq!(found("id = 'own'\npath = '\\.py$'", "anything"), [""]);
        let list = |target: &str, regex: &str| {
            rule(&format!("[[allowlists]]\nregexTarget = '{target}'\nregexes = ['{regex}']"))
        };
        assert!(found(&list("match", "^key-a"), "key-abc").is_empty());
        assert_eq!(found(&list("secret", "^key-a"), "key-abc"), ["abc"]);
        assert!(found(&list("line", "# no"), "key-abc # no").is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_keep_their_places() {
        assert_eq!(readable(b"a\xffb\xc3"), "a?b?");
        assert_eq!(readable("aä".as_bytes()), "aä");
    }
}
