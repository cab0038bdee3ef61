//! Caches of what a Rust compiler made, under a key that does not know which.

use crate::checks::Record;
use crate::finding::Finding;

use super::super::jobs::JobFacts;
use super::{CACHE_WITHOUT_COMPILER, is_cache};

/// Words of a key that stand for the compiler.
const COMPILER: [&str; 9] =
    ["rust", "toolchain", "stable", "nightly", "msrv", "version", "steps.", "matrix.", "date"];

pub(super) fn look(job: &JobFacts<'_, '_>, record: &mut Record) {
    for step in job.steps.iter().filter(|step| is_cache(step)) {
        let (Some(path), Some(key)) = (step.step.step.input("path"), step.step.step.input("key")) else {
            continue;
        };
        let compiled = |line: &str| line.trim_end_matches('/').rsplit('/').next() == Some("target");
        let has_target = path.text().unwrap_or_default().lines().map(str::trim).any(compiled);
        let text = key.text().unwrap_or_default();
        let lower = text.to_lowercase();
        if !has_target || !text.contains("Cargo.lock") || COMPILER.iter().any(|word| lower.contains(word)) {
            continue;
        }
        let message = "the key of this cache does not change with the compiler: after an update of Rust an old `target` is \
                       restored, of no use to it, and never saved anew";
        let finding = Finding::new(&CACHE_WITHOUT_COMPILER, job.scene.file.source.at_node(key), message)
            .help("put the version of `rustc` into the key, or use `Swatinem/rust-cache`, which does")
            .subject(format!("{} {}", job.scene.id(), step.index));
        record.push(finding);
    }
}
