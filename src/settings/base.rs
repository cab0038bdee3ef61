//! Whose settings count. On a pull request what is checked out is a proposal: settings, waivers, baseline and
//! ignore comments then come from the base commit.

use crate::checkout::{BlobError, Checkout, Git};
use crate::runner::Runner;

/// Whose settings count in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// What is checked out: no pull request.
    WorkTree,
    /// This commit: the base of a pull request, or of an entry of the merge queue.
    Commit(String),
    /// A pull request whose base is not in the clone, with the reason in words.
    Missing(String),
}

/// A file as the base has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseFile {
    /// Its path and text.
    Text(String, String),
    /// The base has no such file.
    Absent,
    /// The base is not in the clone, or there is something else than a text file.
    Unknown,
}

impl Base {
    /// Decides from the event and the clone.
    pub fn of(checkout: &Checkout, runner: &Runner) -> Base {
        if !runner.is_proposal() {
            return Base::WorkTree;
        }
        let Some(git) = checkout.git() else {
            return Base::Missing("the checkout is no git repository".into());
        };
        let named = runner.base_sha();
        if let Some(commit) = named.filter(|commit| git.has_commit(commit)) {
            return Base::Commit(commit.to_owned());
        }
        if let Some(parent) = base_of_test_merge(git, runner) {
            return Base::Commit(parent);
        }
        Base::Missing(match named {
            Some(commit) => format!("the base commit {commit} is not in this clone"),
            None => "the event names no base commit".into(),
        })
    }

    /// A file as the base has it. `None` if there is no base to ask: what is checked out counts.
    pub fn file(&self, checkout: &Checkout, path: &str) -> Option<BaseFile> {
        let commit = match self {
            Base::WorkTree => return None,
            Base::Missing(_) => return Some(BaseFile::Unknown),
            Base::Commit(commit) => commit,
        };
        let blob = checkout.git().map(|git| git.blob(commit, path));
        Some(match blob {
            Some(Ok(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => BaseFile::Text(path.to_owned(), text),
                Err(_) => BaseFile::Unknown,
            },
            Some(Err(BlobError::NoSuchFile)) => BaseFile::Absent,
            Some(Err(BlobError::NotInClone | BlobError::NotAFile)) | None => BaseFile::Unknown,
        })
    }
}

/// What GitHub's own test merge of a pull request merged into, if that merge is checked out: its first parent. Any other
/// commit that is checked out may be the author's, and so may its parents.
pub(crate) fn base_of_test_merge(git: &Git, runner: &Runner) -> Option<String> {
    let is_test_merge = runner.git_ref.starts_with("refs/pull/") && runner.git_ref.ends_with("/merge");
    let is_checked_out = git.head().is_some_and(|head| head == runner.sha);
    let parent = git.first_parent(&runner.sha).filter(|_| is_test_merge && is_checked_out)?;
    git.has_commit(&parent).then_some(parent)
}
