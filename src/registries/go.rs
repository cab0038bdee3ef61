//! The checksum database of Go: the lines of go.sum for a module's version, and a signed note behind them.
//! <https://go.dev/ref/mod#checksum-database>
//!
//! What is compared came over TLS from the database; its signature is not checked here. `go` itself does that.

use data_encoding::BASE64;

use super::clients::Clients;
use super::{Answer, Published, Question, Release, Route};
use crate::fetch::Document;

/// The ending of the version of a module's go.mod alone.
const GO_MOD: &str = "/go.mod";

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let version = question.version.strip_suffix(GO_MOD).unwrap_or(question.version);
    let is_sound = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/+!".contains(&byte))
            && text.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
    };
    if !is_sound(question.name) || !is_sound(version) || version.contains('/') {
        return Err(Answer::NoPackage);
    }
    let base = clients.go().database(question.name)?;
    let url = format!("{base}/lookup/{}@{}", escaped(question.name), escaped(version));
    Ok(Route { urls: vec![url], accept: None, credential: None })
}

/// Capitals as `!` and the small letter, for file systems that do not tell them apart.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            result.push('!');
        }
        result.push(c.to_ascii_lowercase());
    }
    result
}

pub(super) fn read(document: &Document, question: &Question<'_>) -> Answer {
    let text = String::from_utf8_lossy(&document.body);
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let (module, version, hash) = (words.next(), words.next(), words.next());
        if module != Some(question.name) || version != Some(question.version) {
            continue;
        }
        let digest = hash.and_then(|hash| hash.strip_prefix("h1:"));
        let Some(digest) = digest.and_then(|digest| BASE64.decode(digest.as_bytes()).ok()) else { break };
        let hashes = vec![("sha256", digest.into())];
        return Answer::Release(Release {
            files: vec![Published { hashes, ..Published::default() }].into(),
            ..Release::default()
        });
    }
    Answer::Unknown("its answer is not what a checksum database sends".to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn capitals_are_escaped() {
        assert_eq!(super::escaped("github.com/Azure/x"), "github.com/!azure/x");
    }
}
