//! A pull request tries to switch the guard off in each possible way. Settings and exceptions come from the base.

use crate::support;
use crate::support::{Folder, Run, Step, git};

const UNPINNED: &str = "on: push
permissions: { contents: write }
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: vendor/tool@v1
";

const CLEAN: &str = "on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
";

const BLOCKING: &str = "version: 1\nmode: blocking\n";

const WAIVER: &str = "waivers:
  - rule: integrity/unpinned-uses
    path: .github/workflows/ci.yml
    reason: trust me
    approved-by: '@stranger'
    expires: 2999-01-01
";

/// A base commit, and a pull request on top of it that is checked out as GitHub's test merge is.
struct Proposal {
    folder: Folder,
    base: String,
}

impl Proposal {
    /// `None` where there is no git.
    fn new(base: &[(&str, &str)], head: &[(&str, Option<&str>)]) -> Option<Proposal> {
        let folder = Folder::with(base);
        let at = folder.path().to_owned();
        git(&at, &["init", "-q"])?;
        git(&at, &["add", "-A"])?;
        git(&at, &["commit", "-qm", "base", "--allow-empty"])?;
        let commit = git(&at, &["rev-parse", "HEAD"])?;
        git(&at, &["checkout", "-qb", "proposal"])?;
        for (path, text) in head {
            match text {
                Some(text) => drop(folder.write(path, text)),
                None => std::fs::remove_file(at.join(path)).unwrap(),
            }
        }
        git(&at, &["add", "-Af"])?;
        git(&at, &["commit", "-qm", "head", "--allow-empty"])?;
        git(&at, &["checkout", "-q", "-b", "merge", &commit])?;
        git(&at, &["merge", "-q", "--no-ff", "-m", "merge", "proposal"])?;
        Some(Proposal { folder, base: commit })
    }

    fn run(&self, variables: &[(&str, &str)]) -> Run {
        self.run_at(self.folder.path(), &self.base, variables)
    }

    fn run_at(&self, place: &std::path::Path, base: &str, variables: &[(&str, &str)]) -> Run {
        self.check_at("integrity", place, base, variables)
    }

    fn check_at(&self, check: &str, place: &std::path::Path, base: &str, variables: &[(&str, &str)]) -> Run {
        let step = Step::new();
        let event =
            format!("{{\"pull_request\":{{\"title\":\"Add a thing\",\"base\":{{\"sha\":\"{base}\"}}}}}}");
        step.files.write("event.json", event);
        let head = git(place, &["rev-parse", "HEAD"]).unwrap();
        let mut all = vec![
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_SHA", head.as_str()),
        ];
        all.extend_from_slice(variables);
        step.run(place, &["check", check, "--format=json"], &all)
    }
}

fn rules(run: &Run) -> Vec<String> {
    let report = run.json();
    report["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
}

fn blocks(run: &Run) {
    assert_eq!(run.code, 1, "the guard was switched off\n{}\n{}", run.out, run.err);
    let report = run.json();
    let blocking = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .any(|finding| finding["rule"] == "integrity/unpinned-uses" && finding["blocking"] == true);
    assert!(blocking, "{}", run.out);
}

macro_rules! or_skip {
    ($proposal:expr) => {
        match $proposal {
            Some(proposal) => proposal,
            None => return eprintln!("skipped: there is no git"),
        }
    };
}

const CI: &str = ".github/workflows/ci.yml";
const SETTINGS: &str = ".github/ci-guard.yml";

#[test]
fn a_pull_request_cannot_make_the_mode_advisory() {
    for mode in [
        "version: 1\nmode: advisory\n",
        "version: 1\nmode: blocking\nchecks: {integrity: {mode: 'off'}}\n",
        "version: 1\nmode: blocking\nrules: {integrity/unpinned-uses: {mode: 'off'}}\n",
        "version: 1\nmode: blocking\nfail-on: error\n",
        "version: 1\nmode: blocking\nrules: {integrity/unpinned-uses: {allow: ['vendor/*']}}\n",
    ] {
        let head = [(CI, Some(UNPINNED)), (SETTINGS, Some(mode))];
        let run = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &head)).run(&[]);
        blocks(&run);
        assert!(rules(&run).contains(&"policy/unreviewed-settings".to_owned()), "{}", run.out);
    }
}

#[test]
fn a_pull_request_cannot_remove_the_settings() {
    let head = [(CI, Some(UNPINNED)), (SETTINGS, None)];
    let run = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &head)).run(&[]);
    blocks(&run);
}

#[test]
fn a_pull_request_cannot_put_other_settings_beside_them() {
    let head = [
        (CI, Some(UNPINNED)),
        (SETTINGS, None),
        (".github/ci-guard.yaml", Some("version: 1\nmode: advisory\n")),
    ];
    let run = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &head)).run(&[]);
    blocks(&run);
}

#[test]
fn a_pull_request_cannot_waive_its_own_findings() {
    let waived = format!("{BLOCKING}{WAIVER}");
    let head = [(CI, Some(UNPINNED)), (SETTINGS, Some(waived.as_str()))];
    let run = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &head)).run(&[]);
    blocks(&run);
    assert!(rules(&run).contains(&"policy/unreviewed-exception".to_owned()), "{}", run.out);
}

#[test]
fn a_waiver_of_the_base_counts() {
    let waived = format!("{BLOCKING}{WAIVER}");
    let head = [(CI, Some(UNPINNED))];
    let run = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, &waived)], &head)).run(&[]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.json()["findings"][0]["waived_by"].as_str().unwrap().contains("@stranger"));
}

#[test]
fn a_pull_request_cannot_add_to_the_baseline() {
    let folder = Folder::with(&[(CI, UNPINNED)]);
    let report = support::run(folder.path(), &["check", "integrity", "--format=json"], &[]).json();
    let print = report["findings"][0]["fingerprint"].as_str().unwrap();
    let settings = format!("{BLOCKING}baseline: .github/baseline.json\n");
    let grown = format!("{{\"version\":1,\"findings\":{{\"{print}\":\"integrity/unpinned-uses\"}}}}");
    let base = [
        (CI, CLEAN),
        (SETTINGS, settings.as_str()),
        (".github/baseline.json", "{\"version\":1,\"findings\":{}}"),
    ];
    let head = [(CI, Some(UNPINNED)), (".github/baseline.json", Some(grown.as_str()))];
    blocks(&or_skip!(Proposal::new(&base, &head)).run(&[]));
    // The same baseline on the base side accepts the finding.
    let base = [(CI, CLEAN), (SETTINGS, settings.as_str()), (".github/baseline.json", grown.as_str())];
    let run = or_skip!(Proposal::new(&base, &[(CI, Some(UNPINNED))])).run(&[]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn a_pull_request_cannot_ignore_its_own_findings_by_comment() {
    let commented = UNPINNED.replace("@v1", "@v1 # ci-guard: ignore[integrity/unpinned-uses] trust me");
    let run =
        or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &[(CI, Some(commented.as_str()))]))
            .run(&[]);
    blocks(&run);
    assert!(rules(&run).contains(&"policy/unreviewed-exception".to_owned()), "{}", run.out);
    // A comment that the base has counts.
    let more = format!("{commented}      - run: make\n");
    let base = [(CI, commented.as_str()), (SETTINGS, BLOCKING)];
    let run = or_skip!(Proposal::new(&base, &[(CI, Some(more.as_str()))])).run(&[]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn a_pull_request_cannot_hide_files_from_the_listing() {
    let head = [
        (CI, Some(UNPINNED)),
        (".gitignore", Some(".github/\n*\n")),
        (".ignore", Some("*\n")),
        (".github/.gitignore", Some("*\n")),
    ];
    let run = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &head)).run(&[]);
    blocks(&run);
}

#[test]
fn without_the_base_exceptions_do_not_count_and_a_blocking_gate_fails() {
    let waived = format!("{BLOCKING}{WAIVER}");
    let proposal = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, &waived)], &[(CI, Some(UNPINNED))]));
    let shallow = Folder::new();
    let from = format!("file://{}", proposal.folder.path().display());
    git(shallow.path(), &["clone", "-q", "--depth=1", "--branch=merge", &from, "clone"]).unwrap();
    let run = proposal.run_at(&shallow.path().join("clone"), &proposal.base, &[]);
    blocks(&run);
    let report = run.json();
    let policy =
        report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "policy").unwrap().clone();
    assert_eq!(policy["outcome"], "not-verified");
    assert!(policy["reason"].as_str().unwrap().contains("fetch-depth: 2"), "{policy}");
    // Two commits are enough: the test merge's first parent is the base.
    git(shallow.path(), &["clone", "-q", "--depth=2", "--branch=merge", &from, "two"]).unwrap();
    let run = proposal.run_at(&shallow.path().join("two"), &"f".repeat(40), &[]);
    assert_eq!(run.code, 0, "{}\n{}", run.out, run.err);
}

#[test]
fn without_the_base_a_clean_blocking_gate_is_not_verified() {
    let proposal = or_skip!(Proposal::new(&[(CI, CLEAN), (SETTINGS, BLOCKING)], &[]));
    let shallow = Folder::new();
    let from = format!("file://{}", proposal.folder.path().display());
    git(shallow.path(), &["clone", "-q", "--depth=1", "--branch=merge", &from, "clone"]).unwrap();
    let run = proposal.run_at(&shallow.path().join("clone"), &proposal.base, &[]);
    assert_eq!(run.code, 3, "{}\n{}", run.out, run.err);
    assert_eq!(run.json()["verdict"], "error");
}

#[test]
fn the_author_s_own_parent_commit_is_no_base() {
    // The head commit is checked out instead of the test merge: its parent is the author's.
    let weak = [(CI, UNPINNED), (SETTINGS, "version: 1\nmode: advisory\n")];
    let proposal = or_skip!(Proposal::new(&weak, &[]));
    let step = Step::new();
    step.files.write(
        "event.json",
        "{\"pull_request\":{\"base\":{\"sha\":\"ffffffffffffffffffffffffffffffffffffffff\"}}}",
    );
    let run = step.run(
        proposal.folder.path(),
        &["check", "integrity", "--format=json", "--mode=blocking"],
        &[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_REF", "refs/pull/7/merge")],
    );
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("is not in this clone"), "{}", run.out);
}

/// A history of one clean run, whose hash the next line would have to name.
const HISTORY: &str = concat!(
    r#"{"schema":1,"at":"2026-11-02T10:00:00Z","commit":"a","ref":"refs/heads/main","run":"7","attempt":"1","#,
    r#""version":"0.1.0","verdict":"pass","checks":{"integrity":{"outcome":"pass"}},"#,
    r#""previous":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
    "\n"
);

#[test]
fn a_pull_request_cannot_take_runs_out_of_the_history() {
    const FILE: &str = ".github/ci-guard.history.jsonl";
    let settings = "version: 1\nhistory: .github/ci-guard.history.jsonl\nchecks: {integrity: {blocking-after: {clean-runs: 1}}}\n";
    let base = [(CI, CLEAN), (SETTINGS, settings), (FILE, HISTORY)];
    for history in [None, Some(""), Some("x\n")] {
        let run = or_skip!(Proposal::new(&base, &[(CI, Some(UNPINNED)), (FILE, history)])).run(&[]);
        blocks(&run);
        assert!(rules(&run).contains(&"policy/rewritten-history".to_owned()), "{history:?} {}", run.out);
    }
    // Nor add some: they count once they are merged, by somebody who has read them.
    let few = settings.replace("clean-runs: 1", "clean-runs: 2");
    let base = [(CI, CLEAN), (SETTINGS, few.as_str()), (FILE, HISTORY)];
    let more = format!("{HISTORY}{HISTORY}");
    let run = or_skip!(Proposal::new(&base, &[(CI, Some(UNPINNED)), (FILE, Some(&more))])).run(&[]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(rules(&run).contains(&"policy/unreviewed-settings".to_owned()), "{}", run.out);
}

const CHANGES: &str = r#"version: 1
checks:
  gates:
    changes:
      allow: ["src/**", "tests/**", "docs/**", ".github/**"]
      deny: [src/frozen.rs]
      lanes: { code: ["src/**"], docs: ["docs/**"] }
      tested: [{ sources: ["src/**"], tests: ["tests/**"] }]
      title: '(feat|fix): .+'
"#;

#[test]
fn what_a_pull_request_changes_is_held_against_the_settings_of_the_base() {
    let base = [
        (CI, CLEAN),
        (SETTINGS, CHANGES),
        ("src/frozen.rs", "a"),
        ("src/lib.rs", "same"),
        ("other/gone.txt", "b"),
        ("other/kept.txt", "c"),
    ];
    let head = [
        ("src/frozen.rs", Some("changed")),
        // A copy brings no new blob, and is a change all the same.
        ("src/copy.rs", Some("same")),
        ("docs/a.md", Some("text")),
        ("other/gone.txt", None),
        (SETTINGS, Some("version: 1\n")),
    ];
    let proposal = or_skip!(Proposal::new(&base, &head));
    let run = proposal.check_at("gates", proposal.folder.path(), &proposal.base, &[]);
    let report = run.json();
    let ours = ["out-of-scope", "several-lanes", "untested-change", "title-policy"];
    let mut found: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| {
            let rule = finding["rule"].as_str()?.strip_prefix("gates/").filter(|rule| ours.contains(rule))?;
            Some(format!("{rule} {}", finding["location"]["path"].as_str()?))
        })
        .collect();
    found.sort();
    let expected = [
        "out-of-scope other/gone.txt",
        "out-of-scope src/frozen.rs",
        "several-lanes docs/a.md",
        "title-policy .github/ci-guard.yml",
        "untested-change src/copy.rs",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_pull_request_within_its_scope_is_left_alone() {
    let wanted = CHANGES.replace("(feat|fix): .+", "Add .*");
    let base = [(CI, CLEAN), (SETTINGS, wanted.as_str()), ("src/lib.rs", "a")];
    let head = [("src/lib.rs", Some("b")), ("tests/a.rs", Some("c"))];
    let proposal = or_skip!(Proposal::new(&base, &head));
    let run = proposal.check_at("gates", proposal.folder.path(), &proposal.base, &[]);
    let report = run.json();
    let rules: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|found| found["rule"].clone()).collect();
    assert!(
        !rules.iter().any(|rule| {
            ["scope", "lanes", "untested-change", "title"]
                .iter()
                .any(|word| rule.as_str().unwrap().contains(word))
        }),
        "{rules:?}"
    );
    // What is checked out must stand on the base.
    let stray = proposal.check_at(
        "gates",
        proposal.folder.path(),
        "0123456789012345678901234567890123456789",
        &[("GITHUB_REF", "refs/heads/x")],
    );
    assert_eq!(stray.json()["checks"][0]["outcome"], "not-verified");
}
