//! The lock in words: who holds it, since when, why, and what to do.

use super::machine::{Refusal, short};
use super::state::{Claim, EVERYWHERE, Freeze, Holder, Owner, Rollback, Scope, Standing, State};

/// Why something may not be, and what to do about it.
pub fn refusal(refusal: &Refusal, now: i64) -> String {
    match refusal {
        Refusal::Held(scope, holder) => format!(
            "{} is held {}; wait for it (`wait`), or cancel its run: the lock of a run that is over is free",
            place(scope),
            claim(&holder.claim, now)
        ),
        Refusal::Line(scope, first) => {
            format!("others wait for {}, the first {}; stand in line with `wait`", place(scope), claim(first, now))
        }
        Refusal::Standing(scope, standing) => self::standing(scope, standing, now),
        Refusal::Blocked(commit) => format!(
            "a rollback took {} away; deploy another commit, or let it in again with `ci-guard rollback unfreeze \
             --unblock {commit} --reason …`",
            short(commit)
        ),
        Refusal::Older(last) => format!(
            "{} is deployed since {} and is newer; to go back on purpose, begin a rollback",
            short(&last.commit),
            time(last.at)
        ),
        Refusal::AgeUnknown(last) => format!(
            "whether the commit is older than {}, which is deployed, cannot be seen; give the token `contents: \
             read`, check out the whole history (`fetch-depth: 0`), or say `allow-older`",
            short(&last.commit)
        ),
        Refusal::NoPreflight => {
            "no preflight passed for this commit in time; run `ci-guard lock passed` in the job in which it passes"
                .to_owned()
        }
        Refusal::OtherCommit(holder) => format!(
            "this job holds the lock already (token {}), for {}; release it first",
            holder.token,
            short(&holder.claim.commit)
        ),
        Refusal::Alive(holder) => format!(
            "the rollback is under way {}; only `ci-guard rollback finish` with its token ends it",
            claim(&holder.claim, now)
        ),
    }
}

fn standing(scope: &str, standing: &Standing, now: i64) -> String {
    match standing {
        Standing::Free => format!("{} is free", place(scope)),
        Standing::Held(holder) => format!("{} is held {}", place(scope), claim(&holder.claim, now)),
        Standing::Rollback(rollback) => format!(
            "{} is being rolled back to {} {}; no deploy may begin until `ci-guard rollback finish`",
            place(scope),
            short(&rollback.holder.claim.commit),
            claim(&rollback.holder.claim, now)
        ),
        Standing::Frozen(freeze) => format!(
            "{} is frozen since {}: the rollback to {} failed, {}; nothing may begin until a person runs `ci-guard \
             rollback unfreeze --reason …`",
            place(scope),
            time(freeze.since),
            short(&freeze.rollback.holder.claim.commit),
            claim(&freeze.rollback.holder.claim, now)
        ),
    }
}

/// "since … by … for … because …".
fn claim(claim: &Claim, now: i64) -> String {
    let mut words = format!(
        "since {} ({}) by {}, for {}",
        time(claim.since),
        age(now.saturating_sub(claim.since)),
        owner(&claim.owner),
        short(&claim.commit)
    );
    if !claim.reason.is_empty() {
        words += &format!(", because: {}", claim.reason);
    }
    if let Some(expires) = claim.expires {
        words += &format!(", until {}", time(expires));
    }
    if !claim.link.is_empty() {
        words += &format!(", see {}", claim.link);
    }
    words
}

/// Who.
pub fn owner(owner: &Owner) -> String {
    match owner {
        Owner::Run { repository, run, attempt, job, actor, .. } => {
            format!("job `{job}` of run {run} (attempt {attempt}) of {repository}, started by {actor}")
        }
        Owner::Other { name } => name.clone(),
    }
}

fn place(scope: &str) -> String {
    if scope == EVERYWHERE { "every environment".to_owned() } else { format!("`{scope}`") }
}

/// A time for people, in UTC.
pub fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "?".to_owned(), |time| time.to_string())
}

fn age(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} s ago"),
        seconds @ 120..7200 => format!("{} min ago", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86400),
    }
}

/// One row for each environment: name, how it stands, who, since when, what is deployed, and how many wait.
pub fn rows(state: &State) -> Vec<Vec<String>> {
    state.scopes.iter().map(|(name, scope)| row(name, scope)).collect()
}

fn row(name: &str, scope: &Scope) -> Vec<String> {
    let of = |word: &str, holder: Option<&Holder>, since: i64| {
        (word.to_owned(), holder.map(|holder| owner(&holder.claim.owner)).unwrap_or_default(), time(since))
    };
    let (word, who, since) = match &scope.standing {
        Standing::Free => ("free".to_owned(), String::new(), String::new()),
        Standing::Held(holder) => {
            of(&format!("held, token {}", holder.token), Some(holder), holder.claim.since)
        }
        Standing::Rollback(Rollback { holder, .. }) => {
            of(&format!("rollback, token {}", holder.token), Some(holder), holder.claim.since)
        }
        Standing::Frozen(Freeze { rollback, since }) => of("frozen", Some(&rollback.holder), *since),
    };
    let last = scope.last.as_ref().map(|last| format!("{} at {}", short(&last.commit), time(last.at)));
    let commits: Vec<&str> = scope.blocked.iter().map(|commit| short(commit)).collect();
    vec![
        name.to_owned(),
        word,
        who,
        since,
        last.unwrap_or_default(),
        scope.queue.len().to_string(),
        commits.join(", "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_who_since_when_why_and_what_to_do() {
        let claim = Claim {
            owner: Owner::Run {
                repository: "org/repo".into(),
                run: 7,
                attempt: 2,
                job: "deploy".into(),
                instance: String::new(),
                actor: "ana".into(),
            },
            nonce: "n".into(),
            commit: "0123456789abcdef".into(),
            reason: "release 1.2".into(),
            link: "https://github.example/org/repo/actions/runs/7".into(),
            since: 0,
            expires: None,
        };
        let words = refusal(&Refusal::Held("production".into(), Holder { token: 3, claim }), 3600);
        for part in [
            "`production`",
            "run 7 (attempt 2)",
            "1970-01-01",
            "60 min ago",
            "release 1.2",
            "runs/7",
            "started by ana",
            "`wait`",
        ] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
}
