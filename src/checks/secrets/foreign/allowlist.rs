//! The allowlists of a `.gitleaks.toml`, with gitleaks' own meaning.

use regex_lite::Regex;
use toml::{Table, Value};

use super::config::{get, strings};
use super::{Place, go_regex};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
}

/// An allowlist.
pub struct Allowlist {
    /// True: all that is given must hold; false: one is enough.
    all: bool,
    target: Target,
    regexes: Option<Regex>,
    paths: Option<Regex>,
    commits: Vec<String>,
    stopwords: Vec<String>,
    /// The only rules that it is for; empty: all of them.
    pub rules: Vec<String>,
}

/// The lists of a table: `[allowlist]` or `[[allowlists]]`, not both.
pub fn lists(table: &Table) -> Result<Vec<Allowlist>, String> {
    let tables: Vec<&Table> = match (get(table, "allowlist"), get(table, "allowlists")) {
        (Some(_), Some(_)) => {
            return Err("`[allowlist]` and `[[allowlists]]` exclude one another".to_owned());
        }
        (Some(one), None) => one.as_table().into_iter().collect(),
        (None, many) => {
            many.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table).collect()
        }
    };
    tables.into_iter().map(Allowlist::parse).collect()
}

impl Allowlist {
    /// Reads one. An error is one that gitleaks ends with, too.
    pub fn parse(table: &Table) -> Result<Allowlist, String> {
        let word =
            |key: &str| get(table, key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let all = match &*word("condition") {
            "" | "or" | "||" => false,
            "and" | "&&" => true,
            other => return Err(format!("`condition` is `{other}`, it must be `OR` or `AND`")),
        };
        let target = match &*word("regextarget") {
            "" | "secret" => Target::Secret,
            "match" => Target::Match,
            "line" => Target::Line,
            other => return Err(format!("`regexTarget` is `{other}`, it must be `match` or `line`")),
        };
        let list = Allowlist {
            all,
            target,
            regexes: joined(&strings(table, "regexes"))?,
            paths: joined(&strings(table, "paths"))?,
            commits: strings(table, "commits").iter().map(|commit| commit.to_ascii_lowercase()).collect(),
            stopwords: strings(table, "stopwords").iter().map(|word| word.to_ascii_lowercase()).collect(),
            rules: strings(table, "targetrules"),
        };
        let empty = list.commits.is_empty() && list.stopwords.is_empty();
        if empty && list.regexes.is_none() && list.paths.is_none() {
            return Err("an allowlist is empty".to_owned());
        }
        Ok(list)
    }

    /// The same list for one rule.
    pub fn only_for(mut self, rule: &str) -> Allowlist {
        self.rules = vec![rule.to_owned()];
        self
    }

    /// True if the list allows what stands at a place.
    pub fn allows(&self, place: &Place<'_>) -> bool {
        if !self.rules.is_empty() && !self.rules.iter().any(|rule| super::is_kind(rule, place.rule)) {
            return false;
        }
        let secret = String::from_utf8_lossy(place.secret);
        let target = match self.target {
            Target::Secret => &*secret,
            // The match is the value and what the rule wants around it: failing that, the line holds both.
            Target::Match => place.matched.unwrap_or(place.lines.0),
            Target::Line => place.lines.0,
        };
        let lower = secret.to_ascii_lowercase();
        let held = [
            self.regexes.as_ref().map(|regex| regex.is_match(target)),
            self.paths.as_ref().map(|regex| regex.is_match(place.path)),
            (!self.commits.is_empty()).then(|| self.commits.iter().any(|commit| commit == place.commit)),
            (!self.stopwords.is_empty()).then(|| self.stopwords.iter().any(|word| lower.contains(&**word))),
        ];
        let mut given = held.into_iter().flatten();
        if self.all { given.all(|held| held) } else { given.any(|held| held) }
    }
}

/// One pattern of many, joined as gitleaks does: a flag in one holds for those after it.
fn joined(patterns: &[String]) -> Result<Option<Regex>, String> {
    if patterns.is_empty() {
        return Ok(None);
    }
    go_regex::compile(&format!("(?:{})", patterns.join("|"))).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(config: &str, path: &str, commit: &str, line: &str, secret: &str) -> bool {
        let place = Place {
            path,
            commit,
            line: 1,
            lines: (line, ""),
            secret: secret.as_bytes(),
            matched: None,
            rule: "jwt",
        };
        lists(&config.parse().unwrap()).unwrap().iter().any(|list| list.allows(&place))
    }

    #[test]
    fn lists_mean_what_gitleaks_means() {
        let or = "[allowlist]\npaths = ['''^docs/''']\nstopwords = ['Dummy']";
        assert!(allows(or, "docs/a", "", "", "x") && allows(or, "src/a", "", "", "aDUMMYb"));
        assert!(!allows(or, "src/docs/a", "", "", "x"));
        let and = "[[Allowlists]]\nCondition = 'AND'\npaths = 'a.py,b.py'\ncommits = ['ABC']";
        assert!(allows(and, "b.py", "abc", "", "x") && !allows(and, "b.py", "", "", "x"));
        let line = "[[allowlists]]\nregexTarget = 'line'\nregexes = ['test: .*']";
        assert!(allows(line, "a", "", "test: x", "x") && !allows(line, "a", "", "x", "test: x"));
        // The flag of the first pattern holds for the second, and `false` is a pattern of its own.
        let leak = "[allowlist]\nregexes = ['(?i)^true|false|null$', 'abc']";
        assert!(allows(leak, "a", "", "", "xFALSEy") && allows(leak, "a", "", "", "ABC"));
    }

    #[test]
    fn a_list_can_be_for_certain_rules() {
        let list = |rule: &str| format!("[[allowlists]]\ntargetRules = ['{rule}']\nregexes = ['x']");
        assert!(allows(&list("jwt"), "a", "", "", "x") && !allows(&list("other"), "a", "", "", "x"));
    }

    #[test]
    fn what_gitleaks_ends_with_is_an_error() {
        for wrong in [
            "[allowlist]\nregexes = ['a']\n[[allowlists]]\nregexes = ['b']",
            "[[allowlists]]\ndescription = 'x'",
            "[allowlist]\ncondition = 'XOR'\nregexes = ['a']",
            "[allowlist]\nregexTarget = 'file'\nregexes = ['a']",
            "[allowlist]\nregexes = ['(']",
        ] {
            assert!(lists(&wrong.parse().unwrap()).is_err(), "{wrong}");
        }
    }
}
