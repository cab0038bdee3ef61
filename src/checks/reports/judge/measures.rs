//! Measurements against objectives and against a baseline.

use super::compare::{Change, change};
use super::{Bench, Found};
use crate::checks::reports::bars::{bar, seconds};
use crate::checks::reports::file;
use crate::checks::reports::format::Format;
use crate::checks::reports::model::measures::{Measure, Measures};
use crate::checks::reports::model::{Content, Evidence};
use crate::checks::reports::options::{Expected, Group, Limit};
use crate::checks::reports::refusal::Refusal;
use crate::checks::reports::rules::{MISSING_REPORT, REGRESSION, SLO_MISSED, UNREADABLE_REPORT};
use crate::checks::{Column, Record, Table};
use crate::finding::Finding;
use crate::location::Location;
use crate::report::count;
use crate::settings::{self, BaseFile};

/// Percent by which a measurement may be slower where nobody says.
const MAX_REGRESSION: f64 = 10.0;

/// Rows of the table of changes.
const MAX_ROWS: usize = 10;

pub(super) fn judge(
    reports: &[(&Found, Format, Measures)],
    expected: &Expected,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    let Some((first, _, _)) = reports.first() else { return };
    for (report, format, measures) in reports {
        let before = record.findings.len();
        for broken in measures.broken() {
            let message = format!("{} found its own threshold broken: {broken}", measures.tool());
            record.push(Finding::new(&SLO_MISSED, at(report), message).subject(broken));
        }
        objectives(report, measures, expected, record);
        let what = format!("{}: {}", measures.tool(), count(measures.all().len(), "measurement"));
        bench.row(record.findings.len() > before, &report.path, format.as_str(), what, String::new());
    }
    unused_objectives(first, reports, expected, record);
    if let Some(path) = &expected.baseline {
        against(path, reports, expected, bench, record);
    }
}

fn at(report: &Found) -> Location {
    Location::file(&*report.path)
}

/// The name of a measure; that of criterion is its folder's.
fn name(measure: &Measure, path: &str) -> String {
    if !measure.name.is_empty() {
        return measure.name.clone();
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = folder.strip_suffix("/new").or_else(|| folder.strip_suffix("/base")).unwrap_or(folder);
    folder.split_once("criterion/").map_or(folder, |(_, rest)| rest).to_owned()
}

fn matches(pattern: &str, name: &str) -> bool {
    // Commands and ids hold anything: the words themselves count before their meaning as a pattern.
    pattern == name || settings::glob(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

fn objectives(report: &Found, measures: &Measures, expected: &Expected, record: &mut Record) {
    for measure in measures.all() {
        let name = name(measure, &report.path);
        let objectives = expected.slos.iter().filter(|(pattern, _)| matches(pattern, &name));
        for (key, limit) in objectives.flat_map(|(_, objectives)| objectives) {
            let (Some(most), Some(percent)) = (limit.value(), objective(key)) else {
                record.not_verified(format!(
                    "`{key}: {limit}` is no objective; write one such as `p95: 300ms`"
                ));
                continue;
            };
            let value = percent.map_or_else(|| measure.mean(), |percent| measure.percentile(percent));
            match value {
                None => record.not_verified(format!("`{}` does not say `{key}` of `{name}`", report.path)),
                Some(value) if value > most => {
                    record.push(missed(report, &name, key, (value, measure), limit));
                }
                Some(_) => {}
            }
        }
    }
}

fn missed(
    report: &Found,
    name: &str,
    key: &str,
    (value, measure): (f64, &Measure),
    limit: &Limit,
) -> Finding {
    let message = format!("`{name}`: {key} is {}, and {limit} is the objective", shown(value, measure));
    Finding::new(&SLO_MISSED, at(report), message).subject(format!("{name} {key}"))
}

fn shown(value: f64, measure: &Measure) -> String {
    match measure.unit {
        "s" if value < 0.001 => format!("{:.1} µs", value * 1e6),
        "s" => seconds(value),
        _ => format!("{value}"),
    }
}

/// `p95` is a percentile, `max` the hundredth, `mean` none.
fn objective(key: &str) -> Option<Option<f64>> {
    match key {
        "mean" => Some(None),
        "max" => Some(Some(100.0)),
        key => {
            let percent = key.strip_prefix('p')?.parse::<f64>().ok();
            percent.filter(|percent| (0.0..=100.0).contains(percent)).map(Some)
        }
    }
}

/// An objective for something that nobody measured is not met.
fn unused_objectives(
    first: &Found,
    reports: &[(&Found, Format, Measures)],
    expected: &Expected,
    record: &mut Record,
) {
    let names = || {
        let named = |(report, _, measures): &(&Found, Format, Measures)| {
            measures.all().iter().map(|measure| name(measure, &report.path)).collect::<Vec<_>>()
        };
        reports.iter().flat_map(named)
    };
    for pattern in expected.slos.keys().filter(|pattern| !names().any(|name| matches(pattern, &name))) {
        let message = format!("there is an objective for `{pattern}`, and nothing of that name was measured");
        let near = settings::nearest(pattern, names().collect::<Vec<_>>().iter().map(String::as_str))
            .map(str::to_owned);
        let finding = Finding::new(&SLO_MISSED, at(first), message).subject(pattern);
        record.push(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        });
    }
}

/// Compares all measures with those of the baseline.
fn against(
    path: &str,
    reports: &[(&Found, Format, Measures)],
    expected: &Expected,
    bench: &mut Bench<'_>,
    record: &mut Record,
) {
    let before = match baseline(path, bench) {
        Ok(before) => before,
        Err((rule, message)) => {
            return record.push(Finding::new(rule, Location::file(path), message).subject("baseline"));
        }
    };
    let limit = expected.max_regression.unwrap_or(MAX_REGRESSION);
    let mut changes: Vec<(String, Change, &Measure)> = Vec::new();
    let mut new = 0;
    for (report, _, measures) in reports {
        for measure in measures.all() {
            let name = name(measure, &report.path);
            let known = before.iter().find(|(known, _)| *known == name);
            let Some(change) = known.and_then(|(_, known)| change(known, measure)) else {
                new += 1;
                continue;
            };
            if change.is_regression(limit) {
                record.push(regression(report, &name, change, limit));
            }
            changes.push((name, change, measure));
        }
    }
    if new > 0 {
        record.note(format!("{} without a counterpart in `{path}`", count(new, "measurement")));
    }
    if changes.is_empty() {
        let message = format!("nothing that `{path}` holds was measured again, so nothing was compared");
        record.push(Finding::new(&MISSING_REPORT, Location::file(path), message).subject("baseline"));
    }
    crate::sorted::by(&mut changes, |a, b| b.1.percent.total_cmp(&a.1.percent));
    table(&changes, bench);
}

fn regression(report: &Found, name: &str, change: Change, limit: f64) -> Finding {
    let certainty = match change.sigmas {
        Some(sigmas) if sigmas.is_finite() => format!("{sigmas:.0} standard errors"),
        Some(_) => "without any noise".to_owned(),
        None => "the noise is not known".to_owned(),
    };
    let message = format!(
        "`{name}` is {:.1} % slower than its baseline ({certainty}), and {limit} % is allowed",
        change.percent
    );
    let help = "find what made it slower; if that is meant, write a new baseline";
    Finding::new(&REGRESSION, at(report), message).help(help).subject(name)
}

fn table(changes: &[(String, Change, &Measure)], bench: &mut Bench<'_>) {
    let most = changes.iter().map(|(_, change, _)| change.percent.abs()).fold(1.0, f64::max);
    let row = |(name, change, measure): &(String, Change, &Measure)| {
        let centre = measure.centre().map_or_else(String::new, |centre| shown(centre, measure));
        vec![name.clone(), centre, format!("{:+.1} %", change.percent), bar(change.percent.max(0.0) / most)]
    };
    let rows: Vec<_> = changes.iter().take(MAX_ROWS).map(row).collect();
    if !rows.is_empty() {
        let columns = vec![
            Column::code("measured"),
            Column::text("median"),
            Column::text("change"),
            Column::text("slower"),
        ];
        bench.tables.push(Table { columns, rows, more: changes.len().saturating_sub(MAX_ROWS) });
    }
}

/// The measures of the baseline by name. On a pull request the base's own file counts, if it has one: whoever makes
/// things slower could write a slower baseline.
fn baseline(
    path: &str,
    bench: &Bench<'_>,
) -> Result<Vec<(String, Measure)>, (&'static crate::rule::Rule, String)> {
    let (settings, checkout) = (bench.context.settings, bench.context.checkout);
    let refused =
        |refusal: Refusal| (&UNREADABLE_REPORT, format!("the baseline `{path}` is no evidence: {refusal}"));
    if let Some(BaseFile::Text(_, text)) = settings.base.file(checkout, path) {
        let (_, evidence) = super::super::read_any(text.as_bytes()).map_err(refused)?;
        return Ok(named(evidence, path));
    }
    let group = Group { patterns: vec![(path.to_owned(), None)], expected: Expected::default() };
    let found = file::search(&group, checkout.root()).found;
    if found.is_empty() {
        return Err((&MISSING_REPORT, format!("there is no baseline `{path}`")));
    }
    let mut measures = Vec::new();
    for report in found {
        let (_, evidence) = report.read().map_err(refused)?;
        measures.extend(named(evidence, &report.path));
    }
    Ok(measures)
}

fn named(evidence: Evidence, path: &str) -> Vec<(String, Measure)> {
    match evidence.content {
        Content::Measures(measures) => {
            measures.all().iter().map(|measure| (name(measure, path), measure.clone())).collect()
        }
        _ => Vec::new(),
    }
}
