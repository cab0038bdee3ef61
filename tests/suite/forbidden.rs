//! A token that lacks a permission: each command says which one, for everything that it asks GitHub.

use serde_json::json;

use crate::support::github::Fake;
use crate::support::{Folder, Run, run};

const SHA: &str = "1111111111111111111111111111111111111111";
const OTHER: &str = "2222222222222222222222222222222222222222";

struct Job {
    fake: Fake,
    folder: Folder,
}

impl Job {
    fn new() -> Job {
        let folder = Folder::new();
        folder.write("event.json", json!({"pull_request": {"number": 7}}).to_string());
        folder.write("output", "");
        let fake = Fake::start();
        fake.world(|world| {
            world.runs.insert(1, json!({"id": 1, "status": "in_progress", "run_attempt": 1}));
            world.jobs = json!([{"id": 12, "name": "test", "status": "completed", "conclusion": "failure",
                "html_url": "https://github.example/j/12", "steps": []}]);
            world.logs.insert(12, "2026-01-01T00:00:00.0Z no\n".to_owned());
        });
        Job { fake, folder }
    }

    fn run(&self, run_id: &str, sha: &str, line: &[&str]) -> Run {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let (event, output) = (at("event.json"), at("output"));
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", run_id),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_JOB", "deploy"),
            ("GITHUB_ACTOR", "ana"),
            ("GITHUB_SHA", sha),
            ("GITHUB_EVENT_PATH", &event),
            ("RUNNER_NAME", "machine"),
            ("RUNNER_TRACKING_ID", run_id),
            ("GITHUB_OUTPUT", &output),
        ];
        run(self.folder.path(), line, &[&variables[..], &self.fake.variables()].concat())
    }

    /// Refuses what is named, and expects the permission in what the command says.
    #[track_caller]
    fn refuse(&self, forbidden: &str, line: &[&str], code: i32, permission: &str) {
        self.fake.world(|world| world.forbidden = vec![forbidden.to_owned()]);
        let result = self.run("2", OTHER, line);
        self.fake.world(|world| world.forbidden.clear());
        let words = format!("{}{}", result.out, result.err);
        assert_eq!(result.code, code, "{forbidden}: {line:?}: {words}");
        let named = format!("lacks the permission `{permission}`");
        assert!(words.contains(&named), "{forbidden}: {line:?}: no `{named}`: {words}");
    }
}

const LOCK: [&str; 2] = ["production", "--lock-api=rest"];

#[test]
fn the_lock_says_what_its_token_lacks() {
    let job = Job::new();
    let with = |words: &[&'static str]| [words, &LOCK].concat();
    for words in [
        &["lock", "acquire"][..],
        &["lock", "release", "--lock-token=1"],
        &["lock", "verify", "--lock-token=1"],
        &["lock", "status"],
        &["lock", "passed"],
        &["rollback", "begin"],
        &["rollback", "unfreeze", "--reason=mended by hand"],
    ] {
        job.refuse("GET /repos/org/repo/git/ref/", &with(words), 3, "contents: read");
    }
    for words in [&["lock", "list"][..], &["lock", "history"]] {
        job.refuse("GET /repos/org/repo/git/ref/", words, 3, "contents: read");
    }
    job.refuse("POST /graphql", &["lock", "acquire", "production"], 3, "metadata: read");
    for words in [&["lock", "acquire"][..], &["lock", "passed"], &["rollback", "begin"]] {
        for path in [
            "POST /repos/org/repo/git/trees",
            "POST /repos/org/repo/git/commits",
            "POST /repos/org/repo/git/refs",
        ] {
            job.refuse(path, &with(words), 3, "contents: write");
        }
    }
    // Somebody holds it, and whether that run is over cannot be seen: that may be why the answer is no.
    let held = job.run("1", SHA, &with(&["lock", "acquire"]));
    assert_eq!(held.code, 0, "{}{}", held.out, held.err);
    job.refuse("GET /repos/org/repo/actions/runs", &with(&["lock", "acquire"]), 1, "actions: read");
    let release = with(&["lock", "release", "--lock-token=1", "--outcome=success"]);
    job.refuse("PATCH /repos/org/repo/git/refs", &release, 3, "contents: write");
    let force = with(&["lock", "release", "--force", "--reason=it hangs"]);
    job.refuse("PATCH /repos/org/repo/git/refs", &force, 3, "contents: write");
    job.refuse("POST /graphql", &["lock", "gc"], 3, "metadata: read");
    assert_eq!(job.run("1", SHA, &release).code, 0);
    // The age of the commit has to be known.
    job.refuse("GET /repos/org/repo/compare", &with(&["lock", "acquire"]), 3, "contents: read");
    let begun = job.run("2", OTHER, &with(&["rollback", "begin"]));
    assert_eq!(begun.code, 0, "{}{}", begun.out, begun.err);
    let finish = with(&["rollback", "finish", "--lock-token=3", "--outcome=success", "--record"]);
    job.refuse("PATCH /repos/org/repo/git/refs", &finish, 3, "contents: write");
    job.refuse("POST /repos/org/repo/deployments", &finish, 3, "deployments: write");
    let status = Job::new();
    let begin = status.run("2", OTHER, &with(&["rollback", "begin"]));
    assert_eq!(begin.code, 0, "{}{}", begin.out, begin.err);
    let finish = with(&["rollback", "finish", "--lock-token=1", "--outcome=failure", "--record"]);
    status.refuse("POST /repos/org/repo/statuses", &finish, 3, "statuses: write");
}

#[test]
fn required_says_what_its_token_lacks() {
    let job = Job::new();
    job.fake.world(|world| {
        world.rules = json!([{"type": "required_status_checks", "parameters": {
            "required_status_checks": [{"context": "test"}], "strict_required_status_checks_policy": false}}]);
    });
    let wait =
        ["required", "wait", "--branch=main", "--timeout=300ms", "--interval=50ms", "--appear-within=50ms"];
    for (forbidden, code, permission) in [
        ("GET /repos/org/repo/rules/branches", 3, "metadata: read"),
        ("GET /repos/org/repo/branches/", 3, "contents: read"),
        ("/statuses", 3, "statuses: read"),
        ("/check-runs", 3, "checks: read"),
        // Without these two it waits for itself, or for what cannot come: it says so.
        ("/attempts/1/jobs", 1, "actions: read"),
        ("GET /repos/org/repo/actions/runs", 1, "actions: read"),
    ] {
        job.refuse(forbidden, &wait, code, permission);
    }
    let verify = ["required", "verify", "--online", "--branch=main"];
    job.refuse("GET /repos/org/repo/rules/branches", &verify, 3, "metadata: read");
    job.refuse("GET /repos/org/repo/branches/", &verify, 3, "contents: read");
}

#[test]
fn status_says_what_its_token_lacks() {
    let job = Job::new();
    let set = ["status", "set", "--context=ci", "--state=success"];
    job.refuse("/statuses/", &set, 3, "statuses: write");
    let check_run = [&set[..], &["--check-run"]].concat();
    job.refuse("POST /repos/org/repo/check-runs", &check_run, 3, "checks: write");
    job.refuse("GET /repos/org/repo/commits", &check_run, 3, "checks: read");
    let summary = ["status", "summary", "--comment"];
    job.refuse("/attempts/1/jobs", &summary, 3, "actions: read");
    // What is a help only is missed with a word.
    job.refuse("POST /repos/org/repo/issues", &summary, 0, "pull-requests: write");
    job.refuse("/artifacts", &summary, 0, "actions: read");
    job.refuse("/logs", &summary, 0, "actions: read");
    job.refuse("GET /repos/org/repo/issues", &summary, 0, "pull-requests: read");
}

#[test]
fn preflight_says_what_its_token_lacks() {
    let job = Job::new();
    let settings = "version: 1\nmode: blocking\nchecks:\n  preflight:\n    environments:\n      production: { not-older: true, ancestor-of: main }\n";
    job.folder.write(".github/ci-guard.yml", settings);
    job.fake.world(|world| {
        world.deployments = vec![json!({"id": 5, "sha": SHA, "ref": SHA, "environment": "production"})];
        world.deployment_states.insert(5, "success".to_owned());
        world.compare = "behind".to_owned();
    });
    let check = ["check", "preflight", "--environment=production", "--online"];
    job.refuse("GET /repos/org/repo/deployments", &check, 3, "deployments: read");
    job.refuse("/deployments/5/statuses", &check, 3, "deployments: read");
    job.refuse("GET /repos/org/repo/compare", &check, 3, "contents: read");
    let record = [
        &["check", "preflight", "--required-secrets=RUNNER_NAME", "--record-preflight", "--no-config"],
        &check[2..3],
    ]
    .concat();
    job.refuse("POST /repos/org/repo/git/trees", &record, 3, "contents: write");
}

#[test]
fn health_needs_no_token() {
    let job = Job::new();
    job.fake.world(|world| world.forbidden = vec![String::new()]);
    let server = crate::support::server::Server::start(|_| crate::support::server::Reply::text(200, ""));
    let result = job.run("2", OTHER, &["health", &server.url, "--successes=1"]);
    assert_eq!(result.code, 0, "{}{}", result.out, result.err);
    assert!(job.fake.server.seen().is_empty());
    assert!(server.seen().iter().all(|request| !request.headers.contains_key("authorization")));
}
