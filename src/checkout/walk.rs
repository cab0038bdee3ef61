//! A walk through the trees of commits that enters nothing twice. It begins at the checkout's root, which may be a folder
//! of the repository: what lies outside says nothing about what was seen.

use std::borrow::Cow;

use anyhow::{Context as _, Result, bail};
use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::hashtable::HashSet;
use gix::objs::TreeRefIter;

use super::Git;
use super::arrivals::Arrival;
use super::packs::Packs;
use super::packs::trees::Trees;
use super::range::Commit;
use crate::parallel;

/// Folders inside one another that are followed.
const MAX_DEPTH: usize = 256;

/// Commits whose trees are decoded before they are walked.
const BATCH: usize = 1024;

/// Commits that one thread walks through at a time.
const PART: usize = 256;

/// Everything below the checkout's root in a tree.
pub(super) fn all_in(git: &Git, packs: &Packs, tree: ObjectId, trees: &Trees) -> Result<HashSet<ObjectId>> {
    let nothing = HashSet::default();
    let mut walk = Walk::new(git, packs, &nothing);
    walk.enter(tree, trees, None)?;
    Ok(walk.seen)
}

/// The blobs below the checkout's root in a tree, but for what is known.
pub(super) fn new_in(
    git: &Git,
    packs: &Packs,
    tree: ObjectId,
    known: &HashSet<ObjectId>,
) -> Result<Vec<Arrival>> {
    let mut walk = Walk::new(git, packs, known);
    walk.enter(tree, &Trees::read(packs, [tree], known), None)?;
    Ok(walk.blobs)
}

/// The blobs below the checkout's root in the trees of commits, each once and with the first commit that has it, but
/// for what is known.
pub(super) fn through(
    git: &Git,
    packs: &Packs,
    commits: &[Commit],
    known: &HashSet<ObjectId>,
) -> Result<Vec<Arrival>> {
    let mut blobs = Vec::new();
    let mut known = known.clone();
    for batch in commits.chunks(BATCH) {
        let trees = Trees::read(packs, batch.iter().map(|commit| commit.tree), &known);
        let parts: Vec<&[Commit]> = batch.chunks(PART).collect();
        let walked = parallel::each(&parts, |part| {
            let mut walk = Walk::new(git, packs, &known);
            let mut commits = part.iter();
            let done = commits.try_for_each(|commit| walk.enter(commit.tree, &trees, Some(commit.id)));
            done.map(|()| (walk.seen, walk.blobs))
        });
        for part in walked {
            let (seen, new) = part?;
            blobs.extend(new.into_iter().filter(|arrival| known.insert(arrival.blob)));
            known.extend(seen);
        }
    }
    Ok(blobs)
}

struct Walk<'w> {
    git: &'w Git,
    packs: &'w Packs,
    /// Objects in which nothing is new.
    known: &'w HashSet<ObjectId>,
    seen: HashSet<ObjectId>,
    blobs: Vec<Arrival>,
    /// Reads trees that were not decoded beforehand.
    repository: Option<gix::Repository>,
}

impl<'w> Walk<'w> {
    fn new(git: &'w Git, packs: &'w Packs, known: &'w HashSet<ObjectId>) -> Walk<'w> {
        Walk { git, packs, known, seen: HashSet::default(), blobs: Vec::new(), repository: None }
    }

    /// Enters the checkout's root in the tree of a commit. `trees` are those that are decoded already.
    fn enter(&mut self, mut tree: ObjectId, trees: &Trees, commit: Option<ObjectId>) -> Result<()> {
        for name in self.git.folders() {
            // What is known is not in `trees`, and has nothing new below it.
            let Some(folder) = self.folder(tree, name, trees)? else { return Ok(()) };
            tree = folder;
        }
        if self.is_new(&tree) { self.tree(tree, trees, &mut String::new(), commit, 0) } else { Ok(()) }
    }

    fn folder(&mut self, tree: ObjectId, name: &str, trees: &Trees) -> Result<Option<ObjectId>> {
        for entry in TreeRefIter::from_bytes(&self.read(tree, trees)?, self.packs.hash()) {
            let entry = entry.context("a tree is damaged")?;
            if entry.mode.is_tree() && entry.filename == name {
                return Ok(Some(entry.oid.to_owned()));
            }
        }
        Ok(None)
    }

    fn is_new(&mut self, object: &gix::oid) -> bool {
        !self.known.contains(object) && self.seen.insert(object.to_owned())
    }

    fn tree(
        &mut self,
        tree: ObjectId,
        trees: &Trees,
        path: &mut String,
        commit: Option<ObjectId>,
        depth: usize,
    ) -> Result<()> {
        if depth > MAX_DEPTH {
            bail!("folders are nested more than {MAX_DEPTH} deep");
        }
        for entry in TreeRefIter::from_bytes(&self.read(tree, trees)?, self.packs.hash()) {
            let entry = entry.context("a tree is damaged")?;
            let is_folder = entry.mode.is_tree();
            if !(is_folder || entry.mode.is_blob()) || !self.is_new(entry.oid) {
                continue;
            }
            let length = path.len();
            path.push_str(&entry.filename.to_str_lossy());
            if is_folder {
                path.push('/');
                self.tree(entry.oid.to_owned(), trees, path, commit, depth + 1)?;
            } else {
                let commit = commit.map(|commit| commit.to_string().into());
                self.blobs.push(Arrival { blob: entry.oid.to_owned(), path: path.as_str().into(), commit });
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn read<'t>(&mut self, tree: ObjectId, trees: &'t Trees) -> Result<Cow<'t, [u8]>> {
        if let Some(bytes) = trees.get(&tree) {
            return Ok(Cow::Borrowed(bytes));
        }
        let repository = self.repository.get_or_insert_with(|| self.git.walker());
        Ok(Cow::Owned(repository.find_tree(tree).context("a tree is not in this clone")?.detach().data))
    }
}
