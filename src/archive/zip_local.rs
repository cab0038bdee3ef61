//! The header before a member of a zip archive, which must say what the directory says.

use std::io::{Read, Seek, SeekFrom};

use super::zip_directory::{Directory, Entry, extras, u16_at, u32_at, u64_at};
use super::{Fault, Stop, broken, fill, shown};

/// Bytes of a local header without name and extra fields.
const LOCAL: u64 = 30;

/// Encrypted; sizes follow the content; names are UTF-8.
pub(super) const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 1 << 3;

/// Where a member's content stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The first byte of its header.
    pub header: u64,
    /// The first byte of its content.
    pub content: u64,
    /// The byte after its content.
    pub end: u64,
    /// True if sizes follow the content.
    pub sizes_follow: bool,
}

/// Reads the header of an entry, and says where it differs from the directory.
pub(super) fn place(
    source: &mut (impl Read + Seek),
    entry: &Entry,
    directory: &Directory,
    faults: &mut Vec<Fault>,
) -> Result<Place, Stop> {
    let name = shown(&entry.name);
    let outside = || broken(format!("`{name}` leads out of it"));
    let header = entry.offset.checked_add(directory.before).ok_or_else(outside)?;
    if header.checked_add(LOCAL).is_none_or(|end| end > directory.start()) {
        return Err(outside());
    }
    source.seek(SeekFrom::Start(header))?;
    let mut fixed = [0; LOCAL as usize];
    fill(source, &mut fixed)?;
    if !fixed.starts_with(b"PK\x03\x04") {
        return Err(broken(format!("`{name}` has no header where the directory says")));
    }
    let (name_length, extra_length) = (u16_at(&fixed, 26), u16_at(&fixed, 28));
    let mut own = vec![0; usize::from(name_length) + usize::from(extra_length)];
    fill(source, &mut own)?;
    let (own_name, extra) = own.split_at(usize::from(name_length));
    let content = header + LOCAL + own.len() as u64;
    let end = content.checked_add(entry.compressed).filter(|end| *end <= directory.start());
    let end = end.ok_or_else(|| broken(format!("`{name}` is larger than the archive has room for")))?;

    let mut ambiguous = |what: String| faults.push(Fault::Ambiguous(what));
    if own_name != entry.name {
        ambiguous(format!("the directory's `{name}` is `{}` by its own header", shown(own_name)));
    }
    let flags = u16_at(&fixed, 6);
    let sizes_follow = flags & SIZES_FOLLOW != 0;
    if flags & ENCRYPTED != entry.flags & ENCRYPTED {
        ambiguous(format!("`{name}` is encrypted by one of its headers only"));
    }
    let method = u16_at(&fixed, 8);
    if method != entry.method {
        ambiguous(format!("`{name}` is compressed in two ways: {} and {method}", entry.method));
    }
    let (mut compressed, mut size) = (u64::from(u32_at(&fixed, 18)), u64::from(u32_at(&fixed, 22)));
    if let Some((_, long)) = extras(extra).into_iter().find(|(id, _)| *id == 1) {
        let mut longs = long.chunks_exact(8).map(|chunk| u64_at(chunk, 0));
        for field in [&mut size, &mut compressed] {
            if *field == 0xffff_ffff {
                *field = longs.next().unwrap_or(*field);
            }
        }
    }
    let crc = u32_at(&fixed, 14);
    let follows = |value: u64| sizes_follow && (value == 0 || value == 0xffff_ffff);
    for (what, own, listed) in [
        ("compressed bytes", compressed, entry.compressed),
        ("bytes", size, entry.size),
        ("as its checksum", crc.into(), entry.crc.into()),
    ] {
        if own != listed && !follows(own) {
            ambiguous(format!("`{name}` has {own} {what} by its own header and {listed} by the directory"));
        }
    }
    Ok(Place { header, content, end, sizes_follow })
}

/// Says what stands between members that is none of them, and what stands in two.
pub(super) fn gaps(
    source: &mut (impl Read + Seek),
    places: &mut [Place],
    directory: &Directory,
    faults: &mut Vec<Fault>,
) -> Result<bool, Stop> {
    crate::sorted::by_key(places, |place| (place.header, place.end));
    let mut at = 0;
    // Sizes that follow a content are 12 to 24 bytes.
    let mut slack = 0;
    let mut overlaps = false;
    let ends = places.iter().copied().map(|place| (place.header, place.end, place.sizes_follow));
    for (header, end, sizes_follow) in ends.chain([(directory.start(), directory.start(), false)]) {
        if header < at {
            overlaps = true;
        } else if header - at > slack {
            faults.push(Fault::Ambiguous(gap(source, at, header)?));
        }
        at = at.max(end);
        slack = if sizes_follow { 24 } else { 0 };
    }
    if overlaps {
        faults.push(Fault::Ambiguous("members of it overlap".to_owned()));
    }
    Ok(overlaps)
}

fn gap(source: &mut (impl Read + Seek), start: u64, end: u64) -> Result<String, Stop> {
    let number = end - start;
    source.seek(SeekFrom::Start(start))?;
    let mut head = vec![0; usize::try_from(number.min(1 << 16)).unwrap_or(0)];
    fill(source, &mut head)?;
    let hidden = memchr::memmem::find(&head, b"PK\x03\x04").is_some();
    Ok(match (start, hidden) {
        (0, _) => format!("{number} bytes stand before its first member"),
        (_, true) => "between its members stands one that the directory does not list".to_owned(),
        (_, false) => format!("{number} bytes between its members belong to none"),
    })
}
