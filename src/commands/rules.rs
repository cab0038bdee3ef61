//! `ci-guard rules`: every rule on a line.

use serde_json::{Value, json};

use crate::checks;
use crate::cli::{ListFormat, RulesCommand};
use crate::console::Console;
use crate::report::Exit;
use crate::report::pretty;

/// Runs the command.
pub fn run(command: &RulesCommand, console: &mut Console<'_>) -> Exit {
    let text = match command.format {
        ListFormat::Text => table(),
        ListFormat::Json => {
            let rules: Vec<Value> = checks::rules()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "check": rule.check(),
                        "severity": rule.severity.as_str(),
                        "category": rule.category.as_str(),
                        "summary": rule.summary,
                    })
                })
                .collect();
            pretty(&Value::from(rules))
        }
    };
    console.document(&text);
    Exit::Pass
}

fn table() -> String {
    let width = checks::rules().map(|rule| rule.id.len()).max().unwrap_or(0);
    let row = |rule: &crate::rule::Rule| {
        let (severity, category) = (rule.severity.as_str(), rule.category.as_str());
        format!("{:width$}  {severity:7}  {category:12}  {}\n", rule.id, rule.summary)
    };
    checks::rules().map(row).collect()
}
