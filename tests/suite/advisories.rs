//! Real advisories, and versions that other programs decided on: the same must come out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::support;
use ci_guard::advisory::osv::{Decision, Record, decide};

fn data(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/advisories").join(name))
        .unwrap()
}

fn records() -> Vec<Record> {
    data("records.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn versions_are_affected_by_what_other_programs_say() {
    let records = records();
    let pairs = data("pairs.tsv");
    let mut differences = String::new();
    for line in pairs.lines() {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let (ecosystem, name, version, expected) = (next(), next(), next(), next());
        let mut affected: Vec<&str> = records
            .iter()
            .filter(|record| record.withdrawn.is_none())
            .filter(|record| {
                let same = |package: &str| match ecosystem {
                    "PyPI" => package.to_lowercase().replace(['_', '.'], "-") == name,
                    _ => package == name,
                };
                let about = record.affected.iter().filter(|affected| {
                    affected.package.ecosystem == ecosystem && same(&affected.package.name)
                });
                about.into_iter().any(|affected| matches!(decide(affected, version), Decision::Affected(_)))
            })
            .map(|record| record.id.as_str())
            .collect();
        affected.sort_unstable();
        if affected.join(" ") != expected {
            let _ = writeln!(differences, "{ecosystem} {name} {version}: {affected:?}, not {expected}");
        }
    }
    assert!(records.len() >= 200 && pairs.lines().count() >= 300);
    assert!(differences.is_empty(), "{differences}");
}

/// A folder with these advisories and a lockfile of so many packages.
fn repository(packages: usize) -> (support::Folder, PathBuf) {
    let folder = support::Folder::new();
    for record in data("records.jsonl").lines() {
        let id = record.split('"').nth(3).unwrap();
        folder.write(&format!("advisories/{id}.json"), record);
    }
    let mut lock = String::from("version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n");
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    for number in 0..packages {
        let _ = write!(
            lock,
            "\n[[package]]\nname = \"p{number}\"\nversion = \"1.{number}.0\"\nsource = \"{source}\"\nchecksum = \"{}\"\n",
            "0".repeat(64)
        );
    }
    folder.write("Cargo.lock", lock);
    let path = folder.path().to_owned();
    (folder, path)
}

#[test]
fn many_packages_are_looked_up_in_a_moment() {
    let (_folder, path) = repository(3_000);
    let start = Instant::now();
    let run = support::run(
        &path,
        &["check", "vulnerabilities", "--advisories", "advisories", "--format=json"],
        &[],
    );
    let report = run.json();
    assert_eq!(report["checks"][0]["examined"], 3_000, "{report}");
    assert_eq!(report["checks"][0]["outcome"], "pass", "{report}");
    // The build of the tests is slow; the program that is shipped needs a fraction of it.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn what_is_no_database_is_not_clean() {
    let (folder, path) = repository(1);
    folder.write("empty/README.md", "nothing");
    folder.write("broken/all.zip", "PK no zip");
    folder.write(
        "other/GHSA-1.json",
        r#"{"id":"GHSA-1","affected":[{"package":{"ecosystem":"npm","name":"x"}}]}"#,
    );
    for advisories in ["none", "empty", "broken", "other", "Cargo.lock"] {
        let arguments =
            ["check", "vulnerabilities", "--mode=blocking", "--format=json", "--advisories", advisories];
        let run = support::run(&path, &arguments, &[]);
        assert_eq!(
            (run.code, run.json()["checks"][0]["outcome"].as_str()),
            (3, Some("not-verified")),
            "{advisories}"
        );
    }
}
