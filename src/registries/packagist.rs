//! Packagist: the versions of a package, each as the difference to the one before.
//! <https://packagist.org/apidoc#get-package-data>

use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Map, Value};

use super::clients::Clients;
use super::{Answer, Published, Question, Release, Route, json};
use crate::fetch::Document;

/// What stands for a member that the version before had and this one has not.
const UNSET: &str = "__unset";

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let (vendor, package) = question.name.split_once('/').ok_or(Answer::NoPackage)?;
    if !is_part(vendor) || !is_part(package) {
        return Err(Answer::NoPackage);
    }
    let development = question.version.starts_with("dev-") || question.version.ends_with("-dev");
    let suffix = if development { "~dev" } else { "" };
    let bases = clients.composer().repositories();
    let urls = bases.iter().map(|base| format!("{base}/p2/{vendor}/{package}{suffix}.json")).collect();
    Ok(Route { urls, accept: Some("application/json"), credential: None })
}

pub(super) fn read(document: &Document, question: &Question<'_>) -> Answer {
    let root: Value = match json(document) {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    let Some(versions) = root["packages"][question.name].as_array() else { return Answer::NoPackage };
    let minified = root["minified"].is_string();
    let mut whole: Map<String, Value> = Map::new();
    for version in versions.iter().filter_map(Value::as_object) {
        if !minified {
            whole.clear();
        }
        for (key, value) in version {
            match value.as_str() {
                Some(UNSET) => drop(whole.remove(key)),
                _ => drop(whole.insert(key.clone(), value.clone())),
            }
        }
        if whole.get("version").and_then(Value::as_str).is_some_and(|found| is_same(found, question.version))
        {
            return release(&whole);
        }
    }
    Answer::NoVersion
}

/// A leading `v` is no part of a version.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.strip_prefix(['v', 'V']).unwrap_or(text).to_owned();
    plain(one) == plain(other)
}

fn release(version: &Map<String, Value>) -> Answer {
    let text = |path: &[&str]| {
        let mut value = version.get(path[0])?;
        for key in &path[1..] {
            value = value.get(key)?;
        }
        value.as_str().filter(|text| !text.is_empty())
    };
    let shasum =
        text(&["dist", "shasum"]).and_then(|digest| HEXLOWER_PERMISSIVE.decode(digest.as_bytes()).ok());
    // A package without archive hash is known by the commit of its source.
    let commit = text(&["dist", "reference"]).and_then(|id| HEXLOWER_PERMISSIVE.decode(id.as_bytes()).ok());
    let mut hashes: Vec<(&'static str, Box<[u8]>)> = Vec::new();
    hashes.extend(shasum.map(|digest| ("sha1", digest.into())));
    let mut files = vec![Published { hashes, ..Published::default() }];
    if let Some(commit) = commit {
        files.push(Published {
            name: super::COMMIT.into(),
            hashes: vec![("sha1", commit.into())],
            ..Published::default()
        });
    }
    let abandoned = match version.get("abandoned") {
        Some(Value::Bool(true)) => Some("it is abandoned".to_owned()),
        Some(Value::String(other)) => Some(format!("it is abandoned in favour of {other}")),
        _ => None,
    };
    Answer::Release(Release {
        files: files.into(),
        yanked: None,
        deprecated: abandoned,
        published: text(&["time"]).and_then(|time| time.parse().ok()),
    })
}
