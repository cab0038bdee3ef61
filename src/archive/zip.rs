//! Zip archives: the directory, every local header against it, and every content against its checksum.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::budget::{Budget, Counted, Limits};
use super::zip_directory::{self, Entry};
use super::zip_local::{self, ENCRYPTED, Place};
use super::{Fault, Kind, Member, Stop, Visitor, broken, drain, ended, shown};

/// What a symbolic link leads to is no longer than this, in bytes.
const MAX_TARGET: u64 = 4096;

/// Reads the archive.
pub(super) fn read(
    source: &mut (impl Read + Seek),
    size: u64,
    limits: Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let budget = Budget::new(limits, size);
    let result = walk(source, size, &budget, visitor);
    ended(result, visitor)
}

fn walk(
    source: &mut (impl Read + Seek),
    size: u64,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> Result<(), Stop> {
    let mut faults = Vec::new();
    let read = directory(source, size, budget, &mut faults);
    faults.into_iter().for_each(|fault| visitor.fault(fault));
    let (entries, overlaps) = read?;
    for (entry, place) in &entries {
        // What overlaps is how a small archive comes to hold a great deal.
        if !overlaps {
            member(source, entry, *place, budget, visitor)?;
        }
    }
    Ok(())
}

/// The members in the directory's order with their places, and whether any overlap.
fn directory(
    source: &mut (impl Read + Seek),
    size: u64,
    budget: &Budget,
    faults: &mut Vec<Fault>,
) -> Result<(Vec<(Entry, Place)>, bool), Stop> {
    let directory = zip_directory::find(source, size, faults)?;
    let entries = zip_directory::entries(source, directory, faults)?;
    budget.announce(entries.iter().fold(0, |total, entry| total.saturating_add(entry.size)))?;
    let mut placed = Vec::with_capacity(entries.len());
    for entry in entries {
        budget.member()?;
        let place = zip_local::place(source, &entry, &directory, faults)?;
        placed.push((entry, place));
    }
    let mut places: Vec<Place> = placed.iter().map(|(_, place)| *place).collect();
    let overlaps = zip_local::gaps(source, &mut places, &directory, faults)?;
    Ok((placed, overlaps))
}

fn member(
    source: &mut (impl Read + Seek),
    entry: &Entry,
    place: Place,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> Result<(), Stop> {
    let name = shown(&entry.name);
    let mut member = Member {
        name: entry.name.strip_suffix(b"/").unwrap_or(&entry.name).to_vec(),
        kind: entry.kind(),
        mode: entry.mode(),
        size: entry.size,
        modified: entry.modified,
        target: Vec::new(),
    };
    if entry.flags & ENCRYPTED != 0 {
        visitor.fault(Fault::Unread(format!("`{name}` is encrypted")));
        return visitor.member(&member, &mut io::empty()).map_err(Stop::from);
    }
    if !matches!(entry.method, 0 | 8) {
        visitor.fault(Fault::Unread(format!("`{name}` is compressed by method {}", entry.method)));
        return visitor.member(&member, &mut io::empty()).map_err(Stop::from);
    }
    source.seek(SeekFrom::Start(place.content))?;
    let raw = io::BufReader::with_capacity(64 << 10, source.by_ref().take(entry.compressed));
    let mut content = match entry.method {
        0 => Content::new(Inner::Stored(raw), budget),
        _ => Content::new(Inner::Deflated(DeflateDecoder::new(raw)), budget),
    };
    if member.kind == Kind::Link {
        content.by_ref().take(MAX_TARGET).read_to_end(&mut member.target)?;
        visitor.member(&member, &mut io::empty())?;
    } else {
        visitor.member(&member, &mut content)?;
    }
    drain(&mut content)?;
    let (crc, size, used) = content.finish();
    if size != entry.size {
        return Err(broken(format!("`{name}` has {size} bytes and not {}", entry.size)));
    }
    if crc != entry.crc {
        return Err(broken(format!("the checksum of `{name}` is wrong")));
    }
    if used != entry.compressed {
        visitor.fault(Fault::Ambiguous(format!("bytes follow the compressed content of `{name}`")));
    }
    Ok(())
}

/// A content on its way out.
enum Inner<R> {
    Stored(R),
    Deflated(DeflateDecoder<R>),
}

impl<R: io::BufRead> Read for Inner<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Inner::Stored(inner) => inner.read(buffer),
            Inner::Deflated(inner) => inner.read(buffer),
        }
    }
}

/// A content whose bytes and checksum are kept.
struct Content<'b, R> {
    inner: Counted<'b, Inner<R>>,
    crc: Crc,
    size: u64,
}

impl<'b, R: io::BufRead> Content<'b, R> {
    fn new(inner: Inner<R>, budget: &'b Budget) -> Content<'b, R> {
        Content { inner: Counted { inner, budget }, crc: Crc::new(), size: 0 }
    }

    /// Checksum, bytes that came out, and bytes that went in.
    fn finish(self) -> (u32, u64, u64) {
        let used = match &self.inner.inner {
            Inner::Stored(_) => self.size,
            Inner::Deflated(inner) => inner.total_in(),
        };
        (self.crc.sum(), self.size, used)
    }
}

impl<R: io::BufRead> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(&buffer[..read]);
        self.size += read as u64;
        Ok(read)
    }
}
