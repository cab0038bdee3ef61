//! Two builds of the same artifact: equal, or where they differ first.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::archive::{self, Fault, Format, Limits, Member, Visitor};

/// Bytes of a content that are compared one by one.
const MAX_CONTENT: usize = 16 << 20;

/// The first difference of two files that are not equal, in words.
pub(super) fn difference(one: &Path, other: &Path, format: Option<Format>) -> io::Result<String> {
    if let Some(format) = format {
        let (a, b) = (members(one, format)?, members(other, format)?);
        if !a.is_empty() && !b.is_empty() {
            return Ok(match first(&a, &b) {
                Some((at, what)) if what.is_empty() => content(one, other, format, at, &a[at].0)?,
                Some((_, what)) => what,
                None => {
                    "their members are the same: only the packing differs, such as the compression or the \
                         header's own time"
                        .to_owned()
                }
            });
        }
    }
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    Ok(match offset(&mut one, &mut other)? {
        Some(at) => format!("byte {} is the first that differs", at + 1),
        None => "they became equal while they were read".to_owned(),
    })
}

/// The place in two streams where they differ first, from 0.
fn offset(one: &mut dyn Read, other: &mut dyn Read) -> io::Result<Option<u64>> {
    let (mut a, mut b) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut at = 0;
    loop {
        let (read, there) = (fill(one, &mut a)?, fill(other, &mut b)?);
        if let Some(index) = a[..read].iter().zip(&b[..there]).position(|(a, b)| a != b) {
            return Ok(Some(at + index as u64));
        }
        if read != there {
            return Ok(Some(at + read.min(there) as u64));
        }
        if read == 0 {
            return Ok(None);
        }
        at += read as u64;
    }
}

fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// The first pair of members that differ. Of a difference in content the text is empty.
fn first(a: &[(Member, [u8; 32])], b: &[(Member, [u8; 32])]) -> Option<(usize, String)> {
    let name = |member: &Member| String::from_utf8_lossy(&member.name).into_owned();
    for (at, ((one, digest), (other, again))) in a.iter().zip(b).enumerate() {
        let shown = name(one);
        let what = if one.name != other.name {
            let there = b.iter().any(|(member, _)| member.name == one.name);
            let here = a.iter().any(|(member, _)| member.name == other.name);
            match (there, here) {
                (true, true) => {
                    format!("member {} is `{shown}`, then `{}`: the order differs", at + 1, name(other))
                }
                (false, _) => format!("`{shown}` is not in the second"),
                (_, false) => format!("`{}` is not in the first", name(other)),
            }
        } else if one.kind != other.kind {
            format!("`{shown}` is {}, then {}", one.kind.as_str(), other.kind.as_str())
        } else if one.target != other.target {
            format!("the link `{shown}` leads elsewhere")
        } else if digest != again {
            String::new()
        } else if one.modified != other.modified {
            let time = |member: &Member| member.modified.map_or("none".to_owned(), |time| time.to_string());
            format!("the time of `{shown}` differs: {}, then {}", time(one), time(other))
        } else if one.mode != other.mode {
            let mode = |member: &Member| member.mode.map_or("none".to_owned(), |mode| format!("{mode:04o}"));
            format!("the mode of `{shown}` differs: {}, then {}", mode(one), mode(other))
        } else {
            continue;
        };
        return Some((at, what));
    }
    let (more, which) = if a.len() > b.len() { (a, "second") } else { (b, "first") };
    let (member, _) = more.get(a.len().min(b.len()))?;
    Some((a.len().min(b.len()), format!("`{}` is not in the {which}", name(member))))
}

/// Says where the contents of two members differ.
fn content(one: &Path, other: &Path, format: Format, at: usize, member: &Member) -> io::Result<String> {
    let (a, b) = (nth(one, format, at)?, nth(other, format, at)?);
    let name = String::from_utf8_lossy(&member.name);
    Ok(match offset(&mut &a[..], &mut &b[..])? {
        Some(place) => {
            let line =
                memchr::memchr_iter(b'\n', &a[..usize::try_from(place).unwrap_or(0).min(a.len())]).count();
            match memchr::memchr(0, &a[..a.len().min(8000)]) {
                None => format!("the content of `{name}` differs, first in line {}", line + 1),
                Some(_) => format!("the content of `{name}` differs, first in byte {}", place + 1),
            }
        }
        None => format!("the content of `{name}` differs behind its first {} MiB", MAX_CONTENT >> 20),
    })
}

fn members(path: &Path, format: Format) -> io::Result<Vec<(Member, [u8; 32])>> {
    /// Keeps what members are and the digest of what they hold.
    #[derive(Default)]
    struct All(Vec<(Member, [u8; 32])>);
    impl Visitor for All {
        fn member(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()> {
            let mut hash = Sha256::new();
            let mut buffer = [0; 16 << 10];
            loop {
                match content.read(&mut buffer)? {
                    0 => break,
                    read => hash.update(&buffer[..read]),
                }
            }
            self.0.push((member.clone(), hash.finalize().into()));
            Ok(())
        }
        // What is wrong with an archive is told where it is inspected.
        fn fault(&mut self, _: Fault) {}
    }
    let mut all = All::default();
    archive::read(&mut File::open(path)?, format, Limits::default(), &mut all)?;
    Ok(all.0)
}

/// The beginning of the content of the member with this number.
fn nth(path: &Path, format: Format, at: usize) -> io::Result<Vec<u8>> {
    struct Nth {
        left: usize,
        content: Vec<u8>,
    }
    impl Visitor for Nth {
        fn member(&mut self, _: &Member, content: &mut dyn Read) -> io::Result<()> {
            if self.left == 0 {
                content.take(MAX_CONTENT as u64).read_to_end(&mut self.content)?;
            }
            self.left = self.left.wrapping_sub(1);
            Ok(())
        }
        fn fault(&mut self, _: Fault) {}
    }
    let mut nth = Nth { left: at, content: Vec::new() };
    archive::read(&mut File::open(path)?, format, Limits::default(), &mut nth)?;
    Ok(nth.content)
}
