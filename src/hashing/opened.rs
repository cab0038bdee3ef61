//! Opens regular files and nothing else, and knows a file again after it was read.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::HashError;

/// Opens a regular file. A FIFO would block and a device never end; a link may lead anywhere.
pub(super) fn open(path: &Path) -> Result<(File, Stamp), HashError> {
    let file = open_only(path)?;
    let meta = file.metadata()?;
    match meta.is_file() {
        true => Ok((file, Stamp::of(&meta))),
        false => Err(HashError::NotAFile),
    }
}

/// The system refuses links, and waits for nobody at the other end of a FIFO.
#[cfg(unix)]
fn open_only(path: &Path) -> Result<File, HashError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    File::options().read(true).custom_flags(flags).open(path).map_err(|error| match error.raw_os_error() {
        // A link (ELOOP on Linux and macOS, EMLINK on FreeBSD), a socket, a device without driver.
        Some(libc::ELOOP | libc::EMLINK | libc::ENXIO | libc::ENODEV) => HashError::NotAFile,
        _ => missing_or(path, error),
    })
}

/// Where the system has no such flags, what the path leads to is looked at beforehand.
#[cfg(not(unix))]
fn open_only(path: &Path) -> Result<File, HashError> {
    match fs::symlink_metadata(path)?.is_file() {
        true => File::open(path).map_err(|error| missing_or(path, error)),
        false => Err(HashError::NotAFile),
    }
}

/// What may not be opened may be no file at all.
fn missing_or(path: &Path, error: io::Error) -> HashError {
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => HashError::NotAFile,
        _ => error.into(),
    }
}

/// What tells a file from the same file after a change, as far as the file system tells.
#[derive(PartialEq, Eq)]
pub(super) struct Stamp {
    pub size: u64,
    modified: Option<SystemTime>,
    identity: (u64, u64),
}

impl Stamp {
    pub fn of(meta: &Metadata) -> Stamp {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            (meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Stamp { size: meta.len(), modified: meta.modified().ok(), identity }
    }

    /// How the file differs from what it was, if it does.
    pub fn change_to(&self, now: &Stamp, read: u64) -> Option<&'static str> {
        if self.identity != now.identity {
            Some("was replaced")
        } else if now.size > self.size || read > self.size {
            Some("grew")
        } else if now.size < self.size || read < self.size {
            Some("shrank")
        } else if self.modified != now.modified {
            Some("was written to")
        } else {
            None
        }
    }
}
