//! Keys and certificates: whether a value is the one that its variable is for.

use data_encoding::{BASE64, BASE64_MIME};

use super::certificate;
use super::inspect::Surroundings;
use super::problem::Problem;
use super::rules::{EXPIRED, WRONG_FORMAT, WRONG_TYPE};
use crate::credentials::pem;
use crate::rule::Severity;

/// A private key in PEM.
pub fn private_key(value: &str, around: &Surroundings<'_>) -> Vec<Problem> {
    if let Some(problem) = other_key(value) {
        return vec![problem];
    }
    let blocks = match pem::blocks(value) {
        Ok(blocks) => blocks,
        Err(fault) => return vec![pem_fault(value, fault)],
    };
    let Some(key) = blocks.iter().find(|block| block.is_private()) else {
        let what =
            format!("is {}, not a private key", blocks.first().map_or("something else", pem::Block::noun));
        return vec![Problem::new(
            &WRONG_TYPE,
            what,
            "store the file that begins with `-----BEGIN … PRIVATE KEY-----`",
        )];
    };
    if key.encrypted && !around.has_passphrase() {
        let what = "is a private key with a passphrase, and no variable holds one";
        let help = "hand the passphrase over as well, or make a key without one (`ssh-keygen -p`)";
        return vec![Problem::new(&WRONG_TYPE, what, help).severity(Severity::Note)];
    }
    Vec::new()
}

/// Keys or certificates in PEM: a private key, unless the variable's name speaks of something public.
pub fn pem(value: &str, name: &str, around: &Surroundings<'_>) -> Vec<Problem> {
    let upper = name.to_ascii_uppercase();
    let public = ["CERT", "CRT", "CA", "CHAIN", "BUNDLE", "PUBLIC", "PUB"];
    if !upper.split('_').any(|word| public.iter().any(|start| word == *start || word.starts_with("CERT"))) {
        return private_key(value, around);
    }
    match pem::blocks(value) {
        Ok(_) => expired(value, around).into_iter().collect(),
        Err(fault) => vec![pem_fault(value, fault)],
    }
}

fn expired(value: &str, around: &Surroundings<'_>) -> Option<Problem> {
    let end = certificate::expires(value).filter(|end| certificate::is_over(*end, around.now))?;
    let what = format!("is a certificate that ended on {}", certificate::day(end));
    Some(Problem::new(&EXPIRED, what, "renew it, and store the new one"))
}

/// Keys that are no PEM and no private ones.
fn other_key(value: &str) -> Option<Problem> {
    let start = value.trim_start();
    let public = ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    if public.iter().any(|prefix| start.starts_with(prefix)) {
        let help = "store the file without `.pub`";
        return Some(Problem::new(&WRONG_TYPE, "is a public key of OpenSSH, not a private key", help));
    }
    start.starts_with("PuTTY-User-Key-File-").then(|| {
        let help = "convert it: `puttygen KEY.ppk -O private-openssh -o KEY`";
        Problem::new(&WRONG_TYPE, "is a key of PuTTY, which nothing else reads", help)
    })
}

fn pem_fault(value: &str, fault: pem::PemFault) -> Problem {
    let text = value.trim();
    let decoded =
        BASE64.decode(text.as_bytes()).or_else(|_| BASE64_MIME.decode(text.as_bytes())).unwrap_or_default();
    if fault == pem::PemFault::NoBegin && decoded.starts_with(b"-----BEGIN ") {
        let what = "is base64 of a PEM, not the PEM itself";
        return Problem::new(
            &WRONG_FORMAT,
            what,
            "decode it before it is used, and require it as `NAME: base64`",
        );
    }
    let help = "store the whole file, with its first and last line: `gh secret set NAME < FILE`";
    Problem::new(&WRONG_FORMAT, fault.what(), help)
}
