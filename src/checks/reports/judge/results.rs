//! Results of scanners and linters against one severity.

use std::collections::{HashMap, HashSet};

use super::{Bench, Found as File};
use crate::advisory::Level;
use crate::checks::Record;
use crate::checks::reports::format::Format;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::options::Expected;
use crate::checks::reports::rules::{INCOMPLETE_SCAN, SCANNER_RESULT};
use crate::finding::Finding;
use crate::location::Location;
use crate::report::count;
use crate::rule::Severity;

/// Results below the limit that are told one by one, in each report.
const MAX_NOTES: usize = 100;

/// Results at or above the limit that are told one by one, in each report.
const MAX_TOLD: usize = 500;

/// Problems of a tool that are told, in each report.
const MAX_PROBLEMS: usize = 10;

/// Results that were told: two tools, or one tool in two formats, may find the same, and each words it in its way.
#[derive(Default)]
pub(super) struct Told {
    /// How often each was told by the reports before, as an error and in all.
    before: HashMap<Key, (usize, usize)>,
    /// The same of this report so far.
    here: HashMap<Key, (usize, usize)>,
    /// What was told word by word.
    words: HashSet<String>,
}

/// What makes two results the same: the flaw, and the package in its lockfile or the line.
type Key = (String, String);

impl Told {
    /// True if a report before told it, and not as less. Where one holds more of a kind at a line, the rest is told.
    fn is_known(&mut self, found: &Found, severity: Severity, location: &Location, words: &str) -> bool {
        if !self.words.insert(format!("{location} {words}")) {
            return true;
        }
        let place = match (&found.package, location.in_file()) {
            // Where no lockfile is named, the report itself is the place: it may be about another one.
            (Some(package), Some((path, _))) => format!("{path} {}", package.to_ascii_lowercase()),
            (None, Some((path, Some(span)))) => format!("{path}:{}", span.line),
            // Without a place only the words can tell.
            _ => return false,
        };
        let key = (found.id.to_ascii_lowercase(), place);
        let (errors, all) = self.before.get(&key).copied().unwrap_or_default();
        let (errors_here, all_here) = self.here.entry(key).or_default();
        *all_here += 1;
        if severity != Severity::Error {
            return *all_here <= all;
        }
        *errors_here += 1;
        *errors_here <= errors
    }

    fn end_of_report(&mut self) {
        for (key, (errors, all)) in self.here.drain() {
            let before = self.before.entry(key).or_default();
            *before = (before.0.max(errors), before.1.max(all));
        }
    }
}

pub(super) fn judge(
    reports: &[(&File, Format, Results)],
    expected: &Expected,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    let limit = expected.fail_on.unwrap_or(Level::High);
    for (report, format, results) in reports {
        judge_report(report, *format, results, limit, bench, record);
    }
}

fn judge_report(
    report: &File,
    format: Format,
    results: &Results,
    limit: Level,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    // Nobody knows how bad a result without a severity is: it counts as bad enough.
    let is_bad = |found: &Found| found.level.is_none_or(|level| level >= limit);
    let (bad, rest): (Vec<&Found>, Vec<&Found>) = results.found().iter().partition(|found| is_bad(found));
    tell(&bad, Severity::Error, MAX_TOLD, report, bench, record);
    tell(&rest, Severity::Note, MAX_NOTES, report, bench, record);
    bench.told.end_of_report();
    if bad.len() > MAX_TOLD || results.left_out() > 0 {
        let number = bad.len().saturating_sub(MAX_TOLD) + results.left_out();
        let message = format!("{} of {} in `{}`", count(number, "more result"), results.tool(), report.path);
        record.push(Finding::new(&SCANNER_RESULT, Location::file(&*report.path), message).subject("more"));
    }
    for problem in results.problems().iter().take(MAX_PROBLEMS) {
        let message = format!("{} could not look at everything: {problem}", results.tool());
        let help = "see the log of the step that runs it";
        let finding = Finding::new(&INCOMPLETE_SCAN, Location::file(&*report.path), message);
        record.push(finding.help(help).subject(problem));
    }
    let mut parts = vec![results.tool().to_owned(), by_level(results)];
    if let Scope::Counted(number) = results.scope() {
        parts.push(format!("{number} looked at"));
    }
    if results.accepted() > 0 {
        parts.push(format!("{} accepted", results.accepted()));
    }
    let is_bad = !bad.is_empty() || !results.problems().is_empty();
    bench.row(is_bad, &report.path, format.as_str(), parts.join(": "), String::new());
}

fn by_level(results: &Results) -> String {
    let levels = [
        Some(Level::Critical),
        Some(Level::High),
        Some(Level::Medium),
        Some(Level::Low),
        Some(Level::None),
        None,
    ];
    let number = |level: Option<Level>| results.found().iter().filter(|found| found.level == level).count();
    let counted = levels.map(|level| (number(level), level.map_or("of unknown severity", Level::as_str)));
    let parts: Vec<String> = counted
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    if parts.is_empty() { "no results".to_owned() } else { parts.join(", ") }
}

fn tell(
    found: &[&Found],
    severity: Severity,
    most: usize,
    report: &File,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    for found in found.iter().take(most) {
        let location = place(found, report, bench);
        let message = words(found);
        if bench.told.is_known(found, severity, &location, &message) {
            record.not_examined("a result that another report holds as well");
            continue;
        }
        let subject = found.fingerprint.clone().unwrap_or_else(|| format!("{} {}", found.id, found.message));
        let finding = Finding::new(&SCANNER_RESULT, location, message).severity(severity).subject(subject);
        let finding = if found.is_secret { finding.hide_source() } else { finding };
        record.push(match &found.remedy {
            Some(remedy) => finding.help(remedy),
            None => finding,
        });
    }
    if severity == Severity::Note && found.len() > most {
        let more = count(found.len() - most, "more result");
        record.note(format!("{more} below the limit in `{}`", report.path));
    }
}

fn words(found: &Found) -> String {
    let level = found.level.map_or("severity unknown", Level::as_str);
    let package = found.package.as_ref().map_or_else(String::new, |package| format!("`{package}`: "));
    match found.message.as_str() {
        "" => format!("{package}{} ({level})", found.id),
        message => format!("{package}{message} ({}, {level})", found.id),
    }
}

fn place(found: &Found, report: &File, bench: &Bench<'_>) -> Location {
    if let Some(place) = found.place.as_ref().and_then(|place| bench.places.locate(place)) {
        return match (place, &found.package) {
            (Location::File { path, span }, Some(package)) => {
                Location::Package { package: package.clone(), path, span }
            }
            (place, _) => place,
        };
    }
    match &found.package {
        Some(package) => {
            Location::Package { package: package.clone(), path: report.path.clone(), span: None }
        }
        None => Location::file(&*report.path),
    }
}
