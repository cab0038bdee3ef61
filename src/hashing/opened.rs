//! Opens regular files and nothing else, and knows a file again after it was read.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::HashError;

/// A regular file that is read from its beginning to its end.
pub(super) struct Opened {
    path: PathBuf,
    file: File,
    stamp: Stamp,
    read: u64,
}

impl Opened {
    /// Opens a regular file. A FIFO would block and a device never end; a link may lead anywhere.
    pub fn at(path: PathBuf) -> Result<Opened, HashError> {
        let file = open_only(&path)?;
        let meta = file.metadata()?;
        match meta.is_file() {
            true => Ok(Opened { path, file, stamp: Stamp::of(&meta), read: 0 }),
            false => Err(HashError::NotAFile),
        }
    }

    /// Its bytes when it was opened.
    pub fn size(&self) -> u64 {
        self.stamp.size
    }

    /// Reads on. The buffer is full afterwards, or the file has ended.
    pub fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        // At the size that was announced is the end; what was added since shows in the stamp. Where none was announced,
        // as in /proc, there may be bytes all the same.
        while filled < buffer.len() && (self.read < self.stamp.size || self.read == 0) {
            match self.file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    self.read += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// How many bytes it had, if it is still the file that it was when it was opened.
    pub fn verify(self) -> Result<u64, HashError> {
        let left = fs::symlink_metadata(&self.path).map(|meta| Stamp::of(&meta));
        match left.map_or(Some("was removed"), |left| self.stamp.change_to(&left, self.read)) {
            Some(how) => Err(HashError::Changed(how)),
            None => Ok(self.read),
        }
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
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    identity: (u64, u64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Stamp {
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
    fn change_to(&self, now: &Stamp, read: u64) -> Option<&'static str> {
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
