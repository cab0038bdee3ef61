//! Passwords in URLs and connection strings: `scheme://user:password@host`.

use ci_guard_scan::Bytes;

use super::window::Window;
use super::{Doubt, Hit, Kind};

/// Passwords that everybody tries first, and that protect nothing.
const COMMON: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "passw0rd",
    "secret",
    "pwd",
    "postgres",
    "mysql",
    "root",
    "admin",
    "user",
    "test",
    "guest",
    "changeme",
    "redis",
    "mongo",
    "rabbitmq",
    "minio",
    "default",
    "letmein",
    "token",
    "key",
    "pw",
    "foo",
    "bar",
    "baz",
    "hunter2",
    "qwerty",
    "x-oauth-basic",
    "oauth2",
    "x",
    "a",
    "b",
    "p",
    "1234",
    "12345",
    "123456",
];

static SCHEME: Bytes = Bytes::alphanumeric_and(b"+.-");
static AUTHORITY: Bytes = Bytes::graphic_but(b"/\"'`<>\\?#,|");

/// The URL whose `://` the anchor is.
pub fn at(window: &Window<'_>) -> Option<Hit> {
    if SCHEME.back(window.text, window.start, 20) < 2 {
        return None;
    }
    let end = window.end + AUTHORITY.ahead(window.text, window.end, 256);
    let authority = window.part(window.end..end);
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let colon = authority[..at].iter().position(|byte| *byte == b':')?;
    let (user, password, host) = (&authority[..colon], &authority[colon + 1..at], &authority[at + 1..]);
    let named = host.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'[');
    if password.len() < 3 || !named {
        return None;
    }
    let start = window.end + colon + 1;
    let doubt = doubt(user, password, host);
    Some(Hit { kind: Kind::Url, doubt, range: window.whole(start..start + password.len()) })
}

fn doubt(user: &[u8], password: &[u8], host: &[u8]) -> Option<Doubt> {
    let lower = password.to_ascii_lowercase();
    let template =
        |byte: &u8| matches!(byte, b'$' | b'{' | b'}' | b'*' | b'(' | b'[' | b'%' | b';' | b'=' | b':');
    let common = std::str::from_utf8(&lower).is_ok_and(|lower| COMMON.contains(&lower));
    let filler = password.iter().any(template) && !password.iter().any(u8::is_ascii_digit)
        || matches!(password.first(), Some(b'$' | b'{' | b'%' | b':' | b'['));
    if common || filler || lower.eq_ignore_ascii_case(user) || super::dummy::doubt(password).is_some() {
        return Some(Doubt::Placeholder);
    }
    // A word, such as `user:mypass@`: nobody protects anything with it.
    if password.iter().all(u8::is_ascii_lowercase) || password.len() < 6 || mentions(&lower) {
        return Some(Doubt::Words);
    }
    is_local(host).then_some(Doubt::Local)
}

/// `s3cret`, `pass123`, `mypassword1`
fn mentions(lower: &[u8]) -> bool {
    ["pass", "secret", "s3cr3t", "s3cret", "test", "1234", "user", "token"]
        .iter()
        .any(|word| super::keys::contains(lower, word.as_bytes()))
}

/// Hosts that nobody else reaches, and the names that are reserved for examples (RFC 2606, RFC 6761).
fn is_local(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let name = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let reserved = [".example", ".test", ".invalid", ".localhost", ".local", ".internal", "localhost"];
    !name.contains('.')
        || name.starts_with("127.")
        || name.starts_with("192.168.")
        || name.starts_with("10.")
        || name.starts_with("0.0.0.0")
        || name.contains("example.")
        || ["host.com", "domain.com", "server.com", "my.host", "foo.com", "bar.com", "test.com", "acme.com"]
            .iter()
            .any(|fake| name.ends_with(fake))
        || reserved.iter().any(|end| name.ends_with(end))
}
