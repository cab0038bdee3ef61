//! The shell of a step, and what it does when a command fails.
//!
//! Source: `ScriptHandlerHelpers.cs` of actions/runner, and GitHub's "Workflow syntax", `jobs.<job_id>.steps[*].shell`,
//! as of 2026-11.

use super::ast::{Simple, Word};
use crate::tree::Node;
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
    match named(workflow, job, step).and_then(|node| node.text()).map(str::trim) {
        Some(text) if !text.is_empty() => named_shell(text),
        _ => default_shell(job),
    }
}

/// What names the shell of a step.
fn named<'t>(workflow: &Workflow<'t>, job: &Job<'t>, step: &Step<'t>) -> Option<Node<'t>> {
    let defaults = ["defaults", "run", "shell"];
    step.node.get("shell").or_else(|| job.node.at(&defaults)).or_else(|| workflow.root.at(&defaults))
}

/// True if a step has the shell of [`shell_of`] wherever its job runs: it is named, or the job never runs on Windows, as
/// far as can be known. `windows` says whether the workflow speaks of it anywhere.
pub fn is_sure(workflow: &Workflow<'_>, job: &Job<'_>, step: &Step<'_>, windows: &dyn Fn() -> bool) -> bool {
    if named(workflow, job, step).is_some() || job.node.get("container").is_some() {
        return true;
    }
    let labels = labels(job);
    let is = |label: &&str| {
        let label = label.to_ascii_lowercase();
        ["ubuntu", "macos", "linux"].iter().any(|system| label.starts_with(system))
    };
    // A matrix that never speaks of Windows has none.
    let of_matrix = |label: &&str| label.contains("${{") && label.contains("matrix.");
    labels.iter().any(is) || (labels.iter().any(of_matrix) && !windows())
}

/// True if a workflow with this text speaks of Windows.
pub fn speaks_of_windows(text: &str) -> bool {
    text.to_ascii_lowercase().contains("windows")
}

/// The labels of the runner that a job asks for.
fn labels<'t>(job: &Job<'t>) -> Vec<&'t str> {
    let Some(runs_on) = job.node.get("runs-on") else { return Vec::new() };
    match runs_on.text() {
        Some(label) => vec![label],
        None => runs_on.items().filter_map(|item| item.text()).collect(),
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
    let is_windows = |label: &&str| label.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("windows"));
    if labels(job).iter().any(is_windows) && job.node.get("container").is_none() {
        return Shell { kind: ShellKind::PowerShell, options: Options::default() };
    }
    // `${{ matrix.os }}` may be Windows: its script is still written for one of the two, and PowerShell rarely
    // parses as bash does.
    Shell { kind: ShellKind::Bash, options: Options { errexit: true, pipefail: false } }
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
