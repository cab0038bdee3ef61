//! The sparse index of crates.io, and of registries that speak its protocol: a line of JSON for each version.
//! <https://doc.rust-lang.org/cargo/reference/registry-index.html>

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;

use super::clients::Clients;
use super::{Answer, Published, Question, Release, Route};
use crate::fetch::Document;

/// The part of a line that is needed.
#[derive(Deserialize)]
struct Line<'l> {
    vers: &'l str,
    cksum: &'l str,
    #[serde(default)]
    yanked: bool,
    #[serde(default)]
    pubtime: Option<&'l str>,
}

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let (base, credential) = clients.cargo().index(question.registry)?;
    let path = path(question.name).ok_or(Answer::NoPackage)?;
    Ok(Route { urls: vec![format!("{}/{path}", base.trim_end_matches('/'))], accept: None, credential })
}

/// `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcd`; `None` for what is no name of a crate.
fn path(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_name {
        return None;
    }
    Some(match name.len() {
        0 => return None,
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    })
}

pub(super) fn read(document: &Document, question: &Question<'_>) -> Answer {
    // Versions of the index may hold metadata that the lockfile's version does not.
    let wanted = question.version;
    let mut is_index = false;
    for line in document.body.split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        // Most lines are about other versions, and need not be read into their parts.
        if memchr::memmem::find(line, wanted.as_bytes()).is_none() {
            is_index = is_index || memchr::memmem::find(line, b"\"cksum\"").is_some();
            continue;
        }
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else {
            return Answer::Unknown("its answer is not what such a registry sends".to_owned());
        };
        is_index = true;
        if line.vers != wanted {
            continue;
        }
        let Ok(digest) = HEXLOWER_PERMISSIVE.decode(line.cksum.as_bytes()) else {
            return Answer::Unknown("it publishes something else than a hash".to_owned());
        };
        let hashes = vec![("sha256", digest.into())];
        return Answer::Release(Release {
            files: vec![Published { hashes, ..Published::default() }].into(),
            yanked: line.yanked.then(String::new),
            deprecated: None,
            published: line.pubtime.and_then(|time| time.parse().ok()),
        });
    }
    if is_index {
        Answer::NoVersion
    } else {
        Answer::Unknown("its answer is not what such a registry sends".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_lie_where_cargo_looks_for_them() {
        assert_eq!(path("a").as_deref(), Some("1/a"));
        assert_eq!(path("Ab").as_deref(), Some("2/ab"));
        assert_eq!(path("abc").as_deref(), Some("3/a/abc"));
        assert_eq!(path("serde_json").as_deref(), Some("se/rd/serde_json"));
        assert_eq!(path("../x"), None);
        assert_eq!(path(""), None);
    }
}
