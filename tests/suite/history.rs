//! Runs are recorded and counted: from advisory to blocking, through the real binary.

use crate::support;
use crate::support::{Folder, Run, Step, git};

const CLEAN: &str = "on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
";

const UNPINNED: &str = "on: push
permissions: { contents: write }
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: vendor/tool@v1
";

const SETTINGS: &str = "version: 1
history: .github/ci-guard.history.jsonl
checks:
  integrity: { blocking-after: { clean-runs: 2 } }
";

const CI: &str = ".github/workflows/ci.yml";
const FILE: &str = ".github/ci-guard.history.jsonl";

/// A run of `check` and one of `history record`, as two steps of a job.
fn round(folder: &Folder, number: &str, commit: char) -> (Run, Run) {
    let step = Step::new();
    let report = step.files.path().join("report.json");
    let output = format!("--output=json={}", report.display());
    let check = step.run(folder.path(), &["check", "integrity", &output], &[]);
    let from = format!("--from-report={}", report.display());
    let sha = commit.to_string().repeat(40);
    let variables = [
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_RUN_ID", number),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_SHA", sha.as_str()),
    ];
    let record = Step::new().run(folder.path(), &["history", "record", &from], &variables);
    (check, record)
}

#[test]
fn a_check_blocks_after_enough_clean_runs_and_stays_blocking() {
    let folder = Folder::with(&[(".github/ci-guard.yml", SETTINGS), (CI, UNPINNED)]);
    let (check, record) = round(&folder, "1", 'a');
    assert_eq!((check.code, record.code), (0, 0), "{}\n{}\n{}", check.out, record.out, record.err);
    assert!(check.out.contains("advisory (0 of 2 clean)"), "{}", check.out);
    folder.write(CI, CLEAN);
    for (number, commit) in [("2", 'b'), ("3", 'c')] {
        let (check, record) = round(&folder, number, commit);
        assert_eq!((check.code, record.code), (0, 0), "{}\n{}", check.out, record.out);
    }
    // The same run again is no other run.
    let (_, again) = round(&folder, "3", 'c');
    assert!(again.out.contains("already"), "{}", again.out);
    assert_eq!(folder.read(FILE).lines().count(), 3);
    let list = support::run(folder.path(), &["history", "list"], &[]);
    assert!(list.out.contains("3 runs, each follows the one before"), "{}{}", list.out, list.err);
    assert!(list.out.contains("integrity (blocking): 2 clean runs in a row were reached on"), "{}", list.out);
    folder.write(CI, UNPINNED);
    let (check, _) = round(&folder, "4", 'd');
    assert_eq!(check.code, 1, "{}", check.out);
    // What it found now is recorded, and opens nothing.
    let (check, _) = round(&folder, "5", 'e');
    assert_eq!(check.code, 1, "{}", check.out);
}

#[test]
fn who_damages_the_history_opens_nothing() {
    let folder = Folder::with(&[(".github/ci-guard.yml", SETTINGS), (CI, UNPINNED)]);
    round(&folder, "1", 'a');
    round(&folder, "2", 'b');
    folder.write(FILE, folder.read(FILE).replace("\"run\":\"1\"", "\"run\":\"9\""));
    let check = support::run(folder.path(), &["check", "integrity"], &[]);
    assert_eq!(check.code, 1, "{}", check.out);
    assert!(check.out.contains("policy/broken-history"), "{}", check.out);
    let before = folder.read(FILE);
    let (_, record) = round(&folder, "3", 'c');
    assert_eq!((record.code, folder.read(FILE)), (3, before), "{}", record.out);
    assert_eq!(support::run(folder.path(), &["history", "list"], &[]).code, 1);
}

#[test]
fn what_is_proposed_is_not_recorded() {
    let folder = Folder::with(&[(".github/ci-guard.yml", SETTINGS), (CI, CLEAN)]);
    let run = Step::new().run(
        folder.path(),
        &["history", "record", "--from-report=nothing.json", "--no-config", "--history=h.jsonl"],
        &[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_REF", "refs/pull/7/merge")],
    );
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("nothing is recorded"), "{}", run.out);
    assert!(!folder.path().join("h.jsonl").exists());
}

#[test]
fn a_branch_can_hold_the_history() {
    let settings = SETTINGS.replace("history: .github/ci-guard.history.jsonl", "history: { branch: guard }");
    let folder = Folder::with(&[(".github/ci-guard.yml", &settings), (CI, CLEAN)]);
    let at = folder.path();
    let (Some(_), Some(_)) = (git(at, &["init", "-q"]), git(at, &["add", "-A"])) else {
        return eprintln!("skipped: there is no git");
    };
    git(at, &["commit", "-qm", "x"]).unwrap();
    let before = support::run(at, &["check", "integrity"], &[]);
    assert!(before.out.contains("the branch `guard` is not in this clone"), "{}", before.out);
    for (number, commit) in [("1", 'a'), ("2", 'b')] {
        let (_, record) = round(&folder, number, commit);
        assert_eq!(record.code, 0, "{}{}", record.out, record.err);
    }
    assert_eq!(git(at, &["rev-list", "--count", "guard"]).unwrap(), "2");
    assert_eq!(git(at, &["show", "guard:history.jsonl"]).unwrap().lines().count(), 2);
    git(at, &["fsck", "--strict"]).unwrap();
    let after = support::run(at, &["check", "integrity"], &[]);
    assert!(after.out.contains("2 clean runs in a row were reached"), "{}", after.out);
}
