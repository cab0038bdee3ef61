//! Who asks: the job of the run, or a person at a machine.

use sha2::{Digest as _, Sha256};

use crate::checkout::Checkout;
use crate::cli::deploy::ClaimArguments;
use crate::environment::Environment;
use crate::lock::session::random;
use crate::lock::state::{Claim, Owner};
use crate::runner::Runner;

/// How long a lock holds that no run holds, in seconds.
const TTL: i64 = 3600;

/// Who asks. `Err` says what is missing.
pub fn owner(named: Option<&str>, runner: &Runner, environment: &Environment) -> Result<Owner, String> {
    let number = |text: &str, name: &str| {
        text.parse::<u64>().map_err(|_| format!("{name} is no number, so the run cannot be told"))
    };
    if runner.in_actions && named.is_none() {
        return Ok(Owner::Run {
            repository: runner.repository.clone(),
            run: number(&runner.run_id, "GITHUB_RUN_ID")?,
            attempt: number(&runner.run_attempt, "GITHUB_RUN_ATTEMPT")?,
            job: runner.job.clone(),
            instance: instance(environment),
            actor: runner.actor.clone(),
        });
    }
    let variable = |names: &[&str]| names.iter().find_map(|name| environment.non_empty(name));
    let user = variable(&["USER", "USERNAME", "LOGNAME"]).unwrap_or("somebody");
    let machine = variable(&["HOSTNAME", "COMPUTERNAME"]).unwrap_or("somewhere");
    Ok(Owner::Other { name: named.map_or_else(|| format!("{user}@{machine}"), str::to_owned) })
}

/// The runner gives every job a random id of its own, which tells legs of a matrix apart.
fn instance(environment: &Environment) -> String {
    let Some(id) = environment.non_empty("RUNNER_TRACKING_ID") else { return String::new() };
    let hash = Sha256::digest(id.as_bytes());
    data_encoding::HEXLOWER.encode(hash.get(..8).unwrap_or_default())
}

/// The commit that is meant: named, of the run, or checked out.
pub fn commit(named: Option<&str>, runner: &Runner, checkout: Option<&Checkout>) -> Result<String, String> {
    let head = || checkout.and_then(Checkout::git).and_then(|git| git.head());
    let given = named.map(str::to_owned).or_else(|| Some(runner.sha.clone()).filter(|sha| !sha.is_empty()));
    let commit = given.or_else(head).ok_or("which commit is meant is not known: give `--commit`")?;
    let is_hash = |length| commit.len() == length && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash(40) || is_hash(64) {
        return Ok(commit.to_ascii_lowercase());
    }
    Err(format!("`{commit}` is no commit; write all of its 40 digits"))
}

/// The claim that a command makes.
pub fn claim(
    arguments: &ClaimArguments,
    runner: &Runner,
    environment: &Environment,
    checkout: Option<&Checkout>,
) -> Result<Claim, String> {
    let now = jiff::Timestamp::now().as_second();
    let ttl = arguments.ttl.map_or(TTL, |ttl| i64::try_from(ttl.as_secs()).unwrap_or(TTL));
    // What is written into the chain stays there, for everybody who can read the repository.
    let redactor = crate::redact::Redactor::of(environment, []);
    let clean = |text: &str| redactor.clean(text).into_owned();
    let owner = owner(arguments.owner.as_deref().map(clean).as_deref(), runner, environment)?;
    let is_run = matches!(owner, Owner::Run { .. });
    let link = arguments.link.as_deref().map(clean);
    Ok(Claim {
        owner,
        nonce: random().ok_or("this machine gives no random numbers")?,
        commit: commit(arguments.commit.as_deref(), runner, checkout)?,
        reason: one_line(&clean(arguments.reason.as_deref().unwrap_or_default())),
        link: link.or_else(|| runner.run_url()).unwrap_or_default(),
        since: now,
        expires: (!is_run).then(|| now.saturating_add(ttl)),
    })
}

/// At most 500 characters, without line breaks and what a terminal would act on.
pub fn one_line(text: &str) -> String {
    text.trim().chars().take(500).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
