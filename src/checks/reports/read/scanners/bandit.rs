//! `bandit -f json`.

use serde::Deserialize;

use super::{evidence, level};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

/// Tests that find passwords.
const PASSWORDS: [&str; 3] = ["B105", "B106", "B107"];

#[derive(Deserialize)]
struct Document {
    #[serde(default, deserialize_with = "or_default")]
    errors: Vec<Failure>,
    generated_at: Option<String>,
    metrics: Metrics,
    results: Vec<Issue>,
}

#[derive(Deserialize)]
struct Failure {
    filename: String,
    reason: String,
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(rename = "_totals")]
    totals: Totals,
}

#[derive(Deserialize)]
struct Totals {
    loc: u64,
}

#[derive(Deserialize)]
struct Issue {
    filename: String,
    line_number: u32,
    test_id: String,
    issue_text: String,
    issue_severity: String,
}

/// Reads a report. Without a line of code bandit looked at nothing.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let problems = document
        .errors
        .iter()
        .map(|error| format!("`{}`: {}", error.filename, words::trimmed(&error.reason)));
    let problems: Vec<String> = problems.collect();
    let found = document.results.iter().map(|issue| {
        let words = words::trimmed(&issue.issue_text);
        let found = Found::new(&issue.test_id, level(&issue.issue_severity), words)
            .at(issue.filename.trim_start_matches("./"), Some(issue.line_number));
        if PASSWORDS.contains(&issue.test_id.as_str()) { found.secret() } else { found }
    });
    let scope = Scope::Counted(document.metrics.totals.loc);
    let results = Results::of("bandit", scope, found.collect())?;
    Ok(evidence(results.with_problems(problems)).made(document.generated_at))
}
