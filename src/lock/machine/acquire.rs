//! A deploy asks for the lock.

use super::{Answer, Decision, Refusal, Relation, Turn, refused, short};
use crate::lock::state::{Claim, Holder, Standing};

pub(super) fn decide(
    turn: &Turn<'_>,
    claim: &Claim,
    wait: bool,
    allow_older: bool,
    preflight: Option<&(i64, String)>,
) -> Decision {
    let own = turn.own();
    if let Standing::Held(holder) = &own.standing
        && (holder.claim.nonce == claim.nonce || holder.claim.owner.is_same(&claim.owner))
    {
        return again(holder, claim);
    }
    // What the commit may not, no waiting mends.
    if let Some(refusal) = against_commit(turn, claim, allow_older, preflight) {
        return refused(refusal);
    }
    let blocker = obstacle(turn, claim).or_else(|| in_front(turn, claim).map(|(_, blocker)| blocker));
    match blocker {
        None => grant(turn, claim),
        // A rollback may take long, and what it takes away is decided when it ends.
        Some(refusal @ Refusal::Standing(..)) => refused(refusal),
        Some(refusal) if !wait => refused(refusal),
        Some(refusal) => enqueue(turn, claim, refusal),
    }
}

/// The owner asks once more: a lost answer, or a second step of the same job.
fn again(holder: &Holder, claim: &Claim) -> Decision {
    if holder.claim.commit != claim.commit {
        return refused(Refusal::OtherCommit(holder.clone()));
    }
    Decision::Keep(Answer::Granted { token: holder.token })
}

fn against_commit(
    turn: &Turn<'_>,
    claim: &Claim,
    allow_older: bool,
    preflight: Option<&(i64, String)>,
) -> Option<Refusal> {
    if turn.conflicting().any(|(_, scope)| scope.blocked.contains(&claim.commit)) {
        return Some(Refusal::Blocked(claim.commit.clone()));
    }
    let own = turn.own();
    if let Some((since, manifest)) = preflight {
        let fits = |passed: &crate::lock::state::Passed| {
            passed.commit == claim.commit && passed.at >= *since && passed.manifest == *manifest
        };
        if !own.passed.iter().any(fits) {
            return Some(Refusal::NoPreflight);
        }
    }
    let last = own.last.filter(|last| !allow_older && last.commit != claim.commit)?;
    match turn.world.relation(&last.commit, &claim.commit) {
        Relation::NotOlder => None,
        Relation::Older => Some(Refusal::Older(last)),
        Relation::Unknown => Some(Refusal::AgeUnknown(last)),
    }
}

/// Whoever holds a scope that excludes this one, and is not gone.
fn obstacle(turn: &Turn<'_>, claim: &Claim) -> Option<Refusal> {
    turn.conflicting().find_map(|(name, scope)| match &scope.standing {
        Standing::Free => None,
        Standing::Held(holder) if claim.owner.follows(&holder.claim.owner) => None,
        Standing::Held(holder) if turn.is_over(&holder.claim) => None,
        Standing::Held(holder) => Some(Refusal::Held(name.clone(), holder.clone())),
        standing => Some(Refusal::Standing(name.clone(), standing.clone())),
    })
}

/// The first in line who is not gone, if it is somebody else, and how many stand in front.
fn in_front(turn: &Turn<'_>, claim: &Claim) -> Option<(usize, Refusal)> {
    let own = turn.own();
    let before = own.queue.iter().take_while(|ticket| ticket.nonce != claim.nonce);
    let living: Vec<&Claim> =
        before.filter(|ticket| !claim.owner.follows(&ticket.owner) && !turn.is_over(ticket)).collect();
    let first = living.first()?;
    Some((living.len(), Refusal::Line(turn.scope.to_owned(), (*first).clone())))
}

fn grant(turn: &Turn<'_>, claim: &Claim) -> Decision {
    turn.write(|state, epoch| {
        let mut victims = Vec::new();
        let all = turn.scope == super::EVERYWHERE;
        for (name, scope) in &mut state.scopes {
            let conflicts = all || name == turn.scope || name == super::EVERYWHERE;
            if let (true, Standing::Held(holder)) = (conflicts, &scope.standing) {
                victims.push(format!("token {} of `{name}`", holder.token));
                scope.standing = Standing::Free;
            }
        }
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        // Everybody in front is gone, or it would not be our turn.
        let own = scope.queue.iter().position(|ticket| ticket.nonce == claim.nonce);
        scope.queue.drain(..own.map_or(scope.queue.len(), |at| at + 1));
        scope.standing = Standing::Held(Holder { token: epoch, claim: claim.clone() });
        let mut event = format!("{}: held for {}", turn.scope, short(&claim.commit));
        if !victims.is_empty() {
            event += &format!(", taken from {}, whose owner is gone", victims.join(" and "));
        }
        (event, Answer::Granted { token: epoch })
    })
}

fn enqueue(turn: &Turn<'_>, claim: &Claim, blocker: Refusal) -> Decision {
    let ahead = in_front(turn, claim).map_or(0, |(ahead, _)| ahead);
    let answer = Answer::Waiting { ahead, blocker: Box::new(blocker) };
    if turn.own().queue.iter().any(|ticket| ticket.nonce == claim.nonce) {
        return Decision::Keep(answer);
    }
    turn.write(|state, _| {
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        scope.queue.push(claim.clone());
        (format!("{}: {} waits", turn.scope, short(&claim.commit)), answer)
    })
}
