//! What pnpm refuses before it looks at the lockfile.

use crate::tree::Node;

use super::super::super::node::spec::intersects;
use super::super::super::report::Report;
use super::settings::Era;
use super::sync::Comparison;

impl Comparison<'_> {
    /// pnpm before 10 refuses a pnpm-workspace.yaml that names no packages.
    pub fn workspace_file(&self, report: &mut Report<'_>) {
        let Some(source) = self.settings.workspace.as_deref().filter(|_| self.settings.era == Era::Old)
        else {
            return;
        };
        let root = self.settings.workspace_root().filter(|root| !root.is_null());
        let is_empty = root.is_none_or(|root| root.is_map() && root.entries().len() == 0);
        // pnpm 9 passes over an empty file, as 8 does over an empty table.
        let passes = is_empty && (root.is_some() || self.is_nine());
        let packages = root.and_then(|root| root.get("packages"));
        if passes || packages.is_some_and(names_packages) {
            return;
        }
        let message = match packages {
            Some(_) => "pnpm before 10 refuses `packages` that are no list of texts",
            None => "pnpm before 10 refuses a pnpm-workspace.yaml without `packages`",
        };
        let help = "name the packages, or declare the version of pnpm under `packageManager` in package.json";
        let place = packages.or(root).map_or(source.at(0..0), |node| source.at_node(node));
        report.out_of_sync(place, message).help(help).subject("packages");
    }

    /// The version that the repository names is one that the root asks for under `engines`.
    pub fn engines(&self, report: &mut Report<'_>) {
        let Some((source, manifest)) = self.settings.manifest.as_deref().zip(self.settings.manifest_root())
        else {
            return;
        };
        let wanted = manifest.at(&["engines", "pnpm"]);
        let (Some(node), Some(named)) = (wanted, self.settings.named.as_deref()) else { return };
        let named = named.split('+').next().unwrap_or(named);
        if let Some(range) = node.text().filter(|range| !intersects(range, named)) {
            let message = format!("`engines` asks for pnpm `{range}`, and the repository names {named}");
            let told = report.out_of_sync(source.at_node(node), message);
            told.help("name a version of pnpm that it admits").subject("engines");
        }
    }
}

/// A list of texts, as pnpm before 10 asks for it.
fn names_packages(list: Node<'_>) -> bool {
    list.is_seq() && list.items().all(|item| item.as_str().is_some_and(|text| !text.is_empty()))
}
