//! How Unix opens files: in a folder that stays open, so that no path is looked up from the top again and again.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::hashing::HashError;

/// A folder that only stands in front of paths need not be read.
#[cfg(target_os = "linux")]
const ONLY_THE_WAY: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const ONLY_THE_WAY: OFlags = OFlags::RDONLY;

/// Where relative paths begin.
pub struct Folder(OwnedFd);

impl Folder {
    pub fn at(path: &Path) -> io::Result<Folder> {
        let flags = ONLY_THE_WAY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Folder(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a file to read it. The system refuses links, and waits for nobody at the other end of a FIFO.
    pub fn open(&self, path: &Path) -> Result<File, HashError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.0, path, flags, Mode::empty()) {
            Ok(file) => Ok(file.into()),
            // A link (ELOOP on Linux and macOS, EMLINK on FreeBSD), a socket, a device without driver.
            Err(Errno::LOOP | Errno::MLINK | Errno::NXIO | Errno::NODEV) => Err(HashError::NotAFile),
            // What may not be opened may be no file at all.
            Err(error) => match self.look_at(path) {
                Ok(stamp) if !stamp.is_file() => Err(HashError::NotAFile),
                _ => Err(io::Error::from(error).into()),
            },
        }
    }

    /// What lies at a path now. A link is not followed.
    pub fn look_at(&self, path: &Path) -> io::Result<Stamp> {
        Ok(Stamp(rustix::fs::statat(&self.0, path, AtFlags::SYMLINK_NOFOLLOW)?))
    }
}

/// What tells a file from the same file after a change.
pub struct Stamp(Stat);

impl Stamp {
    pub fn of(file: &File) -> io::Result<Stamp> {
        Ok(Stamp(rustix::fs::fstat(file)?))
    }

    pub fn is_file(&self) -> bool {
        FileType::from_raw_mode(self.0.st_mode) == FileType::RegularFile
    }

    pub fn size(&self) -> u64 {
        u64::try_from(self.0.st_size).unwrap_or_default()
    }

    /// When it was written to.
    pub fn modified(&self) -> impl PartialEq {
        (self.0.st_mtime, self.0.st_mtime_nsec)
    }

    /// Which file it is.
    pub fn identity(&self) -> impl PartialEq {
        (self.0.st_dev, self.0.st_ino)
    }
}
