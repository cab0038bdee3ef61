//! Reports that real tools wrote about small projects made for it (`tests/reports/README.md`): what is counted is what
//! the tool itself said, and no part of such a report is ever good news.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{self, Folder, git};
use ci_guard::checks::reports::format::Format;
use ci_guard::checks::reports::model::Content;
use ci_guard::checks::reports::read_any;

/// File, option that names its format, and what the tool said: for tests ran, passed, flaky, skipped, bad; for coverage
/// lines covered and all; for scanners results; for measurements their number.
const REPORTS: &[(&str, &str, &[u64])] = &[
    ("pytest.junit.xml", "junit", &[13, 7, 0, 2, 6]),
    ("pytest-reruns.junit.xml", "junit", &[12, 7, 1, 2, 5]),
    ("pytest-import-error.junit.xml", "junit", &[1, 0, 0, 0, 1]),
    ("pytest-legacy.junit.xml", "junit", &[1, 1, 0, 0, 0]),
    ("jest.junit.xml", "junit", &[3, 2, 0, 1, 1]),
    ("vitest.junit.xml", "junit", &[2, 1, 0, 2, 1]),
    ("surefire.junit.xml", "junit", &[3, 1, 0, 1, 2]),
    ("gtest.junit.xml", "junit", &[5, 3, 0, 2, 2]),
    ("nextest.junit.xml", "junit", &[3, 2, 1, 0, 1]),
    ("coverage-py.cobertura.xml", "cobertura", &[3, 4]),
    ("coverage-py.json", "coverage-py", &[3, 4]),
    ("coverage-py.lcov", "lcov", &[3, 4]),
    ("c8.cobertura.xml", "cobertura", &[5, 6]),
    ("c8.clover.xml", "clover", &[5, 6]),
    ("c8.lcov", "lcov", &[5, 6]),
    ("nyc.cobertura.xml", "cobertura", &[3, 4]),
    ("nyc.clover.xml", "clover", &[3, 4]),
    ("nyc.lcov", "lcov", &[3, 4]),
    ("go.cover.txt", "go-cover", &[4, 5]),
    ("go.bench.txt", "go-bench", &[2]),
    ("hyperfine.json", "hyperfine", &[2]),
    ("cargo-audit.json", "cargo-audit", &[2]),
    ("cargo-audit-warnings.json", "cargo-audit", &[2]),
    ("cargo-audit-clean.json", "cargo-audit", &[0]),
    ("criterion.json", "criterion", &[1]),
    ("criterion-parameters.json", "criterion", &[1]),
    ("criterion-flat.json", "criterion", &[1]),
    ("hadolint.json", "hadolint", &[6]),
    ("hadolint.sarif", "sarif", &[6]),
    ("shellcheck.json", "shellcheck", &[5]),
    ("shellcheck-json1.json", "shellcheck", &[5]),
    ("bandit.json", "bandit", &[5]),
    ("bandit.sarif", "sarif", &[5]),
    ("semgrep.json", "semgrep", &[2]),
    ("semgrep.sarif", "sarif", &[2]),
    ("gotestsum.junit.xml", "junit", &[6, 3, 0, 1, 3]),
    ("gtest-parameters.junit.xml", "junit", &[5, 3, 0, 3, 2]),
    ("jest-broken.junit.xml", "junit", &[3, 2, 0, 1, 1]),
    ("mocha.junit.xml", "junit", &[3, 1, 0, 0, 2]),
    ("mocha-xunit.junit.xml", "junit", &[3, 1, 0, 1, 2]),
    ("node.junit.xml", "junit", &[4, 2, 0, 2, 2]),
    ("vitest-retries.junit.xml", "junit", &[3, 2, 0, 0, 1]),
    ("coverage-py-branches.cobertura.xml", "cobertura", &[13, 23]),
    ("coverage-py-branches.json", "coverage-py", &[13, 23]),
    ("coverage-py-branches.lcov", "lcov", &[13, 23]),
    ("coverage-py-contexts.json", "coverage-py", &[13, 23]),
    ("gcc.lcov", "lcov", &[7, 10]),
    ("gcovr.cobertura.xml", "cobertura", &[7, 10]),
    ("jest.clover.xml", "clover", &[2, 3]),
    ("jest.cobertura.xml", "cobertura", &[2, 3]),
    ("jest.lcov", "lcov", &[2, 3]),
    ("jacoco.xml", "jacoco", &[2, 6]),
    ("jacoco-groups.xml", "jacoco", &[2, 6]),
    ("jacoco-packages.xml", "jacoco", &[1, 7]),
    ("llvm-cov.json", "llvm-cov", &[2, 7]),
    ("llvm-cov-summary.json", "llvm-cov", &[2, 7]),
    ("llvm-cov-branches.json", "llvm-cov", &[6, 9]),
    ("llvm-cov.lcov", "lcov", &[2, 7]),
    ("go-atomic.cover.txt", "go-cover", &[1, 6]),
    ("go-count.cover.txt", "go-cover", &[1, 6]),
    ("go-count.bench.txt", "go-bench", &[2]),
    ("go-memory.bench.txt", "go-bench", &[2]),
    ("hyperfine-2.json", "hyperfine", &[2]),
    ("hyperfine-parameters.json", "hyperfine", &[2]),
    ("pytest-benchmark.json", "pytest-benchmark", &[2]),
    ("pytest-benchmark-parameters.json", "pytest-benchmark", &[2]),
    ("pytest-benchmark-data.json", "pytest-benchmark", &[4]),
    ("bandit-2.json", "bandit", &[5]),
    ("bandit-broken.json", "bandit", &[5]),
    ("bandit-clean.json", "bandit", &[0]),
    ("hadolint-two-files.json", "hadolint", &[10]),
    ("hadolint-two-files.sarif", "sarif", &[10]),
    ("semgrep-2.json", "semgrep", &[2]),
    ("semgrep-2.sarif", "sarif", &[2]),
    ("semgrep-broken.json", "semgrep", &[2]),
    ("semgrep-clean.json", "semgrep", &[0]),
    ("shellcheck-2.json", "shellcheck", &[6]),
    ("shellcheck-two-json1.json", "shellcheck", &[6]),
    ("shellcheck-clean.json", "shellcheck", &[0]),
    ("npm-audit-found.json", "npm-audit", &[2]),
    ("npm-audit-clean.json", "npm-audit", &[0]),
    ("npm-audit-transitive.json", "npm-audit", &[1]),
    ("pip-audit.json", "pip-audit", &[7]),
    ("pip-audit-short.json", "pip-audit", &[7]),
    ("pip-audit-clean.json", "pip-audit", &[0]),
    ("pytest-2.junit.xml", "junit", &[1, 1, 0, 0, 0]),
    ("bare.junit.xml", "junit", &[2, 1, 0, 1, 1]),
];

fn data(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(name)).unwrap()
}

/// The numbers of a report, in the order of the table.
fn numbers(name: &str) -> (String, Vec<u64>) {
    let (format, evidence) = read_any(&data(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
    let numbers = match evidence.content {
        Content::Tests(tests) => {
            let counts = tests.counts();
            vec![counts.ran(), counts.passed, counts.flaky, counts.skipped, counts.bad]
        }
        Content::Coverage(coverage) => vec![coverage.lines().covered, coverage.lines().all],
        Content::Results(results) => vec![results.found().len() as u64],
        Content::Measures(measures) => vec![measures.all().len() as u64],
    };
    (format.as_str().to_owned(), numbers)
}

#[test]
fn what_is_counted_is_what_the_tool_said() {
    let mut wrong = Vec::new();
    for &(name, format, expected) in REPORTS {
        let found = numbers(name);
        if found != (format.to_owned(), expected.to_vec()) {
            wrong.push(format!("{name}: {found:?}, not {format} {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Formats that have no end: lines that are missing at the end cannot be noticed.
const ENDLESS: [&str; 2] = ["go-cover", "go-bench"];

#[test]
fn what_is_cut_off_is_refused_wherever_it_is_cut() {
    for &(name, format, _) in REPORTS.iter().filter(|(_, format, _)| !ENDLESS.contains(format)) {
        let whole = data(name);
        let end = whole.trim_ascii_end().len();
        let step = (end / 150).max(1);
        for cut in (1..end).step_by(step).chain([end - 1]) {
            let text = whole[..cut].trim_ascii_end();
            // A tracefile of several files can end after the first of them.
            let is_whole = format == "lcov" && text.ends_with(b"end_of_record");
            assert!(is_whole || read_any(&whole[..cut]).is_err(), "{name} cut off at {cut}");
        }
    }
}

#[test]
fn no_report_passes_that_is_absent_empty_cut_off_or_old() {
    let pattern = |format: &str| format!("--reports={format}=report");
    let mut formats = BTreeSet::new();
    for &(name, format, _) in REPORTS.iter().filter(|(_, format, _)| formats.insert(*format)) {
        let whole = data(name);
        let head = &whole[..whole.len() / 2];
        for (what, content) in [
            ("absent", None),
            ("empty", Some(&b""[..])),
            ("blank", Some(b" \n\n")),
            ("zeros", Some(&[0; 64][..])),
            ("cut off", Some(head)),
        ] {
            if what == "cut off" && ENDLESS.contains(&format) {
                continue;
            }
            let folder = Folder::new();
            if let Some(content) = content {
                folder.write("report", content);
            }
            let arguments = ["check", "reports", "--mode=blocking", &pattern(format)];
            let run = support::run(folder.path(), &arguments, &[]);
            assert_eq!(run.code, 1, "{name}, {what}: {}", run.out);
        }
    }
    // What the commit holds already was not made by this run.
    let folder = Folder::new();
    folder.write("report", data("pytest-legacy.junit.xml"));
    let at = folder.path();
    let Some(_) = git(at, &["init", "-q"]) else { return eprintln!("skipped: there is no git") };
    git(at, &["add", "-A"]).unwrap();
    git(at, &["commit", "-qm", "x"]).unwrap();
    let run = support::run(at, &["check", "reports", "--mode=blocking", "--reports=report"], &[]);
    assert!(run.code == 1 && run.out.contains("reports/stale-report"), "{}", run.out);
}

/// Formats of which there is no real report here: most of their tools are in no registry.
const ELSEWHERE: [&str; 7] = ["trivy", "grype", "snyk", "osv-scanner", "gitleaks", "k6", "k6-stream"];

#[test]
fn every_format_has_three_reports_of_its_tool() {
    let formats = <Format as clap::ValueEnum>::value_variants().iter().map(|format| format.as_str());
    let number = |format: &str| {
        let clean = CLEAN.iter().filter(|(_, own)| *own == format).count();
        clean + REPORTS.iter().filter(|(_, own, _)| *own == format).count()
    };
    let few: Vec<&str> = formats.filter(|format| !ELSEWHERE.contains(format) && number(format) < 3).collect();
    assert_eq!(few, [""; 0]);
}

/// Empty lists, which hadolint and shellcheck write when they find nothing.
const CLEAN: [(&str, &str); 2] =
    [("hadolint-clean.json", "hadolint"), ("shellcheck-clean-json.json", "shellcheck")];

#[test]
fn an_empty_list_is_evidence_only_where_its_format_is_named() {
    for (name, format) in CLEAN {
        let folder = Folder::new();
        folder.write("report.json", data(name));
        for (reports, code) in
            [(format!("--reports={format}=report.json"), 0), ("--reports=report.json".into(), 1)]
        {
            let run = support::run(folder.path(), &["check", "reports", "--mode=blocking", &reports], &[]);
            assert_eq!(run.code, code, "{reports}: {}", run.out);
        }
    }
}

#[test]
fn what_two_reports_hold_is_told_once_as_the_worse_of_both() {
    let folder = Folder::with(&[
        ("Dockerfile", "FROM x\nRUN y\nADD a b\nMAINTAINER z\n"),
        ("B.Dockerfile", "FROM x\nRUN z\n"),
    ]);
    folder.write("a.json", data("hadolint-two-files.json"));
    folder.write("b.sarif", data("hadolint-two-files.sarif"));
    let both = [
        "check",
        "reports",
        "--reports=a.json",
        "--reports=b.sarif",
        "--format=json",
        "--output=sarif=all.sarif",
    ];
    let run = support::run(folder.path(), &both, &[]);
    let report = run.json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 10, "{report:#}");
    assert_eq!(
        report["checks"][0]["not_examined"]["a result that another report holds as well"], 10,
        "{report:#}"
    );
    let merged: serde_json::Value = serde_json::from_str(&folder.read("all.sarif")).unwrap();
    assert_eq!(merged["runs"][0]["results"].as_array().unwrap().len(), 10);
    // Another tool, with other words, the same rule and line, and a severity that fails the gate.
    let result = |level: &str, line: u32| {
        format!(
            r#"{{"ruleId":"R1","level":"{level}","message":{{"text":"{level} words"}},"locations":[{{"physicalLocation":
            {{"artifactLocation":{{"uri":"Dockerfile"}},"region":{{"startLine":{line}}}}}}}]}}"#
        )
    };
    let log = |tool: &str, results: &[String]| {
        let results = results.join(",");
        format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"{tool}"}}}},"results":[{results}]}}]}}"#
        )
    };
    let number = |first: &[String], second: &[String]| {
        folder.write("a.json", log("A", first));
        folder.write("b.sarif", log("B", second));
        support::run(folder.path(), &both, &[]).json()["findings"].as_array().unwrap().len()
    };
    assert_eq!(number(&[result("error", 1)], &[result("note", 1)]), 1);
    assert_eq!(number(&[result("note", 1)], &[result("error", 1)]), 2, "the worse one must not be lost");
    assert_eq!(number(&[result("error", 1)], &[result("error", 2)]), 2);
    // Two of a kind at one line in one report are two.
    assert_eq!(number(&[result("error", 1), result("error", 1).replace("words", "more")], &[]), 2);
    assert_eq!(
        number(
            &[result("error", 1)],
            &[result("error", 1).replace("words", "x"), result("error", 1).replace("words", "y")]
        ),
        2
    );
}

#[test]
fn a_run_without_tests_is_no_evidence() {
    let why = read_any(&data("pytest-none.junit.xml")).unwrap_err();
    assert!(why.to_string().contains("no test"), "{why}");
}

/// Not a real one: assembled, so that no scanner takes this file for a leak.
fn canary() -> String {
    ["ghp", "_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"].concat()
}

#[test]
fn no_report_shows_a_secret() {
    let canary = canary();
    let value = "correct-horse-battery-staple";
    let junit = format!(
        "<testsuite name='s'><testcase classname='c' name='n {canary}'><failure message='token {canary} and {value}'>\
         {canary} at a.py:1</failure><system-out>{canary}</system-out></testcase></testsuite>"
    );
    let sarif = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"t"}}}},"results":[{{"ruleId":"r","level":"error",
            "message":{{"text":"found {canary} {value}"}}}}]}}]}}"#
    );
    let folder = Folder::with(&[("j.xml", &junit), ("s.sarif", &sarif)]);
    for format in ["text", "json", "sarif", "markdown", "junit", "github", "vex"] {
        let format = format!("--format={format}");
        let arguments = ["check", "reports", "--reports=j.xml", "--reports=s.sarif", &format];
        let run = support::run(folder.path(), &arguments, &[("DEPLOY_TOKEN", value)]);
        for secret in [canary.as_str(), value] {
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "{format}: {}", run.out);
        }
    }
}
