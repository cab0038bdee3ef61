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

/// Reads text line by line, each of a bounded length.
fn lines(
    input: impl std::io::Read,
    mut each: impl FnMut(&str, u32) -> Result<(), Refusal>,
) -> Result<u32, Refusal> {
    use std::io::{BufRead as _, Read as _};
    /// Paths and names of functions; mangled ones have some thousands of characters.
    const MAX_LINE: u64 = 1 << 20;
    let mut input = std::io::BufReader::with_capacity(64 << 10, input);
    let mut buffer = Vec::new();
    let mut number = 0;
    loop {
        buffer.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut buffer);
        let read = read.map_err(|error| Refusal::Io(error.to_string()))?;
        if read == 0 {
            return Ok(number);
        }
        if read as u64 == MAX_LINE {
            return Err(Refusal::TooMuch(format!("a line in it is longer than {MAX_LINE} bytes")));
        }
        number += 1;
        let text = String::from_utf8_lossy(&buffer);
        each(text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']), number)?;
    }
}

#[cfg(test)]
mod tests;
