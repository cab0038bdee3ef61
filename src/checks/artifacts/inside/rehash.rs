//! A second look at a wheel whose RECORD lists digests other than SHA-256: only then is it known which.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use super::packages::Package;
use crate::archive::{self, Fault, Format, Limits, Member, Visitor};
use crate::hashing::{Algorithm, State};

/// Digests of members by an algorithm that RECORD names for each.
struct Rehash {
    wanted: BTreeMap<String, Algorithm>,
    found: BTreeMap<String, Vec<u8>>,
}

impl Visitor for Rehash {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()> {
        let name = String::from_utf8_lossy(&member.name).into_owned();
        let Some(&algorithm) = self.wanted.get(&name) else { return Ok(()) };
        let mut state = State::new(algorithm);
        let mut buffer = [0; 16 << 10];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => state.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.found.insert(name, state.finish());
        Ok(())
    }

    /// The first look told of it.
    fn fault(&mut self, _: Fault) {}
}

/// Reads the archive once more if the package needs other digests.
pub(super) fn again(
    source: &mut (impl Read + Seek),
    size: u64,
    format: Format,
    limits: Limits,
    package: &mut Package,
) -> io::Result<()> {
    let wanted = package.other_digests();
    if wanted.is_empty() {
        return Ok(());
    }
    source.rewind()?;
    let mut look = Rehash { wanted, found: BTreeMap::new() };
    archive::read_from(source, size, format, limits, &mut look)?;
    package.know(look.found);
    Ok(())
}
