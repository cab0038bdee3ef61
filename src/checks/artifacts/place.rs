//! From a name to the file that it means, and never to one outside of the tree.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::Name;

/// Why a name leads to no file that may be read.
#[derive(Debug)]
pub enum Elsewhere {
    /// There is no such file.
    Missing,
    /// A link that leads to nothing.
    Dangling,
    /// A symbolic link, here or on the way, leads out of the tree.
    Outside,
    /// It is something else: what.
    NotAFile(&'static str),
    /// The operating system refused.
    Io(io::Error),
}

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Elsewhere::Missing => f.write_str("there is no such file"),
            Elsewhere::Dangling => f.write_str("it is a symbolic link to nothing"),
            Elsewhere::Outside => f.write_str("a symbolic link leads out of the tree"),
            Elsewhere::NotAFile(what) => write!(f, "it is {what}"),
            Elsewhere::Io(error) => write!(f, "{error}"),
        }
    }
}

/// Finds files by name. Folders are resolved once: most of a release lies in one.
#[derive(Debug, Default)]
pub struct Places {
    folders: HashMap<PathBuf, Option<PathBuf>>,
}

impl Places {
    /// The regular file that `name` means in `folder`, links followed as long as they stay within `boundary`: its
    /// path without any link.
    /// Both folders are canonical.
    pub fn locate(&mut self, folder: &Path, name: &Name, boundary: &Path) -> Result<PathBuf, Elsewhere> {
        let path = folder.join(name.as_path().ok_or(Elsewhere::Missing)?);
        if let (Some(parent), Some(last)) = (path.parent(), path.file_name()) {
            let real = match self.folders.get(parent) {
                Some(real) => real.as_deref(),
                None => {
                    let real = parent.canonicalize().ok();
                    self.folders.entry(parent.to_owned()).or_insert(real).as_deref()
                }
            };
            if let Some(real) = real.filter(|real| real.starts_with(boundary)) {
                let path = real.join(last);
                if let Ok(meta) = fs::symlink_metadata(&path)
                    && meta.is_file()
                {
                    return Ok(path);
                }
            }
        }
        resolve(&path, boundary)
    }
}

/// The regular file at `path`, links followed as long as they stay within `boundary`, which is canonical: its path
/// without any link.
pub fn resolve(path: &Path, boundary: &Path) -> Result<PathBuf, Elsewhere> {
    let is_missing =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if is_missing(&error) => {
            let is_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
            return Err(if is_link { Elsewhere::Dangling } else { Elsewhere::Missing });
        }
        Err(error) => return Err(Elsewhere::Io(error)),
    };
    if !real.starts_with(boundary) {
        return Err(Elsewhere::Outside);
    }
    let meta = fs::symlink_metadata(&real).map_err(Elsewhere::Io)?;
    if meta.is_file() {
        return Ok(real);
    }
    let is_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    Err(Elsewhere::NotAFile(match (meta.is_dir(), is_link) {
        (true, true) => "a symbolic link to a folder",
        (true, false) => "a folder",
        (false, _) => "a FIFO, socket or device",
    }))
}
