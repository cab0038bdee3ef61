//! A `.gitleaks.toml`: its rules, what it extends, its allowlists and the rules that it switches off.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::allowlist::{self, Allowlist};
use super::pattern::Pattern;

/// Configurations that extend one another, as gitleaks follows them.
const MAX_DEPTH: usize = 2;

/// Keys that are read, or that say nothing about what is found.
const KEYS: [&str; 9] = [
    "title",
    "description",
    "version",
    "minversion",
    "extend",
    "rules",
    "allowlist",
    "allowlists",
    "betterleaksminversion",
];

/// Keys of `extend` that are read, or named where they are not.
const EXTEND: [&str; 4] = ["path", "usedefault", "url", "disabledrules"];

/// What a configuration says.
#[derive(Default)]
pub struct Config {
    /// Rules with patterns of their own.
    pub patterns: Vec<Pattern>,
    /// Allowlists for everything, or for the rules that they name.
    pub lists: Vec<Allowlist>,
    /// Ids of rules that are switched off.
    pub disabled: Vec<String>,
    /// What of it is not honoured.
    pub rest: BTreeSet<String>,
}

impl Config {
    /// Reads a configuration; `other` reads the file that it extends. An error is one that gitleaks ends with, too.
    pub fn parse(text: &str, other: &mut dyn FnMut(&str) -> Option<String>) -> Result<Config, String> {
        Config::extended(text, other, 0)
    }

    fn extended(
        text: &str,
        other: &mut dyn FnMut(&str) -> Option<String>,
        depth: usize,
    ) -> Result<Config, String> {
        let root: Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let mut config = Config::default();
        let unknown = root.keys().filter(|key| !KEYS.contains(&&*key.to_ascii_lowercase()));
        config.rest.extend(unknown.map(|key| format!("`{key}`")));
        let nothing = Table::new();
        let extend = get(&root, "extend").and_then(Value::as_table).unwrap_or(&nothing);
        let unknown = extend.keys().filter(|key| !EXTEND.contains(&&*key.to_ascii_lowercase()));
        config.rest.extend(unknown.map(|key| format!("`{key}` in `extend`")));
        let path = get(extend, "path").and_then(Value::as_str).filter(|path| !path.is_empty());
        let defaults = get(extend, "usedefault").is_some_and(|value| text_of(value) == "true");
        if path.is_some() && defaults {
            return Err("`extend` takes `path` or `useDefault`, not both".to_owned());
        }
        if get(extend, "url").is_some() {
            config.rest.insert("the address that it extends".to_owned());
        }
        config.disabled = strings(extend, "disabledrules");
        if let Some(path) = path {
            let path = path.strip_prefix("./").unwrap_or(path);
            match other(path).filter(|_| depth < MAX_DEPTH) {
                Some(text) => config.inherit(Config::extended(&text, other, depth + 1)?),
                None => {
                    config.rest.insert(format!("`{path}`, which it extends and which cannot be read"));
                }
            }
        }
        let rules = get(&root, "rules").and_then(Value::as_array).into_iter().flatten();
        for table in rules.filter_map(Value::as_table) {
            config.rule(table)?;
        }
        config.lists.extend(allowlist::lists(&root)?);
        Ok(config)
    }

    /// Takes over what the configuration below says.
    fn inherit(&mut self, below: Config) {
        let disabled = std::mem::take(&mut self.disabled);
        let kept = below.patterns.into_iter().filter(|pattern| !disabled.contains(&pattern.id));
        self.patterns.extend(kept);
        self.lists.extend(below.lists);
        self.rest.extend(below.rest);
        self.disabled = below.disabled;
        self.disabled.extend(disabled);
    }

    fn rule(&mut self, table: &Table) -> Result<(), String> {
        let rule = Pattern::parse(table, &mut self.rest)?;
        let before = self.patterns.iter().position(|known| known.id == rule.id);
        match before {
            Some(place) => self.patterns[place].extend(rule),
            None if rule.looks() => self.patterns.push(rule),
            // A rule without a pattern adds to one of gitleaks' own of that name.
            None => self.lists.extend(rule.lists.into_iter().map(|list| list.only_for(&rule.id))),
        }
        Ok(())
    }
}

/// A key in any case: gitleaks does not tell them apart.
pub fn get<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    table.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// A list, or a text that commas split into one.
pub fn strings(table: &Table, key: &str) -> Vec<String> {
    match get(table, key) {
        Some(Value::Array(list)) => list.iter().map(text_of).collect(),
        Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A value as text: gitleaks does not tell numbers from texts that hold one.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, &mut |path| {
            match path {
            "base.toml" => Some(
                "[extend]\ndisabledRules = ['z']\n[[rules]]\nid = 'a'\nregex = 'a1'\nentropy = 2\nkeywords = ['a']\n\
                 [[rules]]\nid = 'b'\nregex = 'b'\n[[allowlists]]\nregexes = ['x']"
                    .to_owned(),
            ),
            "loop.toml" => Some("[extend]\npath = 'loop.toml'".to_owned()),
            _ => None,
        }
        })
    }

    #[test]
    fn a_configuration_adds_to_the_one_that_it_extends() {
        let text = "[extend]\npath = './base.toml'\ndisabledRules = ['b']\n[[rules]]\nid = 'a'\nregex = 'a2'\n\
                    keywords = ['k']";
        let config = parse(text).unwrap();
        assert_eq!(config.patterns.len(), 1);
        assert_eq!(config.patterns[0].keywords, ["a", "k"]);
        assert_eq!((config.lists.len(), config.disabled), (1, vec!["z".to_owned(), "b".to_owned()]));
        assert_eq!(config.patterns[0].scan("a1 a2", "x", "").len(), 0, "entropy of the base holds");
    }

    #[test]
    fn what_is_not_honoured_is_named_and_what_is_wrong_is_an_error() {
        let text = "prefilter = 'x'\n[extend]\nurl = 'https://a.b'\nx = 1\n[[rules]]\nid = 'own'\nregex = 'x'\n\
                    [[rules.required]]\nid = 'jwt'";
        let config = parse(text).unwrap();
        assert_eq!(config.rest.len(), 4, "{:?}", config.rest);
        assert!(config.patterns.is_empty(), "without what it requires it would say too much");
        assert_eq!(parse("[extend]\npath = 'none.toml'").unwrap().rest.len(), 1);
        assert_eq!(parse("[extend]\npath = 'loop.toml'").unwrap().rest.len(), 1);
        for wrong in [
            "[allowlist",
            "[extend]\npath = 'base.toml'\nuseDefault = true",
            "[[rules]]\nregex = 'x'",
            "[[rules]]\nid = 'x'\nregex = '('",
            "[[rules]]\nid = 'x'\nregex = '(x)'\nsecretGroup = 2",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rule_without_a_pattern_adds_an_allowlist_to_one_of_that_name() {
        let config = parse("[[rules]]\nid = 'jwt'\n[[rules.allowlists]]\nregexes = ['x']").unwrap();
        assert_eq!(config.lists[0].rules, ["jwt"]);
        assert!(config.patterns.is_empty());
    }
}
