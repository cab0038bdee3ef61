//! Keys and certificates in PEM (RFC 7468), and the key formats of OpenSSH and PGP that look like it.

use data_encoding::{BASE64, BASE64_NOPAD};
use zeroize::{Zeroize as _, Zeroizing};

/// One block, from BEGIN to END.
pub struct Block {
    /// What stands after BEGIN.
    pub label: String,
    /// True if a passphrase is needed to read it.
    pub encrypted: bool,
}

/// What is wrong with a PEM, to follow "the value of `NAME`".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemFault {
    /// No BEGIN line.
    NoBegin,
    /// No END line after the last BEGIN.
    NoEnd,
    /// END names something else than BEGIN.
    OtherEnd,
    /// Nothing between the two.
    Empty,
    /// What stands between is no base64.
    NotBase64,
    /// It decodes, and what comes out is shorter or longer than it says itself.
    Damaged,
}

impl PemFault {
    /// What is wrong.
    pub fn what(self) -> &'static str {
        match self {
            PemFault::NoBegin => "is no PEM: it has no `-----BEGIN …-----` line",
            PemFault::NoEnd => "has no `-----END …-----` line: it was cut off",
            PemFault::OtherEnd => "ends with another kind of `-----END …-----` line than it begins with",
            PemFault::Empty => "has nothing between its BEGIN and END lines",
            PemFault::NotBase64 => "holds characters between its BEGIN and END lines that are no base64",
            PemFault::Damaged => "is incomplete: lines are missing between BEGIN and END",
        }
    }
}

/// All blocks of a text. What stands around them is passed over, as the RFC has it.
pub fn blocks(text: &str) -> Result<Vec<Block>, PemFault> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = marker(line, "-----BEGIN ") else { continue };
        let mut body = Zeroizing::new(String::new());
        let mut encrypted = label.starts_with("ENCRYPTED ");
        loop {
            let Some(line) = lines.next() else { return Err(PemFault::NoEnd) };
            if let Some(end) = marker(line, "-----END ") {
                if end != label {
                    return Err(PemFault::OtherEnd);
                }
                break;
            }
            if line.starts_with("-----BEGIN ") {
                return Err(PemFault::NoEnd);
            }
            // Headers: `Proc-Type: 4,ENCRYPTED`; PGP ends with a checksum line `=abcd`.
            if line.contains(':') {
                encrypted |= line.starts_with("Proc-Type:") && line.ends_with("ENCRYPTED");
            } else if !(line.starts_with('=') && line.len() == 5) {
                body.push_str(line);
            }
        }
        blocks.push(block(label, &body, encrypted)?);
    }
    if blocks.is_empty() { Err(PemFault::NoBegin) } else { Ok(blocks) }
}

impl Block {
    /// True if it holds a private key.
    pub fn is_private(&self) -> bool {
        self.label.ends_with("PRIVATE KEY") || self.label.ends_with("PRIVATE KEY BLOCK")
    }

    /// What it is, with an article.
    pub fn noun(&self) -> &'static str {
        match self.label.as_str() {
            label if label.ends_with("PUBLIC KEY") || label.ends_with("PUBLIC KEY BLOCK") => "a public key",
            label if label.ends_with("CERTIFICATE REQUEST") => "a certificate request",
            label if label.contains("CERTIFICATE") => "a certificate",
            _ if self.is_private() => "a private key",
            _ => "something else in PEM",
        }
    }
}

fn marker<'t>(line: &'t str, start: &str) -> Option<&'t str> {
    line.strip_prefix(start)?.strip_suffix("-----").filter(|label| !label.is_empty())
}

fn block(label: &str, body: &str, mut encrypted: bool) -> Result<Block, PemFault> {
    if body.is_empty() {
        return Err(PemFault::Empty);
    }
    let decoded = BASE64.decode(body.as_bytes()).or_else(|_| BASE64_NOPAD.decode(body.as_bytes()));
    let mut bytes = Zeroizing::new(decoded.map_err(|_| PemFault::NotBase64)?);
    let whole = match label {
        "OPENSSH PRIVATE KEY" => match openssh_cipher(&bytes) {
            Some(cipher) => {
                encrypted |= cipher != b"none";
                true
            }
            None => false,
        },
        // Encrypted in the old way it is no DER, and neither is what PGP or sigstore write.
        "ENCRYPTED PRIVATE KEY" => is_whole_der(&bytes),
        _ if encrypted => true,
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => is_whole_der(&bytes),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" | "CERTIFICATE REQUEST" => is_whole_der(&bytes),
        _ => true,
    };
    bytes.zeroize();
    if whole { Ok(Block { label: label.to_owned(), encrypted }) } else { Err(PemFault::Damaged) }
}

/// True if the bytes are one DER sequence that is as long as it says (X.690 §8.1.3).
fn is_whole_der(bytes: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = bytes else { return false };
    if *length < 0x80 {
        return rest.len() == usize::from(*length);
    }
    let digits = usize::from(length & 0x7f);
    match rest.split_at_checked(digits) {
        Some((length, rest)) if (1..=4).contains(&digits) => {
            rest.len() == length.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
        }
        _ => false,
    }
}

/// The name of the cipher of a key of OpenSSH, if the key is whole (PROTOCOL.key).
fn openssh_cipher(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let cipher = string(&mut rest)?;
    let _kdf = string(&mut rest)?;
    let _kdf_options = string(&mut rest)?;
    let (number, after) = rest.split_at_checked(4)?;
    rest = after;
    for _ in 0..u32::from_be_bytes(number.try_into().ok()?).min(16) {
        string(&mut rest)?;
    }
    string(&mut rest)?;
    rest.is_empty().then_some(cipher)
}

/// A string with its length in four bytes before it.
fn string<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_at_checked(4)?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    let (text, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A PEM around a DER sequence of `length` bytes. Not a key of anybody.
    pub fn pem(label: &str, length: u8) -> String {
        let mut bytes = vec![0x30, 0x81, length];
        bytes.extend((0..length).map(|n| n.wrapping_mul(7)));
        around(label, &bytes)
    }

    fn around(label: &str, bytes: &[u8]) -> String {
        let body = BASE64.encode(bytes);
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn openssh(cipher: &str) -> Vec<u8> {
        let mut bytes = b"openssh-key-v1\0".to_vec();
        let mut put = |text: &[u8]| {
            bytes.extend((text.len() as u32).to_be_bytes());
            bytes.extend(text);
        };
        put(cipher.as_bytes());
        put(b"none");
        put(b"");
        bytes.extend(1u32.to_be_bytes());
        for text in [b"public".as_slice(), b"private"] {
            bytes.extend((text.len() as u32).to_be_bytes());
            bytes.extend(text);
        }
        bytes
    }

    fn fault(text: &str) -> Option<PemFault> {
        blocks(text).err()
    }

    #[test]
    fn blocks_are_found_and_held_against_their_own_length() {
        let key = pem("PRIVATE KEY", 200);
        let found = blocks(&format!("a comment\n{key}{}", pem("CERTIFICATE", 150))).ok().unwrap();
        assert_eq!(found.iter().map(Block::noun).collect::<Vec<_>>(), ["a private key", "a certificate"]);
        assert!(found[0].is_private() && !found[0].encrypted);
        let lines: Vec<&str> = key.lines().collect();
        assert_eq!(fault(&key.replace(lines[2], "")), Some(PemFault::Damaged));
        assert_eq!(fault(&key.replace(lines[1], "!")), Some(PemFault::NotBase64));
        assert_eq!(fault(&lines[..3].join("\n")), Some(PemFault::NoEnd));
        assert_eq!(fault("nothing"), Some(PemFault::NoBegin));
        assert_eq!(fault("-----BEGIN A-----\n-----END A-----"), Some(PemFault::Empty));
        assert_eq!(fault(&key.replace("END PRIVATE", "END RSA PRIVATE")), Some(PemFault::OtherEnd));
    }

    #[test]
    fn what_is_no_der_is_not_measured() {
        for label in
            ["PGP PRIVATE KEY BLOCK", "ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"]
        {
            let key = blocks(&around(label, b"{\"kdf\": {}}"));
            assert!(key.is_ok_and(|blocks| blocks[0].is_private()), "{label}");
        }
    }

    #[test]
    fn a_passphrase_is_noticed() {
        let encrypted = |text: &str| blocks(text).ok().unwrap()[0].encrypted;
        assert!(encrypted(&pem("ENCRYPTED PRIVATE KEY", 200)));
        let old = pem("RSA PRIVATE KEY", 200).replacen(
            "-----\n",
            "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n",
            1,
        );
        assert!(encrypted(&old));
        assert!(encrypted(&around("OPENSSH PRIVATE KEY", &openssh("aes256-ctr"))));
        assert!(!encrypted(&around("OPENSSH PRIVATE KEY", &openssh("none"))));
        let cut = openssh("none");
        assert_eq!(fault(&around("OPENSSH PRIVATE KEY", &cut[..cut.len() - 1])), Some(PemFault::Damaged));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "(?s)(-----BEGIN |-----END |OPENSSH PRIVATE KEY|-----|\n|[A-Za-z0-9+/=]{0,8}|\\PC){0,30}") {
            let _ = blocks(&text);
        }

        #[test]
        fn any_bytes_can_be_a_key(bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..80)) {
            let _ = blocks(&around("OPENSSH PRIVATE KEY", &[b"openssh-key-v1\0".as_slice(), &bytes].concat()));
            let _ = blocks(&around("PRIVATE KEY", &bytes));
        }
    }
}
