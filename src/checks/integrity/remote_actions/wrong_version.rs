//! Version comments beside commits, held against the tags of the action's repository.

use std::collections::BTreeMap;

use super::online::Place;
use crate::checks::Record;
use crate::finding::Finding;
use crate::github::{Error, GitHub};
use crate::rule::{Category, Rule, Severity};

pub(in crate::checks::integrity) static WRONG_VERSION: Rule = Rule {
    id: "integrity/wrong-version",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "the comment beside a commit names a version that is another commit",
    allow: None,
};

/// Asks for the commit of every whole version that stands beside `commit`. Versions with open parts move on.
///
/// # Errors
/// What GitHub did not answer.
pub(super) fn judge(
    github: &GitHub,
    commit: &str,
    places: &[Place],
    record: &mut Record,
) -> Result<(), Error> {
    let mut by_version: BTreeMap<String, Vec<&Place>> = BTreeMap::new();
    for place in places {
        if let Some(version) = place.2.as_ref().filter(|version| version.is_exact()) {
            by_version.entry(version.shown()).or_default().push(place);
        }
    }
    for (version, places) in by_version {
        let Some(tagged) = commit_of(github, &version)?.filter(|tagged| !tagged.eq_ignore_ascii_case(commit))
        else {
            continue;
        };
        for (place, action, _) in places {
            let message = format!("this is not the commit of {version} of `{action}`, as the comment says");
            let finding = Finding::new(&WRONG_VERSION, place.clone(), message);
            let help = format!(
                "{version} is `{tagged}`: find out which of the two is meant, and who wrote the other"
            );
            record.push(finding.help(help).subject(format!("{action} {version}")));
        }
    }
    Ok(())
}

/// The commit of the tag that is called after a version, with a `v` or without; nothing if there is none.
fn commit_of(github: &GitHub, version: &str) -> Result<Option<String>, Error> {
    for tag in [version, version.trim_start_matches('v')] {
        match github.commit_of(&format!("tags/{tag}")) {
            Err(error) if error.is_not_found() => {}
            other => return other.map(Some),
        }
    }
    Ok(None)
}
