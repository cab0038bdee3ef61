//! Jobs without a limit of time: GitHub's own is six hours. One finding for each workflow.

use crate::checks::Record;
use crate::finding::Finding;
use crate::workflow::library::File;
use crate::workflow::model::Job;

use super::NO_TIMEOUT;

/// Places that a finding shows besides the first.
const SHOWN: usize = 20;

pub(super) fn look(files: &[File<'_>], record: &mut Record) {
    files.iter().for_each(|file| one(file, record));
}

fn one(file: &File<'_>, record: &mut Record) {
    let has_none = |job: &&Job<'_>| {
        job.uses().is_none() && !job.steps.is_empty() && job.node.get("timeout-minutes").is_none()
    };
    let jobs: Vec<&Job<'_>> = file.workflow.jobs.iter().filter(has_none).collect();
    let Some(first) = jobs.first() else { return };
    let message = match jobs.len() {
        1 => format!("the job `{}` has no `timeout-minutes`: if it hangs, it runs for six hours", first.id),
        number => format!("{number} jobs have no `timeout-minutes`: one that hangs runs for six hours"),
    };
    let mut finding = Finding::new(&NO_TIMEOUT, file.source.at_node(first.key), message)
        .help("add `timeout-minutes` to each, a few times what it usually takes")
        .subject("timeouts");
    for job in jobs.iter().skip(1).take(SHOWN) {
        finding = finding.related(file.source.at_node(job.key), format!("`{}` has none", job.id));
    }
    record.push(finding);
}
