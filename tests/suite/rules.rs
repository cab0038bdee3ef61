//! Every rule is complete: unique id, documentation whose examples are true, a case that raises it and one that
//! does not.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support;
use ci_guard::checks;
use ci_guard::example::Example;

/// Rules about the comparison of a pull request with its base: their examples need two commits, and
/// `pull_request.rs` and `lockfile_changes.rs` have them.
const NEED_HISTORY: [&str; 10] = [
    "gates/out-of-scope",
    "gates/several-lanes",
    "gates/untested-change",
    "gates/title-policy",
    "lockfile/downgraded",
    "lockfile/source-changed",
    "lockfile/unexplained-change",
    "policy/unreviewed-exception",
    "policy/unreviewed-settings",
    "policy/rewritten-history",
];

/// Rules about files that somebody writes to at the same moment: unit tests of `hashing` have them.
const NEED_A_WRITER: [&str; 2] = ["artifacts/changed-while-reading", "checksum/changed-while-reading"];

/// Rules about files that a page cannot show, such as links: cases have them.
const NEED_LINKS: [&str; 1] = ["checksum/not-a-file"];

/// Rules about what git makes of a file, or about its history: `lockfile.rs` and `preflight_permit.rs` have them.
const NEED_GIT: [&str; 3] = ["lockfile/ignored", "preflight/not-on-branch", "preflight/older-than-deployed"];

/// Rules about answers of GitHub, or of another program: `archives.rs`, `action_refs.rs` and `scripts.rs` have them.
const NEED_GITHUB: [&str; 7] = [
    "artifacts/not-uploaded",
    "artifacts/upload-differs",
    "artifacts/expires-early",
    "integrity/impostor-commit",
    "integrity/ambiguous-ref",
    "integrity/wrong-version",
    "integrity/shellcheck",
];

/// Rules about what registries answer: `registries.rs` has them.
const NEED_A_SERVER: [&str; 5] = [
    "lockfile/hash-mismatch",
    "lockfile/yanked",
    "lockfile/unpublished",
    "lockfile/too-new",
    "lockfile/deprecated",
];

#[test]
fn ids_are_unique_and_name_their_check() {
    let mut seen = BTreeSet::new();
    for rule in checks::rules() {
        assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        let (check, name) = rule.id.split_once('/').unwrap_or_else(|| panic!("{} has no check", rule.id));
        assert!(
            checks::named(check).is_some() || ["policy", "settings", "checksum"].contains(&check),
            "{} names no check",
            rule.id
        );
        let kebab = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(kebab && !name.is_empty(), "{} is not in kebab case", rule.id);
        assert!(
            !rule.summary.ends_with('.') && rule.summary.len() < 120,
            "{}: the summary is one line",
            rule.id
        );
    }
}

#[test]
fn every_check_lists_its_own_rules_and_is_documented() {
    for check in checks::ALL {
        for rule in check.rules() {
            assert_eq!(rule.check(), check.name());
        }
        assert!(check.docs().trim().len() > 200, "{} needs documentation", check.name());
    }
}

#[test]
fn every_example_raises_its_rule_and_every_instead_does_not() {
    let mut failures = Vec::new();
    let exempt =
        [&NEED_HISTORY[..], &NEED_A_WRITER, &NEED_LINKS, &NEED_GIT, &NEED_GITHUB, &NEED_A_SERVER].concat();
    for rule in checks::rules().filter(|rule| !exempt.contains(&rule.id)) {
        for (heading, raised) in [("Example", true), ("Instead", false)] {
            let example = Example::under(rule.docs(), heading);
            if example.is_empty() {
                failures.push(format!("{}: no files under `## {heading}`", rule.id));
                continue;
            }
            let found = raised_by(&example, rule);
            if found.contains(&rule.id.to_owned()) != raised {
                failures.push(format!("{}: `## {heading}` raises {found:?}", rule.id));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_rule_has_a_case_that_raises_it_and_its_check_one_that_does_not() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut raised = String::new();
    let mut clean = BTreeSet::new();
    for check in std::fs::read_dir(&cases).unwrap() {
        let check = check.unwrap();
        for case in std::fs::read_dir(check.path()).unwrap() {
            let case = case.unwrap().path();
            raised += &std::fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
            if case.file_name().unwrap().to_str().unwrap().starts_with("ok-") {
                clean.insert(check.file_name().into_string().unwrap());
            }
        }
    }
    let missing: Vec<&str> = checks::rules()
        .map(|rule| rule.id)
        .filter(|id| !NEED_HISTORY.contains(id) && !NEED_A_WRITER.contains(id) && !NEED_GIT.contains(id))
        .filter(|id| !NEED_GITHUB.contains(id))
        .filter(|id| !NEED_A_SERVER.contains(id))
        .filter(|id| !raised.contains(&format!("[{id}]")))
        .collect();
    assert!(missing.is_empty(), "no case raises {missing:?}");
    for check in checks::ALL {
        assert!(clean.contains(check.name()), "{} has no ok case", check.name());
    }
}

/// The rules that an example raises.
fn raised_by(example: &Example, rule: &ci_guard::rule::Rule) -> Vec<String> {
    let folder = support::Folder::new();
    for (path, text) in &example.files {
        folder.write(path, text);
    }
    let mut found = Vec::new();
    for invocation in example.invocations(rule.check()) {
        let variables: Vec<(&str, &str)> =
            invocation.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut arguments: Vec<&str> = invocation.arguments.iter().map(String::as_str).collect();
        arguments.push("--format=json");
        let run = support::run(folder.path(), &arguments, &variables);
        let findings = run.json()["findings"].clone();
        let ids = findings.as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned());
        found.extend(ids);
    }
    found
}
