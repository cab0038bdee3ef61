//! Private keys in PEM and in the format of PuTTY, and JSON Web Tokens.

use data_encoding::BASE64URL_NOPAD;

use super::window::{AHEAD, Window};
use super::{Doubt, Hit, Kind, random};

/// Characters of base64 that a key has at least behind its first line.
const LEAST_BODY: usize = 40;

/// The private key whose `-----BEGIN ` the anchor is.
pub fn pem(window: &Window<'_>) -> Option<Hit> {
    let after = window.part(window.end..window.text.len());
    let label_end = after.iter().take(64).position(|byte| *byte == b'-')?;
    let label = std::str::from_utf8(&after[..label_end]).ok()?;
    let private = ["PRIVATE KEY", "PRIVATE KEY BLOCK", "NKEY SEED"].iter().any(|end| label.ends_with(end));
    if !private || !after[label_end..].starts_with(b"-----") {
        return None;
    }
    let body = &after[label_end + 5..];
    let encrypted = label.starts_with("ENCRYPTED") || contains(body, b",ENCRYPTED");
    Some(Hit {
        kind: Kind::PrivateKey,
        doubt: body_doubt(body, if encrypted { "" } else { beginning(label) })?
            .or(encrypted.then_some(Doubt::Encrypted)),
        range: window.whole(window.start..window.end + label_end + 5),
    })
}

/// The key of PuTTY whose `PuTTY-User-Key-File-` the anchor is.
pub fn putty(window: &Window<'_>) -> Option<Hit> {
    let after = window.part(window.end..window.text.len());
    // A version, a colon and the algorithm follow.
    let versioned = matches!(after, [b'1'..=b'9', b':', b' ', ..]);
    let private = versioned && contains(after, b"Encryption:");
    let encrypted = !contains(after, b"Encryption: none");
    private.then(|| Hit {
        kind: Kind::PrivateKey,
        doubt: encrypted.then_some(Doubt::Encrypted),
        range: window.whole(window.start..window.end),
    })
}

/// What the base64 of a key begins with: the first byte of a sequence in DER, or the magic word of OpenSSH.
fn beginning(label: &str) -> &'static str {
    match label {
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => "M",
        "OPENSSH PRIVATE KEY" => "b3BlbnNzaC1rZXktdjE",
        _ => "",
    }
}

/// `None` if there is no key; `Some(doubt)` if there is one.
fn body_doubt(body: &[u8], beginning: &str) -> Option<Option<Doubt>> {
    let mut drawn = Vec::new();
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r' | b'\\' | b'"' | b'\'' | b' ' | b'+' | b',')) {
        if line.starts_with(b"-----END") {
            break;
        }
        // Escaped line ends (`\n`) leave their letter in front.
        let line = line.strip_prefix(b"n").filter(|rest| rest.len() >= 16).unwrap_or(line);
        let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'=');
        if !line.contains(&b':') && line.iter().all(base64) {
            drawn.extend_from_slice(line);
        }
    }
    // Prose between the lines of a documentation is no key.
    let long = |part: &&[u8]| part.len() >= LEAST_BODY / 2;
    if drawn.len() < LEAST_BODY || !body.split(|byte| !is_base64(*byte)).any(|part| long(&part)) {
        return None;
    }
    let filler = random::entropy(&drawn) < 4.0 || super::dummy::doubt(&drawn[..LEAST_BODY]).is_some();
    let broken = !drawn.starts_with(beginning.as_bytes());
    Some(if filler { Some(Doubt::Placeholder) } else { broken.then_some(Doubt::Broken) })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=')
}

/// The token whose `eyJ` the anchor is.
pub fn jwt(window: &Window<'_>) -> Option<Hit> {
    let start = window.start;
    if !window.begins(start) {
        return None;
    }
    let run = |from: usize| {
        let rest = window.part(from..window.text.len());
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count()
    };
    let header = run(start);
    if header < 17 || window.at(start + header) != b'.' {
        return None;
    }
    let payload_start = start + header + 1;
    let payload = run(payload_start);
    if payload < 17 || window.part(payload_start..payload_start + 2) != b"ey" {
        return None;
    }
    let decoded = BASE64URL_NOPAD.decode(window.part(start..start + header)).ok()?;
    if !contains(&decoded, b"\"alg\"") {
        return None;
    }
    let end = payload_start + payload;
    // What is longer than the window is no example.
    let signature = if window.at(end) == b'.' { run(end + 1) } else { 0 };
    let cut = end == window.text.len() && end - window.end >= AHEAD;
    if signature < 10 && !cut {
        return None;
    }
    let range = start..if cut { end } else { end + 1 + signature };
    let known = super::dummy::doubt(window.part(end..range.end)).is_some()
        || is_public(window.part(payload_start..end));
    Some(Hit { kind: Kind::Jwt, doubt: known.then_some(Doubt::Placeholder), range: window.whole(range) })
}

/// Tokens that everybody may have, and the ones that documentations print: `"role":"anon"`, `"name":"John Doe"`.
fn is_public(payload: &[u8]) -> bool {
    let whole = &payload[..payload.len() / 4 * 4];
    let Ok(decoded) = BASE64URL_NOPAD.decode(whole) else { return false };
    [&b"\"anon\""[..], b"John Doe", b"1234567890", b"example"].iter().any(|known| contains(&decoded, known))
}

pub fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}
