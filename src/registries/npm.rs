//! The npm registry: a document for each version, and a larger one for each package.
//! <https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md>

use std::borrow::Cow;
use std::collections::HashMap;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde::Deserialize;

use super::clients::Clients;
use super::{Answer, Published, Question, Release, Route, algorithm, json};
use crate::fetch::Document;

/// A document of either kind.
#[derive(Deserialize)]
struct Packument<'d> {
    #[serde(borrow, default)]
    version: Option<Cow<'d, str>>,
    #[serde(borrow, default)]
    versions: Option<HashMap<Cow<'d, str>, Version<'d>>>,
    #[serde(borrow, default)]
    time: Option<HashMap<Cow<'d, str>, serde_json::Value>>,
    #[serde(flatten, borrow)]
    own: Version<'d>,
}

#[derive(Deserialize)]
struct Version<'d> {
    #[serde(borrow, default)]
    dist: Option<Dist<'d>>,
    /// Words, or `false` where somebody took them back.
    #[serde(default)]
    deprecated: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Dist<'d> {
    #[serde(borrow, default)]
    integrity: Option<Cow<'d, str>>,
    #[serde(borrow, default)]
    shasum: Option<Cow<'d, str>>,
}

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#%\\\"<>".contains(&byte))
    };
    let (name, version) = (question.name, question.version);
    let is_name = match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        Some((scope, rest)) => is_part(scope) && is_part(rest),
        None => is_part(name) && !name.starts_with('@'),
    };
    if !is_name || !is_part(version) {
        return Err(Answer::NoPackage);
    }
    let (base, credential) = clients.npm(question.folder).registry(name);
    let package = format!("{}/{}", base.trim_end_matches('/'), name.replacen('/', "%2f", 1));
    // The document of a version is a thousandth of the package's, and does not say when it was published.
    let urls = match question.wants_age {
        true => vec![package],
        false => vec![format!("{package}/{}", version.replace('+', "%2B")), package],
    };
    Ok(Route { urls, accept: Some("application/json"), credential })
}

pub(super) fn read(document: &Document, question: &Question<'_>) -> Answer {
    let packument: Packument<'_> = match json(document) {
        Ok(packument) => packument,
        Err(answer) => return answer,
    };
    let version = match (&packument.version, &packument.versions) {
        (_, Some(versions)) => match versions.get(question.version) {
            Some(version) => version,
            None => return Answer::NoVersion,
        },
        (Some(version), None) if *version == question.version => &packument.own,
        // A registry that reads versions as ranges answers with its newest fit.
        (Some(_), None) => return Answer::NoVersion,
        (None, None) => return Answer::Unknown("its answer is not what such a registry sends".to_owned()),
    };
    let mut hashes: Vec<(&'static str, Box<[u8]>)> = Vec::new();
    if let Some(dist) = &version.dist {
        for part in dist.integrity.iter().flat_map(|text| text.split_ascii_whitespace()) {
            let Some((name, digest)) = part.split_once('-') else { continue };
            let digest = digest.split('?').next().unwrap_or(digest);
            if let (Some(name), Ok(digest)) = (algorithm(name), BASE64.decode(digest.as_bytes())) {
                hashes.push((name, digest.into()));
            }
        }
        let shasum = dist.shasum.as_ref().and_then(|text| HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok());
        if let Some(digest) = shasum.filter(|digest| digest.len() == 20)
            && !hashes.iter().any(|(name, _)| *name == "sha1")
        {
            hashes.push(("sha1", digest.into()));
        }
    }
    let time = packument.time.as_ref().and_then(|times| times.get(question.version)?.as_str()?.parse().ok());
    let words = version.deprecated.as_ref().and_then(|value| value.as_str());
    Answer::Release(Release {
        files: vec![Published { hashes, ..Published::default() }].into(),
        yanked: None,
        deprecated: words.filter(|words| !words.is_empty()).map(str::to_owned),
        published: time,
    })
}
