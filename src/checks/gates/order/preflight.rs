//! Deploys that preflight does not stand in front of, in a repository where it does elsewhere.

use crate::checks::Record;
use crate::finding::Finding;

use super::super::actions;
use super::super::jobs::{JobFacts, StepFacts, awaited};
use super::{NO_PREFLIGHT, Outlet, is_rehearsal, outlet};

pub(super) fn look(jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let first = |job: &JobFacts<'_, '_>| job.steps.iter().position(is_preflight);
    let guarded: Vec<Option<usize>> = jobs.iter().map(first).collect();
    if guarded.iter().all(Option::is_none) {
        return;
    }
    for (job, own) in jobs.iter().zip(&guarded).filter(|(job, _)| !is_rehearsal(job)) {
        let deploy = job.steps.iter().find_map(|step| {
            outlet(job, step).filter(|(kind, ..)| *kind == Outlet::Deploy).map(|found| (step.index, found))
        });
        let Some((index, (_, place, name))) = deploy else { continue };
        // Too many jobs to follow: nothing is said.
        let before = awaited(job, jobs)
            .is_none_or(|awaited| awaited.into_iter().any(|at| guarded.get(at).is_some_and(Option::is_some)));
        if before || own.is_some_and(|own| own < index) {
            continue;
        }
        let message =
            format!("`{name}` deploys, and preflight, which this repository uses, does not run before");
        let finding = Finding::new(&NO_PREFLIGHT, place, message)
            .help("add the job that runs preflight to `needs`, or a step with `checks: preflight` in front")
            .subject(job.scene.id());
        record.push(finding);
    }
}

/// True for a step that runs preflight.
fn is_preflight(step: &StepFacts<'_, '_>) -> bool {
    if let Some(script) = &step.step.script {
        return script.text.contains("ci-guard") && script.text.contains("preflight");
    }
    let own = &step.step.step;
    let slug = actions::slug(own.uses().and_then(|uses| uses.text()).unwrap_or_default());
    let checks = own.input("checks").and_then(|checks| checks.text()).unwrap_or_default();
    slug.split('/').nth(1) == Some("ci-guard") && checks.contains("preflight")
}
