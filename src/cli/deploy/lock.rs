//! `ci-guard lock …`, and what `ci-guard rollback …` shares with it.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;
use crate::cli::{ReportArguments, TargetArguments};
use crate::lock::store::github::Mover;

/// The deployment lock: one deploy at a time in each environment.
#[derive(Debug, Subcommand)]
pub enum LockCommand {
    /// Take the lock of an environment, or wait for it; needs `contents: write` and `actions: read`
    Acquire(AcquireCommand),
    /// Fail unless the lock is still held under this token: before every step that changes something
    Verify(TokenCommand),
    /// Give the lock back; an old token changes nothing
    Release(ReleaseCommand),
    /// How an environment stands, and why; needs `contents: read`
    Status(LockLook),
    /// How all environments stand; needs `contents: read`
    List(ListCommand),
    /// What happened, the newest first; needs `contents: read`
    History(HistoryCommand),
    /// Record that the preflight of a commit passed, for `acquire --require-preflight`
    Passed(PassedCommand),
    /// Cut the history: the state stays
    Gc(ListCommand),
}

/// Where the lock is kept.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Lock")]
pub struct StoreArguments {
    /// Address of a git repository that keeps the lock [default: this repository on GitHub]
    #[arg(long, value_name = "URL")]
    pub remote: Option<String>,
    /// The ref that keeps the lock [default: refs/ci-guard/state]
    #[arg(long, value_name = "REF")]
    pub lock_ref: Option<String>,
    /// How the ref is moved on GitHub [default: graphql]
    #[arg(long, value_enum, value_name = "API")]
    pub lock_api: Option<Mover>,
}

/// What every command of the lock is told.
#[derive(Clone, Debug, Args)]
pub struct LockLook {
    /// The environment; `*` stands for all of them
    #[arg(value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Where the lock is kept
    #[command(flatten)]
    pub store: StoreArguments,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// Looks at all environments.
#[derive(Clone, Debug, Args)]
pub struct ListCommand {
    /// Where the lock is kept
    #[command(flatten)]
    pub store: StoreArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// What happened.
#[derive(Clone, Debug, Args)]
pub struct HistoryCommand {
    /// Entries that are shown
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub limit: usize,
    /// Where the lock is kept
    #[command(flatten)]
    pub store: StoreArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// Who asks, and for what.
#[derive(Clone, Debug, Args)]
pub struct ClaimArguments {
    /// The commit [default: that of the run, or what is checked out]
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// Why, for whoever finds it taken
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Page about it [default: that of the run]
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
    /// Who holds it, outside of GitHub Actions [default: user and machine]
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// How long it holds outside of GitHub Actions; that of a run ends with the run [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub ttl: Option<Duration>,
}

/// Take the lock.
#[derive(Clone, Debug, Args)]
pub struct AcquireCommand {
    /// What to take, and where it is kept
    #[command(flatten)]
    pub look: LockLook,
    /// Who asks, and for what
    #[command(flatten)]
    pub claim: ClaimArguments,
    /// Stand in line this long, such as 30m [default: fail at once]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Deploy a commit that is older than what is deployed
    #[arg(long)]
    pub allow_older: bool,
    /// Demand that a preflight of this commit passed this long ago or later, such as 30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub require_preflight: Option<Duration>,
    /// Hash of what was required by that preflight
    #[arg(long, value_name = "HASH", default_value = "")]
    pub manifest_hash: String,
}

/// A token that was granted.
#[derive(Clone, Debug, Args)]
pub struct TokenCommand {
    /// What it is for, and where it is kept
    #[command(flatten)]
    pub look: LockLook,
    /// The fencing token that `acquire` printed [default: CI_GUARD_LOCK_TOKEN]
    #[arg(long, value_name = "NUMBER")]
    pub lock_token: Option<u64>,
}

/// Give the lock back.
#[derive(Clone, Debug, Args)]
pub struct ReleaseCommand {
    /// The token
    #[command(flatten)]
    pub token: TokenCommand,
    /// What the deploy came to; a success is what later deploys are compared with
    #[arg(long, value_enum)]
    pub outcome: Option<Outcome>,
    /// Take the lock away from whoever holds it; for people, with a reason
    #[arg(long, requires = "reason", conflicts_with = "outcome")]
    pub force: bool,
    /// Why it is taken away
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Record a preflight.
#[derive(Clone, Debug, Args)]
pub struct PassedCommand {
    /// What it is for, and where it is kept
    #[command(flatten)]
    pub look: LockLook,
    /// The commit [default: that of the run, or what is checked out]
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// Hash of what was required
    #[arg(long, value_name = "HASH", default_value = "")]
    pub manifest_hash: String,
}

/// What something came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Outcome {
    /// It worked.
    Success,
    /// It did not.
    Failure,
}
