//! Preflights that passed, in the chain of the lock: `lock acquire --require-preflight` demands one.

use super::claim::commit;
use super::desk::Desk;
use crate::cli::deploy::StoreArguments;
use crate::engine::Run;
use crate::environment::Environment;
use crate::lock::machine::Request;
use crate::lock::state::Passed;
use crate::runner::Runner;
use crate::settings::Settings;

/// Records that a commit passed under a hash of what was required.
pub fn write(desk: &Desk, scope: &str, commit: String, manifest: String) -> Result<(), String> {
    let at = jiff::Timestamp::now().as_second();
    let record = Passed { commit, manifest, at };
    let stopped = |said: super::Said| said.stopped.map(|(_, reason)| reason).unwrap_or_default();
    desk.ask(scope, &Request::Pass(record), 0).map(|_| ()).map_err(|said| stopped(*said))
}

/// Records the preflight among these runs, if it found all in order. Returns the line for the reader; `Err` says why
/// nothing could be recorded.
pub fn of_check(
    runs: &[Run],
    settings: &Settings,
    store: &StoreArguments,
    runner: &Runner,
    environment: &Environment,
) -> Result<String, String> {
    let name = settings.arguments.preflight.environment.as_deref().map(str::trim);
    let scope = name.filter(|name| !name.is_empty()).ok_or(
        "no preflight is recorded without an environment: give `environment` as well as `record-preflight`",
    )?;
    let run = runs.iter().find(|run| run.check == "preflight").ok_or(
        "no preflight is recorded, because none ran: `record-preflight` needs the check `preflight`",
    )?;
    let output = |name: &str| run.outputs.get(name).map(|output| output.text.clone()).unwrap_or_default();
    if output("ready") != "true" {
        return Ok(format!("no preflight is recorded for `{scope}`: it did not find all in order"));
    }
    let desk = Desk::open(store, None, environment)?;
    let commit = commit(None, runner, desk.checkout())?;
    let line =
        format!("recorded that {} passed the preflight of `{scope}`", crate::lock::machine::short(&commit));
    write(&desk, scope, commit, output("manifest-hash"))
        .map_err(|reason| format!("the preflight of `{scope}` could not be recorded: {reason}"))?;
    Ok(line)
}
