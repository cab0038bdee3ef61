//! Where the history stands: a file of the repository, or a branch of its own.

use std::fmt;

use serde::Deserialize;

use super::{Broken, History, MAX_BYTES};
use crate::checkout::{BlobError, Checkout, ReadError};
use crate::settings::{Base, BaseFile};

/// The file on a branch, if the settings name none.
const FILE: &str = "history.jsonl";

/// A file of the repository, or a branch of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Place {
    /// A file, relative to the repository root.
    File(String),
    /// A branch that holds nothing else.
    Branch(BranchPlace),
}

/// A branch that holds the history.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BranchPlace {
    /// The name of the branch, such as `ci-guard-history`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub branch: String,
    /// The file at its root [default: history.jsonl].
    #[serde(default)]
    pub file: Option<String>,
}

impl BranchPlace {
    /// The file at the branch's root.
    pub fn file(&self) -> &str {
        self.file.as_deref().unwrap_or(FILE)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => f.write_str(path),
            Place::Branch(place) => write!(f, "{}:{}", place.branch, place.file()),
        }
    }
}

/// What is known of the past.
#[derive(Clone, Debug)]
pub enum Past {
    /// All of it, and whether what is checked out is another one.
    Known(History, Change),
    /// It was tampered with, or is damaged.
    Broken(Broken),
    /// It cannot be seen, and why.
    Unknown(String),
}

/// What has become of the history of the base, or of the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that is of interest.
    None,
    /// A pull request adds runs.
    Added,
    /// Runs were taken away or changed.
    Rewritten,
}

/// Reads the history. On a pull request that of the base counts.
pub fn load(place: &Place, checkout: &Checkout, base: &Base) -> Past {
    let (text, change) = match texts(place, checkout, base) {
        Ok(found) => found,
        Err(why) => return Past::Unknown(why),
    };
    match History::parse(&text) {
        Ok(history) => Past::Known(history, change),
        Err(broken) => Past::Broken(broken),
    }
}

/// The history that counts, and what became of it.
fn texts(place: &Place, checkout: &Checkout, base: &Base) -> Result<(String, Change), String> {
    let path = match place {
        Place::Branch(place) => return of_branch(place, checkout).map(|text| (text, Change::None)),
        Place::File(path) => path,
    };
    let own = match checkout.read_bytes(path, MAX_BYTES) {
        Ok(bytes) => text(bytes.into(), path)?,
        // Before the first run there is none.
        Err(ReadError::Missing) => String::new(),
        Err(error) => return Err(format!("`{path}` cannot be read: {error}")),
    };
    match base.file(checkout, path) {
        Some(BaseFile::Text(_, before)) => {
            let change = change(&before, &own);
            Ok((before, change))
        }
        Some(BaseFile::Absent) => {
            let change = if own.is_empty() { Change::None } else { Change::Added };
            Ok((String::new(), change))
        }
        Some(BaseFile::Unknown) => {
            Err(format!("`{path}` cannot be compared with the base of this pull request"))
        }
        None => {
            // After a merge the parent shows whether something was taken away.
            let before = checkout.git().and_then(|git| git.blob(&git.first_parent(&git.head()?)?, path).ok());
            let rewritten = before.is_some_and(|before| !own.as_bytes().starts_with(&before));
            Ok((own, if rewritten { Change::Rewritten } else { Change::None }))
        }
    }
}

fn change(before: &str, own: &str) -> Change {
    match own.strip_prefix(before) {
        Some("") => Change::None,
        Some(_) => Change::Added,
        None => Change::Rewritten,
    }
}

/// The history on a branch of the clone.
pub fn of_branch(place: &BranchPlace, checkout: &Checkout) -> Result<String, String> {
    let branch = &place.branch;
    let git = checkout.git().ok_or("the checkout is no git repository")?;
    let tip = git.branch(branch)?.ok_or_else(|| {
        format!("the branch `{branch}` is not in this clone: `git fetch origin {branch}:refs/remotes/origin/{branch}`")
    })?;
    match git.root_blob(&tip, place.file()) {
        Ok(bytes) => text(bytes, &Place::Branch(place.clone()).to_string()),
        Err(BlobError::NoSuchFile) => Ok(String::new()),
        Err(_) => Err(format!("`{}` of the branch `{branch}` cannot be read", place.file())),
    }
}

fn text(bytes: Vec<u8>, shown: &str) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| format!("`{shown}` is not UTF-8"))
}
