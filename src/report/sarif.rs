//! SARIF 2.1.0 as GitHub code scanning reads it.
//!
//! Limits are those of GitHub's "SARIF support for code scanning": 25,000 results in a run, of which the 5,000
//! most severe are shown; every result needs a file.

use serde_json::{Map, Value, json};

use super::{CheckOutcome, Report, Surroundings, escape};
use crate::location::Location;
use crate::policy::{Judged, Verdict};
use crate::rule::{Category, Rule, Severity};
use crate::{checks, settings};

/// Results beyond this are refused with the whole file.
const MAX_RESULTS: usize = 25_000;

pub(super) fn render(report: &Report, around: &Surroundings<'_>) -> String {
    let rules: Vec<&Rule> = checks::rules().collect();
    let mut findings: Vec<&Judged> = report.findings.iter().collect();
    crate::sorted::by_key(&mut findings, |judged| {
        (judged.waived_by.is_some(), std::cmp::Reverse(judged.finding.severity))
    });
    let results: Vec<Value> =
        findings.iter().take(MAX_RESULTS).map(|judged| result(judged, &rules, around)).collect();
    let run = json!({
        "tool": {"driver": {
            "name": env!("CARGO_PKG_NAME"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": report.verdict() != Verdict::Error,
            "exitCode": report.exit.code(),
            "toolExecutionNotifications": notifications(report, findings.len()),
        }],
        "results": results,
    });
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    super::pretty(&document)
}

fn is_security(rule: &Rule) -> bool {
    matches!(rule.category, Category::Security | Category::SupplyChain)
}

/// What code scanning filters by. SARIF wants each once.
fn tags(rule: &Rule) -> Vec<&'static str> {
    let mut tags = vec![rule.category.as_str(), rule.check()];
    if is_security(rule) && !tags.contains(&"security") {
        tags.push("security");
    }
    tags
}

fn descriptor(rule: &Rule) -> Value {
    let mut properties = json!({
        "tags": tags(rule),
        "precision": "high",
        "problem.severity": match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "recommendation",
        },
    });
    if is_security(rule) {
        // Code scanning sorts by this figure: above 7 is high, above 4 medium.
        let score = match rule.severity {
            Severity::Error => "8.0",
            Severity::Warning => "5.0",
            Severity::Note => "2.0",
        };
        properties["security-severity"] = score.into();
    }
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": first_paragraph(rule.docs())},
        "help": {"text": rule.docs(), "markdown": rule.docs()},
        "defaultConfiguration": {"level": rule.severity.as_str()},
        "properties": properties,
    })
}

fn result(judged: &Judged, rules: &[&Rule], around: &Surroundings<'_>) -> Value {
    let finding = &judged.finding;
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.rule.id),
        "level": finding.severity.as_str(),
        "message": {"text": text},
        "locations": [place(&finding.location, around)],
        "partialFingerprints": {"ciGuardFingerprint/v1": judged.fingerprint},
        "properties": {"blocking": judged.blocking},
    });
    let related: Vec<Value> = finding
        .related
        .iter()
        .enumerate()
        .map(|(index, (location, message))| {
            let mut related = place(location, around);
            related["id"] = index.into();
            related["message"] = json!({"text": message});
            related
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(reason) = &judged.waived_by {
        result["suppressions"] = json!([{"kind": "external", "justification": reason}]);
    }
    result
}

/// Code scanning wants a file for everything; what lies in none is shown at the settings file.
fn place(location: &Location, around: &Surroundings<'_>) -> Value {
    let (path, span) = location.in_file().unwrap_or((settings::DEFAULT_PATHS[0], None));
    let uri = escape::url_path(&around.repository_path(path));
    let mut physical = Map::new();
    physical.insert("artifactLocation".into(), json!({"uri": uri, "uriBaseId": "%SRCROOT%"}));
    if let Some(span) = span {
        let region = json!({
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        });
        physical.insert("region".into(), region);
    }
    let mut place = json!({"physicalLocation": physical});
    if location.in_file().is_none() {
        place["logicalLocations"] = json!([{"name": location.name()}]);
    }
    place
}

fn notifications(report: &Report, results: usize) -> Vec<Value> {
    let mut notifications: Vec<Value> = report
        .checks
        .iter()
        .filter(|check| check.outcome == CheckOutcome::NotVerified)
        .map(|check| {
            let reason = check.reason().unwrap_or_else(|| "the check could not look".to_owned());
            json!({"level": "error", "message": {"text": format!("{}: {reason}", check.name)}})
        })
        .collect();
    if let Some(error) = &report.error {
        notifications.push(json!({"level": "error", "message": {"text": error}}));
    }
    if results > MAX_RESULTS {
        let text =
            format!("{} results beyond the limit of code scanning are left out", results - MAX_RESULTS);
        notifications.push(json!({"level": "warning", "message": {"text": text}}));
    }
    notifications
}

fn first_paragraph(docs: &str) -> String {
    let paragraphs = docs.split("\n\n").map(str::trim);
    paragraphs
        .into_iter()
        .find(|text| !text.is_empty() && !text.starts_with('#'))
        .unwrap_or_default()
        .to_owned()
}
