//! The step summary: a table of checks, then the findings by check.

use std::fmt::Write as _;

use super::escape::{code, markdown};
use super::{CheckOutcome, CheckReport, Report, Surroundings, count, duration_words, outcome_words};
use crate::checks::Table;
use crate::policy::{Judged, Verdict};
use crate::rule::Severity;

/// A check with more findings than this is folded.
const UNFOLDED: usize = 5;

/// Findings of a check that are listed; the rest is in the JSON report.
const MAX_LISTED: usize = 300;

/// Other places of a note that are listed with it; the rest is counted.
const MAX_ALIKE: usize = 10;

/// Bytes kept free for the sentence about what was left out.
const RESERVE: usize = 512;

/// At most `room` bytes: what does not fit is left out by whole sections, and the summary says so.
pub(super) fn render(report: &Report, around: &Surroundings<'_>, room: usize) -> String {
    let mut text = head(report);
    let mut left_out = 0;
    for section in sections(report, around) {
        if text.len() + section.len() + RESERVE <= room {
            text += &section;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let place = match &report.report_path {
            Some(path) => format!("the whole report is {}", code(path)),
            None => "`--output json=FILE` writes the whole report".to_owned(),
        };
        let sections = count(left_out, "section");
        let note = format!("\n> [!NOTE]\n> {sections} left out: a summary holds 1 MiB; {place}.\n");
        text += &note;
    }
    if text.len() > room { String::new() } else { text }
}

fn head(report: &Report) -> String {
    let sign = match report.verdict() {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Error => "⚠️",
    };
    let mut text = format!("## {sign} ci-guard: {}\n\n", markdown(&report.headline()));
    if report.checks.is_empty() {
        return text;
    }
    text += "| | check | outcome | mode | examined | time |\n|---|---|---|---|---|---|\n";
    for check in &report.checks {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            check_sign(report, check),
            check.name,
            outcome_words(report, check),
            check.mode_words(),
            check.unit.count(check.examined),
            duration_words(check.duration),
        );
    }
    text.push('\n');
    for check in &report.checks {
        for reason in &check.reasons {
            let _ = writeln!(text, "- **{}**: {}", check.name, markdown(reason));
        }
        for note in &check.notes {
            let _ = writeln!(text, "- **{}**: {}", check.name, markdown(note));
        }
        if let Some(what) = check.not_requested {
            let _ = writeln!(text, "- **{}**: not requested: {what} (`online`)", check.name);
        }
        for (reason, number) in &check.not_examined {
            let _ = writeln!(text, "- **{}**: {number} not examined: {}", check.name, markdown(reason));
        }
    }
    text
}

fn check_sign(report: &Report, check: &CheckReport) -> &'static str {
    let blocks = report.blocking().any(|judged| judged.finding.rule.check() == check.name);
    match check.outcome {
        _ if blocks => "❌",
        CheckOutcome::NotVerified => "⚠️",
        CheckOutcome::Findings => "🔶",
        CheckOutcome::Pass => "✅",
        CheckOutcome::NotApplicable => "➖",
    }
}

/// The tables of each check and a section for its findings, then one for what is excepted.
fn sections(report: &Report, around: &Surroundings<'_>) -> Vec<String> {
    let mut sections = Vec::new();
    for check in &report.checks {
        sections.extend(check.tables.iter().map(table));
        let open: Vec<&Judged> = report.open_of(check.name).collect();
        if !open.is_empty() {
            sections.push(section(
                &format!("{}: {}", check.name, outcome_words(report, check)),
                &open,
                around,
            ));
        }
    }
    // Findings about a settings file that kept everything else from running.
    let ran = |judged: &Judged| report.checks.iter().any(|check| check.name == judged.finding.rule.check());
    let others: Vec<&Judged> = report.open().filter(|judged| !ran(judged)).collect();
    if !others.is_empty() {
        sections.push(section(&format!("settings: {}", count(others.len(), "error")), &others, around));
    }
    let waived: Vec<&Judged> = report.findings.iter().filter(|judged| judged.waived_by.is_some()).collect();
    if !waived.is_empty() {
        sections.push(waived_section(&waived, around));
    }
    sections
}

/// A check's own table.
fn table(table: &Table) -> String {
    let titles: Vec<&str> = table.columns.iter().map(|column| column.title).collect();
    let mut text = format!("\n| {} |\n|{}\n", titles.join(" | "), "---|".repeat(titles.len()));
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns);
        let cells = cells.map(|(cell, column)| if column.code { code(cell) } else { markdown(cell) });
        let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    if table.more > 0 {
        let _ = writeln!(text, "\n… and {} more.", table.more);
    }
    text
}

fn section(title: &str, findings: &[&Judged], around: &Surroundings<'_>) -> String {
    let mut text = String::new();
    let folded = findings.len() > UNFOLDED;
    if folded {
        let _ = write!(text, "\n<details><summary><b>{title}</b></summary>\n\n");
    } else {
        let _ = write!(text, "\n### {title}\n\n");
    }
    text += "| | where | what |\n|---|---|---|\n";
    let findings = super::folded(findings);
    for (judged, others) in findings.iter().take(MAX_LISTED) {
        let finding = &judged.finding;
        let mut what = markdown(&finding.message);
        for (number, other) in others.iter().take(MAX_ALIKE).enumerate() {
            let _ =
                write!(what, "{}{}", if number == 0 { "<br>the same: " } else { ", " }, place(other, around));
        }
        if let more @ 1.. = others.len().saturating_sub(MAX_ALIKE) {
            let _ = write!(what, " and {}", count(more, "more place"));
        }
        if let Some(help) = &finding.help {
            let _ = write!(what, "<br>→ {}", markdown(help));
        }
        let _ = writeln!(
            text,
            "| {} | {} | {what}<br><sub>{}</sub> |",
            sign(judged),
            place(judged, around),
            finding.rule.id
        );
    }
    if let rest @ 1.. = super::rest(&findings, MAX_LISTED) {
        let _ = writeln!(text, "\n… and {rest} more in the JSON report.");
    }
    if folded {
        text += "\n</details>\n";
    }
    text
}

fn waived_section(findings: &[&Judged], around: &Surroundings<'_>) -> String {
    let title = format!("{} excepted by waiver, baseline or comment", findings.len());
    let mut text = format!("\n<details><summary>{title}</summary>\n\n| rule | where | by |\n|---|---|---|\n");
    for judged in findings.iter().take(MAX_LISTED) {
        let by = markdown(judged.waived_by.as_deref().unwrap_or_default());
        let _ = writeln!(text, "| {} | {} | {by} |", judged.finding.rule.id, place(judged, around));
    }
    text + "\n</details>\n"
}

fn sign(judged: &Judged) -> &'static str {
    match (judged.blocking, judged.finding.severity) {
        (true, _) => "❌",
        (false, Severity::Error | Severity::Warning) => "🔶",
        (false, Severity::Note) => "💬",
    }
}

fn place(judged: &Judged, around: &Surroundings<'_>) -> String {
    let location = &judged.finding.location;
    let shown = match location.in_file() {
        Some((path, Some(span))) => format!("{path}:{}", span.line),
        _ => location.name().to_owned(),
    };
    match around.url(location) {
        Some(url) => format!("[{}]({url})", code(&shown)),
        None => code(&shown),
    }
}
