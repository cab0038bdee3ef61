//! `overrides` of package.json: which range an edge is really held to, by where in the tree it lies.

use crate::tree::Node;

use super::super::super::node::spec::{Spec, intersects};

/// Overrides within overrides that are followed.
const DEEPEST: usize = 32;

/// Overrides in all that are followed.
const MOST: usize = 10_000;

/// All overrides as an arena. Number 0 is the root, which holds the others and overrides nothing itself.
pub struct Overrides(Vec<Set>);

struct Set {
    name: String,
    /// Which versions it is for.
    key: String,
    /// What is to be taken instead.
    value: String,
    parent: usize,
    children: Vec<usize>,
}

impl Overrides {
    /// The overrides of a manifest.
    pub fn of(manifest: Node<'_>) -> Overrides {
        let root = Set {
            name: String::new(),
            key: String::new(),
            value: String::new(),
            parent: 0,
            children: Vec::new(),
        };
        let mut overrides = Overrides(vec![root]);
        if let Some(table) = manifest.get("overrides") {
            overrides.add(table, 0, manifest, 0);
        }
        overrides
    }

    fn add(&mut self, table: Node<'_>, parent: usize, manifest: Node<'_>, depth: usize) {
        for (key, value) in table.entries() {
            let key = key.text().unwrap_or_default();
            if key == "." || depth > DEEPEST || self.0.len() > MOST {
                continue;
            }
            let at = key.rfind('@').filter(|at| *at > 0);
            let (name, range) = at.map_or((key, "*"), |at| (&key[..at], &key[at + 1..]));
            let written = value.as_str().or_else(|| value.get(".").and_then(|own| own.as_str()));
            let written = written.map(|text| if text.is_empty() { "*" } else { text });
            let value_text = written.map_or_else(|| range.to_owned(), |text| referenced(text, manifest));
            let index = self.0.len();
            self.0.push(Set {
                name: name.to_owned(),
                key: range.to_owned(),
                value: value_text,
                parent,
                children: Vec::new(),
            });
            self.0[parent].children.push(index);
            if value.is_map() {
                self.add(value, index, manifest, depth + 1);
            }
        }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 1
    }

    /// The set that holds for what an edge leads to, seen from a package in `set`.
    pub fn below(&self, set: usize, name: &str, spec: &str) -> usize {
        if self.is_empty() {
            return 0;
        }
        let mut above = set;
        loop {
            let own = (above != 0).then_some(&above);
            for &rule in self.0[above].children.iter().chain(own) {
                if self.0[rule].name == name && covers(&self.0[rule].key, spec) {
                    return rule;
                }
            }
            if above == 0 {
                return set;
            }
            above = self.0[above].parent;
        }
    }

    /// What an edge of this name is held to under the set, and for which versions; `None` if it keeps its own.
    pub fn value(&self, set: usize, name: &str) -> Option<(&str, &str)> {
        let set = &self.0[set];
        (set.name == name && set.value != "*").then_some((set.value.as_str(), set.key.as_str()))
    }
}

/// `$name` stands for what the project itself asks for under that name.
fn referenced(text: &str, manifest: Node<'_>) -> String {
    let Some(name) = text.strip_prefix('$') else { return text.to_owned() };
    let sections = ["devDependencies", "optionalDependencies", "dependencies", "peerDependencies"];
    let found = sections.iter().find_map(|section| manifest.at(&[section, name])?.as_str());
    found.unwrap_or("*").to_owned()
}

fn covers(key: &str, spec: &str) -> bool {
    let of = |spec: &Spec| match spec {
        Spec::Range(range) => intersects(range, key),
        Spec::Git(_, Some(reference)) => {
            reference.strip_prefix("semver:").is_some_and(|range| intersects(range, key))
        }
        Spec::Git(_, None) => false,
        _ => true,
    };
    key == "*"
        || match Spec::of(spec) {
            Spec::Alias(_, inner) => of(&inner),
            other => of(&other),
        }
}

#[cfg(test)]
mod tests {
    use crate::tree::{Syntax, Tree};

    use super::*;

    fn with<T>(text: &str, check: impl FnOnce(&Overrides) -> T) -> T {
        let tree = Tree::parse(text.into(), Syntax::Json);
        check(&Overrides::of(tree.root().unwrap()))
    }

    #[test]
    fn the_nearest_rule_counts() {
        let text = r#"{"dependencies": {"x": "^9"}, "overrides": {"ms": "2.1.2", "a": {".": "1.0.0", "ms": "3.0.0"}, "b@^2": "2.5.0", "x": "$x"}}"#;
        with(text, |overrides| {
            let under_a = overrides.below(0, "a", "^1");
            assert_eq!(overrides.value(under_a, "a"), Some(("1.0.0", "*")));
            let ms = overrides.below(under_a, "ms", "^2");
            assert_eq!(overrides.value(ms, "ms"), Some(("3.0.0", "*")));
            let ms = overrides.below(0, "ms", "^2");
            assert_eq!(overrides.value(ms, "ms"), Some(("2.1.2", "*")));
            assert_eq!(overrides.below(0, "b", "^1"), 0);
            assert_eq!(overrides.value(overrides.below(0, "b", "^2.1"), "b"), Some(("2.5.0", "^2")));
            assert_eq!(overrides.value(overrides.below(0, "x", "1"), "x"), Some(("^9", "*")));
            assert_eq!(overrides.below(under_a, "other", "1"), under_a, "rules are inherited");
        });
    }
}
