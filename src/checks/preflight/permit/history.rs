//! How the commit stands to a branch and to what is deployed: as the clone tells it, and where that knows too little
//! and the network may be asked, as GitHub does.

use super::Permit;
use crate::checkout::Git;
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::github::GitHub;
use crate::location::Location;
use crate::lock::machine::{Relation, World as _};
use crate::lock::world::Here;
use crate::rule::{Category, Rule, Severity};

/// The commit is not part of the branch.
pub static NOT_ON_BRANCH: Rule = Rule {
    id: "preflight/not-on-branch",
    severity: Severity::Error,
    category: Category::Security,
    summary: "the commit is not part of the branch that everything deployed must be part of",
    allow: None,
};

/// What is deployed is newer.
pub static OLDER_THAN_DEPLOYED: Rule = Rule {
    id: "preflight/older-than-deployed",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the commit is older than what is deployed",
    allow: None,
};

const DEPTH: &str = "give the checkout step `fetch-depth: 0`, or `online: true`";

/// The commit, and who can tell how it stands to others.
struct Asked<'a> {
    context: &'a Context<'a>,
    environment: &'a str,
    commit: String,
    git: Option<&'a Git>,
    github: Option<GitHub>,
}

pub(super) fn examine(permit: &Permit, environment: &str, context: &Context<'_>, record: &mut Record) {
    if permit.ancestor_of.is_none() && !permit.not_older {
        return;
    }
    let git = context.checkout.git();
    let github = context.settings.online.then(|| GitHub::of(context.environment)).transpose();
    let github = github.unwrap_or_else(|reason| {
        record.not_verified(format!("GitHub was not asked how the commit stands to others: {reason}"));
        None
    });
    if git.is_none() && github.is_none() {
        let reason = "there is no git repository, so how the commit stands to others was not looked at";
        return record.not_verified(reason);
    }
    let own = Some(context.runner.sha.clone()).filter(|sha| !sha.is_empty());
    let Some(commit) = own.or_else(|| git.and_then(Git::head)) else {
        return record.not_verified("no commit is checked out, so how it stands to others was not looked at");
    };
    let asked = Asked { context, environment, commit, git, github };
    if let Some(branch) = &permit.ancestor_of {
        asked.on_branch(branch, record);
    }
    if permit.not_older {
        asked.not_older(record);
    }
}

impl Asked<'_> {
    fn short(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }

    fn on_branch(&self, branch: &str, record: &mut Record) {
        let short = self.short();
        let tip = self.git.and_then(|git| git.branch_tip(branch));
        let in_clone = tip.as_ref().and_then(|tip| self.git?.is_ancestor(&self.commit, tip));
        let is_part = match (in_clone, &self.github) {
            (None, Some(github)) => match github.compare(branch, &self.commit) {
                Ok(comparison) => Some(matches!(comparison.status.as_str(), "behind" | "identical")),
                Err(error) => {
                    return record.not_verified(format!(
                        "whether {short} is part of `{branch}` is not known: {error}"
                    ));
                }
            },
            (known, _) => known,
        };
        match is_part {
            Some(true) => {}
            Some(false) => {
                let message = format!("{short} is not part of `{branch}`");
                let finding = Finding::new(&NOT_ON_BRANCH, Location::Repository, message);
                let help = format!("merge it into `{branch}` and deploy what is merged");
                record.push(finding.help(help).subject(self.environment));
            }
            None if tip.is_some() => record.not_verified(format!(
                "the clone does not hold enough of the history to say whether {short} is part of `{branch}`; {DEPTH}"
            )),
            None => record.not_verified(format!(
                "`{branch}` is not in the clone, so whether {short} is part of it was not looked at; {DEPTH}"
            )),
        }
    }

    fn not_older(&self, record: &mut Record) {
        let (short, environment) = (self.short(), self.environment);
        let named = self.context.settings.arguments.preflight.deployed_commit.as_deref().map(str::trim);
        let deployed = match (named.filter(|commit| !commit.is_empty()), &self.github) {
            (Some("none"), _) => return,
            (Some(commit), _) => commit.to_owned(),
            (None, Some(github)) => match github.deployed(environment) {
                // Nothing is deployed yet.
                Ok(None) => return,
                Ok(Some(commit)) => commit,
                Err(error) => {
                    return record
                        .not_verified(format!("what is deployed to `{environment}` is not known: {error}"));
                }
            },
            (None, None) => {
                return record.not_verified(format!(
                    "what is deployed to `{environment}` is not known; give `online: true`, which reads GitHub's \
                     deployments, or `deployed-commit`, such as the output `deployed` of `ci-guard lock status`, or \
                     `none`"
                ));
            }
        };
        if deployed.eq_ignore_ascii_case(&self.commit) {
            return;
        }
        let here = Here::new(self.github.as_ref(), Some(self.context.checkout));
        match here.relation(&deployed, &self.commit) {
            Relation::Older => {
                let message = format!("{short} is older than what is deployed to `{environment}`");
                let finding = Finding::new(&OLDER_THAN_DEPLOYED, Location::Repository, message);
                let help = "deploy what is newest; to go back on purpose, use `ci-guard rollback begin`";
                record.push(finding.help(help).subject(environment));
            }
            Relation::NotOlder => {}
            Relation::Unknown => match here.unseen().pop() {
                Some(unseen) => record.not_verified(unseen),
                None => record.not_verified(format!(
                    "whether {short} is older than what is deployed cannot be seen in the clone; {DEPTH}"
                )),
            },
        }
    }
}
