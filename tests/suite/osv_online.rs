//! `check vulnerabilities --online` against a server that answers as OSV documents it. Records are written by hand.

use serde_json::{Value, json};

use crate::support::server::{Reply, Server};
use crate::support::{Folder, Run, run};

const WORKFLOW: &str =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: Acme/Tool@v1.2.3\n";

fn lock(packages: usize) -> String {
    let mut text = "version = 4\n".to_owned();
    for number in 0..packages {
        text += &format!(
            "\n[[package]]\nname = \"p{number}\"\nversion = \"1.0.0\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{number:064}\"\n"
        );
    }
    text
}

fn project(packages: usize) -> Folder {
    Folder::with(&[("repo/Cargo.lock", &lock(packages)), ("repo/.github/workflows/a.yml", WORKFLOW)])
}

fn record(id: &str, ecosystem: &str, name: &str) -> Value {
    let events = json!([{ "introduced": "0" }, { "fixed": "2.0.0" }]);
    json!({ "id": id, "modified": "2026-01-01T00:00:00Z", "summary": "a flaw",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
        "affected": [{ "package": { "ecosystem": ecosystem, "name": name },
            "ranges": [{ "type": "SEMVER", "events": events }] }] })
}

fn check(folder: &Folder, server: &str) -> Run {
    let cache = folder.path().join("cache");
    let url = format!("--osv-url={server}");
    let variables = [("CI_GUARD_CACHE_DIR", cache.to_str().unwrap())];
    let words = ["check", "vulnerabilities", "--online", "--format=json", "--mode=blocking", &url];
    run(&folder.path().join("repo"), &words, &variables)
}

fn osv() -> Server {
    Server::start(|incoming| match incoming.path() {
        "/v1/querybatch" => {
            let body = incoming.json();
            let queries = body["queries"].as_array().unwrap();
            if queries.len() > 1000 {
                return Reply::json(400, &json!({ "message": "too many queries" }));
            }
            let found = |query: &Value| match (
                query["package"]["name"].as_str(),
                query["page_token"].as_str(),
            ) {
                (Some("p1"), None) => json!({ "next_page_token": "two" }),
                (Some("p1"), Some("two")) => {
                    json!({ "vulns": [{ "id": "RUSTSEC-2026-0001", "modified": "2026-01-01T00:00:00Z" }] })
                }
                (Some("Acme/Tool"), _) => {
                    json!({ "vulns": [{ "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z" }] })
                }
                _ => json!({}),
            };
            Reply::json(200, &json!({ "results": queries.iter().map(found).collect::<Vec<_>>() }))
        }
        "/v1/vulns/RUSTSEC-2026-0001" => Reply::json(200, &record("RUSTSEC-2026-0001", "crates.io", "p1")),
        "/v1/vulns/GHSA-aaaa-bbbb-cccc" => {
            Reply::json(200, &record("GHSA-aaaa-bbbb-cccc", "GitHub Actions", "Acme/Tool"))
        }
        _ => Reply::text(404, ""),
    })
}

#[test]
fn batches_and_pages_are_asked_for_and_records_are_kept() {
    let server = osv();
    let folder = project(2500);
    let run = check(&folder, &server.url);
    let report = run.json();
    let packages: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["location"]["package"].as_str().unwrap())
        .collect();
    assert_eq!(packages, ["Acme/Tool@v1.2.3", "p1@1.0.0"], "{report:#}");
    assert_eq!(run.code, 1);
    let seen = server.seen();
    // 2,502 queries in three batches, one of which has a second page with one query; two records.
    assert_eq!(seen.iter().filter(|incoming| incoming.method == "POST").count(), 4);
    let smallest = seen
        .iter()
        .filter(|incoming| incoming.method == "POST")
        .map(|incoming| incoming.json()["queries"].as_array().unwrap().len())
        .min();
    assert_eq!((smallest, seen.len()), (Some(1), 6));
    assert_eq!(check(&folder, &server.url).code, 1);
    assert_eq!(server.seen().len(), 10, "records that did not change are not asked for again");
}

#[test]
fn what_osv_does_not_answer_is_not_verified() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = format!("http://{port}");
    let short = Server::start(|_| Reply::json(200, &json!({ "results": [] })));
    let broken = Server::start(|_| Reply::text(200, "<html>"));
    let lost = Server::start(|incoming| match incoming.path() {
        "/v1/querybatch" => {
            let number = incoming.json()["queries"].as_array().unwrap().len();
            let found = json!({ "vulns": [{ "id": "RUSTSEC-2026-0002", "modified": "x" }] });
            Reply::json(200, &json!({ "results": vec![found; number] }))
        }
        _ => Reply::text(404, ""),
    });
    for url in [&refused, &short.url, &broken.url, &lost.url] {
        let run = check(&project(3), url);
        assert_eq!(
            (run.json()["checks"][0]["outcome"].as_str(), run.code),
            (Some("not-verified"), 3),
            "{}",
            run.out
        );
    }
}
