//! What reports of any tool come to. A value of these types is evidence: none can be made of an empty report.

pub mod coverage;
pub mod measures;
pub mod results;
pub mod tests;

use coverage::Coverage;
use measures::Measures;
use results::Results;
use tests::Tests;

/// What one report shows.
#[derive(Debug)]
pub enum Content {
    /// Tests that ran.
    Tests(Tests),
    /// Lines that ran.
    Coverage(Coverage),
    /// What a scanner or linter found.
    Results(Results),
    /// What a benchmark or load test measured.
    Measures(Measures),
}

/// A report that was read, and is evidence.
#[derive(Debug)]
pub struct Evidence {
    /// What it shows.
    pub content: Content,
    /// When it says that it was made, as it is written.
    pub made: Option<String>,
}

impl Evidence {
    /// Evidence without a time of its own.
    pub fn of(content: Content) -> Evidence {
        Evidence { content, made: None }
    }

    /// The time that the report gives.
    pub fn made(mut self, made: Option<String>) -> Evidence {
        self.made = made;
        self
    }
}
