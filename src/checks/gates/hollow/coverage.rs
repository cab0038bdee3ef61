//! Coverage that is measured, and that nothing compares with a limit.

use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::Severity;

use super::super::jobs::JobFacts;
use super::super::scene::Scene;
use super::NO_COVERAGE_LIMIT;

/// Files in which pytest-cov and coverage.py look for a limit, and those in which services do.
const CONFIGURATION: [&str; 12] = [
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    ".coveragerc",
    "pytest.ini",
    "codecov.yml",
    ".codecov.yml",
    ".github/codecov.yml",
    "codecov.yaml",
    ".codecov.yaml",
    ".github/codecov.yaml",
    ".github/workflows/.coveragerc",
];

/// How a limit is written, in files and on command lines.
const LIMITS: [&str; 4] = ["fail_under", "fail-under", "coverage_threshold", "coverage:"];

pub(super) fn look(jobs: &[JobFacts<'_, '_>], scene: &Scene<'_>, record: &mut Record) {
    let measured = jobs.iter().find_map(|job| {
        let starts = job.scene.file.workflow.is_started_by(&["pull_request", "merge_group"]);
        job.steps.iter().filter(|_| starts).find_map(|step| {
            let fate = step.fates.iter().find(|fate| {
                fate.known.name == "pytest"
                    && fate
                        .known
                        .arguments()
                        .iter()
                        .any(|word| word.text == "--cov" || word.text.starts_with("--cov="))
            })?;
            Some((job, step.at(fate.range.clone())?))
        })
    });
    let Some((job, place)) = measured else { return };
    let checkout = scene.context.checkout;
    let configured =
        CONFIGURATION.iter().filter(|path| checkout.contains(path)).any(|path| match checkout.read(path) {
            Ok(source) => LIMITS.iter().any(|limit| source.text().contains(limit)),
            // What cannot be read may hold one.
            Err(_) => true,
        });
    let elsewhere =
        scene.files.iter().any(|file| LIMITS[..2].iter().any(|limit| file.source.text().contains(limit)));
    // A script that reads the figure and fails by itself.
    let own = jobs.iter().flat_map(|job| &job.steps).filter_map(|step| step.step.script.as_ref());
    let scripted =
        own.into_iter().any(|script| script.text.contains("coverage") && script.text.contains("exit 1"));
    if configured || elsewhere || scripted {
        return;
    }
    let message = "coverage is measured here, and nothing in this repository fails when it falls";
    let finding = Finding::new(&NO_COVERAGE_LIMIT, place, message)
        .severity(Severity::Note)
        .help("add `--cov-fail-under=80`, or `fail_under` to the settings of coverage.py")
        .subject(job.scene.id());
    record.push(finding);
}
