//! The blobs that commits bring in, each once, with the first commit and path that has it.
//!
//! What is looked at is trees, not patches: a merge that adds something of its own is seen like any other commit.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::hashtable::HashSet;

use super::bases::Bases;
use super::packs::Packs;
use super::packs::graph::Graph;
use super::packs::trees::Trees;
use super::range::{self, Commit};
use super::{BlobError, Git, git, walk};
use crate::parallel;

/// Bytes of objects that are kept at hand while trees are walked.
const OBJECT_CACHE: usize = 48 << 20;

/// A blob, and where it came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub(super) blob: ObjectId,
    /// Relative to the checkout's root.
    pub path: Box<str>,
    /// The commit, in hex; `None` if only trees were compared.
    pub commit: Option<Box<str>>,
}

/// What somebody wrote of a commit, or in an annotated tag.
#[derive(Clone, Debug)]
pub struct Message {
    /// The commit or tag, in hex.
    pub object: Box<str>,
    /// The text.
    pub text: Box<[u8]>,
    /// True if it is that of a tag.
    pub is_tag: bool,
}

/// True for messages that are worth keeping: there are thousands.
pub type Worth<'w> = &'w (dyn Fn(&[u8]) -> bool + Sync);

/// What came in.
#[derive(Debug, Default)]
pub struct Arrivals {
    /// Messages of the commits that were walked, as far as they are worth it.
    pub messages: Vec<Message>,
    /// Each blob once.
    pub blobs: Vec<Arrival>,
    /// Commits that were walked.
    pub commits: usize,
    /// What the walk needed and this clone does not hold.
    pub missing: Option<&'static str>,
    /// Objects that were there before.
    known: HashSet<ObjectId>,
}

/// Where blobs lie in a commit.
#[derive(Debug, Default)]
pub struct Places {
    paths: HashMap<ObjectId, Box<str>>,
}

impl Places {
    /// The path at which the commit has this very blob.
    pub fn of(&self, arrival: &Arrival) -> Option<&str> {
        self.paths.get(&arrival.blob).map(|path| &**path)
    }
}

/// Reads blobs, in one thread.
pub struct Reader<'g> {
    repository: gix::Repository,
    prefix: &'g str,
}

impl Reader<'_> {
    /// The content of a file (relative to the checkout's root) in a commit.
    pub fn file(&self, commit: &str, path: &str) -> Result<Vec<u8>, BlobError> {
        super::git::blob(&self.repository, commit, &format!("{}{path}", self.prefix))
    }

    /// The content of a blob of at most `limit` bytes. The error says why it cannot be had.
    pub fn read(&self, arrival: &Arrival, limit: u64) -> Result<Vec<u8>, String> {
        let missing = |_| "its content is not in this clone".to_owned();
        let size = self.repository.find_header(arrival.blob).map_err(missing)?.size();
        if size > limit {
            return Err(format!("it has {} MiB, the limit is {} MiB", size >> 20, limit >> 20));
        }
        Ok(self.repository.find_object(arrival.blob).map_err(missing)?.detach().data)
    }
}

impl Git {
    /// Reads blobs for one thread.
    pub fn reader(&self) -> Reader<'_> {
        let mut repository = self.repository.to_thread_local();
        repository.objects.set_pack_cache(|| Box::new(Bases::default()));
        Reader { repository, prefix: &self.prefix }
    }

    /// The commit that a full id or a branch or tag names.
    pub fn commit_of(&self, name: &str) -> Option<String> {
        let repository = self.repository.to_thread_local();
        if self.has_commit(name) {
            return Some(name.to_owned());
        }
        let mut reference = repository.try_find_reference(name).ok()??;
        reference.peel_to_commit().ok().map(|commit| commit.id.to_string())
    }

    /// Blobs of the commits that `head` reaches and `base` does not. An error if history is missing.
    pub fn arrivals_between(&self, base: &str, head: &str, worth: Worth<'_>) -> Result<Arrivals> {
        let repository = self.walker();
        let packs = Packs::open(&repository);
        let (base, head) = (id(base)?, id(head)?);
        let tree = tree_of(&repository, base)?;
        let decode = || Trees::read(&packs, [tree], &HashSet::default());
        let (trees, commits) = parallel::both(decode, || range::between(&repository, &packs, base, head));
        let commits = commits?;
        let known = walk::all_in(self, &packs, tree, &trees)?;
        let (messages, blobs) =
            parallel::both(|| messages_of(&commits, worth), || walk::through(self, &packs, &commits, &known));
        Ok(Arrivals { messages, blobs: blobs?, commits: commits.len(), missing: None, known })
    }

    /// Blobs of the tree of `head` that the tree of `base` has nowhere.
    pub fn arrivals_of_trees(&self, base: &str, head: &str) -> Result<Arrivals> {
        let repository = self.walker();
        let packs = Packs::open(&repository);
        let known = self.known(&packs, tree_of(&repository, id(base)?)?)?;
        let blobs = walk::new_in(self, &packs, tree_of(&repository, id(head)?)?, &known)?;
        Ok(Arrivals { blobs, known, ..Arrivals::default() })
    }

    /// Blobs of every commit that any branch, tag or other ref reaches.
    pub fn arrivals_of_history(&self, worth: Worth<'_>) -> Result<Arrivals> {
        let repository = self.walker();
        let (mut tips, mut tags) = (Vec::new(), Vec::new());
        for reference in repository.references()?.all()? {
            // A ref that names no commit brings no history.
            let Ok(mut reference) = reference.map_err(|error| anyhow::anyhow!("{error}")) else { continue };
            tag_messages(&repository, &reference, worth, &mut tags);
            tips.extend(reference.peel_to_commit().ok().map(|commit| commit.id));
        }
        tips.extend(repository.head_id().ok().map(gix::Id::detach));
        let packs = Packs::open(&repository);
        let mut arrivals = Graph::read(&repository, &packs, worth).arrivals(&tips, self);
        arrivals.messages.extend(tags);
        Ok(arrivals)
    }

    /// Blobs that are staged and that the commit that is checked out has nowhere.
    pub fn arrivals_staged(&self) -> Result<Arrivals> {
        let repository = self.walker();
        let packs = Packs::open(&repository);
        let mut known = match repository.head_tree_id() {
            Ok(tree) => self.known(&packs, tree.detach())?,
            Err(_) => HashSet::default(),
        };
        let index = git::index(&repository).context("the index cannot be read")?;
        let mut blobs = Vec::new();
        for entry in index.entries().iter().filter(|entry| entry.mode.contains(gix::index::entry::Mode::FILE))
        {
            let path = entry.path(&index).to_str_lossy();
            if let Some(path) = path.strip_prefix(&self.prefix)
                && known.insert(entry.id)
            {
                blobs.push(Arrival { blob: entry.id, path: path.into(), commit: None });
            }
        }
        Ok(Arrivals { blobs, ..Arrivals::default() })
    }

    /// Where the blobs that arrived lie in a commit.
    pub fn places(&self, arrivals: &Arrivals, commit: &str) -> Result<Places> {
        let repository = self.walker();
        let packs = Packs::open(&repository);
        let tree = tree_of(&repository, id(commit)?)?;
        let blobs = walk::new_in(self, &packs, tree, &arrivals.known)?.into_iter();
        Ok(Places { paths: blobs.map(|arrival| (arrival.blob, arrival.path)).collect() })
    }

    /// When the author wrote a commit.
    pub fn time_of(&self, commit: &str) -> Option<jiff::Timestamp> {
        let repository = self.repository.to_thread_local();
        let time = repository.find_commit(id(commit).ok()?).ok()?.author().ok()?.time().ok()?;
        jiff::Timestamp::from_second(time.seconds).ok()
    }

    /// Everything in a tree.
    fn known(&self, packs: &Packs, tree: ObjectId) -> Result<HashSet<ObjectId>> {
        walk::all_in(self, packs, tree, &Trees::read(packs, [tree], &HashSet::default()))
    }

    /// Reads trees for one thread.
    pub(super) fn walker(&self) -> gix::Repository {
        let mut repository = self.repository.to_thread_local();
        repository.object_cache_size_if_unset(OBJECT_CACHE);
        repository.objects.set_pack_cache(|| Box::new(Bases::default()));
        repository
    }
}

/// The messages of commits that are worth keeping.
fn messages_of(commits: &[Commit], worth: Worth<'_>) -> Vec<Message> {
    let kept = commits.iter().filter(|commit| worth(&commit.message));
    let message = |commit: &Commit| Message {
        object: commit.id.to_string().into(),
        text: commit.message.clone(),
        is_tag: false,
    };
    kept.map(message).collect()
}

/// The messages of the annotated tags that a ref stands for.
fn tag_messages(
    repository: &gix::Repository,
    reference: &gix::Reference<'_>,
    worth: Worth<'_>,
    messages: &mut Vec<Message>,
) {
    /// Tags of tags that are followed.
    const MAX_TAGS: usize = 8;
    let mut next = reference.try_id().map(gix::Id::detach);
    for _ in 0..MAX_TAGS {
        let Some(id) = next.take() else { return };
        let is_tag = repository.find_header(id).is_ok_and(|header| header.kind() == gix::object::Kind::Tag);
        let Some(tag) = is_tag.then(|| repository.find_tag(id).ok()).flatten() else { return };
        let text = message_of(&tag.data);
        if worth(text) && !messages.iter().any(|known| *known.object == *id.to_string()) {
            messages.push(Message { object: id.to_string().into(), text: text.into(), is_tag: true });
        }
        next = tag.target_id().ok().map(gix::Id::detach);
    }
}

/// What stands behind the headers of a commit or tag.
pub(super) fn message_of(object: &[u8]) -> &[u8] {
    memchr::memmem::find(object, b"\n\n").map_or(&[], |place| &object[place + 2..])
}

fn tree_of(repository: &gix::Repository, commit: ObjectId) -> Result<ObjectId> {
    Ok(repository.find_commit(commit)?.tree_id()?.detach())
}

fn id(commit: &str) -> Result<ObjectId> {
    super::git::hex(commit).context("no id of a commit")
}
