//! The compact index of RubyGems: a line for each version and platform.
//! <https://guides.rubygems.org/rubygems-org-compact-index-api/>

use data_encoding::HEXLOWER_PERMISSIVE;

use super::clients::Clients;
use super::{Answer, Published, Question, Release, Route};
use crate::fetch::Document;

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let name = question.name;
    let is_name = !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !is_name {
        return Err(Answer::NoPackage);
    }
    let base = clients.ruby().source(question.registry, question.declared)?;
    Ok(Route { urls: vec![format!("{base}/info/{name}")], accept: None, credential: None })
}

/// `1.2.3-x86_64-linux dep:>= 1|checksum:<hex>,ruby:>= 2`
pub(super) fn read(document: &Document, question: &Question<'_>) -> Answer {
    let text = String::from_utf8_lossy(&document.body);
    let mut is_index = false;
    for line in text.lines() {
        is_index |= line.trim_end() == "---" || line.contains("checksum:");
        let Some((version, rest)) = line.split_once(' ') else { continue };
        if version != question.version {
            continue;
        }
        let fields = rest.split_once('|').map_or("", |(_, fields)| fields);
        let digest = fields.split(',').find_map(|field| field.strip_prefix("checksum:"));
        let digest = digest.and_then(|digest| HEXLOWER_PERMISSIVE.decode(digest.trim().as_bytes()).ok());
        let hashes = digest.map(|digest| ("sha256", digest.into())).into_iter().collect();
        return Answer::Release(Release {
            files: vec![Published { hashes, ..Published::default() }].into(),
            ..Release::default()
        });
    }
    if is_index {
        // What was yanked is no longer in the index.
        Answer::NoVersion
    } else {
        Answer::Unknown("its answer is not what such a registry sends".to_owned())
    }
}
