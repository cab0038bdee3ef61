//! What a statement is about: a thing that is told from others by its digest.

use serde_json::{Value, json};

/// A file, commit or container that is told by its digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// What it is called.
    pub name: String,
    /// The digest's algorithm in the words of in-toto, such as `sha256` or `gitCommit`.
    pub algorithm: &'static str,
    /// The digest in lowercase hex.
    pub digest: String,
}

impl Subject {
    /// A file by its SHA-256.
    pub fn file(name: impl Into<String>, sha256: &[u8]) -> Subject {
        Subject { name: name.into(), algorithm: "sha256", digest: data_encoding::HEXLOWER.encode(sha256) }
    }

    /// As a resource descriptor of in-toto.
    pub fn descriptor(&self) -> Value {
        json!({"name": self.name, "digest": {self.algorithm: self.digest}})
    }
}
