//! The registrations of NuGet: whether a version is there, listed and supported.
//! <https://learn.microsoft.com/nuget/api/registration-base-url-resource>
//!
//! `contentHash` of packages.lock.json leaves a package's signature out, and what a registry publishes is the hash of
//! the whole file, so the two cannot be compared without downloading the package.

use serde_json::Value;

use super::clients::Clients;
use super::{Answer, Question, Release, Route, json};
use crate::fetch::Document;

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
    };
    if !is_part(question.name) || !is_part(question.version) {
        return Err(Answer::NoPackage);
    }
    let base = clients.nuget().registrations()?;
    let version = question.version.to_ascii_lowercase();
    let version = version.split('+').next().unwrap_or_default();
    let url = format!("{base}/{}/{version}.json", question.name.to_ascii_lowercase());
    Ok(Route { urls: vec![url], accept: Some("application/json"), credential: None })
}

pub(super) fn read(document: &Document, _question: &Question<'_>) -> Answer {
    let root: Value = match json(document) {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    if !root["catalogEntry"].is_string() && !root["packageContent"].is_string() {
        return Answer::Unknown("its answer is not what such a registry sends".to_owned());
    }
    Answer::Release(Release {
        yanked: (root["listed"] == Value::Bool(false)).then(String::new),
        published: root["published"].as_str().and_then(|time| time.parse().ok()),
        ..Release::default()
    })
}
