//! A stand-in for GitHub that remembers: refs, commits, statuses, check runs, comments, deployments. Where GitHub's
//! own description is at hand, every request and answer is held against it.
#![allow(dead_code, reason = "each driver uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::contract::Contract;
use super::server::{Incoming, Reply, Server};

#[derive(Default)]
pub struct World {
    pub refs: BTreeMap<String, String>,
    pub commits: BTreeMap<String, Value>,
    pub blobs: BTreeMap<String, String>,
    /// Tree to blob.
    pub trees: BTreeMap<String, String>,
    pub statuses: Vec<Value>,
    pub check_runs: Vec<Value>,
    pub comments: Vec<Value>,
    pub deployments: Vec<Value>,
    pub deployment_statuses: Vec<Value>,
    pub rules: Value,
    pub branch: Value,
    pub runs: BTreeMap<u64, Value>,
    pub jobs: Value,
    pub logs: BTreeMap<u64, String>,
    pub artifacts: Vec<Value>,
    pub releases: Vec<Value>,
    pub compare: String,
    /// Refuses writes, as for a fork.
    pub read_only: bool,
    /// Refuses requests whose method and path hold one of these, as for a token that lacks a permission.
    pub forbidden: Vec<String>,
    /// The last status of each deployment.
    pub deployment_states: BTreeMap<u64, String>,
    /// Answers of the next writes that get lost.
    pub lose: usize,
    /// Reads of the ref that show the one before.
    pub stale: usize,
    before: Option<String>,
    next: u64,
}

pub struct Fake {
    pub server: Server,
    store: Server,
    pub world: Arc<Mutex<World>>,
    graphql: String,
    prism: Option<Prism>,
}

const REPO: &str = "/repos/org/repo";

impl Fake {
    pub fn start() -> Fake {
        let world = Arc::new(Mutex::new(World {
            rules: json!([]),
            branch: json!({"protected": false, "protection": "<absent>"}),
            jobs: json!([]),
            compare: "ahead".to_owned(),
            next: 100,
            ..World::default()
        }));
        let (inner, contract) = (world.clone(), Contract::load());
        // Logs lie on another host, under an address that needs no token and must not see one.
        let logs = world.clone();
        let store = Server::start(move |incoming| {
            assert_eq!(incoming.headers.get("authorization"), None);
            Reply::text(200, &logs.lock().unwrap().logs[&incoming.path()[1..].parse().unwrap()])
        });
        let address = store.url.clone();
        let server = Server::start(move |incoming| {
            let mut world = inner.lock().unwrap();
            let is_write = incoming.method != "GET";
            let line = format!("{} {}", incoming.method, percent(incoming.path()));
            if (is_write && world.read_only) || world.forbidden.iter().any(|part| line.contains(part)) {
                return Reply::json(403, &json!({"message": "Resource not accessible by integration"}));
            }
            if let Some(refusal) = contract.as_ref().and_then(|contract| contract.refuses(incoming)) {
                return Reply::json(422, &json!({"message": refusal}));
            }
            let (status, mut body) = world.answer(incoming);
            if let Some(contract) = &contract {
                contract.complete(incoming, status, &mut body);
            }
            if is_write && world.lose > 0 {
                world.lose -= 1;
                return Reply::Drop;
            }
            match (&body, incoming.path().ends_with("/logs")) {
                (Value::String(id), true) => {
                    Reply::text(status, "").header("Location", &format!("{address}/{id}"))
                }
                (Value::Null, _) => Reply::text(status, ""),
                _ => Reply::json(status, &body),
            }
        });
        let prism = Prism::before(&server.url);
        let graphql = format!("{}/graphql", server.url);
        Fake { server, store, world, graphql, prism }
    }

    /// Variables that lead to it, through Prism where that was asked for. The description knows no GraphQL.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        let api = self.prism.as_ref().map_or(self.server.url.as_str(), |prism| prism.url.as_str());
        vec![
            ("GITHUB_API_URL", api),
            ("GITHUB_GRAPHQL_URL", self.graphql.as_str()),
            ("GITHUB_REPOSITORY", "org/repo"),
            ("GITHUB_TOKEN", CANARY),
        ]
    }

    pub fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().unwrap())
    }
}

/// Prism between ci-guard and the stand-in: it refuses each request and each answer that GitHub's description does not
/// allow. `CI_GUARD_PRISM` names its program, `CI_GUARD_OPENAPI` the description; `tests/prism/run` sets both.
struct Prism {
    url: String,
    process: std::process::Child,
}

impl Prism {
    fn before(server: &str) -> Option<Prism> {
        let program = std::env::var_os("CI_GUARD_PRISM")?;
        let description = std::env::var_os("CI_GUARD_OPENAPI").unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = std::process::Command::new("node")
            .arg(program)
            .args(["proxy", "--errors", "-h", "127.0.0.1", "-p", &port.port().to_string()])
            .arg(description)
            .arg(server)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let prism = Prism { url: format!("http://{port}"), process };
        for _ in 0..600 {
            if std::net::TcpStream::connect(port).is_ok() {
                return Some(prism);
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        panic!("Prism does not start");
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A token that must not turn up anywhere.
pub const CANARY: &str = "ghs_canary0123456789canary0123456789";

impl World {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn sha(&mut self) -> String {
        format!("{:040x}", self.id())
    }

    fn answer(&mut self, incoming: &Incoming) -> (u16, Value) {
        let path = percent(incoming.path());
        let body = incoming.json();
        if path == "/graphql" {
            return self.graphql(&body);
        }
        let Some(path) = path.strip_prefix(REPO) else { return missing() };
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (incoming.method.as_str(), parts.as_slice()) {
            ("GET", ["git", "ref", name @ ..]) => match self.read_ref(&name.join("/")) {
                Some(sha) => (200, ref_of(&name.join("/"), &sha)),
                None => missing(),
            },
            ("GET", ["git", "matching-refs", name @ ..]) => {
                let prefix = format!("refs/{}", name.join("/"));
                let refs = self.refs.iter().filter(|(name, _)| name.starts_with(&prefix));
                (200, refs.map(|(name, sha)| ref_of(name.trim_start_matches("refs/"), sha)).collect())
            }
            ("POST", ["git", "refs"]) => {
                let (name, sha) = (text(&body, "ref"), text(&body, "sha"));
                if self.refs.contains_key(&name) {
                    return (422, json!({"message": "Reference already exists"}));
                }
                self.refs.insert(name.clone(), sha.clone());
                (201, ref_of(name.trim_start_matches("refs/"), &sha))
            }
            ("PATCH", ["git", "refs", name @ ..]) => {
                let (name, sha) = (name.join("/"), text(&body, "sha"));
                self.forward(&format!("refs/{name}"), &sha, &name)
            }
            ("POST", ["git", "trees"]) => {
                let content = body["tree"][0]["content"].as_str().unwrap().to_owned();
                let blob = super::git_blob_id(&content);
                let tree = self.sha();
                self.blobs.insert(blob.clone(), content);
                self.trees.insert(tree.clone(), blob);
                (201, json!({"sha": tree}))
            }
            ("POST", ["git", "commits"]) => {
                let sha = self.sha();
                let parents: Vec<Value> =
                    body["parents"].as_array().unwrap().iter().map(|parent| json!({"sha": parent})).collect();
                let commit = json!({"sha": sha, "message": body["message"], "parents": parents, "tree": {"sha": body["tree"]}});
                self.commits.insert(sha, commit.clone());
                (201, commit)
            }
            ("GET", ["git", "commits", sha]) => found(self.commits.get(*sha)),
            ("GET", ["git", "blobs", sha]) => match self.blobs.get(*sha) {
                Some(content) => {
                    let packed = data_encoding::BASE64_MIME.encode(content.as_bytes());
                    (200, json!({"sha": sha, "content": packed, "encoding": "base64"}))
                }
                None => missing(),
            },
            ("POST", ["statuses", _]) => {
                let id = self.id();
                let mut status = body;
                status["id"] = id.into();
                self.statuses.push(status.clone());
                (201, status)
            }
            ("GET", ["commits", _, "statuses"]) => (200, self.statuses.clone().into()),
            ("POST", ["check-runs"]) => {
                let mut run = body;
                (run["id"], run["app"]) = (self.id().into(), json!({"id": 15368, "slug": "github-actions"}));
                self.check_runs.push(run.clone());
                (201, run)
            }
            ("PATCH", ["check-runs", id]) => {
                let id: u64 = id.parse().unwrap();
                let run = self.check_runs.iter_mut().find(|run| run["id"] == id).unwrap();
                for (key, value) in body.as_object().unwrap() {
                    run[key] = value.clone();
                }
                (200, run.clone())
            }
            ("GET", ["commits", _, "check-runs"]) => {
                (200, json!({"total_count": self.check_runs.len(), "check_runs": self.check_runs}))
            }
            ("GET", ["commits", _, "pulls"]) => (200, json!([])),
            ("GET", ["rules", "branches", ..]) => (200, self.rules.clone()),
            ("GET", ["branches", ..]) => (200, self.branch.clone()),
            ("GET", ["compare", ..]) => (200, json!({"status": self.compare})),
            ("GET", ["actions", "runs"]) => {
                let runs: Vec<&Value> = self.runs.values().collect();
                (200, json!({"total_count": runs.len(), "workflow_runs": runs}))
            }
            ("GET", ["actions", "runs", id]) => found(self.runs.get(&id.parse().unwrap())),
            ("GET", ["actions", "runs", _, "attempts", _, "jobs"]) => {
                let mut jobs = self.jobs.as_array().unwrap().clone();
                // Required by GitHub's description, and absent from its example.
                jobs.iter_mut().for_each(|job| job["created_at"] = "2026-01-01T00:00:00Z".into());
                (200, json!({"total_count": jobs.len(), "jobs": jobs}))
            }
            ("GET", ["actions", "runs", _, "artifacts"]) => {
                (200, json!({"total_count": self.artifacts.len(), "artifacts": self.artifacts}))
            }
            ("GET", ["releases"]) => (200, self.releases.clone().into()),
            ("GET", ["actions", "jobs", id, "logs"]) => match self.logs.contains_key(&id.parse().unwrap()) {
                true => (302, (*id).into()),
                false => missing(),
            },
            ("GET", ["issues", _, "comments"]) => (200, self.comments.clone().into()),
            ("POST", ["issues", _, "comments"]) => {
                let comment =
                    json!({"id": self.id(), "body": body["body"], "user": {"login": "github-actions[bot]"}});
                self.comments.push(comment.clone());
                (201, comment)
            }
            ("PATCH", ["issues", "comments", id]) => {
                let id: u64 = id.parse().unwrap();
                let comment = self.comments.iter_mut().find(|comment| comment["id"] == id).unwrap();
                comment["body"] = body["body"].clone();
                (200, comment.clone())
            }
            ("DELETE", ["issues", "comments", id]) => {
                let id: u64 = id.parse().unwrap();
                self.comments.retain(|comment| comment["id"] != id);
                (204, Value::Null)
            }
            ("POST", ["deployments"]) => {
                let mut deployment = body;
                (deployment["id"], deployment["sha"]) = (self.id().into(), deployment["ref"].clone());
                self.deployments.push(deployment.clone());
                (201, deployment)
            }
            ("GET", ["deployments"]) => (200, self.deployments.iter().rev().cloned().collect()),
            ("GET", ["deployments", id, "statuses"]) => {
                let state = self.deployment_states.get(&id.parse().unwrap());
                (200, state.map(|state| json!({"id": 1, "state": state})).into_iter().collect())
            }
            ("POST", ["deployments", id, "statuses"]) => {
                self.deployment_states.insert(id.parse().unwrap(), text(&body, "state"));
                self.deployment_statuses.push(body.clone());
                (201, body)
            }
            _ => missing(),
        }
    }

    fn read_ref(&mut self, name: &str) -> Option<String> {
        if self.stale > 0 && self.before.is_some() {
            self.stale -= 1;
            return self.before.clone();
        }
        self.refs.get(&format!("refs/{name}")).cloned()
    }

    /// Moves a ref to a child of its tip, and to nothing else.
    fn forward(&mut self, name: &str, sha: &str, short: &str) -> (u16, Value) {
        let Some(tip) = self.refs.get(name).cloned() else {
            return (422, json!({"message": "Reference does not exist"}));
        };
        if self.commits.get(sha).is_none_or(|commit| commit["parents"][0]["sha"] != tip.as_str()) {
            return (422, json!({"message": "Update is not a fast forward"}));
        }
        self.before = Some(tip);
        self.refs.insert(name.to_owned(), sha.to_owned());
        (200, ref_of(short, sha))
    }

    fn graphql(&mut self, body: &Value) -> (u16, Value) {
        if body["query"].as_str().unwrap().starts_with("query") {
            return (200, json!({"data": {"repository": {"id": "R_1"}}}));
        }
        let update = &body["variables"]["input"]["refUpdates"][0];
        let (name, before, after) =
            (text(update, "name"), text(update, "beforeOid"), text(update, "afterOid"));
        let tip = self.refs.get(&name).cloned().unwrap_or("0".repeat(40));
        if tip != before {
            let words = "Reference update failed";
            return (200, json!({"data": null, "errors": [{"type": "UNPROCESSABLE", "message": words}]}));
        }
        self.before = self.refs.insert(name, after);
        (200, json!({"data": {"updateRefs": {"clientMutationId": null}}}))
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}")).to_owned()
}

fn ref_of(name: &str, sha: &str) -> Value {
    json!({"ref": format!("refs/{name}"), "object": {"sha": sha, "type": "commit"}})
}

fn found(value: Option<&Value>) -> (u16, Value) {
    value.map_or_else(missing, |value| (200, value.clone()))
}

fn missing() -> (u16, Value) {
    (404, json!({"message": "Not Found"}))
}

fn percent(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8().unwrap().into_owned()
}
