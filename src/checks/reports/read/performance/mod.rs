//! Reports of benchmarks and load tests.

pub mod criterion;
pub mod go_bench;
pub mod hyperfine;
pub mod k6;
pub mod pytest_benchmark;

use crate::checks::reports::model::measures::{Measure, Measures};
use crate::checks::reports::model::{Content, Evidence};
use crate::checks::reports::refusal::Refusal;

fn evidence(tool: &'static str, measures: Vec<Measure>) -> Result<Evidence, Refusal> {
    Ok(Evidence::of(Content::Measures(Measures::of(tool, measures)?)))
}

#[cfg(test)]
mod tests;
