//! pnpm's `overrides`, as far as they change what a project of the workspace asks for.

use std::collections::BTreeMap;

use super::super::super::node::spec::range;

/// An override.
struct Override {
    /// The project that has to ask, if not any.
    parent: Option<String>,
    name: String,
    /// Which ranges it is for.
    range: Option<String>,
    value: String,
}

/// All overrides.
pub struct Overrides(Vec<Override>);

impl Overrides {
    /// From `selector: value` pairs.
    pub fn of(table: &BTreeMap<String, String>) -> Overrides {
        Overrides(table.iter().map(|(selector, value)| read(selector, value)).collect())
    }

    /// What a project named `project` really asks for; nothing if the dependency is taken out.
    pub fn apply<'a>(&'a self, project: &str, name: &str, specifier: &'a str) -> Option<&'a str> {
        let fits = |known: &&Override| {
            known.name == name
                && known.parent.as_deref().is_none_or(|parent| parent == project)
                && known.range.as_deref().is_none_or(|range| meets(range, specifier))
        };
        // The one that says most about its target goes first.
        let best =
            self.0.iter().filter(fits).max_by_key(|known| (known.parent.is_some(), known.range.is_some()));
        match best.map(|known| known.value.as_str()) {
            Some("-") => None,
            Some(value) => Some(value),
            None => Some(specifier),
        }
    }
}

fn read(selector: &str, value: &str) -> Override {
    // `>` separates parent and child; in a range it follows a space, `@` or `|`.
    let divided = selector
        .char_indices()
        .skip(1)
        .find(|(at, c)| *c == '>' && !selector[..*at].ends_with([' ', '@', '|']));
    let (parent, target) =
        divided.map_or((None, selector), |(at, _)| (Some(&selector[..at]), &selector[at + 1..]));
    let (name, range) = named(target.trim());
    Override {
        parent: parent.map(|parent| named(parent.trim()).0.to_owned()),
        name: name.to_owned(),
        range: range.map(str::to_owned),
        value: value.to_owned(),
    }
}

fn named(text: &str) -> (&str, Option<&str>) {
    let from = usize::from(text.starts_with('@'));
    match text.get(from..).and_then(|rest| rest.find('@')) {
        Some(at) => (&text[..from + at], Some(&text[from + at + 1..])),
        None => (text, None),
    }
}

fn meets(one: &str, other: &str) -> bool {
    match (range(one), range(other)) {
        _ if one == other => true,
        (Some(one), Some(other)) => one.allows_any(&other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_change_what_is_asked_for() {
        let table =
            [("ms", "2.1.2"), ("@types/node@22", "^22.19.0"), ("app>left-pad", "1.0.0"), ("gone", "-")];
        let table = table.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let overrides = Overrides::of(&BTreeMap::from(table));
        assert_eq!(overrides.apply("app", "ms", "^2"), Some("2.1.2"));
        assert_eq!(overrides.apply("app", "@types/node", "^22.1.0"), Some("^22.19.0"));
        assert_eq!(overrides.apply("app", "@types/node", "^20"), Some("^20"));
        assert_eq!(overrides.apply("app", "left-pad", "^1"), Some("1.0.0"));
        assert_eq!(overrides.apply("other", "left-pad", "^1"), Some("^1"));
        assert_eq!(overrides.apply("app", "gone", "^1"), None);
    }
}
