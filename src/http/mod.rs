//! HTTP for everything that leaves this machine: bounded in time and size, tokens for one server only.
//!
//! Redirects are followed by hand and for reads only, so that a credential never reaches another origin and a write
//! never happens somewhere else. Reads are tried again; what may be tried again otherwise, the caller knows.

mod address;
mod credential;
mod pause;
mod proxy;
mod resolve;
mod tls;

use std::sync::OnceLock;
use std::time::Duration;

use ureq::http::{self, Uri};

use crate::environment::Environment;

pub use address::{origin, shown};
pub use credential::Credential;
pub use pause::backoff;

/// Bounds of a request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest time for a request with its answer.
    pub total: Duration,
    /// Largest body of an answer, in bytes.
    pub body: u64,
    /// How often a read is tried.
    pub tries: u32,
    /// First pause between two tries; it doubles, with jitter, up to [`Limits::longest_pause`].
    pub pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// Connections to one server that are kept for the next request.
    pub idle: usize,
    /// How many redirects of a read are followed; none lets the caller see the redirect.
    pub redirects: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
            body: 32 << 20,
            tries: 5,
            pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(5),
            idle: 3,
            redirects: 5,
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Absolute address.
    pub url: &'a str,
    /// Headers besides the authorization.
    pub headers: &'a [(&'static str, &'a str)],
    /// Proves who asks; sent to the origin of `url` only.
    pub credential: Option<&'a Credential>,
    /// Body and its type.
    pub body: Option<(&'a str, &'a [u8])>,
}

impl<'a> Request<'a> {
    /// A read without headers.
    pub fn get(url: &'a str) -> Request<'a> {
        Request { method: "GET", url, headers: &[], credential: None, body: None }
    }

    fn is_read(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    headers: http::HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// A header, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// True for 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text; bytes that are no text are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where to, without credentials and query.
    pub url: String,
    /// In words.
    pub reason: String,
    /// False if the request cannot have reached the server. A write that may have reached it may have happened.
    pub may_have_arrived: bool,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cannot be reached: {}", self.url, self.reason)
    }
}

impl std::error::Error for Failure {}

/// Sends requests.
pub struct Client {
    limits: Limits,
    proxies: proxy::Proxies,
    extra_roots: Option<std::path::PathBuf>,
    plain: ureq::Agent,
    secure: OnceLock<Result<ureq::Agent, String>>,
}

impl Client {
    /// A client with the proxies and authorities of the environment.
    pub fn of(environment: &Environment, limits: Limits) -> Client {
        Client {
            limits,
            proxies: proxy::Proxies::of(environment),
            extra_roots: environment.non_empty("NODE_EXTRA_CA_CERTS").map(Into::into),
            plain: agent(&limits, None),
            secure: OnceLock::new(),
        }
    }

    /// The bounds.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sends a request. A read is tried again when the server fails or cannot be reached.
    pub fn send(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let tries = if request.is_read() { self.limits.tries.max(1) } else { 1 };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let result = self.follow(request);
            let again = match &result {
                Ok(response) => matches!(response.status, 500 | 502 | 503 | 504),
                Err(failure) => failure.may_have_arrived || failure.reason != proxy::UNUSABLE,
            };
            if !again || attempt >= tries {
                return result;
            }
            std::thread::sleep(backoff(attempt, self.limits.pause, self.limits.longest_pause));
        }
    }

    /// Sends a request once, and follows redirects of reads.
    fn follow(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let mut url = request.url.to_owned();
        let start = origin(&url);
        for hop in 0..=self.limits.redirects {
            let credential = request.credential.filter(|_| origin(&url).is_some() && origin(&url) == start);
            let response = self.once(&Request { url: &url, credential, ..request.clone() })?;
            let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            if !is_redirect || !request.is_read() || self.limits.redirects == 0 {
                return Ok(response);
            }
            let target = response.header("location").and_then(|target| address::join(&url, target));
            url = match target {
                _ if hop == self.limits.redirects => {
                    let reason = format!("more than {} redirects", self.limits.redirects);
                    return Err(failure(&url, reason, true));
                }
                // What began encrypted stays so.
                Some(next) if url.starts_with("https:") && !next.starts_with("https:") => {
                    return Err(failure(&url, "it redirects to an address without TLS".to_owned(), true));
                }
                Some(next) => next,
                None => return Ok(response),
            };
        }
        Err(failure(&url, "too many redirects".to_owned(), true))
    }

    fn once(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let wrong = |reason: String| failure(request.url, reason, false);
        let uri: Uri = request.url.parse().map_err(|_| wrong("this is no address".to_owned()))?;
        let agent = match uri.scheme_str() {
            Some("http") => &self.plain,
            Some("https") => self
                .secure
                .get_or_init(|| Ok(agent(&self.limits, Some(tls::config(self.extra_roots.as_deref())?))))
                .as_ref()
                .map_err(|reason| wrong(reason.clone()))?,
            _ => return Err(wrong("only http and https are spoken here".to_owned())),
        };
        let mut built = http::Request::builder().method(request.method).uri(&uri);
        for (name, value) in request.headers {
            built = built.header(*name, *value);
        }
        if let Some(credential) = request.credential {
            built = built.header("authorization", credential.header());
        }
        let proxy = self.proxies.for_uri(&uri).map_err(&wrong)?;
        let sent = match request.body {
            None => {
                let whole = built.body(()).map_err(|_| wrong("a header cannot be sent".to_owned()))?;
                agent.run(agent.configure_request(whole).proxy(proxy).build())
            }
            Some((kind, bytes)) => {
                let whole = built.header("content-type", kind).body(bytes);
                let whole = whole.map_err(|_| wrong("a header cannot be sent".to_owned()))?;
                agent.run(agent.configure_request(whole).proxy(proxy).build())
            }
        };
        let response = sent.map_err(|error| in_words(request.url, &error))?;
        let (parts, body) = response.into_parts();
        let body = body.into_with_config().limit(self.limits.body).read_to_vec();
        let body =
            body.map_err(|error| Failure { may_have_arrived: true, ..in_words(request.url, &error) })?;
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

fn agent(limits: &Limits, tls: Option<ureq::tls::TlsConfig>) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(limits.connect))
        .timeout_global(Some(limits.total))
        .proxy(None)
        .max_idle_connections(limits.idle.max(10))
        .max_idle_connections_per_host(limits.idle)
        .user_agent(concat!("ci-guard/", env!("CARGO_PKG_VERSION")))
        .max_response_header_size(256 << 10);
    let config = match tls {
        Some(tls) => config.tls_config(tls),
        None => config,
    };
    let connector = ureq::unversioned::transport::DefaultConnector::default();
    ureq::Agent::with_parts(config.build(), connector, resolve::Remembering::default())
}

fn failure(url: &str, reason: String, may_have_arrived: bool) -> Failure {
    Failure { url: shown(url), reason, may_have_arrived }
}

/// The library's own words may hold an address with its query; these do not.
fn in_words(url: &str, error: &ureq::Error) -> Failure {
    use std::io::ErrorKind;
    use ureq::{Error, Timeout};
    let refused = |error: &std::io::Error| {
        matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::AddrNotAvailable)
    };
    let (reason, arrived) = match error {
        Error::HostNotFound => ("its name cannot be resolved".to_owned(), false),
        Error::ConnectionFailed => ("no connection".to_owned(), false),
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => ("no connection in time".to_owned(), false),
        Error::Timeout(_) => ("no answer in time".to_owned(), true),
        Error::Io(error) if refused(error) => ("the connection was refused".to_owned(), false),
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            // What TLS does not like comes as an error of reading. Nothing is sent to who cannot show who it is.
            let words = error.get_ref().map_or_else(|| error.to_string(), ToString::to_string);
            let arrived = !words.starts_with("invalid peer certificate");
            (format!("TLS: {words}"), arrived)
        }
        Error::Io(error) => (format!("the connection broke: {}", error.kind()), true),
        Error::ConnectProxyFailed(_) => ("the proxy does not let it through".to_owned(), false),
        Error::BodyExceedsLimit(limit) => (format!("its answer is larger than {limit} bytes"), true),
        Error::Rustls(error) => (format!("TLS: {error}"), false),
        Error::Tls(words) => (format!("TLS: {words}"), false),
        Error::Protocol(_) => ("its answer is no HTTP".to_owned(), true),
        _ => ("the request failed".to_owned(), true),
    };
    failure(url, reason, arrived)
}
