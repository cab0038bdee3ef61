//! How much an archive may hold, and a reader that keeps to it.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

/// How much is read of one archive.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Things in it.
    pub members: u64,
    /// Bytes of all contents.
    pub bytes: u64,
    /// How many times larger than the archive the contents may be, once they are larger than [`Limits::free`].
    pub ratio: u64,
    /// Bytes of contents that may come out of any archive, however small it is.
    pub free: u64,
}

impl Default for Limits {
    /// What no honest archive comes near to: text compresses to a tenth, and the best archives of logs to a hundredth.
    fn default() -> Limits {
        Limits { members: 1_000_000, bytes: 256 << 30, ratio: 250, free: 256 << 20 }
    }
}

/// What is left of the limits.
pub(super) struct Budget {
    limits: Limits,
    archive: u64,
    members: Cell<u64>,
    bytes: Cell<u64>,
}

impl Budget {
    /// For an archive of this size, in bytes.
    pub fn new(limits: Limits, archive: u64) -> Budget {
        Budget { limits, archive, members: Cell::new(0), bytes: Cell::new(0) }
    }

    /// Counts a member.
    pub fn member(&self) -> io::Result<()> {
        self.members.set(self.members.get() + 1);
        match self.members.get() > self.limits.members {
            true => Err(exceeded(format!("it holds more than {} members", self.limits.members))),
            false => Ok(()),
        }
    }

    /// Refuses what announces more than may come out, in bytes, before any of it does.
    pub fn announce(&self, total: u64) -> io::Result<()> {
        let spare = Budget { bytes: Cell::new(0), members: Cell::new(0), ..*self };
        spare.take(total)
    }

    /// Counts bytes that came out.
    fn take(&self, bytes: u64) -> io::Result<()> {
        let total = self.bytes.get().saturating_add(bytes);
        self.bytes.set(total);
        if total > self.limits.bytes {
            return Err(exceeded(format!("it holds more than {} GiB", self.limits.bytes >> 30)));
        }
        if total > self.limits.free && total / self.limits.ratio > self.archive {
            let ratio = self.limits.ratio;
            return Err(exceeded(format!("its contents are more than {ratio} times larger than it is")));
        }
        Ok(())
    }
}

/// A reader whose bytes are counted.
pub(super) struct Counted<'b, R> {
    pub inner: R,
    pub budget: &'b Budget,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.take(read as u64)?;
        Ok(read)
    }
}

/// The error by which a bounded reader ends.
#[derive(Debug)]
struct Exceeded(String);

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Exceeded {}

fn exceeded(what: String) -> io::Error {
    io::Error::other(Exceeded(what))
}

/// What was exceeded, if that is what an error says.
pub(super) fn is_exceeded(error: &io::Error) -> Option<String> {
    let exceeded = error.get_ref()?.downcast_ref::<Exceeded>()?;
    Some(exceeded.0.clone())
}
