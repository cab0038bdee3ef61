//! What runs a script.

use super::values::Scope;
use crate::workflow::model::Step;

/// What runs a script, as far as it matters to who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `bash`, `sh` and their like
    Posix,
    /// `pwsh`, `powershell`
    Power,
    /// `cmd`
    Cmd,
    /// `python`
    Python,
    /// `node`, and scripts of actions/github-script
    JavaScript,
    /// Everything else.
    Other,
}

/// The shell of a step: its own, the default of job or workflow, or that of the runner.
pub fn of(step: &Step<'_>, scope: &Scope<'_, '_>) -> Shell {
    let default = |of: Option<crate::tree::Node<'_>>| {
        of.and_then(|of| of.at(&["defaults", "run", "shell"]))
            .and_then(|shell| shell.text())
            .map(str::to_owned)
    };
    let own = step.node.get("shell").and_then(|shell| shell.text()).map(str::to_owned);
    let named = own
        .or_else(|| default(scope.job.map(|job| job.node)))
        .or_else(|| default(scope.document.workflow.as_ref().map(|workflow| workflow.root)));
    if let Some(named) = named {
        return named_shell(&named);
    }
    let runner = scope.job.and_then(|job| job.node.get("runs-on")?.text());
    match runner.is_some_and(|runner| runner.to_lowercase().starts_with("windows")) {
        true => Shell::Power,
        false => Shell::Posix,
    }
}

fn named_shell(text: &str) -> Shell {
    let program = text.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    match program.trim_end_matches(".exe") {
        "pwsh" | "powershell" => Shell::Power,
        "cmd" => Shell::Cmd,
        "python" | "python3" => Shell::Python,
        "node" | "deno" | "bun" => Shell::JavaScript,
        "bash" | "sh" | "zsh" | "dash" | "ksh" => Shell::Posix,
        // A matrix may decide, and decides between shells of this kind mostly.
        program if program.starts_with("${{") => Shell::Posix,
        _ => Shell::Other,
    }
}
