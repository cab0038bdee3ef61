//! What was verified, as an unsigned in-toto Statement with the predicate `test-result`: actions/attest can sign it, and
//! a deploy job can read it without knowing this program.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{CheckOutcome, CheckReport, Report, Surroundings};
use crate::checkout::{Checkout, Git};
use crate::policy::{Judged, Mode, Verdict};
use crate::rule::Severity;
use crate::subject::Subject;

/// The type of a Statement, by its specification.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The type of the predicate, by its specification.
const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// The statement; an error if there is nothing that it could be about.
pub(super) fn render(report: &Report, around: &Surroundings<'_>) -> Result<String, &'static str> {
    let subjects: Vec<Value> =
        report.subjects.iter().cloned().chain(commit(around)).map(|subject| subject.descriptor()).collect();
    if subjects.is_empty() {
        return Err("there is no commit and no verified artifact that it could be about");
    }
    let tests = Tests::of(report);
    let result = match report.verdict() {
        Verdict::Fail | Verdict::Error => "FAILED",
        // Where nothing was looked at, nothing passed either.
        Verdict::Pass if tests.warned.is_empty() && !tests.passed.is_empty() => "PASSED",
        Verdict::Pass => "WARNED",
    };
    let configuration: Vec<Value> = report.settings.iter().map(Subject::descriptor).collect();
    let mut predicate = json!({
        "result": result,
        "configuration": configuration,
        "passedTests": tests.passed,
        "warnedTests": tests.warned,
        "failedTests": tests.failed,
    });
    if let Some(url) = around.runner.run_url() {
        predicate["url"] = url.into();
    }
    let statement = json!({
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": TEST_RESULT,
        "predicate": predicate,
    });
    Ok(super::pretty(&statement))
}

/// The commit that was looked at.
fn commit(around: &Surroundings<'_>) -> Option<Subject> {
    let known = |text: &String| !text.is_empty();
    let commit = around.checkout.and_then(Checkout::git).and_then(Git::head);
    let digest = commit.or_else(|| Some(around.runner.sha.clone()).filter(known))?;
    let repository = &around.runner.repository;
    let name = match repository.is_empty() {
        true => "commit".to_owned(),
        false => format!("git+{}/{repository}", around.runner.server_url),
    };
    Some(Subject { name, algorithm: "gitCommit", digest })
}

/// Checks that found nothing by their names, rules that found something by their ids, and checks that could not look.
#[derive(Default)]
struct Tests {
    passed: BTreeSet<String>,
    warned: BTreeSet<String>,
    failed: BTreeSet<String>,
}

impl Tests {
    fn of(report: &Report) -> Tests {
        let mut tests = Tests::default();
        let unverified = |check: &&CheckReport| check.outcome == CheckOutcome::NotVerified;
        // Notes are for readers, and never block.
        let counts = |judged: &&Judged| judged.finding.severity != Severity::Note;
        for judged in report.open().filter(counts) {
            let list = if judged.blocking { &mut tests.failed } else { &mut tests.warned };
            list.insert(judged.finding.rule.id.to_owned());
        }
        for check in report.checks.iter().filter(unverified) {
            let list = if check.mode == Mode::Blocking { &mut tests.failed } else { &mut tests.warned };
            list.insert(check.name.to_owned());
        }
        // One place of a rule may block, and another not.
        tests.warned.retain(|name| !tests.failed.contains(name));
        let passed = report.checks.iter().filter(|check| {
            let looked = matches!(check.outcome, CheckOutcome::Pass | CheckOutcome::Findings);
            looked && !report.open_of(check.name).any(|judged| counts(&judged))
        });
        tests.passed = passed.map(|check| check.name.to_owned()).collect();
        tests
    }
}
