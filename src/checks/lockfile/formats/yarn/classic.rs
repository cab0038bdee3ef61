//! The packages of a yarn.lock of yarn 1.

use std::borrow::Cow;
use std::ops::Range;

use crate::tree::{Node, Syntax};

use super::super::super::few::Few;
use super::super::super::format::{Project, Unreadable};
use super::super::super::model::{Encoding, File, Hash, Lock, Origin, Package};
use super::super::super::node::edges::{Kind, edges_of_yarn_1};
use super::super::super::node::{integrity, spec, workspace};
use super::lines::{Entry, entries};
use super::{Index, descriptor};

/// Reads them.
pub fn read<'s>(project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
    version(project.source.text())?;
    let entries = entries(project.source.text())?;
    let keys =
        entries.iter().enumerate().flat_map(|(at, entry)| entry.keys.iter().map(move |key| (at, *key)));
    let index = Index::of(keys);
    let mut lock = Lock::default();
    for entry in &entries {
        if entry.get("version").is_none() {
            return Err(Unreadable::malformed(
                "an entry has no version, so the file was cut short",
                entry.place.clone(),
            ));
        }
        let needs = entry.needs.iter().flat_map(|(name, range)| index.find(name, range)).collect();
        lock.packages.push(package(entry, needs));
    }
    lock.roots = roots(&index, project);
    Ok(lock)
}

/// yarn 1 refuses a file that says to be of another version; one that says nothing is read.
fn version(text: &str) -> Result<(), Unreadable> {
    const HEADER: &str = "# yarn lockfile v";
    let comments = text.split_inclusive('\n').take_while(|line| line.starts_with(['#', '\u{feff}']));
    let mut start = 0;
    for line in comments {
        if let Some(found) = line.trim_end().strip_prefix(HEADER).filter(|found| *found != "1") {
            let place = start..start + line.trim_end().len();
            return Err(Unreadable::Version { found: found.to_owned(), known: "1", place });
        }
        start += line.len();
    }
    Ok(())
}

/// What the project and its workspaces ask for.
fn roots(index: &Index<'_>, project: &Project<'_>) -> Vec<usize> {
    let Some(source) = project.text(&project.beside("package.json")) else { return Vec::new() };
    let Some(manifest) = source.tree(Syntax::Json).root() else { return Vec::new() };
    let members = workspace::workspaces_of_yarn_1(manifest, project);
    let mut roots = Vec::new();
    let mut add = |manifest: Node<'_>| {
        let asked = edges_of_yarn_1(manifest);
        let asked = asked.iter().filter(|edge| !matches!(edge.kind, Kind::Peer | Kind::OptionalPeer));
        roots.extend(asked.flat_map(|edge| index.find(edge.name, edge.spec)));
    };
    members.iter().filter_map(|member| member.root()).for_each(&mut add);
    add(manifest);
    roots
}

fn package<'s>(entry: &Entry<'s>, needs: Vec<usize>) -> Package<'s> {
    let (name, range) = descriptor(entry.keys.first().copied().unwrap_or_default());
    // Under an alias stands another package.
    let name = range.strip_prefix("npm:").map_or(name, |target| descriptor(target).0);
    let resolved = entry.get("resolved");
    let (url, fragment) = match &resolved {
        Some((url, _)) => url.split_once('#').map_or((Some(*url), None), |(url, f)| (Some(url), Some(f))),
        None => (None, None),
    };
    let origin = match url {
        Some(url) if spec::is_git_url(url) => Origin::Git(url, fragment),
        Some(url) if url.contains("://") => match spec::archive_of_git(url) {
            Some((repository, commit)) => Origin::Git(repository, Some(commit)),
            None if is_asked_by_url(entry) => Origin::Url(url),
            None => Origin::Registry(""),
        },
        None if !range.starts_with("file:") && !range.starts_with("link:") => Origin::Registry(""),
        _ => Origin::Local,
    };
    let place = resolved.map_or(entry.place.clone(), |(_, place)| place);
    let is_file = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let local = url.filter(|_| origin == Origin::Local).map(|path| File::local(path, place.clone()));
    let files = is_file.then(|| File {
        url: url.map(Cow::Borrowed),
        name: url.and_then(|url| url.rsplit('/').next()).unwrap_or_default(),
        hashes: hashes(entry, fragment, &place),
        needs_hash: true,
        place: place.clone(),
    });
    Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(entry.get("version").map_or("", |(version, _)| version)),
        origin,
        files: files.into_iter().chain(local).collect(),
        needs,
        place: entry.place.clone(),
    }
}

/// True if the project or a package names the URL itself.
fn is_asked_by_url(entry: &Entry<'_>) -> bool {
    entry.keys.iter().any(|key| descriptor(key).1.contains("://"))
}

/// `integrity`; without it the SHA-1 behind the URL, which yarn compares as well.
fn hashes<'s>(entry: &Entry<'s>, fragment: Option<&'s str>, place: &Range<usize>) -> Few<Hash<'s>> {
    if let Some((text, place)) = entry.get("integrity") {
        return integrity::sri(text, &place);
    }
    let digest = fragment.filter(|digest| !digest.is_empty());
    let hash = |digest| Hash { algorithm: "sha1", digest, encoding: Encoding::Hex, place: place.clone() };
    digest.map(hash).into_iter().collect()
}
