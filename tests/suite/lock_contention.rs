//! Many contenders for one lock over servers that lose answers, repeat requests and show old states, while holders are
//! killed: over a real git server, and with thousands of attempts over a store in memory. `CI_GUARD_HEAVY=40` gives each
//! contender of the git server forty turns, which makes thousands of attempts there too.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::git_server::{Faults, GitServer};
use ci_guard::environment::Environment;
use ci_guard::http::{Client, Limits};
use ci_guard::lock::DEFAULT_REF;
use ci_guard::lock::machine::{Answer, Life, Relation, Request, World};
use ci_guard::lock::session::{Pace, Session, random};
use ci_guard::lock::state::{Claim, Owner, State};
use ci_guard::lock::store::git_http::GitHttp;
use ci_guard::lock::store::{Entry, Record, Store, StoreError, Swap, Tip};

/// Runs that are over.
#[derive(Default)]
struct Graveyard(Mutex<Vec<u64>>);

impl World for Graveyard {
    fn life(&self, owner: &Owner) -> Life {
        match owner {
            Owner::Run { run, .. } if self.0.lock().unwrap().contains(run) => Life::Over,
            _ => Life::Alive,
        }
    }

    fn relation(&self, _: &str, _: &str) -> Relation {
        Relation::NotOlder
    }
}

fn claim(run: u64) -> Claim {
    Claim {
        owner: Owner::Run {
            repository: "o/r".into(),
            run,
            attempt: 1,
            job: "deploy".into(),
            instance: random().unwrap(),
            actor: "a".into(),
        },
        nonce: random().unwrap(),
        commit: format!("{run:040x}"),
        reason: String::new(),
        link: String::new(),
        since: 0,
        expires: None,
    }
}

/// What the contenders saw, and what they did.
#[derive(Default)]
struct Tally {
    /// How many are inside: what the lock is for.
    inside: AtomicI64,
    highest: AtomicI64,
    granted: Mutex<Vec<u64>>,
    killed: AtomicUsize,
    gave_up: AtomicUsize,
    graveyard: Graveyard,
}

impl Tally {
    /// All contenders take their turns; one in four is killed while it holds.
    fn contend<S: Store>(
        &self,
        store: &(impl Fn() -> S + Sync),
        contenders: u64,
        rounds: u64,
        pace: Pace,
        hold: Duration,
    ) {
        std::thread::scope(|scope| {
            for contender in 0..contenders {
                scope.spawn(move || {
                    let store = store();
                    let session =
                        Session { store: &store, world: &self.graveyard, pace, waiting: &|_, _| {} };
                    for round in 0..rounds {
                        self.turn(&session, contender * 10_000 + round, (contender + round) % 4 == 0, hold);
                    }
                });
            }
        });
        let turns = usize::try_from(contenders * rounds).unwrap();
        let grants = self.granted.lock().unwrap().len();
        assert_eq!(grants + self.gave_up.load(Ordering::SeqCst), turns, "every turn has an end");
    }

    fn turn(&self, session: &Session<'_>, run: u64, dies: bool, hold: Duration) {
        let request = Request::Acquire { claim: claim(run), wait: true, allow_older: false, preflight: None };
        let token = match session.run("production", &request, 0).unwrap().0 {
            Answer::Granted { token } => token,
            Answer::Refused(_) => {
                self.gave_up.fetch_add(1, Ordering::SeqCst);
                return;
            }
            answer => panic!("{answer:?}"),
        };
        assert_eq!(self.inside.fetch_add(1, Ordering::SeqCst), 0, "two holders");
        let fence = i64::try_from(token).unwrap();
        assert!(self.highest.swap(fence, Ordering::SeqCst) < fence, "tokens must grow");
        self.granted.lock().unwrap().push(token);
        std::thread::sleep(hold);
        self.inside.fetch_sub(1, Ordering::SeqCst);
        if dies {
            // It never releases, and its run is over.
            self.killed.fetch_add(1, Ordering::SeqCst);
            self.graveyard.0.lock().unwrap().push(run);
            return;
        }
        let release = Request::Release { token, deployed: run.is_multiple_of(2) };
        let (answer, _) = session.run("production", &release, token).unwrap();
        assert!(matches!(answer, Answer::Done | Answer::Nothing), "{answer:?}");
    }

    /// The chain tells the same: one commit for each transition, none lost, and each grant in the order in which it was
    /// told.
    fn compare(&self, history: &[(String, Record)]) {
        let epochs: Vec<u64> = history.iter().map(|(_, record)| record.epoch).collect();
        let expected: Vec<u64> = (1..=history.len() as u64).rev().collect();
        assert_eq!(epochs, expected, "epochs of the chain");
        let held = history.iter().rev().filter(|(_, record)| record.event.contains("held for"));
        let held: Vec<u64> = held.map(|(_, record)| record.epoch).collect();
        assert_eq!(held, *self.granted.lock().unwrap(), "every grant in the chain was told, in this order");
    }

    fn words(&self) -> String {
        format!(
            "{} grants, {} gave up, {} killed while holding",
            self.granted.lock().unwrap().len(),
            self.gave_up.load(Ordering::SeqCst),
            self.killed.load(Ordering::SeqCst)
        )
    }
}

#[test]
fn never_two_holders_whatever_goes_wrong() {
    let heavy = std::env::var("CI_GUARD_HEAVY").ok().and_then(|rounds| rounds.parse().ok());
    let (contenders, rounds) = (16, heavy.unwrap_or(1));
    let faults = Faults { lost_answer: 120, lost_request: 30, duplicate: 100, stale: 150 };
    let Some(server) = GitServer::start(faults) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    let store = || GitHttp {
        http: Client::of(
            &Environment::default(),
            Limits {
                total: Duration::from_secs(20),
                pause: Duration::from_millis(2),
                longest_pause: Duration::from_millis(20),
                ..Limits::default()
            },
        ),
        url: url.clone(),
        reference: DEFAULT_REF.to_owned(),
        credential: None,
        last: Default::default(),
    };
    let pace = Pace {
        wait: Duration::from_secs(if heavy.is_some() { 240 } else { 30 }),
        poll: Duration::from_millis(300),
        effort: Duration::from_secs(120),
        pause: Duration::from_millis(30),
        longest_pause: Duration::from_millis(600),
    };
    let tally = Tally::default();
    let start = Instant::now();
    tally.contend(&store, contenders, rounds, pace, Duration::from_millis(2));
    let elapsed = start.elapsed();
    // A stale read, which the server goes on to serve, shows an older end of the chain.
    let count: usize = server.git(&["rev-list", "--count", DEFAULT_REF]).parse().unwrap();
    let mut histories = (0..100).map(|_| store().history(100_000).unwrap());
    let history = histories.find(|history| history.len() >= count).unwrap();
    assert_eq!(count, history.len());
    tally.compare(&history);
    server.git(&["fsck", "--strict", "--no-dangling"]);
    println!(
        "git server: {contenders} contenders, {}, {} pushes, {} transitions, {elapsed:?}",
        tally.words(),
        server.pushes.load(Ordering::SeqCst),
        history.len(),
    );
}

/// A ref in memory, with the faults of a server.
#[derive(Default)]
struct Memory {
    chain: Mutex<Vec<(String, Record, State)>>,
    swaps: AtomicUsize,
    reads: AtomicUsize,
    dice: AtomicUsize,
    stale: AtomicUsize,
    unclear: AtomicUsize,
}

impl Memory {
    /// A number below a thousand that has no rhythm.
    fn throw(&self) -> usize {
        let count = self.dice.fetch_add(1, Ordering::SeqCst) as u64;
        usize::try_from(count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).unwrap() % 1000
    }

    fn put(&self, tip: &Tip, entry: &Entry) -> bool {
        let mut chain = self.chain.lock().unwrap();
        if chain.last().map(|(id, ..)| id) != tip.id.as_ref() {
            return false;
        }
        let id = random().unwrap();
        let record =
            Record { epoch: entry.state.epoch, at: entry.at, event: entry.event.clone(), state: id.clone() };
        chain.push((id, record, entry.state.clone()));
        true
    }
}

/// The ref, as each contender has it.
#[derive(Clone, Default)]
struct Shared(Arc<Memory>);

impl std::ops::Deref for Shared {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        &self.0
    }
}

impl Store for Shared {
    fn read(&self) -> Result<Tip, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let dice = self.throw();
        let chain = self.chain.lock().unwrap();
        let mut at = chain.len();
        if dice < 150 {
            // A replica that lags behind.
            at = at.saturating_sub(1 + dice % 7);
            self.stale.fetch_add(1, Ordering::SeqCst);
        }
        Ok(match at.checked_sub(1).and_then(|at| chain.get(at)) {
            Some((id, _, state)) => Tip { id: Some(id.clone()), state: state.clone() },
            None => Tip { id: None, state: State::default() },
        })
    }

    fn swap(&self, tip: &Tip, entry: &Entry) -> Result<Swap, StoreError> {
        self.swaps.fetch_add(1, Ordering::SeqCst);
        let dice = self.throw();
        let not = || Swap::Not("the ref is not what it was".to_owned());
        let unclear = || {
            self.unclear.fetch_add(1, Ordering::SeqCst);
            Swap::Unclear("the answer was lost".to_owned())
        };
        Ok(match dice {
            // The request never arrives.
            0..30 => unclear(),
            // It happens, or not, and its answer is lost.
            30..150 => {
                self.put(tip, entry);
                unclear()
            }
            // It arrives twice; the second answer is the one that is seen.
            150..250 => {
                self.put(tip, entry);
                if self.put(tip, entry) { Swap::Done } else { not() }
            }
            _ if self.put(tip, entry) => Swap::Done,
            _ => not(),
        })
    }

    fn history(&self, most: usize) -> Result<Vec<(String, Record)>, StoreError> {
        let chain = self.chain.lock().unwrap();
        Ok(chain.iter().rev().take(most).map(|(id, record, _)| (id.clone(), record.clone())).collect())
    }

    fn can_cut(&self) -> bool {
        false
    }
}

#[test]
fn thousands_of_attempts_in_memory() {
    let memory = Shared::default();
    let pace = Pace {
        wait: Duration::from_secs(120),
        poll: Duration::from_micros(2_000),
        effort: Duration::from_secs(120),
        pause: Duration::from_micros(100),
        longest_pause: Duration::from_micros(2_000),
    };
    let tally = Tally::default();
    let start = Instant::now();
    let (contenders, rounds) = (16, 150);
    tally.contend(&|| memory.clone(), contenders, rounds, pace, Duration::ZERO);
    let history = memory.history(usize::MAX).unwrap();
    tally.compare(&history);
    let of = |number: &AtomicUsize| number.load(Ordering::SeqCst);
    println!(
        "memory: {contenders} contenders, {}, {} swaps of which {} unclear, {} reads of which {} stale, {} transitions, {:?}",
        tally.words(),
        of(&memory.swaps),
        of(&memory.unclear),
        of(&memory.reads),
        of(&memory.stale),
        history.len(),
        start.elapsed()
    );
    assert!(of(&memory.swaps) > 5_000);
}
