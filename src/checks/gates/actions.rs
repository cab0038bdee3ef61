//! What an action is for. The facts are in `data/actions.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// What an action is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

static TABLE: LazyLock<Data> = LazyLock::new(|| {
    crate::facts::table(include_str!("data/actions.toml")).expect("the table is valid: a test reads it")
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
    let slug = slug(uses);
    let lists = [(&TABLE.check, Role::Check), (&TABLE.publish, Role::Publish), (&TABLE.deploy, Role::Deploy)];
    lists.into_iter().find(|(list, _)| list.iter().any(|entry| names(entry, slug))).map(|(_, role)| role)
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
