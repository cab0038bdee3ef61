//! Tests: what failed, what is flaky, how many there are, which took long.

use super::{Bench, Found};
use crate::checks::reports::bars::{bar, seconds};
use crate::checks::reports::model::tests::{Case, Counts, Tests};
use crate::checks::reports::options::{Expected, Repeated};
use crate::checks::reports::place::line_of;
use crate::checks::reports::rules::{FAILED_TEST, FLAKY_TEST, HIDDEN_FAILURE, TOO_FEW_TESTS};
use crate::checks::{Column, Record, Table};
use crate::finding::Finding;
use crate::location::Location;
use crate::report::count;
use crate::rule::Severity;

/// Failed tests of one report that are told one by one.
const MAX_TOLD: usize = 300;

/// Rows of the table of slow tests.
const MAX_SLOW: usize = 5;

/// A test that takes less is not slow, whatever the others take, in seconds.
const SLOW: f64 = 1.0;

pub(super) fn judge(
    reports: &[(&Found, Tests)],
    expected: &Expected,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    let Some((first, _)) = reports.first() else { return };
    let mut sum = Counts::default();
    for (report, tests) in reports {
        let counts = judge_report(report, tests, expected, bench, record);
        sum += counts;
    }
    let at = || Location::file(&*first.path);
    let of = match reports.len() {
        1 => format!("`{}`", first.path),
        number => format!("{number} reports"),
    };
    if let Some(least) = expected.min_tests.filter(|least| sum.ran() < *least) {
        let message = format!("{of}: {} ran, and {least} are asked for", tests_words(sum.ran()));
        let help =
            "see whether the runner found all tests; if tests were removed on purpose, lower `min-tests`";
        record.push(Finding::new(&TOO_FEW_TESTS, at(), message).help(help).subject("min-tests"));
    }
    if let Some(most) = expected.max_skipped.filter(|most| sum.skipped > *most) {
        let message = format!("{of}: {} skipped, and {most} may be", were(sum.skipped));
        let help = "run them again, or raise `max-skipped`";
        record.push(Finding::new(&TOO_FEW_TESTS, at(), message).help(help).subject("max-skipped"));
    }
    if let Some(most) = expected.max_flaky.filter(|most| sum.flaky > *most) {
        let message = format!("{of}: {} flaky, and {most} may be", were(sum.flaky));
        let help = "mend what makes them depend on time, order or network, or raise `max-flaky`";
        let finding = Finding::new(&FLAKY_TEST, at(), message).severity(Severity::Error);
        record.push(finding.help(help).subject("max-flaky"));
    }
    slow_table(reports, bench);
}

fn tests_words(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "test")
}

fn were(number: u64) -> String {
    format!("{} {}", tests_words(number), if number == 1 { "was" } else { "were" })
}

/// Judges one report; returns its numbers after tests that were run again are counted as what they are.
fn judge_report(
    report: &Found,
    tests: &Tests,
    expected: &Expected,
    bench: &mut Bench<'_>,
    record: &mut Record,
) -> Counts {
    let mut counts = tests.counts();
    let forgives = expected.repeated == Some(Repeated::Flaky);
    let (again, bad): (Vec<_>, Vec<_>) =
        tests.bad().iter().partition(|(_, passed_later)| forgives && *passed_later);
    counts.bad -= again.len() as u64;
    counts.flaky += again.len() as u64;
    for (case, passed_later) in bad.iter().take(MAX_TOLD) {
        let finding =
            Finding::new(&FAILED_TEST, place(case, report, bench), failure_words(case)).subject(case.title());
        record.push(match passed_later {
            true => finding.help(
                "a test of the same name passed later: if the runner tries again, set `repeated: flaky` for this report",
            ),
            false => finding,
        });
    }
    let rest = counts.bad.saturating_sub(bad.len().min(MAX_TOLD) as u64);
    if rest > 0 {
        let message = format!("{} more failed in `{}`", tests_words(rest), report.path);
        record.push(Finding::new(&FAILED_TEST, Location::file(&*report.path), message).subject("more"));
    }
    for case in tests.flaky().iter().chain(again.iter().map(|(case, _)| case)).take(MAX_TOLD) {
        let message = format!("`{}` failed first and passed when it was run again", case.title());
        record.push(Finding::new(&FLAKY_TEST, place(case, report, bench), message).subject(case.title()));
    }
    for hidden in tests.hidden() {
        let errors = count(usize::try_from(hidden.declared).unwrap_or(usize::MAX), "failure");
        let name = if hidden.suite.is_empty() {
            "a suite".to_owned()
        } else {
            format!("the suite `{}`", hidden.suite)
        };
        let message = format!("{name} declares {errors}, and none of its test cases shows one");
        let help = "see the log of the test runner: the suite most likely could not be loaded, so its tests did not run";
        let finding = Finding::new(&HIDDEN_FAILURE, line_of(&report.path, hidden.line), message);
        record.push(finding.help(help).subject(&hidden.suite).hide_source());
    }
    about(report, counts, tests, bench);
    counts
}

fn failure_words(case: &Case) -> String {
    let title = case.title();
    match case.message.as_str() {
        "" => format!("`{title}` failed"),
        message => format!("`{title}` failed: {message}"),
    }
}

/// The first place in the repository that the case names; otherwise its line of the report.
fn place(case: &Case, report: &Found, bench: &Bench<'_>) -> Location {
    let mut found = case.places.iter().filter_map(|mentioned| bench.places.locate(mentioned));
    let first = found.next();
    match &first {
        // The case names its file only; its failure may name a line of that file.
        Some(Location::File { path, span: None }) => {
            let lined =
                found.find(|place| matches!(place.in_file(), Some((other, Some(_))) if other == path));
            lined.or(first)
        }
        _ => first,
    }
    .unwrap_or_else(|| line_of(&report.path, case.line))
}

fn about(report: &Found, counts: Counts, tests: &Tests, bench: &mut Bench<'_>) {
    let mut parts = vec![tests_words(counts.ran())];
    let numbers = [(counts.bad, "failed"), (counts.flaky, "flaky"), (counts.skipped, "skipped")];
    parts.extend(
        numbers.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")),
    );
    if counts.seconds > 0.0 {
        parts.push(seconds(counts.seconds));
    }
    let bad = counts.bad > 0 || !tests.hidden().is_empty();
    let share = counts.passed as f64 / counts.ran().max(1) as f64;
    bench.row(bad, &report.path, "junit", parts.join(", "), bar(share));
}

fn slow_table(reports: &[(&Found, Tests)], bench: &mut Bench<'_>) {
    let time = |case: &Case| case.seconds.unwrap_or_default();
    let mut slow: Vec<&Case> = reports.iter().flat_map(|(_, tests)| tests.slowest()).collect();
    slow.retain(|case| time(case) >= SLOW);
    slow.sort_by(|a, b| time(b).total_cmp(&time(a)));
    let Some(longest) = slow.first().map(|case| time(case)) else { return };
    let row = |case: &&Case| vec![case.title(), seconds(time(case)), bar(time(case) / longest)];
    let columns = vec![Column::code("slowest tests"), Column::text("time"), Column::text("")];
    bench.tables.push(Table { columns, rows: slow.iter().take(MAX_SLOW).map(row).collect(), more: 0 });
}
