//! Why a call to GitHub came to nothing, in kinds on which callers decide.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::Call;
use crate::http::Response;

/// Characters of the server's own words that are shown.
const MAX_WORDS: usize = 300;

/// Why a call came to nothing.
#[derive(Clone, Debug)]
pub enum Error {
    /// 404: there is no such thing, or the token may not see it.
    NotFound {
        /// What was asked.
        call: Call,
    },
    /// 401 or 403 that is no rate limit.
    Forbidden {
        /// What was asked.
        call: Call,
        /// False if nobody gave a token.
        had_token: bool,
        /// The server's words.
        said: String,
    },
    /// 409 or 422, or another status that says no.
    Refused {
        /// What was asked.
        call: Call,
        /// The status.
        status: u16,
        /// The server's words.
        said: String,
    },
    /// GraphQL answered with errors. A write may have happened all the same.
    Graphql {
        /// The kinds of its errors, such as `FORBIDDEN`.
        kinds: Vec<String>,
        /// What was asked.
        call: Call,
        /// The server's words.
        said: String,
    },
    /// Asked too often, and the wait is too long.
    RateLimited {
        /// What was asked.
        call: Call,
        /// How long the server wants to be left alone.
        wait: Duration,
    },
    /// A write whose answer was lost: it may have happened.
    Unclear {
        /// What was asked.
        call: Call,
        /// In words.
        reason: String,
    },
    /// No answer, and nothing can have happened.
    Unreachable {
        /// What was asked.
        call: Call,
        /// In words.
        reason: String,
    },
    /// An answer that cannot be read.
    Malformed {
        /// What was asked.
        call: Call,
        /// In words.
        reason: String,
    },
}

impl Error {
    pub(super) fn malformed(call: &Call, reason: String) -> Error {
        Error::Malformed { call: call.clone(), reason }
    }

    /// True for 404.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::NotFound { .. })
    }

    /// True if the token may not do it: forks and Dependabot have tokens that only read.
    pub fn is_forbidden(&self) -> bool {
        match self {
            Error::Forbidden { .. } => true,
            Error::Graphql { kinds, .. } => kinds.iter().any(|kind| kind == "FORBIDDEN"),
            _ => false,
        }
    }

    /// True if a write may have happened although it was not confirmed.
    pub fn is_unclear(&self) -> bool {
        match self {
            Error::Unclear { .. } | Error::Malformed { .. } | Error::Graphql { .. } => true,
            Error::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound { call } => write!(
                f,
                "GitHub knows no `{}`; if it exists, the token lacks the permission `{}`",
                path(call),
                call.permission
            ),
            Error::Forbidden { call, had_token: false, .. } => {
                write!(f, "`{}` needs a token with the permission `{}`", path(call), call.permission)
            }
            Error::Forbidden { call, said, .. } => write!(
                f,
                "the token may not use `{}`: it lacks the permission `{}` ({said}); tokens of forks and Dependabot \
                 only read",
                path(call),
                call.permission
            ),
            Error::Refused { call, status, said } => {
                write!(f, "GitHub refused `{}` with {status}: {said}", path(call))
            }
            Error::Graphql { call, said, .. } => {
                write!(f, "GitHub refused: {said} (needs the permission `{}`)", call.permission)
            }
            Error::RateLimited { wait, .. } => {
                write!(f, "GitHub was asked too often, and wants to be left alone for {} s", wait.as_secs())
            }
            Error::Unclear { call, reason } => {
                write!(f, "whether `{}` happened is not known: {reason}", path(call))
            }
            Error::Unreachable { reason, .. } => f.write_str(reason),
            Error::Malformed { call, reason } => write!(f, "`{}`: {reason}", path(call)),
        }
    }
}

impl std::error::Error for Error {}

/// The path without its query.
fn path(call: &Call) -> &str {
    call.path.split('?').next().unwrap_or_default()
}

/// The error that a status stands for.
pub(super) fn of(response: &Response, call: &Call, method: &str, had_token: bool) -> Error {
    let call = call.clone();
    let said = words(&response.body);
    match response.status {
        401 | 403 => Error::Forbidden { call, had_token, said },
        404 | 410 if method == "GET" => Error::NotFound { call },
        // GitHub hides what the token may not see behind 404, for writes too.
        404 => Error::NotFound { call },
        status if status >= 500 && method != "GET" => {
            Error::Unclear { call, reason: format!("the server answered {status}") }
        }
        status if status >= 500 => {
            Error::Unreachable { call, reason: format!("GitHub answered {status} again and again") }
        }
        301 | 302 | 307 | 308 => Error::Refused {
            call,
            status: response.status,
            said: "the repository has another name now; set GITHUB_REPOSITORY to it".to_owned(),
        },
        status => Error::Refused { call, status, said },
    }
}

pub(super) fn graphql(call: &Call, errors: &[Value]) -> Error {
    let text = |error: &Value, key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
    let said: Vec<String> = errors.iter().filter_map(|error| text(error, "message")).collect();
    let kinds = errors.iter().filter_map(|error| text(error, "type")).collect();
    Error::Graphql { kinds, call: call.clone(), said: cut(&said.join("; ")) }
}

/// What the server says in its `message` and `errors`.
fn words(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return "without saying why".to_owned();
    };
    let mut words = value.get("message").and_then(Value::as_str).unwrap_or("without saying why").to_owned();
    for error in value.get("errors").and_then(Value::as_array).into_iter().flatten() {
        if let Some(text) = error.as_str().or_else(|| error.get("message").and_then(Value::as_str)) {
            words += &format!("; {text}");
        }
    }
    cut(&words)
}

fn cut(text: &str) -> String {
    let mut cut: String =
        text.chars().take(MAX_WORDS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
