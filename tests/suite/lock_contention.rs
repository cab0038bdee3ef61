//! Many contenders for one lock over a real git server that loses answers, repeats requests and shows old states,
//! while holders are killed. `CI_GUARD_HEAVY=1` makes it thousands of attempts.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::git_server::{Faults, GitServer};
use ci_guard::environment::Environment;
use ci_guard::http::{Client, Limits};
use ci_guard::lock::DEFAULT_REF;
use ci_guard::lock::machine::{Answer, Life, Relation, Request, World};
use ci_guard::lock::session::{Pace, Session, random};
use ci_guard::lock::state::{Claim, Owner};
use ci_guard::lock::store::Store as _;
use ci_guard::lock::store::git_http::GitHttp;

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

fn store(url: &str) -> GitHttp {
    let limits = Limits {
        total: Duration::from_secs(20),
        pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(20),
        ..Limits::default()
    };
    GitHttp {
        http: Client::of(&Environment::default(), limits),
        url: url.to_owned(),
        reference: DEFAULT_REF.to_owned(),
        credential: None,
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

fn pace(wait: Duration) -> Pace {
    Pace {
        wait,
        poll: Duration::from_millis(300),
        effort: Duration::from_secs(120),
        pause: Duration::from_millis(30),
        longest_pause: Duration::from_millis(600),
    }
}

#[test]
fn never_two_holders_whatever_goes_wrong() {
    let heavy = std::env::var_os("CI_GUARD_HEAVY").is_some();
    let (contenders, rounds) = if heavy { (16, 20) } else { (16, 1) };
    let faults = Faults { lost_answer: 120, lost_request: 30, duplicate: 100, stale: 150 };
    let Some(server) = GitServer::start(faults) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    let graveyard = Graveyard::default();
    // What the lock protects: at most one is inside, and tokens only grow.
    let (inside, highest) = (AtomicI64::new(0), AtomicI64::new(0));
    let (grants, killed, gave_up) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let granted = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for contender in 0..contenders {
            let (url, graveyard, granted) = (&url, &graveyard, granted.clone());
            let (inside, highest, grants, killed, gave_up) = (&inside, &highest, &grants, &killed, &gave_up);
            scope.spawn(move || {
                for round in 0..rounds {
                    let store = store(url);
                    let run = (contender * 1000 + round) as u64;
                    let patience = Duration::from_secs(if heavy { 120 } else { 30 });
                    let session = Session {
                        store: &store,
                        world: graveyard,
                        pace: pace(patience),
                        waiting: &|_, _| {},
                    };
                    let request = Request::Acquire {
                        claim: claim(run),
                        wait: true,
                        allow_older: false,
                        preflight: None,
                    };
                    let token = match session.run("production", &request, 0).unwrap().0 {
                        Answer::Granted { token } => token,
                        Answer::Refused(_) => {
                            gave_up.fetch_add(1, Ordering::SeqCst);
                            continue;
                        }
                        answer => panic!("{answer:?}"),
                    };
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two holders");
                    let fence = i64::try_from(token).unwrap();
                    assert!(highest.swap(fence, Ordering::SeqCst) < fence, "tokens must grow");
                    granted.lock().unwrap().push(token);
                    grants.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(2));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    if (contender + round) % 4 == 0 {
                        // Killed: it never releases, and its run is over.
                        killed.fetch_add(1, Ordering::SeqCst);
                        graveyard.0.lock().unwrap().push(run);
                        continue;
                    }
                    let release = Request::Release { token, deployed: round % 2 == 0 };
                    let (answer, _) = session.run("production", &release, token).unwrap();
                    assert!(matches!(answer, Answer::Done | Answer::Nothing), "{answer:?}");
                }
            });
        }
    });
    let elapsed = start.elapsed();
    // The chain tells the same: one commit for each transition, none lost, each a child of the one before.
    // A stale read, which the server goes on to serve, shows an older end of it.
    let count: usize = server.git(&["rev-list", "--count", DEFAULT_REF]).parse().unwrap();
    let mut histories = (0..100).map(|_| store(&url).history(100_000).unwrap());
    let history = histories.find(|history| history.len() >= count).unwrap();
    let epochs: Vec<u64> = history.iter().map(|(_, record)| record.epoch).collect();
    let expected: Vec<u64> = (1..=history.len() as u64).rev().collect();
    assert_eq!(epochs, expected, "epochs of the chain");
    let held: Vec<u64> = history
        .iter()
        .rev()
        .filter(|(_, record)| record.event.contains("held for"))
        .map(|(_, record)| record.epoch)
        .collect();
    assert_eq!(held, *granted.lock().unwrap(), "every grant in the chain was told, in this order");
    server.git(&["fsck", "--strict", "--no-dangling"]);
    assert_eq!(count, history.len());
    assert_eq!(
        grants.load(Ordering::SeqCst) + gave_up.load(Ordering::SeqCst),
        (contenders * rounds) as usize
    );
    println!(
        "{contenders} contenders, {} grants, {} gave up, {} killed while holding, {} pushes, {} transitions, {elapsed:?}",
        grants.load(Ordering::SeqCst),
        gave_up.load(Ordering::SeqCst),
        killed.load(Ordering::SeqCst),
        server.pushes.load(Ordering::SeqCst),
        history.len(),
    );
}
