//! The name that somebody meant who requires one that nobody reports.

use crate::finding::Finding;
use crate::rule::Rule;
use crate::settings::RequiredCheck;

use super::NEVER_REPORTS;
use super::names::Reported;

/// Names that are suggested where nothing says which one is meant.
const CLOSEST: usize = 3;

/// Why a required name is wrong, with the names that are meant.
struct Meant<'r> {
    reason: &'static str,
    names: Vec<&'r str>,
}

/// The finding for a name that no job reports.
pub(super) fn never(
    check: &RequiredCheck,
    reported: &[Reported<'_>],
    finding: impl Fn(&'static Rule, String) -> Finding,
) -> Finding {
    let name = &check.name;
    let meant = meant(name, reported);
    let message = format!("`{name}` never reports: {}", meant.reason);
    let made = finding(&NEVER_REPORTS, message);
    if meant.names.is_empty() {
        return made.help("remove it from the required checks, or add the job that reports it");
    }
    let is_pattern = |name: &str| reported.iter().any(|own| own.name.pattern && own.name.name == name);
    let shown = |name: &&str| match is_pattern(name) {
        true => format!("what a run shows for `{name}`"),
        false => format!("`{name}`"),
    };
    let shown: Vec<String> = meant.names.iter().map(shown).collect();
    made.help(format!("require {} instead", shown.join(", ")))
}

/// True if the name of a job is what this wrong name stands for.
pub(super) fn is_meant(name: &str, own: &Reported<'_>) -> bool {
    let (base, _) = split(name);
    let first = own.name.jobs.first().copied().unwrap_or_default();
    base == first || own.name.name == name || name == format!("{} / {}", own.file.name(), own.name.name)
}

fn meant<'r>(name: &str, reported: &'r [Reported<'_>]) -> Meant<'r> {
    let (base, legs) = split(name);
    let of = |test: &dyn Fn(&Reported<'_>) -> bool| -> Vec<&'r Reported<'_>> {
        reported.iter().filter(|own| own.on_pull() && test(own)).collect()
    };
    // The id of the job instead of its name.
    let by_id = of(&|own| own.name.jobs.first() == Some(&base));
    let renamed = |own: &&Reported<'_>| split(&own.name.name).0 != base;
    if by_id.iter().any(renamed) {
        return Meant {
            reason: "that is the id of a job, and GitHub reports its name",
            names: best(&by_id, legs),
        };
    }
    // Another matrix than the one there is.
    let same_base = of(&|own| split(&own.name.name).0 == base);
    if !same_base.is_empty() {
        return Meant { reason: matrix_reason(legs, &same_base), names: best(&same_base, legs) };
    }
    // What the page of a pull request shows.
    let labelled = of(&|own| {
        let label = name.strip_suffix(" (pull_request)").unwrap_or(name);
        label
            .strip_prefix(own.file.name())
            .and_then(|rest| rest.strip_prefix(" / "))
            .is_some_and(|rest| rest == own.name.name || own.name.jobs.first() == Some(&rest))
    });
    if !labelled.is_empty() {
        let reason =
            "that is the label of the page, and the name of the workflow is no part of the check's name";
        return Meant { reason, names: unique(&labelled) };
    }
    let by_workflow = of(&|own| own.file.name() == name);
    if !by_workflow.is_empty() {
        return Meant {
            reason: "that is the name of a workflow, and its jobs report under their own",
            names: unique(&by_workflow),
        };
    }
    // A job of a called workflow without its caller.
    let inner = of(&|own| own.name.jobs.len() > 1 && own.name.name.rsplit(" / ").next() == Some(name));
    if !inner.is_empty() {
        return Meant {
            reason: "a job of a called workflow reports with its caller's name in front",
            names: unique(&inner),
        };
    }
    Meant { reason: "no job reports that name", names: closest(name, reported) }
}

/// `name (3.11)` as `name` and `3.11`.
fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once(" (") {
        Some((base, rest)) => (base, rest.strip_suffix(')')),
        None => (name, None),
    }
}

fn matrix_reason(legs: Option<&str>, same: &[&Reported<'_>]) -> &'static str {
    let values = |legs: &str| legs.split(", ").count();
    let theirs = same.iter().filter_map(|own| split(&own.name.name).1).map(values).next();
    match (legs.map(values), theirs) {
        (None, Some(_)) => "the job has a matrix, and each of its legs reports under a name of its own",
        (Some(_), None) => "the job has no matrix",
        (Some(own), Some(theirs)) if own < theirs => "the matrix has another dimension by now",
        (Some(own), Some(theirs)) if own > theirs => {
            "the matrix has fewer dimensions, or extras of `include`, \
             which enter no name"
        }
        _ if legs.is_some_and(is_float_with_zero) => {
            "a version without quotes is a number, and loses the zero at its end"
        }
        _ => "the matrix has no such leg",
    }
}

/// `3.10` among the values.
fn is_float_with_zero(legs: &str) -> bool {
    legs.split(", ").any(|value| value.contains('.') && value.ends_with('0') && value.parse::<f64>().is_ok())
}

/// The leg of the same values, else all names.
fn best<'r>(own: &[&'r Reported<'_>], legs: Option<&str>) -> Vec<&'r str> {
    let all = unique(own);
    let same: Vec<&str> =
        all.iter().copied().filter(|name| legs.is_some() && split(name).1 == legs).collect();
    let shortened = legs.map(|legs| legs.split(", ").map(trim_float).collect::<Vec<_>>().join(", "));
    let float: Vec<&str> = all
        .iter()
        .copied()
        .filter(|name| shortened.is_some() && split(name).1 == shortened.as_deref())
        .collect();
    match (same.is_empty(), float.is_empty()) {
        (false, _) => same,
        (true, false) => float,
        (true, true) => all,
    }
}

fn trim_float(value: &str) -> &str {
    let is_float = value.contains('.') && value.parse::<f64>().is_ok();
    if is_float { value.trim_end_matches('0').trim_end_matches('.') } else { value }
}

fn unique<'r>(own: &[&'r Reported<'_>]) -> Vec<&'r str> {
    let mut names: Vec<&str> = Vec::new();
    for own in own {
        if !names.contains(&own.name.name.as_str()) {
            names.push(&own.name.name);
        }
    }
    names
}

/// The names that look most like it.
fn closest<'r>(name: &str, reported: &'r [Reported<'_>]) -> Vec<&'r str> {
    let name = name.to_lowercase();
    let all: Vec<&Reported<'_>> = reported.iter().filter(|own| own.on_pull()).collect();
    let mut scored: Vec<(f64, &str)> =
        unique(&all).into_iter().map(|own| (strsim::jaro_winkler(&name, &own.to_lowercase()), own)).collect();
    crate::sorted::by(&mut scored, |a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(CLOSEST).filter(|(score, _)| *score > 0.5).map(|(_, name)| name).collect()
}
