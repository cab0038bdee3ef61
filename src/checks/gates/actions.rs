//! What an action is for. The facts are in `data/actions.toml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

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
struct Data {
    check: Vec<String>,
    publish: Vec<String>,
    deploy: Vec<String>,
}

/// What actions are for.
#[derive(Default)]
struct Roles {
    /// By the whole name, in lower case.
    named: HashMap<String, Role>,
    /// By what the name begins with.
    begun: Vec<(String, Role)>,
}

static ROLES: LazyLock<Roles> = LazyLock::new(|| {
    let table = crate::facts::text!("checks/gates/data/actions");
    let Data { check, publish, deploy } =
        crate::facts::table(table).expect("the table is valid: a test reads it");
    let mut roles = Roles::default();
    // The last one stays, so the first role comes last.
    for (list, role) in [(deploy, Role::Deploy), (publish, Role::Publish), (check, Role::Check)] {
        for entry in list {
            match entry.strip_suffix('*') {
                Some(prefix) => roles.begun.push((prefix.to_lowercase(), role)),
                None => drop(roles.named.insert(entry.to_lowercase(), role)),
            }
        }
    }
    roles
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
    }
}
