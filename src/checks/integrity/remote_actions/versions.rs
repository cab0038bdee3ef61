//! Version comments beside commits that contradict each other.

use std::collections::HashMap;

use super::version::Version;
use crate::checks::Record;
use crate::checks::integrity::Scene;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

pub(in crate::checks::integrity) static CONTRADICTING_VERSIONS: Rule = Rule {
    id: "integrity/contradicting-versions",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "two commits are said to be the same version of an action",
    allow: None,
};

/// Looks at all documents together: within one the comments mostly agree.
pub(in crate::checks::integrity) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    let mut first: HashMap<(String, Version), (String, Location)> = HashMap::new();
    for document in scene.repository.all() {
        for used in document.used.iter().filter(|used| used.is_pinned()) {
            let Some(version) = used.version.clone().filter(Version::is_exact) else { continue };
            let place = document.source.at_node(used.node);
            let commit = used.git_ref.to_lowercase();
            let shown = version.shown();
            let (known, before) = first
                .entry((used.repository.clone(), version))
                .or_insert_with(|| (commit.clone(), place.clone()));
            if *known == commit {
                continue;
            }
            let message =
                format!("this is not the commit that is called {shown} of `{}` elsewhere", used.action);
            let finding = Finding::new(&CONTRADICTING_VERSIONS, place, message);
            record.push(
                finding
                    .related(before.clone(), format!("another commit is called {shown} here"))
                    .help("look at the tag in the action's repository, and mend the one that is wrong")
                    .subject(format!("{} {shown}", used.action)),
            );
        }
    }
}
