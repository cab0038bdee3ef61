//! JSON of `llvm-cov export` (clang, cargo-llvm-cov, Swift).
//!
//! Lines are made of segments as LLVM itself does (`LineCoverageStats`, llvm/lib/ProfileData/Coverage).

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Files, evidence};
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::coverage::{File, Share};
use crate::checks::reports::read::json;
use crate::checks::reports::refusal::Refusal;

/// Lines that one segment may reach over.
const MAX_REACH: u64 = 1_000_000;

#[derive(Deserialize)]
struct Document {
    data: Vec<Export>,
}

#[derive(Deserialize)]
struct Export {
    #[serde(default)]
    files: Vec<ExportFile>,
}

#[derive(Deserialize)]
struct ExportFile {
    filename: String,
    #[serde(default)]
    segments: Vec<Segment>,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: Counted,
}

#[derive(Deserialize)]
struct Counted {
    count: u64,
    covered: u64,
}

/// Line, column, count, has a count, starts a region, is a gap (absent in old versions).
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Segment {
    Six(u64, IgnoredAny, serde_json::Number, bool, bool, bool),
    Five(u64, IgnoredAny, serde_json::Number, bool, bool),
}

#[derive(Clone, Copy)]
struct Step {
    line: u64,
    count: u64,
    has_count: bool,
    is_entry: bool,
    is_gap: bool,
}

impl Segment {
    fn step(&self) -> Step {
        let (line, count, has_count, is_entry, is_gap) = match self {
            Segment::Six(line, _, count, has, entry, gap) => (*line, count, *has, *entry, *gap),
            Segment::Five(line, _, count, has, entry) => (*line, count, *has, *entry, false),
        };
        let count = count.as_u64().unwrap_or_default();
        Step { line, count, has_count, is_entry, is_gap }
    }
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Document = json::read(bytes)?;
    let mut files = Files::new();
    for read in document.data.into_iter().flat_map(|export| export.files) {
        let file = files.entry(read.filename).or_default();
        let lines = read.summary.lines;
        file.declared = Some(Share { covered: lines.covered.min(lines.count), all: lines.count });
        let steps: Vec<Step> = read.segments.iter().map(Segment::step).collect();
        count_lines(&steps, file)?;
    }
    evidence(files, Vec::new(), None)
}

/// The count of each line that something on it has, or that something reaches over.
fn count_lines(steps: &[Step], file: &mut File) -> Result<(), Refusal> {
    let mut wrapped: Option<Step> = None;
    let mut at = 0;
    while let Some(first) = steps.get(at) {
        let on_line = steps[at..].iter().take_while(|step| step.line == first.line).count();
        let here = &steps[at..at + on_line];
        count_line(first.line, here, wrapped, file);
        wrapped = here.last().copied();
        at += on_line;
        let Some(next) = steps.get(at) else { break };
        if next.line < first.line || next.line - first.line > MAX_REACH {
            return Err(Refusal::malformed("segments of a file are not in order"));
        }
        (first.line + 1..next.line).for_each(|line| count_line(line, &[], wrapped, file));
    }
    Ok(())
}

fn count_line(line: u64, here: &[Step], wrapped: Option<Step>, file: &mut File) {
    let starts = |step: &&Step| !step.is_gap && step.has_count && step.is_entry;
    let skipped_start = here.first().is_some_and(|step| !step.has_count && step.is_entry);
    let reached = wrapped.is_some_and(|step| step.has_count);
    let mapped = !skipped_start && (reached || here.iter().any(|step| starts(&step)));
    if !mapped {
        return;
    }
    let over = wrapped.filter(|step| step.has_count).map(|step| step.count);
    let most = here.iter().filter(starts).map(|step| step.count).chain(over).max();
    file.hit(line, most.unwrap_or_default());
}
