//! Holds packages against the records that name them: one finding for each flaw, whatever it is called where.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::rules::{INFORMATIONAL, KNOWN_VULNERABILITY, MALICIOUS_PACKAGE, STALE_ADVISORIES};
use super::subjects::{Subject, Subjects};
use crate::advisory::Level;
use crate::advisory::known::Known;
use crate::advisory::osv::database::{Matches, base};
use crate::advisory::osv::record::{Affected, Kind};
use crate::advisory::osv::{Decision, Record as Flaw, decide, group, normal_name};
use crate::checks::{Column, Context, Record, Table};
use crate::excerpt;
use crate::finding::Finding;
use crate::location::Location;
use crate::report::count;
use crate::rule::Severity;

/// Bytes of a summary that are shown.
const MAX_SUMMARY: usize = 200;

/// Packages of the way to a package that are shown.
const MAX_WAY: usize = 6;

/// A record that is about a package's version.
struct Hit<'r> {
    flaw: &'r Flaw,
    affected: &'r Affected,
    /// All that the record says about the package.
    all: Vec<&'r Affected>,
    fixes: Vec<String>,
}

impl Hit<'_> {
    /// True if the record says that this version is free of the flaw.
    fn is_gone_in(&self, version: &str) -> bool {
        self.all.iter().all(|affected| decide(affected, version) == Decision::Safe)
    }
}

pub(super) fn judge(subjects: &Subjects, matches: &Matches, context: &Context<'_>, record: &mut Record) {
    let ecosystems: BTreeSet<&str> = subjects.all.iter().map(|subject| subject.ecosystem).collect();
    for ecosystem in ecosystems.iter().filter(|name| !matches.ecosystems.contains(**name)) {
        // Few actions have advisories, and most exports are of one ecosystem.
        match *ecosystem {
            "GitHub Actions" => record.note("the advisories hold none about GitHub Actions"),
            name => record.not_verified(format!("the advisories hold none about packages of {name}")),
        }
    }
    let by_package = by_package(&matches.records);
    let arguments = &context.settings.arguments;
    let limit = arguments.reports.fail_severity.or(context.settings.checks.vulnerabilities.fail_on);
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    let mut levels: BTreeMap<Option<Level>, usize> = BTreeMap::new();
    for subject in &subjects.all {
        let of_ecosystem = by_package.get(subject.ecosystem);
        let Some(records) = of_ecosystem.and_then(|names| names.get(subject.name.as_str())) else { continue };
        let hits = hits(subject, records, &mut unknown);
        let vulnerable = hits.iter().filter(|hit| hit.flaw.kind(hit.affected) == Kind::Vulnerability);
        let vulnerable: Vec<&Hit<'_>> = vulnerable.collect();
        let free = fixed(subject, &vulnerable);
        for members in group::groups(hits.iter().map(|hit| hit.flaw.ids())) {
            let members: Vec<&Hit<'_>> = members.iter().map(|&number| &hits[number]).collect();
            let (finding, level) = finding(subject, &members, free, limit.unwrap_or(Level::High));
            *levels.entry(level).or_default() += 1;
            record.push(finding);
        }
    }
    for (package, number) in unknown {
        let records = count(number, "record");
        record.not_verified(format!("`{package}` cannot be compared with the versions of {records}"));
    }
    table(&levels, record);
}

/// Records by ecosystem and name of the packages that they are about.
type ByPackage<'r> = HashMap<&'r str, HashMap<Cow<'r, str>, Vec<(&'r Flaw, &'r Affected)>>>;

fn by_package(records: &[Flaw]) -> ByPackage<'_> {
    let mut by_package: ByPackage<'_> = HashMap::new();
    for flaw in records {
        for affected in &flaw.affected {
            let ecosystem = base(&affected.package.ecosystem);
            let name = normal_name(ecosystem, &affected.package.name);
            by_package.entry(ecosystem).or_default().entry(name).or_default().push((flaw, affected));
        }
    }
    by_package
}

fn hits<'r>(
    subject: &Subject,
    records: &[(&'r Flaw, &'r Affected)],
    unknown: &mut BTreeMap<String, usize>,
) -> Vec<Hit<'r>> {
    let mut hits: Vec<Hit<'r>> = Vec::new();
    for (flaw, affected) in records {
        match decide(affected, &subject.version) {
            Decision::Affected(fixes) => match hits.iter_mut().find(|hit| hit.flaw.id == flaw.id) {
                // A record may name a package several times, each with other versions.
                Some(hit) => hit.fixes.extend(fixes),
                None => hits.push(Hit { flaw, affected, all: Vec::new(), fixes }),
            },
            Decision::Safe => {}
            Decision::Unknown => {
                *unknown.entry(format!("{}@{}", subject.name, subject.version)).or_default() += 1
            }
        }
    }
    for hit in &mut hits {
        hit.all = records.iter().filter(|(flaw, _)| flaw.id == hit.flaw.id).map(|(_, all)| *all).collect();
    }
    hits
}

/// The finding about one flaw, and how bad it is.
fn finding(
    subject: &Subject,
    members: &[&Hit<'_>],
    free: Option<&String>,
    limit: Level,
) -> (Finding, Option<Level>) {
    let mut ids: Vec<&str> = members.iter().flat_map(|hit| hit.flaw.ids()).collect();
    crate::sorted::by_key(&mut ids, |id| (group::rank(id), *id));
    ids.dedup();
    let id = ids.first().copied().unwrap_or_default();
    let level = members.iter().filter_map(|hit| hit.flaw.level(hit.affected)).max();
    let scored =
        members.iter().filter_map(|hit| hit.flaw.scored(hit.affected)).max_by(|a, b| a.0.total_cmp(&b.0));
    let score = scored.map(|(score, _)| score);
    let kind = members.iter().map(|hit| hit.flaw.kind(hit.affected)).max().unwrap_or(Kind::Vulnerability);
    let (rule, severity) = match kind {
        Kind::Malicious => (&MALICIOUS_PACKAGE, Severity::Error),
        Kind::Informational => (&INFORMATIONAL, Severity::Note),
        // Nobody knows how bad a flaw without a severity is: it counts as bad enough.
        Kind::Vulnerability if level.is_none_or(|level| level >= limit) => {
            (&KNOWN_VULNERABILITY, Severity::Error)
        }
        Kind::Vulnerability => (&KNOWN_VULNERABILITY, Severity::Note),
    };
    let title = subject.location.name();
    let words = match (level, score) {
        _ if kind != Kind::Vulnerability => String::new(),
        (Some(level), Some(score)) => format!(" ({}, {score:.1})", level.as_str()),
        (Some(level), None) => format!(" ({})", level.as_str()),
        (None, _) => " (severity unknown)".to_owned(),
    };
    let summary = members.iter().map(|hit| hit.flaw.summary.trim()).find(|summary| !summary.is_empty());
    let summary = summary.map_or_else(String::new, |text| {
        excerpt::shortened(text.lines().next().unwrap_or_default().to_owned(), MAX_SUMMARY)
    });
    let colon = if summary.is_empty() { "" } else { ": " };
    let message = format!("`{title}` has {id}{words}{colon}{summary}");
    let fixed = fixed(subject, members);
    let mut finding = Finding::new(rule, subject.location.clone(), message).severity(severity);
    finding = finding.help(help(subject, fixed, free, kind)).subject(format!("{title} {id}"));
    finding.also = ids.iter().map(|id| (*id).to_owned()).collect();
    // What is informational is no vulnerability.
    finding.advisory = (kind != Kind::Informational).then(|| {
        Box::new(Known {
            ids: finding.also.clone(),
            summary,
            level,
            score: scored.map(|(score, vector)| (score, vector.to_owned())),
            ecosystem: subject.ecosystem,
            package: subject.name.clone(),
            version: subject.version.clone(),
            fixed: fixed.cloned(),
            way: subject.way.clone(),
        })
    });
    (finding, level)
}

/// The nearest version without the flaws: one is gone when every record of it says so, and a version that mends one
/// may have another.
fn fixed<'r>(subject: &Subject, members: &[&'r Hit<'_>]) -> Option<&'r String> {
    let scheme = crate::advisory::version::Scheme::of(subject.ecosystem);
    let order = |a: &String, b: &String| scheme.and_then(|scheme| scheme.compare(a, b));
    let mut candidates: Vec<&String> = members.iter().flat_map(|hit| &hit.fixes).collect();
    crate::sorted::by(&mut candidates, |a, b| order(a, b).unwrap_or(std::cmp::Ordering::Equal));
    candidates.into_iter().find(|version| members.iter().all(|hit| hit.is_gone_in(version)))
}

/// What to do, and through what the package is needed.
fn help(subject: &Subject, fixed: Option<&String>, free: Option<&String>, kind: Kind) -> String {
    let name = &subject.name;
    let repair = match (kind, fixed) {
        (Kind::Malicious, _) => {
            format!("remove `{name}`, and replace every secret that its installation could read")
        }
        (Kind::Vulnerability, Some(version)) if free.is_some_and(|free| free != version) => {
            let free = free.map_or("", String::as_str);
            format!("update `{name}` to `{version}` or later; `{free}` is free of all that is known")
        }
        (_, Some(version)) => format!("update `{name}` to `{version}` or later"),
        (Kind::Informational, None) => format!("look for something else than `{name}`"),
        (_, None) => {
            format!("no version of `{name}` without it is known; see the advisory for what else helps")
        }
    };
    match subject.way.as_slice() {
        [] => repair,
        way => {
            let shown: Vec<String> = way.iter().take(MAX_WAY).map(|name| format!("`{name}`")).collect();
            format!("{repair}; it is needed through {}", shown.join(" › "))
        }
    }
}

/// Says how old a local copy is, and whether that is too old.
pub(super) fn about_age(matches: &Matches, path: &Path, context: &Context<'_>, record: &mut Record) {
    let settings = context.settings;
    let newest = matches.newest.parse::<jiff::Timestamp>().ok();
    let limit = settings.arguments.vulnerabilities.max_advisories_age.as_ref();
    let limit = limit.or(settings.checks.vulnerabilities.max_age.as_ref());
    let Some(newest) = newest else {
        if limit.is_some() {
            record.not_verified("the advisories do not say when they were changed last");
        }
        return;
    };
    let age = jiff::Timestamp::now().duration_since(newest).as_secs();
    let words = crate::checks::reports::age_words(age);
    let number = crate::report::count(matches.looked_at, "record");
    record.note(format!("{number} of advisories; the newest is {words} old"));
    if let Some(limit) = limit.filter(|limit| age > i64::try_from(limit.seconds()).unwrap_or(i64::MAX)) {
        let message = format!("the newest of the advisories is {words} old, and {limit} is the limit");
        let help = "download them anew; what was found out since then is not in them";
        let location =
            Location::Artifact { name: path.file_name().unwrap_or_default().to_string_lossy().into_owned() };
        record.push(Finding::new(&STALE_ADVISORIES, location, message).help(help).subject("stale"));
    }
}

fn table(levels: &BTreeMap<Option<Level>, usize>, record: &mut Record) {
    if levels.is_empty() {
        return;
    }
    let columns = vec![Column::text("severity"), Column::text("vulnerabilities")];
    let row = |(level, number): (&Option<Level>, &usize)| {
        vec![level.map_or("unknown", Level::as_str).to_owned(), number.to_string()]
    };
    record.table(Table { columns, rows: levels.iter().rev().map(row).collect(), more: 0 });
}
