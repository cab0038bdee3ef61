//! Versions of actions, as tags and comments name them: `v4`, `v4.1`, `4.1.2`.

use crate::checks::integrity::documents::Document;
use crate::tree::Node;

/// A version, of which parts may be left open: `v4` is any of `4.x.y`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(Vec<u64>);

impl Version {
    /// Reads one to three numbers, with a `v` before them or not, or a branch of releases such as `release/v1`.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix("releases/").or_else(|| text.strip_prefix("release/")).unwrap_or(text);
        let numbers = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let parts: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        parts.filter(|parts| (1..=3).contains(&parts.len())).map(Version)
    }

    /// True if it names one release.
    pub fn is_exact(&self) -> bool {
        self.0.len() == 3
    }

    /// True if all that it can be is at least `from` and below `until`.
    pub fn is_within(&self, from: &Version, until: &Version) -> bool {
        self.padded(0) >= from.padded(0) && self.padded(u64::MAX) < until.padded(0)
    }

    fn padded(&self, open: u64) -> [u64; 3] {
        let part = |index| self.0.get(index).copied().unwrap_or(open);
        [part(0), part(1), part(2)]
    }

    /// Its first number.
    pub fn first(&self) -> u64 {
        self.0.first().copied().unwrap_or_default()
    }

    /// As it is mostly written.
    pub fn shown(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        format!("v{}", parts.join("."))
    }
}

/// The version in the comment on the line of a node.
pub fn beside(document: &Document<'_>, node: Node<'_>) -> Option<Version> {
    let text = document.source.text();
    let rest = text.get(node.range().end..)?;
    let line = rest.lines().next()?;
    let (_, comment) = line.split_once('#')?;
    comment.split([' ', '\t', '=', ',', '(', ')']).find_map(Version::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_parts_count_as_the_newest() {
        let version = |text| Version::parse(text).unwrap();
        let (from, until) = (version("4.0.0"), version("4.1.3"));
        for inside in ["v4.1.2", "4.0", "v4.0.0"] {
            assert!(version(inside).is_within(&from, &until), "{inside}");
        }
        for outside in ["v4", "v4.1", "4.1.3", "3.9.9", "v5"] {
            assert!(!version(outside).is_within(&from, &until), "{outside}");
        }
        assert!(version("v45").is_within(&version("0"), &version("46.0.1")));
        for none in ["main", "v", "4.x", "1.2.3.4", "2024-01-01", "v4-beta", ""] {
            assert_eq!(Version::parse(none), None, "{none}");
        }
    }
}
