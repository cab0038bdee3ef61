//! One report on disk: found by a pattern, opened, recognised and read.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;

use super::detect::{self, detect};
use super::format::{Format, Input};
use super::model::Evidence;
use super::options::Group;
use super::refusal::Refusal;
use crate::checks::checksum::select::{self, PatternFault};

/// Bytes of a report that is read as a stream.
const MAX_STREAM: u64 = 2 << 30;

/// Bytes of a report that must be in memory as a whole.
const MAX_WHOLE: u64 = 256 << 20;

/// Reports of one group.
const MAX_REPORTS: usize = 10_000;

/// A report that is there.
#[derive(Clone, Debug)]
pub struct Found {
    /// Relative to the root.
    pub path: String,
    /// Where it is, without links.
    pub real: PathBuf,
    /// The format that it is said to have.
    pub format: Option<Format>,
}

/// What the patterns of a group come to.
#[derive(Debug, Default)]
pub struct Search {
    /// The reports, sorted by path.
    pub found: Vec<Found>,
    /// Patterns that mean no report: pattern, and what is wrong.
    pub missing: Vec<(String, String)>,
    /// Why there may be more.
    pub gaps: Vec<String>,
}

/// Looks for the reports of a group.
pub fn search(group: &Group, root: &std::path::Path) -> Search {
    let mut search = Search::default();
    let exclusions = group.patterns.iter().map(|(text, _)| text).filter(|text| text.starts_with('!'));
    let exclusions: Vec<String> = exclusions.cloned().collect();
    for (text, format) in group.patterns.iter().filter(|(text, _)| !text.starts_with('!')) {
        let patterns: Vec<String> = std::iter::once(text).chain(&exclusions).cloned().collect();
        let selection = select::select(&patterns, root);
        for (pattern, fault) in selection.faults {
            let what = match fault {
                PatternFault::NoMatch => "there is no such file".to_owned(),
                PatternFault::Outside => "it leads out of the repository".to_owned(),
                PatternFault::Invalid(why) => format!("it is no pattern: {why}"),
            };
            search.missing.push((pattern, what));
        }
        search
            .missing
            .extend(selection.refused.iter().map(|(name, reason)| (name.to_string(), reason.to_string())));
        search.gaps.extend(selection.gaps);
        let (files, below): (Vec<_>, Vec<_>) = selection.files.into_iter().partition(|file| file.by_itself);
        if files.is_empty() && !below.is_empty() {
            let what = format!("it is a folder; write `{}/*.xml`", text.trim_end_matches('/'));
            search.missing.push((text.clone(), what));
        }
        for file in files {
            let path = file.path.to_string();
            if !search.found.iter().any(|known| known.path == path) {
                search.found.push(Found { path, real: root.join(file.place()), format: *format });
            }
        }
        if search.found.len() > MAX_REPORTS {
            search.found.truncate(MAX_REPORTS);
            search.gaps.push(format!("more than {MAX_REPORTS} reports match; the rest was not read"));
            break;
        }
    }
    crate::sorted::by(&mut search.found, |a, b| a.path.cmp(&b.path));
    search
}

impl Found {
    /// Reads it.
    pub fn read(&self) -> Result<(Format, Evidence), Refusal> {
        let io = |error: std::io::Error| Refusal::Io(error.to_string());
        let mut file = File::open(&self.real).map_err(io)?;
        let mut head = Vec::new();
        file.by_ref().take(detect::HEAD as u64).read_to_end(&mut head).map_err(io)?;
        let format = match (self.format, self.detect(&head, &mut file)) {
            // What is empty or in another encoding is so in every format; an empty list is not.
            (_, Err(refusal @ (Refusal::Empty(_) | Refusal::Malformed { .. }))) if !is_list(&head) => {
                return Err(refusal);
            }
            (Some(format), _) => format,
            (None, detected) => detected?,
        };
        file.rewind().map_err(io)?;
        let limit = if format.is_stream() { MAX_STREAM } else { MAX_WHOLE };
        let size = file.metadata().map_err(io)?.len();
        if size > limit {
            return Err(Refusal::TooMuch(format!(
                "it has {} MiB, the limit is {} MiB",
                size >> 20,
                limit >> 20
            )));
        }
        let mut input = file.take(limit);
        let evidence = format.read(Input::Stream(&mut input))?;
        Ok((format, evidence))
    }

    /// Tells the format from the head; of JSON whose head does not tell, from all of it.
    fn detect(&self, head: &[u8], file: &mut File) -> Result<Format, Refusal> {
        let detected = detect(head);
        let is_json = head.trim_ascii_start().first() == Some(&b'{');
        if self.format.is_some()
            || !is_json
            || head.len() < detect::HEAD
            || !matches!(detected, Err(Refusal::Unknown(_)))
        {
            return detected;
        }
        let mut whole = head.to_vec();
        let rest = file.by_ref().take(MAX_WHOLE).read_to_end(&mut whole);
        rest.map_err(|error| Refusal::Io(error.to_string()))?;
        detect(&whole)
    }

    /// When the file was written, in seconds since 1970.
    pub fn written(&self) -> Option<i64> {
        let time = std::fs::metadata(&self.real).ok()?.modified().ok()?;
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    }
}

/// True for JSON that may be an empty list: what some tools write when they find nothing.
fn is_list(head: &[u8]) -> bool {
    head.trim_ascii_start().first() == Some(&b'[')
}
