//! What a locked package is taken for: its versions, and the packages that it stands in for.

use crate::tree::Node;

use super::constraint::Constraint;
use super::version::Version;

/// Links by which a package stands in for others.
pub const STANDS_FOR: [&str; 2] = ["provide", "replace"];

/// A default branch counts as newer than every release.
const DEFAULT_BRANCH: &str = "9999999-dev";

/// A locked package.
pub struct Held<'s> {
    node: Node<'s>,
    versions: Vec<Version>,
    /// True if it is only installed for development.
    pub is_dev: bool,
}

impl<'s> Held<'s> {
    /// Reads it, with the versions that the package itself and the lockfile (`given`) say a branch stands for.
    pub fn read(node: Node<'s>, given: &[&'s str], is_dev: bool) -> Held<'s> {
        let text = |key: &str| node.get(key).and_then(|value| value.as_str());
        let version = text("version").unwrap_or_default();
        let mut all = vec![version];
        let is_branch = version.starts_with("dev-") || version.ends_with("-dev");
        let aliases = node.at(&["extra", "branch-alias"]).filter(|_| is_branch);
        let own = aliases.into_iter().flat_map(|table| table.entries());
        let mut own = own.filter(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(version)));
        let alias = own.find_map(|(_, alias)| alias.as_str().filter(|alias| alias.ends_with("-dev")));
        let is_default = node.get("default-branch").and_then(|value| value.as_bool()) == Some(true);
        all.extend(alias.or((is_default && version.starts_with("dev-")).then_some(DEFAULT_BRANCH)));
        all.extend(given);
        Held { node, versions: all.into_iter().filter_map(Version::parse).collect(), is_dev }
    }

    /// True if it meets what is asked for under a name in lower case.
    pub fn meets(&self, name: &str, wanted: &Constraint) -> bool {
        let mut versions = self.versions.iter();
        if self.is(name) && versions.any(|version| wanted.allows(version)) {
            return true;
        }
        let tables = STANDS_FOR.iter().filter_map(|key| self.node.get(key));
        let mut links = tables.flat_map(|table| table.entries());
        links.any(|(key, value)| {
            let is_meant = key.text().is_some_and(|key| key.eq_ignore_ascii_case(name));
            is_meant && self.stands_in(value.as_str().unwrap_or_default(), wanted)
        })
    }

    /// True if it has this name itself.
    pub fn is(&self, name: &str) -> bool {
        self.node.get("name").and_then(|node| node.text()).is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// True if a package that it stands in for in these versions meets what is asked for. Ranges are not intersected.
    fn stands_in(&self, versions: &str, wanted: &Constraint) -> bool {
        if versions == "self.version" {
            return self.versions.iter().any(|version| wanted.allows(version));
        }
        let mut one = versions.split('|').map(str::trim).filter(|version| !version.is_empty());
        one.any(|version| Version::parse(version).is_none_or(|version| wanted.allows(&version)))
    }
}
