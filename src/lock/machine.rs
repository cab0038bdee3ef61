//! The lock as a state machine: what a request makes of a state. No clock, no network, no chance: all of that is
//! handed in, so that every step can be enumerated.
//!
//! | standing      | acquire                    | release      | begin rollback        | finish rollback    | unfreeze |
//! |---------------|----------------------------|--------------|-----------------------|--------------------|----------|
//! | free          | the first in line: held    | no-op        | rollback              | no-op              | no-op    |
//! | held          | refused, or waits; held    | by its token | rollback, the deploy  | no-op              | no-op    |
//! |               | anew if the holder is gone | only: free   | loses its token       |                    |          |
//! | rollback      | refused                    | no-op        | refused while it is   | by its token only: | free, if |
//! |               |                            |              | alive, else taken over| free, or frozen    | it is dead |
//! | frozen        | refused                    | no-op        | refused               | no-op              | free     |

mod acquire;
mod rollback;

use super::state::{Claim, Deployed, EVERYWHERE, Holder, Owner, Passed, Scope, Standing, State};

/// Writes that are remembered for those who lost an answer.
const RECENT: usize = 64;

/// Preflights that are remembered in each environment.
const PASSED: usize = 20;

/// Blocked commits that are remembered in each environment.
const BLOCKED: usize = 200;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The lock, for a deploy.
    Acquire {
        /// Who and what for.
        claim: Claim,
        /// True to stand in line.
        wait: bool,
        /// True to deploy what is older than what is deployed.
        allow_older: bool,
        /// A preflight of the same commit must have passed at this time or later, with this manifest.
        preflight: Option<(i64, String)>,
    },
    /// Out of the line.
    Leave {
        /// The claim's.
        nonce: String,
    },
    /// The lock is given back.
    Release {
        /// The token that was granted.
        token: u64,
        /// True if the commit is deployed now.
        deployed: bool,
    },
    /// The lock is taken away by a person.
    Break {
        /// Why.
        reason: String,
    },
    /// A rollback begins.
    Begin {
        /// Who, and to what.
        claim: Claim,
        /// The commit that is taken away; what is deployed if nobody says.
        bad: Option<String>,
    },
    /// A rollback ends.
    Finish {
        /// The token that was granted.
        token: u64,
        /// True if it worked.
        worked: bool,
    },
    /// A person lets deploys begin again.
    Unfreeze {
        /// Why.
        reason: String,
        /// A commit that may be deployed again.
        unblock: Option<String>,
    },
    /// A preflight passed.
    Pass(Passed),
}

/// What the machine must know about the world.
pub trait World {
    /// Whether an owner can still do something.
    fn life(&self, owner: &Owner) -> Life;
    /// How a commit stands to what is deployed.
    fn relation(&self, deployed: &str, commit: &str) -> Relation;
}

/// Whether an owner can still do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It can.
    Alive,
    /// It can never again.
    Over,
    /// Nobody knows, so it may.
    Unknown,
}

/// How a commit stands to what is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the same, newer, or on another branch.
    NotOlder,
    /// It is an ancestor.
    Older,
    /// Nobody knows.
    Unknown,
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The lock is held under this token.
    Granted {
        /// The fencing token.
        token: u64,
    },
    /// Somebody else comes first.
    Waiting {
        /// How many are in front in the line.
        ahead: usize,
        /// Who is in the way.
        blocker: Box<Refusal>,
    },
    /// It is done.
    Done,
    /// There was nothing to do: the token is none that holds, the line has no such ticket.
    Nothing,
    /// It may not be.
    Refused(Box<Refusal>),
}

/// Why something may not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another deploy holds the scope.
    Held(String, Holder),
    /// Others stand in line.
    Line(String, Claim),
    /// A rollback is under way, or failed.
    Standing(String, Standing),
    /// A rollback took the commit away.
    Blocked(String),
    /// What is deployed is newer.
    Older(Deployed),
    /// Whether what is deployed is newer cannot be seen.
    AgeUnknown(Deployed),
    /// No preflight passed for the commit.
    NoPreflight,
    /// The owner holds the lock already, for another commit.
    OtherCommit(Holder),
    /// The rollback is alive: only who began it may end it.
    Alive(Holder),
}

/// What a request makes of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing changes.
    Keep(Answer),
    /// This is the next state, if it can be written.
    Write {
        /// The state, with its epoch.
        state: Box<State>,
        /// What happened, in a line for people.
        event: String,
        /// What it comes to once it is written.
        answer: Answer,
    },
}

/// What a request makes of a state. `now` in seconds since 1970.
pub fn decide(state: &State, scope: &str, request: &Request, now: i64, world: &dyn World) -> Decision {
    let turn = Turn { state, scope, now, world };
    match request {
        Request::Acquire { claim, wait, allow_older, preflight } => {
            acquire::decide(&turn, claim, *wait, *allow_older, preflight.as_ref())
        }
        Request::Leave { nonce } => leave(&turn, nonce),
        Request::Release { token, deployed } => release(&turn, *token, *deployed),
        Request::Break { reason } => break_open(&turn, reason),
        Request::Begin { claim, bad } => rollback::begin(&turn, claim, bad.as_ref()),
        Request::Finish { token, worked } => rollback::finish(&turn, *token, *worked),
        Request::Unfreeze { reason, unblock } => rollback::unfreeze(&turn, reason, unblock.as_ref()),
        Request::Pass(passed) => pass(&turn, passed),
    }
}

/// Who holds an environment under a token, if somebody does.
pub fn holder<'s>(state: &'s State, scope: &str) -> Option<&'s Holder> {
    match &state.scopes.get(scope)?.standing {
        Standing::Held(holder) => Some(holder),
        Standing::Rollback(rollback) => Some(&rollback.holder),
        Standing::Free | Standing::Frozen(_) => None,
    }
}

/// A request in its surroundings.
struct Turn<'a> {
    state: &'a State,
    scope: &'a str,
    now: i64,
    world: &'a dyn World,
}

impl Turn<'_> {
    fn own(&self) -> Scope {
        self.state.scopes.get(self.scope).cloned().unwrap_or_default()
    }

    /// The scopes that exclude this one: itself and `*`, or all for `*`.
    fn conflicting(&self) -> impl Iterator<Item = (&String, &Scope)> {
        let all = self.scope == EVERYWHERE;
        self.state.scopes.iter().filter(move |(name, _)| all || *name == self.scope || *name == EVERYWHERE)
    }

    /// True if a claim can never again come to anything: its run is over, or its time.
    fn is_over(&self, claim: &Claim) -> bool {
        match (&claim.owner, claim.expires) {
            (Owner::Other { .. }, Some(expires)) => self.now > expires,
            (Owner::Other { .. }, None) => false,
            (Owner::Run { .. }, _) => self.world.life(&claim.owner) == Life::Over,
        }
    }

    /// The next state: `change` makes it, and says what happened and what it comes to.
    fn write(&self, change: impl FnOnce(&mut State, u64) -> (String, Answer)) -> Decision {
        let mut state = self.state.clone();
        state.epoch += 1;
        let epoch = state.epoch;
        let (event, answer) = change(&mut state, epoch);
        Decision::Write { state: Box::new(state), event, answer }
    }
}

/// Adds a write's id to those that are remembered.
pub fn remember(state: &mut State, id: String) {
    state.recent.push(id);
    let surplus = state.recent.len().saturating_sub(RECENT);
    state.recent.drain(..surplus);
}

fn refused(refusal: Refusal) -> Decision {
    Decision::Keep(Answer::Refused(Box::new(refusal)))
}

fn leave(turn: &Turn<'_>, nonce: &str) -> Decision {
    if !turn.own().queue.iter().any(|ticket| ticket.nonce == nonce) {
        return Decision::Keep(Answer::Nothing);
    }
    turn.write(|state, _| {
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        scope.queue.retain(|ticket| ticket.nonce != nonce);
        (format!("{}: left the line", turn.scope), Answer::Done)
    })
}

/// Only the token that holds releases. An older one is a no-op: its holder was replaced, and must not undo that.
fn release(turn: &Turn<'_>, token: u64, deployed: bool) -> Decision {
    let holder = match turn.own().standing {
        Standing::Held(holder) if holder.token == token => holder,
        _ => return Decision::Keep(Answer::Nothing),
    };
    turn.write(|state, _| {
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        scope.standing = Standing::Free;
        let mut what = "released";
        if deployed {
            scope.last = Some(Deployed { commit: holder.claim.commit.clone(), at: turn.now, token });
            what = "deployed and released";
        }
        (format!("{}: {what} {}", turn.scope, short(&holder.claim.commit)), Answer::Done)
    })
}

fn break_open(turn: &Turn<'_>, reason: &str) -> Decision {
    if !matches!(turn.own().standing, Standing::Held(_)) {
        return Decision::Keep(Answer::Nothing);
    }
    turn.write(|state, _| {
        state.scopes.entry(turn.scope.to_owned()).or_default().standing = Standing::Free;
        (format!("{}: broken open: {reason}", turn.scope), Answer::Done)
    })
}

fn pass(turn: &Turn<'_>, passed: &Passed) -> Decision {
    turn.write(|state, _| {
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        scope.passed.push(passed.clone());
        let surplus = scope.passed.len().saturating_sub(PASSED);
        scope.passed.drain(..surplus);
        (format!("{}: preflight passed for {}", turn.scope, short(&passed.commit)), Answer::Done)
    })
}

fn block(scope: &mut Scope, commit: &str) {
    if !scope.blocked.iter().any(|known| known == commit) {
        scope.blocked.push(commit.to_owned());
    }
    let surplus = scope.blocked.len().saturating_sub(BLOCKED);
    scope.blocked.drain(..surplus);
}

/// The first digits of a commit, for people.
pub fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
