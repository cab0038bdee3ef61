//! `ci-guard status …`

use clap::{Args, Subcommand};

use crate::cli::ReportArguments;
use crate::github::StatusState;

/// Commit statuses, and the summary of a run.
#[derive(Debug, Subcommand)]
pub enum StatusCommand {
    /// Set a commit status; needs `statuses: write`, with `--check-run` instead `checks: write`
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
    /// Report a check run instead of a commit status; GitHub puts it among the checks of a workflow that it chooses
    #[arg(long)]
    pub check_run: bool,
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
