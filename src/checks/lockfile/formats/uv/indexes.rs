//! Registries that uv.lock uses against the indexes that the project names.

use std::collections::BTreeSet;

use crate::tree::Node;

use super::super::super::model::Origin;
use super::super::super::report::Report;
use super::sync::Comparison;
use super::wire;

impl Comparison<'_, '_> {
    /// Registries that the lockfile uses, where the project says which ones there are.
    pub fn indexes(&self, report: &mut Report<'_>) {
        let projects = std::iter::once(&self.workspace.root).chain(self.workspace.members.values());
        let tables = projects.filter_map(|project| project.uv("index")).chain(self.settings.get("index"));
        let indexes: Vec<Node<'_>> = tables.flat_map(|list| list.items()).collect();
        let single = self.settings.get("index-url");
        let is_default =
            |index: &Node<'_>| index.get("default").and_then(|node| node.as_bool()) == Some(true);
        let without = self.settings.get("no-index").filter(|node| node.as_bool() == Some(true));
        // Without a default of its own the project takes that of the machine, which cannot be seen here.
        if single.is_none() && without.is_none() && !indexes.iter().any(is_default) {
            return;
        }
        let keys: &[&str] =
            if without.is_some() { &["find-links"] } else { &["extra-index-url", "find-links"] };
        let several = keys.iter().filter_map(|key| self.settings.get(key));
        let urls = indexes.iter().filter_map(|index| index.get("url")).chain(single);
        let urls = urls.filter(|_| without.is_none());
        let urls = urls.chain(several.flat_map(|list| list.items())).filter_map(|url| url.text());
        let allowed: BTreeSet<String> = urls.map(wire::without_credentials).collect();
        let mut told = BTreeSet::new();
        for package in &self.lock.packages {
            let Origin::Registry(url) = package.origin else { continue };
            // Paths are written differently in the two files.
            if !url.contains("://") || allowed.contains(&wire::without_credentials(url)) || !told.insert(url)
            {
                continue;
            }
            let message =
                format!("`{}` is locked from `{url}`, which is none of the project's indexes", package.name);
            let node = indexes.iter().find(|index| is_default(index)).copied().or(single).or(without);
            let place = self.project.source.at(package.place.clone());
            let report = report.out_of_sync(place, message).subject(format!("index {url}"));
            if let Some(node) = node {
                let key = match (indexes.iter().any(is_default), single) {
                    (true, _) => "index",
                    (false, Some(_)) => "index-url",
                    (false, None) => "no-index",
                };
                let place = self.manifest_or_settings(key, Some(node));
                report.related(place, "the index that takes its place");
            }
        }
    }
}
