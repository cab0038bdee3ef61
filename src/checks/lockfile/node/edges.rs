//! What a package.json asks for, section by section.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::tree::Node;

/// Something that an entry or a manifest asks for.
#[derive(Clone, Debug)]
pub struct Edge<'s> {
    /// Under which section.
    pub kind: Kind,
    /// The name of the folder that it is looked for under.
    pub name: &'s str,
    /// What is asked for.
    pub spec: &'s str,
    /// Where it is written.
    pub place: Range<usize>,
}

/// The section that something is asked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `dependencies`
    Prod,
    /// `devDependencies`
    Dev,
    /// `optionalDependencies`
    Optional,
    /// `peerDependencies`
    Peer,
    /// `peerDependencies` that `peerDependenciesMeta` calls optional
    OptionalPeer,
}

/// Sections in the order in which they count: the later one where several name the same.
type Sections = [(&'static str, Kind); 4];

/// What a manifest, or an entry in the form of one, asks for. Where several sections name the same, the later
/// one counts, as with npm: peers, ordinary, optional, and for folders of the project those for development.
pub fn edges<'s>(node: Node<'s>, with_dev: bool) -> Vec<Edge<'s>> {
    const SECTIONS: Sections = [
        ("peerDependencies", Kind::Peer),
        ("dependencies", Kind::Prod),
        ("optionalDependencies", Kind::Optional),
        ("devDependencies", Kind::Dev),
    ];
    edges_of(node, &SECTIONS[..if with_dev { 4 } else { 3 }])
}

/// What a manifest of the project asks for, as yarn 1 has it: what is for development counts less than the rest.
pub fn edges_of_yarn_1(node: Node<'_>) -> Vec<Edge<'_>> {
    const SECTIONS: Sections = [
        ("peerDependencies", Kind::Peer),
        ("devDependencies", Kind::Dev),
        ("dependencies", Kind::Prod),
        ("optionalDependencies", Kind::Optional),
    ];
    edges_of(node, &SECTIONS)
}

fn edges_of<'s>(node: Node<'s>, sections: &[(&str, Kind)]) -> Vec<Edge<'s>> {
    let mut result: Vec<Edge<'s>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for &(section, kind) in sections {
        let optional_peers = match kind {
            Kind::Peer => optional_peers(node),
            _ => HashSet::new(),
        };
        for (key, value) in node.get(section).into_iter().flat_map(|table| table.entries()) {
            let Some(mut new) = edge(kind, key, value) else { continue };
            if optional_peers.contains(new.name) {
                new.kind = Kind::OptionalPeer;
            }
            match places.get(new.name) {
                Some(&place) => result[place] = new,
                None => {
                    places.insert(new.name, result.len());
                    result.push(new);
                }
            }
        }
    }
    result
}

fn optional_peers<'s>(node: Node<'s>) -> HashSet<&'s str> {
    let meta = node.get("peerDependenciesMeta").into_iter().flat_map(|meta| meta.entries());
    let optional =
        meta.filter(|(_, entry)| entry.get("optional").and_then(|flag| flag.as_bool()) == Some(true));
    optional.filter_map(|(key, _)| key.text()).collect()
}

/// What one entry of a section asks for.
pub fn edge<'s>(kind: Kind, key: Node<'s>, value: Node<'s>) -> Option<Edge<'s>> {
    Some(Edge { kind, name: key.text()?, spec: value.as_str()?, place: key.range().start..value.range().end })
}
