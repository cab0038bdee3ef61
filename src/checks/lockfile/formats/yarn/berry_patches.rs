//! Patches in a yarn.lock of yarn 2 and later.

use std::collections::HashSet;

use crate::tree::{Node, Syntax};

use super::super::super::node::edges::edges;
use super::super::super::report::Report;
use super::berry::keys;
use super::berry_sync::Comparison;
use super::descriptor;

/// Patches of patches, and folders of folders, that are followed.
pub(super) const MOST_NESTED: usize = 4;

impl<'c> Comparison<'c> {
    /// Patches are declared: by a manifest, in `resolutions`, or by yarn itself.
    pub(super) fn patches(&self, root: Node<'_>, report: &mut Report<'_>) {
        let is_patch = |text: &str| {
            let builtin = patch_file(text).trim_start_matches("optional!").trim_start_matches('~').to_owned();
            descriptor(text).1.starts_with("patch:") && !builtin.starts_with("builtin<")
        };
        let written = |(key, node): &(Node<'c>, Node<'c>)| {
            let resolution = node.get("resolution").and_then(|node| node.text());
            keys(*key).chain(resolution).find(|text| is_patch(text)).map(|text| (*key, text))
        };
        let patches: Vec<(Node<'_>, &str)> = self.nodes.iter().filter_map(written).collect();
        if patches.is_empty() {
            return;
        }
        let manifests = self.manifests.values().filter_map(|source| source.tree(Syntax::Json).root());
        let asked = manifests.flat_map(|manifest| edges(manifest, true)).map(|edge| edge.spec);
        let set = root.get("resolutions").into_iter().flat_map(|table| table.entries());
        // What comes from a registry has no patches of its own.
        let foreign = self.nodes.iter().filter(|(_, node)| {
            let resolution = node.get("resolution").and_then(|node| node.text()).unwrap_or_default();
            !["@npm:", "@workspace:", "@patch:"].iter().any(|known| resolution.contains(known))
        });
        let needs =
            foreign.filter_map(|(_, node)| node.get("dependencies")).flat_map(|table| table.entries());
        let texts = asked.chain(set.chain(needs).filter_map(|(_, value)| value.text()));
        let declared: Vec<String> = texts.filter(|text| text.starts_with("patch:")).map(decoded).collect();
        for (node, text) in patches {
            let (name, file) = (descriptor(text).0, patch_file(text));
            let says = |text: &String| text.split('#').skip(1).any(|part| part == file);
            if declared.iter().any(says) {
                continue;
            }
            let message =
                format!("the lockfile patches `{name}` with `{file}`, and no manifest asks for that");
            let place = self.project.source.at_node(node);
            report.out_of_sync(place, message).subject(format!("patch {name} {file}"));
        }
    }
}

/// The file, or files, of a patch.
pub(super) fn patch_file(text: &str) -> String {
    let text = text.split("::").next().unwrap_or(text);
    decoded(text.split_once('#').map_or("", |(_, file)| file))
}

/// Percent signs as yarn nests them, taken away.
pub(super) fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MOST_NESTED {
        match percent_encoding::percent_decode_str(&text).decode_utf8() {
            Ok(next) if next != text => text = next.into_owned(),
            _ => break,
        }
    }
    text
}

/// Names of packages that are patched.
pub(super) fn patched<'n>(nodes: &[(Node<'n>, Node<'n>)]) -> HashSet<&'n str> {
    let patches = nodes.iter().flat_map(|(key, _)| keys(*key)).filter(|key| key.contains("@patch:"));
    patches.map(|key| descriptor(key).0).collect()
}
