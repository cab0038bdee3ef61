//! One room for each command. A command plans, runs, and hands a report to `delivery`.

pub mod action;
pub mod check;
pub mod checksum;
pub mod deploy;
pub mod document;
pub mod drill;
pub mod explain;
pub mod history;
pub mod init;
pub mod inventory;
pub mod lockfiles;
pub mod mask;
mod mend;
pub mod required;
pub mod rules;
pub mod simulate;

use std::ffi::OsString;

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsCommand, Document, SchemaCommand};
use crate::console::Console;
use crate::report::Exit;
use crate::schema;

/// Puts `check` in front when no command is named: `ci-guard` and `ci-guard --mode blocking integrity` work.
pub fn with_default_command(command_line: &clap::Command, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let is_command = command_line.get_subcommands().any(|command| command.get_name() == first);
    let is_about_all = matches!(first.as_str(), "-h" | "--help" | "-V" | "--version" | "help");
    if !is_command && !is_about_all {
        arguments.insert(0, "check".into());
    }
    arguments
}

/// True if standard output is to hold one document and nothing else, whatever happens.
pub fn wants_json(arguments: &[OsString]) -> bool {
    const MACHINES: [&str; 6] = ["json", "sarif", "junit", "vex", "gitleaks", "in-toto"];
    let machine = |format: &str| MACHINES.contains(&format);
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    words.iter().enumerate().take_while(|(_, word)| *word != "--").any(|(index, word)| {
        word.strip_prefix("--format=").is_some_and(machine)
            || (word == "--format" && words.get(index + 1).is_some_and(|next| machine(next)))
    })
}

/// `ci-guard schema [--of DOCUMENT]`
pub fn schema(command: &SchemaCommand, console: &mut Console<'_>) -> Exit {
    console.document(match command.of {
        Document::Settings => schema::SETTINGS,
        Document::Manifest => schema::MANIFEST,
    });
    Exit::Pass
}

/// `ci-guard completions SHELL`
pub fn completions(command: &CompletionsCommand, console: &mut Console<'_>) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "ci-guard", &mut script);
    console.document(&String::from_utf8_lossy(&script));
    Exit::Pass
}
