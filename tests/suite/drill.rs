//! The drill proves every rule, and the drill itself is proven: with a rule switched off, it must miss the fault.

use crate::support;
use crate::support::Folder;
use ci_guard::checks;

#[test]
fn every_fault_is_caught() {
    let folder = Folder::new();
    let run = support::run(folder.path(), &["drill", "--format=json"], &[]);
    let report = run.json();
    assert_eq!(run.code, 0, "{report:#}");
    let number = |name: &str| report[name].as_u64().unwrap();
    assert_eq!(number("declared"), checks::rules().count() as u64);
    assert_eq!(number("executed"), number("caught"));
    assert!(number("caught") >= 40, "{report:#}");
}

#[test]
fn a_rule_that_is_switched_off_misses_its_fault() {
    let mut wrong = Vec::new();
    for rule in checks::rules() {
        // Settings that cannot be read cannot switch anything off.
        if rule.check() == "settings" || rule.check() == "checksum" {
            continue;
        }
        let settings = format!("version: 1\nrules:\n  {}: {{ mode: off }}\n", rule.id);
        let folder = Folder::with(&[(".github/ci-guard.yml", &settings)]);
        let run = support::run(folder.path(), &["drill", rule.id, "--format=json"], &[]);
        let outcome = run.json()["faults"][0]["outcome"].as_str().unwrap().to_owned();
        if outcome == "caught" || run.code == 0 {
            wrong.push(format!("{}: {outcome}, exit code {}", rule.id, run.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_repository_with_findings_of_its_own_is_drilled_all_the_same() {
    let workflow = "on: pull_request\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: pytest || true\n";
    let folder = Folder::with(&[(".github/workflows/a.yml", workflow)]);
    let run = support::run(folder.path(), &["drill", "gates", "--format=markdown"], &[]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("| `gates/swallowed-failure` | caught |"), "{}", run.out);
    assert_eq!(folder.read(".github/workflows/a.yml"), workflow);
}

#[test]
fn nothing_to_drill_is_an_error() {
    let run = support::run(Folder::new().path(), &["drill", "gates/no-such-rule"], &[]);
    assert_eq!(run.code, 2);
    let run = support::run(Folder::new().path(), &["drill", "policy/unreviewed-settings"], &[]);
    assert_eq!(run.code, 3, "{}", run.out);
}

#[test]
fn a_drill_is_held_beside_an_earlier_one() {
    let folder = Folder::new();
    let first = support::run(folder.path(), &["drill", "gates", "--format=json"], &[]);
    let kept = Folder::with(&[("drill.json", &first.out)]);
    let compare = format!("--compare={}", kept.path().join("drill.json").display());
    let same = support::run(folder.path(), &["drill", "gates", "--format=json", &compare], &[]);
    assert_eq!(same.code, 0, "{}", same.out);
    assert_eq!(same.json()["compared"], serde_json::json!({ "lost": [], "gained": [] }));
    // One rule less is asked for: what others catch is not compared.
    let one = support::run(folder.path(), &["drill", "gates/no-timeout", &compare], &[]);
    assert_eq!(one.code, 0, "{}", one.out);

    let settings = "version: 1\nrules:\n  gates/no-timeout: { mode: off }\n";
    let off = Folder::with(&[(".github/ci-guard.yml", settings)]);
    let less = support::run(off.path(), &["drill", "gates", "--format=markdown", &compare], &[]);
    assert_eq!(less.code, 1, "{}", less.out);
    assert!(less.out.contains("- `gates/no-timeout`: was caught, now: missed"), "{}", less.out);
}

#[test]
fn an_earlier_drill_that_cannot_be_read_or_holds_a_rule_that_is_gone() {
    let earlier = r#"{ "faults": [{ "rule": "gates/of-yesterday", "outcome": "caught" }] }"#;
    let kept = Folder::with(&[("drill.json", earlier), ("other.json", "{}")]);
    let run = |file: &str| {
        let compare = format!("--compare={}", kept.path().join(file).display());
        support::run(Folder::new().path(), &["drill", "gates", &compare], &[])
    };
    let gone = run("drill.json");
    assert_eq!(gone.code, 1, "{}", gone.out);
    assert!(
        gone.out.contains("`gates/of-yesterday`: was caught, now: there is no such rule any more"),
        "{}",
        gone.out
    );
    for file in ["other.json", "none.json"] {
        assert_eq!(run(file).code, 2, "{file}");
    }
    #[cfg(unix)]
    assert_eq!(run("/dev/zero").code, 2);
}
