//! `ci-guard rollback …`

use super::claim::claim;
use super::desk::Desk;
use super::lock::{UNIT, granted, person, refused, scope_of, token_of};
use super::{Said, report};
use crate::cli::deploy::{BeginCommand, FinishCommand, Outcome, RollbackCommand, UnfreezeCommand};
use crate::console::Console;
use crate::environment::Environment;
use crate::github::{GitHub, NewStatus, StatusState};
use crate::lock::machine::{Answer, Request, short};
use crate::lock::state::{Standing, State};
use crate::report::Exit;
use crate::runner::Runner;

/// Runs the command.
pub fn run(command: RollbackCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let arguments = match &command {
        RollbackCommand::Begin(command) => &command.look.report,
        RollbackCommand::Finish(command) => &command.token.look.report,
        RollbackCommand::Unfreeze(command) => &command.look.report,
    };
    let arguments = arguments.clone();
    report(("rollback", UNIT), &arguments, environment, console, |runner, _| {
        let said = match &command {
            RollbackCommand::Begin(command) => begin(command, runner, environment),
            RollbackCommand::Finish(command) => finish(command, runner, environment),
            RollbackCommand::Unfreeze(command) => unfreeze(command, runner, environment),
        };
        said.unwrap_or_else(|said| *said)
    })
}

fn usage(text: String) -> Box<Said> {
    Box::new(Said::usage(text))
}

fn begin(command: &BeginCommand, runner: &Runner, environment: &Environment) -> Result<Said, Box<Said>> {
    let look = &command.look;
    let scope = scope_of(look).map_err(usage)?;
    let desk = Desk::open(&look.store, look.target.root.as_deref(), environment).map_err(usage)?;
    let claim = claim(&command.claim, runner, environment, desk.checkout()).map_err(usage)?;
    let target = claim.commit.clone();
    let request = Request::Begin { claim, bad: command.bad.clone() };
    let (answer, state) = desk.ask(scope, &request, 0)?;
    let began = matches!(answer, Answer::Granted { .. });
    let mut said = desk.with_unseen(granted(answer, scope, environment));
    if began {
        said.notes.push(format!("no deploy to `{scope}` may begin until `ci-guard rollback finish`"));
        said.notes.extend(ended(&state, scope));
        said.outputs.push(("rollback-to", target));
    }
    Ok(said)
}

/// The deploys that the rollback put an end to.
fn ended(state: &State, scope: &str) -> Vec<String> {
    let Some(Standing::Rollback(rollback)) = state.scopes.get(scope).map(|scope| &scope.standing) else {
        return Vec::new();
    };
    let line = |holder: &crate::lock::state::Holder| {
        format!(
            "the deploy of {} under token {} lost the lock; cancel it: {}",
            short(&holder.claim.commit),
            holder.token,
            holder.claim.link
        )
    };
    rollback.preempted.iter().map(line).collect()
}

fn finish(command: &FinishCommand, runner: &Runner, environment: &Environment) -> Result<Said, Box<Said>> {
    let look = &command.token.look;
    let scope = scope_of(look).map_err(usage)?;
    let token = token_of(&command.token, environment).map_err(usage)?;
    let desk = Desk::open(&look.store, look.target.root.as_deref(), environment).map_err(usage)?;
    let worked = command.outcome == Outcome::Success;
    let (answer, state) = desk.ask(scope, &Request::Finish { token, worked }, token)?;
    if answer != Answer::Done {
        return Ok(Said::refused(format!("token {token} is not that of a rollback of `{scope}`")));
    }
    let own = state.scopes.get(scope).cloned().unwrap_or_default();
    let target = match &own.standing {
        Standing::Frozen(freeze) => freeze.rollback.holder.claim.commit.clone(),
        _ => own.last.as_ref().map(|last| last.commit.clone()).unwrap_or_default(),
    };
    let mut said = Said::note(match worked {
        true => format!("`{scope}` is rolled back to {target}; deploys may begin again"),
        false => {
            format!("the rollback of `{scope}` to {target} failed; it is frozen until a person unfreezes it")
        }
    });
    said.notes.extend(own.blocked.last().map(|bad| format!("{bad} may not be deployed to `{scope}` again")));
    if command.record {
        let noted = record(scope, &target, worked, runner, environment);
        if let Err(reason) = noted {
            let reason = format!("the rollback is recorded in the lock, but not on GitHub: {reason}");
            said.stopped = Some((Exit::NotVerified, reason));
        }
    }
    Ok(said)
}

/// On GitHub as well: a deployment with its status, and a commit status.
fn record(
    scope: &str,
    commit: &str,
    worked: bool,
    runner: &Runner,
    environment: &Environment,
) -> Result<(), String> {
    let github = GitHub::of(environment)?;
    let said = if worked { "rolled back" } else { "the rollback failed" };
    let link = runner.run_url();
    let words = |error: crate::github::Error| error.to_string();
    let deployment = github.create_deployment(commit, scope, said).map_err(words)?;
    let state = if worked { "success" } else { "failure" };
    github.set_deployment_status(deployment.id, state, said, link.as_deref()).map_err(words)?;
    let status = NewStatus {
        state: if worked { StatusState::Success } else { StatusState::Failure },
        context: &format!("ci-guard/rollback ({scope})"),
        description: Some(said),
        target_url: link.as_deref(),
    };
    github.set_status(commit, &status).map_err(words)
}

fn unfreeze(
    command: &UnfreezeCommand,
    runner: &Runner,
    environment: &Environment,
) -> Result<Said, Box<Said>> {
    let scope = scope_of(&command.look).map_err(usage)?;
    let reason = person(&command.reason, runner, environment).map_err(usage)?;
    let look = &command.look;
    let desk = Desk::open(&look.store, look.target.root.as_deref(), environment).map_err(usage)?;
    let request = Request::Unfreeze { reason, unblock: command.unblock.clone() };
    let (answer, _) = desk.ask(scope, &request, 0)?;
    let now = jiff::Timestamp::now().as_second();
    Ok(match answer {
        Answer::Done => Said::note(format!("deploys to `{scope}` may begin again")),
        Answer::Refused(refusal) => refused(&refusal, now),
        _ => Said::note(format!("`{scope}` is not frozen; nothing changed")),
    })
}
