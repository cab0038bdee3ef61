//! Makes the line of a run from its JSON report.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Ended, History, Line, Open, Outcome, SCHEMA};
use crate::rule::Severity;
use crate::runner::Runner;

/// The parts of a JSON report that are kept.
#[derive(Deserialize)]
struct Report {
    schema: u32,
    tool: Tool,
    verdict: String,
    checks: Vec<Check>,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Finding {
    rule: String,
    severity: Severity,
    waived_by: Option<String>,
}

/// The line of a run: `report` is its JSON report.
pub fn line(
    report: &[u8],
    history: &History,
    commit: String,
    runner: &Runner,
    at: Timestamp,
) -> Result<Line> {
    let report: Report = serde_json::from_slice(report).context("it is no JSON report of ci-guard")?;
    ensure!(report.tool.name == env!("CARGO_PKG_NAME"), "it is no JSON report of ci-guard");
    ensure!(report.schema == 1, "it has the schema {}, which is not known here", report.schema);
    ensure!(!report.checks.is_empty(), "it is about no check: the run ended before there was one");
    let mut checks: BTreeMap<String, Ended> = BTreeMap::new();
    for Check { name, outcome } in report.checks {
        checks.insert(name, Ended { outcome, open: BTreeMap::new() });
    }
    for Finding { rule, severity, .. } in report.findings.into_iter().filter(|f| f.waived_by.is_none()) {
        let check = rule.split('/').next().unwrap_or_default();
        let Some(ended) = checks.get_mut(check) else { continue };
        match severity {
            Severity::Error => ended.open.entry(rule).or_insert_with(Open::default).error += 1,
            Severity::Warning => ended.open.entry(rule).or_insert_with(Open::default).warning += 1,
            Severity::Note => {}
        }
    }
    Ok(Line {
        schema: SCHEMA,
        at,
        commit,
        git_ref: runner.git_ref.clone(),
        run: runner.run_id.clone(),
        attempt: runner.run_attempt.clone(),
        version: report.tool.version,
        verdict: report.verdict,
        checks,
        previous: history.previous(),
    })
}

/// Why runs like this one are not recorded; `None` if they are. What somebody proposes says nothing about the branch
/// that is guarded, and the proposer could choose what it says.
pub fn refusal(runner: &Runner) -> Option<String> {
    if !runner.in_actions {
        return None;
    }
    if runner.is_proposal() {
        return Some(format!(
            "this run is for a proposal (`{}`); only runs of the branch itself count",
            runner.event_name
        ));
    }
    let default = runner.event.pointer("/repository/default_branch").and_then(serde_json::Value::as_str);
    let wanted = default.map(|branch| format!("refs/heads/{branch}"));
    match wanted {
        Some(wanted) if wanted != runner.git_ref => {
            Some(format!("this run is for `{}`; only runs of `{wanted}` count", runner.git_ref))
        }
        None if !runner.git_ref.starts_with("refs/heads/") => {
            Some(format!("this run is for `{}`, which is no branch", runner.git_ref))
        }
        _ => None,
    }
}
