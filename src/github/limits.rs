//! Rate limits: whether an answer says "asked too often", and how long it wants to be left alone.
//!
//! Rules of GitHub's documentation: `retry-after` first; then, if `x-ratelimit-remaining` is 0, until
//! `x-ratelimit-reset`; otherwise a minute at least, longer each time.

use std::time::Duration;

use crate::http::Response;

/// What is waited where the server says nothing.
const MINUTE: Duration = Duration::from_secs(60);

/// How long to wait before the same request; `None` if the answer is no rate limit. `now` in seconds since 1970.
pub fn wait(response: &Response, attempt: u32, now: i64) -> Option<Duration> {
    if !matches!(response.status, 403 | 429) {
        return None;
    }
    let number = |name: &str| response.header(name)?.trim().parse::<i64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds.max(0).unsigned_abs()));
    }
    if number("x-ratelimit-remaining") == Some(0) {
        // A second more: clocks differ.
        let seconds = number("x-ratelimit-reset").map_or(60, |reset| reset.saturating_sub(now).max(0) + 1);
        return Some(Duration::from_secs(seconds.unsigned_abs()));
    }
    let text = response.text().to_ascii_lowercase();
    let secondary = response.status == 429 || text.contains("secondary rate limit") || text.contains("abuse");
    secondary.then(|| MINUTE.saturating_mul(1 << (attempt - 1).min(6)))
}
