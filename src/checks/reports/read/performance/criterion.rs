//! `sample.json` of criterion (`target/criterion/<benchmark>/new/sample.json`): iterations and times of each sample.

use serde::Deserialize;

use super::evidence;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::measures::Measure;
use crate::checks::reports::read::json;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// Reads a report. Times are nanoseconds of all iterations of a sample. The file does not name its benchmark; its
/// folder does.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    if document.iters.len() != document.times.len() {
        return Err(Refusal::malformed("it has not as many times as samples"));
    }
    let samples = document.times.iter().zip(&document.iters).map(|(time, number)| time / number / 1e9);
    evidence("criterion", vec![Measure::of_samples("", "s", samples.collect())])
}
