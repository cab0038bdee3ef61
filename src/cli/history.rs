//! The options of `ci-guard history`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ListFormat, ReportArguments, SettingsArguments, TargetArguments};

/// The history of runs, for checks that block after so many clean ones.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Append this run to the history: on the guarded branch, after `check`, whatever it came to
    Record(Box<RecordCommand>),
    /// Prove that the history is whole, and show how many clean runs each check has had
    List(Box<ListCommand>),
}

/// Append a run to the history.
#[derive(Debug, Args)]
pub struct RecordCommand {
    /// The JSON report of the run: the output `report` of `check`, or what `--output json=FILE` wrote
    #[arg(long = "from-report", value_name = "FILE")]
    pub from_report: PathBuf,
    /// The history's file, instead of what the settings name
    #[arg(long = "history", value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// Modes and settings file
    #[command(flatten)]
    pub settings: SettingsArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// Show the history.
#[derive(Debug, Args)]
pub struct ListCommand {
    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// The history's file, instead of what the settings name
    #[arg(long = "history", value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// Modes and settings file
    #[command(flatten)]
    pub settings: SettingsArguments,
}
