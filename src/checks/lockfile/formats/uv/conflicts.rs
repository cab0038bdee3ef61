//! `conflicts` of pyproject.toml against those of uv.lock: extras and groups that exclude each other.

use std::collections::BTreeSet;

use crate::tree::Node;

use super::super::super::python::normalised;
use super::super::super::report::Report;
use super::sync::Comparison;

/// Sets of conflicts that are made from others. Nobody has more.
const MOST_CONFLICTS: usize = 2_000;

impl Comparison<'_, '_> {
    /// Compares `conflicts`.
    pub fn conflicts(&self, report: &mut Report<'_>) {
        let Some(wanted) = self.wanted_conflicts() else {
            report.not_verified("the conflicts of the manifest are too many to compare");
            return;
        };
        let locked = conflict_sets(self.root.get("conflicts"), None);
        if wanted == locked {
            return;
        }
        let node = self.workspace.root.uv("conflicts");
        let place = if node.is_some() { self.manifest(node) } else { self.locked(&["conflicts"]) };
        let told = report
            .out_of_sync(place, "`conflicts` is not what the lockfile was resolved with")
            .subject("conflicts");
        if node.is_some() && self.root.get("conflicts").is_some() {
            told.related(self.locked(&["conflicts"]), "the lockfile");
        }
    }

    /// The conflicts of all members, and those that follow because groups include groups.
    fn wanted_conflicts(&self) -> Option<BTreeSet<ConflictSet>> {
        let mut sets = BTreeSet::new();
        if self.workspace.has_bare_root() {
            sets.extend(conflict_sets(self.workspace.root.uv("conflicts"), None));
        }
        for (name, member) in &self.workspace.members {
            sets.extend(conflict_sets(member.uv("conflicts"), Some(name)));
        }
        let Some(root) = self.workspace.root.name() else { return Some(sets) };
        let includes = self.workspace.root.includes();
        let mut queue: Vec<ConflictSet> = sets.iter().cloned().collect();
        while let Some(set) = queue.pop() {
            for item in set.iter().filter(|(package, kind, _)| *package == root && *kind == "group") {
                let including = includes.iter().filter(|(_, included)| included.contains(&item.2));
                for (group, _) in including {
                    let mut new = set.clone();
                    new.remove(item);
                    new.insert((root.clone(), "group", group.clone()));
                    if new.len() > 1 && !sets.contains(&new) {
                        if sets.len() >= MOST_CONFLICTS {
                            return None;
                        }
                        sets.insert(new.clone());
                        queue.push(new);
                    }
                }
            }
        }
        Some(sets)
    }
}

/// Things that exclude each other: package, kind, name.
type ConflictSet = BTreeSet<(String, &'static str, String)>;

/// Reads a list of lists of `{ package, extra | group }`. Entries without a package are `owner`'s.
fn conflict_sets(node: Option<Node<'_>>, owner: Option<&str>) -> BTreeSet<ConflictSet> {
    let set = |list: Node<'_>| -> ConflictSet {
        list.items()
            .filter_map(|item| {
                let text = |key: &str| item.get(key).and_then(|node| node.text()).map(normalised);
                let package = text("package").or_else(|| owner.map(str::to_owned))?;
                Some(match (text("extra"), text("group")) {
                    (Some(extra), _) => (package, "extra", extra),
                    (None, Some(group)) => (package, "group", group),
                    (None, None) => (package, "project", String::new()),
                })
            })
            .collect()
    };
    node.into_iter().flat_map(|list| list.items()).map(set).filter(|set| !set.is_empty()).collect()
}
