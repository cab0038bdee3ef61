//! Archives within archives: looked into as far as depth and size allow, and counted where they do not.

use std::io::{self, Cursor};

use super::inspect::Inspector;
use super::rehash;
use crate::archive::{self, Format, Kind, Limits};
use crate::checks::secrets::place::Place;

/// Archives around an archive that is still looked into: a jar in a war in a zip.
const MAX_DEPTH: usize = 3;

/// Bytes of an archive within another one, which is held in memory.
const MAX_SIZE: usize = 32 << 20;

/// Bytes of all contents of all archives that stand in one artifact.
const MAX_CONTENTS: u64 = 1 << 30;

/// Archives that are looked into within one artifact.
const MAX_ARCHIVES: usize = 1000;

/// What is said of those after [`MAX_ARCHIVES`] and [`MAX_CONTENTS`].
const SPENT: &str = "archives within archives, after the first 1000 of them or 1 GiB of contents";

/// How deep an archive stands in others, and what may still be looked at.
pub(super) struct Nesting {
    depth: usize,
    /// The archives around, each with a `/` behind it.
    pub around: String,
    archives: usize,
    bytes: u64,
}

impl Default for Nesting {
    fn default() -> Nesting {
        Nesting { depth: 0, around: String::new(), archives: MAX_ARCHIVES, bytes: MAX_CONTENTS }
    }
}

impl Nesting {
    /// True within another archive.
    pub fn is_inner(&self) -> bool {
        self.depth > 0
    }

    /// True if no more is looked at.
    pub fn is_spent(&self) -> bool {
        self.bytes == 0 || self.archives == 0
    }

    /// Counts what was read.
    pub fn count(&mut self, bytes: u64) {
        if self.is_inner() {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// How many bytes of a member are wanted: one more than may be.
    pub fn wants(&self, format: Option<Format>) -> usize {
        if format.is_some() && self.depth < MAX_DEPTH && !self.is_spent() { MAX_SIZE + 1 } else { 0 }
    }

    /// That of an archive within this one, which takes over what may still be looked at.
    pub fn below(&self, name: &str) -> Nesting {
        let around = format!("{}{name}/", self.around);
        Nesting {
            depth: self.depth + 1,
            around,
            archives: self.archives.saturating_sub(1),
            bytes: self.bytes,
        }
    }
}

/// What a member is, if it is an archive that is to be looked into. Those of tests and examples are made up: many
/// are broken on purpose.
pub(super) fn format(name: &str, kind: Kind) -> Option<Format> {
    let format = Format::of(name).filter(|_| kind == Kind::File)?;
    (Place::of(name) != Place::Example).then_some(format)
}

/// Looks into a member that is an archive: its bytes as far as they were kept, and how many there are.
pub(super) fn look(
    around: &mut Inspector<'_>,
    name: &str,
    format: Format,
    (bytes, size): (Vec<u8>, u64),
) -> io::Result<()> {
    let passed_over = match () {
        () if around.nesting.depth >= MAX_DEPTH => Some("archives that stand in more than three others"),
        () if around.nesting.is_spent() => Some(SPENT),
        () if size > MAX_SIZE as u64 => Some("archives within archives that are larger than 32 MiB"),
        () => None,
    };
    if let Some(reason) = passed_over {
        around.sink.not_examined(reason);
        return Ok(());
    }
    let mut inner = around.within(name, format == Format::Zip);
    let limits = Limits { members: 100_000, bytes: inner.nesting.bytes, ..Limits::default() };
    let mut source = Cursor::new(bytes);
    let read = archive::read_from(&mut source, size, format, limits, &mut inner)
        .and_then(|()| rehash::again(&mut source, size, format, limits, &mut inner.package));
    around.nesting.archives = inner.nesting.archives;
    around.nesting.bytes = inner.nesting.bytes;
    around.members += inner.members;
    if inner.nesting.is_spent() {
        inner.sink.not_examined(SPENT);
    }
    around.sink = inner.finish();
    around.sink.leave();
    read
}
