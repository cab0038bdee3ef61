//! Packages of Debian: an ar archive that holds two tar archives, what is installed and what is said about it.

use std::io::{self, Read, Seek};

use super::budget::{Budget, Limits};
use super::{Compression, Fault, Member, Stop, Visitor, broken, compressed, drain, ended, fill, shown, tar};

/// What an ar archive begins with.
const MAGIC: &[u8; 8] = b"!<arch>\n";

/// Bytes of a header of ar.
const HEADER: usize = 60;

/// Parts beside one another: three, and signatures.
const MAX_PARTS: usize = 100;

/// Where `dpkg-deb --raw-extract` puts what is said about the package.
const CONTROL: &[u8] = b"DEBIAN/";

/// Reads a package.
pub(super) fn read(
    source: &mut (impl Read + Seek),
    size: u64,
    limits: Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let budget = Budget::new(limits, size);
    let result = parts(source, &budget, visitor);
    ended(result, visitor)
}

fn parts(source: &mut dyn Read, budget: &Budget, visitor: &mut dyn Visitor) -> Result<(), Stop> {
    let mut magic = [0; MAGIC.len()];
    fill(source, &mut magic)?;
    if magic != *MAGIC {
        return Err(broken("it is no package of Debian: it does not begin as ar archives do"));
    }
    let mut seen: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut header = [0; HEADER];
        match fill(source, &mut header)? {
            0 => break,
            HEADER if header.ends_with(b"`\n") => {}
            HEADER => return Err(broken("a header of ar is damaged")),
            _ => return Err(broken("it is cut off within a header")),
        }
        if seen.len() >= MAX_PARTS {
            return Err(broken(format!("it holds more than {MAX_PARTS} parts, and packages hold three")));
        }
        let name = header[..16].trim_ascii_end();
        let name = name.strip_suffix(b"/").unwrap_or(name).to_vec();
        let size = std::str::from_utf8(&header[48..58]).ok().and_then(|text| text.trim_end().parse().ok());
        let size: u64 = size.ok_or_else(|| broken("a header of ar has no size"))?;
        let mut content = (&mut *source).take(size);
        if seen.contains(&name) {
            visitor.fault(Fault::Ambiguous(format!("it holds `{}` twice", shown(&name))));
        }
        part(&name, &mut content, budget, visitor)?;
        drain(&mut content)?;
        if content.limit() > 0 {
            return Err(broken("it is cut off"));
        }
        // What has an odd size is filled up.
        if size % 2 == 1 {
            fill(source, &mut [0])?;
        }
        seen.push(name);
    }
    for wanted in ["debian-binary", "control.tar", "data.tar"] {
        if !seen.iter().any(|name| name.starts_with(wanted.as_bytes())) {
            return Err(broken(format!("it has no `{wanted}`")));
        }
    }
    Ok(())
}

fn part(name: &[u8], content: &mut dyn Read, budget: &Budget, visitor: &mut dyn Visitor) -> Result<(), Stop> {
    let (is_control, ending) = match (name.strip_prefix(b"control.tar"), name.strip_prefix(b"data.tar")) {
        (Some(ending), _) => (true, ending),
        (None, Some(ending)) => (false, ending),
        // The version of the format, and signatures.
        (None, None) => return Ok(()),
    };
    let compression = match ending {
        b"" => Compression::None,
        b".gz" => Compression::Gzip,
        b".xz" => Compression::Xz,
        b".bz2" => Compression::Bzip2,
        b".zst" => Compression::Zstd,
        other => {
            visitor.fault(Fault::Unread(format!("`{}` is compressed with `{}`", shown(name), shown(other))));
            return Ok(());
        }
    };
    let folder: &'static [u8] = if is_control { CONTROL } else { b"" };
    compressed::with(content, compression, budget, |stream| {
        tar::read(stream, budget, &mut Installed { folder, visitor })
    })
}

/// Members as they will lie below the root: what is said about the package in a folder of its own, and links that begin
/// at the root within it.
struct Installed<'v> {
    folder: &'static [u8],
    visitor: &'v mut dyn Visitor,
}

impl Visitor for Installed<'_> {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()> {
        let own = member.name.strip_prefix(b"./").unwrap_or(&member.name);
        let start = member.target.iter().take_while(|byte| **byte == b'/').count();
        let target = member.target[start..].to_vec();
        let name = [self.folder, own].concat();
        self.visitor.member(&Member { name, target, ..member.clone() }, content)
    }

    fn fault(&mut self, fault: Fault) {
        self.visitor.fault(fault);
    }
}
