//! Runs with secrets that check out the code of a stranger.

use super::Scene;
use super::executes;
use super::places::{JobPlace, StepPlace};
use super::reach::{Events, Reach, Starter};
use super::taint::foreign::What;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static UNTRUSTED_CHECKOUT: Rule = Rule {
    id: "integrity/untrusted-checkout",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a run with secrets checks out the code of a pull request",
    allow: None,
};

/// Checkouts of a job that are judged each by itself. The first one says it all.
const MAX_JUDGED: usize = 50;

pub(super) fn look_at_job<'d>(job: &JobPlace<'d>, _: &Scene<'d>, record: &mut Record) {
    let is_checkout = |place: &StepPlace<'_, '_>| {
        place.flow.brings.as_ref().is_some_and(|foreign| foreign.what == What::Checkout)
    };
    if !job.places().any(|place| is_checkout(&place)) {
        return;
    }
    let runs: Vec<bool> = job.places().map(|place| executes::anything(&place.step)).collect();
    for place in job.places().filter(is_checkout).take(MAX_JUDGED) {
        record.findings.extend(judge(job, &place, &runs));
    }
}

fn judge(job: &JobPlace<'_>, place: &StepPlace<'_, '_>, runs: &[bool]) -> Option<Finding> {
    let foreign = place.flow.brings.as_ref()?;
    let origin = foreign.taint.origins.iter().find(|origin| origin.kind.names_code())?;
    let anyone = origin.events.and(Events::that(|event| event.starter == Starter::Anyone));
    let own = place.flow.reach;
    let event = *own.outsiders(anyone).first()?;
    let later = job.places().zip(runs).skip(place.index + 1);
    let run_at: Option<Reach> = later
        .filter(|(step, runs)| **runs && executes::may_see(&step.step, foreign))
        .map(|(step, _)| step.flow.reach.and(own))
        .chain(foreign.is_run.then_some(own))
        .filter(|reach| !reach.outsiders(anyone).is_empty())
        .max_by_key(|reach| reach.severity(anyone));
    let (severity, message) = match run_at {
        Some(reach) => (
            reach.severity(anyone),
            format!("`{event}` runs with secrets, and this job executes the code of the pull request"),
        ),
        None => (
            own.severity(anyone).min(Severity::Warning),
            format!("`{event}` runs with secrets, and this step checks out the code of the pull request"),
        ),
    };
    // What only a guard stands before is one mistake away; without it nothing is run.
    let severity = if run_at.is_none() && severity == Severity::Warning && own.open.and(anyone).is_empty() {
        Severity::Note
    } else {
        severity
    };
    let finding = Finding::new(&UNTRUSTED_CHECKOUT, foreign.place.clone(), message)
        .severity(severity)
        .help(
            "build pull requests under `pull_request`, without secrets, and hand over results as artifacts; or \
             check out the base",
        )
        .subject(format!("{} {}", job.id(), origin.name));
    Some(super::template_injection::with_trail(finding, &foreign.taint))
}
