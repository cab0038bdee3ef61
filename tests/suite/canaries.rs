//! Secrets that are planted wherever a command of the deploy meets foreign text (its environment, its inputs, answers,
//! error bodies and redirects of servers) turn up in nothing that it prints, writes or sends, in no encoding.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::git_server::{Faults, GitServer};
use crate::support::github::Fake;
use crate::support::server::{Incoming, Reply, Server};
use crate::support::{Folder, Run, command, finish};

const TOKEN: &str = "ghs_cAnArY7vLw5Rs8YdNfHgTokenQ2z";
const VALUE: &str = "cAnArY/k3+Jx9\"QmZ7b'T1wRe8";
const PASSWORD: &str = "pAsScAnArY:9wZ&4tY7uQ";
const SHA: &str = "1111111111111111111111111111111111111111";

/// What a secret looks like: raw, and where it is encoded alone or after something else.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        secret.to_owned(),
        data_encoding::HEXLOWER.encode(bytes),
        data_encoding::HEXUPPER.encode(bytes),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        Value::from(secret).to_string().trim_matches('"').to_owned(),
    ];
    for start in 0..3 {
        let core = &bytes[start..];
        let core = &core[..core.len() / 3 * 3];
        forms.extend([data_encoding::BASE64.encode(core), data_encoding::BASE64URL.encode(core)]);
    }
    forms
}

/// Everything that a hostile or careless server could write, in one text.
fn everything() -> String {
    let mut parts = Vec::new();
    for secret in [TOKEN, VALUE, PASSWORD] {
        parts.extend(forms(secret));
        for prefix in ["u:", "x-access-token:"] {
            parts.push(data_encoding::BASE64.encode(format!("{prefix}{secret}").as_bytes()));
        }
    }
    parts.join(" ")
}

#[track_caller]
fn assert_hidden(text: &str, what: &str) {
    static FORMS: OnceLock<Vec<String>> = OnceLock::new();
    let all = FORMS.get_or_init(|| [TOKEN, VALUE, PASSWORD].into_iter().flat_map(forms).collect());
    for form in all {
        assert!(!text.contains(form), "{what}: {form} in\n{text}");
    }
}

/// A job whose environment holds the secrets, with debug output asked for in every way that is known.
struct Job {
    folder: Folder,
    variables: Vec<(String, String)>,
    count: AtomicUsize,
}

impl Job {
    fn new(variables: &[(&str, &str)]) -> Job {
        let files = ["output", "env", "state", "summary"].map(|name| (name, ""));
        let folder = Folder::with(&files);
        let event = json!({"pull_request": {"number": 7, "head": {"sha": SHA}}, "x": VALUE}).to_string();
        folder.write("event.json", event);
        std::fs::create_dir(folder.path().join("temp")).unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let fixed = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_REPOSITORY", "org/repo".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.example".to_owned()),
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", at("event.json")),
            ("GITHUB_RUN_ID", "1".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_JOB", "deploy".to_owned()),
            ("GITHUB_ACTOR", "ana".to_owned()),
            ("GITHUB_SHA", SHA.to_owned()),
            ("GITHUB_OUTPUT", at("output")),
            ("GITHUB_ENV", at("env")),
            ("GITHUB_STATE", at("state")),
            ("GITHUB_STEP_SUMMARY", at("summary")),
            ("RUNNER_TEMP", at("temp")),
            ("RUNNER_NAME", "machine".to_owned()),
            ("RUNNER_DEBUG", "1".to_owned()),
            ("ACTIONS_STEP_DEBUG", "true".to_owned()),
            ("RUST_LOG", "trace".to_owned()),
            ("RUST_BACKTRACE", "full".to_owned()),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
            ("API_TOKEN", VALUE.to_owned()),
            ("CI_GUARD_REMOTE_PASSWORD", PASSWORD.to_owned()),
        ];
        let mut all: Vec<(String, String)> =
            fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Job { folder, variables: all, count: AtomicUsize::default() }
    }

    /// Runs a command, each time with another format, and reads everything that it wrote.
    fn run(&self, arguments: &[&str]) -> Run {
        const FORMATS: [&str; 6] = ["github", "json", "markdown", "sarif", "junit", "text"];
        let format = FORMATS[self.count.fetch_add(1, Ordering::SeqCst) % FORMATS.len()];
        let mut command = command(self.folder.path());
        command.args(arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        if arguments != ["action"] {
            command.args(["--format", format]);
        }
        let result = finish(command);
        self.look(&result, &format!("{arguments:?} {format}"));
        result
    }

    fn look(&self, result: &Run, what: &str) {
        assert_hidden(&result.out, what);
        assert_hidden(&result.err, what);
        let mut folders = vec![self.folder.path().join("temp")];
        let mut files: Vec<_> =
            ["output", "env", "state", "summary"].map(|name| self.folder.path().join(name)).into();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        for file in files {
            assert_hidden(&std::fs::read_to_string(&file).unwrap(), &format!("{what}: {}", file.display()));
            std::fs::write(&file, "").unwrap();
        }
    }
}

/// Nothing but the authorization of a request holds a secret.
fn assert_sent_nothing(seen: &[Incoming], what: &str) {
    for request in seen {
        assert_hidden(&request.target, what);
        assert_hidden(&String::from_utf8_lossy(&request.body), what);
        for (name, value) in &request.headers {
            if name != "authorization" {
                assert_hidden(value, what);
            }
        }
    }
}

/// Every command that talks to GitHub, with secrets where people write text.
fn commands() -> Vec<Vec<String>> {
    let text = format!("because {VALUE} and {TOKEN}");
    let link = format!("https://h.example/?key={PASSWORD}");
    let quick = ["--timeout", "300ms", "--interval", "50ms", "--appear-within", "100ms"];
    let lines: Vec<Vec<&str>> = vec![
        vec!["lock", "acquire", "production", "--reason", &text, "--link", &link, "--owner", VALUE],
        vec!["lock", "acquire", "production", "--lock-api", "rest", "--require-preflight", "30m"],
        vec!["lock", "verify", "production", "--lock-token", "1"],
        vec!["lock", "release", "production", "--lock-token", "1", "--outcome", "success"],
        vec!["lock", "release", "production", "--force", "--reason", &text],
        vec!["lock", "status", "production"],
        vec!["lock", "list"],
        vec!["lock", "history"],
        vec!["lock", "passed", "production", "--manifest-hash", "abc"],
        vec!["lock", "gc"],
        vec!["rollback", "begin", "production", "--reason", &text],
        vec!["rollback", "finish", "production", "--outcome", "failure", "--record", "--lock-token", "1"],
        vec!["rollback", "unfreeze", "production", "--reason", &text],
        vec![
            "status",
            "set",
            "--context",
            &text,
            "--state",
            "failure",
            "--description",
            &text,
            "--link",
            &link,
        ],
        vec![
            "status",
            "set",
            "--context",
            &text,
            "--state",
            "pending",
            "--check-run",
            "--description",
            &text,
        ],
        vec!["status", "summary", "--comment"],
        [&["required", "wait", "--branch", "main", "--require", VALUE], &quick[..]].concat(),
        vec!["required", "verify", "--online", "--branch", "main"],
    ];
    lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect()
}

fn run_all(job: &Job) -> Vec<i32> {
    let words = |line: &Vec<String>| -> Vec<String> { line.clone() };
    commands()
        .iter()
        .map(words)
        .map(|line| job.run(&line.iter().map(String::as_str).collect::<Vec<_>>()).code)
        .collect()
}

#[test]
fn servers_that_repeat_secrets_are_not_repeated() {
    for status in [200, 401, 404, 422, 429] {
        let server = Server::start(move |_| {
            let text = everything();
            let body = json!({"message": text, "errors": [{"message": text, "type": text}], "data": text});
            Reply::json(status, &body).header("Retry-After", "99999").header("X-Said", TOKEN)
        });
        let job = Job::new(&[("GITHUB_API_URL", &server.url)]);
        let codes = run_all(&job);
        // A status that GitHub took is set, whatever else it says.
        assert!(status == 200 || codes.iter().all(|code| *code != 0), "{status}: {codes:?}");
        assert_sent_nothing(&server.seen(), &status.to_string());
    }
}

#[test]
fn garbage_and_redirects_that_hold_secrets_are_not_repeated() {
    let elsewhere = Server::start(|_| Reply::text(200, &everything()));
    for target in ["", "/again/", "ftp://"] {
        let base = if target.is_empty() { elsewhere.url.clone() } else { target.to_owned() };
        let server = Server::start(move |_| {
            let place = format!("{base}/{}", utf8_percent_encode(VALUE, NON_ALPHANUMERIC));
            Reply::text(302, &everything()).header("Location", &format!("{place}?{TOKEN}"))
        });
        let job = Job::new(&[("GITHUB_API_URL", &server.url)]);
        // Circles are tried again, which takes seconds; one command of each kind will do.
        for line in [
            ["lock", "status", "production"].as_slice(),
            &["status", "set", "--context", VALUE, "--state", "error"],
        ] {
            assert_ne!(job.run(line).code, 0);
        }
    }
    assert!(!elsewhere.seen().is_empty());
    for request in elsewhere.seen() {
        assert!(!request.headers.contains_key("authorization"), "{request:?}");
    }
    for answer in ["<html>", "{\"object\": {\"sha\": 7}}"] {
        let server = Server::start(move |_| Reply::text(200, &format!("{answer}{}", everything())));
        let job = Job::new(&[("GITHUB_API_URL", &server.url)]);
        run_all(&job);
        assert_sent_nothing(&server.seen(), answer);
    }
}

#[test]
fn good_answers_that_hold_secrets_are_cleaned() {
    let fake = Fake::start();
    let text = everything();
    fake.world(|world| {
        let job = |id: u64, conclusion: &str| {
            json!({"id": id, "name": format!("build {text}"), "status": "completed", "conclusion": conclusion,
                "html_url": format!("https://github.example/{VALUE}"),
                "steps": [{"number": 1, "name": text, "status": "completed", "conclusion": conclusion}]})
        };
        world.jobs = json!([job(11, "success"), job(12, "failure")]);
        world.logs.insert(12, format!("2026-01-01T00:00:00.0Z {text}\n{text}\n"));
        world.artifacts = vec![json!({"id": 1, "name": text, "size_in_bytes": 1})];
        world.runs.insert(1, json!({"id": 1, "status": "in_progress", "run_attempt": 1}));
        world.check_runs =
            vec![json!({"id": 1, "name": text, "status": "completed", "conclusion": "failure",
            "html_url": format!("https://github.example/{TOKEN}"), "app": {"id": 1, "slug": text}})];
        world.statuses = vec![json!({"id": 1, "context": VALUE, "state": "failure", "target_url": text})];
        world.rules = json!([{"type": "required_status_checks", "parameters": {"required_status_checks":
            [{"context": text}, {"context": VALUE}], "strict_required_status_checks_policy": false}}]);
    });
    let job = Job::new(&[("GITHUB_API_URL", &fake.server.url)]);
    let codes = run_all(&job);
    assert!(codes.contains(&0) && codes.contains(&1), "{codes:?}");
    assert_sent_nothing(&fake.server.seen(), "requests");
    // What is written for others to read holds none of it either.
    fake.world(|world| {
        let written = format!("{:?}{:?}{:?}", world.comments, world.commits, world.blobs);
        assert!(written.contains("***"), "{written}");
        assert_hidden(&written, "what was written");
        assert!(world.statuses.len() > 1 && world.check_runs.len() > 1);
        assert_hidden(&format!("{:?}{:?}", &world.statuses[1..], &world.check_runs[1..]), "statuses");
    });
}

#[test]
fn a_git_server_that_repeats_secrets_is_not_repeated() {
    let Some(server) = GitServer::start(Faults::default()) else {
        return eprintln!("skipped: there is no git here");
    };
    let job = Job::new(&[]);
    let (good, reason) = (server.url(), format!("{VALUE} {PASSWORD}"));
    let lock = |words: &[&str], url: &str| job.run(&[words, &["--remote", url]].concat());
    assert_eq!(lock(&["lock", "acquire", "production", "--reason", &reason], &good).code, 0);
    assert_eq!(lock(&["lock", "history"], &good).code, 0);
    assert_hidden(&server.git(&["log", "-p", "--format=%B", "refs/ci-guard/state"]), "the chain");
    assert_sent_nothing(&server.server.seen(), "requests");
    for status in [200, 401, 403, 404, 422] {
        let bad = Server::start(move |_| Reply::text(status, &everything()));
        let result = lock(&["lock", "acquire", "production"], &bad.url);
        assert_ne!(result.code, 0, "{}{}", result.out, result.err);
    }
    // What a server says about a push is shown; not what it says about secrets.
    let bad = Server::start(|incoming| match incoming.path().ends_with("receive-pack") {
        true => {
            let line = format!("ng refs/ci-guard/state {}\n", everything());
            Reply::text(200, &format!("{:04x}{line}0000", line.len() + 4))
        }
        false => Reply::text(200, "0000"),
    });
    let result = lock(&["lock", "acquire", "production"], &bad.url);
    assert!(format!("{}{}", result.out, result.err).contains("***"), "{}{}", result.out, result.err);
    // A password in the address would stand in the list of processes.
    let url =
        good.replace("http://", &format!("http://ana:{}@", utf8_percent_encode(PASSWORD, NON_ALPHANUMERIC)));
    let result = lock(&["lock", "status", "production"], &url);
    assert_eq!(result.code, 2, "{}{}", result.out, result.err);
}

#[test]
fn health_repeats_neither_addresses_nor_answers() {
    let server = Server::start(|incoming| match incoming.path() {
        "/away" => Reply::text(302, "").header("Location", &format!("https://h.example/?{TOKEN}")),
        "/bad" => Reply::text(500, &everything()).header("X-Said", TOKEN),
        _ => Reply::text(200, &everything()),
    });
    let job = Job::new(&[]);
    let query = utf8_percent_encode(VALUE, NON_ALPHANUMERIC).to_string();
    let once = ["--interval", "60s", "--timeout", "20s", "--probes", "2", "--successes", "1"];
    for path in ["/", "/away", "/bad"] {
        let with_query = format!("{}{path}?key={query}", server.url);
        let with_user = with_query.replace("http://", &format!("http://ana:{}@", query));
        for url in [&with_query, &with_user] {
            for more in [["--expect-body", VALUE], ["--expect-body", "nothing"]] {
                job.run(&[&["health", url], &once[..], &more].concat());
                job.run(&[&["health", url, "--baseline", url], &once[..], &more].concat());
            }
        }
    }
    job.run(&["health", &format!("nothing://{VALUE}")]);
    job.run(&["health", VALUE]);
}

#[test]
fn values_in_the_wrong_option_or_input_are_not_repeated() {
    let job = Job::new(&[("GITHUB_API_URL", "http://127.0.0.1:1")]);
    for line in [
        ["status", "set", "--context", "c", "--state", VALUE].as_slice(),
        &["lock", "acquire", "p", "--wait", VALUE],
        &["lock", "acquire", "p", "--commit", VALUE],
        &["lock", "acquire", "p", "--lock-ref", VALUE],
        &["lock", "acquire", "p", "--lock-api", TOKEN],
        &["lock", "verify", "p", "--lock-token", VALUE],
        &["health", "http://127.0.0.1:1", "--expect-status", VALUE],
        &["health", "http://127.0.0.1:1", "--latency", VALUE],
        &["status", "summary", "--run-id", VALUE],
        &[VALUE],
        &["lock", TOKEN],
    ] {
        assert_eq!(job.run(line).code, 2, "{line:?}");
    }
    let inputs: [&[(&str, &str)]; 5] = [
        &[("INPUT_COMMAND", VALUE)],
        &[("INPUT_COMMAND", "status set"), ("INPUT_CONTEXT", VALUE), ("INPUT_STATE", TOKEN)],
        &[("INPUT_COMMAND", "lock acquire"), ("INPUT_ENVIRONMENT", "p"), ("INPUT_WAIT", VALUE)],
        &[("INPUT_COMMAND", "lock status"), ("INPUT_ENVIRONMENT", "p"), ("INPUT_FORCE", VALUE)],
        &[("INPUT_COMMAND", "status summary"), ("INPUT_COMMENT", VALUE), ("INPUT_TOKEN", TOKEN)],
    ];
    for given in inputs {
        let all = [&[("GITHUB_API_URL", "http://127.0.0.1:1")], given].concat();
        assert_eq!(Job::new(&all).run(&["action"]).code, 2, "{given:?}");
    }
}

/// What panics ends with its place, and none of the words or values that it was about.
#[test]
fn a_crash_repeats_nothing() {
    if !cfg!(debug_assertions) {
        return println!("skipped: only a build for development crashes on demand");
    }
    // Outside of Actions, where nothing is told to the runner's own masks.
    let job = Job::new(&[("CI_GUARD_TEST_CRASH", "preflight"), ("GITHUB_ACTIONS", "false")]);
    for _ in 0..6 {
        let line = ["check", "preflight", "--required-secrets", "API_TOKEN", "--mode", "blocking"];
        let result = job.run(&line);
        assert!(
            result.code == 3 && result.err.contains("internal error at src"),
            "{}{}",
            result.out,
            result.err
        );
    }
}
