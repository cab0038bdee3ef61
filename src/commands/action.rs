//! `ci-guard action`: the inputs of the action become a command line, and that runs.
//!
//! An input has the name of its option. The runner hands it over as `INPUT_` and the name in capitals, spaces
//! replaced by `_`, hyphens kept; people who call the container or the binary write `_` for hyphens.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, CommandFactory as _, Parser as _};

use crate::cli::Cli;
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::report::{Exit, Report};
use crate::settings::nearest;

/// An input of the action.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// The default in `action.yml`.
    pub default: &'static str,
}

/// Commands whose options are inputs.
const COMMANDS: [&str; 17] = [
    "check",
    "checksum",
    "lock acquire",
    "lock verify",
    "lock release",
    "lock status",
    "lock list",
    "lock history",
    "lock passed",
    "rollback begin",
    "rollback finish",
    "health",
    "required wait",
    "status set",
    "status summary",
    "history record",
    "history list",
];

/// Options that make no sense in a workflow, or have another name there.
const NOT_INPUTS: [&str; 10] =
    ["fix", "root", "no-config", "format", "color", "write-baseline", "tag", "escape", "help", "version"];

/// Inputs that the launcher reads, and two that the runner adds for container actions.
const OTHERS: [&str; 5] = ["binary", "download-url", "token", "args", "entrypoint"];

/// Names and descriptions of the outputs.
pub const OUTPUTS: &[(&str, &str)] = &[
    ("verdict", "pass, fail or error"),
    ("findings", "Number of findings that nothing excepts"),
    ("blocking", "Number of findings that fail the gate"),
    ("report", "Path of the JSON report"),
    ("sarif", "Path of the SARIF report, for github/codeql-action/upload-sarif"),
    ("lock-hash", "SHA-256 over the contents of all lockfiles"),
    ("vex", "Path of the CycloneDX VEX document, if the check `vulnerabilities` ran"),
    ("gate", "Path of the in-toto Statement with the test result, if artifacts were verified"),
    (
        "cache-key",
        "Key for a cache of dependencies: lock hash, operating system, architecture and runtime versions",
    ),
    ("checksums", "Path of the checksum list that was written"),
    ("manifest", "Path of the manifest that was written"),
    ("subjects", "Base64 of the checksum list, for SLSA generators"),
    ("ready", "true if everything that preflight requires is there"),
    ("missing", "Names that preflight misses, one per line"),
    ("reasons", "What keeps preflight from being ready, one per line"),
    ("manifest-hash", "Hash of what preflight required, for `manifest-hash` of the lock"),
    ("deployed", "Commit that is deployed, as `lock status` knows it; `none` if it knows none"),
    ("locked", "true if the deployment lock is held: by this job, or as `lock status` sees it"),
    ("lock-token", "Fencing token of the lock or rollback that was granted"),
    ("rollback-to", "Commit that is rolled back to"),
    ("healthy", "true if everything that `health` asked answers well"),
    ("health-verdict", "promote, roll-back or inconclusive, where two addresses were compared"),
];

/// The command line with the options of every command, which are made when they are asked for.
fn described() -> clap::Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

/// All inputs, in the order in which they are documented.
pub fn inputs() -> Vec<Input> {
    let input = |name: &str, description: &str, default| Input {
        name: name.to_owned(),
        description: description.to_owned(),
        default,
    };
    let mut inputs = vec![
        input("command", &format!("What to do: {}", COMMANDS.join(", ")), "check"),
        input("working-directory", "Folder of the repository [default: the workspace]", ""),
    ];
    let cli = described();
    for command in COMMANDS.iter().filter_map(|name| find(&cli, name)) {
        for argument in command.get_arguments() {
            let name = name_of(argument);
            let known = inputs.iter().any(|input| input.name == name);
            if !known && !NOT_INPUTS.contains(&name.as_str()) {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                let several = if takes_several(argument) { "; one per line" } else { "" };
                inputs.push(input(&name, &format!("{help}{several}"), ""));
            }
        }
    }
    inputs.push(input("binary", "Use this ci-guard binary instead of downloading one", ""));
    inputs.push(input("download-url", "Folder to download from: a mirror, or a server without internet", ""));
    inputs.push(input(
        "token",
        "Token for GitHub's API, and for the download; sent to GitHub only",
        "${{ github.token }}",
    ));
    inputs
}

/// Runs the command that the inputs describe.
pub fn run(environment: &Environment, console: &mut Console<'_>) -> Exit {
    let parsed = command_line(environment).and_then(|arguments| {
        let words = std::iter::once(OsString::from("ci-guard")).chain(arguments);
        Cli::try_parse_from(words).map_err(|error| vec![in_words_of_inputs(&error)])
    });
    match parsed {
        Ok(cli) => crate::dispatch(cli.command, environment, console),
        Err(errors) => {
            delivery::failure(Report::failed(Exit::Usage, errors.join("; ")), environment, console)
        }
    }
}

/// The command line that the inputs stand for, or everything that is wrong with them.
fn command_line(environment: &Environment) -> Result<Vec<OsString>, Vec<String>> {
    let (mut given, mut errors) = given(environment);
    let words: Vec<String> =
        given.remove("command").unwrap_or("check".into()).split_whitespace().map(str::to_owned).collect();
    let cli = described();
    let command_name = words.join(" ");
    let Some(command) =
        COMMANDS.iter().find(|known| **known == command_name).and_then(|name| find(&cli, name))
    else {
        let hint = nearest(&command_name, COMMANDS)
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        errors.push(format!("input `command`: there is no command `{command_name}`{hint}"));
        return Err(errors);
    };
    let mut line: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let mut positional: Vec<OsString> = Vec::new();
    for (name, value) in &given {
        if OTHERS.contains(&name.as_str()) {
            continue;
        }
        let option = if name == "working-directory" { "root" } else { name };
        let argument = command.get_arguments().find(|argument| name_of(argument) == option);
        match argument.filter(|_| option != name || !NOT_INPUTS.contains(&option)) {
            Some(argument) => {
                if let Err(error) = translate(argument, name, value, &mut line, &mut positional) {
                    errors.push(error);
                }
            }
            None => errors.push(unknown(name, &command_name)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    line.push("--".into());
    line.extend(positional);
    Ok(line)
}

/// A command by its words.
fn find<'c>(cli: &'c clap::Command, words: &str) -> Option<&'c clap::Command> {
    words.split(' ').try_fold(cli, |command, word| command.find_subcommand(word))
}

/// The inputs that are set, by name. Empty means not set.
fn given(environment: &Environment) -> (BTreeMap<String, String>, Vec<String>) {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut errors = Vec::new();
    for variable in environment.names().filter(|name| name.starts_with("INPUT_")) {
        let name = variable["INPUT_".len()..].to_lowercase().replace('_', "-");
        let Some(value) = environment.get(variable) else {
            errors.push(format!("input `{name}` is not UTF-8"));
            continue;
        };
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match given.get(&name) {
            Some(other) if other != value => errors.push(format!("input `{name}` is set twice and differs")),
            _ => drop(given.insert(name, value.to_owned())),
        }
    }
    (given, errors)
}

/// Adds one input to the command line.
fn translate(
    argument: &Arg,
    name: &str,
    value: &str,
    line: &mut Vec<OsString>,
    positional: &mut Vec<OsString>,
) -> Result<(), String> {
    if !argument.get_action().takes_values() {
        match value {
            "true" | "True" | "TRUE" => line.push(format!("--{}", name_of(argument)).into()),
            "false" | "False" | "FALSE" => {}
            _ => return Err(format!("input `{name}` must be true or false, not `{value}`")),
        }
        return Ok(());
    }
    // Names of checks hold neither spaces nor commas, so people may write them on one line.
    let separators: &[char] = if name == "checks" { &['\n', ',', ' ', '\t'] } else { &['\n'] };
    let values: Vec<&str> = match takes_several(argument) {
        true => value.split(separators).map(str::trim).filter(|value| !value.is_empty()).collect(),
        false => vec![value],
    };
    for value in values {
        match argument.is_positional() {
            true => positional.push(value.into()),
            false => line.push(format!("--{}={value}", name_of(argument)).into()),
        }
    }
    Ok(())
}

fn unknown(name: &str, command: &str) -> String {
    let all = inputs();
    if all.iter().any(|input| input.name == name) {
        return format!("input `{name}` means nothing to the command `{command}`");
    }
    let hint = match nearest(name, all.iter().map(|input| input.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the README lists all inputs".to_owned(),
    };
    format!("there is no input `{name}`; {hint}")
}

fn name_of(argument: &Arg) -> String {
    argument.get_long().map_or_else(|| argument.get_id().as_str().replace('_', "-"), str::to_owned)
}

fn takes_several(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Append)
        || argument.get_num_args().is_some_and(|number| number.max_values() > 1)
}

/// The parser speaks of options; whoever wrote the workflow knows inputs.
fn in_words_of_inputs(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let mut words: Vec<String> = Vec::new();
    for word in first.split(' ') {
        match word.trim_start_matches('\'').strip_prefix("--") {
            Some(option) => {
                words.push(format!("input `{}`", option.split(['=', '\'']).next().unwrap_or(option)))
            }
            None if word.starts_with('<') => {}
            None => words.push(word.to_owned()),
        }
    }
    let tips: String = text.lines().filter(|line| line.trim_start().starts_with("tip:")).collect();
    let values: String =
        text.lines().filter(|line| line.trim_start().starts_with("[possible values")).collect();
    let rest = [values.trim(), tips.trim()]
        .iter()
        .filter(|part| !part.is_empty())
        .map(|p| format!(" {p}"))
        .collect::<String>();
    format!("{}{rest}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(variables: &[(&str, &str)]) -> Result<Vec<String>, Vec<String>> {
        let line = command_line(&Environment::of(variables))?;
        Ok(line.into_iter().map(|word| word.into_string().unwrap()).collect())
    }

    #[test]
    fn inputs_become_options_in_both_spellings() {
        let given = [
            ("INPUT_FAIL-ON", "error"),
            ("INPUT_CHECKS", "integrity, files\nlockfile"),
            ("INPUT_MODE", ""),
            ("INPUT_TOKEN", "t"),
        ];
        assert_eq!(
            line(&given).unwrap(),
            ["check", "--fail-on=error", "--", "integrity", "files", "lockfile"]
        );
        assert_eq!(
            line(&[("INPUT_FAIL_ON", "error"), ("INPUT_FAIL-ON", "error")]).unwrap(),
            ["check", "--fail-on=error", "--"]
        );
        assert!(line(&[("INPUT_FAIL_ON", "error"), ("INPUT_FAIL-ON", "warning")]).is_err());
        assert_eq!(line(&[("INPUT_WORKING-DIRECTORY", "sub")]).unwrap(), ["check", "--root=sub", "--"]);
    }

    #[test]
    fn nothing_is_ignored() {
        let errors = line(&[("INPUT_CHEKS", "x"), ("INPUT_STRICT", "yes"), ("INPUT_ROOT", "x")]).unwrap_err();
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors.iter().any(|error| error.contains("did you mean `checks`")), "{errors:?}");
        assert!(line(&[("INPUT_COMMAND", "chek")]).unwrap_err()[0].contains("did you mean `check`"));
        assert!(line(&[("INPUT_ARGS", "x"), ("INPUT_ENTRYPOINT", "y"), ("INPUT_BINARY", "z")]).is_ok());
    }

    #[test]
    fn booleans_are_those_of_yaml() {
        assert_eq!(line(&[("INPUT_STRICT", "TRUE")]).unwrap(), ["check", "--strict", "--"]);
        assert_eq!(line(&[("INPUT_STRICT", "False")]).unwrap(), ["check", "--"]);
        assert!(line(&[("INPUT_STRICT", "1")]).is_err());
    }
}
