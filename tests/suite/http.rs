//! The HTTP client against servers that behave and misbehave.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use ci_guard::environment::Environment;
use ci_guard::http::{Client, Credential, Limits, Request};

const CANARY: &str = "ghs_canary0123456789canary0123456789";

fn quick() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        total: Duration::from_millis(700),
        body: 1 << 16,
        pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        ..Limits::default()
    }
}

fn client() -> Client {
    Client::of(&Environment::default(), quick())
}

#[test]
fn reads_are_tried_again_and_writes_are_not() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Drop,
        1 => Reply::text(503, "busy"),
        _ => Reply::text(200, "there"),
    });
    let response = client().send(&Request::get(&server.url)).unwrap();
    assert_eq!((response.status, response.text().as_str()), (200, "there"));
    assert_eq!(server.seen().len(), 3);

    let server = Server::start(|_| Reply::Drop);
    let write = Request { method: "POST", body: Some(("text/plain", b"x")), ..Request::get(&server.url) };
    let failure = client().send(&write).unwrap_err();
    assert!(failure.may_have_arrived, "{failure}");
    assert_eq!(server.seen().len(), 1);
    assert_eq!(server.seen()[0].body, b"x");
}

#[test]
fn what_cannot_have_arrived_is_known() {
    // A port that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{port}/?token={CANARY}");
    let failure = client().send(&Request { method: "POST", ..Request::get(&url) }).unwrap_err();
    assert!(!failure.may_have_arrived && !failure.to_string().contains(CANARY), "{failure}");
    for url in ["ftp://x/", "nothing", "http://"] {
        assert!(!client().send(&Request::get(url)).unwrap_err().may_have_arrived);
    }
}

#[test]
fn a_credential_stays_with_its_server() {
    let other = Server::start(|_| Reply::text(200, "elsewhere"));
    let target = format!("{}/file", other.url);
    let server = Server::start(move |incoming| match incoming.path() {
        "/away" => Reply::text(302, "").header("Location", &target),
        "/moved" => Reply::text(301, "").header("Location", "/here"),
        _ => Reply::text(200, "here"),
    });
    let credential = Credential::bearer(CANARY);
    let get = |path: &str| {
        let url = format!("{}{path}", server.url);
        client().send(&Request { credential: Some(&credential), ..Request::get(&url) }).unwrap().text()
    };
    assert_eq!(get("/away"), "elsewhere");
    assert_eq!(get("/moved"), "here");
    assert!(other.seen().iter().all(|request| !request.headers.contains_key("authorization")));
    assert!(server.seen().iter().all(|request| request.headers["authorization"].contains(CANARY)));
    assert!(!format!("{credential:?}").contains(CANARY));
}

#[test]
fn writes_follow_no_redirect_and_circles_end() {
    let server = Server::start(|_| Reply::text(307, "").header("Location", "/again"));
    let write = Request { method: "POST", body: Some(("a/b", b"x")), ..Request::get(&server.url) };
    assert_eq!(client().send(&write).unwrap().status, 307);
    let one = Client::of(&Environment::default(), Limits { tries: 1, ..quick() });
    let failure = one.send(&Request::get(&server.url)).unwrap_err();
    assert!(failure.reason.contains("redirects"), "{failure}");
}

#[test]
fn time_and_size_are_bounded() {
    let server = Server::start(|incoming| match incoming.path() {
        "/slow" => {
            std::thread::sleep(Duration::from_secs(3));
            Reply::Drop
        }
        _ => Reply::text(200, &"x".repeat(1 << 17)),
    });
    let one = Client::of(&Environment::default(), Limits { tries: 1, ..quick() });
    let start = Instant::now();
    let failure = one.send(&Request::get(&format!("{}/slow", server.url))).unwrap_err();
    assert!(failure.reason.contains("in time"), "{failure}");
    assert!(start.elapsed() < Duration::from_secs(2));
    let failure = one.send(&Request::get(&server.url)).unwrap_err();
    assert!(failure.reason.contains("larger than"), "{failure}");
}

#[test]
fn requests_go_through_the_proxy_of_the_environment() {
    let proxy = Server::start(|_| Reply::text(200, "from the proxy"));
    let environment = Environment::of(&[("HTTP_PROXY", &proxy.url), ("NO_PROXY", "127.0.0.1")]);
    let server = Server::start(|_| Reply::text(200, "direct"));
    let through = Client::of(&environment, Limits { tries: 1, ..quick() });
    assert_eq!(through.send(&Request::get(&server.url)).unwrap().text(), "direct");
    let _ = through.send(&Request::get("http://name.example/"));
    assert_eq!(proxy.seen().len(), 1);
}

#[test]
fn a_certificate_that_cannot_be_read_is_said() {
    let environment = Environment::of(&[("NODE_EXTRA_CA_CERTS", "/no/such/file.pem")]);
    let failure = Client::of(&environment, Limits { tries: 1, ..quick() })
        .send(&Request::get("https://127.0.0.1:1/"))
        .unwrap_err();
    assert!(failure.reason.contains("/no/such/file.pem"), "{failure}");
    let failure = Client::of(&Environment::default(), Limits { tries: 1, ..quick() })
        .send(&Request::get("https://127.0.0.1:1/"))
        .unwrap_err();
    assert!(!failure.may_have_arrived, "{failure}");
}
