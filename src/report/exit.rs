//! How the process ends.

use crate::policy::Verdict;

/// How the process ends. 2 wins over 1, and 1 over 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The gate is open.
    Pass,
    /// The gate failed.
    Fail,
    /// Usage or settings.
    Usage,
    /// A blocking check could not look, or results could not be written.
    NotVerified,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Fail => 1,
            Exit::Usage => 2,
            Exit::NotVerified => 3,
        }
    }

    /// The verdict that goes with it.
    pub fn verdict(self) -> Verdict {
        match self {
            Exit::Pass => Verdict::Pass,
            Exit::Fail => Verdict::Fail,
            Exit::Usage | Exit::NotVerified => Verdict::Error,
        }
    }

    /// The stronger of two.
    pub fn or(self, other: Exit) -> Exit {
        let rank = |exit| match exit {
            Exit::Usage => 3,
            Exit::Fail => 2,
            Exit::NotVerified => 1,
            Exit::Pass => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}
