//! ci-guard: one binary that proves a pipeline is sound.
//!
//! The way through is one: arguments and inputs become [`settings::Settings`], the planned [`checks`] look at a
//! [`checkout::Checkout`] and record findings, the [`policy::Policy`] judges them, [`report`] shows what it came
//! to, and the exit code says it to the shell. Checks never print; renderers never decide.

pub mod advisory;
pub mod archive;
pub mod checkout;
pub mod checks;
pub mod cli;
mod commands;
mod console;
pub mod crash;
mod credentials;
mod delivery;
mod drill;
mod engine;
pub mod environment;
pub mod example;
mod excerpt;
mod facts;
pub mod fetch;
pub mod finding;
pub mod fingerprint;
pub mod fix;
pub mod github;
pub mod hashing;
pub mod health;
pub mod history;
pub mod http;
mod ignores;
pub mod location;
pub mod lock;
pub mod masking;
mod pages;
mod parallel;
pub mod policy;
pub mod programs;
mod progress;
pub mod redact;
pub mod registries;
pub mod report;
pub mod required;
pub mod rule;
pub mod runner;
mod schema;
pub mod settings;
mod sorted;
pub mod sticky;
pub mod subject;
pub use ci_guard_tree as tree;
pub mod workflow;

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};

pub use commands::action::{Input, OUTPUTS, inputs};
pub use console::Console;

use cli::{Cli, Command};
use environment::Environment;
use report::{Exit, Report};

/// Runs the program: `arguments` without the program's name. Returns the exit code.
pub fn run(arguments: Vec<OsString>, environment: &Environment, console: &mut Console<'_>) -> u8 {
    let command_line = Cli::command();
    let arguments = commands::with_default_command(&command_line, arguments);
    if commands::wants_json(&arguments) {
        console.keep_output_for_document();
    }
    let words = std::iter::once("ci-guard".into()).chain(arguments);
    let parsed = command_line.try_get_matches_from(words).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            console.out(&error.to_string());
            return Exit::Pass.code();
        }
        Err(error) => return usage(&error, environment, console),
    };
    let exit = match cli.command {
        Command::Action => commands::action::run(environment, console),
        command => dispatch(command, environment, console),
    };
    exit.code()
}

/// Every command but `action`, which becomes one of these.
fn dispatch(command: Command, environment: &Environment, console: &mut Console<'_>) -> Exit {
    match command {
        Command::Check(command) => commands::check::run(*command, environment, console),
        Command::Checksum(command) => commands::checksum::run(command, environment, console),
        Command::Lock(group) => commands::deploy::lock::run(group.command, environment, console),
        Command::Rollback(group) => commands::deploy::rollback::run(group.command, environment, console),
        Command::Health(command) => commands::deploy::health::run(&command, environment, console),
        Command::Status(group) => commands::deploy::status::run(&group.command, environment, console),
        Command::Mask(command) => commands::mask::run(&command, environment, console),
        Command::Required(command) => commands::required::run(&command, environment, console),
        Command::Inventory(command) => commands::inventory::run(&command, environment, console),
        Command::Lockfiles(command) => commands::lockfiles::run(&command, environment, console),
        Command::History(group) => commands::history::run(&group.command, environment, console),
        Command::Simulate(command) => commands::simulate::run(&command, environment, console),
        Command::Document(command) => commands::document::run(&command, environment, console),
        Command::Drill(command) => commands::drill::run(&command, environment, console),
        Command::Rules(command) => commands::rules::run(&command, console),
        Command::Explain(command) => commands::explain::run(&command, console),
        Command::Init(command) => commands::init::run(&command, environment, console),
        Command::Schema(command) => commands::schema(&command, console),
        Command::Completions(command) => commands::completions(&command, console),
        Command::Action => Exit::Usage,
    }
}

/// A command line that cannot be understood. Programs that asked for JSON get a document all the same.
fn usage(error: &clap::Error, environment: &Environment, console: &mut Console<'_>) -> u8 {
    // A secret that was written into the wrong option is repeated by the words about it.
    let words = error.to_string();
    let words = redact::Redactor::of(environment, []).clean(&words).into_owned();
    console.err(&words);
    let runner = runner::Runner::of(environment);
    // On a terminal that is all; a step and a reader of JSON have more to be told.
    if !runner.in_actions && runner.summary_file.is_none() && !console.is_document_only() {
        return Exit::Usage.code();
    }
    let message = words.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let report = Report::failed(Exit::Usage, message);
    delivery::failure(report, environment, console).code()
}
