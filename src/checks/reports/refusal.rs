//! Why a report is no evidence.

use std::fmt;

/// Why a report is no evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It shows nothing: what is missing, such as `it holds no test case`.
    Empty(String),
    /// It ends before it is finished.
    Truncated {
        /// The last line.
        line: u32,
        /// What was still open.
        message: String,
    },
    /// It is not what its format says.
    Malformed {
        /// Where, if that is known.
        line: Option<u32>,
        /// What is wrong.
        message: String,
    },
    /// It is of no format that can be read, and what it looks like.
    Unknown(String),
    /// It goes beyond a limit that no report of a real tool comes near.
    TooMuch(String),
    /// The system could not read it.
    Io(String),
}

impl Refusal {
    /// It holds no such thing.
    pub fn no(what: &str) -> Refusal {
        Refusal::Empty(format!("it holds no {what}"))
    }

    /// Something is wrong at a place without a line.
    pub fn malformed(message: impl Into<String>) -> Refusal {
        Refusal::Malformed { line: None, message: message.into() }
    }

    /// The line that it is about.
    pub fn line(&self) -> Option<u32> {
        match self {
            Refusal::Truncated { line, .. } => Some(*line),
            Refusal::Malformed { line, .. } => *line,
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Empty(what) => f.write_str(what),
            Refusal::Truncated { message, .. } => write!(f, "it is cut off: {message}"),
            Refusal::Malformed { message, .. } => f.write_str(message),
            Refusal::Unknown(what) => f.write_str(what),
            Refusal::TooMuch(what) => f.write_str(what),
            Refusal::Io(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}
