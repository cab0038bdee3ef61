//! Holds what was read against what is asked for. A room for each kind of evidence.

mod compare;
mod coverage;
mod measures;
mod results;
mod tests;

use super::age;
use super::file::{self, Found, Search};
use super::format::Format;
use super::model::{Content, Evidence};
use super::options::{Expected, Group};
use super::place::{Places, line_of};
use super::refusal::Refusal;
use super::rules::{EMPTY_REPORT, MISSING_REPORT, STALE_REPORT, UNREADABLE_REPORT};
use crate::checks::{Column, Context, Record, Table};
use crate::finding::Finding;
use crate::location::Location;

/// Rows of a table.
const MAX_ROWS: usize = 40;

/// What the rooms share.
struct Bench<'a> {
    context: &'a Context<'a>,
    places: Places<'a>,
    /// Results of scanners that were told already: two reports may hold the same.
    told: results::Told,
    rows: Vec<Row>,
    /// Other tables, in the order in which they are to be shown.
    tables: Vec<Table>,
}

/// A line of the table of reports.
struct Row {
    /// Rows with something wrong come first.
    bad: bool,
    cells: [String; 4],
}

impl Bench<'_> {
    fn row(&mut self, bad: bool, report: &str, format: &str, what: String, bar: String) {
        let sign = if bad { "✗" } else { "✓" };
        let report = format!("{sign} {report}");
        self.rows.push(Row { bad, cells: [report, format.to_owned(), what, bar] });
    }
}

/// Reads and judges all reports; returns how many were read.
pub fn judge(groups: &[Group], context: &Context<'_>, record: &mut Record) -> usize {
    let mut bench = Bench {
        context,
        places: Places::new(context.checkout),
        told: results::Told::default(),
        rows: Vec::new(),
        tables: Vec::new(),
    };
    let examined = groups.iter().map(|group| judge_group(group, &mut bench, record)).sum();
    let Bench { mut rows, tables, .. } = bench;
    crate::sorted::by_key(&mut rows, |row| !row.bad);
    let columns =
        vec![Column::text("report"), Column::text("format"), Column::text("what it shows"), Column::text("")];
    push_table(columns, rows.into_iter().map(|row| row.cells.to_vec()).collect(), record);
    tables.into_iter().for_each(|table| record.table(table));
    examined
}

fn push_table(columns: Vec<Column>, mut rows: Vec<Vec<String>>, record: &mut Record) {
    let more = rows.len().saturating_sub(MAX_ROWS);
    rows.truncate(MAX_ROWS);
    if !rows.is_empty() {
        record.table(Table { columns, rows, more });
    }
}

fn judge_group(group: &Group, bench: &mut Bench<'_>, record: &mut Record) -> usize {
    let Search { found, missing, gaps } = file::search(group, bench.context.checkout.root());
    gaps.into_iter().for_each(|gap| record.not_verified(gap));
    let is_complete = missing.is_empty();
    for (pattern, what) in missing {
        let message = format!("no report `{pattern}`: {what}");
        let help = "see whether the step that writes it ran, and where it writes to";
        let location =
            if pattern.contains(['*', '?', '[']) { Location::Repository } else { Location::file(&*pattern) };
        bench.row(true, &pattern, "", "missing".to_owned(), String::new());
        record.push(Finding::new(&MISSING_REPORT, location, message).help(help).subject(pattern));
    }
    let (mut tests, mut coverages, mut results, mut measured) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut examined, mut refused) = (0, false);
    for report in &found {
        match report.read() {
            Ok((format, Evidence { content, made })) => {
                examined += 1;
                about_age(report, made.as_deref(), &group.expected, bench, record);
                match content {
                    Content::Tests(read) => tests.push((report, read)),
                    Content::Coverage(read) => coverages.push((report, format, read)),
                    Content::Results(read) => results.push((report, format, read)),
                    Content::Measures(read) => measured.push((report, format, read)),
                }
            }
            Err(refusal) => {
                refused = true;
                about_refusal(report, &refusal, bench, record);
            }
        }
    }
    // What is missing or refused has been said, and may be what a limit is for.
    if !refused && is_complete && !found.is_empty() {
        let unused = |names: Vec<&'static str>, is_used: bool, what: &str, record: &mut Record| {
            for name in names.into_iter().filter(|_| !is_used) {
                let message = format!("`{name}` is asked for, and no report here holds {what}");
                let finding = Finding::new(&MISSING_REPORT, Location::file(&*found[0].path), message);
                record.push(finding.help(format!("name the report that holds {what}")).subject(name));
            }
        };
        unused(group.expected.about_tests(), !tests.is_empty(), "tests", record);
        unused(group.expected.about_coverage(), !coverages.is_empty(), "coverage", record);
        unused(group.expected.about_measures(), !measured.is_empty(), "measurements", record);
    }
    tests::judge(&tests, &group.expected, bench, record);
    coverage::judge(coverages, &group.expected, bench, record);
    results::judge(&results, &group.expected, bench, record);
    measures::judge(&measured, &group.expected, bench, record);
    examined
}

fn about_refusal(report: &Found, refusal: &Refusal, bench: &mut Bench<'_>, record: &mut Record) {
    let (rule, word, help) = match refusal {
        Refusal::Empty(_) => {
            (&EMPTY_REPORT, "empty", "a report is empty if the step that writes it did nothing: look there")
        }
        Refusal::Truncated { .. } => (
            &UNREADABLE_REPORT,
            "cut off",
            "a report is cut off if its writer was stopped: look at the step that writes it",
        ),
        _ => (&UNREADABLE_REPORT, "unreadable", "see what the step that writes it was told to write"),
    };
    let location =
        refusal.line().map_or_else(|| Location::file(&*report.path), |line| line_of(&report.path, line));
    let message = format!("`{}` is no evidence: {refusal}", report.path);
    let format = report.format.map_or("", Format::as_str);
    bench.row(true, &report.path, format, word.to_owned(), String::new());
    // A line of a broken report may be megabytes of anything.
    record.push(Finding::new(rule, location, message).help(help).subject(word).hide_source());
}

fn about_age(
    report: &Found,
    made: Option<&str>,
    expected: &Expected,
    bench: &Bench<'_>,
    record: &mut Record,
) {
    let location = || Location::file(&*report.path);
    if is_committed(report, bench) {
        let message = format!("`{}` is what somebody committed, not what this run made", report.path);
        let help = format!("write it anew in this job, and `git rm --cached {}`", report.path);
        record.push(Finding::new(&STALE_REPORT, location(), message).help(help).subject("committed"));
        return;
    }
    let Some(limit) = &expected.max_age else { return };
    let now = jiff::Timestamp::now();
    let by_file = || report.written().map(|written| now.as_second() - written);
    let Some(old) = made.and_then(|made| age::of(made, now)).or_else(by_file) else {
        return record.not_verified(format!("the age of `{}` is not known", report.path));
    };
    if old > i64::try_from(limit.seconds()).unwrap_or(i64::MAX) {
        let message = format!("`{}` is {} old, and {limit} is the limit", report.path, age::words(old));
        let help = "make it anew in this run; a report of an earlier run says nothing about this commit";
        record.push(Finding::new(&STALE_REPORT, location(), message).help(help).subject("old"));
    }
}

/// True if the report is exactly what the commit holds.
fn is_committed(report: &Found, bench: &Bench<'_>) -> bool {
    let checkout = bench.context.checkout;
    let tracked = checkout.listing().get(&report.path).is_some_and(|entry| entry.tracked);
    let (true, Some(git)) = (tracked, checkout.git()) else { return false };
    let committed = git.head().and_then(|head| git.blob(&head, &report.path).ok());
    let limit = committed.as_ref().map_or(0, |bytes| bytes.len() as u64);
    committed.is_some_and(|bytes| checkout.read_bytes(&report.path, limit).is_ok_and(|read| read == bytes))
}
