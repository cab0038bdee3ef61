//! Makes small archives from a description: those of the rules' pages and of the tests, hostile ones included.
//!
//! A line is a member: its name, then words such as `text='…'`. Nothing is compressed but by gzip without effort.

use std::io::Write as _;

use data_encoding::BASE64URL_NOPAD;
use flate2::{Compression, Crc, GzBuilder};

use super::Format;
use crate::hashing::{Algorithm, State};

/// A member to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Item {
    name: String,
    content: Vec<u8>,
    /// `mode=4755`
    mode: Option<u32>,
    /// `link=TARGET`, `hard-link=TARGET`, `device`, `fifo`, `folder`
    letter: u8,
    target: String,
    /// `time=SECONDS`
    modified: u64,
    /// `local=NAME`: the name in zip's own header of the member
    local: Option<String>,
    /// `size=BYTES`: the size that an extended header of tar says
    size: Option<u64>,
    /// `claim=BYTES`: the size that headers announce, whatever the content is
    claim: Option<u32>,
    /// `recorded='…'`: the content that RECORD is to tell of; `unrecorded` for none
    recorded: Option<Vec<u8>>,
    /// `recorded-by=sha512`: the algorithm that RECORD names for it
    recorded_by: Option<Algorithm>,
}

/// The archive that a text describes, in the format that the file's name says. `None` if a line cannot be read.
pub fn archive(file: &str, text: &str) -> Option<Vec<u8>> {
    let format = Format::of(file)?;
    let mut items = Vec::new();
    let mut record = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let item = item(line, &record)?;
        if let Some(content) = &item.recorded {
            let algorithm = item.recorded_by.unwrap_or(Algorithm::Sha256);
            let mut state = State::new(algorithm);
            state.update(content);
            let digest = BASE64URL_NOPAD.encode(&state.finish());
            record += &format!("{},{}={digest},{}\n", item.name, algorithm.key(), content.len());
        }
        items.push(item);
    }
    Some(match format {
        Format::Zip => zip(&items),
        Format::Deb => deb(&items),
        Format::Tar(super::Compression::Gzip) => gzip(&tar(&items)),
        Format::Tar(_) => tar(&items),
        Format::Compressed(_) => gzip(&items.first()?.content),
    })
}

/// Bytes as gzip takes them in, without compressing anything.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzBuilder::new().mtime(0).write(Vec::new(), Compression::none());
    // Writing to memory does not fail.
    let _ = out.write_all(bytes);
    out.finish().unwrap_or_default()
}

fn item(line: &str, record: &str) -> Option<Item> {
    let mut words = crate::example::words(line).into_iter();
    let name = words.next()?;
    let mut item = Item { name: name.clone(), letter: b'0', ..Item::default() };
    let mut recorded = true;
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((&word, ""));
        match key {
            "text" => item.content = value.replace("\\n", "\n").into_bytes(),
            "base64" => item.content = data_encoding::BASE64.decode(value.as_bytes()).ok()?,
            "recorded-by" => item.recorded_by = Some(*Algorithm::ALL.iter().find(|a| a.key() == value)?),
            "zeros" => item.content = vec![0; value.parse().ok()?],
            "mode" => item.mode = Some(u32::from_str_radix(value, 8).ok()?),
            "link" => (item.letter, item.target) = (b'2', value.to_owned()),
            "hard-link" => (item.letter, item.target) = (b'1', value.to_owned()),
            "device" => item.letter = b'3',
            "folder" => item.letter = b'5',
            "fifo" => item.letter = b'6',
            "time" => item.modified = value.parse().ok()?,
            "local" => item.local = Some(value.to_owned()),
            "claim" => item.claim = Some(value.parse().ok()?),
            "size" => item.size = Some(value.parse().ok()?),
            "recorded" => item.recorded = Some(value.replace("\\n", "\n").into_bytes()),
            "unrecorded" => recorded = false,
            // RECORD of a wheel: what stands before it, and its own line.
            "record" => {
                item.content = format!("{record}{name},,\n").into_bytes();
                recorded = false;
            }
            _ => return None,
        }
    }
    if recorded && item.recorded.is_none() && item.letter == b'0' {
        item.recorded = Some(item.content.clone());
    }
    Some(item)
}

fn deb(items: &[Item]) -> Vec<u8> {
    let content = b"Package: x\n".to_vec();
    let control = Item { name: "./control".to_owned(), content, letter: b'0', ..Item::default() };
    let parts = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&tar(&[control]))),
        ("data.tar.gz", gzip(&tar(items))),
    ];
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in parts {
        let size = content.len();
        out.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).bytes());
        out.extend(content);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

fn tar(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    for item in items {
        if let Some(size) = item.size {
            let body = pax("size", &size.to_string());
            out.extend(header("PaxHeaders/member", b'x', &Item::default(), body.len()));
            out.extend(padded(body.as_bytes()));
        }
        let size = item.claim.map_or(item.content.len(), |size| size as usize);
        out.extend(header(&item.name, item.letter, item, size));
        out.extend(padded(&item.content));
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// `LENGTH KEY=VALUE`, where the length counts its own digits.
fn pax(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let digits = |length: usize| length.to_string().len();
    let length = rest + digits(rest + digits(rest));
    format!("{length} {key}={value}\n")
}

fn header(name: &str, letter: u8, item: &Item, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, format!("{:07o}", item.mode.unwrap_or(0o644)).as_bytes());
    put(108, b"0000000\x000000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, format!("{:011o}", item.modified).as_bytes());
    put(148, b"        ");
    put(156, &[letter]);
    put(157, &item.target.as_bytes()[..item.target.len().min(100)]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(512), 0);
    padded
}

fn zip(items: &[Item]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for item in items {
        let content = if item.letter == b'2' { item.target.as_bytes() } else { &item.content };
        let mut crc = Crc::new();
        crc.update(content);
        let offset = out.len() as u32;
        // Version, flags, method, time, date, checksum, sizes: the same in both headers.
        let common = |name: &str| {
            let mut common = vec![20, 0, 0, 8, 0, 0];
            common.extend(dos_time(item.modified).to_le_bytes());
            common.extend(crc.sum().to_le_bytes());
            common.extend((content.len() as u32).to_le_bytes());
            common.extend(item.claim.unwrap_or(content.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            common
        };
        let local = item.local.as_deref().unwrap_or(&item.name);
        out.extend(b"PK\x03\x04");
        out.extend(common(local));
        out.extend(local.as_bytes());
        out.extend(content);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(common(&item.name));
        directory.extend([0; 6]);
        let kind: u32 = match item.letter {
            b'2' => 0o120_000,
            b'3' => 0o020_000,
            b'5' => 0o040_000,
            b'6' => 0o010_000,
            _ => 0o100_000,
        };
        directory.extend(((kind | item.mode.unwrap_or(0o644)) << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(item.name.as_bytes());
    }
    let (start, entries) = (out.len() as u32, (items.len() as u16).to_le_bytes());
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(entries);
    out.extend(entries);
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// Time and date as DOS has them; before 1980 it is the first day of that year.
fn dos_time(seconds: u64) -> u32 {
    let stamp = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let Some(civil) = stamp.map(|stamp| stamp.to_zoned(jiff::tz::TimeZone::UTC).datetime()) else {
        return 0x21 << 16;
    };
    if civil.year() < 1980 {
        return 0x21 << 16;
    }
    let date = ((civil.year() - 1980) as u32) << 9 | (civil.month() as u32) << 5 | civil.day() as u32;
    let time = (civil.hour() as u32) << 11 | (civil.minute() as u32) << 5 | (civil.second() as u32 / 2);
    date << 16 | time
}
