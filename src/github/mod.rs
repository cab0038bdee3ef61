//! The client of GitHub's API, for github.com and enterprise servers alike.
//!
//! Reads are tried again; writes are sent once, and one whose answer is lost is [`Error::Unclear`]: whoever wrote
//! re-reads and decides. What was refused for its rate was not done, so it is sent again when the server says so. A
//! 403 names the permission that the token lacks.

mod error;
mod limits;
mod link;
pub mod model;
mod reads;
mod writes;

use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::environment::Environment;
use crate::http::{Client, Credential, Limits, Request, Response, origin};

pub use error::Error;
pub use writes::{NewStatus, StatusState};

/// What GitHub's own description and its servers take.
const ACCEPT: &str = "application/vnd.github+json, application/json;q=0.9";

/// The version of the API that the answers are read as; supported until March 2028 at least.
const API_VERSION: &str = "2022-11-28";

/// Pages of a list that are read, a hundred entries each.
const MAX_PAGES: usize = 50;

/// Everything but letters, digits and these stands in paths as `%XX`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is asked for, and the permission that it takes.
#[derive(Clone, Debug)]
pub struct Call {
    /// Path below the API's address, with its query.
    pub path: String,
    /// The permission as workflows write it, such as `statuses: write`.
    pub permission: &'static str,
}

impl Call {
    /// A call.
    pub fn new(path: impl Into<String>, permission: &'static str) -> Call {
        Call { path: path.into(), permission }
    }
}

/// One part of a path, encoded: a branch may be called `feature/x`.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// GitHub, for one repository.
pub struct GitHub {
    http: Client,
    api: String,
    graphql: String,
    token: Option<Credential>,
    /// `owner/name`
    pub repository: String,
    /// The longest that is waited, in all, for a rate limit to end.
    patience: Duration,
}

impl GitHub {
    /// The server, token and repository that the environment names: `GITHUB_API_URL`, `GITHUB_GRAPHQL_URL`,
    /// `INPUT_TOKEN`, `GITHUB_TOKEN` or `GH_TOKEN`, and `GITHUB_REPOSITORY`.
    pub fn of(environment: &Environment) -> Result<GitHub, String> {
        let repository = environment.non_empty("GITHUB_REPOSITORY").unwrap_or_default();
        GitHub::for_repository(environment, repository)
    }

    /// The same for a repository that is named otherwise.
    pub fn for_repository(environment: &Environment, repository: &str) -> Result<GitHub, String> {
        GitHub::with_limits(environment, repository, Limits::default())
    }

    /// The same with other bounds.
    pub fn with_limits(
        environment: &Environment,
        repository: &str,
        limits: Limits,
    ) -> Result<GitHub, String> {
        let is_name = |part: &str| !part.is_empty() && !matches!(part, "." | "..") && segment(part) == part;
        match repository.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => {}
            _ if repository.is_empty() => {
                return Err("which repository is not known: set GITHUB_REPOSITORY to `owner/name`".to_owned());
            }
            _ => return Err("GITHUB_REPOSITORY is not of the form `owner/name`".to_owned()),
        }
        let address = |name: &str, default: &str| {
            environment.non_empty(name).unwrap_or(default).trim_end_matches('/').to_owned()
        };
        let api = address("GITHUB_API_URL", "https://api.github.com");
        // An enterprise server has its REST below `/api/v3` and its GraphQL beside it.
        let beside = api.strip_suffix("/v3").map_or(format!("{api}/graphql"), |api| format!("{api}/graphql"));
        let graphql = address("GITHUB_GRAPHQL_URL", &beside);
        for url in [&api, &graphql] {
            if origin(url).is_none() {
                return Err("GITHUB_API_URL or GITHUB_GRAPHQL_URL is no address".to_owned());
            }
        }
        let tokens = ["INPUT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];
        let token = tokens.iter().find_map(|name| environment.non_empty(name)).map(Credential::bearer);
        Ok(GitHub {
            // A write that is redirected did not happen; a read follows.
            http: Client::of(environment, limits),
            api,
            graphql,
            token,
            repository: repository.to_owned(),
            patience: limits.total.saturating_mul(4),
        })
    }

    /// True if there is a token.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// A call below `/repos/{owner}/{repo}`.
    pub fn call(&self, path: impl std::fmt::Display, permission: &'static str) -> Call {
        Call::new(format!("/repos/{}{path}", self.repository), permission)
    }

    /// Reads one document.
    pub fn get<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let response = self.exchange("GET", &format!("{}{}", self.api, call.path), None, call)?;
        read(&response, call)
    }

    /// Reads all pages of a list; `pick` finds the entries of a page.
    pub fn list<T: DeserializeOwned>(&self, call: &Call, key: Option<&str>) -> Result<Vec<T>, Error> {
        let separator = if call.path.contains('?') { '&' } else { '?' };
        let mut next = Some(format!("{}{}{separator}per_page=100", self.api, call.path));
        let mut all = Vec::new();
        let mut pages = 0;
        while let Some(url) = next {
            pages += 1;
            if pages > MAX_PAGES {
                return Err(Error::malformed(call, format!("the list has more than {MAX_PAGES} pages")));
            }
            let response = self.exchange("GET", &url, None, call)?;
            let page: Value = read(&response, call)?;
            let entries = match key {
                Some(key) => page.get(key),
                None => Some(&page),
            };
            let entries = entries.and_then(Value::as_array);
            let entries = entries.ok_or_else(|| Error::malformed(call, "the list is missing".to_owned()))?;
            for entry in entries {
                let entry = T::deserialize(entry).map_err(|error| Error::malformed(call, error.to_string()));
                all.push(entry?);
            }
            next = response.header("link").and_then(link::next).map(str::to_owned);
            // The token goes to the server that was asked, whatever a page says.
            if next.as_deref().is_some_and(|next| origin(next) != origin(&self.api)) {
                return Err(Error::malformed(call, "the next page is on another server".to_owned()));
            }
        }
        Ok(all)
    }

    /// Writes, and reads what the server answers.
    pub fn write<T: DeserializeOwned>(
        &self,
        method: &'static str,
        call: &Call,
        body: &Value,
    ) -> Result<T, Error> {
        let response = self.exchange(
            method,
            &format!("{}{}", self.api, call.path),
            Some(body).filter(|body| !body.is_null()),
            call,
        )?;
        read(&response, call)
    }

    /// Asks GraphQL. What it answers under `errors` is [`Error::Graphql`].
    pub fn graphql(
        &self,
        query: &str,
        variables: &Value,
        permission: &'static str,
        writes: bool,
    ) -> Result<Value, Error> {
        let call = Call::new("/graphql", permission);
        let body = json!({"query": query, "variables": variables});
        let response =
            self.exchange("POST", &self.graphql, Some(&body), &call).map_err(|error| match error {
                Error::Unclear { call, reason } if !writes => Error::Unreachable { call, reason },
                error => error,
            })?;
        let answer: Value = read(&response, &call)?;
        match answer.get("errors").and_then(Value::as_array).filter(|errors| !errors.is_empty()) {
            Some(errors) => Err(error::graphql(&call, errors)),
            None => Ok(answer.get("data").cloned().unwrap_or(Value::Null)),
        }
    }

    /// Sends, and waits where the server says that it was asked too often.
    fn exchange(
        &self,
        method: &'static str,
        url: &str,
        body: Option<&Value>,
        call: &Call,
    ) -> Result<Response, Error> {
        let headers = [("accept", ACCEPT), ("x-github-api-version", API_VERSION)];
        let bytes = body.map(|body| body.to_string().into_bytes());
        let body = bytes.as_ref().map(|bytes| ("application/json", bytes.as_slice()));
        let request = Request { method, url, headers: &headers, credential: self.token.as_ref(), body };
        let start = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let response = match self.http.send(&request) {
                Ok(response) => response,
                Err(failure) if method != "GET" && failure.may_have_arrived => {
                    return Err(Error::Unclear { call: call.clone(), reason: failure.to_string() });
                }
                Err(failure) => {
                    return Err(Error::Unreachable { call: call.clone(), reason: failure.to_string() });
                }
            };
            if response.is_success() {
                return Ok(response);
            }
            let now = jiff::Timestamp::now().as_second();
            match limits::wait(&response, attempt, now) {
                Some(wait) if start.elapsed() + wait <= self.patience => std::thread::sleep(wait),
                Some(wait) => return Err(Error::RateLimited { call: call.clone(), wait }),
                None => return Err(error::of(&response, call, method, self.has_token())),
            }
        }
    }
}

fn read<T: DeserializeOwned>(response: &Response, call: &Call) -> Result<T, Error> {
    let body: &[u8] = if response.body.is_empty() { b"null" } else { &response.body };
    serde_json::from_slice(body).map_err(|error| {
        // A broken answer to a write says nothing about whether it happened.
        Error::malformed(call, format!("the answer cannot be read: {error}"))
    })
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GitHub({} at {})", self.repository, crate::http::shown(&self.api))
    }
}
