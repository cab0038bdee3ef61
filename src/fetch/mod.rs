//! Many reads of a few servers: at the same time but politely, tried again, and kept for the next run.

mod cache;
mod pool;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::environment::Environment;
use crate::http::{Client, Credential, Failure, Limits, Request, Response, backoff, origin, shown};

pub use cache::Cache;
pub use pool::each;

/// Requests that are on their way at the same time.
pub const IN_FLIGHT: usize = 64;

/// How often one is tried.
const TRIES: u32 = 4;

/// A pause that a server asks for is kept up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A server that failed this often in a row is not asked again.
const PATIENCE: usize = 12;

/// Longest time for everything that one check asks for.
const WHOLE: Duration = Duration::from_secs(240);

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Ask<'a> {
    /// Where.
    pub url: &'a str,
    /// The form of the answer, as the header `Accept` names it.
    pub accept: Option<&'a str>,
    /// Proves who asks, to the origin of `url` only. The answer is then not kept.
    pub credential: Option<&'a Credential>,
    /// A body makes it a question in JSON, by `POST`.
    pub body: Option<&'a [u8]>,
}

/// An answer.
#[derive(Debug)]
pub struct Document {
    /// The status; 200 where the kept answer still holds.
    pub status: u16,
    /// The content type, lower case and without its parameters.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks many things of a few servers.
pub struct Fetcher {
    client: Client,
    cache: Option<Cache>,
    /// Failures in a row, by origin.
    failures: Mutex<HashMap<String, (usize, String)>>,
    until: Instant,
    asked: AtomicUsize,
    kept: AtomicUsize,
}

impl Fetcher {
    /// A fetcher with the proxies, authorities and the cache of the environment.
    pub fn of(environment: &Environment) -> Fetcher {
        let limits = Limits {
            connect: Duration::from_secs(10),
            body: 64 << 20,
            tries: 1,
            idle: IN_FLIGHT,
            ..Limits::default()
        };
        Fetcher {
            client: Client::of(environment, limits),
            cache: Cache::of(environment),
            failures: Mutex::default(),
            until: Instant::now() + WHOLE,
            asked: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
        }
    }

    /// Requests that were answered so far, and those of them to which the kept answer was the answer.
    pub fn counts(&self) -> (usize, usize) {
        (self.asked.load(Ordering::Relaxed), self.kept.load(Ordering::Relaxed))
    }

    /// Asks. Any status below 500 but 429 is an answer; the error says why there is none.
    pub fn get(&self, ask: &Ask<'_>) -> Result<Document, String> {
        let key = format!("{} {}", ask.url, ask.accept.unwrap_or_default());
        let may_keep = ask.credential.is_none() && ask.body.is_none();
        let cache = self.cache.as_ref().filter(|_| may_keep);
        let entry = cache.and_then(|cache| cache.get(&key));
        let condition = entry.as_ref().map(|entry| (entry.condition.0, entry.condition.1.as_str()));
        let mut headers: Vec<(&'static str, &str)> = Vec::new();
        headers.extend(ask.accept.map(|accept| ("accept", accept)));
        headers.extend(condition);
        let response = self.patiently(&Request {
            method: if ask.body.is_some() { "POST" } else { "GET" },
            url: ask.url,
            headers: &headers,
            credential: ask.credential,
            body: ask.body.map(|body| ("application/json", body)),
        })?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        if let (304, Some(entry)) = (response.status, entry) {
            self.kept.fetch_add(1, Ordering::Relaxed);
            if let Some(cache) = cache {
                cache.touch(&key);
            }
            return Ok(Document { status: 200, kind: entry.kind, body: entry.body });
        }
        let kind = response.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if let Some(cache) = cache.filter(|_| response.status == 200) {
            let (etag, modified) = (response.header("etag"), response.header("last-modified"));
            cache.put(&key, etag, modified, &kind, &response.body);
        }
        Ok(Document { status: response.status, kind, body: response.body })
    }

    /// What was kept under a key of the caller's own, which must say of what state it is.
    pub fn recall(&self, key: &str) -> Option<Vec<u8>> {
        let entry = self.cache.as_ref()?.get(key)?;
        self.cache.as_ref()?.touch(key);
        self.kept.fetch_add(1, Ordering::Relaxed);
        Some(entry.body)
    }

    /// Keeps something under a key of the caller's own.
    pub fn remember(&self, key: &str, mark: &str, body: &[u8]) {
        if let Some(cache) = &self.cache {
            cache.put(key, Some(mark), None, "", body);
        }
    }

    /// Brings the cache back within its bounds. To be called once, when everything was asked.
    pub fn finish(&self) {
        if let Some(cache) = &self.cache {
            cache.trim();
        }
    }

    fn patiently(&self, request: &Request<'_>) -> Result<Response, String> {
        let server = origin(request.url).map(|(scheme, host, port)| format!("{scheme}://{host}:{port}"));
        let server = server.ok_or_else(|| format!("`{}` is no address", shown(request.url)))?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.still_worth(&server)?;
            let result = self.client.send(request);
            let (reason, pause) = match &result {
                Ok(response) if response.status == 429 || response.status >= 500 => {
                    let reason = format!("it answers with status {}", response.status);
                    (reason, retry_after(response))
                }
                Ok(_) => {
                    self.failures().remove(&server);
                    break result.map_err(|failure| failure.reason);
                }
                Err(Failure { reason, .. }) => (reason.clone(), None),
            };
            {
                let mut failures = self.failures();
                let known = failures.entry(server.clone()).or_default();
                *known = (known.0 + 1, reason.clone());
            }
            if attempt >= TRIES {
                return Err(reason);
            }
            let usual = backoff(attempt, Duration::from_millis(250), Duration::from_secs(5));
            let pause = pause.unwrap_or(usual).min(LONGEST_PAUSE);
            if Instant::now() + pause > self.until {
                return Err(reason);
            }
            std::thread::sleep(pause);
        }
    }

    /// An error if the server failed too often, or the time is up.
    fn still_worth(&self, server: &str) -> Result<(), String> {
        if Instant::now() > self.until {
            return Err(format!("it took more than {} seconds altogether", WHOLE.as_secs()));
        }
        match self.failures().get(server) {
            Some((number, reason)) if *number >= PATIENCE => Err(reason.clone()),
            _ => Ok(()),
        }
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, HashMap<String, (usize, String)>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pause that a server asks for, in seconds; dates are not understood, and the usual pause is then kept.
fn retry_after(response: &Response) -> Option<Duration> {
    response.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}
