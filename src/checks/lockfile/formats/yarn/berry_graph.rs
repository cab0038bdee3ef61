//! Whether what the entries of a yarn.lock ask of each other is there, and nothing else.

use std::collections::HashSet;

use crate::tree::Node;

use super::super::super::node::spec::is_range;
use super::super::super::report::Report;
use super::berry::{extended, keys};
use super::berry_sync::{Comparison, is_of_plugin, protocol_free};
use super::{built_in, descriptor, plain};

/// What an entry asks for.
struct Asked<'c> {
    /// Name and reference of who asks.
    parent: (&'c str, &'c str),
    name: Node<'c>,
    range: &'c str,
}

impl<'c> Comparison<'c> {
    /// Everything that is asked for is there under the very range, and nothing that is not asked for.
    pub fn graph(&self, report: &mut Report<'_>) {
        self.closed(report);
        self.surplus(report);
    }

    fn asked(&self) -> impl Iterator<Item = Asked<'c>> + use<'_, 'c> {
        self.nodes.iter().flat_map(move |(_, node)| {
            let parent = descriptor(resolution(*node));
            let table = node.get("dependencies").into_iter().flat_map(|table| table.entries());
            table.filter_map(move |(name, range)| {
                let range = range.text()?;
                let catalogued =
                    range.strip_prefix("catalog:").and_then(|catalog| self.catalogued(catalog, name.text()?));
                Some(Asked { parent, name, range: catalogued.unwrap_or(range) })
            })
        })
    }

    /// What workspaces ask for is compared with their manifests; only `resolutions` are left of it.
    fn closed(&self, report: &mut Report<'_>) {
        for asked in self.asked() {
            let name = asked.name.text().unwrap_or_default();
            let is_workspace = asked.parent.1.starts_with("workspace:");
            if self.is_patched(name)
                || is_of_plugin(asked.range)
                || (is_workspace && !self.resolutions.mention(name))
            {
                continue;
            }
            let Some(range) = self.resolutions.effective(asked.parent, name, asked.range) else { continue };
            if self.index.exact(name, range).is_none() {
                let message = format!(
                    "`{}` asks for `{name}@{}`, and the lockfile does not hold it",
                    asked.parent.0,
                    protocol_free(range)
                );
                let place = self.project.source.at_node(asked.name);
                report.out_of_sync(place, message).subject(format!("edge {} {name}", asked.parent.0));
            }
        }
    }

    /// Descriptors that nothing asks for. What extensions ask for stands nowhere in the file.
    fn surplus(&self, report: &mut Report<'_>) {
        let mut asked: HashSet<String> = HashSet::new();
        for one in self.asked() {
            let name = one.name.text().unwrap_or_default();
            let range = self.resolutions.effective(one.parent, name, one.range).unwrap_or(one.range);
            asked.insert(plain(&format!("{name}@{range}")));
        }
        let extended: HashSet<&str> = extended(self.rc).map(|(name, _)| name).collect();
        // Before version 6, what brings a package whose peer it is itself stands there under its own version.
        let is_itself = |written: &str, node: Node<'_>| self.version < 6 && written == resolution(node);
        for (key, node) in self.nodes.iter().filter(|(_, node)| resolution(*node).contains("@npm:")) {
            for written in keys(*key) {
                let (name, range) = descriptor(written);
                let is_extension =
                    extended.contains(name) || built_in::ADDED.iter().any(|(known, _)| *known == name);
                let is_plain = is_range(protocol_free(range)) && !self.is_patched(name);
                let is_asked = asked.contains(&plain(written)) || is_itself(written, *node);
                if is_plain && !is_extension && !is_asked {
                    let message = format!("the lockfile holds `{}`, which nothing asks for", plain(written));
                    let place = self.project.source.at_node(*key);
                    report.out_of_sync(place, message).subject(format!("surplus {written}"));
                }
            }
        }
    }

    /// True if a package is patched, so that its descriptors are those of the patch.
    fn is_patched(&self, name: &str) -> bool {
        self.patched.contains(name)
    }
}

fn resolution(node: Node<'_>) -> &str {
    node.get("resolution").and_then(|node| node.text()).unwrap_or_default()
}
