//! The repository under guard: its files, their text, and what git knows of it.

pub mod arrivals;
mod bases;
mod branch;
mod contents;
mod differences;
mod git;
mod listing;
mod packs;
mod range;
mod source;
pub mod versions;
mod walk;

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;

use crate::tree::Text;

pub use git::{BlobError, Git};
pub use listing::{Entry, Listing, Unlisted};
pub use source::Source;

/// Files larger than this are never read as text, in bytes.
pub const MAX_TEXT_FILE: u64 = 64 << 20;

/// Files up to this size stay in memory after the first read, in bytes.
const MAX_KEPT_FILE: usize = 1 << 20;

/// Text that is kept in memory altogether, in bytes.
const MAX_KEPT: usize = 24 << 20;

/// The repository under guard.
pub struct Checkout {
    root: PathBuf,
    git: OnceLock<Option<Git>>,
    listing: listing::Shared,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bytes: usize,
    sources: HashMap<Box<str>, Arc<Source>>,
    /// The last one that there is no room for: its findings and their lines are looked up one after the other.
    latest: Option<Arc<Source>>,
}

impl Kept {
    fn get(&self, path: &str) -> Option<Arc<Source>> {
        let latest = || self.latest.as_ref().filter(|latest| latest.path() == path);
        self.sources.get(path).or_else(latest).cloned()
    }
}

/// Why a file could not be read as text.
#[derive(Debug)]
pub enum ReadError {
    /// No such file.
    Missing,
    /// A directory, symbolic link, FIFO, device or socket.
    NotAFile,
    /// The path, or a link on its way, leads out of the repository.
    Outside,
    /// More than [`MAX_TEXT_FILE`] bytes.
    TooLarge(u64),
    /// Bytes that are no UTF-8, at this offset.
    NotUtf8(usize),
    /// The operating system refused.
    Io(std::io::Error),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::Missing => f.write_str("there is no such file"),
            ReadError::NotAFile => f.write_str("it is not a regular file"),
            ReadError::Outside => f.write_str("it lies outside the repository"),
            ReadError::TooLarge(size) => {
                write!(f, "it has {} MiB, the limit is {} MiB", size >> 20, MAX_TEXT_FILE >> 20)
            }
            ReadError::NotUtf8(offset) => write!(f, "it is not UTF-8 (byte {offset})"),
            ReadError::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl Checkout {
    /// Opens the directory `root`. Nothing is read yet.
    pub fn open(root: &Path) -> Result<Self> {
        let root = root.canonicalize().with_context(|| format!("cannot open {}", root.display()))?;
        ensure!(root.is_dir(), "{} is not a directory", root.display());
        Ok(Checkout { root, git: OnceLock::new(), listing: Default::default(), kept: Mutex::default() })
    }

    /// The directory that all paths are relative to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What git knows, if the directory lies in a repository that can be read.
    pub fn git(&self) -> Option<&Git> {
        self.git.get_or_init(|| Git::discover(&self.root)).as_ref()
    }

    /// All files that the repository owns: those that git tracks, and others that it does not ignore.
    pub fn listing(&self) -> &Listing {
        self.listing.make(&self.root, || self.git()?.tracked())
    }

    /// The files whose path satisfies `wanted`, sorted by path.
    pub fn files<'c>(&'c self, wanted: impl Fn(&str) -> bool + 'c) -> impl Iterator<Item = &'c Entry> {
        self.listing().files.iter().filter(move |entry| wanted(&entry.path))
    }

    /// True if the repository owns a file at this path.
    pub fn contains(&self, path: &str) -> bool {
        self.listing().get(path).is_some()
    }

    /// The text of a file that nobody else will ask for: shared if it was read before, and not kept otherwise.
    pub fn read_once(&self, path: &str) -> Result<Arc<Source>, ReadError> {
        if let Some(source) = self.kept().get(path) {
            return Ok(source);
        }
        let bytes = self.read_bytes(path, MAX_TEXT_FILE)?;
        let text = Text::try_from(bytes).map_err(|error| ReadError::NotUtf8(error.valid_up_to()))?;
        Ok(Arc::new(Source::new(path, text)))
    }

    /// The text of a file. Small files are read once and shared.
    pub fn read(&self, path: &str) -> Result<Arc<Source>, ReadError> {
        let source = self.read_once(path)?;
        let size = source.text().len();
        let mut kept = self.kept();
        if let Some(known) = kept.sources.get(path) {
            return Ok(known.clone());
        }
        if size <= MAX_KEPT_FILE && kept.bytes + size <= MAX_KEPT {
            kept.bytes += size;
            kept.sources.insert(path.into(), source.clone());
        } else {
            kept.latest = Some(source.clone());
        }
        Ok(source)
    }

    /// The bytes of a file, at most `limit` of them.
    pub fn read_bytes(&self, path: &str, limit: u64) -> Result<Bytes, ReadError> {
        let (file, size) = self.open_file(path, limit)?;
        let bytes = contents::read(file, size, limit).map_err(ReadError::Io)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(bytes.len() as u64));
        }
        Ok(bytes)
    }

    /// A regular file, open to be read, and the bytes that it has: at most `limit`.
    pub fn open_file(&self, path: &str, limit: u64) -> Result<(fs::File, u64), ReadError> {
        let full = self.locate(path)?;
        let meta = fs::symlink_metadata(&full).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadError::Missing,
            _ => ReadError::Io(error),
        })?;
        // A FIFO would block and a device never end: only regular files are opened.
        if !meta.is_file() {
            return Err(ReadError::NotAFile);
        }
        if meta.len() > limit {
            return Err(ReadError::TooLarge(meta.len()));
        }
        Ok((fs::File::open(&full).map_err(ReadError::Io)?, meta.len()))
    }

    /// The place of `path` on disk, never outside the root.
    fn locate(&self, path: &str) -> Result<PathBuf, ReadError> {
        let relative = Path::new(path);
        if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(ReadError::Outside);
        }
        let full = self.root.join(relative);
        // What the listing holds was reached without following a link.
        if self.listing.made().is_some_and(|listing| listing.get(path).is_some()) {
            return Ok(full);
        }
        match full.parent().map(Path::canonicalize) {
            Some(Ok(parent)) if parent.starts_with(&self.root) => Ok(full),
            Some(Ok(_)) => Err(ReadError::Outside),
            _ => Err(ReadError::Missing),
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A check that panicked while reading leaves the map whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
