//! `required` and `simulate`: names as GitHub reports them, the lock, and what an event runs.

use serde_json::{Value, json};

use crate::support;
use crate::support::Folder;
use crate::support::github::{CANARY, Fake};

const CI: &str = "name: CI
on:
  pull_request:
    branches: [main]
    paths: ['src/**']
jobs:
  lint:
    name: Lint
    runs-on: ubuntu-24.04
    steps: [{ run: a }]
  test:
    needs: lint
    if: github.actor != 'x'
    runs-on: ubuntu-24.04
    strategy: { matrix: { python: [3.10, 3.11] } }
    steps: [{ run: a }]
";

fn folder() -> Folder {
    let nightly = "on: { schedule: [{ cron: '0 1 * * *' }] }\njobs:\n  far:\n    uses: o/r/.github/workflows/x.yml@v1\n";
    Folder::with(&[(".github/workflows/ci.yml", CI), (".github/workflows/nightly.yml", nightly)])
}

#[test]
fn names_are_listed() {
    let folder = folder();
    let run = support::run(folder.path(), &["required", "list", "--format", "json"], &[]);
    let expected = serde_json::json!({"names": [
        {"name": "Lint", "pattern": false, "workflow": ".github/workflows/ci.yml", "job": "lint", "events": ["pull_request"]},
        {"name": "test (3.1)", "pattern": false, "workflow": ".github/workflows/ci.yml", "job": "test", "events": ["pull_request"]},
        {"name": "test (3.11)", "pattern": false, "workflow": ".github/workflows/ci.yml", "job": "test", "events": ["pull_request"]},
        {"name": "far / *", "pattern": true, "workflow": ".github/workflows/nightly.yml", "job": "far", "events": ["schedule"]},
    ]});
    assert_eq!((run.json(), run.code), (expected, 0));
    let text = |arguments: &[&str]| support::run(folder.path(), arguments, &[]).out;
    assert_eq!(text(&["required", "list", "--event", "pull_request", "--base", "develop"]), "");
    assert_eq!(text(&["required", "list", "--event", "pull_request", "--base", "main"]).lines().count(), 3);
}

#[test]
fn the_lock_shows_a_rename() {
    let folder = folder();
    assert_eq!(support::run(folder.path(), &["required", "lock"], &[]).code, 0);
    let check = ["check", "gates", "--format=json"];
    let changed = |folder: &Folder| {
        let findings = support::run(folder.path(), &check, &[]).json()["findings"].clone();
        let found = findings.as_array().unwrap().iter().find(|f| f["rule"] == "gates/names-changed").cloned();
        found.map(|finding| finding["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(changed(&folder), None);
    folder.write(".github/workflows/ci.yml", CI.replace("name: Lint", "name: Lint all"));
    let message = changed(&folder).unwrap();
    assert!(message.ends_with("no longer `Lint`; new `Lint all`"), "{message}");
}

#[test]
fn required_names_are_verified() {
    let folder = folder();
    let names = folder.write("names.txt", "# of main\nLint\ntest (3.10)\n");
    let file = format!("--required-names={}", names.display());
    let run = support::run(folder.path(), &["required", "verify", &file, "--format=json"], &[]);
    assert_eq!(run.code, 1);
    let findings = run.json()["findings"].clone();
    let of = |rule: &str| findings.as_array().unwrap().iter().find(|f| f["rule"] == rule).cloned().unwrap();
    let never = of("gates/never-reports");
    assert_eq!(never["help"], "require `test (3.1)` instead");
    assert_eq!(never["location"]["line"], 3);
    assert!(of("gates/path-filtered")["message"].as_str().unwrap().starts_with("`Lint` "));
    assert_eq!(support::run(folder.path(), &["required", "verify"], &[]).code, 2);
}

#[test]
fn github_is_asked_for_the_required_names() {
    let folder = folder();
    let fake = Fake::start();
    let rule = |names: &[(&str, Option<u64>)]| {
        let checks: Vec<Value> =
            names.iter().map(|(name, app)| json!({"context": name, "integration_id": app})).collect();
        json!([{"type": "required_status_checks", "parameters": {
            "required_status_checks": checks, "strict_required_status_checks_policy": false}}])
    };
    let verify = || {
        let line = ["required", "verify", "--online", "--branch", "main", "--format=json"];
        support::run(folder.path(), &line, &fake.variables())
    };
    // Nothing required is nothing verified.
    assert_eq!(verify().code, 2);
    fake.world(|world| world.rules = rule(&[("lint", Some(15368)), ("codecov/project", Some(254))]));
    let run = verify();
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let findings = run.json()["findings"].clone();
    assert_eq!(findings.as_array().unwrap().len(), 1, "{findings}");
    assert_eq!(findings[0]["rule"], "gates/never-reports");
    assert_eq!(findings[0]["help"], "require `Lint` instead");
    assert_eq!(findings[0]["location"]["context"], "lint");
    // What the token does not see is not taken for nothing.
    fake.world(|world| world.rules = rule(&[("codecov/project", Some(254))]));
    fake.world(|world| world.branch = json!({"protected": true, "protection": "<absent>"}));
    let run = verify();
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    // A server that refuses is named with the permission that is missing.
    let refusing = support::server::Server::start(|_| {
        support::server::Reply::json(403, &json!({"message": "Resource not accessible by integration"}))
    });
    let variables = [
        ("GITHUB_API_URL", refusing.url.as_str()),
        ("GITHUB_REPOSITORY", "org/repo"),
        ("GITHUB_TOKEN", CANARY),
    ];
    let run = support::run(folder.path(), &["required", "verify", "--online"], &variables);
    let said = format!("{}{}", run.out, run.err);
    assert_eq!(run.code, 3, "{said}");
    assert!(said.contains("`metadata: read`") && !said.contains(CANARY), "{said}");
}

#[test]
fn an_event_is_simulated() {
    let folder = folder();
    let simulate = |more: &[&str]| {
        let arguments = [&["simulate", "--event", "pull_request", "--format", "json"], more].concat();
        support::run(folder.path(), &arguments, &[]).json()["workflows"].clone()
    };
    let outcome = |more: &[&str]| simulate(more)[0]["outcome"].as_str().unwrap().to_owned();
    assert_eq!(outcome(&["--base", "main"]), "depends-on-paths");
    assert_eq!(outcome(&["--base", "main", "--changed", "docs/a.md", "src/a.rs"]), "runs");
    assert_eq!(outcome(&["--base", "main", "--changed", "docs/a.md"]), "does-not-run");
    assert_eq!(outcome(&["--base", "develop"]), "does-not-run");
    assert_eq!(outcome(&["--type", "labeled"]), "does-not-run");
    let workflows = simulate(&["--changed", "src/a.rs"]);
    assert_eq!(workflows[0]["jobs"][1]["job"], "test");
    assert_eq!(workflows[0]["jobs"][1]["round"], 2);
    assert_eq!(workflows[0]["jobs"][1]["names"][0], "test (3.1)");
    assert_eq!(workflows[1]["reason"], "the event is not among its own");
}

#[test]
fn a_job_whose_condition_cannot_hold_is_simulated_as_skipped() {
    let ci = "name: CI
on: { pull_request: , push: }
jobs:
  test: { runs-on: x, steps: [{ run: a }] }
  publish: { if: \"github.event_name == 'push' && needs.test.outputs.x\", runs-on: x, needs: test, steps: [{ run: a }] }
  own: { if: \"github.repository == 'o/r'\", runs-on: x, steps: [{ run: a }] }
";
    let folder = Folder::with(&[(".github/workflows/ci.yml", ci)]);
    let skipped = |event: &str| {
        let run = support::run(folder.path(), &["simulate", "--event", event, "--format", "json"], &[]);
        let jobs = run.json()["workflows"][0]["jobs"].as_array().unwrap().clone();
        let skipped = jobs.iter().filter(|job| job["skipped"] == true);
        skipped.map(|job| job["job"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(skipped("pull_request"), ["publish"]);
    assert!(skipped("push").is_empty());
}

#[test]
fn documents_follow_the_workflows() {
    let folder = folder();
    let marks = |body: &str| {
        format!("# A\n<!-- ci-guard:triggers:begin -->\n{body}<!-- ci-guard:triggers:end -->\nbehind\n")
    };
    let run = support::run(folder.path(), &["document"], &[]);
    assert!(run.out.starts_with("no document has marks"), "{}", run.out);
    folder.write("README.md", marks(""));
    let stale = || {
        let report = support::run(folder.path(), &["check", "gates", "--format=json"], &[]).json();
        report["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "gates/stale-document")
    };
    assert!(stale());
    let run = support::run(folder.path(), &["document"], &[]);
    assert_eq!((run.code, &*run.out), (0, "rewrote README.md\n"));
    let text = folder.read("README.md");
    assert!(text.contains("| CI | `pull_request` | branches `main`; paths `src/**` |\n"), "{text}");
    assert!(text.contains("| `schedule` | `0 1 * * *` |\n") && text.ends_with("behind\n"), "{text}");
    assert!(!stale());
    assert_eq!(
        support::run(folder.path(), &["document"], &[]).out,
        "every document says what the workflows say\n"
    );
}

#[test]
fn workflows_are_listed_with_what_they_use() {
    let release = "name: Release
on: { push: { tags: ['v*'] } }
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: cargo test
  publish:
    needs: test
    environment: { name: crates }
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - run: cargo publish
        env: { CARGO_REGISTRY_TOKEN: '${{ secrets.CRATES }}', GH: '${{ secrets.GITHUB_TOKEN }}' }
";
    let folder = Folder::with(&[(".github/workflows/release.yml", release)]);
    let run = support::run(folder.path(), &["inventory", "--format", "json"], &[]);
    let own = run.json()["workflows"][0].clone();
    assert_eq!(own["events"], json!(["push"]));
    assert_eq!(own["categories"], json!(["publish", "test"]));
    assert_eq!(own["permissions"], json!({"contents": "read"}));
    assert_eq!(own["secrets"], json!(["CRATES"]));
    assert_eq!(own["movable"], json!(["actions/checkout@v4"]));
    assert_eq!(own["pinned"], json!(["actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8"]));
    assert_eq!(own["jobs"][1]["environment"], "crates");
    assert_eq!(own["jobs"][1]["needs"], json!(["test"]));
    let text = support::run(folder.path(), &["inventory"], &[]).out;
    assert!(text.contains("publish (publish) after test in crates"), "{text}");
    folder.write(".github/workflows/broken.yml", "on: [push\n");
    assert_eq!(support::run(folder.path(), &["inventory"], &[]).code, 3);
}
