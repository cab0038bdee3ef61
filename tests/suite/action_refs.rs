//! What GitHub is asked about actions: commits that belong to nobody, and names that are two things.

use serde_json::json;

use crate::support::server::{Reply, Server};
use crate::support::{Folder, run};

/// A commit of the default branch, the end of a tag, one in the history of a branch, and one of nobody.
const COMMITS: [&str; 4] = [
    "1111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222",
    "3333333333333333333333333333333333333333",
    "4444444444444444444444444444444444444444",
];

fn server() -> Server {
    Server::start(|incoming| {
        let [main, tagged, old, nobody] = COMMITS;
        let path = incoming.path();
        if let Some(compared) = path.strip_prefix("/repos/o/a/compare/") {
            let known = [format!("HEAD...{main}"), format!("releases%2Fv1...{old}")];
            let status = if known.iter().any(|known| known == compared) { "behind" } else { "diverged" };
            return Reply::json(200, &json!({"status": status}));
        }
        let named = |name: &str, sha: &str| json!({"name": name, "commit": {"sha": sha}});
        match path {
            "/repos/o/a/tags" => Reply::json(200, &json!([named("v1", tagged)])),
            "/repos/o/a/branches" => Reply::json(200, &json!([named("releases/v1", main)])),
            "/repos/o/a/git/ref/heads/both"
            | "/repos/o/a/git/ref/tags/both"
            | "/repos/o/a/git/ref/tags/v1" => {
                Reply::json(200, &json!({"ref": "refs/x", "object": {"type": "commit", "sha": nobody}}))
            }
            "/repos/o/a/commits/tags%2Fv1.2.3" | "/repos/o/a/commits/tags%2F1.2.4" => {
                Reply::json(200, &json!({"sha": main}))
            }
            _ => Reply::json(404, &json!({"message": "Not Found"})),
        }
    })
}

fn found(uses: &[&str], server: &Server, arguments: &[&str]) -> (Vec<String>, i32) {
    let steps: String = uses.iter().map(|uses| format!("      - uses: {uses}\n")).collect();
    let text =
        format!("on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}");
    let folder = Folder::with(&[(".github/workflows/ci.yml", &text)]);
    let mut line = vec!["check", "integrity", "--mode=blocking", "--fail-on=error", "--format=json"];
    line.extend(arguments);
    let run = run(folder.path(), &line, &[("GITHUB_API_URL", server.url.as_str()), ("NO_PROXY", "*")]);
    let json = run.json();
    let ours = ["integrity/impostor-commit", "integrity/ambiguous-ref", "integrity/wrong-version"];
    let findings = json["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|finding| ours.iter().any(|rule| finding["rule"] == *rule));
    let named = findings
        .map(|finding| format!("{} {}", finding["rule"].as_str().unwrap(), finding["location"]["line"]));
    (named.collect(), run.code)
}

#[test]
fn commits_of_nobody_and_names_of_two_things_are_found() {
    let server = server();
    let uses: Vec<String> = COMMITS.iter().map(|commit| format!("o/a@{commit}")).collect();
    let mut uses: Vec<&str> = uses.iter().map(String::as_str).collect();
    uses.extend(["o/a@v1", "o/a/path@both"]);
    let expected = vec!["integrity/impostor-commit 10".to_owned(), "integrity/ambiguous-ref 12".to_owned()];
    assert_eq!(found(&uses, &server, &["--online"]), (expected, 1));
    assert_eq!(found(&uses[..3], &server, &["--online"]), (Vec::new(), 0));
}

#[test]
fn a_comment_that_names_another_commit_is_found() {
    let server = server();
    let [main, tagged, ..] = COMMITS;
    let comments = ["v1.2.3", "1.2.4", "v1.2.5", "v1"];
    let uses = |commit: &str| comments.map(|comment| format!("o/a@{commit} # {comment}"));
    let right = uses(main);
    assert_eq!(found(&right.each_ref().map(String::as_str), &server, &["--online"]), (Vec::new(), 0));
    let wrong = uses(tagged);
    let expected = vec!["integrity/wrong-version 7".to_owned(), "integrity/wrong-version 8".to_owned()];
    assert_eq!(found(&wrong.each_ref().map(String::as_str), &server, &["--online"]), (expected, 0));
}

#[test]
fn nothing_is_asked_offline_and_what_cannot_be_seen_is_not_verified() {
    let server = server();
    let pinned = format!("o/a@{}", COMMITS[3]);
    assert_eq!(found(&[&pinned], &server, &[]), (Vec::new(), 0));
    assert!(server.seen().is_empty());
    let hidden = format!("o/hidden@{}", COMMITS[0]);
    assert_eq!(found(&[&hidden], &server, &["--online"]), (Vec::new(), 3));
}
