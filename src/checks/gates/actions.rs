//! What an action is for. The facts are in `data/actions.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::facts::{self, ByWord};

/// What an action is for. Of two that fit, the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// It is there to fail.
    Check,
    /// It brings something to where others get it.
    Publish,
    /// It puts something into service.
    Deploy,
}

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    check: Vec<&'t str>,
    publish: Vec<&'t str>,
    deploy: Vec<&'t str>,
}

/// What actions are for.
struct Roles {
    /// By the whole name, in lower case.
    named: ByWord<Role>,
    /// By what the name begins with.
    begun: Vec<(&'static str, Role)>,
}

static ROLES: LazyLock<Roles> = LazyLock::new(|| {
    let Data { check, publish, deploy } =
        facts::table(facts::text!("checks/gates/data/actions")).expect("the table is valid: a test reads it");
    let (mut named, mut begun) = (Vec::new(), Vec::new());
    for (list, role) in [(check, Role::Check), (publish, Role::Publish), (deploy, Role::Deploy)] {
        for entry in list {
            match entry.strip_suffix('*') {
                Some(prefix) => begun.push((prefix, role)),
                None => named.push((entry, role)),
            }
        }
    }
    Roles { named: ByWord::new(named), begun }
});

/// The action of a `uses`, without its version.
pub(super) fn slug(uses: &str) -> &str {
    uses.split('@').next().unwrap_or(uses)
}

/// True if an entry of a table names the action.
pub(super) fn names(entry: &str, slug: &str) -> bool {
    match entry.strip_suffix('*') {
        Some(prefix) => slug.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => entry.eq_ignore_ascii_case(slug),
    }
}

/// What the action of a `uses` is for, if it is known.
pub(super) fn role(uses: &str) -> Option<Role> {
    let slug = slug(uses).to_ascii_lowercase();
    let begun = ROLES.begun.iter().filter(|(prefix, _)| slug.starts_with(prefix)).map(|(_, role)| *role);
    begun.chain(ROLES.named.get(&slug).copied()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles() {
        assert_eq!(role("snyk/actions/python-3.11@master"), Some(Role::Check));
        assert_eq!(role("PyPA/gh-action-pypi-publish@release/v1"), Some(Role::Publish));
        assert_eq!(role("actions/deploy-pages@v4"), Some(Role::Deploy));
        assert_eq!(role("actions/checkout@v4"), None);
        assert_eq!(role("JS-DevTools/npm-publish@v3"), Some(Role::Publish));
    }

    #[test]
    fn the_table_is_in_lower_case() {
        let table = facts::text!("checks/gates/data/actions");
        assert_eq!(table, table.to_lowercase());
    }
}
