//! What git knows of the repository, read without a git binary: tracked files, commits, blobs of a commit.

use std::path::Path;

use gix::bstr::ByteSlice;

/// A git repository around the checkout.
pub struct Git {
    pub(super) repository: gix::ThreadSafeRepository,
    /// Where the checkout's root lies in the work tree: empty, or with a final `/`.
    pub(super) prefix: String,
}

/// Why a blob of a commit cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub enum BlobError {
    /// The commit, or an object on the way to the blob, is not in this clone.
    NotInClone,
    /// The commit holds nothing at this path.
    NoSuchFile,
    /// The commit holds a folder, link or submodule at this path.
    NotAFile,
}

impl Git {
    /// The repository that `root` lies in. Settings of the user and the system are not read.
    pub(super) fn discover(root: &Path) -> Option<Git> {
        let top = root.ancestors().find(|folder| folder.join(".git").exists())?;
        let prefix = root.strip_prefix(top).ok()?.to_str()?.replace('\\', "/");
        let prefix = if prefix.is_empty() { prefix } else { prefix + "/" };
        let repository = gix::ThreadSafeRepository::open_opts(top, gix::open::Options::isolated()).ok()?;
        Some(Git { repository, prefix })
    }

    /// Where the checkout's root lies in the work tree: empty, or with a final `/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The folders of the repository that lead to the checkout's root, the outermost first.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> + use<'_> {
        self.prefix.split_terminator('/')
    }

    /// The paths in the index, relative to the checkout's root, sorted; `None` if there is no readable index.
    /// Submodules are not files.
    pub(super) fn tracked(&self) -> Option<Vec<Box<str>>> {
        let index = index(&self.repository.to_thread_local()).ok()?;
        let mut paths: Vec<Box<str>> = index
            .entries()
            .iter()
            .filter(|entry| entry.mode.contains(gix::index::entry::Mode::FILE))
            .filter_map(|entry| entry.path(&index).to_str().ok()?.strip_prefix(&self.prefix).map(Into::into))
            .collect();
        crate::sorted::by_bytes(&mut paths, |path| path.as_bytes());
        paths.dedup();
        Some(paths)
    }

    /// The commit that is checked out, in hex.
    pub fn head(&self) -> Option<String> {
        Some(self.repository.to_thread_local().head_id().ok()?.to_string())
    }

    /// The branch that is checked out, if one is.
    pub fn current_branch(&self) -> Option<String> {
        let name = self.repository.to_thread_local().head_name().ok()??;
        Some(name.shorten().to_str().ok()?.to_owned())
    }

    /// The address of `origin`, as the clone's settings have it.
    pub fn origin(&self) -> Option<String> {
        let repository = self.repository.to_thread_local();
        Some(repository.config_snapshot().string("remote.origin.url")?.to_string())
    }

    /// The newest commit of a branch, as the server had it when it was fetched; failing that, the branch of this clone.
    pub fn branch_tip(&self, branch: &str) -> Option<String> {
        let repository = self.repository.to_thread_local();
        ["refs/remotes/origin/", "refs/heads/"].iter().find_map(|folder| {
            let mut reference = repository.try_find_reference(&format!("{folder}{branch}")).ok()??;
            Some(reference.peel_to_id().ok()?.to_string())
        })
    }

    /// The commit's first parent, if the commit object is in the clone and says that there is one.
    pub fn first_parent(&self, commit: &str) -> Option<String> {
        let repository = self.repository.to_thread_local();
        let object = repository.find_object(hex(commit)?).ok()?;
        let commit = object.try_into_commit().ok()?;
        commit.parent_ids().next().map(|id| id.to_string())
    }

    /// True if the commit's own object is in the clone.
    pub fn has_commit(&self, commit: &str) -> bool {
        let repository = self.repository.to_thread_local();
        hex(commit)
            .is_some_and(|id| repository.find_object(id).is_ok_and(|object| object.try_into_commit().is_ok()))
    }

    /// True if `ancestor` is `commit` or one of its ancestors. `None` if the clone does not hold enough of the history
    /// to say so.
    pub fn is_ancestor(&self, ancestor: &str, commit: &str) -> Option<bool> {
        /// Commits that are looked at: more than the largest public histories have.
        const MOST: usize = 2_000_000;
        let repository = self.repository.to_thread_local();
        let (wanted, start) = (hex(ancestor)?, hex(commit)?);
        let mut seen = std::collections::HashSet::from([start]);
        let mut next = vec![start];
        let mut is_cut = self.is_shallow();
        while let Some(id) = next.pop() {
            if id == wanted {
                return Some(true);
            }
            if seen.len() > MOST {
                return None;
            }
            let Some(commit) =
                repository.find_object(id).ok().and_then(|object| object.try_into_commit().ok())
            else {
                is_cut = true;
                continue;
            };
            next.extend(commit.parent_ids().map(gix::Id::detach).filter(|parent| seen.insert(*parent)));
        }
        (!is_cut).then_some(false)
    }

    /// True if history was cut off when the repository was cloned.
    pub fn is_shallow(&self) -> bool {
        self.repository.to_thread_local().is_shallow().unwrap_or(false)
    }

    /// The content of `path` (relative to the checkout's root) in `commit`.
    pub fn blob(&self, commit: &str, path: &str) -> Result<Vec<u8>, BlobError> {
        self.root_blob(commit, &format!("{}{path}", self.prefix))
    }

    /// The content of `path` (relative to the repository's own root) in `commit`.
    pub fn root_blob(&self, commit: &str, path: &str) -> Result<Vec<u8>, BlobError> {
        blob(&self.repository.to_thread_local(), commit, path)
    }
}

/// What is staged, read as git reads it: its checksum is made again by nobody but `git fsck`.
pub(super) fn index(repository: &gix::Repository) -> gix::Result<gix::index::File> {
    let options = gix::index::decode::Options::default();
    gix::index::File::at(repository.index_path(), repository.object_hash(), true, options)
}

/// The content of `path` (relative to the repository's root) in `commit`.
pub(super) fn blob(repository: &gix::Repository, commit: &str, path: &str) -> Result<Vec<u8>, BlobError> {
    let missing = |_| BlobError::NotInClone;
    let id = hex(commit).ok_or(BlobError::NotInClone)?;
    let commit = repository.find_object(id).map_err(missing)?;
    let tree = commit.try_into_commit().map_err(|_| BlobError::NotInClone)?.tree();
    let tree = tree.map_err(|_| BlobError::NotInClone)?;
    let entry = tree.lookup_entry_by_path(path).map_err(missing)?.ok_or(BlobError::NoSuchFile)?;
    if !entry.mode().is_blob() {
        return Err(BlobError::NotAFile);
    }
    Ok(entry.object().map_err(|_| BlobError::NotInClone)?.detach().data)
}

pub(super) fn hex(commit: &str) -> Option<gix::ObjectId> {
    gix::ObjectId::from_hex(commit.as_bytes()).ok()
}
