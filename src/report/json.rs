//! The whole report as one JSON document, schema version 1.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Report;
use crate::policy::Judged;

/// A document as people read it, with a line break at its end.
pub(crate) fn pretty(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("a value can be written") + "\n"
}

/// The document, its keys in their order. Its findings are not held as values all at once: some reports have thousands.
#[derive(Serialize)]
struct Document<'r> {
    checks: Vec<Value>,
    error: Option<&'r str>,
    exit_code: u8,
    #[serde(serialize_with = "each")]
    findings: &'r [Judged],
    outputs: &'r BTreeMap<String, String>,
    schema: u32,
    tool: Value,
    verdict: &'static str,
}

fn each<S: Serializer>(findings: &&[Judged], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(finding))
}

pub(super) fn render(report: &Report) -> String {
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|check| {
            json!({
                "name": check.name,
                "outcome": check.outcome.as_str(),
                "mode": check.mode.as_str(),
                "examined": check.examined,
                "unit": check.unit.many,
                "reason": check.reason(),
                "not_requested": check.not_requested,
                "not_examined": check.not_examined,
                "notes": check.notes,
                "promotion": check.promotion.as_ref().map(|progress| json!({
                    "clean_runs": progress.clean,
                    "needed": progress.need.clean_runs,
                    "reached": progress.reached.map(|at| at.to_string()),
                })),
                "duration_ms": check.duration.as_millis() as u64,
            })
        })
        .collect();
    pretty(&Document {
        checks,
        error: report.error.as_deref(),
        exit_code: report.exit.code(),
        findings: &report.findings,
        outputs: &report.outputs,
        schema: 1,
        tool: json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")}),
        verdict: report.verdict().as_str(),
    })
}

fn finding(judged: &Judged) -> Value {
    let finding = &judged.finding;
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|(location, message)| json!({"message": message, "location": location}))
        .collect();
    json!({
        "rule": finding.rule.id,
        "category": finding.rule.category.as_str(),
        "severity": finding.severity.as_str(),
        "blocking": judged.blocking,
        "message": finding.message,
        "help": finding.help,
        "location": finding.location,
        "related": related,
        "fingerprint": judged.fingerprint,
        "waived_by": judged.waived_by,
        "advisory": finding.advisory.as_ref().map(|known| json!({
            "ids": known.ids,
            "severity": known.level.map(|level| level.as_str()),
            "score": known.score.as_ref().map(|(score, _)| score),
            "vector": known.score.as_ref().map(|(_, vector)| vector),
            "ecosystem": known.ecosystem,
            "package": known.package,
            "version": known.version,
            "purl": known.purl(),
            "fixed_in": known.fixed,
            "way": known.way,
        })),
    })
}
