//! Coverage: of everything, of each file, and of the lines that a pull request changes.

use super::{Bench, Found};
use crate::checks::reports::bars::{bar, percent};
use crate::checks::reports::changed::{self, Unknown};
use crate::checks::reports::format::Format;
use crate::checks::reports::model::coverage::{Coverage, File, Share};
use crate::checks::reports::options::{Expected, Percent};
use crate::checks::reports::place::line_of;
use crate::checks::reports::rules::LOW_COVERAGE;
use crate::checks::{Column, Record, Table};
use crate::finding::Finding;
use crate::location::Location;
use crate::report::count;

/// Files of a table.
const MAX_FILES: usize = 8;

/// Ranges of lines that one finding names.
const MAX_RANGES: usize = 8;

pub(super) fn judge(
    reports: Vec<(&Found, Format, Coverage)>,
    expected: &Expected,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    let mut all: Option<(&Found, Format, usize, Coverage)> = None;
    for (report, format, coverage) in reports {
        match &mut all {
            Some((_, _, number, sum)) => {
                sum.merge(coverage);
                *number += 1;
            }
            None => all = Some((report, format, 1, coverage)),
        }
    }
    let Some((report, format, number, coverage)) = all else { return };
    let before = record.findings.len();
    about_share("lines", coverage.lines(), expected.min_coverage, "min-coverage", report, record);
    about_share(
        "branches",
        coverage.branches(),
        expected.min_branch_coverage,
        "min-branch-coverage",
        report,
        record,
    );
    if let Some(least) = expected.min_file_coverage {
        about_files(&coverage, least, report, bench, record);
    }
    let changed = expected
        .min_changed_coverage
        .and_then(|least| about_changes(&coverage, least, report, bench, record));
    let bad = record.findings.len() > before;
    let name =
        if number == 1 { report.path.clone() } else { format!("{} and {} more", report.path, number - 1) };
    let lines = coverage.lines();
    let share = lines.percent().unwrap_or_default();
    let mut what = format!("{} of {} lines", percent(share), lines.all);
    if let Some(share) = coverage.branches().percent() {
        what += &format!(", {} of branches", percent(share));
    }
    if let Some(share) = changed.and_then(Share::percent) {
        what += &format!(", {} of changed lines", percent(share));
    }
    bench.row(bad, &name, format.as_str(), what, bar(share / 100.0));
    lowest_table(&coverage, bench);
}

fn about_share(
    what: &str,
    share: Share,
    least: Option<Percent>,
    option: &str,
    report: &Found,
    record: &mut Record,
) {
    let Some(least) = least else { return };
    let Some(reached) = share.percent() else {
        return record
            .not_verified(format!("`{}` says nothing about {what}, which `{option}` asks for", report.path));
    };
    if reached < least.0 {
        let Share { covered, all } = share;
        let message = format!(
            "{} of {what} are covered ({covered} of {all}), and {least} is asked for",
            percent(reached)
        );
        let help = format!("test what is not covered, or lower `{option}`");
        record.push(
            Finding::new(&LOW_COVERAGE, Location::file(&*report.path), message).help(help).subject(option),
        );
    }
}

fn about_files(coverage: &Coverage, least: Percent, report: &Found, bench: &Bench<'_>, record: &mut Record) {
    for (path, file) in coverage.files() {
        let share = file.share();
        let Some(reached) = share.percent().filter(|reached| *reached < least.0) else { continue };
        let location =
            find(path, coverage, bench).map_or_else(|| Location::file(&*report.path), Location::file);
        let lines = ranges(file.lines.iter().filter(|(_, times)| **times == 0).map(|(line, _)| *line));
        let message =
            format!("{} of the lines of `{path}` are covered, and {least} is asked for", percent(reached));
        let finding =
            Finding::new(&LOW_COVERAGE, location, message).subject(format!("min-file-coverage {path}"));
        record.push(match lines.is_empty() {
            true => finding,
            false => finding.help(format!("test {}", words(&lines))),
        });
    }
}

/// The repository's file, by its path or by a folder that the report names.
fn find<'c>(path: &str, coverage: &Coverage, bench: &Bench<'c>) -> Option<&'c str> {
    let below = coverage.sources().iter().map(|source| format!("{}/{path}", source.trim_end_matches('/')));
    bench.places.find(path).or_else(|| below.into_iter().find_map(|path| bench.places.find(&path)))
}

fn about_changes(
    coverage: &Coverage,
    least: Percent,
    report: &Found,
    bench: &Bench<'_>,
    record: &mut Record,
) -> Option<Share> {
    let (mut sum, mut uncovered) = (Share::default(), Vec::new());
    for (path, file) in coverage.files() {
        let Some(known) = find(path, coverage, bench) else { continue };
        let changed = match changed::lines(known, &bench.context.settings.base, bench.context.checkout) {
            Ok(changed) => changed,
            Err(Unknown::NoPullRequest) => {
                record.note("this is no pull request, so there are no changed lines to be covered");
                return None;
            }
            Err(Unknown::NoBase(reason)) => {
                record.not_verified(format!("the coverage of changed lines is not known: {reason}"));
                return None;
            }
        };
        let lines = changed.iter().filter_map(|line| Some((*line, *file.lines.get(line)?)));
        let (mut missed, mut all) = (Vec::new(), 0);
        for (line, times) in lines {
            all += 1;
            if times == 0 {
                missed.push(line);
            }
        }
        sum += Share { covered: all - missed.len() as u64, all };
        if !missed.is_empty() {
            uncovered.push((known, ranges(missed.into_iter())));
        }
    }
    if let Some(reached) = sum.percent().filter(|reached| *reached < least.0) {
        let Share { covered, all } = sum;
        let message = format!(
            "{} of the changed lines are covered ({covered} of {all}), and {least} is asked for",
            percent(reached)
        );
        let place =
            |(path, lines): &(&str, Vec<(u32, u32)>)| lines.first().map(|(line, _)| line_of(path, *line));
        let first = uncovered.first().and_then(place);
        let mut finding =
            Finding::new(&LOW_COVERAGE, first.unwrap_or(Location::file(&*report.path)), message);
        for file in uncovered.iter().take(MAX_RANGES) {
            if let Some(place) = place(file) {
                finding = finding.related(place, format!("{} not covered", words(&file.1)));
            }
        }
        record.push(
            finding
                .help("test the changed lines, or lower `min-changed-coverage`")
                .subject("min-changed-coverage"),
        );
    }
    Some(sum)
}

/// Lines that follow one another, as ranges.
fn ranges(lines: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if last.saturating_add(1) == line => *last = line,
            _ => ranges.push((line, line)),
        }
    }
    ranges
}

/// `lines 3, 5-9 and 4 more places`
fn words(ranges: &[(u32, u32)]) -> String {
    let shown = ranges.iter().take(MAX_RANGES).map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let text = format!("lines {}", shown.collect::<Vec<_>>().join(", "));
    match ranges.len().saturating_sub(MAX_RANGES) {
        0 => text,
        more => format!("{text} and {}", count(more, "more place")),
    }
}

/// The files with the most lines that are not covered.
fn lowest_table(coverage: &Coverage, bench: &mut Bench<'_>) {
    let missed = |file: &File| file.share().all - file.share().covered;
    let mut files: Vec<(&String, &File)> =
        coverage.files().iter().filter(|(_, file)| missed(file) > 0).collect();
    crate::sorted::by_key(&mut files, |(_, file)| std::cmp::Reverse(missed(file)));
    let row = |(path, file): &(&String, &File)| {
        let share = file.share().percent().unwrap_or_default();
        let shown = find(path, coverage, bench).map_or_else(|| (*path).clone(), str::to_owned);
        vec![shown, missed(file).to_string(), percent(share), bar(share / 100.0)]
    };
    let rows: Vec<_> = files.iter().take(MAX_FILES).map(row).collect();
    if !rows.is_empty() {
        let more = files.len().saturating_sub(MAX_FILES);
        let columns = vec![
            Column::code("least covered"),
            Column::text("lines missed"),
            Column::text("covered"),
            Column::text(""),
        ];
        bench.tables.push(Table { columns, rows, more });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named_in_ranges() {
        let found = ranges([1, 2, 3, 7, 9, 10].into_iter());
        assert_eq!(words(&found), "lines 1-3, 7, 9-10");
        assert!(words(&ranges((1..40).step_by(2))).ends_with("15 and 12 more places"));
    }
}
