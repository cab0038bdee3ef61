//! Statements of in-toto as lists of artifacts: bare, in an envelope, or in a bundle of Sigstore, one or one a line.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;

use super::list::Hash;
use crate::hashing::Algorithm;

/// Statements that one file may hold.
const MAX_STATEMENTS: usize = 10_000;

/// A file by its name, with its digests.
pub type File = (String, Vec<(Hash, Vec<u8>)>);

/// What statements are about.
#[derive(Debug, Default)]
pub struct Statements {
    /// The files.
    pub files: Vec<File>,
    /// Subjects that are no files: commits, images, and what has no name.
    pub others: usize,
    /// True if one of them came in an envelope, whose signature is not verified here.
    pub signed: bool,
}

/// Everything that such a document can be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "_type")]
    kind: Option<String>,
    subject: Option<Vec<Subject>>,
    /// Of our own statements: what else was released.
    #[serde(default)]
    predicate: serde_json::Value,
    /// A DSSE envelope.
    payload: Option<String>,
    /// A bundle of Sigstore around such an envelope.
    dsse_envelope: Option<Box<Document>>,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    name: String,
    #[serde(default)]
    digest: std::collections::BTreeMap<String, String>,
}

/// True if a file holds statements, whatever it is called.
pub fn is_one(bytes: &[u8]) -> bool {
    let first = serde_json::Deserializer::from_slice(bytes).into_iter::<Document>().next();
    matches!(first, Some(Ok(document)) if document.kind.as_deref().is_some_and(is_statement)
        || document.payload.is_some() || document.dsse_envelope.is_some())
}

/// True of an image that our own predicate names; others' predicates have no such list.
fn is_container(predicate: &serde_json::Value, name: &str) -> bool {
    predicate["containers"].as_array().is_some_and(|all| all.iter().any(|own| own["name"] == name))
}

fn is_statement(kind: &str) -> bool {
    kind.starts_with("https://in-toto.io/Statement/")
}

/// Reads statements; the error says what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Statements, String> {
    let mut statements = Statements::default();
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Document>();
    for (number, document) in documents.enumerate() {
        if number >= MAX_STATEMENTS {
            return Err(format!("it holds more than {MAX_STATEMENTS} statements"));
        }
        // The error's own words would quote foreign text.
        let document = document.map_err(|_| format!("statement {} is no JSON of one", number + 1))?;
        statements.take(document, 0)?;
    }
    Ok(statements)
}

impl Statements {
    fn take(&mut self, document: Document, depth: usize) -> Result<(), String> {
        // A bundle holds an envelope, and that the statement.
        const MAX_DEPTH: usize = 3;
        if depth > MAX_DEPTH {
            return Err("envelopes lie in one another without an end".to_owned());
        }
        if let Some(envelope) = document.dsse_envelope {
            return self.take(*envelope, depth + 1);
        }
        if let Some(payload) = document.payload {
            let inner = BASE64.decode(payload.as_bytes()).map_err(|_| "the payload is no base64")?;
            let inner = serde_json::from_slice(&inner).map_err(|_| "the payload is no statement")?;
            self.signed = true;
            return self.take(inner, depth + 1);
        }
        if !document.kind.as_deref().is_some_and(is_statement) {
            return Err("it is no Statement of in-toto".to_owned());
        }
        for subject in document.subject.ok_or("it has no `subject`")? {
            let of_file = subject.digest.iter().filter_map(|(key, value)| Some((hash(key)?, value)));
            let mut digests = Vec::new();
            for (hash, value) in of_file {
                let digest = HEXLOWER_PERMISSIVE.decode(value.as_bytes()).unwrap_or_default();
                if matches!(&hash, Hash::Strong(own) if own.digest_len() != digest.len()) {
                    return Err(format!("the digest of a subject is not one of {hash}"));
                }
                digests.push((hash, digest));
            }
            let is_file = !subject.name.is_empty() && !is_container(&document.predicate, &subject.name);
            match !is_file || digests.is_empty() {
                true => self.others += 1,
                false => self.files.push((subject.name, digests)),
            }
        }
        Ok(())
    }
}

/// The hash of a file by its name in digest sets; `None` for commits, trees and the like.
fn hash(key: &str) -> Option<Hash> {
    let strong = Algorithm::ALL.into_iter().find(|algorithm| algorithm.key() == key);
    match key {
        _ if strong.is_some() => strong.map(Hash::Strong),
        "sha1" => Some(Hash::Weak("SHA-1")),
        "md5" => Some(Hash::Weak("MD5")),
        _ if key.starts_with("git") || key.starts_with("dir") => None,
        other => Some(Hash::Unsupported(other.chars().take(20).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[
        {"name":"a","digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","sha1":"da"}},
        {"name":"git+https://x","digest":{"gitCommit":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}}],
        "predicateType":"x","predicate":{}}"#;

    #[test]
    fn envelopes_and_bundles_are_opened() {
        let envelope = format!(r#"{{"payload":"{}","payloadType":"x"}}"#, BASE64.encode(BARE.as_bytes()));
        let bundle = format!(r#"{{"mediaType":"x","dsseEnvelope":{envelope}}}"#);
        for (text, number, signed) in [
            (BARE.to_owned(), 1, false),
            (envelope.clone(), 1, true),
            (format!("{bundle}\n{envelope}\n"), 2, true),
        ] {
            assert!(is_one(text.as_bytes()), "{text}");
            let read = parse(text.as_bytes()).unwrap();
            assert_eq!((read.files.len(), read.others, read.signed), (number, number, signed));
            assert_eq!(read.files[0].1.len(), 2);
        }
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let inner = BASE64.encode(br#"{"payload":"e30="}"#);
        let wrong = BARE.replace("e3b0", "e3");
        for text in [
            r#"{"_type":"https://in-toto.io/Statement/v1"}"#,
            r#"{"payload":"%"}"#,
            &format!(r#"{{"payload":"{inner}"}}"#),
            &format!("{BARE} and more"),
            &wrong,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(!is_one(br#"{"schema":1,"artifacts":[]}"#) && !is_one(b"e3b0  a\n") && !is_one(b""));
    }
}
