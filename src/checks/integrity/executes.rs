//! Whether a step runs what lies in the workspace: build scripts, package scripts, local actions.

use super::taint::foreign::Foreign;
use crate::workflow::model::Step;
use crate::workflow::shell_words::{self, Command};
use crate::workflow::wrappers::{Kind, base_name};

/// Commands that do not run what lies in the workspace.
const HARMLESS: [&str; 91] = [
    "echo",
    "printf",
    "cat",
    "head",
    "tail",
    "tac",
    "ls",
    "pwd",
    "cd",
    "pushd",
    "popd",
    "mkdir",
    "rmdir",
    "rm",
    "cp",
    "mv",
    "ln",
    "touch",
    "chmod",
    "git",
    "gh",
    "jq",
    "yq",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "sed",
    "awk",
    "gawk",
    "sort",
    "uniq",
    "cut",
    "tr",
    "wc",
    "diff",
    "cmp",
    "test",
    "[",
    "[[",
    "true",
    "false",
    "exit",
    "set",
    "export",
    "unset",
    "read",
    "mapfile",
    "readarray",
    "case",
    "for",
    "sleep",
    "date",
    "curl",
    "wget",
    "tee",
    "xxd",
    "base64",
    "sha256sum",
    "md5sum",
    "du",
    "df",
    "stat",
    "shift",
    "return",
    "local",
    "declare",
    "break",
    "continue",
    ":",
    "basename",
    "dirname",
    "realpath",
    "tar",
    "unzip",
    "zip",
    "gsutil",
    // Nothing stands behind them.
    "sudo",
    "env",
    // Packages of the system.
    "apt",
    "apt-get",
    "apk",
    "dnf",
    "yum",
    "brew",
    "dpkg",
    // The machine.
    "chown",
    "swapoff",
    "fallocate",
    "sysctl",
    "systemctl",
];

/// Actions that run what they find: package scripts, build files, configuration that is code.
const RUNNING_ACTIONS: [&str; 14] = [
    "docker/build-push-action",
    "docker/bake-action",
    "pre-commit/action",
    "gradle/gradle-build-action",
    "golangci/golangci-lint-action",
    "borales/actions-yarn",
    "bahmutov/npm-install",
    "cypress-io/github-action",
    "coactions/setup-xvfb",
    "nick-fields/retry",
    "goreleaser/goreleaser-action",
    "actions-rs/cargo",
    "pypa/cibuildwheel",
    "ruby/setup-ruby",
];

/// True if the step runs something that may lie in the workspace.
pub(super) fn anything(step: &Step<'_>) -> bool {
    if let Some(run) = step.run().and_then(|run| run.text()) {
        let shell = step.node.get("shell").and_then(|shell| shell.text()).unwrap_or("bash");
        if !shell.contains("sh") || shell.starts_with("pwsh") || shell.starts_with("powershell") {
            return !run.trim().is_empty();
        }
        return shell_words::read(run).commands.iter().any(runs_something);
    }
    if let Some(uses) = step.uses().and_then(|uses| uses.text()) {
        return uses.starts_with("./") || step.is_one_of(&RUNNING_ACTIONS);
    }
    false
}

/// True unless the strangers' files lie in a folder of their own that the step does not name.
pub(super) fn may_see(step: &Step<'_>, foreign: &Foreign) -> bool {
    let Some(folder) = foreign.folder.as_deref().filter(|folder| !folder.contains("${{")) else {
        return true;
    };
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    if folder.is_empty() || folder == "." {
        return true;
    }
    let names =
        |key: &str| step.node.get(key).and_then(|node| node.text()).is_some_and(|text| text.contains(folder));
    let inputs = step.with().into_iter().flat_map(|with| with.entries());
    let mut inputs = inputs.filter_map(|(_, value)| value.text());
    names("working-directory")
        || runs_in(step, folder)
        || names("uses")
        || inputs.any(|text| text.contains(folder))
}

/// True if a command that runs something names the folder, or comes after one that went there. What only a variable
/// names is read, not run.
fn runs_in(step: &Step<'_>, folder: &str) -> bool {
    let Some(run) = step.run().and_then(|run| run.text()).filter(|run| run.contains(folder)) else {
        return false;
    };
    let shell = step.node.get("shell").and_then(|shell| shell.text()).unwrap_or("bash");
    if !shell.contains("sh") || shell.starts_with("pwsh") || shell.starts_with("powershell") {
        return true;
    }
    let names = |command: &Command| {
        let words = command.words.iter().filter_map(|word| run.get(word.range.clone()));
        let (words, mut redirected) =
            (words, command.reads.iter().filter_map(|word| run.get(word.range.clone())));
        words.into_iter().any(|word| word.contains(folder)) || redirected.any(|word| word.contains(folder))
    };
    let goes = |command: &Command| matches!(command.name(), Some("cd" | "pushd")) && names(command);
    let commands = shell_words::read(run).commands;
    commands.iter().any(|command| goes(command) || (runs_something(command) && names(command)))
}

/// True for a command that runs something that may lie in the workspace.
pub(super) fn runs_something(command: &Command) -> bool {
    let harmless = |name: &str| HARMLESS.contains(&name) || is_pattern(name);
    let at = command.behind(&[Kind::Starter, Kind::Feeder]);
    let named = command.words.get(at).and_then(|word| word.literal()).map(base_name);
    !command.words.is_empty() && !named.is_some_and(harmless)
}

/// A pattern of a `case`, or what is left of one.
fn is_pattern(name: &str) -> bool {
    name.is_empty() || name.contains(['*', '?']) || name == "esac" || name == "function"
}
