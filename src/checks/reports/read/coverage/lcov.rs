//! LCOV tracefiles (`lcov`, `genhtml`, grcov, cargo-llvm-cov, c8, Istanbul, coverage.py, `dart test`).
//!
//! Facts are those of the manual page geninfo(1).

use std::io::Read;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::coverage::{File, Share};
use crate::checks::reports::read::lines::lines;
use crate::checks::reports::refusal::Refusal;

/// Reads a tracefile. Every section must be ended.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut files = Files::new();
    let mut open: Option<(String, File)> = None;
    let mut begun = false;
    let last = lines(input, |line, number| {
        let (key, value) = line.split_once(':').unwrap_or((line.trim(), ""));
        begun = key != "end_of_record" && (begun || !line.trim().is_empty());
        match (key, &mut open) {
            ("SF", None) => open = Some((value.trim().to_owned(), File::default())),
            ("SF", Some((path, _))) => {
                let message = format!("the section of `{path}` does not end with `end_of_record`");
                return Err(Refusal::Malformed { line: Some(number), message });
            }
            ("end_of_record", section) => {
                if let Some((path, mut file)) = section.take() {
                    let known = files.entry(path).or_default();
                    file.declared = None;
                    file.lines.iter().for_each(|(line, times)| known.hit(u64::from(*line), *times));
                    file.branches.iter().for_each(|(line, share)| known.branch(u64::from(*line), *share));
                }
            }
            ("DA", Some((_, file))) => {
                let mut parts = value.split(',');
                let at = parts.next().and_then(|at| at.trim().parse().ok());
                let times = parts.next().and_then(times);
                let (Some(at), Some(times)) = (at, times) else {
                    let message = format!("`{}` is no line of a tracefile", crate::excerpt::head(line, 80));
                    return Err(Refusal::Malformed { line: Some(number), message });
                };
                file.hit(at, times);
            }
            ("BRDA", Some((_, file))) => {
                let mut parts = value.split(',');
                let at: Option<u64> = parts.next().and_then(|at| at.trim().parse().ok());
                let taken = parts.nth(2).and_then(times).unwrap_or_default() > 0;
                if let Some(at) = at.and_then(|at| u32::try_from(at).ok()) {
                    let share = file.branches.entry(at).or_default();
                    *share = Share { covered: share.covered + u64::from(taken), all: share.all + 1 };
                }
            }
            ("DA" | "BRDA", None) => {
                let message = "a line is counted outside of every file (`SF:`)".to_owned();
                return Err(Refusal::Malformed { line: Some(number), message });
            }
            _ => {}
        }
        Ok(())
    })?;
    if let Some((path, _)) = open {
        let message = format!("the section of `{path}` does not end with `end_of_record`");
        return Err(Refusal::Truncated { line: last, message });
    }
    if begun && !files.is_empty() {
        let message = "after the last `end_of_record` a section begins that names no file".to_owned();
        return Err(Refusal::Truncated { line: last, message });
    }
    evidence(files, Vec::new(), None)
}

/// A number of times. Some writers have fractions, negative numbers of a broken counter, or `=====`.
fn times(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(times) if times.is_finite() => Some(times.max(0.0) as u64),
        _ if text.starts_with(['#', '=', '-']) => Some(0),
        _ => None,
    }
}
