//! Values of which only the name says that they are secret.

use data_encoding::BASE64;

use super::random;
use super::{Doubt, dummy};

/// Parts of names behind which people keep secrets.
const SECRET: &[&str] = &[
    "secret",
    "token",
    "passw",
    "passphrase",
    "pwd",
    "apikey",
    "api_key",
    "api-key",
    "api.key",
    "access_key",
    "accesskey",
    "access-key",
    "auth",
    "bearer",
    "credential",
    "creds",
    "private_key",
    "privatekey",
    "encryption_key",
    "encryptionkey",
    "signing_key",
    "master_key",
    "masterkey",
    "account_key",
    "accountkey",
    "client_key",
    "app_key",
    "appkey",
    "service_key",
];

/// Parts of names that are about something else.
const OTHER: &[&str] = &[
    "public",
    "pubkey",
    "hash",
    "sha1",
    "sha2",
    "sha5",
    "md5",
    "checksum",
    "digest",
    "integrity",
    "cache",
    "fingerprint",
    "key_id",
    "keyid",
    "key-id",
    "token_id",
    "tokenid",
    "secret_id",
    "secretid",
    "secretsid",
    "secret_name",
    "secretname",
    "primary",
    "foreign",
    "keyboard",
    "author",
    "tokeniz",
    "next",
    "page",
    "cursor",
    "continu",
    "token_type",
    "tokentype",
    "url",
    "uri",
    "endpoint",
    "path",
    "file",
    "commit",
    "version",
    "license",
    "signature",
    "etag",
    "idempot",
    "partition",
    "sort",
    "nonce",
    "salt",
    "uuid",
    "guid",
    "revision",
    "anchor",
    "oauth_time",
    "resume",
    "sync",
    "csrf",
    "xsrf",
    "recaptcha_site",
    "sitekey",
    "site_key",
    "authenticity",
    "keyword",
    "gpg",
    "pgp",
    "websocket",
    "error",
    "request",
    "algorithm",
    "getinstance",
];

/// Beginnings of public keys in DER and base64.
const PUBLIC_KEYS: &[&[u8]] = &[
    b"MFkwEwYH",
    b"MIIBIjAN",
    b"MIICIjAN",
    b"MCowBQYD",
    b"MIGfMA0G",
    b"AAAAB3Nza",
    b"AAAAC3Nza",
    b"AAAAE2Vj",
];

/// Shortest value of a token.
const TOKEN: usize = 16;

/// Shortest password.
const PASSWORD: usize = 8;

/// What there is to say about a value that was assigned to a name: `None` if it is nothing, otherwise whether there
/// is doubt.
pub fn judge(name: &[u8], value: &[u8], quoted: bool) -> Option<Option<Doubt>> {
    let public = PUBLIC_KEYS.iter().any(|start| value.starts_with(start));
    if public || !(is_like_token(value) || quoted && is_like_password(value)) {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    if is_other(&name) {
        return None;
    }
    let password = ["passw", "passphrase", "pwd"].iter().any(|part| name.contains(part));
    let telling = is_telling(&name, value);
    if !telling && !name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).ends_with("key") {
        return None;
    }
    let drawn = if password && quoted && is_password(value) { true } else { is_token(value, telling) };
    if !drawn && telling && is_filler(value) {
        return Some(Some(Doubt::Placeholder));
    }
    drawn.then(|| dummy::doubt(value).or_else(|| words_in_base64(value)))
}

/// What people type where a key belongs: letters and digits in groups, `abcd1234efgh5678`, `1234567890abcdef`.
fn is_filler(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_like_token(value) && plain && digits >= 4 && letters >= 4 && digits + letters >= TOKEN
}

/// The same for a value that only stands behind its name, or in a longer text: it must be longer.
pub fn judge_loosely(name: &[u8], value: &[u8]) -> Option<Option<Doubt>> {
    if value.len() < 20 || !is_like_token(value) {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let known = PUBLIC_KEYS.iter().any(|start| value.starts_with(start));
    let telling = is_telling(&name, value);
    // Behind any other name, hex digits are the hash of something.
    let hex = value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let hash = hex && (!telling || value.contains(&b'-'));
    if known || hash || is_other(&name) {
        return None;
    }
    if !is_token(value, telling) {
        return (telling && is_filler(value)).then_some(Some(Doubt::Placeholder));
    }
    Some(dummy::doubt(value).or_else(|| words_in_base64(value)))
}

/// True if a name tells of a secret. One that speaks of signing in has ids of what is signed in to, too.
fn is_telling(name: &str, value: &[u8]) -> bool {
    let ends = ["auth", "authorization"]
        .iter()
        .any(|end| name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).ends_with(end));
    let speaks = ends || !is_uuid(value);
    SECRET.iter().any(|part| name.contains(part) && (speaks || *part != "auth"))
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36 && value.contains(&b'-')
}

/// True for names that are about something else.
fn is_other(name: &str) -> bool {
    OTHER.iter().any(|part| match *part {
        "author" => name.replace("authoriz", "").contains(part),
        part => name.contains(part),
    })
}

/// Letters of three sorts, and no words of a template or a path.
fn is_password(value: &[u8]) -> bool {
    let sort = |sort: fn(&u8) -> bool| usize::from(value.iter().any(sort));
    let sorts = sort(u8::is_ascii_lowercase)
        + sort(u8::is_ascii_uppercase)
        + sort(u8::is_ascii_digit)
        + sort(u8::is_ascii_punctuation);
    let plain = value.iter().all(u8::is_ascii_graphic)
        && !value.iter().any(|byte| b"<>{}()[]\\/\"'`,;".contains(byte));
    let drawn = || random::surprise(value) >= 4.6 && random::entropy(value) >= 2.8;
    is_like_password(value) && sorts >= 3 && plain && drawn()
}

/// As long as passwords are, with a digit: most values are not, and are looked at no further.
fn is_like_password(value: &[u8]) -> bool {
    (PASSWORD..=64).contains(&value.len()) && value.iter().any(u8::is_ascii_digit)
}

/// As long as tokens are, and of what they are made of: most values are not, and are looked at no further.
fn is_like_token(value: &[u8]) -> bool {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.=+/~".contains(byte);
    (TOKEN..=480).contains(&value.len()) && value.iter().all(letters)
}

fn is_token(value: &[u8], telling: bool) -> bool {
    if !is_like_token(value) || is_place(value) {
        return false;
    }
    let hex = value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    if hex {
        return (telling || !is_uuid(value))
            && value.len() >= 32
            && random::is_random(value)
            && !is_uuid_of_zeros(value);
    }
    let enough = if telling { 3.4 } else { 3.8 };
    let long = telling || value.len() >= 24;
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let drawn = random::is_random(value) || (telling && random::has_random_part(value));
    long && (digits >= 2 || telling) && !is_camel_case(value) && random::entropy(value) >= enough && drawn
}

/// Base64 of text that nobody drew by lot, as in the secrets of a Kubernetes example.
fn words_in_base64(value: &[u8]) -> Option<Doubt> {
    let decoded = BASE64.decode(value).ok()?;
    let text = decoded.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    (text && !random::has_random_part(&decoded)).then_some(Doubt::Words)
}

/// `injectNpm2FaToken`: most of it are words that begin with a capital.
fn is_camel_case(value: &[u8]) -> bool {
    let mut in_words = 0;
    let mut run = 0;
    for (place, byte) in value.iter().enumerate() {
        let goes_on = byte.is_ascii_lowercase();
        let begins = byte.is_ascii_uppercase() && value.get(place + 1).is_some_and(u8::is_ascii_lowercase);
        run = match (goes_on, begins) {
            (true, _) => run + 1,
            (false, true) => 1,
            (false, false) => 0,
        };
        in_words += match run {
            4 => 4,
            5.. => 1,
            _ => 0,
        };
    }
    value.iter().any(u8::is_ascii_uppercase) && in_words * 2 >= value.len()
}

/// Paths, domains and versions.
fn is_place(value: &[u8]) -> bool {
    let count = |sign: u8| value.iter().filter(|byte| **byte == sign).count();
    value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"--")
        || count(b'.') > 3
        || count(b'/') > 5
}

fn is_uuid_of_zeros(value: &[u8]) -> bool {
    value.iter().filter(|byte| **byte == b'0').count() > value.len() / 2
}
