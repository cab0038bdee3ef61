//! The lock of a repository as the commands use it: where it is kept, and what its machine must know.

use std::cell::RefCell;

use super::Said;
use crate::checkout::Checkout;
use crate::cli::deploy::StoreArguments;
use crate::environment::Environment;
use crate::github::GitHub;
use crate::http::{Client, Credential, Limits, origin};
use crate::lock::DEFAULT_REF;
use crate::lock::machine::{Refusal, Request};
use crate::lock::session::{Found, Pace, Session};
use crate::lock::state::State;
use crate::lock::store::Store;
use crate::lock::store::git_http::GitHttp;
use crate::lock::store::github::{Mover, OnGitHub};
use crate::lock::world::Here;

/// The lock of a repository, with what its machine must know.
pub struct Desk {
    /// Where the chain stands.
    pub store: Box<dyn Store>,
    github: Option<GitHub>,
    checkout: Option<Checkout>,
    /// What could not be seen while the last request was decided.
    unseen: RefCell<Vec<String>>,
}

impl Desk {
    /// Opens it; `Err` says what is missing.
    pub fn open(
        arguments: &StoreArguments,
        root: Option<&std::path::Path>,
        environment: &Environment,
    ) -> Result<Desk, String> {
        let reference = arguments.lock_ref.clone().unwrap_or_else(|| DEFAULT_REF.to_owned());
        if !is_ref(&reference) {
            return Err(format!("`{reference}` is no full name of a ref, such as {DEFAULT_REF}"));
        }
        if arguments.remote.as_deref().is_some_and(has_password) {
            return Err("`--remote` holds a user or a password, and every list of processes shows it; put the password into \
                        CI_GUARD_REMOTE_PASSWORD, and the user into CI_GUARD_REMOTE_USER"
                .to_owned());
        }
        let checkout = Checkout::open(root.unwrap_or(std::path::Path::new("."))).ok();
        let github = GitHub::of(environment);
        let store: Box<dyn Store> = match &arguments.remote {
            Some(url) => Box::new(GitHttp {
                http: Client::of(environment, Limits::default()),
                url: url.clone(),
                reference,
                credential: credential(url, environment),
                last: Default::default(),
            }),
            None => {
                let mover = arguments.lock_api.unwrap_or(Mover::Graphql);
                Box::new(OnGitHub::new(GitHub::of(environment)?, reference, mover))
            }
        };
        let github = github.ok().filter(GitHub::has_token);
        Ok(Desk { store, github, checkout, unseen: RefCell::default() })
    }

    /// The clone, if there is one.
    pub fn checkout(&self) -> Option<&Checkout> {
        self.checkout.as_ref()
    }

    /// Carries a request through that does not stand in line.
    pub fn ask(&self, scope: &str, request: &Request, seen: u64) -> Result<Found, Box<Said>> {
        self.wait(scope, request, seen, Pace::default(), &|_, _| {})
    }

    /// Carries a request through; `waiting` is told each time that somebody else comes first.
    pub fn wait(
        &self,
        scope: &str,
        request: &Request,
        seen: u64,
        pace: Pace,
        waiting: &dyn Fn(usize, &Refusal),
    ) -> Result<Found, Box<Said>> {
        let world = Here::new(self.github.as_ref(), self.checkout.as_ref());
        let session = Session { store: &*self.store, world: &world, pace, waiting };
        let found = session.run(scope, request, seen);
        *self.unseen.borrow_mut() = world.unseen();
        found.map_err(|stop| Box::new(Said::not_verified(stop.to_string())))
    }

    /// With what could not be seen, if something was refused: that may be why.
    pub fn with_unseen(&self, mut said: Said) -> Said {
        if said.stopped.is_some() {
            said.notes.extend(self.unseen.take());
        }
        said
    }

    /// What the chain says.
    pub fn state(&self) -> Result<State, Said> {
        self.store.read().map(|tip| tip.state).map_err(|error| Said::not_verified(error.to_string()))
    }
}

/// The repository's token belongs to the server that issued it; other servers get what is kept for them.
fn credential(url: &str, environment: &Environment) -> Option<Credential> {
    let own = environment.non_empty("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    if let Some(password) = environment.non_empty("CI_GUARD_REMOTE_PASSWORD") {
        let user = environment.non_empty("CI_GUARD_REMOTE_USER").unwrap_or("ci-guard");
        return Some(Credential::basic(user, password));
    }
    let names = ["INPUT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];
    let token = names.iter().find_map(|name| environment.non_empty(name))?;
    (origin(url).is_some() && origin(url) == origin(own)).then(|| Credential::basic("x-access-token", token))
}

/// True for `https://user:password@host/…`, and for `https://token@host/…`.
fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| authority.contains('@'))
}

/// `refs/`, two parts at least, and nothing that git or an address would read as something else.
fn is_ref(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let is_part = |part: &&str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.contains("..")
            && !part.ends_with(".lock")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    parts.first() == Some(&"refs") && parts.len() >= 3 && parts.iter().all(is_part)
}
