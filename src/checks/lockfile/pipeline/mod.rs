//! What the pipeline does with lockfiles: its installs are locked, and its caches follow the lock.

mod cache;
mod commands;
mod installs;

use crate::checkout::Checkout;
use crate::checks::Record;
use crate::tree::Node;
use crate::workflow::library::{File, Library};
use crate::workflow::model::{Job, Step};

pub use cache::CACHE_KEY;
pub use installs::UNLOCKED_INSTALL;

/// Looks at all workflows. `lockfiles` are the paths of the repository's own.
pub fn judge(checkout: &Checkout, lockfiles: &[&str], record: &mut Record) {
    let library = Library::of(checkout);
    let (files, broken) = library.files();
    for path in broken {
        record.not_examined(format!("installs and caches of `{path}`, which does not parse"));
    }
    let mut caches = Vec::new();
    for file in &files {
        for job in &file.workflow.jobs {
            installs::judge(file, job, checkout, lockfiles, record);
            caches.extend(job.steps.iter().filter_map(|step| cache::Cache::of(file, job, *step)));
        }
    }
    cache::judge(&caches, checkout, lockfiles, record);
}

/// The value of a variable that a step sees, as far as the workflow writes it.
fn variable<'t>(name: &str, file: &File<'t>, job: &Job<'t>, step: Option<Step<'t>>) -> Option<&'t str> {
    let nodes = [step.map(|step| step.node), Some(job.node), Some(file.workflow.root)];
    nodes.into_iter().flatten().find_map(|node: Node<'t>| node.at(&["env", name])?.text())
}
