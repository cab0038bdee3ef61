//! What pnpm refuses before it looks at the lockfile.

use crate::tree::{Node, Syntax};

use super::super::super::node::spec::intersects;
use super::super::super::report::Report;
use super::settings::Era;
use super::sync::Comparison;

impl Comparison<'_> {
    /// Every version refuses a pnpm-workspace.yaml of another form than it should have. False if it cannot be read.
    pub fn workspace_form(&self, report: &mut Report<'_>) -> bool {
        let Some(source) = self.settings.workspace.as_deref() else { return true };
        if !source.tree(Syntax::Yaml).is_clean() {
            report.not_verified(format!("`{}` cannot be read, so the two were not compared", source.path()));
            return false;
        }
        let fault = self.settings.workspace_root().and_then(|root| self.misshapen(root));
        if let Some((node, what)) = fault {
            let told = report.out_of_sync(source.at_node(node), format!("pnpm refuses {what}"));
            told.help("write it as pnpm's documentation has it").subject("workspace");
        }
        true
    }

    fn misshapen<'n>(&self, root: Node<'n>) -> Option<(Node<'n>, &'static str)> {
        let is_table = |node: Node<'_>| node.is_map() || node.is_null();
        if !is_table(root) {
            return Some((root, "a pnpm-workspace.yaml that is no table"));
        }
        let packages = root.get("packages").filter(|node| !node.is_null());
        if let Some(packages) = packages.filter(|list| !self.is_list_of_packages(*list)) {
            return Some((packages, "`packages` that are no list of texts"));
        }
        // pnpm before 9 does not know catalogs.
        let catalogs = root.get("catalogs").filter(|_| self.is_nine());
        let named = catalogs.into_iter().flat_map(|table| table.entries()).map(|(_, table)| table);
        let plain = root.get("catalog").filter(|_| self.is_nine());
        if let Some(catalog) = plain.into_iter().chain(catalogs).chain(named).find(|node| !is_table(*node)) {
            return Some((catalog, "a catalog that is no table"));
        }
        let twice = plain.filter(|_| catalogs.is_some_and(|table| table.get("default").is_some()));
        twice.map(|catalog| (catalog, "`catalog` beside `catalogs.default`, which are the same"))
    }

    /// Numbers in the list are taken since pnpm 11.
    fn is_list_of_packages(&self, list: Node<'_>) -> bool {
        let is_taken = |item: Node<'_>| match item.as_str() {
            Some(text) => !text.is_empty(),
            None => matches!(self.settings.era, Era::New | Era::Unknown),
        };
        list.is_seq() && list.items().all(is_taken)
    }

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
        if passes || packages.is_some_and(|list| !list.is_null()) || root.is_some_and(|root| !root.is_map()) {
            return;
        }
        let message = "pnpm before 10 refuses a pnpm-workspace.yaml without `packages`";
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
