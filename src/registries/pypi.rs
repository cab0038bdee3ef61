//! Indexes of Python packages: the simple API in JSON (PEP 691) or HTML (PEP 503), whichever a server speaks.

use std::borrow::Cow;
use std::sync::Arc;

use data_encoding::HEXLOWER_PERMISSIVE;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::clients::Clients;
use super::{Answer, Published, Question, Release, Route, algorithm, json};
use crate::fetch::Document;

/// JSON first; HTML is better than nothing.
const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// Links of one page.
const MAX_LINKS: usize = 200_000;

#[derive(Deserialize)]
struct Project<'d> {
    #[serde(borrow)]
    files: Vec<File<'d>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File<'d> {
    #[serde(borrow)]
    filename: Cow<'d, str>,
    #[serde(default)]
    hashes: std::collections::HashMap<Cow<'d, str>, Cow<'d, str>>,
    /// A word, or the reason.
    #[serde(default)]
    yanked: Option<Yanked<'d>>,
    #[serde(borrow, default)]
    upload_time: Option<Cow<'d, str>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked<'d> {
    Flag(bool),
    #[serde(borrow)]
    Reason(Cow<'d, str>),
}

pub(super) fn route(question: &Question<'_>, clients: &Clients<'_>) -> Result<Route, Answer> {
    let name = question.name;
    let is_name = !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !is_name {
        return Err(Answer::NoPackage);
    }
    let (indexes, credential) = clients.python().indexes(question.registry, question.declared)?;
    let urls = indexes.iter().map(|index| format!("{}/{name}/", index.trim_end_matches('/'))).collect();
    Ok(Route { urls, accept: Some(ACCEPT), credential })
}

/// All files of a project; which of them are of a version, their names say.
pub(super) fn read(document: &Document) -> Answer {
    let is_html = document.kind.ends_with("html") || document.body.trim_ascii_start().starts_with(b"<");
    let files = if is_html { html(&String::from_utf8_lossy(&document.body)) } else { listed(document) };
    match files {
        Ok(files) => Answer::Release(Release { files: Arc::new(files), ..Release::default() }),
        Err(answer) => answer,
    }
}

fn listed(document: &Document) -> Result<Vec<Published>, Answer> {
    let project: Project<'_> = json(document)?;
    Ok(project
        .files
        .into_iter()
        .map(|file| Published {
            name: file.filename.into(),
            hashes: file.hashes.iter().filter_map(|(name, digest)| hash(name, digest)).collect(),
            yanked: match file.yanked {
                Some(Yanked::Flag(true)) => Some("".into()),
                Some(Yanked::Reason(reason)) => Some(reason.into()),
                _ => None,
            },
            uploaded: file.upload_time.and_then(|time| time.parse().ok()),
        })
        .collect())
}

fn hash(name: &str, digest: &str) -> Option<(&'static str, Box<[u8]>)> {
    Some((algorithm(name)?, HEXLOWER_PERMISSIVE.decode(digest.as_bytes()).ok()?.into()))
}

/// The links of a page. What is no page of links has none, and then says nothing.
fn html(page: &str) -> Result<Vec<Published>, Answer> {
    let mut files = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find("<a").filter(|_| files.len() < MAX_LINKS) {
        rest = &rest[at + 2..];
        if !rest.starts_with(|c: char| c.is_ascii_whitespace()) {
            continue;
        }
        let Some(end) = end_of_tag(rest) else { break };
        let tag = &rest[..end];
        rest = &rest[end..];
        let Some(target) = attribute(tag, "href") else { continue };
        let target = unescaped(target);
        let (path, fragment) = target.split_once('#').unwrap_or((&target, ""));
        let name = path.split('?').next().unwrap_or(path).rsplit('/').next().unwrap_or(path);
        let name = percent_decode_str(name).decode_utf8_lossy();
        if name.is_empty() {
            continue;
        }
        let hashes = fragment.split('&').filter_map(|pair| pair.split_once('='));
        files.push(Published {
            name: (*name).into(),
            hashes: hashes.filter_map(|(name, digest)| hash(name, digest)).collect(),
            yanked: attribute(tag, "data-yanked").map(|reason| unescaped(reason).into()),
            uploaded: None,
        });
    }
    if files.is_empty() && !page.contains("<a") && !page.contains("Links for") {
        return Err(Answer::Unknown("its answer is not what such a registry sends".to_owned()));
    }
    Ok(files)
}

/// Where the tag ends; quoted values may hold the sign that ends it.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute; empty if it stands there without one.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let found = &rest[..end];
        let after = rest[end..].trim_start();
        let value = match after.strip_prefix('=') {
            None => {
                rest = after;
                ""
            }
            Some(value) => {
                let value = value.trim_start();
                let (value, next) = match value.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        let inner = &value[1..];
                        inner.split_once(quote).unwrap_or((inner, ""))
                    }
                    _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
                };
                rest = next;
                value
            }
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        if found.is_empty() && rest == tag {
            return None;
        }
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Vec<Published> {
        html(body).unwrap()
    }

    #[test]
    fn links_of_a_page_are_files() {
        let digest = "ab".repeat(32);
        let files = page(&format!(
            "<!DOCTYPE html><h1>Links for a</h1>\n<a href=\"../../f/a-1.0%2Bx.tar.gz#sha256={digest}\" \
             data-requires-python=\"&gt;=3.8\">a</a><br>\n<A HREF='b'>no</A><a data-yanked='broken &gt; all' \
             href='https://h.example/a-1-py3-none-any.whl'>a</a>"
        ));
        assert_eq!(files.len(), 2);
        assert_eq!(&*files[0].name, "a-1.0+x.tar.gz");
        assert_eq!(files[0].hashes[0], ("sha256", vec![0xab; 32].into()));
        assert_eq!(files[1].yanked.as_deref(), Some("broken > all"));
        assert!(html("<html>please log in</html>").is_err());
        assert!(page("Links for b").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_page_crashes_it(text in "[<>a =\"'/#&;é hrefsha256]{0,60}") {
            let _ = html(&text);
        }
    }
}
