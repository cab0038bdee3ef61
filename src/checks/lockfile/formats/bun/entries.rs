//! The entries of a bun.lock by their keys, and how one finds another.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::tree::Node;

use super::super::super::model::{File, Origin, Package};
use super::super::super::node::edges::Kind;
use super::super::super::node::{PUBLIC_HOSTS, integrity};

/// The projects that are recorded, by folder.
pub fn members<'s>(root: Node<'s>) -> impl Iterator<Item = (&'s str, Node<'s>)> {
    let table = root.get("workspaces").into_iter().flat_map(|table| table.entries());
    table.filter_map(|(key, node)| Some((key.text()?, node)))
}

/// Packages within each other that are looked at. Nobody nests them as deep.
const MOST_PARENTS: usize = 64;

/// One entry of `packages`.
pub struct Entry<'s> {
    /// `name`, or `parent/name` where several versions are there.
    pub key: &'s str,
    /// Where that is written.
    pub key_node: Node<'s>,
    /// `name@version`
    pub title: &'s str,
    parts: Vec<Node<'s>>,
    /// What it asks for.
    pub needs: Vec<Need<'s>>,
}

/// What an entry asks for.
pub struct Need<'s> {
    /// The name that it is looked for under.
    pub name: &'s str,
    /// As what it is asked for.
    pub spec: &'s str,
    /// Under which section.
    pub kind: Kind,
}

/// All entries.
pub struct Entries<'s> {
    /// In the order of the file.
    pub all: Vec<Entry<'s>>,
    /// Their places in `all`.
    pub by_key: HashMap<&'s str, usize>,
    /// What stands behind the last two slashes of keys: no other name of a package is found below another.
    inner: HashSet<&'s str>,
}

impl<'s> Entries<'s> {
    /// The entries of a lockfile.
    pub fn of(root: Node<'s>) -> Entries<'s> {
        let packages = root.get("packages");
        let number = packages.map_or(0, |packages| packages.entries().len());
        let mut entries = Entries {
            all: Vec::with_capacity(number),
            by_key: HashMap::with_capacity(number),
            inner: HashSet::new(),
        };
        for (key_node, node) in packages.into_iter().flat_map(|table| table.entries()) {
            let parts: Vec<Node<'s>> = node.items().collect();
            let (Some(key), Some(title)) = (key_node.text(), parts.first().and_then(|part| part.as_str()))
            else {
                continue;
            };
            let information = parts.iter().find(|part| part.is_map());
            let needs = information.map(|information| needs(*information)).unwrap_or_default();
            entries.by_key.insert(key, entries.all.len());
            entries.inner.extend(key.rmatch_indices('/').take(2).map(|(at, _)| &key[at + 1..]));
            entries.all.push(Entry { key, key_node, title, parts, needs });
        }
        entries
    }

    /// What `name` is for the package under `key`: below it, or below one of its parents, or at the top.
    pub fn find(&self, key: &str, name: &str) -> Option<usize> {
        let is_inner = self.inner.contains(name) || name.matches('/').nth(1).is_some();
        let parents = std::iter::successors(Some(key).filter(|_| is_inner), |key| above(key));
        let mut below = parents.take(MOST_PARENTS).map(|key| [key, "/", name].concat());
        below.find_map(|key| self.by_key.get(key.as_str())).or_else(|| self.by_key.get(name)).copied()
    }
}

/// The key of the package that the one under this key stands below. A scope is no package.
fn above(key: &str) -> Option<&str> {
    let (before, _) = key.rsplit_once('/')?;
    let start = before.rfind('/').map_or(0, |at| at + 1);
    match before[start..].starts_with('@') {
        true => before.get(..start.checked_sub(1)?),
        false => Some(before),
    }
}

impl Entry<'_> {
    /// True for a folder of the project.
    pub fn is_workspace(&self) -> bool {
        self.title.get(1..).is_some_and(|title| title.contains("@workspace:"))
    }

    /// True if the entry itself says what the package asks for.
    pub fn has_information(&self) -> bool {
        self.parts.iter().any(|part| part.is_map())
    }

    /// The name that the package is found under.
    pub fn name(&self) -> &str {
        let scope = self.key.rfind("/@").map_or(0, |at| at + 1);
        let last = self.key.rfind('/').map_or(0, |at| at + 1);
        let is_scoped = self.key[scope..].starts_with('@') && self.key[scope..].matches('/').count() == 1;
        &self.key[if is_scoped { scope } else { last }..]
    }
}

fn needs<'s>(information: Node<'s>) -> Vec<Need<'s>> {
    // Development is only recorded of folders, which bun installs as it does projects.
    const SECTIONS: [(&str, Kind); 4] = [
        ("dependencies", Kind::Prod),
        ("devDependencies", Kind::Dev),
        ("optionalDependencies", Kind::Optional),
        ("peerDependencies", Kind::Peer),
    ];
    let listed = information.get("optionalPeers").into_iter().flat_map(|list| list.items());
    let optional: HashSet<&str> = listed.filter_map(|item| item.text()).collect();
    let mut needs = Vec::new();
    for (section, kind) in SECTIONS {
        for (key, value) in information.get(section).into_iter().flat_map(|table| table.entries()) {
            let (Some(name), Some(spec)) = (key.text(), value.text()) else { continue };
            let is_optional = kind == Kind::Peer && optional.contains(name);
            needs.push(Need { name, spec, kind: if is_optional { Kind::OptionalPeer } else { kind } });
        }
    }
    needs
}

/// Under a name that nobody gives to another package stands the package of that name. What bun downloads in its place
/// is the registry's archive of the other one, which the file leaves out as usual.
pub fn under_its_key<'s>(package: &mut Package<'s>, key: &'s str, aliases: &HashSet<String>) {
    let mut parts = key.rsplitn(3, '/');
    let last = parts.next().unwrap_or(key);
    let scope = parts.next().filter(|scope| scope.starts_with('@'));
    let name = scope.map_or(last, |scope| &key[key.len() - last.len() - scope.len() - 1..]);
    if package.origin != Origin::Registry("") || package.name == name || aliases.contains(&*package.name) {
        return;
    }
    let other = std::mem::replace(&mut package.name, Cow::Borrowed(name));
    let base = other.rsplit('/').next().unwrap_or(&other);
    let url = format!("https://{}/{other}/-/{base}-{}.tgz", PUBLIC_HOSTS[0], package.version);
    package.files.iter_mut().for_each(|file| file.url = Some(Cow::Owned(url.clone())));
}

/// The entry in the common model.
pub fn package<'s>(entry: &Entry<'s>, needs: Vec<usize>) -> Package<'s> {
    let from = usize::from(entry.title.starts_with('@'));
    let at = entry.title.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from);
    let (name, reference) = at.map_or((entry.title, ""), |at| (&entry.title[..at], &entry.title[at + 1..]));
    let text = |index: usize| entry.parts.get(index).and_then(|part| part.as_str());
    let is_version = reference.starts_with(|c: char| c.is_ascii_digit());
    let origin = match reference.split_once('#') {
        Some((url, commit)) if url.starts_with("git") => Origin::Git(url, Some(commit)),
        _ if is_version => Origin::Registry(""),
        _ if reference.starts_with("http:") || reference.starts_with("https:") => Origin::Url(reference),
        _ => Origin::Local,
    };
    let place = entry.key_node.range();
    let last = entry.parts.last().filter(|part| part.as_str().is_some_and(|text| text.contains('-')));
    let url = text(1).filter(|url| is_version && url.contains("://") && url.ends_with(".tgz"));
    let is_file = matches!(origin, Origin::Registry(_) | Origin::Url(_));
    let files = is_file.then(|| File {
        url: url.map(Cow::Borrowed),
        name: "",
        hashes: last
            .filter(|_| entry.parts.len() > 2)
            .map(|node| integrity::hashes(*node))
            .unwrap_or_default(),
        needs_hash: is_version,
        place: place.clone(),
    });
    Package {
        name: Cow::Borrowed(name),
        version: Cow::Borrowed(if is_version { reference } else { "" }),
        origin,
        files: files.into_iter().collect(),
        needs,
        place,
    }
}
