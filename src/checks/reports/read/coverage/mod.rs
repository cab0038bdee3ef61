//! Coverage reports.

pub mod clover;
pub mod cobertura;
pub mod coverage_py;
pub mod go;
pub mod jacoco;
pub mod lcov;
pub mod llvm;

use std::collections::BTreeMap;

use crate::checks::reports::model::coverage::{Coverage, File};
use crate::checks::reports::model::{Content, Evidence};
use crate::checks::reports::refusal::Refusal;

/// Files by path, while a report is read.
type Files = BTreeMap<String, File>;

fn evidence(files: Files, sources: Vec<String>, made: Option<String>) -> Result<Evidence, Refusal> {
    Ok(Evidence::of(Content::Coverage(Coverage::of(files, sources)?)).made(made))
}

#[cfg(test)]
mod tests;
