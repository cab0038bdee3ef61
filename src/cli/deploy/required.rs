//! `ci-guard required wait`

use std::time::Duration;

use clap::Args;

use super::duration;
use crate::cli::{ReportArguments, SettingsArguments, TargetArguments};

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
    pub settings: SettingsArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}
