//! Runs the real binary on every case: a small repository under `tests/cases/<check>/<ok|bad>-<name>/`.
//!
//! A case holds `repo/`, optionally `args` (the command line; default `check <check>`) and `env` (`NAME=VALUE`
//! lines), and `expected.txt`: the report and the exit code. `UPDATE=1 cargo test cases` rewrites the
//! latter; read the difference before you commit it.

use std::path::{Path, PathBuf};

use crate::support;

#[test]
fn every_case_reports_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut failures = Vec::new();
    let mut number = 0;
    for check in folders(&root) {
        for case in folders(&check) {
            number += 1;
            let name = case.file_name().unwrap().to_str().unwrap();
            assert!(
                name.starts_with("ok-") || name.starts_with("bad-"),
                "{name}: cases are named ok-… or bad-…"
            );
            if let Err(failure) = run_case(&check, &case) {
                failures.push(failure);
            }
        }
    }
    assert!(number > 0, "there are no cases");
    assert!(failures.is_empty(), "{} of {number} cases fail:\n\n{}", failures.len(), failures.join("\n\n"));
}

fn run_case(check: &Path, case: &Path) -> Result<(), String> {
    let check = check.file_name().unwrap().to_str().unwrap();
    let folder = support::Folder::new();
    let repository = folder.path().join("repo");
    support::copy(&case.join("repo"), &repository);
    let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
    let arguments = read("args").unwrap_or_else(|| format!("check {check}"));
    let arguments: Vec<&str> = arguments.lines().flat_map(str::split_whitespace).collect();
    let variables = read("env").unwrap_or_default();
    let variables: Vec<(&str, &str)> = variables.lines().filter_map(|line| line.split_once('=')).collect();
    // What runs in Actions has the runner's files.
    let run = match variables.iter().any(|(name, _)| *name == "GITHUB_ACTIONS") {
        true => support::Step::new().run(&repository, &arguments, &variables),
        false => support::run(&repository, &arguments, &variables),
    };
    let report = without_tokens(&support::without_times(&run.out));
    let errors = if run.err.is_empty() { String::new() } else { format!("--- standard error\n{}", run.err) };
    let actual = format!("{report}{errors}--- exit code {}\n", run.code);
    let bad = case.file_name().unwrap().to_str().unwrap().starts_with("bad-");
    let clean = run.out.contains("no findings") && run.code == 0;
    if bad == clean {
        return Err(format!(
            "{}: a bad case must find something, an ok case nothing\n{actual}",
            case.display()
        ));
    }
    support::expect_file(&case.join("expected.txt"), &actual)
}

/// The random words that keep foreign text from being read as commands.
fn without_tokens(text: &str) -> String {
    let random = |line: &str| {
        line.rsplit_once("ci-guard-")
            .map(|(_, rest)| rest.trim_end_matches("::"))
            .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    text.lines().filter(|line| !random(line)).map(|line| format!("{line}\n")).collect()
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
