//! The history of runs: one line of JSON for each, each naming the hash of the line before it. It shows how often in
//! a row a check was clean, before the check may block.

pub mod place;
pub mod progress;
pub mod record;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes of a history that is read: some hundred thousand runs.
pub const MAX_BYTES: u64 = 64 << 20;

/// The version of the format that is written.
const SCHEMA: u32 = 1;

/// Seconds by which a run may be older than the one before it: clocks differ, and runs end in any order.
const SKEW: i64 = 86_400;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Version of the format.
    pub schema: u32,
    /// When it was recorded, RFC 3339.
    #[serde(serialize_with = "show", deserialize_with = "parse")]
    pub at: Timestamp,
    /// The commit that was judged.
    pub commit: String,
    /// The branch that it was on, such as `refs/heads/main`; empty if nobody knows.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Number of the workflow run; empty outside of GitHub Actions.
    pub run: String,
    /// Attempt of the run.
    pub attempt: String,
    /// Version of ci-guard.
    pub version: String,
    /// What the run came to: `pass`, `fail` or `error`.
    pub verdict: String,
    /// The checks that took part.
    pub checks: BTreeMap<String, Ended>,
    /// SHA-256 of the line before, in hex; 64 zeros in the first.
    pub previous: String,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// In the words of the JSON report.
    pub outcome: Outcome,
    /// Open errors and warnings, by rule. Notes are not kept: they never block.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub open: BTreeMap<String, Open>,
}

/// How a check ended, in the words of the JSON report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It looked and found nothing.
    Pass,
    /// It found something, be it notes only.
    Findings,
    /// There was nothing to look at.
    NotApplicable,
    /// It could not look.
    NotVerified,
}

/// Open findings of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Errors.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub error: usize,
    /// Warnings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warning: usize,
}

fn show<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn parse<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom("`at` is no time"))
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// All runs, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The runs.
    pub lines: Vec<Line>,
    /// What the next line names as the one before it.
    next: Option<String>,
}

/// Why a history is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} {}", self.line, self.why)
    }
}

impl History {
    /// Reads a history, and proves that each line follows the one before it.
    pub fn parse(text: &str) -> Result<History, Broken> {
        let mut history = History::default();
        let mut attempts: HashMap<(String, String), u32> = HashMap::new();
        for (number, text) in text.split_inclusive('\n').enumerate() {
            let line = u32::try_from(number + 1).unwrap_or(u32::MAX);
            let broken = |why: String| Err(Broken { line, why });
            let Some(text) = text.strip_suffix('\n') else {
                return broken("is cut off: it does not end with a line break".to_owned());
            };
            let text = text.strip_suffix('\r').unwrap_or(text);
            let read: Line = match serde_json::from_str(text) {
                Ok(read) => read,
                Err(error) => return broken(format!("is no record of a run: {}", plain(&error))),
            };
            if read.schema > SCHEMA {
                return broken(format!("was written by a newer ci-guard (schema {})", read.schema));
            }
            if read.previous != history.previous() {
                return broken(match number {
                    0 => "is not the first that was written: lines before it were taken out".to_owned(),
                    _ => format!(
                        "does not follow line {number}: one of them was changed, or lines between them were taken out"
                    ),
                });
            }
            if let Some(last) = history.lines.last()
                && read.at.as_second() < last.at.as_second().saturating_sub(SKEW)
            {
                return broken(format!("is older than line {number}"));
            }
            if !read.run.is_empty() {
                let key = (read.run.clone(), read.attempt.clone());
                if let Some(first) = attempts.insert(key, line) {
                    return broken(format!("is about the same run as line {first}"));
                }
            }
            history.next = Some(hash(text));
            history.lines.push(read);
        }
        Ok(history)
    }

    /// What the next line has to name.
    pub fn previous(&self) -> String {
        self.next.clone().unwrap_or_else(|| "0".repeat(64))
    }
}

/// The error without its place: a line has only one line.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
