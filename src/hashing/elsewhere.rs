//! How files are opened where the system has no flags for it: what a path leads to is looked at beforehand.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::hashing::HashError;

/// Where relative paths begin.
pub struct Folder(PathBuf);

impl Folder {
    #[expect(clippy::unnecessary_wraps, reason = "other systems open it")]
    pub fn at(path: &Path) -> io::Result<Folder> {
        Ok(Folder(path.to_owned()))
    }

    /// Opens a file to read it.
    pub fn open(&self, path: &Path) -> Result<File, HashError> {
        match self.look_at(path)?.is_file() {
            true => Ok(File::open(self.0.join(path))?),
            false => Err(HashError::NotAFile),
        }
    }

    /// What lies at a path now. A link is not followed.
    pub fn look_at(&self, path: &Path) -> io::Result<Stamp> {
        Ok(Stamp(fs::symlink_metadata(self.0.join(path))?))
    }
}

/// What tells a file from the same file after a change.
pub struct Stamp(Metadata);

impl Stamp {
    pub fn of(file: &File) -> io::Result<Stamp> {
        Ok(Stamp(file.metadata()?))
    }

    pub fn is_file(&self) -> bool {
        self.0.is_file()
    }

    pub fn size(&self) -> u64 {
        self.0.len()
    }

    /// When it was written to.
    pub fn modified(&self) -> impl PartialEq {
        self.0.modified().ok()
    }

    /// Which file it is: not to be known here.
    #[expect(clippy::unused_self, reason = "other systems know")]
    pub fn identity(&self) -> impl PartialEq {}
}
