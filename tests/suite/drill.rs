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
