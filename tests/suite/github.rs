//! The client of GitHub's API against a server that answers as GitHub does, and as it does on bad days.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::server::{Incoming, Reply, Server};
use ci_guard::environment::Environment;
use ci_guard::github::{Error, GitHub, NewStatus, StatusState};
use ci_guard::http::Limits;
use serde_json::json;

const CANARY: &str = "ghs_canary0123456789canary0123456789";

fn github(server: &Server) -> GitHub {
    let environment = Environment::of(&[
        ("GITHUB_API_URL", &server.url),
        ("GITHUB_REPOSITORY", "org/repo"),
        ("GITHUB_TOKEN", CANARY),
    ]);
    let limits = Limits {
        total: Duration::from_millis(800),
        pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        ..Limits::default()
    };
    GitHub::with_limits(&environment, "org/repo", limits).unwrap()
}

fn start(handler: impl Fn(&Incoming) -> Reply + Send + Sync + 'static) -> (Server, GitHub) {
    let server = Server::start(handler);
    let github = github(&server);
    (server, github)
}

fn status(context: &str) -> serde_json::Value {
    json!({"id": 1, "context": context, "state": "success"})
}

#[test]
fn lists_are_read_page_by_page_on_one_server() {
    let address: std::sync::Arc<std::sync::OnceLock<String>> = std::sync::Arc::default();
    let at = address.clone();
    let (server, github) = start(move |incoming| {
        let base = at.get().unwrap();
        match (incoming.path(), incoming.query().contains("page=2")) {
            (_, false) if incoming.path().ends_with("/elsewhere/statuses") => {
                Reply::json(200, &json!([])).header("Link", "<https://evil.example/x>; rel=\"next\"")
            }
            (path, false) => Reply::json(200, &json!([status("one")]))
                .header("Link", &format!("<{base}{path}?per_page=100&page=2>; rel=\"next\"")),
            (_, true) => Reply::json(200, &json!([status("two")])),
        }
    });
    address.set(server.url.clone()).unwrap();
    let contexts: Vec<String> =
        github.statuses("main").unwrap().into_iter().map(|status| status.context).collect();
    assert_eq!(contexts, ["one", "two"]);
    assert!(server.seen()[0].query().contains("per_page=100"));
    assert!(matches!(github.statuses("elsewhere"), Err(Error::Malformed { .. })));
    // A list that is cut in the middle is no list.
    let (_server, github) = start(|_| Reply::text(200, "[{\"id\": 1, \"context\": \"a\""));
    assert!(matches!(github.statuses("main"), Err(Error::Malformed { .. })));
}

#[test]
fn a_refusal_names_the_permission_that_is_missing() {
    let (server, github) =
        start(|_| Reply::json(403, &json!({"message": "Resource not accessible by integration"})));
    let new =
        NewStatus { state: StatusState::Success, context: "ci", description: Some("d"), target_url: None };
    let error = github.set_status("abc", &new).unwrap_err();
    assert!(error.is_forbidden());
    let words = error.to_string();
    assert!(words.contains("`statuses: write`") && words.contains("Resource not accessible"), "{words}");
    assert!(!words.contains(CANARY) && !format!("{error:?}{github:?}").contains(CANARY));
    assert_eq!(server.seen()[0].headers["authorization"], format!("Bearer {CANARY}"));
    let (_server, github) = start(|_| Reply::json(404, &json!({"message": "Not Found"})));
    assert!(github.run(1).unwrap_err().to_string().contains("`actions: read`"));
}

#[test]
fn rate_limits_are_waited_for_and_then_given_up() {
    let count = AtomicUsize::new(0);
    let (server, github) = start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::json(403, &json!({"message": "You have exceeded a secondary rate limit"}))
            .header("Retry-After", "1"),
        1 => Reply::json(429, &json!({})).header("Retry-After", "0"),
        _ => Reply::json(201, &json!({"id": 1})),
    });
    let new = NewStatus { state: StatusState::Pending, context: "ci", description: None, target_url: None };
    github.set_status("abc", &new).unwrap();
    assert_eq!(server.seen().len(), 3);
    let (_server, github) = start(|_| {
        Reply::json(403, &json!({"message": "API rate limit exceeded"}))
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "99999999999")
    });
    assert!(matches!(github.run(1), Err(Error::RateLimited { .. })));
}

#[test]
fn a_write_whose_answer_is_lost_is_unclear_and_a_read_is_not() {
    let (_server, github) = start(|_| Reply::Drop);
    assert!(matches!(github.create_comment(1, "x"), Err(Error::Unclear { .. })));
    assert!(matches!(github.run(1), Err(Error::Unreachable { .. })));
    let (server, github) = start(|_| Reply::text(502, "bad gateway"));
    assert!(github.create_comment(1, "x").unwrap_err().is_unclear());
    assert_eq!(server.seen().len(), 1);
    // A status that is set twice is the same status.
    let count = AtomicUsize::new(0);
    let (server, github) = start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Drop,
        _ => Reply::json(201, &json!({"id": 1})),
    });
    let new = NewStatus { state: StatusState::Failure, context: "ci", description: None, target_url: None };
    github.set_status("abc", &new).unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn graphql_errors_are_errors_whatever_the_status() {
    let (_server, github) = start(|_| {
        Reply::json(200, &json!({"data": null, "errors": [{"type": "FORBIDDEN", "message": "no"}]}))
    });
    let error = github.graphql("query{}", &json!({}), "contents: write", true).unwrap_err();
    assert!(error.is_forbidden() && error.is_unclear(), "{error}");
    let (server, github) = start(|_| Reply::json(200, &json!({"data": {"x": 1}})));
    assert_eq!(github.graphql("query{x}", &json!({}), "metadata: read", false).unwrap()["x"], 1);
    assert_eq!(server.seen()[0].path(), "/graphql");
}

#[test]
fn enterprise_servers_and_odd_names_work() {
    let server = Server::start(|_| Reply::json(200, &json!({"data": {}})));
    let api = format!("{}/api/v3/", server.url);
    let environment = Environment::of(&[("GITHUB_API_URL", api.as_str()), ("GITHUB_REPOSITORY", "org/repo")]);
    let github = GitHub::of(&environment).unwrap();
    let _ = github.branch("feature/x#1?y");
    let _ = github.graphql("query{}", &json!({}), "metadata: read", false);
    let paths: Vec<String> = server.seen().into_iter().map(|request| request.target).collect();
    assert_eq!(paths, ["/api/v3/repos/org/repo/branches/feature%2Fx%231%3Fy", "/api/graphql"]);
    for name in ["", "org", "org/..", "a/b/c", "a/b?c"] {
        assert!(GitHub::for_repository(&environment, name).is_err(), "{name}");
    }
}
