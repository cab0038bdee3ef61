//! A real git server for tests: `git http-backend` behind the small HTTP server, with faults on demand.
#![allow(dead_code, reason = "each driver uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::server::{Incoming, Reply, Server};

/// How often, of a thousand requests, something goes wrong.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// The push happens and its answer is lost.
    pub lost_answer: usize,
    /// The request never arrives.
    pub lost_request: usize,
    /// The push arrives twice.
    pub duplicate: usize,
    /// A read answers what was true a moment ago.
    pub stale: usize,
}

pub struct GitServer {
    pub server: Server,
    pub folder: tempfile::TempDir,
    pub pushes: Arc<AtomicUsize>,
}

impl GitServer {
    /// `None` where there is no git.
    pub fn start(faults: Faults) -> Option<GitServer> {
        let folder = tempfile::tempdir().unwrap();
        super::git(folder.path(), &["init", "-q", "--bare", "repo.git"])?;
        let repository = folder.path().join("repo.git");
        super::git(&repository, &["config", "http.receivepack", "true"])?;
        super::git(&repository, &["config", "receive.autogc", "false"])?;
        // The folder is gone after the test; waiting for its disk would be most of the time.
        super::git(&repository, &["config", "core.fsync", "none"])?;
        let pushes = Arc::new(AtomicUsize::new(0));
        let (root, counted) = (folder.path().to_path_buf(), pushes.clone());
        let count = AtomicUsize::new(0);
        let last_listing: Mutex<Option<Reply>> = Mutex::new(None);
        let server = Server::start(move |incoming| {
            // Spread evenly and not with the rhythm of the clients.
            let dice = (count.fetch_add(1, Ordering::SeqCst).wrapping_mul(7919) >> 3) % 1000;
            let is_push = incoming.path().ends_with("git-receive-pack");
            let is_listing = incoming.body.windows(7).any(|window| window == b"ls-refs");
            if dice < faults.lost_request {
                return Reply::Drop;
            }
            let is_stale = is_listing && dice < faults.lost_request + faults.stale;
            if let Some(old) = last_listing.lock().unwrap().clone().filter(|_| is_stale) {
                return old;
            }
            if is_push {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            let reply = backend(&root, incoming);
            if is_push && dice < faults.lost_answer {
                return Reply::Drop;
            }
            if is_push && dice < faults.lost_answer + faults.duplicate {
                let _ = backend(&root, incoming);
            }
            if is_listing && dice.is_multiple_of(5) {
                *last_listing.lock().unwrap() = Some(reply.clone());
            }
            reply
        });
        Some(GitServer { server, folder, pushes })
    }

    pub fn url(&self) -> String {
        format!("{}/repo.git", self.server.url)
    }

    pub fn repository(&self) -> PathBuf {
        self.folder.path().join("repo.git")
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        super::git(&self.repository(), arguments).unwrap()
    }
}

/// The request as CGI, as a web server hands it over.
fn backend(root: &Path, incoming: &Incoming) -> Reply {
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("PATH_INFO", incoming.path())
        .env("QUERY_STRING", incoming.query())
        .env("REQUEST_METHOD", &incoming.method)
        .env("CONTENT_TYPE", incoming.headers.get("content-type").map_or("", String::as_str))
        .env("CONTENT_LENGTH", incoming.body.len().to_string())
        .env("HTTP_GIT_PROTOCOL", incoming.headers.get("git-protocol").map_or("", String::as_str))
        .env("GIT_PROTOCOL", incoming.headers.get("git-protocol").map_or("", String::as_str))
        .env("REMOTE_USER", "ci")
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(&incoming.body);
    let output = child.wait_with_output().unwrap().stdout;
    let split = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0);
    let (head, body) = output.split_at(split);
    let mut status = 200;
    let mut headers = Vec::new();
    for line in String::from_utf8_lossy(head).lines() {
        match line.split_once(": ") {
            Some(("Status", value)) => status = value.split(' ').next().unwrap().parse().unwrap(),
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => {}
        }
    }
    Reply::Answer { status, headers, body: body.get(4..).unwrap_or_default().to_vec() }
}
