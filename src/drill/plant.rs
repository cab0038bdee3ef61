//! Runs the program itself on a planted copy, and reads its report.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Contents, Copy};
use crate::console::Console;
use crate::environment::Environment;
use crate::example::Example;
use crate::rule::Rule;

/// A finding of a report.
pub(super) struct Found {
    pub rule: String,
    pub severity: String,
    pub blocking: bool,
    pub path: Option<String>,
    pub line: Option<u64>,
}

/// What the program finds in a copy with these files.
pub(super) fn findings(
    rule: &Rule,
    example: &Example,
    repository: &Path,
    contents: Contents,
) -> Result<Vec<Found>> {
    let copy = Copy::of(repository, contents)?;
    for (path, content) in &example.files {
        copy.write(path, content)?;
    }
    let mut found = Vec::new();
    for invocation in example.invocations(rule.check()) {
        let pairs: Vec<(&str, &str)> =
            invocation.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut arguments = invocation.arguments.clone();
        arguments.push("--format=json".to_owned());
        if !arguments.iter().any(|word| word.starts_with("--root")) {
            arguments.push(format!("--root={}", copy.root().display()));
        }
        found.extend(report(arguments, &Environment::of(&pairs))?);
    }
    Ok(found)
}

fn report(arguments: Vec<String>, environment: &Environment) -> Result<Vec<Found>> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::new(&mut out, &mut err, false);
    crate::run(arguments.into_iter().map(Into::into).collect(), environment, &mut console);
    let report: Value = serde_json::from_slice(&out).context("the report")?;
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let found = |finding: &Value| Found {
        rule: text(&finding["rule"]).unwrap_or_default(),
        severity: text(&finding["severity"]).unwrap_or_default(),
        blocking: finding["blocking"].as_bool() == Some(true),
        path: text(&finding["location"]["path"]),
        line: finding["location"]["line"].as_u64(),
    };
    Ok(findings.iter().map(found).collect())
}
