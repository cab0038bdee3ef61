//! JSON of scanners and linters. What they found differs little; how they say it, wholly.

pub mod bandit;
pub mod cargo_audit;
pub mod gitleaks;
pub mod grype;
pub mod hadolint;
pub mod npm_audit;
pub mod osv_scanner;
pub mod pip_audit;
pub mod semgrep;
pub mod shellcheck;
pub mod snyk;
pub mod trivy;

use crate::advisory::Level;
use crate::checks::reports::model::results::Results;
use crate::checks::reports::model::{Content, Evidence};

fn evidence(results: Results) -> Evidence {
    Evidence::of(Content::Results(results))
}

/// The level that a tool's word means; `UNKNOWN`, `UNDEFINED` and the like mean none.
fn level(word: &str) -> Option<Level> {
    Level::of_word(word)
}

#[cfg(test)]
mod tests;
