//! The directory at the end of a zip archive, and what points to it.

use std::io::{Read, Seek, SeekFrom};

use super::{Fault, Kind, Stop, broken, fill};

/// The directories that are read, in bytes: a million members.
const MAX_DIRECTORY: u64 = 128 << 20;

/// Bytes of the end record without its comment.
const END: usize = 22;

/// Where the directory stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directory {
    /// Its first byte.
    start: u64,
    /// Its bytes.
    size: u64,
    /// Its entries.
    pub entries: u64,
    /// Bytes before the archive, which all places leave out.
    pub before: u64,
}

impl Directory {
    /// The first byte of the directory, where the members end.
    pub fn start(&self) -> u64 {
        self.start
    }
}

/// An entry of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub compressed: u64,
    pub size: u64,
    /// Where its local header stands.
    pub offset: u64,
    pub modified: Option<i64>,
    /// Type and permissions as Unix has them, where the archive was made there.
    unix: Option<u32>,
}

impl Entry {
    /// What the member is.
    pub fn kind(&self) -> Kind {
        match self.unix.unwrap_or(0) >> 12 {
            _ if self.name.ends_with(b"/") => Kind::Folder,
            0o12 => Kind::Link,
            0o04 => Kind::Folder,
            0o02 | 0o06 => Kind::Device,
            0o01 | 0o14 => Kind::Fifo,
            _ => Kind::File,
        }
    }

    /// Permissions and special bits.
    pub fn mode(&self) -> Option<u32> {
        self.unix.map(|mode| mode & 0o7777)
    }
}

/// Finds the directory.
pub(super) fn find(
    source: &mut (impl Read + Seek),
    size: u64,
    faults: &mut Vec<Fault>,
) -> Result<Directory, Stop> {
    let length = size.min((END + 0xffff) as u64);
    source.seek(SeekFrom::Start(size - length))?;
    let mut tail = vec![0; usize::try_from(length).unwrap_or(0)];
    fill(source, &mut tail)?;
    let is_end = |at: &usize| tail[*at..].starts_with(b"PK\x05\x06") && tail.len() - at >= END;
    let candidates: Vec<usize> = memchr::memchr_iter(b'P', &tail).filter(is_end).collect();
    let ends_there = |at: &&usize| **at + END + usize::from(u16_at(&tail, **at + 20)) == tail.len();
    let Some(&at) = candidates.iter().rev().find(ends_there).or_else(|| candidates.last()) else {
        return Err(broken("it has no directory at its end: it is cut off, or no zip archive"));
    };
    if !ends_there(&&at) {
        faults.push(Fault::Ambiguous("bytes follow its end record".to_owned()));
    }
    if candidates.iter().any(|other| *other > at) {
        faults.push(Fault::Ambiguous("it has several end records".to_owned()));
    }
    let place = size - length + at as u64;
    let end = &tail[at..];
    if u16_at(end, 4) != 0 && u16_at(end, 4) != 0xffff {
        return Err(Stop::Archive(Fault::Unread("it is one part of several".to_owned())));
    }
    let short = (u64::from(u16_at(end, 10)), u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
    let (ends_at, (entries, bytes, offset)) = match long(source, place, short, faults)? {
        Some(found) => found,
        None => (place, short),
    };
    let before = ends_at.checked_sub(bytes).and_then(|start| start.checked_sub(offset));
    let before = before.ok_or_else(|| broken("its end record leads out of it"))?;
    Ok(Directory { start: ends_at - bytes, size: bytes, entries, before })
}

/// What zip64 says instead, and where its record starts.
type Long = (u64, (u64, u64, u64));

fn long(
    source: &mut (impl Read + Seek),
    end: u64,
    short: (u64, u64, u64),
    faults: &mut Vec<Fault>,
) -> Result<Option<Long>, Stop> {
    let Some(locator) = end.checked_sub(20) else { return Ok(None) };
    let mut bytes = [0; 20];
    source.seek(SeekFrom::Start(locator))?;
    fill(source, &mut bytes)?;
    if !bytes.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // The record stands before the locator; where the locator says so, it may be off by what stands before the archive.
    let said = u64_at(&bytes, 8);
    let mut record = [0; 56];
    for place in [said, locator.saturating_sub(56)] {
        if place > locator {
            continue;
        }
        source.seek(SeekFrom::Start(place))?;
        fill(source, &mut record)?;
        if record.starts_with(b"PK\x06\x06") {
            let long = (u64_at(&record, 32), u64_at(&record, 40), u64_at(&record, 48));
            let agree = |short: u64, long: u64, mark: u64| short == mark || short == long;
            if !agree(short.0, long.0, 0xffff)
                || !agree(short.1, long.1, 0xffff_ffff)
                || !agree(short.2, long.2, 0xffff_ffff)
            {
                faults.push(Fault::Ambiguous("its two end records lead to different directories".to_owned()));
            }
            return Ok(Some((place, long)));
        }
    }
    Err(broken("its zip64 end record is not where its locator says"))
}

/// Reads the entries of the directory.
pub(super) fn entries(
    source: &mut (impl Read + Seek),
    directory: Directory,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Entry>, Stop> {
    if directory.size > MAX_DIRECTORY {
        let limit = MAX_DIRECTORY >> 20;
        return Err(Stop::Archive(Fault::Bomb(format!("its directory is larger than {limit} MiB"))));
    }
    source.seek(SeekFrom::Start(directory.start))?;
    let mut bytes = vec![0; usize::try_from(directory.size).unwrap_or(0)];
    if (fill(source, &mut bytes)? as u64) < directory.size {
        return Err(broken("its directory is cut off"));
    }
    let mut entries = Vec::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        // A digital signature may follow the entries.
        if rest.starts_with(b"PK\x05\x05") {
            break;
        }
        let (entry, length) = entry(rest, faults).ok_or_else(|| broken("its directory cannot be read"))?;
        entries.push(entry);
        rest = &rest[length..];
    }
    if entries.len() as u64 != directory.entries {
        let (there, said) = (entries.len(), directory.entries);
        faults.push(Fault::Ambiguous(format!(
            "its end record counts {said} entries, its directory has {there}"
        )));
    }
    Ok(entries)
}

fn entry(bytes: &[u8], faults: &mut Vec<Fault>) -> Option<(Entry, usize)> {
    let fixed = bytes.get(..46)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return None;
    }
    let lengths = [28, 30, 32].map(|at| usize::from(u16_at(fixed, at)));
    let length = 46 + lengths.iter().sum::<usize>();
    let body = bytes.get(46..length)?;
    let (name, extra) = (&body[..lengths[0]], &body[lengths[0]..lengths[0] + lengths[1]]);
    let made_on_unix = matches!(fixed[5], 3 | 19);
    let unix = u32_at(fixed, 38) >> 16;
    let mut entry = Entry {
        name: name.to_vec(),
        flags: u16_at(fixed, 8),
        method: u16_at(fixed, 10),
        crc: u32_at(fixed, 16),
        compressed: u32_at(fixed, 20).into(),
        size: u32_at(fixed, 24).into(),
        offset: u32_at(fixed, 42).into(),
        modified: time(u16_at(fixed, 14), u16_at(fixed, 12)),
        unix: (made_on_unix && unix != 0).then_some(unix),
    };
    for (id, value) in extras(extra) {
        match id {
            1 => {
                let mut longs = value.chunks_exact(8).map(|chunk| u64_at(chunk, 0));
                for field in [&mut entry.size, &mut entry.compressed, &mut entry.offset] {
                    if *field == 0xffff_ffff {
                        *field = longs.next()?;
                    }
                }
            }
            // Info-ZIP's name in UTF-8: readers that know it take it instead of the other.
            0x7075 if value.len() > 5 && value[5..] != *name && name.is_ascii() => {
                let (one, other) = (String::from_utf8_lossy(name), String::from_utf8_lossy(&value[5..]));
                faults.push(Fault::Ambiguous(format!("`{one}` is `{other}` to readers that know Unicode")));
            }
            _ => {}
        }
    }
    Some((entry, length))
}

/// The extra fields: number and value.
pub(super) fn extras(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut extras = Vec::new();
    while bytes.len() >= 4 {
        let (id, length) = (u16_at(bytes, 0), usize::from(u16_at(bytes, 2)));
        let Some(value) = bytes.get(4..4 + length) else { break };
        extras.push((id, value));
        bytes = &bytes[4 + length..];
    }
    extras
}

/// Seconds since 1970, as if the time were UTC.
fn time(date: u16, time: u16) -> Option<i64> {
    let number = |value: u16, shift: u32, mask: u16| i8::try_from((value >> shift) & mask).ok();
    let year = 1980 + i16::try_from(date >> 9).ok()?;
    let civil = jiff::civil::DateTime::new(
        year,
        number(date, 5, 0xf)?,
        number(date, 0, 0x1f)?,
        number(time, 11, 0x1f)?,
        number(time, 5, 0x3f)?,
        number(time, 0, 0x1f)? * 2,
        0,
    );
    Some(civil.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
