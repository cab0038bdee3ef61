//! `hyperfine --export-json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::evidence;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::measures::{Measure, Stated};
use crate::checks::reports::read::json::{self, any_text, or_default};
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    results: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    command: String,
    mean: Option<f64>,
    stddev: Option<f64>,
    #[serde(default, deserialize_with = "or_default")]
    times: Vec<f64>,
    #[serde(default, deserialize_with = "or_default")]
    exit_codes: Vec<Option<i32>>,
    #[serde(default, deserialize_with = "or_default")]
    parameters: BTreeMap<String, Parameter>,
}

#[derive(Deserialize)]
struct Parameter(#[serde(deserialize_with = "any_text")] String);

/// Reads a report. Times of a command that failed are those of its failure.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let mut measures = Vec::new();
    for run in document.results {
        if run.exit_codes.iter().any(|code| *code != Some(0)) {
            let message =
                format!("`{}` failed while it was measured", crate::excerpt::head(&run.command, 200));
            return Err(Refusal::malformed(message));
        }
        let parameters: Vec<String> =
            run.parameters.iter().map(|(name, value)| format!("{name}={}", value.0)).collect();
        // The command of a parameter scan holds the value already.
        let is_shown =
            parameters.is_empty() || run.parameters.values().all(|value| run.command.contains(&value.0));
        let name =
            if is_shown { run.command } else { format!("{} ({})", run.command, parameters.join(", ")) };
        measures.push(match run.times.is_empty() {
            false => Measure::of_samples(name, "s", run.times),
            true => Measure::stated(
                name,
                "s",
                Stated { mean: run.mean, deviation: run.stddev, ..Stated::default() },
            ),
        });
    }
    evidence("hyperfine", measures)
}
