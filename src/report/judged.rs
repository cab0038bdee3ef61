//! The report of runs that the policy has judged: in order, bounded, and without secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{CheckOutcome, CheckReport, Exit, Report};
use crate::checks::{Outcome, Output, Table, Unit};
use crate::engine::Run;
use crate::excerpt;
use crate::location::Location;
use crate::policy::{Judged, Judgement, Policy, Verdict};
use crate::redact::Redactor;
use crate::sorted::IntoMap as _;
use crate::sorted::IntoSet as _;
use crate::subject::Subject;

impl Report {
    /// The report of runs that the policy has judged.
    pub fn new(runs: &[Run], judgement: Judgement, policy: &Policy, redactor: &Redactor) -> Report {
        let exit = match judgement.verdict {
            Verdict::Pass => Exit::Pass,
            Verdict::Fail => Exit::Fail,
            Verdict::Error => Exit::NotVerified,
        };
        let mut findings = judgement.findings;
        findings.iter_mut().for_each(|judged| clean(judged, redactor));
        let order: Vec<&str> = runs.iter().map(|run| run.check).collect();
        // They come check by check.
        for of_check in findings.chunk_by_mut(|a, b| a.finding.rule.check() == b.finding.rule.check()) {
            let rank = |judged: &Judged| (!judged.blocking, std::cmp::Reverse(judged.finding.severity));
            crate::sorted::by(of_check, |a, b| {
                rank(a).cmp(&rank(b)).then_with(|| a.finding.location.cmp(&b.finding.location))
            });
        }
        let mut checks: Vec<CheckReport> =
            runs.iter().map(|run| check_report(run, policy, &findings, redactor)).collect();
        let about_policy = findings.iter().any(|judged| judged.finding.rule.check() == POLICY);
        if about_policy && !order.contains(&POLICY) {
            checks.push(policy_report(policy));
        }
        let subjects: BTreeSet<Subject> = runs.iter().flat_map(|run| run.subjects.clone()).into_set();
        let subjects = subjects.into_iter().collect();
        let mut report = Report { exit, checks, findings, subjects, ..Report::failed(exit, "") };
        report.error = None;
        let cleaned = |output: &Output| match output.is_clean {
            true => redactor.without_values(&output.text).into_owned(),
            false => redactor.clean(&output.text).into_owned(),
        };
        let own = runs.iter().flat_map(|run| &run.outputs);
        report.outputs.extend(own.map(|(name, output)| ((*name).to_owned(), cleaned(output))));
        report
    }
}

/// Bytes of a message or help that are shown.
pub(super) const MAX_TEXT: usize = 2000;

/// Reasons that are shown of a check that could not look.
const MAX_REASONS: usize = 10;

/// The name under which findings about exceptions and settings are shown.
const POLICY: &str = "policy";

/// The row of the exceptions, where no check of that name ran.
fn policy_report(policy: &Policy) -> CheckReport {
    CheckReport {
        name: POLICY,
        outcome: CheckOutcome::Findings,
        mode: policy.check_mode(POLICY),
        examined: policy.waivers.len() + policy.baseline.len(),
        unit: Unit { one: "exception", many: "exceptions" },
        reasons: Vec::new(),
        not_requested: None,
        not_examined: BTreeMap::new(),
        notes: Vec::new(),
        promotion: None,
        tables: Vec::new(),
        duration: Duration::ZERO,
    }
}

pub(super) fn clean(judged: &mut Judged, redactor: &Redactor) {
    let own = |text: &mut String| {
        if let std::borrow::Cow::Owned(cleaned) = redactor.clean(text) {
            *text = cleaned;
        }
        *text = excerpt::shortened(std::mem::take(text), MAX_TEXT);
    };
    let finding = &mut judged.finding;
    own(&mut finding.message);
    finding.help.as_mut().map(own);
    finding.related.iter_mut().for_each(|(location, message)| {
        own(message);
        hide_in_path(location);
    });
    hide_in_path(&mut finding.location);
    judged.waived_by.as_mut().map(own);
    if let Some(advisory) = &mut finding.advisory {
        own(&mut advisory.summary);
    }
    // Names that others chose; known values stay in paths, or their lines could not be shown.
    if let Location::Status { context: name } | Location::Artifact { name } = &mut finding.location {
        own(name);
    }
}

/// A file that is called as a credential is shown without its lines.
fn hide_in_path(location: &mut Location) {
    if let Location::File { path, .. } | Location::Package { path, .. } = location
        && let std::borrow::Cow::Owned(hidden) = crate::masking::without_credentials(path)
    {
        *path = hidden;
    }
}

/// The table without what is known to be secret.
pub(crate) fn clean_table(table: &Table, redactor: &Redactor) -> Table {
    let rows =
        table.rows.iter().map(|row| row.iter().map(|cell| redactor.clean(cell).into_owned()).collect());
    Table { rows: rows.collect(), ..table.clone() }
}

fn check_report(run: &Run, policy: &Policy, findings: &[Judged], redactor: &Redactor) -> CheckReport {
    let cleaned = |text: &String| redactor.clean(text).into_owned();
    let found =
        findings.iter().any(|judged| judged.finding.rule.check() == run.check && judged.waived_by.is_none());
    let (outcome, reasons) = match &run.outcome {
        _ if !run.not_verified.is_empty() => {
            let first = run.not_verified.iter().take(MAX_REASONS).map(cleaned);
            let more = run.not_verified.len().saturating_sub(MAX_REASONS);
            let rest = (more > 0).then(|| format!("and {more} more"));
            (CheckOutcome::NotVerified, first.chain(rest).collect())
        }
        _ if found => (CheckOutcome::Findings, Vec::new()),
        Outcome::NotApplicable(reason) => (CheckOutcome::NotApplicable, vec![cleaned(reason)]),
        Outcome::Examined(_) => (CheckOutcome::Pass, Vec::new()),
    };
    CheckReport {
        name: run.check,
        outcome,
        mode: policy.check_mode(run.check),
        examined: match run.outcome {
            Outcome::Examined(number) => number,
            Outcome::NotApplicable(_) => 0,
        },
        unit: run.unit,
        reasons,
        not_requested: run.not_requested,
        not_examined: run.not_examined.iter().map(|(reason, n)| (cleaned(reason), *n)).into_map(),
        notes: policy.outlook(run.check).iter().chain(&run.notes).map(cleaned).collect(),
        promotion: policy.promotion(run.check).cloned(),
        tables: run.tables.iter().map(|table| clean_table(table, redactor)).collect(),
        duration: run.duration,
    }
}
