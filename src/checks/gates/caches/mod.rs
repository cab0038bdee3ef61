//! Caches: what is restored was made for the job that restores it, and changes when what it holds does.

mod buildx;
mod pip;
mod restore;
mod rust;

use crate::checks::Record;
use crate::rule::{Category, Rule, Severity};

use super::jobs::JobFacts;
use super::scene::Scene;

rule!(CACHE_CROSSED, "cache-crossed", Note, "a restore key that also takes the caches of another job");
rule!(CACHE_OVERWRITTEN, "cache-overwritten", Note, "images that overwrite each other's build cache");
rule!(
    CACHE_WITHOUT_COMPILER,
    "cache-without-compiler",
    Note,
    "a cache of compiled files whose key does not change with the compiler"
);
rule!(
    CACHE_OF_OTHER_FILES,
    "cache-of-other-files",
    Note,
    "a cache of packages whose key does not change with what the job installs"
);

/// Everything that this family can find.
pub(super) const RULES: [&Rule; 4] =
    [&CACHE_CROSSED, &CACHE_OVERWRITTEN, &CACHE_WITHOUT_COMPILER, &CACHE_OF_OTHER_FILES];

pub(super) fn look(_: &Scene<'_>, jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    restore::look(jobs, record);
    for job in jobs {
        buildx::look(job, record);
        rust::look(job, record);
        pip::look(job, record);
    }
}

/// True for the steps that keep and restore files.
fn is_cache(step: &super::jobs::StepFacts<'_, '_>) -> bool {
    step.step.step.is_one_of(&["actions/cache", "actions/cache/restore"])
}
