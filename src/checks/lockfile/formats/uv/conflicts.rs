//! `conflicts` of pyproject.toml against those of uv.lock: extras and groups that exclude each other.

use std::collections::BTreeSet;

use crate::sorted::IntoSet as _;
use crate::tree::Node;

use super::super::super::python::normalised;
use super::super::super::report::Report;
use super::sync::Comparison;

/// Sets of conflicts that are made from others. Nobody has more.
const MOST_CONFLICTS: usize = 2_000;

impl Comparison<'_, '_> {
    /// Compares `conflicts`.
    pub fn conflicts(&self, report: &mut Report<'_>) {
        let (written, owners) = self.written_conflicts();
        let Some(wanted) = self.wanted_conflicts(&written) else {
            report.not_verified("the conflicts of the manifest are too many to compare");
            return;
        };
        let locked = conflict_sets(self.root.get("conflicts"), None);
        // uv compares a list, in which those that follow come last. How several members are sorted is not known.
        let same_order = owners > 1 || locked.starts_with(&written);
        let (sum, as_set) = (locked.len(), locked.into_set());
        let repeated = written.len() - written.iter().into_set().len();
        if same_order && wanted == as_set && sum == wanted.len() + repeated {
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

    /// The conflicts that are written, and how many manifests have some.
    fn written_conflicts(&self) -> (Vec<ConflictSet>, usize) {
        let workspace = self.workspace;
        let bare = Some((None, &workspace.root)).filter(|_| workspace.has_bare_root());
        let members = workspace.members.iter().map(|(name, member)| (Some(name.as_str()), member));
        let (mut written, mut owners) = (Vec::new(), 0);
        for (name, manifest) in bare.into_iter().chain(members) {
            let sets = conflict_sets(manifest.uv("conflicts"), name);
            owners += usize::from(!sets.is_empty());
            written.extend(sets);
        }
        (written, owners)
    }

    /// The conflicts that are written, and those that follow because groups include groups.
    fn wanted_conflicts(&self, written: &[ConflictSet]) -> Option<BTreeSet<ConflictSet>> {
        let mut sets: BTreeSet<ConflictSet> = written.iter().cloned().into_set();
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
fn conflict_sets(node: Option<Node<'_>>, owner: Option<&str>) -> Vec<ConflictSet> {
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
