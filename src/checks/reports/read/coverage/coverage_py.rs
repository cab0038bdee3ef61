//! JSON of coverage.py (`coverage json`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::coverage::Share;
use crate::checks::reports::read::json;
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Document {
    meta: Meta,
    files: BTreeMap<String, File>,
}

#[derive(Deserialize)]
struct Meta {
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct File {
    executed_lines: Vec<u64>,
    missing_lines: Vec<u64>,
    #[serde(default)]
    executed_branches: Vec<[i64; 2]>,
    #[serde(default)]
    missing_branches: Vec<[i64; 2]>,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let mut files = Files::new();
    for (path, read) in document.files {
        let file = files.entry(path).or_default();
        read.executed_lines.iter().for_each(|line| file.hit(*line, 1));
        read.missing_lines.iter().for_each(|line| file.hit(*line, 0));
        let executed = read.executed_branches.iter().map(|branch| (branch, 1));
        for (branch, covered) in executed.chain(read.missing_branches.iter().map(|branch| (branch, 0))) {
            let Ok(line) = u32::try_from(branch[0]) else { continue };
            let share = file.branches.entry(line).or_default();
            *share = Share { covered: share.covered + covered, all: share.all + 1 };
        }
    }
    evidence(files, Vec::new(), document.meta.timestamp)
}
