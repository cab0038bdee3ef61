//! The commits that one commit reaches and another one does not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use anyhow::{Context as _, Result};
use gix::ObjectId;
use gix::hashtable::HashMap;
use gix::object::Kind;
use gix::objs::CommitRefIter;

use super::arrivals::message_of;
use super::packs::{Inflater, Packs};

/// Commits that have more bytes are damaged, or made to do damage.
const LIMIT: u64 = 64 << 20;

/// A commit.
pub(super) struct Commit {
    pub id: ObjectId,
    pub tree: ObjectId,
    /// What somebody wrote of it.
    pub message: Box<[u8]>,
    parents: Box<[ObjectId]>,
    /// Seconds since 1970, by the committer's clock.
    time: i64,
    reached: Reached,
    /// True if its parents are still to be told.
    waits: bool,
}

/// Which of the two reach a commit, as far as it is known.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Reached {
    by_head: bool,
    by_base: bool,
}

impl Reached {
    fn or(self, other: Reached) -> Reached {
        Reached { by_head: self.by_head || other.by_head, by_base: self.by_base || other.by_base }
    }

    fn by_both(self) -> bool {
        self.by_head && self.by_base
    }
}

/// Commits that `head` reaches and `base` does not, parents before children, otherwise by their time.
///
/// # Errors
/// A commit that is not in this clone.
pub(super) fn between(
    repository: &gix::Repository,
    packs: &Packs,
    base: ObjectId,
    head: ObjectId,
) -> Result<Vec<Commit>> {
    let mut range = Range {
        repository,
        inflater: Inflater::new(packs),
        commits: HashMap::default(),
        queue: BinaryHeap::new(),
        open: 0,
    };
    range.reach(head, Reached { by_head: true, by_base: false })?;
    range.reach(base, Reached { by_head: false, by_base: true })?;
    while range.open > 0 {
        let Some((_, id)) = range.queue.pop() else { break };
        range.tell_parents(id)?;
    }
    Ok(range.oldest_first(head))
}

struct Range<'r> {
    repository: &'r gix::Repository,
    inflater: Inflater<'r>,
    commits: HashMap<ObjectId, Commit>,
    /// Commits whose parents are to be told, the newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    /// How many of these not both reach. What both reach leads to nothing new.
    open: usize,
}

impl Range<'_> {
    /// One of the two, or both, reach a commit.
    fn reach(&mut self, id: ObjectId, reached: Reached) -> Result<()> {
        if !self.commits.contains_key(&id) {
            let commit = self.read(id).with_context(|| format!("{id} is no commit of this clone"))?;
            self.commits.insert(id, commit);
        }
        let Some(commit) = self.commits.get_mut(&id) else { return Ok(()) };
        let all = commit.reached.or(reached);
        if all == commit.reached {
            return Ok(());
        }
        self.open -= usize::from(commit.waits && !commit.reached.by_both());
        if !commit.waits {
            self.queue.push((commit.time, id));
        }
        commit.waits = true;
        commit.reached = all;
        self.open += usize::from(!all.by_both());
        Ok(())
    }

    fn tell_parents(&mut self, id: ObjectId) -> Result<()> {
        let Some(commit) = self.commits.get_mut(&id) else { return Ok(()) };
        let (parents, reached) = (commit.parents.clone(), commit.reached);
        commit.waits = false;
        self.open -= usize::from(!reached.by_both());
        parents.iter().try_for_each(|parent| self.reach(*parent, reached))
    }

    fn read(&mut self, id: ObjectId) -> Option<Commit> {
        let object;
        let bytes = match self.inflater.whole(&id, LIMIT) {
            Some((Kind::Commit, bytes)) => bytes,
            Some(_) => return None,
            None => {
                object = self.repository.find_commit(id).ok()?;
                &object.data
            }
        };
        let hash = self.repository.object_hash();
        Some(Commit {
            id,
            tree: CommitRefIter::from_bytes(bytes, hash).tree_id().ok()?,
            message: message_of(bytes).into(),
            parents: CommitRefIter::from_bytes(bytes, hash).parent_ids().collect(),
            time: CommitRefIter::from_bytes(bytes, hash).committer().ok()?.seconds(),
            reached: Reached::default(),
            waits: false,
        })
    }

    /// The commits that only the head reaches.
    fn oldest_first(mut self, head: ObjectId) -> Vec<Commit> {
        let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::default();
        let mut waiting: HashMap<ObjectId, usize> = HashMap::default();
        let mut ready = BinaryHeap::new();
        let mut next = vec![head];
        while let Some(id) = next.pop() {
            let is_new = |commit: &&Commit| !commit.reached.by_base;
            let Some(commit) = self.commits.get(&id).filter(is_new) else { continue };
            if waiting.contains_key(&id) {
                continue;
            }
            let new = |parent: &&ObjectId| self.commits.get(*parent).as_ref().is_some_and(is_new);
            let parents: Vec<ObjectId> = commit.parents.iter().filter(new).copied().collect();
            waiting.insert(id, parents.len());
            if parents.is_empty() {
                ready.push(Reverse((commit.time, id)));
            }
            for parent in &parents {
                children.entry(*parent).or_default().push(id);
            }
            next.extend(parents);
        }
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse((_, id))) = ready.pop() {
            order.extend(self.commits.remove(&id));
            for child in children.remove(&id).unwrap_or_default() {
                let Some(count) = waiting.get_mut(&child) else { continue };
                *count -= 1;
                if *count == 0 {
                    let time = self.commits.get(&child).map_or(0, |commit| commit.time);
                    ready.push(Reverse((time, child)));
                }
            }
        }
        order
    }
}
