//! What only GitHub knows of the actions that are used: whether a commit belongs to the repository that is named, and
//! whether a name is a branch and a tag at once. Looked at with `online: true`.

use std::collections::BTreeMap;

use super::version::Version;
use super::wrong_version;
use crate::checks::Record;
use crate::checks::integrity::Scene;
use crate::finding::Finding;
use crate::github::{Error, GitHub};
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::reference::is_commit;

pub(in crate::checks::integrity) static IMPOSTOR_COMMIT: Rule = Rule {
    id: "integrity/impostor-commit",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a commit that no branch or tag of the action's repository has",
    allow: None,
};

pub(in crate::checks::integrity) static AMBIGUOUS_REF: Rule = Rule {
    id: "integrity/ambiguous-ref",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "an action by a name that is a branch and a tag at once",
    allow: None,
};

/// References that are asked about.
const MOST: usize = 200;

/// Branches and tags with whose history a commit is compared.
const COMPARED: usize = 40;

/// A place that uses an action, the action as it is written there, and the version that is said beside it.
pub(super) type Place = (Location, String, Option<Version>);

/// What is found out about a reference.
enum Answer {
    Sound,
    Faulty,
    /// It could not be found out, and why.
    Unknown(String),
}

pub(in crate::checks::integrity) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    if !scene.context.settings.online {
        return;
    }
    let mut places: BTreeMap<(String, String), Vec<Place>> = BTreeMap::new();
    for document in scene.repository.all() {
        for used in document.used.iter().filter(|used| !used.git_ref.contains("${{")) {
            let place = (document.source.at_node(used.node), used.action.to_owned(), used.version.clone());
            places.entry((used.repository.clone(), used.git_ref.to_owned())).or_default().push(place);
        }
    }
    if places.len() > MOST {
        let left = places.len() - MOST;
        record.not_verified(format!("{left} references to actions: more than {MOST} are not asked about"));
    }
    for ((repository, git_ref), places) in places.into_iter().take(MOST) {
        let github = match GitHub::for_repository(scene.context.environment, &repository) {
            Ok(github) => github,
            Err(reason) => return record.not_verified(format!("actions are not asked about: {reason}")),
        };
        let pinned = is_commit(&git_ref);
        let answer = if pinned { belongs(&github, &git_ref) } else { is_one_thing(&github, &git_ref) };
        match answer {
            Ok(Answer::Sound) if pinned => {
                if let Err(error) = wrong_version::judge(&github, &git_ref, &places, record) {
                    record.not_verified(format!("{repository}@{git_ref}: {error}"));
                }
            }
            Ok(Answer::Sound) => {}
            Ok(Answer::Faulty) => places.into_iter().for_each(|(place, action, _)| {
                record.push(finding(place, &action, &git_ref, pinned));
            }),
            Ok(Answer::Unknown(reason)) => record.not_verified(format!("{repository}@{git_ref}: {reason}")),
            Err(error) => record.not_verified(format!("{repository}@{git_ref}: {error}")),
        }
    }
}

fn finding(place: Location, action: &str, git_ref: &str, pinned: bool) -> Finding {
    let (rule, message, help) = match pinned {
        true => (
            &IMPOSTOR_COMMIT,
            format!("no branch and no tag of `{action}` has this commit: anybody can make one in a fork"),
            "pin a commit of a release, and look at who put this one here".to_owned(),
        ),
        false => (
            &AMBIGUOUS_REF,
            format!("`{git_ref}` is a branch and a tag of `{action}`: which of them runs is not said"),
            "pin the commit that is meant: `ci-guard check --fix --online`".to_owned(),
        ),
    };
    Finding::new(rule, place, message).help(help).subject(format!("{action}@{git_ref}"))
}

/// Whether a branch or tag of the repository has the commit.
fn belongs(github: &GitHub, commit: &str) -> Result<Answer, Error> {
    let has = |base: &str| {
        github.compare(base, commit).map(|found| matches!(found.status.as_str(), "behind" | "identical"))
    };
    // Mostly it is one of the default branch.
    if has("HEAD")? {
        return Ok(Answer::Sound);
    }
    let (tags, branches) = (github.tags()?, github.branches()?);
    let named = tags.iter().chain(&branches);
    if named.clone().any(|name| name.commit.sha.eq_ignore_ascii_case(commit)) {
        return Ok(Answer::Sound);
    }
    // Branches first: tags mostly stand on one of them.
    for name in branches.iter().chain(&tags).take(COMPARED) {
        if has(&name.name)? {
            return Ok(Answer::Sound);
        }
    }
    match named.count() > COMPARED {
        true => Ok(Answer::Unknown(format!("it has more than {COMPARED} branches and tags to look in"))),
        false => Ok(Answer::Faulty),
    }
}

/// Whether a name is a branch or a tag, and not both.
fn is_one_thing(github: &GitHub, name: &str) -> Result<Answer, Error> {
    match github.has_ref("heads", name)? && github.has_ref("tags", name)? {
        true => Ok(Answer::Faulty),
        false => Ok(Answer::Sound),
    }
}
