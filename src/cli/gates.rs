//! Commands about the gates as a whole: their names, their order, documents about them, and the drill.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ListFormat, ReportArguments, SettingsArguments, TargetArguments};
use crate::checks;

/// The names of check runs that this repository reports.
#[derive(Debug, Args)]
pub struct RequiredCommand {
    /// What to do
    #[command(subcommand)]
    pub task: RequiredTask,
}

/// What `required` does.
#[derive(Debug, Subcommand)]
pub enum RequiredTask {
    /// List the names that the workflows report
    List(RequiredList),
    /// Write the names of pull requests to .github/ci-guard.checks.json, so that a change of one is reviewed
    Lock(RequiredLock),
    /// Judge the required names: of the settings, and of --required-names
    Verify(Box<RequiredVerify>),
    /// Wait until everything that a branch requires has passed on a commit; needs `checks: read`, `statuses: read`,
    /// `actions: read` and `contents: read`
    Wait(Box<super::deploy::WaitCommand>),
}

/// Write the names of pull requests to a file.
#[derive(Debug, Args)]
pub struct RequiredLock {
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}

/// Judge the required names.
#[derive(Debug, Args)]
pub struct RequiredVerify {
    /// Ask GitHub which checks the branch requires: its rulesets and its protection
    #[arg(long)]
    pub online: bool,
    /// The branch that GitHub is asked for
    #[arg(long, value_name = "BRANCH", default_value = "main")]
    pub branch: String,
    /// The names
    #[command(flatten)]
    pub arguments: checks::gates::Arguments,
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

/// Show what an event would run.
#[derive(Debug, Args)]
pub struct SimulateCommand {
    /// The event, such as pull_request
    #[arg(long)]
    pub event: String,
    /// The branch that a pull request is for, or that is pushed
    #[arg(long, value_name = "BRANCH")]
    pub base: Option<String>,
    /// The tag that is pushed
    #[arg(long)]
    pub tag: Option<String>,
    /// The type of the event, such as synchronize
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// Files that change; without any, filters of paths are not decided
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub changed: Vec<String>,
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}

/// List every workflow.
#[derive(Debug, Args)]
pub struct InventoryCommand {
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}

/// Rewrite the parts of documents that repeat what the workflows say.
#[derive(Debug, Args)]
pub struct DocumentCommand {
    /// Documents, besides those in the root and in .github
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}

/// Plant a fault for every rule, and show that each one is caught.
#[derive(Debug, Args)]
pub struct DrillCommand {
    /// Only these rules, or the rules of these checks
    #[arg(value_name = "RULE")]
    pub only: Vec<String>,
    /// Format of the result
    #[arg(long, value_enum, default_value_t = DrillFormat::Text)]
    pub format: DrillFormat,
    /// Result of an earlier drill, as `--format json` wrote it: what was caught then and is not now fails
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}

/// Format of the drill's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DrillFormat {
    /// For people
    Text,
    /// A table, for the step summary
    Markdown,
    /// For programs
    Json,
}

/// List the names that the workflows report.
#[derive(Debug, Args)]
pub struct RequiredList {
    /// Only those that this event makes report, such as pull_request
    #[arg(long)]
    pub event: Option<String>,
    /// Only those that report for this branch: the one that a pull request is for, or that is pushed
    #[arg(long, value_name = "BRANCH")]
    pub base: Option<String>,
    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}
