//! `semgrep scan --json`.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    results: Vec<Match>,
    #[serde(default, deserialize_with = "or_default")]
    errors: Vec<Failure>,
    paths: Paths,
}

#[derive(Deserialize)]
struct Paths {
    #[serde(default, deserialize_with = "or_default")]
    scanned: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    level: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Match {
    check_id: String,
    path: String,
    start: Start,
    extra: Extra,
}

#[derive(Deserialize)]
struct Start {
    line: u32,
}

/// The lines that match are never read: they may hold a secret.
#[derive(Deserialize)]
struct Extra {
    #[serde(default)]
    message: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    is_ignored: bool,
}

/// Reads a report. Errors of level `warn` (a file that was parsed in part) are common and no failure.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let errors = document.errors.iter().filter(|error| error.level == "error");
    let problems = errors.map(|error| words::trimmed(&error.message)).collect();
    let (ignored, open): (Vec<&Match>, Vec<&Match>) =
        document.results.iter().partition(|found| found.extra.is_ignored);
    let found = open.iter().map(|found| {
        Found::new(&found.check_id, level(&found.extra.severity), words::trimmed(&found.extra.message))
            .at(&found.path, Some(found.start.line))
    });
    let scope = Scope::Counted(document.paths.scanned.len() as u64);
    let results = Results::of("semgrep", scope, found.collect())?;
    Ok(evidence(results.with_problems(problems).with_accepted(ignored.len())))
}
