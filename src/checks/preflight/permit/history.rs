//! How the commit stands to a branch and to what is deployed, as the clone tells it.

use super::Permit;
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

/// The commit is not part of the branch.
pub static NOT_ON_BRANCH: Rule = Rule {
    id: "preflight/not-on-branch",
    severity: Severity::Error,
    category: Category::Security,
    summary: "the commit is not part of the branch that everything deployed must be part of",
    docs: include_str!("../not-on-branch.md"),
    allow: None,
};

/// What is deployed is newer.
pub static OLDER_THAN_DEPLOYED: Rule = Rule {
    id: "preflight/older-than-deployed",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the commit is older than what is deployed",
    docs: include_str!("../older-than-deployed.md"),
    allow: None,
};

const DEPTH: &str = "give the checkout step `fetch-depth: 0`";

pub(super) fn examine(permit: &Permit, environment: &str, context: &Context<'_>, record: &mut Record) {
    if permit.ancestor_of.is_none() && !permit.not_older {
        return;
    }
    let Some(git) = context.checkout.git() else {
        let reason = "there is no git repository, so how the commit stands to others was not looked at";
        return record.not_verified(reason);
    };
    let own = Some(context.runner.sha.clone()).filter(|sha| !sha.is_empty());
    let Some(commit) = own.or_else(|| git.head()) else {
        return record.not_verified("no commit is checked out, so how it stands to others was not looked at");
    };
    let short = commit.get(..12).unwrap_or(&commit);
    if let Some(branch) = &permit.ancestor_of {
        match git.branch_tip(branch).map(|tip| git.is_ancestor(&commit, &tip)) {
            Some(Some(true)) => {}
            Some(Some(false)) => {
                let message = format!("{short} is not part of `{branch}`");
                let finding = Finding::new(&NOT_ON_BRANCH, Location::Repository, message);
                let help = format!("merge it into `{branch}` and deploy what is merged");
                record.push(finding.help(help).subject(environment));
            }
            Some(None) => record.not_verified(format!(
                "the clone does not hold enough of the history to say whether {short} is part of `{branch}`; {DEPTH}"
            )),
            None => record.not_verified(format!(
                "`{branch}` is not in the clone, so whether {short} is part of it was not looked at; {DEPTH}"
            )),
        }
    }
    if permit.not_older {
        match context.settings.arguments.preflight.deployed_commit.as_deref().map(str::trim) {
            None | Some("") => record.not_verified(format!(
                "what is deployed to `{environment}` is not known; give `deployed-commit`, such as the output \
                 `deployed` of `ci-guard lock status`, or `none`"
            )),
            // Nothing is deployed yet, or it is this.
            Some("none") => {}
            Some(deployed) if deployed.eq_ignore_ascii_case(&commit) => {}
            Some(deployed) if !git.has_commit(deployed) => record.not_verified(format!(
                "what is deployed is not in the clone, so whether {short} is older was not looked at; {DEPTH}"
            )),
            Some(deployed) => match git.is_ancestor(&commit, deployed) {
                Some(true) => {
                    let message = format!("{short} is older than what is deployed to `{environment}`");
                    let finding = Finding::new(&OLDER_THAN_DEPLOYED, Location::Repository, message);
                    let help = "deploy what is newest; to go back on purpose, use `ci-guard rollback begin`";
                    record.push(finding.help(help).subject(environment));
                }
                Some(false) => {}
                None => record.not_verified(format!(
                    "the clone does not hold enough of the history to say whether {short} is older than what is \
                     deployed; {DEPTH}"
                )),
            },
        }
    }
}
