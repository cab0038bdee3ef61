//! What commits bring in: a pull request, the whole history, or what is staged.

use std::thread;

use anyhow::Result;

use super::detect::detector;
use super::messages;
use super::news::{self, Since};
use super::tree;
use crate::checkout::Git;
use crate::checks::{Context, Outcome, Record};
use crate::crash;
use crate::settings::Base;

/// Looks at what a pull request, or the commits since a base, bring in.
pub fn diff(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    // It is made while the commits are listed; without a thread for it, when it is needed.
    let check = crash::current();
    let _made = thread::Builder::new().spawn(move || crash::within(check, detector));
    let tip_only = |reason: &str, record: &mut Record| {
        record.note(format!(
            "coverage: the files as they are, and no commits before (tip-only): {reason}; give the checkout step \
             `fetch-depth: 0`"
        ));
        tree::look(context, record)
    };
    let Some(git) = context.checkout.git() else {
        return tip_only("the checkout is no git repository", record);
    };
    let since = context.settings.arguments.secrets.since.as_deref();
    let base = match (since, &context.settings.base) {
        (Some(name), _) => match git.commit_of(name) {
            Some(commit) => commit,
            None => anyhow::bail!("there is no commit `{name}` in this clone"),
        },
        (None, Base::Commit(commit)) => commit.clone(),
        (None, Base::Missing(reason)) => return tip_only(reason, record),
        (None, Base::WorkTree) => {
            anyhow::bail!("`--scan diff` outside of a pull request needs `--since COMMIT`")
        }
    };
    let Some(head) = head(context, git) else { return tip_only("there is no commit yet", record) };
    let whole = if git.is_shallow() {
        None
    } else {
        git.arrivals_between(&base, &head, &messages::is_worth_keeping).ok()
    };
    let arrivals = match whole {
        Some(arrivals) => {
            record.note(format!(
                "coverage: every blob and message of {} commits since {} (complete)",
                arrivals.commits,
                short(&base)
            ));
            arrivals
        }
        None => match git.arrivals_of_trees(&base, &head) {
            Ok(arrivals) => {
                record.note(format!(
                    "coverage: what the files differ in since {}, without the commits between (net-diff): history is \
                     missing; give the checkout step `fetch-depth: 0`",
                    short(&base)
                ));
                arrivals
            }
            Err(error) => return tip_only(&format!("{error:#}"), record),
        },
    };
    news::look(
        context,
        git,
        &arrivals,
        &Since { base: Some(&base), head: Some(&head), gone_only: false },
        record,
    )
}

/// Looks at every blob that any ref reaches.
pub fn history(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let Some(git) = context.checkout.git() else {
        anyhow::bail!("there is no history: the checkout is no git repository");
    };
    if git.is_shallow() {
        record.not_verified("history is cut off (shallow clone); give the checkout step `fetch-depth: 0`");
    }
    let arrivals = git.arrivals_of_history(&messages::is_worth_keeping)?;
    let kind = if git.is_shallow() { "shallow" } else { "complete" };
    record
        .note(format!("coverage: every blob and message of {} commits, all refs ({kind})", arrivals.commits));
    if let Some(missing) = arrivals.missing {
        record.not_verified(format!(
            "{missing} is not in this clone, and what only it leads to was not looked at"
        ));
    }
    let head = git.head();
    news::look(
        context,
        git,
        &arrivals,
        &Since { base: None, head: head.as_deref(), gone_only: false },
        record,
    )
}

/// Looks at what the commits of a push brought in and the last of them does not have any more: the files as they are
/// are looked at as such. Nothing is said where the run is for no push.
pub fn pushed(context: &Context<'_>, record: &mut Record) -> Result<()> {
    let runner = context.runner;
    let named = runner.event.pointer("/before").and_then(|value| value.as_str());
    let (Some(before), "push") = (named, runner.event_name.as_str()) else { return Ok(()) };
    // A branch that is new has no commit before.
    if before.bytes().all(|byte| byte == b'0') {
        return Ok(());
    }
    let Some(git) = context.checkout.git() else { return Ok(()) };
    let Some(head) = git.head() else { return Ok(()) };
    let between = if git.is_shallow() {
        None
    } else {
        git.arrivals_between(before, &head, &messages::is_worth_keeping).ok()
    };
    let Some(arrivals) = between.filter(|_| git.has_commit(before)) else {
        record.note(format!(
            "coverage: the files as they are, not the commits since {} (tip-only): that commit or one behind it is \
             not in this clone; give the checkout step `fetch-depth: 0`",
            short(before)
        ));
        return Ok(());
    };
    let of = format!("{} commits since {}", arrivals.commits, short(before));
    record.note(format!("coverage: the files as they are, and every blob and message of {of} (complete)"));
    let since = Since { base: Some(before), head: Some(&head), gone_only: true };
    news::look(context, git, &arrivals, &since, record).map(drop)
}

/// Looks at what the next commit would bring in.
pub fn staged(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let Some(git) = context.checkout.git() else {
        anyhow::bail!("nothing is staged: the checkout is no git repository");
    };
    let arrivals = git.arrivals_staged()?;
    if arrivals.blobs.is_empty() {
        return Ok(Outcome::NotApplicable("nothing is staged".to_owned()));
    }
    let head = git.head();
    news::look(
        context,
        git,
        &arrivals,
        &Since { base: head.as_deref(), head: None, gone_only: false },
        record,
    )
}

/// The commit that a pull request ends in.
fn head(context: &Context<'_>, git: &Git) -> Option<String> {
    let sha = context.runner.sha.as_str();
    if context.runner.is_proposal()
        && context.settings.arguments.secrets.since.is_none()
        && git.has_commit(sha)
    {
        return Some(sha.to_owned());
    }
    git.head()
}

/// As people write it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
