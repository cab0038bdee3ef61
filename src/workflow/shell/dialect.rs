//! The shell of a step, and what it does when a command fails.
//!
//! Source: `ScriptHandlerHelpers.cs` of actions/runner, and GitHub's "Workflow syntax", `jobs.<job_id>.steps[*].shell`,
//! as of 2026-11.

use super::ast::{Simple, Word};
use crate::workflow::model::{Job, Step, Workflow};

/// A shell with its state at the first command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shell {
    /// Which language the script is in.
    pub kind: ShellKind,
    /// What is switched on.
    pub options: Options,
}

/// The language of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellKind {
    /// bash
    Bash,
    /// POSIX sh
    Sh,
    /// PowerShell: with `$ErrorActionPreference = 'stop'`, and the exit code of the last program
    PowerShell,
    /// cmd: the exit code of the last program
    Cmd,
    /// Python
    Python,
    /// A command of one's own, an expression, or a runner that nobody knows
    Unknown,
}

/// The options of a POSIX shell that decide what a failure comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `set -e`: the script ends with the first command that fails.
    pub errexit: bool,
    /// `set -o pipefail`: a pipeline fails if one of its commands does.
    pub pipefail: bool,
}

impl ShellKind {
    /// True for the shells that [`super::parse`] reads.
    pub fn is_posix(self) -> bool {
        matches!(self, ShellKind::Bash | ShellKind::Sh)
    }
}

/// The shell of a step: its own, that of the job's or workflow's defaults, or that of the runner's system.
pub fn shell_of(workflow: &Workflow<'_>, job: &Job<'_>, step: &Step<'_>) -> Shell {
    let defaults = ["defaults", "run", "shell"];
    let named =
        step.node.get("shell").or_else(|| job.node.at(&defaults)).or_else(|| workflow.root.at(&defaults));
    match named.and_then(|node| node.text()).map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => named_shell(text),
        None => default_shell(job),
    }
}

/// The shell of a step of a composite action, which names it.
pub fn shell_of_action(step: &Step<'_>) -> Shell {
    let named = step.node.get("shell").and_then(|shell| shell.text());
    named_shell(named.map(str::trim).unwrap_or_default())
}

/// What `shell: …` starts.
fn named_shell(text: &str) -> Shell {
    let on = |errexit, pipefail| Options { errexit, pipefail };
    let (kind, options) = match text.to_ascii_lowercase().as_str() {
        // bash --noprofile --norc -eo pipefail {0}
        "bash" => (ShellKind::Bash, on(true, true)),
        // sh -e {0}
        "sh" => (ShellKind::Sh, on(true, false)),
        "pwsh" | "powershell" => (ShellKind::PowerShell, on(false, false)),
        "cmd" => (ShellKind::Cmd, on(false, false)),
        "python" => (ShellKind::Python, on(false, false)),
        _ => custom(text),
    };
    Shell { kind, options }
}

/// `bash -euo pipefail {0}` and the like: only what is written is switched on.
fn custom(text: &str) -> (ShellKind, Options) {
    let words: Vec<&str> = text.split_whitespace().collect();
    // `docker exec … bash -e {0}` and `nix develop -c bash -e {0}` run the script in bash all the same.
    let is = |word: &str, name: &str| word.rsplit('/').next() == Some(name);
    let Some(at) = words.iter().rposition(|word| is(word, "bash") || is(word, "sh")) else {
        return (ShellKind::Unknown, Options::default());
    };
    let kind = if is(words[at], "bash") { ShellKind::Bash } else { ShellKind::Sh };
    let mut options = Options::default();
    options.switch(words[at + 1..].iter().copied());
    (kind, options)
}

/// Without `shell`: `bash -e {0}` (or `sh -e {0}` where there is no bash) except on Windows.
fn default_shell(job: &Job<'_>) -> Shell {
    let runner =
        job.node.get("runs-on").and_then(|node| node.text()).unwrap_or_default().to_ascii_lowercase();
    let in_container = job.node.get("container").is_some();
    let options = Options { errexit: true, pipefail: false };
    if runner.starts_with("windows") && !in_container {
        return Shell { kind: ShellKind::PowerShell, options: Options::default() };
    }
    // `${{ matrix.os }}` may be Windows: its script is still written for one of the two, and PowerShell rarely
    // parses as bash does.
    Shell { kind: ShellKind::Bash, options }
}

impl Options {
    /// Applies `set` where the command is one.
    pub fn after(&mut self, command: &Simple) {
        if command.name() == Some("set") {
            self.switch(command.arguments().iter().map(|word: &Word| word.text.as_str()));
        }
    }

    /// Applies the words behind `set` or `bash`.
    fn switch<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let mut pending = None;
        for word in words {
            if let Some(on) = pending.take() {
                match word {
                    "pipefail" => self.pipefail = on,
                    "errexit" => self.errexit = on,
                    _ => {}
                }
                continue;
            }
            let on = match word.chars().next() {
                Some('-') if !word.starts_with("--") => true,
                Some('+') => false,
                _ => continue,
            };
            for flag in word.chars().skip(1) {
                match flag {
                    'e' => self.errexit = on,
                    'o' => pending = Some(on),
                    _ => {}
                }
            }
        }
    }
}
