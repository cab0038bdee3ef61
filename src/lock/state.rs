//! What the chain says: who holds what, who waits, what is deployed, and what must not be.
//!
//! One document for all environments, so that every conflict is decided by one compare-and-swap.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Version of the document.
pub const SCHEMA: u32 = 1;

/// The scope that stands for all environments.
pub const EVERYWHERE: &str = "*";

/// The whole document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of the document.
    pub schema: u32,
    /// Number of transitions so far. It only grows, and the number of the transition that granted a lock is the
    /// lock's fencing token.
    pub epoch: u64,
    /// Environments, by name; `*` stands for all.
    #[serde(default)]
    pub scopes: BTreeMap<String, Scope>,
    /// The last writes, by the random id that each has: whoever lost an answer finds here whether it happened.
    #[serde(default)]
    pub recent: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        State { schema: SCHEMA, epoch: 0, scopes: BTreeMap::new(), recent: Vec::new() }
    }
}

/// One environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// How it stands.
    #[serde(default)]
    pub standing: Standing,
    /// Who waits, the first in front.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<Ticket>,
    /// What was deployed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Deployed>,
    /// Commits that a rollback took away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<String>,
    /// Preflights that passed, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
}

/// How an environment stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody holds it.
    #[default]
    Free,
    /// A deploy holds it.
    Held(Holder),
    /// A rollback is under way: no deploy may begin, whatever becomes of who began it.
    Rollback(Rollback),
    /// A rollback failed: nothing may begin until a person says so.
    Frozen(Freeze),
}

/// Who asks, or holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Owner {
    /// A job of a workflow run. Its life is that of the attempt.
    Run {
        /// `owner/name`
        repository: String,
        /// Id of the run.
        run: u64,
        /// Attempt of the run.
        attempt: u64,
        /// Id of the job in the workflow file.
        job: String,
        /// Tells legs of a matrix and callers of one workflow apart; empty if the runner does not say.
        instance: String,
        /// Who started the run.
        actor: String,
    },
    /// Anybody else. Its life ends at a time.
    Other {
        /// In words, such as `ana@laptop`.
        name: String,
    },
}

impl Owner {
    /// True for the same job of the same attempt. Where legs cannot be told apart, no two are the same.
    pub fn is_same(&self, other: &Owner) -> bool {
        match (self, other) {
            (Owner::Run { instance, .. }, Owner::Run { .. }) => !instance.is_empty() && self == other,
            (Owner::Other { .. }, Owner::Other { .. }) => self == other,
            _ => false,
        }
    }

    /// True if this is a later attempt of the other's run. A run can be attempted again only when it is over, so
    /// whoever held something in an earlier attempt is gone.
    pub fn follows(&self, other: &Owner) -> bool {
        match (self, other) {
            (
                Owner::Run { repository, run, attempt, .. },
                Owner::Run { repository: its, run: its_run, attempt: earlier, .. },
            ) => repository == its && run == its_run && attempt > earlier,
            _ => false,
        }
    }
}

/// A claim on an environment: of who holds it, or waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who.
    pub owner: Owner,
    /// Random: two claims of one owner differ in it.
    pub nonce: String,
    /// The commit that is to be deployed.
    pub commit: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Where to look, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// Until when, for owners that are no runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
}

/// Who waits.
pub type Ticket = Claim;

/// Who holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The fencing token.
    pub token: u64,
    /// Who, since when and why.
    pub claim: Claim,
}

/// A rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// Who rolls back, and to what.
    pub holder: Holder,
    /// The commit that is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad: Option<String>,
    /// Deploys that it put an end to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preempted: Vec<Holder>,
}

/// An environment in which nothing may begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// The rollback that failed.
    pub rollback: Rollback,
    /// Since when, in seconds since 1970.
    pub since: i64,
}

/// What was deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployed {
    /// The commit.
    pub commit: String,
    /// When it was done, in seconds since 1970.
    pub at: i64,
    /// The token under which it was deployed.
    pub token: u64,
}

/// A preflight that passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// The commit.
    pub commit: String,
    /// Hash of what was required; empty if nobody says.
    #[serde(default)]
    pub manifest: String,
    /// When, in seconds since 1970.
    pub at: i64,
}
