//! `ci-guard health`

use std::time::Duration;

use clap::Args;

use super::duration;
use crate::cli::ReportArguments;

/// Wait until addresses answer well, or compare two of them.
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
