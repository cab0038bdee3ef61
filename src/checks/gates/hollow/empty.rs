//! Checks that succeed although there is nothing to check.

use crate::checks::Record;
use crate::finding::Finding;

use super::super::jobs::{JobFacts, StepFacts};
use super::super::scene::Scene;
use super::fate::Fate;
use super::{PASSES_WITHOUT_TESTS, severity};

/// Options with which a test command succeeds without tests.
const EMPTY_IS_FINE: [&str; 5] = [
    "--passWithNoTests",
    "--pass-with-no-tests",
    "--if-present",
    "--suppress-no-test-exit-code",
    "--allow-no-tests",
];

/// Commands that succeed when a folder that they are given does not exist.
const MISSING_IS_FINE: [&str; 1] = ["bandit"];

pub(super) fn look(job: &JobFacts<'_, '_>, scene: &Scene<'_>, record: &mut Record) {
    for step in &job.steps {
        for fate in step.checks().filter(|fate| fate.loss.is_none()) {
            if let Some(word) =
                fate.known.arguments().iter().find(|word| EMPTY_IS_FINE.contains(&&*word.text))
            {
                let message =
                    format!("`{}` lets `{}` succeed without a single test", word.text, fate.known.name);
                push(job, step, fate, message, "remove the option".to_owned(), record);
            } else if MISSING_IS_FINE.contains(&&*fate.known.name) {
                missing(job, step, fate, scene, record);
            }
        }
    }
}

fn missing(
    job: &JobFacts<'_, '_>,
    step: &StepFacts<'_, '_>,
    fate: &Fate<'_>,
    scene: &Scene<'_>,
    record: &mut Record,
) {
    let folder =
        |text: &str| text.ends_with('/') && !text.starts_with(['-', '/', '~', '.']) && !text.contains("..");
    let in_folder = step.step.step.node.get("working-directory").is_some();
    let arguments =
        fate.known.arguments().iter().filter_map(|word| word.literal()).filter(|text| folder(text));
    let missing: Vec<&str> = arguments
        .filter(|text| {
            !scene.context.checkout.listing().files.iter().any(|entry| entry.path.starts_with(*text))
        })
        .collect();
    let Some(first) = missing.first().filter(|_| !in_folder) else { return };
    let message = format!("`{first}` does not exist, and `{}` succeeds all the same", fate.known.name);
    push(job, step, fate, message, "name folders that exist".to_owned(), record);
}

fn push(
    job: &JobFacts<'_, '_>,
    step: &StepFacts<'_, '_>,
    fate: &Fate<'_>,
    message: String,
    help: String,
    record: &mut Record,
) {
    let Some(place) = step.at(fate.range.clone()) else { return };
    let finding = Finding::new(&PASSES_WITHOUT_TESTS, place, message)
        .severity(severity(job, &PASSES_WITHOUT_TESTS))
        .help(help)
        .subject(format!("{} {} {}", job.scene.id(), step.index, fate.known.name));
    record.push(finding);
}
