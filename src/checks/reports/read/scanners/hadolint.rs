//! `hadolint -f json`. An empty list is what it writes when it finds nothing.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json;
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Problem {
    code: String,
    file: String,
    line: u32,
    level: String,
    message: String,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let problems: Vec<Problem> = json::read(bytes)?;
    let found = problems.iter().map(|problem| {
        Found::new(&problem.code, level(&problem.level), words::trimmed(&problem.message))
            .at(&problem.file, Some(problem.line))
    });
    Ok(evidence(Results::of("hadolint", Scope::NotSaid, found.collect())?))
}
