//! What the check `secrets` found as gitleaks writes it with `--redact`, for programs that read its reports and for its
//! `--baseline-path`. Neither the value nor its line is in it, nor who wrote a commit and what they said.

use serde_json::{Value, json};

use super::{Report, Surroundings};
use crate::finding::Finding;
use crate::location::Location;

/// What stands for a value.
const REDACTED: &str = "REDACTED";

pub(super) fn render(report: &Report, around: &Surroundings<'_>) -> String {
    let of_secrets = report.open().filter(|judged| judged.finding.rule.check() == "secrets");
    let findings: Vec<Value> = of_secrets.filter_map(|judged| finding(&judged.finding, around)).collect();
    super::pretty(&Value::from(findings))
}

fn finding(finding: &Finding, around: &Surroundings<'_>) -> Option<Value> {
    let (path, span) = match &finding.location {
        // No file of any commit.
        Location::Message { .. } => (String::new(), None),
        location => {
            let (path, span) = location.in_file()?;
            (around.repository_path(path), span)
        }
    };
    // The subject begins with the kind of the secret.
    let rule = finding.subject.as_deref()?.split(' ').next()?;
    let origin = finding.origin.as_deref();
    let line = span.map(|span| span.line).or(origin.map(|origin| origin.line)).unwrap_or_default();
    let commit = origin.map(|origin| origin.commit.as_str()).unwrap_or_default();
    let place = format!("{path}:{rule}:{line}");
    Some(json!({
        "RuleID": rule,
        "Description": finding.rule.summary,
        "StartLine": line,
        "EndLine": span.map_or(line, |span| span.end_line),
        "StartColumn": span.map_or(0, |span| span.column),
        "EndColumn": span.map_or(0, |span| span.end_column),
        "Match": REDACTED,
        "Secret": REDACTED,
        "File": path,
        "SymlinkFile": "",
        "Commit": commit,
        "Entropy": 0,
        "Author": "",
        "Email": "",
        "Date": origin.and_then(|origin| origin.date).map(|date| date.to_string()).unwrap_or_default(),
        "Message": "",
        "Tags": [],
        "Fingerprint": if commit.is_empty() { place } else { format!("{commit}:{place}") },
    }))
}
