//! A rollback begins, ends, and is got over.

use super::{Answer, Decision, Refusal, Turn, block, refused, short};
use crate::lock::state::{Claim, Deployed, EVERYWHERE, Freeze, Holder, Rollback, Standing};

/// A rollback waits for nobody: deploys in its way lose their tokens. Only another rollback comes before it.
pub(super) fn begin(turn: &Turn<'_>, claim: &Claim, bad: Option<&String>) -> Decision {
    for (name, scope) in turn.conflicting() {
        match &scope.standing {
            Standing::Rollback(rollback) if name == turn.scope => {
                let theirs = &rollback.holder.claim;
                if theirs.nonce == claim.nonce || theirs.owner.is_same(&claim.owner) {
                    return match theirs.commit == claim.commit {
                        true => Decision::Keep(Answer::Granted { token: rollback.holder.token }),
                        false => refused(Refusal::OtherCommit(rollback.holder.clone())),
                    };
                }
                if !claim.owner.follows(&theirs.owner) && !turn.is_over(theirs) {
                    return refused(Refusal::Standing(name.clone(), scope.standing.clone()));
                }
            }
            Standing::Rollback(_) | Standing::Frozen(_) => {
                return refused(Refusal::Standing(name.clone(), scope.standing.clone()));
            }
            Standing::Free | Standing::Held(_) => {}
        }
    }
    turn.write(|state, epoch| {
        let mut preempted = Vec::new();
        for (name, scope) in &mut state.scopes {
            let conflicts = turn.scope == EVERYWHERE || name == turn.scope || name == EVERYWHERE;
            if !conflicts {
                continue;
            }
            match std::mem::take(&mut scope.standing) {
                Standing::Held(holder) => preempted.push(holder),
                // What a rollback that died had ended stays on record.
                Standing::Rollback(rollback) => preempted.extend(rollback.preempted),
                Standing::Free | Standing::Frozen(_) => {}
            }
        }
        let ended = preempted.len();
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        let deployed = scope.last.as_ref().map(|last| last.commit.clone());
        let bad = bad.cloned().or(deployed).filter(|bad| *bad != claim.commit);
        scope.standing = Standing::Rollback(Rollback {
            holder: Holder { token: epoch, claim: claim.clone() },
            bad,
            preempted,
        });
        let mut event = format!("{}: rollback to {} begins", turn.scope, short(&claim.commit));
        if ended > 0 {
            event += &format!(", ending {ended} deploy{}", if ended == 1 { "" } else { "s" });
        }
        (event, Answer::Granted { token: epoch })
    })
}

/// Only the token of the rollback ends it. What it took away stays blocked, whether it worked or not.
pub(super) fn finish(turn: &Turn<'_>, token: u64, worked: bool) -> Decision {
    let rollback = match turn.own().standing {
        Standing::Rollback(rollback) if rollback.holder.token == token => rollback,
        _ => return Decision::Keep(Answer::Nothing),
    };
    turn.write(|state, _| {
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        if let Some(bad) = &rollback.bad {
            block(scope, bad);
        }
        let target = rollback.holder.claim.commit.clone();
        if worked {
            let event = format!("{}: rolled back to {}", turn.scope, short(&target));
            scope.last = Some(Deployed { commit: target, at: turn.now, token });
            scope.standing = Standing::Free;
            (event, Answer::Done)
        } else {
            let event = format!("{}: rollback to {} failed, nothing may begin", turn.scope, short(&target));
            scope.standing = Standing::Frozen(Freeze { rollback, since: turn.now });
            (event, Answer::Done)
        }
    })
}

/// A person says that deploys may begin again: after a rollback failed, or when who rolled back is gone.
pub(super) fn unfreeze(turn: &Turn<'_>, reason: &str, unblock: Option<&String>) -> Decision {
    let own = turn.own();
    let thaws = match &own.standing {
        Standing::Frozen(_) => true,
        Standing::Rollback(rollback) if turn.is_over(&rollback.holder.claim) => true,
        Standing::Rollback(rollback) => return refused(Refusal::Alive(rollback.holder.clone())),
        Standing::Free | Standing::Held(_) => false,
    };
    let unblocks = unblock.is_some_and(|commit| own.blocked.contains(commit));
    if !thaws && !unblocks {
        return Decision::Keep(Answer::Nothing);
    }
    turn.write(|state, _| {
        let scope = state.scopes.entry(turn.scope.to_owned()).or_default();
        if thaws {
            if let Standing::Rollback(Rollback { bad: Some(bad), .. }) = &own.standing {
                block(scope, bad);
            }
            scope.standing = Standing::Free;
        }
        if let Some(commit) = unblock {
            scope.blocked.retain(|blocked| blocked != commit);
        }
        (format!("{}: deploys may begin again: {reason}", turn.scope), Answer::Done)
    })
}
