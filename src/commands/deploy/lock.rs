//! `ci-guard lock …`

use super::claim::{claim, commit, one_line};
use super::desk::Desk;
use super::{Said, report};
use crate::checks::{Column, Table, Unit};
use crate::cli::deploy::{
    AcquireCommand, HistoryCommand, LockCommand, LockLook, Outcome, PassedCommand, ReleaseCommand,
    StoreArguments, TokenCommand,
};
use crate::console::Console;
use crate::environment::Environment;
use crate::lock::machine::{Answer, Refusal, Request, holder};
use crate::lock::session::{Pace, Session};
use crate::lock::state::{EVERYWHERE, Scope, Standing, State};
use crate::lock::words;
use crate::lock::world::Here;
use crate::redact::Redactor;
use crate::report::{Exit, escape};
use crate::runner::Runner;

/// What the report counts.
pub const UNIT: Unit = Unit { one: "environment", many: "environments" };

/// Runs the command.
pub fn run(command: LockCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let arguments = match &command {
        LockCommand::Acquire(command) => &command.look.report,
        LockCommand::Verify(command) => &command.look.report,
        LockCommand::Release(command) => &command.token.look.report,
        LockCommand::Status(command) => &command.report,
        LockCommand::Passed(command) => &command.look.report,
        LockCommand::List(command) | LockCommand::Gc(command) => &command.report,
        LockCommand::History(command) => &command.report,
    };
    let arguments = arguments.clone();
    report(("lock", UNIT), &arguments, environment, console, |runner, console| match &command {
        LockCommand::Acquire(command) => acquire(command, runner, environment, console),
        LockCommand::Verify(command) => verify(command, environment),
        LockCommand::Release(command) => release(command, runner, environment),
        LockCommand::Status(command) => status(command, environment),
        LockCommand::Passed(command) => passed(command, runner, environment),
        LockCommand::List(command) => list(&command.store, environment),
        LockCommand::Gc(command) => gc(&command.store, environment),
        LockCommand::History(command) => history(command, environment),
    })
}

/// `Err` if the name cannot be that of an environment.
pub fn scope_of(look: &LockLook) -> Result<&str, String> {
    let name = look.environment.trim();
    let fits = !name.is_empty() && name.chars().count() <= 255 && !name.contains(char::is_control);
    if fits {
        Ok(name)
    } else {
        Err("the name of the environment is empty, too long or not printable".into())
    }
}

fn acquire(
    command: &AcquireCommand,
    runner: &Runner,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Said {
    let attempt = || -> Result<Said, Box<Said>> {
        let usage = |text: String| Box::new(Said::usage(text));
        let scope = scope_of(&command.look).map_err(usage)?;
        let desk = Desk::open(&command.look.store, command.look.target.root.as_deref(), environment)
            .map_err(usage)?;
        let claim = claim(&command.claim, runner, environment, desk.checkout()).map_err(usage)?;
        let since = command
            .require_preflight
            .map(|age| claim.since.saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)));
        let request = Request::Acquire {
            claim: claim.clone(),
            wait: command.wait.is_some(),
            allow_older: command.allow_older,
            preflight: since.map(|since| (since, command.manifest_hash.clone())),
        };
        let pace = Pace { wait: command.wait.unwrap_or_default(), ..Pace::default() };
        let console = std::cell::RefCell::new(console);
        let redactor = Redactor::of(environment, []);
        let waiting = |ahead: usize, blocker: &Refusal| {
            let now = jiff::Timestamp::now().as_second();
            let why = redactor.clean(&words::refusal(blocker, now)).replace("##[", "## [");
            console
                .borrow_mut()
                .err(&format!("ci-guard: waiting, {ahead} in front: {}\n", escape::line(&why)));
        };
        let (answer, _) = desk.wait(scope, &request, 0, pace, &waiting)?;
        Ok(desk.with_unseen(granted(answer, scope, environment)))
    };
    attempt().unwrap_or_else(|said| *said)
}

/// The answer to those who asked for a lock or a rollback.
pub fn granted(answer: Answer, scope: &str, environment: &Environment) -> Said {
    let now = jiff::Timestamp::now().as_second();
    match answer {
        Answer::Granted { token } => {
            let said = Said::note(format!("`{scope}` is held under token {token}"))
                .output("lock-token", token.to_string())
                .output("locked", "true");
            match hand_on(token, environment) {
                Ok(()) => said,
                Err(reason) => Said { stopped: Some((Exit::NotVerified, reason)), ..said },
            }
        }
        Answer::Refused(refusal) => refused(&refusal, now),
        _ => Said::not_verified("the lock gave no answer that fits"),
    }
}

/// Later steps find the token in `CI_GUARD_LOCK_TOKEN`, and the end of the job in its own state.
fn hand_on(token: u64, environment: &Environment) -> Result<(), String> {
    for (variable, name) in [("GITHUB_ENV", "CI_GUARD_LOCK_TOKEN"), ("GITHUB_STATE", "lock_token")] {
        let Some(file) = environment.non_empty(variable) else { continue };
        let pair = [(name.to_owned(), token.to_string())];
        crate::runner::files::append_outputs(std::path::Path::new(file), &pair).map_err(|error| {
            format!("the lock is held under token {token}, and {variable} cannot be written: {error:#}")
        })?;
    }
    Ok(())
}

/// Why something was refused; what could not be looked at is no refusal.
pub fn refused(refusal: &Refusal, now: i64) -> Said {
    let words = words::refusal(refusal, now);
    let said = match refusal {
        Refusal::AgeUnknown(_) => Said::not_verified(words),
        _ => Said::refused(words),
    };
    said.output("locked", "false")
}

/// The token: given, or that of the step before.
pub fn token_of(command: &TokenCommand, environment: &Environment) -> Result<u64, String> {
    let kept = || environment.non_empty("CI_GUARD_LOCK_TOKEN")?.trim().parse().ok();
    command
        .lock_token
        .or_else(kept)
        .ok_or_else(|| "which token is meant is not known: give `--lock-token`".to_owned())
}

fn verify(command: &TokenCommand, environment: &Environment) -> Said {
    let attempt = || -> Result<Said, Box<Said>> {
        let usage = |text: String| Box::new(Said::usage(text));
        let scope = scope_of(&command.look).map_err(usage)?;
        let token = token_of(command, environment).map_err(usage)?;
        let desk = Desk::open(&command.look.store, command.look.target.root.as_deref(), environment)
            .map_err(usage)?;
        // Nobody stands in line under this nonce: the request changes nothing, and waits for a state that knows the
        // token.
        let request = Request::Leave { nonce: String::new() };
        let (_, state) = desk.ask(scope, &request, token)?;
        let held = holder(&state, scope).filter(|holder| holder.token == token);
        Ok(match held {
            Some(_) => Said::note(format!("token {token} holds `{scope}`")).output("locked", "true"),
            None => {
                let now = jiff::Timestamp::now().as_second();
                let why = why_lost(&state, scope, now);
                Said::refused(format!("token {token} does not hold `{scope}` any more: {why}"))
                    .output("locked", "false")
            }
        })
    };
    attempt().unwrap_or_else(|said| *said)
}

fn why_lost(state: &State, scope: &str, now: i64) -> String {
    let standing = state.scopes.get(scope).map(|scope| scope.standing.clone()).unwrap_or_default();
    match standing {
        Standing::Free => "it was released, or taken away; see `ci-guard lock history`".to_owned(),
        Standing::Held(holder) => words::refusal(&Refusal::Held(scope.to_owned(), holder), now),
        standing => words::refusal(&Refusal::Standing(scope.to_owned(), standing), now),
    }
}

fn release(command: &ReleaseCommand, runner: &Runner, environment: &Environment) -> Said {
    let attempt = || -> Result<Said, Box<Said>> {
        let usage = |text: String| Box::new(Said::usage(text));
        let look = &command.token.look;
        let scope = scope_of(look).map_err(usage)?;
        let desk = Desk::open(&look.store, look.target.root.as_deref(), environment).map_err(usage)?;
        if command.force {
            let reason =
                person(command.reason.as_deref().unwrap_or_default(), runner, environment).map_err(usage)?;
            let (answer, _) = desk.ask(scope, &Request::Break { reason }, 0)?;
            return Ok(Said::note(match answer {
                Answer::Done => {
                    format!("`{scope}` is free now; whoever held it is told by `ci-guard lock verify`")
                }
                _ => format!("nobody holds `{scope}`"),
            }));
        }
        let token = token_of(&command.token, environment).map_err(usage)?;
        let deployed = command.outcome == Some(Outcome::Success);
        let (answer, state) = desk.ask(scope, &Request::Release { token, deployed }, token)?;
        let now = jiff::Timestamp::now().as_second();
        Ok(Said::note(match answer {
            Answer::Done => format!("`{scope}` is released"),
            _ => format!(
                "token {token} does not hold `{scope}`, so nothing is released: {}",
                why_lost(&state, scope, now)
            ),
        }))
    };
    attempt().unwrap_or_else(|said| *said)
}

/// A reason that a person gave. A robot that unlocks what it finds locked would make the lock worth nothing.
pub fn person(reason: &str, runner: &Runner, environment: &Environment) -> Result<String, String> {
    if runner.actor.ends_with("[bot]") {
        return Err(format!("`{}` is no person; this is for people", runner.actor));
    }
    let reason = one_line(&Redactor::of(environment, []).clean(reason));
    if reason.chars().count() < 4 {
        return Err("say why, in words: `--reason`".to_owned());
    }
    Ok(if runner.actor.is_empty() { reason } else { format!("{reason} ({})", runner.actor) })
}

fn status(command: &LockLook, environment: &Environment) -> Said {
    let attempt = || -> Result<Said, Said> {
        let scope = scope_of(command).map_err(Said::usage)?;
        let desk =
            Desk::open(&command.store, command.target.root.as_deref(), environment).map_err(Said::usage)?;
        let state = desk.state()?;
        let now = jiff::Timestamp::now().as_second();
        let mut said = Said::note(line(&state, scope, now));
        if scope != EVERYWHERE {
            let all = state.scopes.get(EVERYWHERE).filter(|all| all.standing != Standing::Free);
            said.notes.extend(all.map(|_| line(&state, EVERYWHERE, now)));
        }
        let own = state.scopes.get(scope).cloned().unwrap_or_default();
        said.notes.extend(about(&own));
        let locked = own.standing != Standing::Free || said.notes.len() > 1 + about(&own).len();
        let deployed = own.last.map_or_else(|| "none".to_owned(), |last| last.commit);
        Ok(said.output("locked", locked.to_string()).output("deployed", deployed))
    };
    attempt().unwrap_or_else(|said| said)
}

fn line(state: &State, scope: &str, now: i64) -> String {
    let standing = state.scopes.get(scope).map(|scope| scope.standing.clone()).unwrap_or_default();
    match standing {
        Standing::Held(holder) => words::refusal(&Refusal::Held(scope.to_owned(), holder), now),
        standing => words::refusal(&Refusal::Standing(scope.to_owned(), standing), now),
    }
}

fn about(scope: &Scope) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(last) = &scope.last {
        lines.push(format!("deployed last: {} at {}", last.commit, words::time(last.at)));
    }
    if !scope.queue.is_empty() {
        let who: Vec<String> = scope.queue.iter().map(|ticket| words::owner(&ticket.owner)).collect();
        lines.push(format!("in line: {}", who.join("; then ")));
    }
    if !scope.blocked.is_empty() {
        lines.push(format!("blocked after rollbacks: {}", scope.blocked.join(", ")));
    }
    lines
}

fn list(arguments: &StoreArguments, environment: &Environment) -> Said {
    let desk = match Desk::open(arguments, None, environment) {
        Ok(desk) => desk,
        Err(reason) => return Said::usage(reason),
    };
    let state = match desk.state() {
        Ok(state) => state,
        Err(said) => return said,
    };
    if state.scopes.is_empty() {
        return Said::note("nothing was ever locked here");
    }
    let columns = vec![
        Column::code("environment"),
        Column::text("state"),
        Column::text("by"),
        Column::text("since"),
        Column::code("deployed"),
        Column::text("in line"),
        Column::code("blocked"),
    ];
    let rows = words::rows(&state);
    let examined = rows.len();
    Said { examined, ..Said::default() }.table(Table { columns, rows, more: 0 })
}

fn history(command: &HistoryCommand, environment: &Environment) -> Said {
    let desk = match Desk::open(&command.store, None, environment) {
        Ok(desk) => desk,
        Err(reason) => return Said::usage(reason),
    };
    let history = match desk.store.history(command.limit.min(10_000)) {
        Ok(history) => history,
        Err(error) => return Said::not_verified(error.to_string()),
    };
    let rows: Vec<Vec<String>> = history
        .iter()
        .map(|(id, record)| {
            let id = crate::lock::machine::short(id).to_owned();
            vec![record.epoch.to_string(), words::time(record.at), record.event.clone(), id]
        })
        .collect();
    let columns =
        vec![Column::text("number"), Column::text("when"), Column::text("what"), Column::code("commit")];
    Said { examined: rows.len(), ..Said::default() }.table(Table { columns, rows, more: 0 })
}

fn passed(command: &PassedCommand, runner: &Runner, environment: &Environment) -> Said {
    let attempt = || -> Result<Said, Box<Said>> {
        let usage = |text: String| Box::new(Said::usage(text));
        let scope = scope_of(&command.look).map_err(usage)?;
        let desk = Desk::open(&command.look.store, command.look.target.root.as_deref(), environment)
            .map_err(usage)?;
        let commit = commit(command.commit.as_deref(), runner, desk.checkout()).map_err(usage)?;
        super::passed::write(&desk, scope, commit.clone(), command.manifest_hash.clone())
            .map_err(|reason| Box::new(Said::not_verified(reason)))?;
        Ok(Said::note(format!("preflight for `{scope}` passed for {commit}")))
    };
    attempt().unwrap_or_else(|said| *said)
}

fn gc(arguments: &StoreArguments, environment: &Environment) -> Said {
    let desk = match Desk::open(arguments, None, environment) {
        Ok(desk) => desk,
        Err(reason) => return Said::usage(reason),
    };
    if !desk.store.can_cut() {
        return Said::usage("REST cannot cut the history; use `--lock-api graphql` or `--remote`");
    }
    let world = Here::new(None, None);
    let session = Session { store: &*desk.store, world: &world, pace: Pace::default(), waiting: &|_, _| {} };
    match session.cut() {
        Ok(0) => Said::note("there is no history to cut"),
        Ok(epoch) => Said::note(format!("the history now begins with number {epoch}")),
        Err(stop) => Said::not_verified(stop.to_string()),
    }
}
