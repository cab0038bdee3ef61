//! Tar archives: POSIX, GNU and the old format, header by header.

use std::io::{self, Read};

use super::budget::Budget;
use super::pax::Overrides;
use super::tar_header::{BLOCK, Header};
use super::{Fault, Kind, Member, Stop, Visitor, broken, drain, fill, shown};

/// Bytes of a long name or an extended header.
const MAX_EXTRA: u64 = 1 << 20;

/// Blocks of GNU's map of holes.
const MAX_HOLES: usize = 100_000;

/// Reads the archive to its end.
pub(super) fn read(stream: &mut dyn Read, budget: &Budget, visitor: &mut dyn Visitor) -> Result<(), Stop> {
    let mut global = Overrides::default();
    let mut next = Overrides::default();
    let mut faults = Vec::new();
    loop {
        let mut block = [0; BLOCK];
        match fill(stream, &mut block)? {
            0 => return Err(broken("it has no end mark: it may be cut off")),
            BLOCK => {}
            _ => return Err(broken("it is cut off within a header")),
        }
        if block == [0; BLOCK] {
            return end(stream, visitor);
        }
        let header = Header(&block);
        header.check()?;
        budget.member()?;
        let size = header.size()?;
        match header.letter() {
            b'x' => next.read(&extra(stream, size)?, &mut faults)?,
            b'g' => global.read(&extra(stream, size)?, &mut faults)?,
            b'L' => next.path = Some(unterminated(extra(stream, size)?)),
            b'K' => next.target = Some(unterminated(extra(stream, size)?)),
            _ => member(stream, &header, std::mem::take(&mut next).over(&global), visitor)?,
        }
        faults.drain(..).for_each(|fault| visitor.fault(fault));
    }
}

fn member(
    stream: &mut dyn Read,
    header: &Header<'_>,
    overrides: Overrides,
    visitor: &mut dyn Visitor,
) -> Result<(), Stop> {
    let own = header.size()?;
    let name = overrides.path.unwrap_or_else(|| header.name());
    let kind = header.kind(&name);
    let size = overrides.size.unwrap_or(own);
    // Readers that take the one size see other members than those that take the other.
    if size != own && (own != 0 || size < 1 << 33) && matches!(kind, Kind::File | Kind::Other) {
        visitor.fault(Fault::Ambiguous(format!(
            "`{}` has {own} bytes by its header and {size} by the extended header",
            shown(&name)
        )));
    }
    let mut real_size = overrides.real_size;
    if header.letter() == b'S' {
        real_size = header.real_size();
        let mut more = header.has_more_holes();
        for _ in 0..MAX_HOLES {
            if !more {
                break;
            }
            let mut block = [0; BLOCK];
            if fill(stream, &mut block)? < BLOCK {
                return Err(broken("it is cut off within a map of holes"));
            }
            more = block[504] != 0;
        }
        if more {
            return Err(broken("a map of holes does not end"));
        }
    }
    // Links and folders have no content, whatever size they announce: GNU tar and others read on.
    let length = match kind {
        Kind::Link | Kind::HardLink | Kind::Folder | Kind::Device | Kind::Fifo => {
            if size != 0 && kind != Kind::Folder && kind != Kind::HardLink {
                let name = shown(&name);
                visitor.fault(Fault::Ambiguous(format!(
                    "`{name}` is {} and announces {size} bytes",
                    kind.as_str()
                )));
            }
            if kind == Kind::HardLink { size } else { 0 }
        }
        _ => size,
    };
    let mut stripped = &name[..];
    while kind == Kind::Folder && stripped.len() > 1 {
        let Some(shorter) = stripped.strip_suffix(b"/") else { break };
        stripped = shorter;
    }
    let member = Member {
        name: stripped.to_vec(),
        kind,
        mode: header.mode(),
        size: real_size.unwrap_or(size),
        modified: overrides.modified.or_else(|| header.modified()),
        target: overrides.target.unwrap_or_else(|| header.target()),
    };
    let mut content = stream.take(length);
    visitor.member(&member, &mut content)?;
    drain(&mut content)?;
    if content.limit() > 0 {
        return Err(broken(format!("it is cut off within `{}`", shown(&member.name))));
    }
    pad(stream, length)
}

/// The bytes of a long name or an extended header.
fn extra(stream: &mut dyn Read, size: u64) -> Result<Vec<u8>, Stop> {
    if size > MAX_EXTRA {
        return Err(broken("an extended header is larger than 1 MiB"));
    }
    let mut bytes = Vec::new();
    stream.take(size).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < size {
        return Err(broken("it is cut off within an extended header"));
    }
    pad(stream, size)?;
    Ok(bytes)
}

/// Reads up to the next whole block.
fn pad(stream: &mut dyn Read, size: u64) -> Result<(), Stop> {
    let over = size % BLOCK as u64;
    if over == 0 {
        return Ok(());
    }
    let left = BLOCK as u64 - over;
    match io::copy(&mut stream.take(left), &mut io::sink())? == left {
        true => Ok(()),
        false => Err(broken("it is cut off behind a member")),
    }
}

fn unterminated(mut name: Vec<u8>) -> Vec<u8> {
    let length = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    name.truncate(length);
    name
}

/// What follows the end mark: nothing but zeros.
fn end(stream: &mut dyn Read, visitor: &mut dyn Visitor) -> Result<(), Stop> {
    let mut buffer = [0; 16 << 10];
    loop {
        let read = fill(stream, &mut buffer)?;
        if buffer[..read].iter().any(|&byte| byte != 0) {
            visitor.fault(Fault::Ambiguous(
                "bytes follow its end mark, which some readers take for more members".to_owned(),
            ));
            drain(stream)?;
            return Ok(());
        }
        if read == 0 {
            return Ok(());
        }
    }
}
