//! The lock's state machine, explored: every order of a few requests by a few owners, with deaths, re-runs and lost
//! answers, up to a depth. `CI_GUARD_HEAVY=1` goes deeper.

use std::collections::{HashMap, HashSet, VecDeque};

use ci_guard::lock::machine::{Answer, Decision, Life, Refusal, Relation, Request, World, decide, holder};
use ci_guard::lock::state::{Claim, EVERYWHERE, Owner, Standing, State};

const CLIENTS: usize = 4;

/// What each client wants: a scope, a commit, and whether it rolls back.
const WANTS: [(&str, &str, bool); CLIENTS] =
    [("p", "c1", false), ("p", "c2", false), (EVERYWHERE, "c3", false), ("p", "c0", true)];

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Client {
    attempt: u64,
    alive: bool,
    /// The token that it was told.
    token: Option<u64>,
}

#[derive(Clone, Debug)]
struct Node {
    state: State,
    clients: [Client; CLIENTS],
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Asks for the lock, or to begin; `told` says whether the answer arrives.
    Ask {
        client: usize,
        told: bool,
    },
    Leave(usize),
    /// Gives back what it was told, however old that is.
    Release {
        client: usize,
        deployed: bool,
    },
    Finish {
        client: usize,
        worked: bool,
    },
    Die(usize),
    Rerun(usize),
    Unfreeze,
    Break,
}

struct Lives<'a>(&'a [Client; CLIENTS]);

impl World for Lives<'_> {
    fn life(&self, owner: &Owner) -> Life {
        let Owner::Run { run, attempt, .. } = owner else { return Life::Unknown };
        let client = &self.0[usize::try_from(*run).unwrap()];
        if client.attempt == *attempt && client.alive { Life::Alive } else { Life::Over }
    }

    fn relation(&self, _: &str, _: &str) -> Relation {
        Relation::NotOlder
    }
}

fn claim(client: usize, attempt: u64) -> Claim {
    Claim {
        owner: Owner::Run {
            repository: "o/r".into(),
            run: client as u64,
            attempt,
            job: "deploy".into(),
            instance: format!("{client}"),
            actor: "a".into(),
        },
        nonce: format!("{client}.{attempt}"),
        commit: WANTS[client].1.into(),
        reason: String::new(),
        link: String::new(),
        since: 0,
        expires: None,
    }
}

fn steps() -> Vec<Step> {
    let mut steps = vec![Step::Unfreeze, Step::Break];
    for (client, wants) in WANTS.iter().enumerate() {
        steps.extend([
            Step::Ask { client, told: true },
            Step::Ask { client, told: false },
            Step::Die(client),
            Step::Rerun(client),
        ]);
        if wants.2 {
            steps.extend([true, false].map(|worked| Step::Finish { client, worked }));
        } else {
            steps.push(Step::Leave(client));
            steps.extend([true, false].map(|deployed| Step::Release { client, deployed }));
        }
    }
    steps
}

fn request(node: &Node, step: Step) -> Option<(usize, &'static str, Request)> {
    let alive = |client: usize| node.clients[client].alive;
    let attempt = |client: usize| node.clients[client].attempt;
    Some(match step {
        Step::Ask { client, .. } if alive(client) => {
            let (scope, _, rolls_back) = WANTS[client];
            let claim = claim(client, attempt(client));
            let request = match rolls_back {
                true => Request::Begin { claim, bad: None },
                false => Request::Acquire { claim, wait: true, allow_older: false, preflight: None },
            };
            (client, scope, request)
        }
        Step::Leave(client) if alive(client) => {
            (client, WANTS[client].0, Request::Leave { nonce: format!("{client}.{}", attempt(client)) })
        }
        // The dead do not speak, but what they said may still arrive: a token of theirs may come at any time.
        Step::Release { client, deployed } => {
            (client, WANTS[client].0, Request::Release { token: node.clients[client].token?, deployed })
        }
        Step::Finish { client, worked } => {
            (client, WANTS[client].0, Request::Finish { token: node.clients[client].token?, worked })
        }
        Step::Unfreeze => (0, "p", Request::Unfreeze { reason: "r".into(), unblock: None }),
        Step::Break => (0, "p", Request::Break { reason: "r".into() }),
        _ => return None,
    })
}

/// The node after a step, if something happens.
fn apply(node: &Node, step: Step) -> Option<Node> {
    let mut next = node.clone();
    match step {
        Step::Die(client) if node.clients[client].alive => next.clients[client].alive = false,
        Step::Rerun(client) if !node.clients[client].alive && node.clients[client].attempt < 2 => {
            let token = node.clients[client].token;
            next.clients[client] = Client { attempt: 2, alive: true, token };
        }
        Step::Die(_) | Step::Rerun(_) => return None,
        _ => {
            let (client, scope, request) = request(node, step)?;
            let decision = decide(&node.state, scope, &request, 0, &Lives(&node.clients));
            let answer = match decision {
                Decision::Keep(answer) => answer,
                Decision::Write { state, answer, .. } => {
                    check_write(node, &state, client, scope, &request, &answer);
                    next.state = *state;
                    answer
                }
            };
            if let (Answer::Granted { token }, Step::Ask { told: true, .. }) = (&answer, step) {
                let held = holder(&next.state, scope).map(|holder| holder.token);
                assert_eq!(held, Some(*token), "told a token that does not hold: {step:?}\n{node:#?}");
                next.clients[client].token = Some(*token);
            }
            check_progress(node, client, scope, &request, &answer);
        }
    }
    Some(next)
}

/// What must hold whenever something is written.
fn check_write(before: &Node, after: &State, client: usize, scope: &str, request: &Request, answer: &Answer) {
    let old = &before.state;
    let explain = || format!("{client} {request:?}\n{old:#?}\n{after:#?}");
    assert_eq!(after.epoch, old.epoch + 1, "{}", explain());
    if let Answer::Granted { token } = answer {
        assert_eq!(*token, after.epoch, "{}", explain());
    }
    // At most one of the scopes that exclude each other is taken.
    let taken = |state: &State, scope: &str| {
        state.scopes.get(scope).is_some_and(|scope| scope.standing != Standing::Free)
    };
    assert!(!(taken(after, EVERYWHERE) && taken(after, "p")), "two holders: {}", explain());
    for (name, was) in &old.scopes {
        let is = &after.scopes[name].standing;
        if is == &was.standing {
            continue;
        }
        match &was.standing {
            Standing::Free => {}
            Standing::Held(holder) => {
                let life = Lives(&before.clients).life(&holder.claim.owner);
                let by_right = match request {
                    Request::Release { token, .. } => name == scope && *token == holder.token,
                    Request::Break { .. } => name == scope,
                    Request::Begin { .. } => true,
                    Request::Acquire { claim, .. } => {
                        life == Life::Over || claim.owner.follows(&holder.claim.owner)
                    }
                    _ => false,
                };
                assert!(by_right, "a lock was lost: {}", explain());
            }
            Standing::Rollback(rollback) => {
                let life = Lives(&before.clients).life(&rollback.holder.claim.owner);
                let by_right = match request {
                    Request::Finish { token, .. } => *token == rollback.holder.token,
                    Request::Unfreeze { .. } => life == Life::Over,
                    Request::Begin { .. } => life == Life::Over && matches!(is, Standing::Rollback(_)),
                    _ => false,
                };
                assert!(by_right, "a rollback was lost: {}", explain());
            }
            Standing::Frozen(_) => {
                assert!(matches!(request, Request::Unfreeze { .. }), "thawed: {}", explain());
            }
        }
    }
    if let (Request::Acquire { claim, .. }, Answer::Granted { .. }) = (request, answer) {
        let empty = Default::default();
        let queue = &old.scopes.get(scope).unwrap_or(&empty).queue;
        let in_front = queue.iter().take_while(|ticket| ticket.nonce != claim.nonce);
        let jumped = in_front
            .filter(|ticket| Lives(&before.clients).life(&ticket.owner) == Life::Alive)
            .any(|ticket| ticket.owner != claim.owner);
        assert!(!jumped, "somebody jumped the line: {}", explain());
        assert!(old.scopes.values().all(|scope| !scope.blocked.contains(&claim.commit)), "{}", explain());
    }
}

/// Where nothing stands in the way, the first in line gets what it asks for.
fn check_progress(before: &Node, client: usize, scope: &str, request: &Request, answer: &Answer) {
    let Request::Acquire { claim, .. } = request else { return };
    let free = before.state.scopes.iter().all(|(name, scope_state)| {
        (name != scope && name != EVERYWHERE && scope != EVERYWHERE)
            || match &scope_state.standing {
                Standing::Free => true,
                Standing::Held(holder) => Lives(&before.clients).life(&holder.claim.owner) == Life::Over,
                _ => false,
            }
    });
    let first = before.state.scopes.get(scope).is_none_or(|scope| {
        let mut living = scope.queue.iter().filter(|t| Lives(&before.clients).life(&t.owner) == Life::Alive);
        living.next().is_none_or(|ticket| ticket.nonce == claim.nonce)
    });
    let blocked = matches!(answer, Answer::Refused(refusal) if matches!(**refusal, Refusal::Blocked(_)));
    if free && first && !blocked {
        let granted = matches!(answer, Answer::Granted { .. });
        assert!(granted, "{client} is kept out by nobody: {answer:?}\n{before:#?}");
    }
}

/// Two nodes that differ in nothing but the size of epochs and tokens have the same future: both are renumbered by
/// rank before they are compared.
fn key(node: &Node) -> String {
    let mut tokens: Vec<u64> = node.clients.iter().filter_map(|client| client.token).collect();
    let mut text = serde_json::to_value(&node.state).unwrap();
    collect(&mut text, &mut |token| tokens.push(token.as_u64().unwrap()));
    tokens.sort_unstable();
    tokens.dedup();
    let rank: HashMap<u64, usize> =
        tokens.into_iter().enumerate().map(|(rank, token)| (token, rank)).collect();
    collect(&mut text, &mut |token| *token = rank[&token.as_u64().unwrap()].into());
    text["epoch"] = 0.into();
    let clients: Vec<_> = node
        .clients
        .iter()
        .map(|client| (client.attempt, client.alive, client.token.map(|token| rank[&token])))
        .collect();
    format!("{text}{clients:?}")
}

fn collect(value: &mut serde_json::Value, each: &mut dyn FnMut(&mut serde_json::Value)) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                if key == "token" { each(value) } else { collect(value, each) }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| collect(item, each)),
        _ => {}
    }
}

#[test]
fn no_order_of_requests_breaks_the_lock() {
    let depth = if std::env::var_os("CI_GUARD_HEAVY").is_some() { 7 } else { 5 };
    let client = Client { attempt: 1, alive: true, token: None };
    let start = Node { state: State::default(), clients: std::array::from_fn(|_| client.clone()) };
    let mut seen: HashSet<u64> = HashSet::new();
    let mut queue: VecDeque<(Node, usize)> = VecDeque::from([(start, 0)]);
    let (mut transitions, mut deepest) = (0usize, 0);
    let hash = |node: &Node| {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        BuildHasherDefault::<DefaultHasher>::default().hash_one(key(node))
    };
    while let Some((node, level)) = queue.pop_front() {
        deepest = deepest.max(level);
        for step in steps() {
            let Some(next) = apply(&node, step) else { continue };
            transitions += 1;
            if level < depth && seen.insert(hash(&next)) {
                queue.push_back((next, level + 1));
            }
        }
    }
    println!("{} states, {transitions} transitions, depth {deepest}", seen.len());
    assert!(seen.len() > 1000, "{} states", seen.len());
}
