//! The allowlists of a `.gitleaks.toml`, with gitleaks' own meaning. Its rules are not run: what they and other keys
//! ask for is named, so that nobody takes it for done.

use regex_lite::Regex;
use toml::{Table, Value};

use super::{Place, go_regex};

/// All allowlists that are not tied to a rule.
#[derive(Default)]
pub struct Allowlists {
    lists: Vec<Allowlist>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Secret,
    Line,
}

struct Allowlist {
    /// True: all that is given must hold; false: one is enough.
    all: bool,
    target: Target,
    regexes: Option<Regex>,
    paths: Option<Regex>,
    commits: Vec<String>,
    stopwords: Vec<String>,
}

impl Allowlists {
    /// Reads a configuration. Also returns what of it is not honoured. An error is one that gitleaks ends with, too.
    pub fn parse(text: &str) -> Result<(Allowlists, Vec<String>), String> {
        let root: Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let mut rest = Vec::new();
        if let Some(rules) = get(&root, "rules").and_then(Value::as_array) {
            let id =
                |rule: &Value| rule.as_table().and_then(|rule| get(rule, "id")?.as_str().map(str::to_owned));
            let ids: Vec<String> = rules.iter().filter_map(id).take(10).collect();
            rest.push(format!(
                "{} rules of its own, with their allowlists ({})",
                rules.len(),
                ids.join(", ")
            ));
        }
        if let Some(extend) = get(&root, "extend").and_then(Value::as_table) {
            if get(extend, "path").is_some() || get(extend, "url").is_some() {
                rest.push("the file that it extends".to_owned());
            }
            if get(extend, "disabledrules").is_some() {
                rest.push("`disabledRules`".to_owned());
            }
        }
        let (one, many) = (get(&root, "allowlist"), get(&root, "allowlists"));
        let tables: Vec<&Table> = match (one, many) {
            (Some(_), Some(_)) => {
                return Err("`[allowlist]` and `[[allowlists]]` exclude one another".to_owned());
            }
            (Some(one), None) => one.as_table().into_iter().collect(),
            (None, many) => {
                many.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table).collect()
            }
        };
        let mut lists = Vec::new();
        for table in tables {
            if get(table, "targetrules").is_some() {
                rest.push("an allowlist for certain rules (`targetRules`)".to_owned());
                continue;
            }
            lists.push(Allowlist::parse(table)?);
        }
        Ok((Allowlists { lists }, rest))
    }

    /// True if one of the lists allows what stands at a place.
    pub fn allow(&self, place: &Place<'_>) -> bool {
        self.lists.iter().any(|list| list.allows(place))
    }
}

impl Allowlist {
    fn parse(table: &Table) -> Result<Allowlist, String> {
        let word =
            |key: &str| get(table, key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let all = match &*word("condition") {
            "" | "or" | "||" => false,
            "and" | "&&" => true,
            other => return Err(format!("`condition` is `{other}`, it must be `OR` or `AND`")),
        };
        let target = match &*word("regextarget") {
            "" | "secret" => Target::Secret,
            // The match is the value and what the rule wants around it: the line holds both.
            "match" | "line" => Target::Line,
            other => return Err(format!("`regexTarget` is `{other}`, it must be `match` or `line`")),
        };
        let list = Allowlist {
            all,
            target,
            regexes: joined(&strings(table, "regexes"))?,
            paths: joined(&strings(table, "paths"))?,
            commits: strings(table, "commits").iter().map(|commit| commit.to_ascii_lowercase()).collect(),
            stopwords: strings(table, "stopwords").iter().map(|word| word.to_ascii_lowercase()).collect(),
        };
        let empty = list.commits.is_empty() && list.stopwords.is_empty();
        if empty && list.regexes.is_none() && list.paths.is_none() {
            return Err("an allowlist is empty".to_owned());
        }
        Ok(list)
    }

    fn allows(&self, place: &Place<'_>) -> bool {
        let secret = String::from_utf8_lossy(place.secret);
        let target = match self.target {
            Target::Secret => &*secret,
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

/// A key in any case: gitleaks does not tell them apart.
fn get<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    table.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// A list, or a text that commas split into one.
fn strings(table: &Table, key: &str) -> Vec<String> {
    match get(table, key) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(config: &str, path: &str, commit: &str, line: &str, secret: &str) -> bool {
        let (lists, _) = Allowlists::parse(config).unwrap();
        lists.allow(&Place { path, commit, line: 1, lines: (line, ""), secret: secret.as_bytes() })
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
    fn what_is_not_honoured_is_named_and_what_is_wrong_is_an_error() {
        let text = "[extend]\nuseDefault = true\ndisabledRules = ['jwt']\n[[rules]]\nid = 'own'\nregex = 'x'\n\
                    [[allowlists]]\ntargetRules = ['own']\nregexes = ['x']";
        let (_, rest) = Allowlists::parse(text).unwrap();
        assert!(rest.len() == 3 && rest[0].contains("own"), "{rest:?}");
        for wrong in [
            "[allowlist]\nregexes = ['a']\n[[allowlists]]\nregexes = ['b']",
            "[[allowlists]]\ndescription = 'x'",
            "[allowlist]\ncondition = 'XOR'\nregexes = ['a']",
            "[allowlist]\nregexTarget = 'file'\nregexes = ['a']",
            "[allowlist]\nregexes = ['(']",
            "[allowlist",
        ] {
            assert!(Allowlists::parse(wrong).is_err(), "{wrong}");
        }
    }
}
