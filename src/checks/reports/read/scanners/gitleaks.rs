//! `gitleaks --report-format json`. An empty list is what it writes when it finds nothing.

use serde::Deserialize;

use super::evidence;
use crate::advisory::Level;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::read::json;
use crate::checks::reports::read::words;
use crate::checks::reports::refusal::Refusal;

/// `Match`, `Secret` and `Line` hold the secret; they are never read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Leak {
    #[serde(rename = "RuleID")]
    rule: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    start_line: u32,
    #[serde(default)]
    commit: String,
    fingerprint: Option<String>,
}

/// Reads a report. A secret that leaked is critical, whatever it opens.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let leaks: Vec<Leak> = json::read(bytes)?;
    let found = leaks.iter().map(|leak| {
        let commit = crate::excerpt::head(&leak.commit, 12);
        let place = if commit.is_empty() { String::new() } else { format!(" in commit {commit}") };
        let words = words::trimmed(&leak.description);
        let found =
            Found::new(&leak.rule, Some(Level::Critical), format!("{}{place}", words.trim_end_matches('.')));
        Found { fingerprint: leak.fingerprint.clone(), ..found }
            .at(&leak.file, Some(leak.start_line))
            .secret()
    });
    Ok(evidence(Results::of("gitleaks", Scope::NotSaid, found.collect())?))
}
