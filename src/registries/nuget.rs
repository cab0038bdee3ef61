//! The registrations of NuGet: whether a version is there, listed and supported.
//! <https://learn.microsoft.com/nuget/api/registration-base-url-resource>
//!
//! `contentHash` of packages.lock.json leaves a package's signature out, and what a registry publishes is the hash of
//! the whole file, so the two cannot be compared without downloading the package.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::clients::Clients;
use super::{Answer, Question, Release, Route};
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
    let bases = clients.nuget().registrations()?;
    let version = question.version.to_ascii_lowercase();
    let version = version.split('+').next().unwrap_or_default();
    let name = question.name.to_ascii_lowercase();
    let urls = bases.iter().map(|base| format!("{base}/{name}/{version}.json")).collect();
    Ok(Route { urls, accept: Some("application/json"), credential: None })
}

pub(super) fn read(document: &Document, _question: &Question<'_>) -> Answer {
    let strange = || Answer::Unknown("its answer is not what such a registry sends".to_owned());
    let Some(body) = unpacked(&document.body) else { return strange() };
    let Ok(root) = serde_json::from_slice::<Value>(&body) else { return strange() };
    if !root["catalogEntry"].is_string() && !root["packageContent"].is_string() {
        return strange();
    }
    // nuget.org gives the year 1900 to what is not listed.
    let published = root["published"].as_str().filter(|time| !time.starts_with("1900-"));
    let is_unlisted =
        root["listed"] == Value::Bool(false) || (published.is_none() && root["published"].is_string());
    Answer::Release(Release {
        yanked: is_unlisted.then(String::new),
        published: published.and_then(|time| time.parse().ok()),
        ..Release::default()
    })
}

/// The body of an answer; some registrations are gzip, whoever asks.
fn unpacked(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    /// A registration of one version has a few hundred bytes.
    const MOST: u64 = 1 << 20;
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Some(Cow::Borrowed(body));
    }
    let mut plain = Vec::new();
    GzDecoder::new(body).take(MOST).read_to_end(&mut plain).ok()?;
    Some(Cow::Owned(plain))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::unpacked;

    #[test]
    fn answers_may_be_compressed() {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(b"{}").unwrap();
        let packed = writer.finish().unwrap();
        assert_eq!(unpacked(&packed).as_deref(), Some(&b"{}"[..]));
        assert_eq!(unpacked(b"{}").as_deref(), Some(&b"{}"[..]));
        assert_eq!(unpacked(&packed[..8]), None);
    }
}
