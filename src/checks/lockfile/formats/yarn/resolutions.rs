//! `resolutions` of the manifest beside the lockfile, as yarn 2 and later reads them.

use std::collections::HashMap;

use crate::tree::Node;

use super::super::super::node::spec::is_range;
use super::descriptor;

/// What one of them replaces, and with what.
struct Resolution<'m> {
    /// Only what this package asks for, in this version if one is given.
    from: Option<(&'m str, &'m str)>,
    name: &'m str,
    /// Only this range; empty for any.
    range: &'m str,
    reference: &'m str,
}

/// All of them by name, those of one name in the order of the manifest.
pub struct Resolutions<'m>(HashMap<&'m str, Vec<Resolution<'m>>>);

impl<'m> Resolutions<'m> {
    /// Reads them. What yarn cannot read replaces nothing.
    pub fn of(manifest: Node<'m>) -> Resolutions<'m> {
        let table = manifest.get("resolutions").into_iter().flat_map(|table| table.entries());
        let read = |(pattern, reference): (Node<'m>, Node<'m>)| {
            let (from, target) = parts(pattern.text()?)?;
            let (name, range) = descriptor(target);
            Some(Resolution { from: from.map(descriptor), name, range, reference: reference.text()? })
        };
        let mut all: HashMap<&str, Vec<Resolution<'_>>> = HashMap::new();
        for resolution in table.filter_map(read) {
            all.entry(resolution.name).or_default().push(resolution);
        }
        Resolutions(all)
    }

    /// True if a name is replaced anywhere.
    pub fn mention(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What is taken where `parent`, a name and a reference, asks for a range of a name; `None` if that is nothing that
    /// can be compared with the entries of a lockfile.
    pub fn effective<'r>(&self, parent: (&str, &str), name: &str, range: &'r str) -> Option<&'r str>
    where
        'm: 'r,
    {
        let is_for = |resolution: &&Resolution<'_>| {
            (resolution.range.is_empty() || is_same(resolution.range, range))
                && resolution.from.is_none_or(|(from, version)| {
                    from == parent.0 && (version.is_empty() || is_same(version, parent.1))
                })
        };
        let found = self.0.get(name).into_iter().flatten().find(is_for);
        let taken = found.map_or(range, |resolution| resolution.reference);
        is_range(without_protocol(taken)).then_some(taken)
    }
}

/// The package that asks, if one is named, and what it asks for: `a/b@1`, in which each name may have a scope.
fn parts(pattern: &str) -> Option<(Option<&str>, &str)> {
    let scoped = |text: &str| usize::from(text.starts_with('@'));
    let slash = |text: &str, skip: usize| text.match_indices('/').nth(skip).map(|(at, _)| at);
    match slash(pattern, scoped(pattern)) {
        None => Some((None, pattern)),
        Some(at) => {
            let (from, target) = (&pattern[..at], &pattern[at + 1..]);
            // Ranges hold slashes where they are URLs or paths, which nobody compares.
            let is_name = !from.contains(':') && slash(target, scoped(target)).is_none();
            is_name.then_some((Some(from), target))
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    without_protocol(one) == without_protocol(other)
}

fn without_protocol(range: &str) -> &str {
    range.strip_prefix("npm:").unwrap_or(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Syntax, Tree};

    #[test]
    fn the_first_that_fits_is_taken() {
        let text = r#"{"resolutions": {"a/b": "1.0.0", "b@npm:^2": "2.5.0", "@s/c/@s/d@^1": "3.0.0", "e": "patch:e@1#x", "a@2/f": "4.0.0"}}"#;
        let tree = Tree::parse(text.into(), Syntax::Json);
        let all = Resolutions::of(tree.root().unwrap());
        let taken = |parent, name, range| all.effective(parent, name, range);
        assert_eq!(taken(("a", "npm:1.0.0"), "b", "npm:^2"), Some("1.0.0"));
        assert_eq!(taken(("x", "npm:1.0.0"), "b", "npm:^2"), Some("2.5.0"));
        assert_eq!(taken(("x", "npm:1.0.0"), "b", "npm:^3"), Some("npm:^3"));
        assert_eq!(taken(("@s/c", "npm:1.0.0"), "@s/d", "npm:^1"), Some("3.0.0"));
        assert_eq!(taken(("@s/c", "npm:1.0.0"), "@s/d", "npm:^2"), Some("npm:^2"));
        assert_eq!(taken(("x", ""), "e", "npm:^1"), None);
        assert_eq!(taken(("x", ""), "g", "workspace:*"), None);
        assert_eq!(taken(("a", "npm:2"), "f", "^1"), Some("4.0.0"));
        assert_eq!(taken(("a", "npm:3"), "f", "^1"), Some("^1"));
        assert!(all.mention("e") && !all.mention("a"));
    }
}
