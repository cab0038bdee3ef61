//! The commands around a deploy, with the real binary: over a real git server, and over a stand-in for GitHub.

use crate::support;
use crate::support::git_server::{Faults, GitServer};
use crate::support::github::{CANARY, Fake};
use crate::support::{Folder, Run, run};
use serde_json::{Value, json};

const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222";
const ZERO: &str = "0000000000000000000000000000000000000009";

/// A job of a run.
struct Job {
    folder: Folder,
    variables: Vec<(String, String)>,
}

impl Job {
    fn new(run: &str, attempt: &str, leg: &str, sha: &str) -> Job {
        let folder = Folder::with(&[("event.json", "{}"), ("output", ""), ("env", "")]);
        let at = |name: &str| folder.path().join(name).display().to_string();
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "org/repo"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_RUN_ID", run),
            ("GITHUB_RUN_ATTEMPT", attempt),
            ("GITHUB_JOB", "deploy"),
            ("GITHUB_ACTOR", "ana"),
            ("GITHUB_SHA", sha),
            ("RUNNER_TRACKING_ID", leg),
            ("GITHUB_EVENT_PATH", &at("event.json")),
            ("GITHUB_OUTPUT", &at("output")),
            ("GITHUB_ENV", &at("env")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Job { folder, variables: variables.to_vec() }
    }

    fn with(mut self, variables: &[(&str, &str)]) -> Job {
        self.variables
            .extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let result = run(self.folder.path(), arguments, &variables);
        for text in [&result.out, &result.err, &self.folder.read("output"), &self.folder.read("env")] {
            assert!(!text.contains(CANARY), "{text}");
        }
        result
    }

    fn token(&self, arguments: &[&str]) -> String {
        let result = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(result.code, 0, "{}{}", result.out, result.err);
        result.json()["outputs"]["lock-token"].as_str().unwrap().to_owned()
    }
}

/// The words of a refusal.
fn refused(result: &Run, code: i32) -> String {
    assert_eq!(result.code, code, "{}{}", result.out, result.err);
    format!("{}{}", result.out, result.err)
}

#[test]
fn a_deploy_over_a_git_server() {
    let Some(server) = GitServer::start(Faults::default()) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    let acquire = ["lock", "acquire", "production", "--remote", &url, "--reason", "release 1.2"];
    let (a, b) = (Job::new("1", "1", "x", ONE), Job::new("2", "1", "y", TWO));
    let token = a.token(&acquire);
    assert!(a.folder.read("env").contains("CI_GUARD_LOCK_TOKEN"));
    // The same user in another run is somebody else, and so is another leg of the same run.
    for other in [&b, &Job::new("1", "1", "z", ONE)] {
        let words = refused(&other.run(&acquire), 1);
        for part in ["run 1 (attempt 1)", "started by ana", "release 1.2", "/org/repo/actions/runs/1"] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
    // The same job asks twice.
    assert_eq!(a.token(&acquire), token);
    let with_token = |words: &[&'static str], token: &str| -> Vec<String> {
        let mut line: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        line.extend(["production", "--remote", &url, "--lock-token", token].map(str::to_owned));
        line
    };
    let go = |job: &Job, line: Vec<String>| job.run(&line.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(go(&a, with_token(&["lock", "verify"], &token)).code, 0);
    // A later attempt takes over with a new token; the old token is worth nothing, and frees nothing.
    let again = Job::new("1", "2", "w", ONE);
    let newer = again.token(&acquire);
    assert!(newer.parse::<u64>().unwrap() > token.parse::<u64>().unwrap());
    let words = refused(&go(&a, with_token(&["lock", "verify"], &token)), 1);
    assert!(words.contains("does not hold"), "{words}");
    let old = go(&a, with_token(&["lock", "release"], &token));
    assert!(old.code == 0 && old.out.contains("nothing is released"), "{}", old.out);
    assert_eq!(go(&again, with_token(&["lock", "verify"], &newer)).code, 0);
    let done = go(&again, with_token(&["lock", "release", "--outcome", "success"], &newer));
    assert!(done.out.contains("`production` is released"), "{}", done.out);
    let list = b.run(&["lock", "list", "--remote", &url]);
    assert!(list.code == 0 && list.out.contains("free") && list.out.contains("111111111111"), "{}", list.out);
    let history = b.run(&["lock", "history", "--remote", &url]);
    assert!(history.out.contains("deployed and released"), "{}", history.out);
    // Whether what is deployed is newer cannot be seen here, and that is no "no".
    let words = refused(&b.run(&acquire), 3);
    assert!(words.contains("cannot be seen"), "{words}");
    let cut = b.run(&["lock", "gc", "--remote", &url]);
    assert_eq!(cut.code, 0, "{}", cut.out);
    assert_eq!(server.git(&["rev-list", "--count", "refs/ci-guard/state"]), "1");
    let token = b.token(&[&acquire[..], &["--allow-older"]].concat());
    assert!(token.parse::<u64>().unwrap() > newer.parse::<u64>().unwrap());
    let status = b.run(&["lock", "status", "production", "--remote", &url]);
    assert!(status.out.contains("is held") && status.out.contains("deployed last"), "{}", status.out);
}

#[test]
fn a_rollback_ends_deploys_and_keeps_the_bad_commit_out() {
    let Some(server) = GitServer::start(Faults::default()) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    let remote = ["production", "--remote", &url];
    let deploy = Job::new("1", "1", "x", TWO);
    let token = deploy.token(&[&["lock", "acquire"], &remote[..]].concat());
    let back = Job::new("2", "1", "y", ONE);
    let begin = [&["rollback", "begin"], &remote[..], &["--bad", TWO, "--reason", "errors"]].concat();
    let rollback = back.token(&begin);
    // The deploy lost its token at that moment.
    let verify = [&["lock", "verify"], &remote[..], &["--lock-token", &token]].concat();
    let words = refused(&deploy.run(&verify), 1);
    assert!(words.contains("rolled back") && words.contains("errors"), "{words}");
    let words = refused(&Job::new("3", "1", "z", ZERO).run(&[&["lock", "acquire"], &remote[..]].concat()), 1);
    assert!(words.contains("no deploy may begin"), "{words}");
    // Neither a release with its token nor somebody else ends it.
    let release = [&["lock", "release"], &remote[..], &["--lock-token", &rollback]].concat();
    assert!(back.run(&release).out.contains("nothing is released"));
    let finish = |token: &str, outcome: &str| {
        let line =
            [&["rollback", "finish"], &remote[..], &["--lock-token", token, "--outcome", outcome]].concat();
        back.run(&line)
    };
    refused(&finish(&token, "success"), 1);
    assert_eq!(finish(&rollback, "failure").code, 0);
    let words = refused(&Job::new("3", "1", "z", ZERO).run(&[&["lock", "acquire"], &remote[..]].concat()), 1);
    assert!(words.contains("frozen") && words.contains("unfreeze"), "{words}");
    let robot = Job::new("4", "1", "r", ONE).with(&[("GITHUB_ACTOR", "dependabot[bot]")]);
    let unfreeze = [&["rollback", "unfreeze"], &remote[..], &["--reason", "fixed by hand"]].concat();
    refused(&robot.run(&unfreeze), 2);
    assert_eq!(back.run(&unfreeze).code, 0);
    let words = refused(&deploy.run(&[&["lock", "acquire"], &remote[..]].concat()), 1);
    assert!(words.contains("took") && words.contains("--unblock"), "{words}");
    let next = Job::new("5", "1", "n", ZERO);
    next.token(&[&["lock", "acquire"], &remote[..]].concat());
}

#[test]
fn what_cannot_be_read_blocks() {
    let Some(server) = GitServer::start(Faults::default()) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    // Somebody else's commit stands there.
    let tree = server.git(&["mktree", "--missing"]);
    let commit = server.git(&["commit-tree", &tree, "-m", "locked=false"]);
    server.git(&["update-ref", "refs/ci-guard/state", &commit]);
    let job = Job::new("1", "1", "x", ONE);
    let words = refused(&job.run(&["lock", "acquire", "production", "--remote", &url]), 3);
    assert!(words.contains("nothing may begin"), "{words}");
    // So does a server that is not there, and a repository that is none.
    let gone = format!("{}/none.git", server.server.url);
    refused(&job.run(&["lock", "status", "production", "--remote", &gone]), 3);
    refused(&job.run(&["lock", "acquire", "production", "--remote", &url, "--lock-ref", "main"]), 2);
    refused(&job.run(&["lock", "acquire", "", "--remote", &url]), 2);
}

#[test]
fn a_preflight_can_be_demanded() {
    let Some(server) = GitServer::start(Faults::default()) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    let job = Job::new("1", "1", "x", ONE);
    let acquire = ["lock", "acquire", "production", "--remote", &url, "--require-preflight", "30m"];
    let words = refused(&job.run(&acquire), 1);
    assert!(words.contains("no preflight passed"), "{words}");
    assert_eq!(job.run(&["lock", "passed", "staging", "--remote", &url]).code, 0);
    refused(&job.run(&acquire), 1);
    assert_eq!(job.run(&["lock", "passed", "production", "--remote", &url]).code, 0);
    refused(&Job::new("2", "1", "y", TWO).run(&acquire), 1);
    let other_list = [&acquire[..], &["--manifest-hash", "abc"]].concat();
    refused(&job.run(&other_list), 1);
    assert_eq!(job.run(&acquire).code, 0);
}

#[test]
fn the_lock_on_github_is_moved_by_either_api() {
    for api in ["graphql", "rest"] {
        let fake = Fake::start();
        fake.world(|world| {
            world.runs.insert(1, json!({"id": 1, "status": "in_progress", "run_attempt": 1}));
            world.runs.insert(2, json!({"id": 2, "status": "in_progress", "run_attempt": 1}));
        });
        let job = |run, sha| Job::new(run, "1", run, sha).with(&fake.variables());
        let (a, b) = (job("1", ONE), job("2", TWO));
        let acquire = ["lock", "acquire", "production", "--lock-api", api];
        let token = a.token(&acquire);
        refused(&b.run(&acquire), 1);
        let release = ["lock", "release", "production", "--lock-api", api, "--outcome", "success"];
        let line = [&release[..], &["--lock-token", &token]].concat();
        // The answer is lost, and the next read shows what was before.
        fake.world(|world| (world.lose, world.stale) = (3, 2));
        let released = a.run(&line);
        assert!(released.code == 0 && released.out.contains("is released"), "{api}: {}", released.out);
        // An ancestor of what is deployed is refused.
        fake.world(|world| (world.stale, world.compare) = (0, "behind".to_owned()));
        let words = refused(&b.run(&acquire), 1);
        assert!(words.contains("is newer"), "{words}");
        fake.world(|world| world.compare = "diverged".to_owned());
        fake.world(|world| world.lose = 3);
        b.token(&acquire);
        // The run of the holder is over: its lock is free.
        refused(&a.run(&acquire), 1);
        fake.world(|world| world.runs.get_mut(&2).unwrap()["status"] = "completed".into());
        a.token(&acquire);
        let history = a.run(&["lock", "history", "--lock-api", api]);
        assert!(history.out.contains("whose owner is gone"), "{}", history.out);
        assert!(fake.world(|world| world.refs.keys().all(|name| name == "refs/ci-guard/state")));
    }
}

/// github/lock writes a branch and then a file: what dies between the two leaves a lock of nobody. Here the objects are
/// uploaded first, and nothing holds before the ref moves.
#[test]
fn what_dies_before_the_ref_moves_holds_nothing() {
    let fake = Fake::start();
    let job = Job::new("1", "1", "x", ONE).with(&fake.variables());
    fake.world(|world| world.forbidden = vec!["POST /repos/org/repo/git/refs".to_owned()]);
    refused(&job.run(&["lock", "acquire", "production", "--lock-api", "rest"]), 3);
    assert!(fake.world(|world| !world.commits.is_empty() && world.refs.is_empty()));
    fake.world(|world| world.forbidden.clear());
    let status = job.run(&["lock", "status", "production", "--format", "json"]);
    assert_eq!(status.json()["outputs"]["locked"], "false", "{}", status.out);
    Job::new("2", "1", "y", TWO).with(&fake.variables()).token(&["lock", "acquire", "production"]);
}

/// github/lock takes every error but 404 for "there is no lock", and shows a bare 422 to whoever lost a race.
#[test]
fn an_error_is_not_free_and_a_lost_race_is_explained() {
    let fake = Fake::start();
    let (a, b) = (Job::new("1", "1", "x", ONE), Job::new("2", "1", "y", TWO));
    let (a, b) = (a.with(&fake.variables()), b.with(&fake.variables()));
    fake.world(|world| {
        world.runs.insert(1, json!({"id": 1, "status": "in_progress", "run_attempt": 1}));
    });
    let token = a.token(&["lock", "acquire", "production"]);
    assert_eq!(a.run(&["lock", "release", "production", "--lock-token", &token]).code, 0);
    a.token(&["lock", "acquire", "production", "--reason", "release 7"]);
    fake.world(|world| world.forbidden = vec!["/git/ref/".to_owned()]);
    let status = b.run(&["lock", "status", "production", "--format", "json"]);
    assert_eq!(status.code, 3, "{}", status.out);
    assert!(status.json()["outputs"].get("locked").is_none(), "{}", status.out);
    fake.world(|world| world.forbidden.clear());
    // It reads what was before somebody else got the lock, and loses.
    fake.world(|world| world.stale = 1);
    let words = refused(&b.run(&["lock", "acquire", "production", "--lock-api", "rest"]), 1);
    assert!(words.contains("release 7") && words.contains("run 1"), "{words}");
    // Not a word of the refusal; the number may stand in the token of the log.
    assert!(!words.contains(" 422"), "{words}");
}

#[test]
fn a_token_that_only_reads_is_no_lock() {
    let fake = Fake::start();
    fake.world(|world| world.read_only = true);
    let job = Job::new("1", "1", "x", ONE).with(&fake.variables());
    let words = refused(&job.run(&["lock", "acquire", "production"]), 3);
    assert!(words.contains("`contents: write`"), "{words}");
}

#[test]
fn the_outcome_of_a_rollback_is_recorded_on_github() {
    let fake = Fake::start();
    let job = Job::new("1", "1", "x", ONE).with(&fake.variables());
    let token = job.token(&["rollback", "begin", "production", "--bad", TWO]);
    let finish =
        ["rollback", "finish", "production", "--outcome", "success", "--record", "--lock-token", &token];
    let result = job.run(&finish);
    assert_eq!(result.code, 0, "{}{}", result.out, result.err);
    fake.world(|world| {
        assert_eq!(world.deployments[0]["ref"], ONE);
        assert_eq!(world.deployment_statuses[0]["state"], "success");
        assert_eq!(world.statuses[0]["context"], "ci-guard/rollback (production)");
    });
}

fn check(id: u64, name: &str, conclusion: Option<&str>) -> Value {
    let status = if conclusion.is_some() { "completed" } else { "in_progress" };
    json!({"id": id, "name": name, "status": status, "conclusion": conclusion, "app": {"id": 15368, "slug": "github-actions"}})
}

fn rule(names: &[&str]) -> Value {
    let checks: Vec<Value> = names.iter().map(|name| json!({"context": name})).collect();
    json!([{"type": "required_status_checks", "parameters": {"required_status_checks": checks, "strict_required_status_checks_policy": false}}])
}

#[test]
fn required_checks_are_waited_for() {
    let fake = Fake::start();
    let job = Job::new("9", "1", "x", ONE).with(&fake.variables());
    let quick = ["--interval", "50ms", "--timeout", "2s", "--appear-within", "300ms"];
    let wait =
        |more: &[&str]| job.run(&[&["required", "wait", "--branch", "main"], &quick[..], more].concat());
    // Nothing required is nothing proven.
    let words = refused(&wait(&[]), 1);
    assert!(words.contains("nothing is required"), "{words}");
    fake.world(|world| world.rules = rule(&["test", "lint"]));
    fake.world(|world| world.check_runs = vec![check(1, "test", Some("success"))]);
    let words = refused(&wait(&[]), 1);
    assert!(words.contains("`lint`") && words.contains("will not come"), "{words}");
    fake.world(|world| world.check_runs.push(check(2, "lint", Some("failure"))));
    let words = refused(&wait(&[]), 1);
    assert!(words.contains("`lint` failed"), "{words}");
    fake.world(|world| world.check_runs.push(check(3, "lint", Some("success"))));
    assert_eq!(wait(&[]).code, 0);
    let words = refused(&wait(&["--require", "deploy-approved"]), 1);
    assert!(words.contains("deploy-approved"), "{words}");
    fake.world(|world| world.check_runs.push(check(4, "slow", None)));
    let words = refused(&wait(&["--require", "slow"]), 1);
    assert!(words.contains("not done in time"), "{words}");
    // All other runs on the commit are over: nothing will report it, and that is known at once.
    fake.world(|world| world.runs.insert(5, json!({"id": 5, "status": "completed"})));
    let start = std::time::Instant::now();
    let line = ["required", "wait", "--branch", "main", "--require", "never", "--timeout", "20s"];
    refused(&job.run(&line), 1);
    assert!(start.elapsed().as_secs() < 10);
    fake.world(|world| world.branch = json!({"protected": true, "protection": "<absent>"}));
    let result = wait(&[]);
    assert!(result.code == 0 && result.out.contains("token does not see"), "{}", result.out);
}

#[test]
fn one_name_of_two_apps_is_two_checks() {
    let fake = Fake::start();
    let job = Job::new("9", "1", "x", ONE).with(&fake.variables());
    let of = |id: u64, app: u64, conclusion: Option<&str>| {
        let status = if conclusion.is_some() { "completed" } else { "in_progress" };
        json!({"id": id, "name": "build", "status": status, "conclusion": conclusion,
            "started_at": format!("2026-01-01T00:00:{id:02}Z"), "app": {"id": app, "slug": format!("app-{app}")}})
    };
    let wait = |app: Option<u64>, runs: Vec<Value>| {
        fake.world(|world| {
            world.check_runs = runs;
            let check = app.map_or(
                json!({"context": "build"}),
                |app| json!({"context": "build", "integration_id": app}),
            );
            world.rules = json!([{"type": "required_status_checks", "parameters": {
                "required_status_checks": [check], "strict_required_status_checks_policy": false}}]);
        });
        let line = [
            "required",
            "wait",
            "--branch",
            "main",
            "--interval",
            "50ms",
            "--timeout",
            "400ms",
            "--appear-within",
            "100ms",
        ];
        let result = job.run(&line);
        (result.code, format!("{}{}", result.out, result.err))
    };
    let both = vec![of(1, 7, Some("failure")), of(2, 8, Some("success"))];
    // The newer success of another app hides no failure.
    let (code, words) = wait(None, both.clone());
    assert!(code == 1 && words.contains("app-7"), "{words}");
    assert_eq!(wait(Some(8), both.clone()).0, 0);
    assert_eq!(wait(Some(7), both.clone()).0, 1);
    let (code, words) = wait(Some(9), both);
    assert!(code == 1 && words.contains("app 9 must report it"), "{words}");
    // A re-run of the same app replaces what it repeats, also while it runs.
    assert_eq!(wait(None, vec![of(1, 7, Some("failure")), of(2, 7, Some("success"))]).0, 0);
    let (code, words) = wait(None, vec![of(1, 7, Some("success")), of(2, 7, None)]);
    assert!(code == 1 && words.contains("not done in time"), "{words}");
    let (code, words) = wait(None, vec![of(1, 7, Some("success")), of(2, 8, None)]);
    assert!(code == 1 && words.contains("app-8"), "{words}");
}

#[test]
fn a_check_run_is_begun_and_ended_and_not_made_twice() {
    let fake = Fake::start();
    let job = Job::new("9", "1", "x", ONE).with(&fake.variables());
    let set = |state: &str| {
        let line =
            ["status", "set", "--check-run", "--context", "deploy", "--state", state, "--description", "why"];
        let result = job.run(&line);
        assert_eq!(result.code, 0, "{}{}", result.out, result.err);
        fake.world(|world| world.check_runs.clone())
    };
    // Somebody else's run of this name is left alone.
    fake.world(|world| world.check_runs = vec![check(1, "deploy", None)]);
    let runs = set("pending");
    assert_eq!((runs.len(), &runs[1]["status"]), (2, &json!("in_progress")), "{runs:?}");
    let runs = set("failure");
    assert_eq!((runs.len(), &runs[1]["conclusion"]), (2, &json!("failure")), "{runs:?}");
    assert_eq!(runs[1]["output"], json!({"title": "why", "summary": "why"}));
    assert_eq!(runs[1]["details_url"], "https://github.example/org/repo/actions/runs/9/attempts/1");
    // What ended stays as it is: this is another one. Its answer is lost; it is looked up, and not made again.
    fake.world(|world| world.lose = 1);
    let runs = set("success");
    assert_eq!((runs.len(), &runs[2]["conclusion"]), (3, &json!("success")), "{runs:?}");
    // A change whose answer is lost is sent again.
    set("pending");
    fake.world(|world| world.lose = 1);
    let runs = set("error");
    assert_eq!((runs.len(), &runs[3]["conclusion"]), (4, &json!("failure")), "{runs:?}");
    assert!(fake.world(|world| world.statuses.is_empty()));
}

#[test]
fn jobs_that_comment_at_the_same_moment_end_with_one_comment() {
    let fake = Fake::start();
    let jobs: Vec<Job> = (0..4)
        .map(|leg| {
            let job = Job::new("9", "1", &leg.to_string(), ONE).with(&fake.variables());
            job.folder.write("event.json", json!({"pull_request": {"number": 7}}).to_string());
            job
        })
        .collect();
    for _ in 0..3 {
        std::thread::scope(|scope| {
            for job in &jobs {
                scope.spawn(|| {
                    let result = job.run(&["status", "summary", "--comment"]);
                    assert_eq!(result.code, 0, "{}{}", result.out, result.err);
                });
            }
        });
        let comments = fake.world(|world| world.comments.clone());
        assert_eq!(comments.len(), 1, "{comments:?}");
    }
}

#[test]
fn the_end_of_a_log_is_masked() {
    let fake = Fake::start();
    let encoded = data_encoding::BASE64.encode(format!("x-access-token:{CANARY}").as_bytes());
    // GitHub masks what it knows; a credential that the job made itself it does not know.
    let made = format!("ghp_{}{}", "k3Jx9QmZ7bT1wRe", "8Lp5Vn2Hs6Yc4Dg2V5Hbg");
    let log =
        format!("2026-01-01T00:00:00.0Z header {encoded}\n2026-01-01T00:00:01.0Z login --password={made}\n");
    fake.world(|world| {
        world.jobs =
            json!([{"id": 12, "name": "test", "status": "completed", "conclusion": "failure", "steps": []}]);
        world.logs.insert(12, log);
    });
    let job = Job::new("9", "1", "x", ONE).with(&fake.variables());
    job.folder.write("event.json", json!({"pull_request": {"number": 7}}).to_string());
    let result = job.run(&["status", "summary", "--comment"]);
    assert_eq!(result.code, 0, "{}{}", result.out, result.err);
    let comment = fake.world(|world| world.comments[0]["body"].as_str().unwrap().to_owned());
    for text in [&result.out, &comment] {
        assert!(text.contains("header") && text.contains("login"), "{text}");
        assert!(!text.contains(&made) && !text.contains(&encoded[..24]), "{text}");
    }
}

#[test]
fn the_summary_links_the_step_that_failed_and_keeps_one_comment() {
    let fake = Fake::start();
    let log = format!("2026-01-01T00:00:00.0Z compiling\n2026-01-01T00:00:01.0Z token {CANARY} is wrong\n");
    fake.world(|world| {
        world.jobs = json!([
            {"id": 11, "name": "build", "status": "completed", "conclusion": "success", "html_url": "https://github.example/j/11", "steps": []},
            {"id": 12, "name": "test (3.12)", "status": "completed", "conclusion": "failure", "html_url": "https://github.example/j/12",
             "steps": [{"number": 1, "name": "Set up", "status": "completed", "conclusion": "success"},
                       {"number": 4, "name": "Run tests", "status": "completed", "conclusion": "failure"}]},
        ]);
        world.logs.insert(12, log);
    });
    let job =
        Job::new("9", "1", "x", ONE).with(&fake.variables()).with(&[("GITHUB_EVENT_NAME", "pull_request")]);
    job.folder.write("event.json", json!({"pull_request": {"number": 7}}).to_string());
    let summary = ["status", "summary", "--comment"];
    let result = job.run(&summary);
    assert_eq!(result.code, 0, "{}{}", result.out, result.err);
    for part in
        ["1 of 2 jobs failed", "Run tests", "https://github.example/j/12#step:4:1", "token *** is wrong"]
    {
        assert!(result.out.contains(part), "{part}: {}", result.out);
    }
    assert_eq!(job.run(&[&summary[..], &["--fail-on-failure"]].concat()).code, 1);
    let comments = fake.world(|world| world.comments.clone());
    assert_eq!(comments.len(), 1, "{comments:?}");
    let body = comments[0]["body"].as_str().unwrap();
    assert!(body.contains("#step:4:1") && !body.contains(CANARY), "{body}");
    // Two jobs wrote at the same moment; a stranger wrote the mark as well.
    fake.world(|world| {
        let mark = body.lines().next().unwrap();
        world.comments.push(
            json!({"id": 900, "body": format!("{mark}\nold"), "user": {"login": "github-actions[bot]"}}),
        );
        world
            .comments
            .push(json!({"id": 901, "body": format!("{mark}\nmine"), "user": {"login": "stranger"}}));
    });
    job.run(&summary);
    let ids =
        fake.world(|world| world.comments.iter().map(|c| c["id"].as_u64().unwrap()).collect::<Vec<_>>());
    assert_eq!(ids, [comments[0]["id"].as_u64().unwrap(), 901]);
    // A fork's token may not comment: that is said, and is no failure.
    fake.world(|world| {
        world.comments.clear();
        world.read_only = true;
    });
    let result = job.run(&summary);
    assert!(result.code == 0 && result.out.contains("no comment was written"), "{}", result.out);
}

#[test]
fn a_status_is_set_on_the_head_of_the_pull_request() {
    let fake = Fake::start();
    let job = Job::new("9", "1", "x", ONE).with(&fake.variables());
    job.folder.write("event.json", json!({"pull_request": {"number": 7, "head": {"sha": TWO}}}).to_string());
    let line = ["status", "set", "--context", "ci/deploy", "--state", "success", "--description", CANARY];
    let result = job.run(&line);
    assert_eq!(result.code, 0, "{}{}", result.out, result.err);
    assert!(result.out.contains(TWO), "{}", result.out);
    fake.world(|world| assert_eq!(world.statuses[0]["description"], "***"));
    let paths: Vec<String> = fake.server.seen().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, [format!("/repos/org/repo/statuses/{TWO}")]);
}

#[test]
fn health_waits_until_enough_answers_are_good() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use support::server::{Reply, Server};
    let count = AtomicUsize::new(0);
    let server = Server::start(move |incoming| match incoming.path() {
        "/warming" if count.fetch_add(1, Ordering::SeqCst) < 3 => Reply::text(503, "warming up"),
        "/warming" | "/good" => Reply::text(200, "version 2"),
        "/away" => Reply::text(302, "").header("Location", "https://evil.example/"),
        "/slow" => {
            std::thread::sleep(std::time::Duration::from_millis(500));
            Reply::text(200, "version 2")
        }
        _ => Reply::text(500, "no"),
    });
    let folder = Folder::new();
    let health = |paths: &[&str], more: &[&str]| {
        let urls: Vec<String> = paths.iter().map(|path| format!("{}{path}", server.url)).collect();
        let mut line = vec!["health", "--interval", "10ms", "--format", "json"];
        line.extend(urls.iter().map(String::as_str));
        line.extend(more);
        // What answers well in the end may take its time: the machine may be busy.
        let ends_badly = !more.contains(&"--timeout");
        line.extend(ends_badly.then_some(["--timeout", "1s"]).into_iter().flatten());
        run(folder.path(), &line, &[])
    };
    let good = health(&["/warming"], &["--expect-body", "version 2", "--successes", "2", "--timeout", "60s"]);
    assert_eq!((good.code, good.json()["outputs"]["healthy"].as_str()), (0, Some("true")), "{}", good.out);
    assert_eq!(health(&["/good", "/bad"], &[]).code, 1);
    let wrong = health(&["/good"], &["--expect-body", "version 3"]);
    assert!(wrong.code == 1 && wrong.out.contains("expected text"), "{}", wrong.out);
    let away = health(&["/away"], &[]);
    assert!(away.code == 1 && away.out.contains("not followed"), "{}", away.out);
    let slow = health(&["/slow"], &["--latency", "p95=20ms", "--probes", "3", "--timeout", "3s"]);
    assert!(slow.code == 1 && slow.out.contains("p95 is"), "{}", slow.out);
    let base = format!("{}/good", server.url);
    let canary = |path: &str, tolerance: &str| {
        let more = ["--baseline", &base, "--probes", "5", "--timeout", "60s", "--tolerance", tolerance];
        let result = health(&[path], &more);
        (result.code, result.json()["outputs"]["health-verdict"].as_str().unwrap().to_owned())
    };
    // How fast two answers come says little on a busy machine: what must pass is given room.
    assert_eq!(canary("/good", "1000000"), (0, "promote".to_owned()));
    assert_eq!(canary("/bad", "1000000"), (1, "roll-back".to_owned()));
    assert_eq!(canary("/slow", "20"), (1, "roll-back".to_owned()));
    let base = format!("{}/bad", server.url);
    let broken = health(&["/good"], &["--baseline", &base, "--probes", "2"]);
    assert_eq!(broken.code, 3, "{}", broken.out);
    assert_eq!(health(&["/good"], &["--expect-status", "abc"]).code, 2);
}
