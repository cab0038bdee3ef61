//! The paths in which two commits differ: added, changed, deleted, and given another mode.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use gix::ObjectId;
use gix::bstr::ByteSlice as _;

use super::Git;

/// Folders inside one another that are followed.
const MAX_DEPTH: usize = 256;

/// What stands under a name: object and mode.
type Entries = BTreeMap<String, (ObjectId, u16, bool)>;

impl Git {
    /// The paths in which the trees of two commits differ, relative to the checkout's root, sorted.
    ///
    /// # Errors
    /// What is not in this clone.
    pub fn differing_paths(&self, base: &str, head: &str) -> Result<Vec<String>> {
        let repository = self.repository.to_thread_local();
        let tree = |commit: &str| -> Result<ObjectId> {
            let id = super::git::hex(commit).context("no id of a commit")?;
            Ok(repository.find_commit(id)?.tree_id()?.detach())
        };
        let mut paths = Vec::new();
        compare(&repository, Some(tree(base)?), Some(tree(head)?), "", 0, &mut paths)?;
        let own = paths.iter().filter_map(|path| path.strip_prefix(&self.prefix).map(str::to_owned));
        Ok(own.collect())
    }
}

fn compare(
    repository: &gix::Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    path: &str,
    depth: usize,
    paths: &mut Vec<String>,
) -> Result<()> {
    if old == new {
        return Ok(());
    }
    if depth > MAX_DEPTH {
        bail!("folders are nested more than {MAX_DEPTH} deep");
    }
    let (old, new) = (entries(repository, old)?, entries(repository, new)?);
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before == after {
            continue;
        }
        let inner = format!("{path}{name}");
        let folder = |side: Option<&(ObjectId, u16, bool)>| side.filter(|side| side.2).map(|side| side.0);
        if [before, after].into_iter().flatten().any(|side| !side.2) {
            paths.push(inner.clone());
        }
        compare(repository, folder(before), folder(after), &format!("{inner}/"), depth + 1, paths)?;
    }
    Ok(())
}

fn entries(repository: &gix::Repository, tree: Option<ObjectId>) -> Result<Entries> {
    let Some(tree) = tree else { return Ok(Entries::new()) };
    let object = repository.find_tree(tree).context("a tree is not in this clone")?;
    let entry = |entry: gix::objs::tree::EntryRef<'_>| {
        let name = entry.filename.to_str_lossy().into_owned();
        (name, (entry.oid.to_owned(), entry.mode.value(), entry.mode.is_tree()))
    };
    let decoded = object.decode().context("a tree is damaged")?;
    Ok(decoded.entries.into_iter().map(entry).collect())
}
