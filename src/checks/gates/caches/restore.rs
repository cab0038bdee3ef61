//! Restore keys that begin like the keys of another job.

use crate::checks::Record;
use crate::finding::Finding;
use crate::tree::Node;
use crate::workflow::scalar_text;

use super::super::jobs::{JobFacts, StepFacts};
use super::{CACHE_CROSSED, is_cache};

/// Caches of one repository that are compared with each other; more are generated.
const MAX_CACHES: usize = 200;

/// What a cache holds, as it is written: the action keeps caches of other paths apart, whatever their keys.
fn holds<'t>(step: &StepFacts<'_, 't>) -> (Vec<&'t str>, Option<&'t str>) {
    let input = |name: &str| step.step.step.input(name).and_then(|node| node.text());
    let paths = input("path").unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
    (paths.collect(), input("enableCrossOsArchive"))
}

pub(super) fn look(jobs: &[JobFacts<'_, '_>], record: &mut Record) {
    let caches = jobs.iter().flat_map(|job| {
        job.steps.iter().filter(|step| is_cache(step)).filter_map(move |step| {
            let key = step.step.step.input("key")?;
            Some((job, step, key))
        })
    });
    let caches: Vec<(&JobFacts<'_, '_>, &StepFacts<'_, '_>, Node<'_>)> = caches.take(MAX_CACHES).collect();
    for (job, step, key) in &caches {
        let Some(list) = step.step.step.input("restore-keys") else { continue };
        let own = key.text().unwrap_or_default();
        let Some(prefix) = list.text().into_iter().flat_map(str::lines).map(str::trim).find(|line| {
            // The prefix is all that the job's own keys have in common, so its other caches are what is meant.
            !line.is_empty() && own.strip_prefix(line).is_some_and(|rest| rest.starts_with("${{"))
        }) else {
            continue;
        };
        let crossed = caches.iter().find(|(_, other, key)| {
            let rest = key.text().unwrap_or_default().strip_prefix(prefix);
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
                && holds(step) == holds(other)
        });
        let Some((other, _, other_key)) = crossed else { continue };
        let start = list.text().unwrap_or_default().find(prefix).unwrap_or(0);
        let source = job.scene.file.source;
        let range = scalar_text::source_range(source, list, start..start + prefix.len());
        let message = format!(
            "`{prefix}` also restores the caches of the job `{}` in {}, whose keys begin with it",
            other.scene.id(),
            other.scene.file.path()
        );
        let finding = Finding::new(&CACHE_CROSSED, source.at(range), message)
            .help(format!("put the name of the job into the key, such as `{prefix}{}-`", job.scene.id()))
            .related(other.scene.file.source.at_node(*other_key), "the other key is here")
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}
