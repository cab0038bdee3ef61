//! What a pull request changes in its lockfiles.

use std::path::Path;

use crate::support::{Folder, Run, Step, git};

const A: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const B: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn manifest(dependencies: &str) -> String {
    format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
    )
}

/// A Cargo.lock with packages of crates.io: name, version, checksum.
fn lock(packages: &[(&str, &str, &str)]) -> String {
    let mut text =
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n".to_owned();
    packages.iter().for_each(|(name, ..)| text += &format!(" \"{name}\",\n"));
    text += "]\n";
    for (name, version, checksum) in packages {
        text += &format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{checksum}\"\n"
        );
    }
    text
}

/// What the check says of a pull request from one state to another; `None` where there is no git.
fn proposal(before: [&str; 2], now: [&str; 2]) -> Option<Run> {
    let folder = Folder::with(&[("Cargo.toml", before[0]), ("Cargo.lock", before[1]), ("src/lib.rs", "")]);
    let at = folder.path();
    git(at, &["init", "-q"])?;
    git(at, &["add", "-A"])?;
    git(at, &["commit", "-qm", "base"])?;
    let base = git(at, &["rev-parse", "HEAD"])?;
    folder.write("Cargo.toml", now[0]);
    folder.write("Cargo.lock", now[1]);
    git(at, &["add", "-A"])?;
    git(at, &["commit", "-qm", "head", "--allow-empty"])?;
    Some(check(at, &base))
}

fn check(at: &Path, base: &str) -> Run {
    let step = Step::new();
    step.files.write("event.json", format!("{{\"pull_request\":{{\"base\":{{\"sha\":\"{base}\"}}}}}}"));
    let head = git(at, &["rev-parse", "HEAD"]).unwrap();
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/head"),
        ("GITHUB_SHA", head.as_str()),
    ];
    let mut run = step.run(at, &["check", "lockfile", "--format=json"], &variables);
    run.err = step.summary();
    run
}

fn rules(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let mut rules: Vec<String> =
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

#[test]
fn what_comes_goes_and_moves_is_shown() {
    let before = lock(&[("gone", "1.0.0", A), ("itoa", "1.0.1", A), ("same", "1.0.0", A)]);
    let now = lock(&[("itoa", "1.0.2", B), ("new", "0.1.0", A), ("same", "1.0.0", A)]);
    let (old, new) = (
        manifest("gone = \"1\"\nitoa = \"1\"\nsame = \"1\"\n"),
        manifest("itoa = \"1.0.2\"\nnew = \"0.1\"\nsame = \"1\"\n"),
    );
    let Some(run) = proposal([&old, &before], [&new, &now]) else { return };
    assert_eq!(rules(&run), [""; 0], "{}", run.out);
    for row in ["removed", "upgraded", "added", "`1.0.1`", "`1.0.2`", "changes 3 packages in 1 lockfile"] {
        assert!(run.err.contains(row), "{row}: {}", run.err);
    }
    assert!(!run.err.contains("`same`"), "{}", run.err);
}

#[test]
fn another_hash_under_the_same_version_is_an_error() {
    let (manifest, before, now) =
        (manifest("itoa = \"1\"\n"), lock(&[("itoa", "1.0.1", A)]), lock(&[("itoa", "1.0.1", B)]));
    let Some(run) = proposal([&manifest, &before], [&manifest, &now]) else { return };
    assert_eq!(rules(&run), ["lockfile/hash-changed"], "{}", run.out);
    assert!(run.err.contains("other hash"), "{}", run.err);
    let finding = &run.json()["findings"][0];
    assert_eq!(
        (finding["severity"].as_str(), finding["location"]["line"].as_u64()),
        (Some("error"), Some(14))
    );
}

#[test]
fn another_source_under_the_same_version_is_an_error() {
    let git = "git+https://github.com/dtolnay/itoa#af77385d0d48f6a7e6ee2eb3d6d8f6b1e0d8b4e1";
    let (manifest, before) = (manifest("itoa = \"1\"\n"), lock(&[("itoa", "1.0.1", A)]));
    let now = before.replace("registry+https://github.com/rust-lang/crates.io-index", git);
    let Some(run) = proposal([&manifest, &before], [&manifest, &now]) else { return };
    assert!(rules(&run).contains(&"lockfile/source-changed".to_owned()), "{}", run.out);
    assert!(run.err.contains("other source"), "{}", run.err);
}

#[test]
fn a_lower_version_and_a_change_without_a_manifest_are_said() {
    let (manifest, before, now) =
        (manifest("itoa = \"1\"\n"), lock(&[("itoa", "1.0.10", A)]), lock(&[("itoa", "1.0.9", B)]));
    let Some(run) = proposal([&manifest, &before], [&manifest, &now]) else { return };
    assert_eq!(rules(&run), ["lockfile/downgraded", "lockfile/unexplained-change"], "{}", run.out);
}

#[test]
fn what_goes_beyond_the_manifest_is_said() {
    let before = lock(&[("itoa", "1.0.1", A), ("other", "1.0.0", A)]);
    let now = lock(&[("itoa", "1.0.2", A), ("other", "1.0.1", A)]);
    let (old, new) =
        (manifest("itoa = \"1\"\nother = \"1\"\n"), manifest("itoa = \"1.0.2\"\nother = \"1\"\n"));
    let Some(run) = proposal([&old, &before], [&new, &now]) else { return };
    assert_eq!(rules(&run), ["lockfile/unexplained-change"], "{}", run.out);
    let message = run.json()["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`other`") && !message.contains("`itoa`"), "{message}");
}

#[test]
fn without_the_base_nothing_is_clean() {
    let folder = Folder::with(&[
        ("Cargo.toml", &manifest("itoa = \"1\"\n")),
        ("Cargo.lock", &lock(&[("itoa", "1.0.1", A)])),
        ("src/lib.rs", ""),
    ]);
    if git(folder.path(), &["init", "-q"]).is_none() {
        return;
    }
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-qm", "one"]);
    let run = check(folder.path(), &"a".repeat(40));
    let report = run.json();
    let check =
        report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "lockfile").unwrap();
    assert_eq!(check["outcome"], "not-verified", "{report:#}");
    assert!(check["reason"].as_str().unwrap().contains("not in this clone"), "{check}");
}
