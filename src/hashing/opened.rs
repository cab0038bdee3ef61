//! A regular file while it is read: nothing else is opened, and afterwards it is known again.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::HashError;
use super::system::{Folder, Stamp};

/// A regular file that is read from its beginning to its end.
pub(super) struct Opened<'p> {
    folder: &'p Folder,
    path: &'p Path,
    file: File,
    stamp: Stamp,
    read: u64,
}

impl<'p> Opened<'p> {
    /// Opens a regular file. A FIFO would block and a device never end; a link may lead anywhere.
    pub fn at(folder: &'p Folder, path: &'p Path) -> Result<Opened<'p>, HashError> {
        let file = folder.open(path)?;
        let stamp = Stamp::of(&file)?;
        match stamp.is_file() {
            true => Ok(Opened { folder, path, file, stamp, read: 0 }),
            false => Err(HashError::NotAFile),
        }
    }

    /// Its bytes when it was opened.
    pub fn size(&self) -> u64 {
        self.stamp.size()
    }

    /// Reads on. The buffer is full afterwards, or the file has ended.
    pub fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        // At the size that was announced is the end; what was added since shows in the stamp. Where none was announced,
        // as in /proc, there may be bytes all the same.
        while filled < buffer.len() && (self.read < self.size() || self.read == 0) {
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
        match self.folder.look_at(self.path).map_or(Some("was removed"), |now| self.change_to(&now)) {
            Some(how) => Err(HashError::Changed(how)),
            None => Ok(self.read),
        }
    }

    /// How the file differs from what it was, if it does, as far as the file system tells.
    fn change_to(&self, now: &Stamp) -> Option<&'static str> {
        let then = &self.stamp;
        if then.identity() != now.identity() {
            Some("was replaced")
        } else if now.size() > then.size() || self.read > then.size() {
            Some("grew")
        } else if now.size() < then.size() || self.read < then.size() {
            Some("shrank")
        } else if then.modified() != now.modified() {
            Some("was written to")
        } else {
            None
        }
    }
}
