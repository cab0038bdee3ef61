//! A cooldown for dependabot, and no code of others.

use super::before;
use crate::checks::integrity::documents::Document;
use crate::fix::{Edit, Fix};
use crate::tree::{Node, Style};

/// `cooldown` for every update that has none; nothing if one of them is written in an unusual way.
pub fn fix(document: &Document<'_>, updates: &[&Node<'_>]) -> Option<Fix> {
    let lines = ["cooldown:".to_owned(), "  default-days: 7".to_owned()];
    let edits: Option<Vec<Edit>> = updates
        .iter()
        .map(|update| {
            let usual = update.style() == Style::Block && !update.is_alias();
            let key = update.entry("schedule").or_else(|| update.entry("package-ecosystem"));
            let (key, _) = key.filter(|_| usual)?;
            before(document.source, key, &lines)
        })
        .collect();
    Some(Fix::new("gives the updates a cooldown of 7 days", edits?))
}

/// `deny` for `allow`.
pub fn deny(value: Node<'_>) -> Option<Fix> {
    let plain = value.style() == Style::Plain && !value.is_alias();
    plain.then(|| Fix::new("denies the execution of packages", vec![Edit::replace(value.range(), "deny")]))
}
