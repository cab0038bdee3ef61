//! Runs the planned checks at the same time, and makes evidence of what they recorded.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use crate::checkout::Checkout;
use crate::checks::{Check, Context, Outcome, Output, Record, Table, Unit};
use crate::crash;
use crate::finding::Finding;
use crate::fingerprint;
use crate::ignores;
use crate::parallel;
use crate::policy::{Evidence, Fingerprinted};
use crate::settings::Base;
use crate::subject::Subject;

/// What one check did.
#[derive(Debug)]
pub struct Run {
    /// The check's name.
    pub check: &'static str,
    /// What `examined` counts.
    pub unit: Unit,
    /// How it ended.
    pub outcome: Outcome,
    /// Why something could not be looked at.
    pub not_verified: Vec<String>,
    /// What others would be asked, had anybody asked for that.
    pub not_requested: Option<&'static str>,
    /// What was passed over on purpose: reason and count.
    pub not_examined: BTreeMap<String, usize>,
    /// Lines for the reader.
    pub notes: Vec<String>,
    /// Tables for the reader.
    pub tables: Vec<Table>,
    /// What was verified, for a statement about it.
    pub subjects: Vec<Subject>,
    /// Outputs of the action.
    pub outputs: BTreeMap<&'static str, Output>,
    /// How long it took.
    pub duration: Duration,
    /// Findings sorted by place.
    pub findings: Vec<Fingerprinted>,
}

impl Run {
    /// Hands over what the policy needs to know, the findings with it.
    pub fn evidence(&mut self) -> Evidence {
        Evidence {
            check: self.check,
            not_verified: !self.not_verified.is_empty(),
            findings: std::mem::take(&mut self.findings),
        }
    }
}

/// Runs the checks. One that panics or fails is not verified; the others go on: in the program a panic starts everything
/// again without that check ([`crash`]), elsewhere it is caught.
pub fn run(checks: &[&'static dyn Check], context: &Context<'_>) -> Vec<Run> {
    let crashed = crash::crashed(context.environment);
    let look = |check: &'static dyn Check| {
        if crashed.contains(&check.name()) {
            return crash_of(check);
        }
        crash::on_demand(check, context.environment);
        let start = Instant::now();
        let mut record = Record::default();
        let outcome = check.run(context, &mut record);
        finish(check, outcome, record, start, context)
    };
    let caught = |check: &'static dyn Check| {
        panic::catch_unwind(AssertUnwindSafe(|| look(check))).unwrap_or_else(|_| crash_of(check))
    };
    if context.settings.online {
        // What asks servers mostly waits for them: every check has a thread then.
        parallel::start(checks.len());
    }
    parallel::each(checks, |check| crash::within(Some(check.name()), || caught(*check)))
}

/// The panic's own words may hold foreign text or a secret; they are dropped.
fn crash_of(check: &'static dyn Check) -> Run {
    broken(check, "the check crashed; this is a bug of ci-guard".to_owned())
}

/// Evidence made by a command rather than a check.
pub fn recorded(
    check: &'static str,
    unit: Unit,
    examined: usize,
    record: Record,
    checkout: &Checkout,
) -> Run {
    let around = (&Base::WorkTree, checkout);
    assemble(check, unit, Outcome::Examined(examined), record, Duration::ZERO, around)
}

fn finish(
    check: &'static dyn Check,
    outcome: anyhow::Result<Outcome>,
    mut record: Record,
    start: Instant,
    context: &Context<'_>,
) -> Run {
    let outcome = outcome.unwrap_or_else(|error| {
        record.not_verified(format!("{error:#}"));
        Outcome::Examined(0)
    });
    let around = (&context.settings.base, context.checkout);
    let run = assemble(check.name(), check.unit(), outcome, record, start.elapsed(), around);
    let looked = matches!(run.outcome, Outcome::Examined(_)) && !context.settings.online;
    Run { not_requested: check.online().filter(|_| looked), ..run }
}

fn broken(check: &'static dyn Check, reason: String) -> Run {
    Run {
        check: check.name(),
        unit: check.unit(),
        outcome: Outcome::Examined(0),
        not_verified: vec![reason],
        not_requested: None,
        not_examined: BTreeMap::new(),
        notes: Vec::new(),
        tables: Vec::new(),
        subjects: Vec::new(),
        outputs: BTreeMap::new(),
        duration: Duration::ZERO,
        findings: Vec::new(),
    }
}

fn assemble(
    check: &'static str,
    unit: Unit,
    outcome: Outcome,
    mut record: Record,
    duration: Duration,
    (base, checkout): (&Base, &Checkout),
) -> Run {
    if record.left_out > 0 {
        let number = record.left_out;
        record.not_verified(format!(
            "{number} more findings are not listed; mend those that are, then run again"
        ));
    }
    let findings = fingerprinted(record.findings, base, checkout);
    Run {
        check,
        unit,
        outcome,
        not_verified: record.not_verified,
        not_requested: None,
        not_examined: record.not_examined,
        notes: record.notes,
        tables: record.tables,
        subjects: record.subjects,
        outputs: record.outputs,
        duration,
        findings,
    }
}

/// Sorts findings by place, and gives each its fingerprint and what ignore comments make of it.
fn fingerprinted(mut findings: Vec<Finding>, base: &Base, checkout: &Checkout) -> Vec<Fingerprinted> {
    crate::sorted::by(&mut findings, |a, b| {
        (&a.location, a.rule.id, &a.message).cmp(&(&b.location, b.rule.id, &b.message))
    });
    findings.dedup_by(|a, b| a.rule.id == b.rule.id && a.location == b.location && a.message == b.message);
    let mut seen: HashMap<u128, usize> = HashMap::with_capacity(findings.len());
    let mut result = Vec::with_capacity(findings.len());
    for finding in findings {
        let span = finding.location.in_file().and_then(|(path, span)| Some((path.to_owned(), span?)));
        let place = span.and_then(|(path, span)| Some((checkout.read(&path).ok()?, span)));
        let line = place.as_ref().and_then(|(source, span)| source.line(span.line)).unwrap_or_default();
        let mut fingerprint = fingerprint::of(&finding, line, 0);
        // A number takes a third of what its digits do.
        match seen.entry(u128::from_str_radix(&fingerprint, 16).unwrap_or_default()) {
            Entry::Occupied(mut ordinal) => {
                *ordinal.get_mut() += 1;
                fingerprint = fingerprint::of(&finding, line, *ordinal.get());
            }
            Entry::Vacant(first) => _ = first.insert(0),
        }
        let ignored = match &place {
            Some((source, span)) if finding.ignorable => {
                ignores::judge(&finding, source, span.line, base, checkout)
            }
            _ => ignores::Ignored::default(),
        };
        result.push(Fingerprinted { finding, fingerprint, ignored: ignored.reason });
        if let Some(finding) = ignored.finding {
            let fingerprint = fingerprint::of(&finding, line, 0);
            result.push(Fingerprinted { finding, fingerprint, ignored: None });
        }
    }
    result
}

#[cfg(test)]
mod tests;
