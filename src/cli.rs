//! Commands and options. The inputs of the action are the same options under the same names.

pub mod deploy;
pub mod gates;
pub mod history;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::checks;
use crate::policy::Mode;
use crate::settings::config::FailOn;

/// Proves that a pipeline is sound: its workflows, its gates, what it installs, what it ships, and whether a
/// deploy may go.
#[derive(Debug, Parser)]
#[command(name = "ci-guard", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "Without a command, `check` runs. Exit codes: 0 pass, 1 the gate failed, 2 usage or \
settings, 3 a blocking check could not look or results could not be written.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Run checks on a repository
    Check(Box<CheckCommand>),
    /// Write SHA256SUMS and a manifest for release artifacts
    Checksum(ChecksumCommand),
    /// Filter a stream: secrets out, every other byte untouched
    Mask(MaskCommand),
    /// The names of check runs that this repository reports, and the required ones against them
    Required(gates::RequiredCommand),
    /// The history of runs, for checks that block after so many clean ones
    History(Group<history::HistoryCommand>),
    /// Show what an event would run, and why not the rest
    Simulate(gates::SimulateCommand),
    /// List every workflow: what starts it, what its jobs are for, and what they use
    Inventory(gates::InventoryCommand),
    /// List the lockfiles with their hashes, or keep these for review
    Lockfiles(LockfilesCommand),
    /// Rewrite the parts of documents that repeat what the workflows say
    Document(gates::DocumentCommand),
    /// Plant a fault for every rule in a copy, and show that each one is caught
    Drill(gates::DrillCommand),
    /// The deployment lock: one deploy at a time in each environment
    Lock(Group<deploy::LockCommand>),
    /// The rollback guard: no deploy begins while a rollback is under way
    Rollback(Group<deploy::RollbackCommand>),
    /// Wait until addresses answer well, or compare two of them
    Health(deploy::HealthCommand),
    /// Commit statuses, and the summary of a run
    Status(Group<deploy::StatusCommand>),
    /// List all rules
    Rules(RulesCommand),
    /// Show the documentation of a rule or check
    Explain(ExplainCommand),
    /// Write first settings and a workflow that runs ci-guard
    Init(InitCommand),
    /// Print the JSON Schema of the settings file, or of another document
    Schema(SchemaCommand),
    /// Print shell completions
    Completions(CompletionsCommand),
    /// Run as the GitHub Action does: options come from INPUT_*
    Action,
}

// What is said of it stands at the command: a comment here would take its place in the help.
#[allow(missing_docs, reason = "a command with commands of its own, made when it is named")]
#[derive(Debug, Args)]
pub struct Group<C: Subcommand> {
    #[command(subcommand)]
    pub command: C,
}

/// Run checks on a repository.
#[derive(Debug, Args)]
pub struct CheckCommand {
    /// Checks to run; default: integrity, gates, files, lockfile, secrets
    #[arg(value_name = "CHECK", value_parser = check_name)]
    pub checks: Vec<String>,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// Modes and settings file
    #[command(flatten)]
    pub settings: SettingsArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
    /// What each check is told
    #[command(flatten)]
    pub arguments: CheckArguments,
    /// Where a preflight is recorded
    #[command(flatten)]
    pub store: deploy::StoreArguments,
    /// Write the findings of this run to the baseline, so that only new ones count
    #[arg(long)]
    pub write_baseline: bool,
    /// Mend what can be mended for certain, then judge what is there; comments and layout stay
    #[arg(long)]
    pub fix: bool,
}

/// Write SHA256SUMS and a manifest for release artifacts.
#[derive(Debug, Args)]
pub struct ChecksumCommand {
    /// What is hashed and where it is written
    #[command(flatten)]
    pub arguments: checks::checksum::Arguments,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// Reports
    #[command(flatten)]
    pub report: ReportArguments,
}

/// List the lockfiles with their hashes.
#[derive(Debug, Args)]
pub struct LockfilesCommand {
    /// Write the list to .github/ci-guard.lockfiles, which the check `lockfile` then holds them to
    #[arg(long)]
    pub write: bool,
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
}

/// Filter a stream: secrets out, every other byte untouched.
///
/// Values of variables whose names call them secret are taken out, in base64, hex and percent-encoding too, and so is
/// what looks like a credential.
#[derive(Debug, Args)]
pub struct MaskCommand {
    /// File to read [default: standard input]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Variable whose value is taken out, whatever its name says; may be repeated
    #[arg(long, value_name = "NAME")]
    pub secret: Vec<String>,
}

/// List all rules.
#[derive(Debug, Args)]
pub struct RulesCommand {
    /// Format of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

/// Format of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Show the documentation of a rule or check.
#[derive(Debug, Args)]
pub struct ExplainCommand {
    /// Id of a rule, such as integrity/unpinned-uses, or name of a check
    #[arg(value_name = "RULE")]
    pub name: String,
}

/// Write first settings and a workflow that runs ci-guard.
#[derive(Debug, Args)]
pub struct InitCommand {
    /// The repository
    #[command(flatten)]
    pub target: TargetArguments,
    /// The action as the workflow is to name it, such as org/ci-guard@<commit>
    #[arg(long, value_name = "ACTION", default_value = "org/ci-guard@v1")]
    pub uses: String,
    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
}

/// Print the JSON Schema of the settings file, or of another document.
#[derive(Debug, Args)]
pub struct SchemaCommand {
    /// The document
    #[arg(long, value_enum, default_value_t = Document::Settings, value_name = "DOCUMENT")]
    pub of: Document,
}

/// A document that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// The settings file
    Settings,
    /// The manifest that `checksum` writes
    Manifest,
}

/// Print shell completions.
#[derive(Debug, Args)]
pub struct CompletionsCommand {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Which repository.
#[derive(Clone, Debug, Default, Args)]
pub struct TargetArguments {
    /// Folder of the repository [default: the current folder]
    #[arg(long, value_name = "DIR", help_heading = "Repository")]
    pub root: Option<PathBuf>,
}

/// What may leave this machine.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Network")]
#[group(skip)]
pub struct NetworkArguments {
    /// Ask registries and databases what they publish; without it nothing of a check leaves this machine
    #[arg(long, conflicts_with = "offline")]
    pub online: bool,
    /// Ask nobody, whatever the settings file says
    #[arg(long)]
    pub offline: bool,
}

/// Modes and settings file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArguments {
    /// Settings file [default: .github/ci-guard.yml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
    /// Whether findings fail the gate; overrides the settings file, except where it says off
    #[arg(long, value_enum)]
    pub mode: Option<ForcedMode>,
    /// Lowest severity that fails the gate in blocking mode
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
}

/// A mode that the command line can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForcedMode {
    /// Findings are reported and change nothing
    Advisory,
    /// Errors and warnings fail the gate
    Blocking,
}

impl From<ForcedMode> for Mode {
    fn from(mode: ForcedMode) -> Mode {
        match mode {
            ForcedMode::Advisory => Mode::Advisory,
            ForcedMode::Blocking => Mode::Blocking,
        }
    }
}

/// Reports.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reports")]
pub struct ReportArguments {
    /// What standard output gets [default: text; github inside GitHub Actions]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write a report to a file as well; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    pub output: Vec<(Format, PathBuf)>,
    /// Colours in the text report
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, with source lines
    Text,
    /// The whole report, schema version 1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// The text report with GitHub annotations
    Github,
    /// The step summary
    Markdown,
    /// JUnit XML, a test case for each check
    Junit,
    /// CycloneDX VEX 1.6 of the vulnerabilities that were found, ready for triage
    Vex,
    /// What `secrets` found, as gitleaks writes it with `--redact`
    Gitleaks,
    /// Unsigned in-toto Statement of what was verified
    InToto,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, and in the log of GitHub Actions
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What each check is told on the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct CheckArguments {
    /// The network
    #[command(flatten)]
    pub network: NetworkArguments,
    /// Gates
    #[command(flatten)]
    pub gates: checks::gates::Arguments,
    /// Lockfiles
    #[command(flatten)]
    pub lockfile: checks::lockfile::Arguments,
    /// Artifacts
    #[command(flatten)]
    pub artifacts: checks::artifacts::Arguments,
    /// Preflight
    #[command(flatten)]
    pub preflight: checks::preflight::Arguments,
    /// Reports of other tools
    #[command(flatten)]
    pub reports: checks::reports::Arguments,
    /// Vulnerabilities
    #[command(flatten)]
    pub vulnerabilities: checks::vulnerabilities::Arguments,
    /// Secrets
    #[command(flatten)]
    pub secrets: checks::secrets::Arguments,
}

fn check_name(name: &str) -> Result<String, String> {
    if checks::named(name).is_some() {
        return Ok(name.to_owned());
    }
    let names = || checks::ALL.iter().map(|check| check.name());
    Err(match crate::settings::nearest(name, names()) {
        Some(near) => format!("there is no check `{name}`; did you mean `{near}`?"),
        None => format!("there is no check `{name}`; there are {}", names().collect::<Vec<_>>().join(", ")),
    })
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write FORMAT=FILE, such as sarif=ci-guard.sarif")?;
    if file.is_empty() {
        return Err("the file's name is missing".into());
    }
    Ok((Format::from_str(format, false)?, file.into()))
}
