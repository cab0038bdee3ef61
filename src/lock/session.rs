//! Carries a request through: read, decide, swap, and again until there is an answer.
//!
//! A swap whose answer was lost is resolved by reading: every write carries a random id, and the state names the
//! last of them. A read that is older than what is known is read again.

use std::time::{Duration, Instant};

use super::machine::{self, Answer, Decision, Refusal, Request, World, decide};
use super::store::{Entry, Store, StoreError, Swap, Tip};
use crate::http::backoff;

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The longest that a request waits in line.
    pub wait: Duration,
    /// Pause between two looks while it waits.
    pub poll: Duration,
    /// The longest that is spent on losing races and on servers that do not answer.
    pub effort: Duration,
    /// First pause after a lost race.
    pub pause: Duration,
    /// Longest pause after a lost race.
    pub longest_pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            wait: Duration::ZERO,
            poll: Duration::from_secs(10),
            effort: Duration::from_secs(180),
            pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

/// A swap that the server refuses this often with nobody having been faster is one that it does not want.
const UNWANTED: u32 = 5;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The chain cannot be used.
    Store(StoreError),
    /// The server does not take what is written, in its words.
    Unwanted(String),
    /// Too many others write at the same time, or the server shows an old state again and again.
    Effort,
    /// This machine has no randomness.
    NoRandomness,
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Stop::Store(error) => error.fmt(f),
            Stop::Unwanted(reason) => write!(f, "the server refuses to move the ref of the lock: {reason}"),
            Stop::Effort => {
                f.write_str("the state of the lock could not be changed in time: too many others did")
            }
            Stop::NoRandomness => f.write_str("this machine gives no random numbers"),
        }
    }
}

impl std::error::Error for Stop {}

/// A request and what it is about.
pub struct Session<'a> {
    /// Where the chain stands.
    pub store: &'a dyn Store,
    /// What the machine must know.
    pub world: &'a dyn World,
    /// How long and how often.
    pub pace: Pace,
    /// Told each time that somebody else comes first: how many, and who is in the way.
    pub waiting: &'a dyn Fn(usize, &Refusal),
}

/// The answer, and the state that it was found in.
pub type Found = (Answer, super::state::State);

impl Session<'_> {
    /// Carries a request through. `seen` is an epoch that is known to exist: a state before it is an old one.
    pub fn run(&self, scope: &str, request: &Request, seen: u64) -> Result<Found, Stop> {
        let start = Instant::now();
        let mut tries = Tries { floor: seen, ..Tries::default() };
        // Set once the wait was too long: from then on the request is to leave the line, and was refused for this.
        let mut given_up: Option<(Request, Box<Refusal>)> = None;
        loop {
            let request = given_up.as_ref().map_or(request, |(leave, _)| leave);
            let tip = self.store.read().map_err(Stop::Store)?;
            if tip.state.epoch < tries.floor {
                self.pause(&mut tries)?;
                continue;
            }
            let (answer, state) = match tries.written(&tip.state) {
                Some(answer) => (answer, tip.state),
                None => match self.step(scope, request, tip, &mut tries)? {
                    Some(found) => found,
                    None => {
                        self.pause(&mut tries)?;
                        continue;
                    }
                },
            };
            match (answer, request) {
                (Answer::Waiting { ahead, blocker }, Request::Acquire { claim, .. }) => {
                    (self.waiting)(ahead, &blocker);
                    match self.pace.wait.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) {
                        Some(left) => std::thread::sleep(self.until_next_look(left)),
                        None => {
                            tries.unclear.clear();
                            given_up = Some((Request::Leave { nonce: claim.nonce.clone() }, blocker));
                        }
                    }
                }
                (answer, _) => {
                    return Ok(match given_up {
                        Some((_, blocker)) => (Answer::Refused(blocker), state),
                        None => (answer, state),
                    });
                }
            }
        }
    }

    /// Decides on a state, and writes if there is something to write. `None` if that has to be done again.
    fn step(
        &self,
        scope: &str,
        request: &Request,
        tip: Tip,
        tries: &mut Tries,
    ) -> Result<Option<Found>, Stop> {
        let now = jiff::Timestamp::now().as_second();
        let (mut state, event, answer) = match decide(&tip.state, scope, request, now, self.world) {
            Decision::Keep(answer) => return Ok(Some((answer, tip.state))),
            Decision::Write { state, event, answer } => (*state, event, answer),
        };
        let id = random().ok_or(Stop::NoRandomness)?;
        machine::remember(&mut state, id.clone());
        let entry = Entry { state, event, at: now, is_root: false };
        match self.store.swap(&tip, &entry).map_err(Stop::Store)? {
            Swap::Done => {
                tries.won(&entry);
                Ok(Some((answer, entry.state)))
            }
            outcome => tries.lost(&tip, outcome, (id, answer)).map(|()| None),
        }
    }

    /// Cuts the chain: the state stays, what came before is dropped from the ref.
    pub fn cut(&self) -> Result<u64, Stop> {
        let mut tries = Tries { start: Instant::now(), ..Tries::default() };
        loop {
            let tip = self.store.read().map_err(Stop::Store)?;
            if tip.id.is_none() {
                return Ok(0);
            }
            if let Some(Answer::Granted { token }) = tries.written(&tip.state) {
                return Ok(token);
            }
            let id = random().ok_or(Stop::NoRandomness)?;
            let mut state = tip.state.clone();
            state.epoch += 1;
            machine::remember(&mut state, id.clone());
            let answer = Answer::Granted { token: state.epoch };
            let now = jiff::Timestamp::now().as_second();
            let entry = Entry { state, event: "history cut".to_owned(), at: now, is_root: true };
            match self.store.swap(&tip, &entry).map_err(Stop::Store)? {
                Swap::Done => return Ok(entry.state.epoch),
                outcome => {
                    tries.lost(&tip, outcome, (id, answer))?;
                    self.pause(&mut tries)?;
                }
            }
        }
    }

    fn pause(&self, tries: &mut Tries) -> Result<(), Stop> {
        tries.count += 1;
        if tries.start.elapsed() > self.pace.effort {
            return Err(Stop::Effort);
        }
        std::thread::sleep(backoff(tries.count.min(10), self.pace.pause, self.pace.longest_pause));
        Ok(())
    }

    /// Those who wait do not all look at the same moment.
    fn until_next_look(&self, left: Duration) -> Duration {
        backoff(1, self.pace.poll, self.pace.poll).min(left).max(Duration::from_millis(1))
    }
}

/// What has been tried.
struct Tries {
    start: Instant,
    count: u32,
    /// A state before this epoch is an old one.
    floor: u64,
    /// Writes whose answer was lost, and what they come to if they happened.
    unclear: Vec<(String, Answer)>,
    /// Refusals by the tip that stood then.
    refused: u32,
    refused_at: Option<String>,
}

impl Default for Tries {
    fn default() -> Self {
        Tries { start: Instant::now(), count: 0, floor: 0, unclear: Vec::new(), refused: 0, refused_at: None }
    }
}

impl Tries {
    fn won(&mut self, entry: &Entry) {
        self.floor = entry.state.epoch;
        self.start = Instant::now();
        (self.count, self.refused) = (0, 0);
    }

    fn lost(&mut self, tip: &Tip, outcome: Swap, write: (String, Answer)) -> Result<(), Stop> {
        match outcome {
            Swap::Done => {}
            Swap::Unclear(_) => self.unclear.push(write),
            Swap::Not(reason) => {
                self.refused = if self.refused_at == tip.id { self.refused + 1 } else { 1 };
                self.refused_at = tip.id.clone();
                if self.refused >= UNWANTED {
                    return Err(Stop::Unwanted(reason));
                }
            }
        }
        Ok(())
    }

    /// What an earlier write came to whose answer was lost. A lock that was granted may have been lost since, and a
    /// place in line is looked at anew, so these are decided again.
    fn written(&self, state: &super::state::State) -> Option<Answer> {
        let (_, answer) = self.unclear.iter().find(|(id, _)| state.recent.contains(id))?;
        match answer {
            Answer::Granted { token } if *token != state.epoch => None,
            Answer::Waiting { .. } => None,
            answer => Some(answer.clone()),
        }
    }
}

/// 128 random bits in hex.
pub fn random() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(data_encoding::HEXLOWER.encode(&bytes))
}
