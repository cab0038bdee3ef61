//! Commands and options of everything around a deploy.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{ReportArguments, TargetArguments};
use crate::github::StatusState;
use crate::lock::store::github::Mover;

/// The deployment lock.
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

/// The rollback guard.
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

/// Wait until addresses answer well.
#[derive(Clone, Debug, Args)]
pub struct HealthCommand {
    /// Addresses that must all answer well
    #[arg(value_name = "URL", required = true)]
    pub urls: Vec<String>,
    /// Status that counts as well: a number or a range such as 200-299
    #[arg(long, value_name = "STATUS", default_value = "200-299")]
    pub expect_status: String,
    /// Text that the answer must contain
    #[arg(long, value_name = "TEXT")]
    pub expect_body: Option<String>,
    /// Good answers in a row that are needed
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub successes: u32,
    /// Latency that most answers must keep, such as p95=300ms; may be repeated
    #[arg(long, value_name = "PERCENTILE=DURATION")]
    pub latency: Vec<String>,
    /// Answers over which latency is measured
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub probes: u32,
    /// Pause between two tries; doubles after failures, up to ten times as long
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    pub interval: Duration,
    /// Longest time for one answer
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    pub probe_timeout: Duration,
    /// Longest time for everything
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2m")]
    pub timeout: Duration,
    /// Address to compare with: worse answers than there mean roll back
    #[arg(long, value_name = "URL")]
    pub baseline: Option<String>,
    /// How much slower than the baseline is still as good, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 20)]
    pub tolerance: u32,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// Wait for required checks.
#[derive(Clone, Debug, Args)]
pub struct WaitCommand {
    /// The branch whose requirements count
    #[arg(long, value_name = "BRANCH")]
    pub branch: String,
    /// The commit [default: that of the run]
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// A check that is required besides what GitHub and the settings say; may be repeated
    #[arg(long, value_name = "NAME")]
    pub require: Vec<String>,
    /// A check that is not waited for, such as the one that waits; may be repeated
    #[arg(long, value_name = "NAME")]
    pub except: Vec<String>,
    /// Longest time
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30m")]
    pub timeout: Duration,
    /// Pause between two looks
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15s")]
    pub interval: Duration,
    /// Longest time in which a check that nobody has reported yet may appear
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5m")]
    pub appear_within: Duration,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// Settings file
    #[command(flatten)]
    pub settings: super::SettingsArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// Statuses.
#[derive(Debug, Subcommand)]
pub enum StatusCommand {
    /// Set a commit status; needs `statuses: write`
    Set(SetCommand),
    /// What became of every job of this run, with the step that failed and its log; needs `actions: read`, for
    /// `--comment` also `pull-requests: write`
    Summary(SummaryCommand),
}

/// Set a commit status.
#[derive(Clone, Debug, Args)]
pub struct SetCommand {
    /// Its name
    #[arg(long, value_name = "NAME")]
    pub context: String,
    /// Its state
    #[arg(long, value_enum)]
    pub state: StatusState,
    /// A line about it
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// A page about it [default: that of the run]
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
    /// The commit [default: the head of the pull request, or that of the run]
    #[arg(long, value_name = "SHA")]
    pub commit: Option<String>,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// Sum up a run.
#[derive(Clone, Debug, Args)]
pub struct SummaryCommand {
    /// Id of the run [default: this one]
    #[arg(long, value_name = "ID")]
    pub run_id: Option<u64>,
    /// Lines of the log of each failed job that are shown; 0 for none
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub log_lines: usize,
    /// Write it to a comment of the pull request as well, always the same one
    #[arg(long)]
    pub comment: bool,
    /// Tells comments of several workflows apart
    #[arg(long, value_name = "NAME", default_value = "summary")]
    pub comment_key: String,
    /// Fail if a job failed
    #[arg(long)]
    pub fail_on_failure: bool,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// `90s`, `30m`, `2h`, `300ms`, `1h30m`; a number alone is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write 90s, 30m or 2h");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u32 = rest.get(..digits).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
        let after = rest.get(digits..).unwrap_or_default();
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let unit = match after.get(..end).unwrap_or_default() {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "" if digits == text.trim().len() => Duration::from_secs(1),
            "m" | "min" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            "d" => Duration::from_secs(86400),
            _ => return Err(wrong()),
        };
        total = unit.checked_mul(number).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = after.get(end..).unwrap_or_default();
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, ms) in [("90", 90_000), ("300ms", 300), ("1h30m", 5_400_000), ("2d", 172_800_000)] {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(ms), "{text}");
        }
        for text in ["", "m", "1x", "1m5", "-1s", "1.5s", "99999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
