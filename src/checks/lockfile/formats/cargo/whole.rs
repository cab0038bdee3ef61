//! What concerns Cargo.lock as a whole: patches, packages that are no longer there, checksums.

use crate::location::Location;
use crate::tree::Node;

use super::super::super::report::Report;
use super::Entry;
use super::sync::{Comparison, is_from};

/// Compares, and reports what differs.
pub fn compare(comparison: &Comparison<'_, '_>, root: Node<'_>, report: &mut Report<'_>) {
    let whole = Whole { comparison };
    whole.superfluous(report);
    whole.patches(root, report);
    whole.replacements(report);
    whole.checksums(report);
    whole.foreign_needs(report);
}

struct Whole<'w, 'c, 's> {
    comparison: &'w Comparison<'c, 's>,
}

impl Whole<'_, '_, '_> {
    /// The lockfile records no package of the repository that is not there. Cargo passes over those.
    fn superfluous(&self, report: &mut Report<'_>) {
        let comparison = self.comparison;
        if !comparison.workspace.problems.is_empty() || comparison.workspace.replaces {
            return;
        }
        let is_gone = |entry: &&Entry<'_>| entry.source.is_none() && !comparison.is_known(entry.name);
        for entry in comparison.entries.iter().filter(is_gone) {
            let message =
                format!("the lockfile records `{}` as part of the workspace, and it is none", entry.name);
            report.drift(comparison.at(entry), message).subject(format!("no member {}", entry.name));
        }
    }

    /// Every patch is in use, or recorded as unused.
    fn patches(&self, root: Node<'_>, report: &mut Report<'_>) {
        let comparison = self.comparison;
        let list = root.at(&["patch", "unused"]).into_iter().flat_map(|list| list.items());
        let unused: Vec<(&str, Node<'_>)> =
            list.filter_map(|node| Some((node.get("name")?.text()?, node.get("name")?))).collect();
        for (patch, source) in &comparison.workspace.patches {
            let mut named = comparison.names.named(comparison.entries, &patch.name);
            let is_used = named.any(|index| is_from(&patch.source, &comparison.entries[index]));
            if is_used || unused.iter().any(|(name, _)| *name == patch.name) {
                continue;
            }
            let message =
                format!("the patch of `{}` is not in the lockfile, neither used nor unused", patch.name);
            let place = source.at(patch.place.clone());
            report.out_of_sync(place, message).subject(format!("patch {}", patch.name));
        }
        for (name, node) in unused {
            if !comparison.workspace.patches.iter().any(|(patch, _)| patch.name == name) {
                let message =
                    format!("the lockfile records an unused patch of `{name}`, and there is no such patch");
                let place = comparison.project.source.at(node.range());
                report.drift(place, message).subject(format!("no patch {name}"));
            }
        }
    }

    /// `[replace]`, the older way of patching, is recorded with the packages that it replaces.
    fn replacements(&self, report: &mut Report<'_>) {
        let recorded = self.comparison.entries.iter().any(|entry| entry.is_replaced);
        if self.comparison.workspace.replaces && !recorded {
            let place = Location::file(report.path());
            report.out_of_sync(place, "the lockfile does not know of `[replace]`").subject("replace");
        }
    }

    /// Where some packages of the registry have a checksum, Cargo wants one for each.
    fn checksums(&self, report: &mut Report<'_>) {
        let registry = self.comparison.entries.iter().filter(|entry| is_registry(entry));
        let (with, without): (Vec<_>, Vec<_>) = registry.partition(|entry| entry.checksum.is_some());
        if let (Some(entry), false) = (without.first(), with.is_empty()) {
            let message = "cargo refuses the lockfile because a checksum is missing";
            report.out_of_sync(self.comparison.at(entry), message).subject("checksum");
        }
    }

    /// Packages of a registry need packages of a registry, unless a patch says otherwise.
    fn foreign_needs(&self, report: &mut Report<'_>) {
        let comparison = self.comparison;
        if comparison.workspace.replaces {
            return;
        }
        for (entry, package) in comparison.entries.iter().zip(&comparison.lock.packages) {
            for (number, &index) in package.needs.iter().enumerate().filter(|_| is_registry(entry)) {
                let needed = &comparison.entries[index];
                if is_registry(needed) || comparison.is_patched(needed.name, needed) {
                    continue;
                }
                let Some(node) = entry.written().nth(number) else { continue };
                let message = format!(
                    "`{}` of the registry is made to need `{}` from elsewhere, and no manifest patches that",
                    entry.name, needed.name
                );
                report
                    .out_of_sync(comparison.project.source.at(node.range()), message)
                    .related(comparison.at(needed), "locked here")
                    .subject(format!("foreign {} {}", entry.name, needed.name));
            }
        }
    }
}

fn is_registry(entry: &Entry<'_>) -> bool {
    entry.source.is_some_and(|source| !source.starts_with("git+"))
}
