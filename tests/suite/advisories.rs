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

/// A flaw of a package of npm, from one version to another.
fn flaw(id: &str, alias: &str, name: &str, introduced: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","aliases":["{alias}"],"modified":"2026-01-01T00:00:00Z","summary":"about {id}",
            "severity":[{{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}],
            "affected":[{{"package":{{"ecosystem":"npm","name":"{name}"}},
            "ranges":[{{"type":"SEMVER","events":[{{"introduced":"{introduced}"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

/// A project that needs `a`, which needs `b`.
fn npm() -> support::Folder {
    let lock = r#"{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{
        "":{"name":"x","version":"1.0.0","dependencies":{"@s/a":"1.0.0"}},
        "node_modules/@s/a":{"version":"1.0.0","resolved":"https://registry.npmjs.org/@s/a/-/a-1.0.0.tgz",
            "integrity":"sha512-AAAA","dependencies":{"b":"1.0.0"}},
        "node_modules/b":{"version":"1.0.0","resolved":"https://registry.npmjs.org/b/-/b-1.0.0.tgz",
            "integrity":"sha512-AAAA"}}}"#;
    let folder = support::Folder::with(&[("package-lock.json", lock)]);
    folder.write("advisories/1.json", flaw("GHSA-aaaa-aaaa-aaaa", "CVE-2026-0001", "@s/a", "0", "1.2.0"));
    // What mends the first has the second again.
    folder.write("advisories/2.json", flaw("GHSA-bbbb-bbbb-bbbb", "CVE-2026-0002", "b", "0", "1.1.0"));
    folder.write("advisories/3.json", flaw("GHSA-cccc-cccc-cccc", "CVE-2026-0003", "b", "0", "2.0.0"));
    folder
}

const CHECK: [&str; 4] = ["check", "vulnerabilities", "--mode=blocking", "--advisories=advisories"];

#[test]
fn flaws_are_listed_for_triage() {
    let folder = npm();
    let waiver = |alias: &str, expires: &str| {
        format!(
            "version: 1\nwaivers:\n  - rule: vulnerabilities/known-vulnerability\n    path: {alias}\n    \
             reason: never called\n    approved-by: '@sec'\n    expires: {expires}\n"
        )
    };
    folder.write(".github/ci-guard.yml", waiver("CVE-2026-0002", "2999-01-01"));
    let arguments = [&CHECK[..], &["--output=vex=vex.json", "--format=json"]].concat();
    let run = support::run(folder.path(), &arguments, &[]);
    assert_eq!(run.code, 1, "{}", run.out);
    let vex: serde_json::Value = serde_json::from_str(&folder.read("vex.json")).unwrap();
    assert_eq!((vex["bomFormat"].as_str(), vex["specVersion"].as_str()), (Some("CycloneDX"), Some("1.6")));
    support::expect_schema("vex.schema.json", &vex);
    assert_eq!(vex["compositions"][0]["aggregate"], "complete");
    let of = |id: &str| {
        let all = vex["vulnerabilities"].as_array().unwrap();
        all.iter().find(|entry| entry["id"] == id).unwrap_or_else(|| panic!("no {id}: {vex:#}")).clone()
    };
    let first = of("GHSA-aaaa-aaaa-aaaa");
    assert_eq!(first["affects"][0]["ref"], "pkg:npm/%40s/a@1.0.0");
    assert_eq!(first["references"][0]["id"], "CVE-2026-0001");
    assert_eq!(first["ratings"][0]["score"], 7.5);
    assert_eq!(first["analysis"], serde_json::json!({"state": "in_triage"}));
    let second = of("GHSA-bbbb-bbbb-bbbb");
    let detail = second["analysis"]["detail"].as_str().unwrap();
    assert!(detail.contains("@sec until 2999-01-01: never called"), "{detail}");
    let property = |entry: &serde_json::Value, name: &str| {
        let all = entry["properties"].as_array().unwrap().clone();
        let own = all.into_iter().find(|property| property["name"] == format!("ci-guard:{name}"));
        own.unwrap()["value"].as_str().unwrap().to_owned()
    };
    assert_eq!((property(&first, "needed"), property(&second, "needed")), ("directly".into(), "@s/a".into()));
    assert_eq!(property(&second, "fixed-in"), "1.1.0");
    assert!(second["recommendation"].as_str().unwrap().contains("`2.0.0` is free of all"), "{second}");
    let report = run.json();
    let data = &report["findings"].as_array().unwrap().iter().find(|f| f["advisory"]["package"] == "@s/a");
    assert_eq!(data.unwrap()["advisory"]["fixed_in"], "1.2.0");
    // After its last day the waiver covers nothing.
    folder.write(".github/ci-guard.yml", waiver("CVE-2026-0002", "2020-01-01"));
    let run = support::run(folder.path(), &arguments, &[]);
    let blocking =
        run.json()["findings"].as_array().unwrap().iter().filter(|f| f["blocking"] == true).count();
    assert!(blocking >= 3 && run.out.contains("policy/expired-waiver"), "{}", run.out);
}

#[test]
fn a_list_of_nothing_says_whether_somebody_looked() {
    let folder = npm();
    let run = |arguments: &[&str]| {
        support::run(folder.path(), arguments, &[]);
        serde_json::from_str::<serde_json::Value>(&folder.read("vex.json")).unwrap()
    };
    for (arguments, outcome) in [
        (&["check", "vulnerabilities", "--output=vex=vex.json"][..], "not-verified"),
        (&["check", "files", "--output=vex=vex.json"], "not-run"),
    ] {
        let vex = run(arguments);
        support::expect_schema("vex.schema.json", &vex);
        assert_eq!(vex["vulnerabilities"], serde_json::json!([]));
        assert_eq!(vex["compositions"][0]["aggregate"], "incomplete", "{vex:#}");
        assert_eq!(vex["metadata"]["properties"][0]["value"], outcome, "{vex:#}");
    }
}
