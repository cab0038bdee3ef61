//! What the pipeline does with lockfiles: its installs are locked, and its caches follow the lock.

mod actions;
mod cache;
mod commands;
mod dockerfile;
mod images;
mod installs;
mod platforms;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::workflow::library::Library;
use crate::workflow::shell::shell_of;

pub use cache::CACHE_KEY;
pub use installs::UNLOCKED_INSTALL;

use installs::{Scene, Steps};

/// Looks at all workflows, the actions of this repository that they use, and its Dockerfiles. `lockfiles` are the
/// paths of the repository's own.
pub fn judge(checkout: &Checkout, lockfiles: &[&str]) -> Record {
    let mut own = Record::default();
    let record = &mut own;
    let library = Library::of(checkout);
    let (files, broken) = library.files();
    for path in broken {
        record.not_examined(format!("installs and caches of `{path}`, which does not parse"));
    }
    let scene = Scene { checkout, lockfiles };
    let mut caches = Vec::new();
    for file in &files {
        for job in &file.workflow.jobs {
            let steps = Steps {
                source: file.source,
                owner: job.id,
                steps: &job.steps,
                shell: &|step| shell_of(&file.workflow, job, step).kind,
                around: &[job.node, file.workflow.root],
            };
            steps.judge(&scene, record);
            caches.extend(job.steps.iter().filter_map(|step| cache::Cache::of(file, job, *step)));
        }
    }
    actions::judge(&files, &scene, record);
    images::judge(&scene, record);
    cache::judge(&caches, checkout, lockfiles, record);
    own
}
