//! The test data of actionlint, when it is here: `CI_GUARD_ACTIONLINT` names a checkout of rhysd/actionlint. Without it
//! the tests say that they skipped.
//!
//! A file of `err` or `examples` counts as found when something of ours stands on one of the lines that actionlint
//! reports, or within the block that begins on one, where actionlint names no line inside; where it names line 0, or the file is empty, anything in the file. Files of `ok` must have no error of
//! validity, unless GitHub refuses them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support;

/// Files of `ok` that have an error of ours, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("dynamic_shell_name", "GitHub's schema allows no expression in `defaults.run.shell` of a workflow"),
    ("nested_workflow_call", "a called workflow lies in `.github/workflows`"),
    ("workflow_call_job", "a called workflow lies in `.github/workflows`, and no expression may name it"),
    ("no_local_action_found", "the action is not in the checkout, and nothing puts it there"),
];

/// Files that nothing of ours is said about, with the reason.
const PASSED_OVER: &[(&str, &str)] =
    &[("pyflakes", "Python in `run` is not looked at"), ("shellcheck", "shellcheck is a program of its own")];

fn folder(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("CI_GUARD_ACTIONLINT") else {
        eprintln!("skipped: CI_GUARD_ACTIONLINT names no checkout of rhysd/actionlint");
        return None;
    };
    Some(Path::new(&folder).join("testdata").join(name))
}

fn workflows(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml");
    let mut paths: Vec<PathBuf> = entries.filter(is_yaml).collect();
    paths.sort();
    paths
}

/// The line of the key whose block scalar holds a line.
fn block_of(text: &str, line: u64) -> Option<u64> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |text: &str| text.len() - text.trim_start().len();
    let mut at = usize::try_from(line).ok()?.checked_sub(1)?;
    loop {
        let own = indent(lines.get(at)?);
        at = lines[..at].iter().rposition(|text| !text.trim().is_empty() && indent(text) < own)?;
        if lines[at].trim_end().trim_end_matches(['-', '+']).ends_with(": |") {
            return Some(at as u64 + 1);
        }
    }
}

fn findings(path: &Path) -> Vec<serde_json::Value> {
    let folder = support::Folder::new();
    let around = path.parent().unwrap();
    for entry in std::fs::read_dir(around).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            support::copy(&entry, &folder.path().join(entry.file_name().unwrap()));
        }
    }
    folder.write(".github/workflows/test.yaml", std::fs::read_to_string(path).unwrap());
    let report = support::run(folder.path(), &["check", "integrity", "gates", "--format=json"], &[]).json();
    report["findings"].as_array().unwrap().clone()
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

#[test]
fn what_actionlint_reports_is_reported() {
    for (sub, least) in [("err", 91), ("examples", 49)] {
        let Some(folder) = folder(sub) else { return };
        let paths = workflows(&folder);
        let mut missed = Vec::new();
        for path in &paths {
            let expected = std::fs::read_to_string(path.with_extension("out")).unwrap();
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let line = |text: &str| -> Option<u64> {
                let text = text.trim_start_matches('/').replacen("test\\.yaml", "test.yaml", 1);
                text.strip_prefix("test.yaml:")?.split(':').next()?.parse().ok()
            };
            let expected: BTreeSet<u64> = expected.lines().filter_map(line).collect();
            let anywhere =
                expected.contains(&0) || expected.is_empty() || std::fs::metadata(path).unwrap().len() == 0;
            let found = findings(path).iter().any(|finding| {
                let place = &finding["location"];
                let here = place["path"] == ".github/workflows/test.yaml";
                let on = |line: u64| {
                    expected.contains(&line)
                        || block_of(&text, line).is_some_and(|line| expected.contains(&line))
                };
                here && (anywhere || place["line"].as_u64().is_some_and(on))
            });
            if !found {
                missed.push(name(path));
            }
        }
        let found = paths.len() - missed.len();
        let unexplained: Vec<_> = missed
            .iter()
            .filter(|name| !PASSED_OVER.iter().any(|(prefix, _)| name.starts_with(prefix)))
            .collect();
        println!(
            "{sub}: {found} of {}; missed {missed:?}, of those without a reason {unexplained:?}",
            paths.len()
        );
        assert!(found >= least, "{sub}: {found} of {}", paths.len());
    }
}

#[test]
fn what_actionlint_accepts_has_no_error() {
    let Some(folder) = folder("ok") else { return };
    let mut wrong = Vec::new();
    for path in workflows(&folder) {
        if REFUSED.iter().any(|(refused, _)| *refused == name(&path)) {
            continue;
        }
        for finding in findings(&path) {
            if finding["severity"] == "error" && finding["category"] == "validity" {
                wrong.push(format!("{}:{} {}", name(&path), finding["location"]["line"], finding["message"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
