//! Build caches of images in one scope. Source: Docker's documentation of the cache backend `gha`: one scope holds the
//! cache of one image, and a second one overwrites it.

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::names::{Expansion, Scope, expand};

use super::super::jobs::JobFacts;
use super::CACHE_OVERWRITTEN;

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    let legs = match expand(job.scene.job.node.at(&["strategy", "matrix"]), &Scope::default()) {
        Expansion::Legs(legs) => legs.len(),
        _ => return,
    };
    for step in job.steps.iter().filter(|step| step.step.step.is_action("docker/build-push-action")) {
        let Some(to) = step.step.step.input("cache-to") else { continue };
        let text = to.text().unwrap_or_default();
        if legs < 2 || !text.contains("type=gha") || text.contains("scope=") {
            continue;
        }
        let message = format!(
            "the {legs} legs of the matrix write their build caches to one scope, and each overwrites the others'"
        );
        let finding = Finding::new(&CACHE_OVERWRITTEN, job.scene.file.source.at_node(to), message)
            .help("add `scope=` with a value of the matrix to `cache-to` and `cache-from`")
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}
