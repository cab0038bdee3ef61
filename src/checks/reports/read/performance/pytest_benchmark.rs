//! `pytest --benchmark-json`.

use serde::Deserialize;

use super::evidence;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::measures::{Measure, Stated};
use crate::checks::reports::read::json::{self, or_default};
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    benchmarks: Vec<Benchmark>,
    datetime: Option<String>,
}

#[derive(Deserialize)]
struct Benchmark {
    fullname: String,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    mean: Option<f64>,
    stddev: Option<f64>,
    median: Option<f64>,
    rounds: Option<u64>,
    /// Only with `--benchmark-save-data`, and in the report itself.
    #[serde(default, deserialize_with = "or_default")]
    data: Vec<f64>,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let measures = document.benchmarks.into_iter().map(|Benchmark { fullname, stats }| {
        if !stats.data.is_empty() {
            return Measure::of_samples(fullname, "s", stats.data);
        }
        let percentiles = stats.median.map(|median| (50.0, median)).into_iter().collect();
        let Stats { mean, stddev: deviation, rounds: number, .. } = stats;
        Measure::stated(fullname, "s", Stated { mean, deviation, number, percentiles })
    });
    Ok(evidence("pytest-benchmark", measures.collect())?.made(document.datetime))
}
