//! Names of servers are looked up once and kept for a while: sixty-four look-ups of one name at the same time are more
//! than many resolvers answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(60);

/// How long it is kept that there was none.
const FAILURE_KEPT: Duration = Duration::from_secs(1);

/// The addresses of a server, if it has any, and until when that is believed.
type Known = (Instant, Option<ResolvedSocketAddrs>);

/// Looks names up, and remembers.
#[derive(Default)]
pub struct Remembering {
    inner: DefaultResolver,
    known: Mutex<HashMap<String, Known>>,
}

impl std::fmt::Debug for Remembering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remembering")
    }
}

impl Resolver for Remembering {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(Error::HostNotFound);
        };
        let key = DefaultResolver::host_and_port(scheme, authority).ok_or(Error::HostNotFound)?;
        // Others that want the same wait here for the answer; there are few names.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, addresses)) = known.get(&key).filter(|(until, _)| *until > Instant::now()) {
            return addresses.as_ref().map(|found| copy(self, found)).ok_or(Error::HostNotFound);
        }
        let found = match self.inner.resolve(uri, config, timeout) {
            Ok(found) => Some(found),
            // The system's words for a name that is not found come as an error of reading.
            Err(Error::HostNotFound | Error::Io(_)) => None,
            Err(other) => return Err(other),
        };
        let kept = if found.is_some() { KEPT } else { FAILURE_KEPT };
        let result = found.as_ref().map(|found| copy(self, found)).ok_or(Error::HostNotFound);
        known.insert(key, (Instant::now() + kept, found));
        result
    }
}

fn copy(resolver: &Remembering, found: &ResolvedSocketAddrs) -> ResolvedSocketAddrs {
    let mut copy = resolver.empty();
    found.iter().for_each(|address| copy.push(*address));
    copy
}
