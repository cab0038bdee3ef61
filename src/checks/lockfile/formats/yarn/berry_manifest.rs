//! What yarn 2 and later records of a workspace besides what it asks for: peers, programs, and what is said of its
//! dependencies.

use std::collections::BTreeMap;

use crate::tree::Node;

use super::berry_sync::protocol_free;
use crate::sorted::IntoMap as _;

/// Flags that yarn knows in `dependenciesMeta`.
const FLAGS: [&str; 3] = ["built", "optional", "unplugged"];

/// A section of a manifest, and of the entry of the workspace.
pub struct Section {
    /// Its name, the same in both.
    pub name: &'static str,
    /// What the manifest says.
    pub wanted: BTreeMap<String, String>,
    /// What the lockfile records.
    pub locked: BTreeMap<String, String>,
}

/// The sections that have to be the same in both.
pub fn sections(manifest: Node<'_>, entry: Node<'_>) -> [Section; 4] {
    [
        peers(manifest, entry),
        Section { name: "bin", wanted: programs(manifest), locked: texts(entry.get("bin")) },
        dependencies_meta(manifest, entry),
        peers_meta(manifest, entry),
    ]
}

/// `peerDependencies`. yarn adds the types of a peer as a peer of their own.
fn peers(manifest: Node<'_>, entry: Node<'_>) -> Section {
    let name = "peerDependencies";
    let read = |node: Node<'_>| {
        let mut ranges = texts(node.get(name));
        ranges.values_mut().for_each(|range| *range = protocol_free(range).to_owned());
        ranges
    };
    let (wanted, mut locked) = (read(manifest), read(entry));
    locked.retain(|peer, _| !peer.starts_with("@types/") || wanted.contains_key(peer));
    Section { name, wanted, locked }
}

/// `bin`: a single program has the name of the package, without its scope.
fn programs(manifest: Node<'_>) -> BTreeMap<String, String> {
    let bin = manifest.get("bin");
    match bin.and_then(|bin| bin.as_str()) {
        Some(path) => {
            let name = manifest.get("name").and_then(|name| name.text()).unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or(name);
            BTreeMap::from([(name.to_owned(), path.to_owned())])
        }
        None => texts(bin),
    }
}

fn texts(table: Option<Node<'_>>) -> BTreeMap<String, String> {
    let entries = table.into_iter().flat_map(|table| table.entries());
    entries.filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned()))).into_map()
}

/// `dependenciesMeta`, in which what stands in `optionalDependencies` is optional.
fn dependencies_meta(manifest: Node<'_>, entry: Node<'_>) -> Section {
    let mut wanted = flags(manifest.get("dependenciesMeta"));
    let optional = manifest.get("optionalDependencies").into_iter().flat_map(|table| table.entries());
    for name in optional.filter_map(|(name, _)| name.text()) {
        wanted.insert(format!("{name} optional"), "true".to_owned());
    }
    Section { name: "dependenciesMeta", wanted, locked: flags(entry.get("dependenciesMeta")) }
}

/// `peerDependenciesMeta`, in which the types of a peer are optional.
fn peers_meta(manifest: Node<'_>, entry: Node<'_>) -> Section {
    let wanted = flags(manifest.get("peerDependenciesMeta"));
    let mut locked = flags(entry.get("peerDependenciesMeta"));
    locked.retain(|flag, _| !flag.starts_with("@types/") || wanted.contains_key(flag));
    Section { name: "peerDependenciesMeta", wanted, locked }
}

/// The flags of each name, as `name flag`.
fn flags(table: Option<Node<'_>>) -> BTreeMap<String, String> {
    let mut flags = BTreeMap::new();
    for (name, meta) in table.into_iter().flat_map(|table| table.entries()) {
        for flag in FLAGS {
            let said = meta.get(flag).and_then(|value| value.as_bool());
            if let (Some(name), Some(said)) = (name.text(), said) {
                flags.insert(format!("{name} {flag}"), said.to_string());
            }
        }
    }
    flags
}
