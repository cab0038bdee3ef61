//! `ci-guard rollback …`

use clap::{Args, Subcommand};

use super::{ClaimArguments, LockLook, Outcome, TokenCommand};

/// The rollback guard: no deploy begins while a rollback is under way.
#[derive(Debug, Subcommand)]
pub enum RollbackCommand {
    /// Begin: deploys under way lose their token; needs `contents: write` and `actions: read`
    Begin(BeginCommand),
    /// End it, and record what it came to; needs `contents: write`, for `--record` also `deployments: write` and
    /// `statuses: write`
    Finish(FinishCommand),
    /// Let deploys begin again after a rollback failed; for people, with a reason
    Unfreeze(UnfreezeCommand),
}

/// Begin a rollback.
#[derive(Clone, Debug, Args)]
pub struct BeginCommand {
    /// What to roll back, and where the lock is kept
    #[command(flatten)]
    pub look: LockLook,
    /// Who asks, and to which commit
    #[command(flatten)]
    pub claim: ClaimArguments,
    /// The commit that is taken away and stays blocked [default: what is deployed]
    #[arg(long, value_name = "SHA")]
    pub bad: Option<String>,
}

/// End a rollback.
#[derive(Clone, Debug, Args)]
pub struct FinishCommand {
    /// The token
    #[command(flatten)]
    pub token: TokenCommand,
    /// What it came to: failure freezes the environment
    #[arg(long, value_enum)]
    pub outcome: Outcome,
    /// Record it on GitHub as well: deployment status and commit status
    #[arg(long)]
    pub record: bool,
}

/// Let deploys begin again.
#[derive(Clone, Debug, Args)]
pub struct UnfreezeCommand {
    /// What to unfreeze, and where the lock is kept
    #[command(flatten)]
    pub look: LockLook,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// A commit that may be deployed again
    #[arg(long, value_name = "SHA")]
    pub unblock: Option<String>,
}
