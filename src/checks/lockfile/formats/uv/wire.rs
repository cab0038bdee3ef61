//! Requirements as uv.lock writes them: `{ name = "idna", specifier = ">=3", marker = "…" }`.

use pep440_rs::VersionSpecifiers;

use crate::tree::Node;

use super::super::super::model::without_query;
use super::super::super::paths;
use super::super::super::python::marker::Marker;
use super::super::super::python::normalised;
use super::super::super::python::requirement::{Need, Source};
use super::super::super::python::version::specifiers;

/// Reads a list of requirements; `None` if one of them is none.
pub fn needs(list: Option<Node<'_>>) -> Option<Vec<Need>> {
    list.into_iter().flat_map(|list| list.items()).map(need).collect()
}

fn need(node: Node<'_>) -> Option<Need> {
    let [name, extras, extra, marker, specifier] =
        node.get_each(["name", "extras", "extra", "marker", "specifier"]);
    let [name, marker, specifier] = [name, marker, specifier].map(|value| value?.as_str());
    let (name, specifier) = (name?, specifier.unwrap_or_default());
    let extras = [extras, extra].into_iter().flatten().flat_map(|list| list.items());
    let mut shown = name.to_owned();
    shown.push_str(specifier);
    if let Some(marker) = marker {
        shown.push_str(&format!("; {marker}"));
    }
    Some(Need {
        name: normalised(name),
        extras: extras.filter_map(|extra| Some(normalised(extra.text()?))).collect(),
        source: source(node, specifier)?,
        marker: marker.map_or(Some(Marker::Constant(true)), Marker::parse)?,
        text: shown,
        place: node.range(),
    })
}

/// Keys that say where in the repository something lies.
const PLACES: [&str; 4] = ["path", "directory", "editable", "virtual"];

fn source(node: Node<'_>, specifier: &str) -> Option<Source> {
    let [url, subdirectory, git, index] =
        node.get_each(["url", "subdirectory", "git", "index"]).map(|value| value?.as_str());
    if let Some(url) = url {
        return Some(archive(url, subdirectory));
    }
    if let Some(url) = git {
        return Some(locked_git(url));
    }
    let places = node.get_each(PLACES).map(|value| value?.as_str());
    if let Some((kind, path)) = PLACES.iter().zip(places).find_map(|(kind, path)| Some((kind, path?))) {
        return Some(local(kind, &paths::normal("", path)));
    }
    let specifiers = if specifier.is_empty() { VersionSpecifiers::empty() } else { specifiers(specifier)? };
    Some(Source::Registry(specifiers, index.map(without_credentials)))
}

/// A file or folder of the repository.
pub fn local(kind: &str, path: &str) -> Source {
    Source::Other(format!("{kind} {path}"))
}

/// An archive at a URL.
pub fn archive(url: &str, subdirectory: Option<&str>) -> Source {
    let url = without_credentials(url.split('#').next().unwrap_or(url));
    Source::Other(format!("url {url} {}", subdirectory.unwrap_or_default()))
}

/// What a repository is asked for.
#[derive(Default)]
pub struct Git<'t> {
    /// Its URL.
    pub url: &'t str,
    /// `rev`, `tag` or `branch`, and the value.
    pub reference: Option<(&'static str, String)>,
    /// The folder in it.
    pub subdirectory: Option<String>,
    /// True if large files are fetched.
    pub lfs: bool,
    /// The archive in it.
    pub path: Option<String>,
}

/// A repository.
pub fn git(git: &Git<'_>) -> Source {
    let url = git.url.strip_prefix("git+").unwrap_or(git.url);
    let url = without_credentials(without_query(url));
    let (kind, value) = git.reference.as_ref().map_or(("", ""), |(kind, value)| (kind, value));
    let inner = |text: &Option<String>| paths::normal("", text.as_deref().unwrap_or_default());
    let (subdirectory, path) = (inner(&git.subdirectory), inner(&git.path));
    Source::Other(format!("git {url} {kind}={value} {subdirectory} {} {path}", git.lfs))
}

fn locked_git(url: &str) -> Source {
    let query = url.split('#').next().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let mut result = Git { url, ..Git::default() };
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = value.replace('+', " ");
        let value = percent_encoding::percent_decode_str(&value).decode_utf8_lossy().into_owned();
        match key {
            "rev" => result.reference = Some(("rev", value)),
            "tag" => result.reference = Some(("tag", value)),
            "branch" => result.reference = Some(("branch", value)),
            "subdirectory" => result.subdirectory = Some(value),
            "lfs" => result.lfs = value.eq_ignore_ascii_case("true"),
            "path" => result.path = Some(value),
            _ => {}
        }
    }
    git(&result)
}

/// A URL without user and password.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{}{}", host.to_ascii_lowercase(), &rest[end..])
}
