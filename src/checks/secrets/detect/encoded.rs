//! Credentials in base64 or hex, once encoded: what begins as a known literal does is decoded and looked at.

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::window::Window;
use super::{Detector, Hit, Kind};

/// Shortest literal whose encoded form is looked for.
const SHORTEST: usize = 4;

/// Letters of an encoded form that are looked for: more would only make the table larger.
const ENOUGH: usize = 10;

/// The beginning of something encoded.
pub struct Beginning {
    /// As it stands in a text; hex in any case.
    pub text: String,
    hex: bool,
}

/// How something begins that begins with a literal and is encoded; nothing if the literal is too short to tell.
pub fn beginnings(literal: &str) -> impl Iterator<Item = Beginning> {
    // The last letter of base64 may hold bits of what follows.
    let mut base64 = BASE64_NOPAD.encode(literal.as_bytes());
    base64.truncate((literal.len() * 8 / 6).min(ENOUGH));
    let mut hex = HEXLOWER.encode(literal.as_bytes());
    hex.truncate(ENOUGH);
    let all = [Beginning { text: base64, hex: false }, Beginning { text: hex, hex: true }];
    all.into_iter().filter(move |_| literal.len() >= SHORTEST)
}

/// What is encoded at an anchor.
pub fn at(window: &Window<'_>, beginning: &Beginning, detector: &Detector) -> Option<Hit> {
    let start = window.start;
    let found = window.part(start..window.end);
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let fits = beginning.hex || found == beginning.text.as_bytes();
    if !fits || !window.begins(start) || matches!(window.before(start), b'+' | b'/') {
        return None;
    }
    let inner = |byte: &&u8| if beginning.hex { byte.is_ascii_hexdigit() } else { base64(**byte) };
    let run: Vec<u8> = window.part(start..window.text.len()).iter().take_while(inner).copied().collect();
    let decoded = if beginning.hex { from_hex(&run) } else { from_base64(&run) }?;
    let hit = detector
        .look(&decoded, false)
        .into_iter()
        .find(|hit| matches!(hit.kind, Kind::Credential(_) | Kind::PrivateKey))?;
    let padding = window.part(start + run.len()..window.text.len()).iter().take(2);
    let padding = if beginning.hex { 0 } else { padding.take_while(|byte| **byte == b'=').count() };
    Some(Hit { range: window.whole(start..start + run.len() + padding), ..hit })
}

fn from_hex(run: &[u8]) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(&run[..run.len() / 2 * 2]).ok()
}

/// Either alphabet, padded or not, whole or cut off.
fn from_base64(run: &[u8]) -> Option<Vec<u8>> {
    let standard = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => *byte,
    };
    let run: Vec<u8> = run.iter().map(standard).collect();
    BASE64_NOPAD.decode(&run).or_else(|_| BASE64.decode(&run[..run.len() / 4 * 4])).ok()
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

    use super::super::detector;

    fn found(text: &str) -> Vec<(&'static str, String)> {
        let hits = detector().scan(text.as_bytes());
        hits.into_iter().map(|hit| (hit.kind.id(), text[hit.range].to_owned())).collect()
    }

    #[test]
    fn credentials_are_found_in_base64_and_hex() {
        let token = ["ghp_", "kX9vQ2mZ7pLw4RtB8sJdYc3NfHg6TqWe5AuK"].concat();
        let plain = found(&token);
        assert_eq!(plain.len(), 1);
        for encoded in [
            BASE64.encode(token.as_bytes()),
            BASE64URL_NOPAD.encode(token.as_bytes()),
            BASE64.encode(format!("{token}\n").as_bytes()),
            HEXLOWER.encode(token.as_bytes()),
            HEXUPPER.encode(token.as_bytes()),
        ] {
            assert_eq!(found(&format!("a: {encoded}\n")), [(plain[0].0, encoded)]);
        }
    }

    #[test]
    fn a_private_key_is_found_in_base64() {
        let body: String = (0..6)
            .map(|n| {
                format!(
                    "{}\n",
                    "MIIEowIBAAKCAQEA7bq9Zk3Vw5tYx2Lr8NfJcQhG4sDm6PzUeXaBvRiTyOoKlWnE".split_at(n).1
                )
            })
            .collect();
        let key =
            ["-----BEGIN RSA ", "PRIVATE KEY-----\n", &body, "-----END RSA ", "PRIVATE KEY-----\n"].concat();
        let hits = found(&format!("tls.crt: {}\n", BASE64.encode(key.as_bytes())));
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].0, "private-key");
    }
}
