//! What the machine asks about the world, answered by GitHub and by the clone.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use super::machine::{Life, Relation, World};
use super::state::Owner;
use crate::checkout::Checkout;
use crate::github::{Error, GitHub};

/// GitHub and the clone, as far as they are there.
pub struct Here<'a> {
    /// For runs, and for commits that the clone does not hold.
    pub github: Option<&'a GitHub>,
    /// For commits.
    pub checkout: Option<&'a Checkout>,
    /// Runs that are over: they stay so.
    over: RefCell<HashSet<(u64, u64)>>,
    /// What GitHub did not say, in words.
    unseen: RefCell<BTreeSet<String>>,
}

impl<'a> Here<'a> {
    /// What there is.
    pub fn new(github: Option<&'a GitHub>, checkout: Option<&'a Checkout>) -> Here<'a> {
        Here { github, checkout, over: RefCell::default(), unseen: RefCell::default() }
    }

    /// What GitHub did not say, in words.
    pub fn unseen(&self) -> Vec<String> {
        self.unseen.borrow().iter().cloned().collect()
    }

    fn missed(&self, what: &str, error: &Error) {
        self.unseen.borrow_mut().insert(format!("{what} could not be seen: {error}"));
    }

    fn is_over(&self, github: &GitHub, run: u64, attempt: u64) -> Option<bool> {
        if self.over.borrow().contains(&(run, attempt)) {
            return Some(true);
        }
        let over = match github.run(run) {
            Ok(found) => {
                found.status.as_deref() == Some("completed")
                    || found.run_attempt.is_some_and(|newest| newest > attempt)
            }
            // It was deleted, which only runs that are over can be.
            Err(Error::NotFound { .. }) => true,
            Err(error) => {
                self.missed("whether the run that holds the lock is over", &error);
                return None;
            }
        };
        if over {
            self.over.borrow_mut().insert((run, attempt));
        }
        Some(over)
    }
}

impl World for Here<'_> {
    fn life(&self, owner: &Owner) -> Life {
        let Owner::Run { repository, run, attempt, .. } = owner else { return Life::Unknown };
        // Of another repository's run this token may see nothing, which would look like a run that is gone.
        let Some(github) = self.github.filter(|github| github.repository.eq_ignore_ascii_case(repository))
        else {
            return Life::Unknown;
        };
        match self.is_over(github, *run, *attempt) {
            Some(true) => Life::Over,
            Some(false) => Life::Alive,
            None => Life::Unknown,
        }
    }

    fn relation(&self, deployed: &str, commit: &str) -> Relation {
        let in_clone = self.checkout.and_then(Checkout::git).and_then(|git| {
            // The clone must hold both: otherwise it knows too little of the history.
            (git.has_commit(deployed) && git.has_commit(commit)).then(|| git.is_ancestor(commit, deployed))?
        });
        if let Some(is_older) = in_clone {
            return if is_older && deployed != commit { Relation::Older } else { Relation::NotOlder };
        }
        match self.github.map(|github| github.compare(deployed, commit)) {
            Some(Ok(comparison)) if comparison.status == "behind" => Relation::Older,
            Some(Ok(_)) => Relation::NotOlder,
            Some(Err(error)) => {
                self.missed("whether the commit is older than what is deployed", &error);
                Relation::Unknown
            }
            None => Relation::Unknown,
        }
    }
}
