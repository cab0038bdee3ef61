//! Where the chain stands: a ref on a server that swaps it only if it is still what was read.

pub mod git_http;
pub mod github;
pub mod objects;
mod pack;
mod pktline;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::state::{SCHEMA, State};

/// The file in each commit of the chain.
pub const FILE: &str = "state.json";

/// Largest state that is read, in bytes.
pub const MAX_STATE: usize = 1 << 20;

/// The tip of the chain, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The commit; `None` before the first.
    pub id: Option<String>,
    /// What it says.
    pub state: State,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The next state.
    pub state: State,
    /// What happened, in a line.
    pub event: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// True to cut the chain: the commit has no parent.
    pub is_root: bool,
}

impl Entry {
    /// The message of its commit: a line for people, and a line for programs.
    pub fn message(&self, blob: &str) -> String {
        let line: String = self.event.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let record =
            Record { epoch: self.state.epoch, at: self.at, event: line.clone(), state: blob.to_owned() };
        let json = serde_json::to_string(&record).unwrap_or_default();
        format!("{line} [skip ci]\n\n{json}\n")
    }

    /// The content of its file.
    pub fn document(&self) -> String {
        let json = serde_json::to_string_pretty(&self.state).unwrap_or_default();
        format!("{json}\n")
    }
}

/// What a commit of the chain says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Number of the transition.
    pub epoch: u64,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What happened.
    pub event: String,
    /// The blob with the state.
    pub state: String,
}

/// The record in a commit's message.
pub fn record_of(message: &str) -> Result<Record, StoreError> {
    let line = message.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str(line)
        .map_err(|_| StoreError::Unreadable("a commit of the chain was not written by ci-guard".to_owned()))
}

/// The state in a file. What cannot be read blocks: nobody may conclude that nothing is held.
pub fn state_of(text: &[u8]) -> Result<State, StoreError> {
    let unreadable = |reason: String| StoreError::Unreadable(reason);
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| unreadable(format!("`{FILE}` is no JSON: {error}")))?;
    match value.get("schema").and_then(serde_json::Value::as_u64) {
        Some(schema) if schema > u64::from(SCHEMA) => {
            return Err(unreadable(format!("`{FILE}` was written by a newer ci-guard (schema {schema})")));
        }
        _ => {}
    }
    State::deserialize(value).map_err(|error| unreadable(format!("`{FILE}` cannot be read: {error}")))
}

/// What became of a swap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The chain has a new tip.
    Done,
    /// It has not, in the server's words: somebody was faster, or the server does not want it.
    Not(String),
    /// Nobody knows: the answer was lost.
    Unclear(String),
}

/// Why the chain cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The server cannot be asked.
    Unreachable(String),
    /// It says no.
    Forbidden(String),
    /// What stands there is no state.
    Unreadable(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Unreachable(reason) | StoreError::Forbidden(reason) => f.write_str(reason),
            StoreError::Unreadable(reason) => {
                write!(f, "the state of the lock cannot be read, so nothing may begin: {reason}")
            }
        }
    }
}

impl std::error::Error for StoreError {}

/// A ref that holds the chain.
pub trait Store {
    /// The tip as the server shows it now; it may lag behind.
    fn read(&self) -> Result<Tip, StoreError>;
    /// Makes the entry the tip, if the tip is still what was read.
    fn swap(&self, tip: &Tip, entry: &Entry) -> Result<Swap, StoreError>;
    /// The newest entries, the newest first.
    fn history(&self, most: usize) -> Result<Vec<(String, Record)>, StoreError>;
    /// True if the chain can be cut.
    fn can_cut(&self) -> bool;
}
