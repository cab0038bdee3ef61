//! A drill beside an earlier one: faults that were caught then and are not caught now.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::{Fault, Outcome};

/// Bytes of the result of a drill.
const MAX_FILE: u64 = 4 << 20;

/// The result of an earlier drill, as `--format json` writes it.
#[derive(Debug, Deserialize)]
pub struct Earlier {
    faults: Vec<Past>,
}

#[derive(Debug, Deserialize)]
struct Past {
    rule: String,
    outcome: Outcome,
}

/// How this drill differs from the earlier one.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Faults that were caught and are not any more.
    pub lost: Vec<Lost>,
    /// Rules whose fault was not caught, or not planted, and is caught now.
    pub gained: Vec<String>,
}

/// A fault that is not caught any more.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The rule that saw it.
    pub rule: String,
    /// How it ended this time; `None` where there is no such rule any more.
    pub outcome: Option<Outcome>,
}

impl Earlier {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Earlier> {
        let shown = || path.display().to_string();
        let mut text = String::new();
        // A device has no length, and no end.
        let mut file = File::open(path).with_context(shown)?.take(MAX_FILE + 1);
        file.read_to_string(&mut text).with_context(shown)?;
        anyhow::ensure!(text.len() as u64 <= MAX_FILE, "{}: too large for the result of a drill", shown());
        let earlier: Earlier = serde_json::from_str(&text)
            .with_context(|| format!("{}: no result of `drill --format json`", shown()))?;
        anyhow::ensure!(!earlier.faults.is_empty(), "{}: a drill without faults", shown());
        Ok(earlier)
    }

    /// Compares the faults of this drill, which plants those of the rules that `wanted` names.
    pub fn compare(&self, faults: &[Fault], wanted: &dyn Fn(&str) -> bool) -> Difference {
        let caught =
            |rule: &str| self.faults.iter().any(|past| past.rule == rule && past.outcome == Outcome::Caught);
        let was_caught = self.faults.iter().filter(|past| past.outcome == Outcome::Caught);
        let lost = was_caught.filter(|past| wanted(&past.rule)).filter_map(|past| {
            let now = faults.iter().find(|fault| fault.rule == past.rule).map(|fault| fault.outcome);
            (now != Some(Outcome::Caught)).then(|| Lost { rule: past.rule.clone(), outcome: now })
        });
        let gained = faults.iter().filter(|fault| fault.outcome == Outcome::Caught && !caught(fault.rule));
        Difference { lost: lost.collect(), gained: gained.map(|fault| fault.rule.to_owned()).collect() }
    }
}
