//! What goes wrong with other locks, as their users reported it: each becomes a test that this lock passes. The table in
//! `docs/recipes/lock.md` lists them by name.

use std::collections::BTreeSet;

use ci_guard::lock::machine::{Answer, Decision, Life, Refusal, Relation, Request, World, decide};
use ci_guard::lock::state::{Claim, EVERYWHERE, Owner, Standing, State};
use ci_guard::lock::store::{StoreError, state_of};

/// A repository: runs that are over, and commits by age.
#[derive(Default)]
struct Repository {
    state: State,
    over: BTreeSet<u64>,
    now: i64,
}

impl World for Repository {
    fn life(&self, owner: &Owner) -> Life {
        match owner {
            Owner::Run { run, .. } if self.over.contains(run) => Life::Over,
            _ => Life::Alive,
        }
    }

    fn relation(&self, deployed: &str, commit: &str) -> Relation {
        if commit < deployed { Relation::Older } else { Relation::NotOlder }
    }
}

impl Repository {
    fn ask(&mut self, scope: &str, request: &Request) -> Answer {
        match decide(&self.state, scope, request, self.now, self) {
            Decision::Keep(answer) => answer,
            Decision::Write { state, answer, .. } => {
                self.state = *state;
                answer
            }
        }
    }

    fn acquire(&mut self, scope: &str, claim: &Claim) -> Answer {
        let request =
            Request::Acquire { claim: claim.clone(), wait: false, allow_older: false, preflight: None };
        self.ask(scope, &request)
    }

    fn stand_in_line(&mut self, claim: &Claim) -> Answer {
        let request =
            Request::Acquire { claim: claim.clone(), wait: true, allow_older: false, preflight: None };
        self.ask("production", &request)
    }

    #[track_caller]
    fn take(&mut self, scope: &str, claim: &Claim) -> u64 {
        match self.acquire(scope, claim) {
            Answer::Granted { token } => token,
            answer => panic!("{answer:?}"),
        }
    }

    fn release(&mut self, scope: &str, token: u64) -> Answer {
        self.ask(scope, &Request::Release { token, deployed: true })
    }

    fn is_held(&self, scope: &str, token: u64) -> bool {
        ci_guard::lock::machine::holder(&self.state, scope).is_some_and(|holder| holder.token == token)
    }
}

/// The deploy of a run. Its commit is its number, so that later runs have newer commits.
fn run(run: u64, actor: &str) -> Claim {
    Claim {
        owner: Owner::Run {
            repository: "org/repo".into(),
            run,
            attempt: 1,
            job: "deploy".into(),
            instance: format!("instance-{run}"),
            actor: actor.into(),
        },
        nonce: format!("nonce-{run}"),
        commit: format!("{run:040}"),
        reason: String::new(),
        link: String::new(),
        since: 0,
        expires: None,
    }
}

#[track_caller]
fn refused(answer: Answer) -> Refusal {
    match answer {
        Answer::Refused(refusal) => *refusal,
        answer => panic!("{answer:?}"),
    }
}

/// branch-deploy #504: the cleanup of an older run deletes the lock that a newer run of the same user holds.
#[test]
fn an_older_run_of_the_same_user_releases_nothing() {
    let mut repository = Repository::default();
    let older = repository.take("production", &run(1, "ana"));
    repository.over.insert(1);
    let newer = repository.take("production", &run(2, "ana"));
    assert_eq!(repository.release("production", older), Answer::Nothing);
    assert!(repository.is_held("production", newer));
}

/// branch-deploy #438: who owns the lock is a user, so a second deploy of the same user walks in.
#[test]
fn a_second_run_of_the_same_user_is_somebody_else() {
    let mut repository = Repository::default();
    repository.take("production", &run(1, "ana"));
    assert!(matches!(refused(repository.acquire("production", &run(2, "ana"))), Refusal::Held(..)));
}

/// github/lock: on a schedule everything belongs to `github-actions[bot]`.
#[test]
fn two_scheduled_runs_of_the_bot_exclude_each_other() {
    let mut repository = Repository::default();
    repository.take("production", &run(1, "github-actions[bot]"));
    let answer = repository.acquire("production", &run(2, "github-actions[bot]"));
    assert!(matches!(refused(answer), Refusal::Held(..)));
}

/// branch-deploy: the global lock and that of the environment are asked for one after the other.
#[test]
fn the_global_lock_and_an_environment_are_one_decision() {
    let mut repository = Repository::default();
    let all = repository.take(EVERYWHERE, &run(1, "ana"));
    assert!(matches!(refused(repository.acquire("production", &run(2, "ben"))), Refusal::Held(..)));
    repository.release(EVERYWHERE, all);
    repository.take("production", &run(3, "ben"));
    assert!(matches!(refused(repository.acquire(EVERYWHERE, &run(4, "ana"))), Refusal::Held(..)));
}

/// A run that was cancelled leaves its lock behind (deployer #3335, branch-deploy #133).
#[test]
fn a_cancelled_run_holds_nothing() {
    let mut repository = Repository::default();
    let dead = repository.take("production", &run(1, "ana"));
    repository.over.insert(1);
    let alive = repository.take("production", &run(2, "ben"));
    assert!(alive > dead && !repository.is_held("production", dead));
}

/// gh-action-mutex, pull request 33: the ticket of a killed runner stays at the head of the line for ever.
#[test]
fn a_dead_ticket_does_not_stop_the_line() {
    let mut repository = Repository::default();
    let first = repository.take("production", &run(1, "ana"));
    assert!(matches!(repository.stand_in_line(&run(2, "ben")), Answer::Waiting { .. }));
    assert!(matches!(repository.stand_in_line(&run(3, "eve")), Answer::Waiting { .. }));
    repository.over.insert(2);
    repository.release("production", first);
    assert!(matches!(repository.stand_in_line(&run(3, "eve")), Answer::Granted { .. }));
}

/// `concurrency` without a queue cancels the one that waits; here nobody overtakes, and nobody is dropped.
#[test]
fn those_who_wait_are_served_in_order() {
    let mut repository = Repository::default();
    let first = repository.take("production", &run(1, "ana"));
    for number in 2..6 {
        assert!(matches!(repository.stand_in_line(&run(number, "x")), Answer::Waiting { .. }));
    }
    repository.release("production", first);
    for number in 2..6 {
        for later in (number + 1)..6 {
            assert!(matches!(repository.stand_in_line(&run(later, "x")), Answer::Waiting { .. }));
        }
        let Answer::Granted { token } = repository.stand_in_line(&run(number, "x")) else {
            panic!("{number}")
        };
        repository.release("production", token);
    }
}

/// github/lock: a `lock.json` that cannot be read is taken for "not locked".
#[test]
fn what_cannot_be_read_is_not_free() {
    for text in ["", "{", "[]", "{\"schema\": 99}", "{\"locked\": false}", "null"] {
        assert!(matches!(state_of(text.as_bytes()), Err(StoreError::Unreadable(_))), "{text}");
    }
}

/// fleetdm #50806, dandi-archive #1679: the oldest build ends last, and stays.
#[test]
fn an_older_build_does_not_replace_a_newer_one() {
    let mut repository = Repository::default();
    let newer = repository.take("production", &run(7, "ana"));
    repository.release("production", newer);
    assert!(matches!(refused(repository.acquire("production", &run(6, "ana"))), Refusal::Older(_)));
}

/// Rackula #3216: a deploy that waited puts back the build that is being rolled back.
#[test]
fn a_deploy_that_waited_does_not_undo_a_rollback() {
    let mut repository = Repository::default();
    let bad = repository.take("production", &run(5, "ana"));
    let waiting = Claim { commit: run(5, "ana").commit, ..run(6, "ben") };
    assert!(matches!(repository.stand_in_line(&waiting), Answer::Waiting { .. }));
    repository.release("production", bad);
    let begin = Request::Begin { claim: Claim { commit: format!("{:040}", 4), ..run(8, "ops") }, bad: None };
    let Answer::Granted { token } = repository.ask("production", &begin) else { panic!() };
    assert!(matches!(repository.stand_in_line(&waiting), Answer::Refused(_)));
    repository.ask("production", &Request::Finish { token, worked: true });
    assert!(matches!(refused(repository.stand_in_line(&waiting)), Refusal::Blocked(_)));
}

/// devthrottle #2314: a rollback stands behind a deploy that takes long.
#[test]
fn a_rollback_waits_for_no_deploy() {
    let mut repository = Repository::default();
    let deploy = repository.take("production", &run(5, "ana"));
    let begin = Request::Begin { claim: Claim { commit: format!("{:040}", 4), ..run(8, "ops") }, bad: None };
    assert!(matches!(repository.ask("production", &begin), Answer::Granted { .. }));
    // The deploy that it ended cannot free what it no longer holds.
    assert_eq!(repository.release("production", deploy), Answer::Nothing);
    assert!(matches!(repository.state.scopes["production"].standing, Standing::Rollback(_)));
}

/// A rollback that failed leaves an environment that looks free.
#[test]
fn a_failed_rollback_leaves_nothing_open() {
    let mut repository = Repository::default();
    let begin = Request::Begin { claim: run(4, "ops"), bad: Some(format!("{:040}", 5)) };
    let Answer::Granted { token } = repository.ask("production", &begin) else { panic!() };
    repository.ask("production", &Request::Finish { token, worked: false });
    repository.over.insert(4);
    assert!(matches!(refused(repository.acquire("production", &run(9, "ana"))), Refusal::Standing(..)));
}

/// A lock of somebody at a desk that nobody gives back (cdkd #1346, gitmoot #623).
#[test]
fn the_lock_of_a_person_ends_by_time_and_that_of_a_run_does_not() {
    let mut repository = Repository::default();
    let person = Claim { owner: Owner::Other { name: "ana@desk".into() }, expires: Some(100), ..run(1, "") };
    repository.take("production", &person);
    assert!(matches!(refused(repository.acquire("production", &run(2, "ben"))), Refusal::Held(..)));
    repository.now = 101;
    repository.take("production", &run(2, "ben"));
    repository.now = 1_000_000;
    assert!(matches!(refused(repository.acquire("production", &run(3, "eve"))), Refusal::Held(..)));
}

/// branch-deploy, `.unlock`: anybody may take any lock away, and nothing tells afterwards.
#[test]
fn a_lock_that_is_taken_away_says_why_and_is_no_longer_valid() {
    let mut repository = Repository::default();
    let token = repository.take("production", &run(1, "ana"));
    let request = Request::Break { reason: "the runner is gone (ben)".into() };
    let Decision::Write { state, event, .. } =
        decide(&repository.state, "production", &request, 0, &repository)
    else {
        panic!()
    };
    assert!(event.contains("the runner is gone (ben)"), "{event}");
    repository.state = *state;
    assert!(!repository.is_held("production", token));
    let next = repository.take("production", &run(2, "ben"));
    assert!(next > token);
    assert_eq!(repository.release("production", token), Answer::Nothing);
}

/// github/lock and gh-action-mutex: whoever asks to unlock is not asked whether the lock is theirs.
#[test]
fn nobody_releases_what_somebody_else_holds() {
    let mut repository = Repository::default();
    let token = repository.take("production", &run(1, "ana"));
    for other in [0, token - 1, token + 1, u64::MAX] {
        assert_eq!(repository.release("production", other), Answer::Nothing);
        assert_eq!(repository.release("staging", token), Answer::Nothing);
    }
    assert!(repository.is_held("production", token));
}

/// turnstyle, `continue-after`: whoever waited too long goes on as if it had been let in.
#[test]
fn whoever_leaves_the_line_holds_nothing_and_is_not_waited_for() {
    let mut repository = Repository::default();
    let first = repository.take("production", &run(1, "ana"));
    let late = run(2, "ben");
    assert!(matches!(repository.stand_in_line(&late), Answer::Waiting { .. }));
    repository.ask("production", &Request::Leave { nonce: late.nonce });
    assert!(repository.state.scopes["production"].queue.is_empty());
    assert!(repository.is_held("production", first));
    repository.release("production", first);
    repository.take("production", &run(3, "eve"));
}

/// branch-deploy and github/lock keep locks in branches: rulesets stop them, workflows run when they move, and a release
/// deletes all that was known.
#[test]
fn the_lock_is_no_branch_and_starts_no_workflow() {
    use ci_guard::lock::DEFAULT_REF;
    use ci_guard::lock::store::Entry;
    assert!(!DEFAULT_REF.starts_with("refs/heads/") && !DEFAULT_REF.starts_with("refs/tags/"));
    let mut repository = Repository::default();
    let token = repository.take("production", &run(1, "ana"));
    repository.release("production", token);
    let scope = &repository.state.scopes["production"];
    assert_eq!(scope.last.as_ref().map(|last| last.commit.clone()), Some(run(1, "ana").commit));
    let entry = Entry { state: repository.state.clone(), event: "held".into(), at: 0, is_root: false };
    let message = entry.message("0");
    assert!(message.lines().next().is_some_and(|line| line.ends_with("[skip ci]")), "{message}");
}
