//! The report for people: each finding with its source line, then the checks and the verdict.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use super::{CheckReport, Report, Surroundings, duration_words, escape, outcome_words};
use crate::checks::Table;
use crate::location::Span;
use crate::policy::{Judged, Verdict};
use crate::rule::Severity;

/// Findings that are shown in full; the rest is counted. Nobody reads further in a terminal.
const MAX_SHOWN: usize = 200;

/// Places that explain a finding and are shown; the rest is counted.
const MAX_RELATED: usize = 5;

/// Characters of a source line that are shown.
const LINE_WINDOW: usize = 160;

pub(super) fn render(report: &Report, around: &Surroundings<'_>) -> String {
    let renderer = if around.colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    let mut open = super::folded(&report.open().collect::<Vec<_>>());
    if open.len() > MAX_SHOWN {
        // Notes of one check must not hide the errors of the next.
        crate::sorted::by_key(&mut open, |(judged, _)| {
            (!judged.blocking, std::cmp::Reverse(judged.finding.severity))
        });
    }
    for (judged, others) in open.iter().take(MAX_SHOWN) {
        text += &finding(judged, others, report, around, &renderer);
        text += "\n\n";
    }
    if let rest @ 1.. = super::rest(&open, MAX_SHOWN) {
        let _ = writeln!(text, "… and {rest} more; `--output json=FILE` writes them all\n");
    }
    text += &table(report, around);
    for check in &report.checks {
        text += &remarks(check);
    }
    if !report.checks.is_empty() {
        text.push('\n');
    }
    let colour = match report.verdict() {
        Verdict::Pass => AnsiColor::Green,
        Verdict::Fail | Verdict::Error => AnsiColor::Red,
    };
    let style = if around.colour { Style::new().bold().fg_color(Some(colour.into())) } else { Style::new() };
    let _ = writeln!(text, "{style}{}{style:#}", escape::line(&report.headline()));
    text
}

fn finding(
    judged: &Judged,
    others: &[&Judged],
    report: &Report,
    around: &Surroundings<'_>,
    renderer: &Renderer,
) -> String {
    let finding = &judged.finding;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = escape::line(&finding.message);
    let mut group = Group::with_title(level.primary_title(message).id(finding.rule.id));
    for element in place(judged, around) {
        group = group.element(element);
    }
    let related = finding.related.iter().map(|(location, message)| (location, &**message));
    let alike = others.iter().map(|judged| (&judged.finding.location, "the same"));
    for (location, message) in related.chain(alike).take(MAX_RELATED) {
        let line = format!("{}: {}", escape::line(&location.to_string()), escape::line(message));
        group = group.element(Level::NOTE.message(line));
    }
    if let more @ 1.. = (finding.related.len() + others.len()).saturating_sub(MAX_RELATED) {
        let line = format!("and {more} more places; `--output json=FILE` writes them all");
        group = group.element(Level::NOTE.message(line));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(escape::line(help)));
    }
    // Where the run itself failed, there is nothing that does not block.
    if judged.blocking && report.error.is_none() {
        group = group.element(Level::NOTE.message("this blocks"));
    }
    renderer.render(&[group])
}

/// The place as a snippet, or as a name where there is no line to show.
fn place<'a>(judged: &Judged, around: &Surroundings<'_>) -> Vec<Element<'a>> {
    let finding = &judged.finding;
    let origin = || Origin::path(escape::line(finding.location.name()));
    let Some((path, span)) = finding.location.in_file() else { return vec![origin().into()] };
    let path = escape::line(path);
    let Some(span) = span else { return vec![Origin::path(path).into()] };
    let named = |path: String| Origin::path(path).line(span.line as usize).char_column(span.column as usize);
    let shown = finding.show_source.then(|| around.line(finding.location.in_file()?.0, span)).flatten();
    let shown = shown.filter(|(line, _)| !line.trim().is_empty());
    let Some((line, within)) = shown else { return vec![named(path).into()] };
    let (window, range, cut) = window(&line, within);
    let snippet = Snippet::source(window).line_start(span.line as usize);
    let snippet = snippet.annotation(AnnotationKind::Primary.span(range));
    match cut {
        false => vec![snippet.path(path).into()],
        // The snippet would count columns from the cut.
        true => vec![named(path).into(), snippet.into()],
    }
}

/// The part of a line around a span, where in it the span lies in bytes, and whether the start was cut off.
fn window(line: &str, span: Span) -> (String, std::ops::Range<usize>, bool) {
    let line = line.strip_prefix('\u{feff}').filter(|_| span.line == 1).unwrap_or(line);
    let length = line.chars().count();
    let start = (span.column as usize - 1).min(length);
    let end = if span.end_line > span.line { length } else { (span.end_column as usize - 1).min(length) };
    let from = if length <= LINE_WINDOW { 0 } else { start.saturating_sub(LINE_WINDOW / 4) };
    let to = length.min(from + LINE_WINDOW);
    // Lines can be as long as files: only what is shown is looked at one by one.
    let chars: Vec<char> = line.chars().skip(from).take(to - from).collect();
    let text = |range: std::ops::Range<usize>| -> String {
        let chars = &chars[range.start - from..range.end - from];
        chars.iter().map(|&c| if escape::is_deceptive(c) || c == '\t' { ' ' } else { c }).collect()
    };
    let before = text(from..start).len();
    let marked = text(start..end.clamp(start, to)).len();
    let shown = text(from..to).replace("##[", "# [");
    let mark = before.min(shown.len())..(before + marked.max(1)).min(shown.len().max(before));
    (shown, mark, from > 0)
}

/// The checks, aligned.
fn table(report: &Report, around: &Surroundings<'_>) -> String {
    if report.checks.is_empty() {
        return String::new();
    }
    let header = ["check", "outcome", "mode", "examined", "time"].map(Cow::Borrowed);
    let rows = report.checks.iter().map(|check| {
        [
            Cow::Borrowed(check.name),
            outcome_words(report, check).into(),
            check.mode_words().into(),
            check.unit.count(check.examined).into(),
            duration_words(check.duration).into(),
        ]
    });
    let rows: Vec<[Cow<'_, str>; 5]> = std::iter::once(header).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let bold = if around.colour { Style::new().bold() } else { Style::new() };
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let line = cells.join("  ");
        let style = if index == 0 { bold } else { Style::new() };
        let _ = writeln!(text, "{style}{}{style:#}", line.trim_end());
    }
    text
}

/// What else a check has to say, below the table.
fn remarks(check: &CheckReport) -> String {
    let mut text = String::new();
    for reason in &check.reasons {
        let _ = writeln!(text, "{}: {}", check.name, escape::line(reason));
    }
    for note in &check.notes {
        let _ = writeln!(text, "{}: {}", check.name, escape::line(note));
    }
    if let Some(what) = check.not_requested {
        let _ = writeln!(text, "{}: not requested: {what} (--online)", check.name);
    }
    for (reason, number) in &check.not_examined {
        let _ = writeln!(text, "{}: {number} not examined: {}", check.name, escape::line(reason));
    }
    for table in &check.tables {
        text += &rows(table);
    }
    text
}

/// A check's own table, aligned.
fn rows(table: &Table) -> String {
    let header: Vec<String> = table.columns.iter().map(|column| column.title.to_owned()).collect();
    let cells = table.rows.iter().map(|row| row.iter().map(|cell| escape::line(cell)).collect());
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(cells).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    if table.more > 0 {
        let _ = writeln!(text, "  … and {} more", table.more);
    }
    text
}
