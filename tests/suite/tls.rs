//! Certificates: those of the machine and of `NODE_EXTRA_CA_CERTS` are trusted, and nothing else, by everything that
//! asks an address.

use std::sync::atomic::Ordering;

use crate::support::tls::{Shows, TlsServer, authority};
use crate::support::{Folder, Run, run};

/// One look: after a failure the pause would be longer than the time that is left.
const ONCE: [&str; 6] = ["--interval", "60s", "--timeout", "20s", "--successes", "1"];

fn health(url: &str, roots: Option<&str>) -> Run {
    let folder = Folder::new();
    let file = folder.write("roots.pem", roots.unwrap_or_default()).display().to_string();
    let variables = roots.map(|_| ("NODE_EXTRA_CA_CERTS", file.as_str()));
    run(folder.path(), &[&["health", url], &ONCE[..]].concat(), variables.as_slice())
}

#[test]
fn only_a_certificate_of_a_known_authority_for_this_host_is_healthy() {
    let roots = authority();
    for (shows, roots, healthy, words) in [
        (Shows::Good, Some(roots.as_str()), true, ""),
        (Shows::Good, None, false, "TLS: invalid peer certificate: UnknownIssuer"),
        (Shows::SelfSigned, Some(&roots), false, "UnknownIssuer"),
        (Shows::SelfSigned, None, false, "TLS: invalid peer certificate"),
        (Shows::Expired, Some(&roots), false, "certificate expired"),
        (Shows::OtherHost, Some(&roots), false, "not valid for name"),
    ] {
        let server = TlsServer::start(shows);
        let result = health(&server.url, roots);
        let said = format!("{}{}", result.out, result.err);
        assert_eq!(result.code, i32::from(!healthy), "{shows:?}: {said}");
        assert!(said.contains(words), "{shows:?}: {said}");
        // Nothing was asked of a server that could not show who it is.
        assert_eq!(server.requests.load(Ordering::SeqCst), usize::from(healthy), "{shows:?}");
    }
}

#[test]
fn a_baseline_is_held_to_the_same() {
    let server = TlsServer::start(Shows::Expired);
    let folder = Folder::new();
    let roots = folder.write("roots.pem", authority()).display().to_string();
    let good = TlsServer::start(Shows::Good);
    let against = |url: &str, baseline: &str| {
        let line = ["health", url, "--baseline", baseline, "--probes", "2", "--interval", "10ms"];
        // How fast two answers come says little on a busy machine.
        let line = [&line[..], &["--tolerance", "1000000"]].concat();
        run(folder.path(), &line, &[("NODE_EXTRA_CA_CERTS", &roots)]).code
    };
    assert_eq!(against(&server.url, &good.url), 1);
    assert_eq!(against(&good.url, &server.url), 3);
    assert_eq!(against(&good.url, &good.url), 0);
}

#[test]
fn a_token_goes_to_no_server_that_cannot_show_who_it_is() {
    for shows in [Shows::SelfSigned, Shows::Expired, Shows::OtherHost, Shows::Good] {
        let server = TlsServer::start(shows);
        let variables = [
            ("GITHUB_API_URL", server.url.as_str()),
            ("GITHUB_REPOSITORY", "org/repo"),
            ("GITHUB_TOKEN", "ghs_canary0123456789canary0123456789"),
        ];
        let folder = Folder::new();
        let line = ["status", "set", "--context", "c", "--state", "success", "--commit", &"1".repeat(40)];
        let result = run(folder.path(), &line, &variables);
        assert_eq!(result.code, 3, "{}{}", result.out, result.err);
        assert_eq!(server.requests.load(Ordering::SeqCst), 0, "{shows:?}");
    }
}

#[test]
fn health_asks_no_other_host() {
    use crate::support::server::{Reply, Server};
    let other = Server::start(|_| Reply::text(200, "fine"));
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/", other.url);
        let server = Server::start(move |_| Reply::text(status, "").header("Location", &target));
        let result = health(&server.url, None);
        let said = format!("{}{}", result.out, result.err);
        assert!(result.code == 1 && said.contains("not followed"), "{said}");
    }
    assert!(other.seen().is_empty());
}
