//! `check --fix`: what is certain is mended, comments and layout stay, and a second run finds nothing to do.

use crate::support::server::{Reply, Server};
use crate::support::{self, Folder};
use serde_json::json;

const WORKFLOW: &str = r#"# A workflow with its comments.
on:   # why
  issues:
    types: [opened]

# What runs.
jobs:
  greet:
    runs-on: ubuntu-24.04   # the usual one
    steps:
      - uses: actions/checkout@v5  # the newest
      - name: Say it
        run: |
          # it's a comment
          echo "Hello ${{ github.event.issue.title }}"
          echo ${{ github.event.issue.body }} "${{ github.event.issue.title }}"
          echo 'not ${{ github.event.issue.title }}'
      - uses: actions/upload-artifact@v3
        with:
          path: .
"#;

const FIXED: &str = r#"# A workflow with its comments.
on:   # why
  issues:
    types: [opened]

permissions:
  contents: read

# What runs.
jobs:
  greet:
    runs-on: ubuntu-24.04   # the usual one
    steps:
      - uses: actions/checkout@v5  # the newest
        with:
          persist-credentials: false
      - name: Say it
        env:
          ISSUE_BODY: ${{ github.event.issue.body }}
          ISSUE_TITLE: ${{ github.event.issue.title }}
        run: |
          # it's a comment
          echo "Hello ${ISSUE_TITLE}"
          echo "${ISSUE_BODY}" "${ISSUE_TITLE}"
          echo 'not ${{ github.event.issue.title }}'
      - uses: actions/upload-artifact@v3
        with:
          path: .
"#;

const PATH: &str = ".github/workflows/ci.yml";

fn fix(folder: &Folder, more: &[&str], variables: &[(&str, &str)]) -> support::Run {
    let arguments = [&["check", "integrity", "--fix"], more].concat();
    support::run(folder.path(), &arguments, variables)
}

#[test]
fn what_is_certain_is_mended_and_the_rest_stays() {
    let folder = Folder::with(&[(PATH, WORKFLOW)]);
    let first = fix(&folder, &[], &[]);
    assert_eq!(folder.read(PATH), FIXED, "{}", first.out);
    assert!(first.out.contains("fixed .github/workflows/ci.yml: gives the workflow"), "{}", first.out);
    let second = fix(&folder, &[], &[]);
    assert!(second.out.starts_with("nothing can be fixed"), "{}", second.out);
    assert_eq!(folder.read(PATH), FIXED);
}

#[test]
fn line_ends_stay() {
    let folder = Folder::with(&[(PATH, &*WORKFLOW.replace('\n', "\r\n"))]);
    fix(&folder, &[], &[]);
    assert_eq!(folder.read(PATH), FIXED.replace('\n', "\r\n"));
}

#[test]
fn what_is_excepted_or_doubtful_stays() {
    let ignored = WORKFLOW.replace(
        "jobs:\n  greet:",
        "jobs:\n  push:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: git push\n  greet:",
    );
    let folder = Folder::with(&[
        (PATH, &*ignored),
        (
            ".github/ci-guard.yml",
            "version: 1\nwaivers:\n  - { rule: integrity/template-injection, path: .github/workflows/ci.yml, reason: test, approved-by: '@a', expires: 2999-01-01 }\n",
        ),
    ]);
    fix(&folder, &[], &[]);
    let text = folder.read(PATH);
    assert!(!text.contains("permissions:") && !text.contains("ISSUE_TITLE"), "{text}");
}

#[test]
fn dependabot_gets_a_cooldown() {
    let path = ".github/dependabot.yml";
    let text = "version: 2\nupdates:\n  - package-ecosystem: cargo  # ours\n    directory: /\n    insecure-external-code-execution: allow\n    schedule: { interval: weekly }\n";
    let folder = Folder::with(&[(path, text), ("Cargo.toml", "")]);
    fix(&folder, &[], &[]);
    let wanted = text
        .replace("    schedule", "    cooldown:\n      default-days: 7\n    schedule")
        .replace("allow", "deny");
    assert_eq!(folder.read(path), wanted);
}

#[test]
fn a_pull_request_is_not_rewritten() {
    let folder = Folder::with(&[(PATH, WORKFLOW)]);
    let run = fix(&folder, &[], &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "pull_request")]);
    assert_eq!(run.code, 2);
    assert_eq!(folder.read(PATH), WORKFLOW);
}

const COMMIT: &str = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";

fn pinned(folder: &Folder, server: &Server) -> support::Run {
    let variables = [("GITHUB_API_URL", server.url.as_str()), ("NO_PROXY", "*")];
    fix(folder, &["--online"], &variables)
}

#[test]
fn actions_are_pinned_online() {
    let server = Server::start(|incoming| match incoming.path() {
        "/repos/actions/checkout/commits/v5" => Reply::json(200, &json!({"sha": COMMIT})),
        _ => Reply::json(404, &json!({"message": "Not Found"})),
    });
    let folder = Folder::with(&[(
        PATH,
        "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v5\n      - uses: 'actions/checkout@v5' # keep\n      - uses: no/where@v1\n",
    )]);
    let run = pinned(&folder, &server);
    let text = folder.read(PATH);
    assert!(text.contains(&format!("- uses: actions/checkout@{COMMIT} # v5\n")), "{text}\n{}", run.out);
    assert!(text.contains(&format!("- uses: 'actions/checkout@{COMMIT}' # keep\n")), "{text}");
    assert!(text.contains("no/where@v1\n"), "{text}");
    assert!(run.out.contains("not pinned"), "{}", run.out);
    // Each reference is asked for once in a run.
    let asked =
        server.seen().iter().filter(|incoming| incoming.path().ends_with("checkout/commits/v5")).count();
    assert_eq!(asked, 1);
    assert!(pinned(&folder, &server).out.starts_with("nothing can be fixed"));
}
