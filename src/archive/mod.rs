//! Archives as they are: every member with what is said about it, in constant memory, and nothing is extracted.
//!
//! Libraries that extract hide what matters here: names that stand twice, special bits of modes, roots of paths, and
//! headers that say different things. So zip's directory and tar's headers are read raw.

mod ar;
mod budget;
mod compressed;
pub mod make;
mod pax;
mod tar;
mod tar_header;
mod zip;
mod zip_directory;
mod zip_local;

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

pub use budget::Limits;

/// What an archive is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A zip archive: `.zip`, `.whl`, `.jar`, `.vsix`, …
    Zip,
    /// A tar archive, and how it is compressed.
    Tar(Compression),
    /// A package of Debian, which holds two tar archives.
    Deb,
    /// One compressed file.
    Compressed(Compression),
}

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip
    Gzip,
    /// xz
    Xz,
    /// Zstandard
    Zstd,
    /// bzip2
    Bzip2,
}

/// Ends of names of zip archives.
const ZIPS: [&str; 9] = [".zip", ".whl", ".jar", ".war", ".vsix", ".nupkg", ".xpi", ".egg", ".apk"];

/// Ends of names of tar archives.
const TARS: [(&str, Compression); 11] = [
    (".tar", Compression::None),
    (".tar.gz", Compression::Gzip),
    (".tgz", Compression::Gzip),
    (".crate", Compression::Gzip),
    (".tar.xz", Compression::Xz),
    (".txz", Compression::Xz),
    (".tar.zst", Compression::Zstd),
    (".tzst", Compression::Zstd),
    (".tar.bz2", Compression::Bzip2),
    (".tbz2", Compression::Bzip2),
    (".tbz", Compression::Bzip2),
];

/// Ends of names of single compressed files.
const SINGLES: [(&str, Compression); 4] = [
    (".gz", Compression::Gzip),
    (".xz", Compression::Xz),
    (".zst", Compression::Zstd),
    (".bz2", Compression::Bzip2),
];

impl Format {
    /// What a file of this name is, if it is an archive.
    pub fn of(name: &str) -> Option<Format> {
        let lower = name.to_ascii_lowercase();
        if ZIPS.iter().any(|end| lower.ends_with(end)) {
            return Some(Format::Zip);
        }
        if lower.ends_with(".deb") {
            return Some(Format::Deb);
        }
        let find = |table: &[(&str, Compression)]| {
            table.iter().find(|(end, _)| lower.ends_with(end)).map(|(_, compression)| *compression)
        };
        find(&TARS).map(Format::Tar).or_else(|| find(&SINGLES).map(Format::Compressed))
    }
}

/// What is said about one thing in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, as it stands there. The end of a folder's name has no `/`.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permissions and special bits, where the archive has them.
    pub mode: Option<u32>,
    /// Bytes of the content.
    pub size: u64,
    /// Seconds since 1970, where the archive has them. Those of zip know no time zone and are taken as UTC.
    pub modified: Option<i64>,
    /// What a link leads to.
    pub target: Vec<u8>,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Another name for a member before it.
    HardLink,
    /// A character or block device.
    Device,
    /// A FIFO or socket.
    Fifo,
    /// Something that this does not know.
    Other,
}

impl Kind {
    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::File => "a file",
            Kind::Folder => "a folder",
            Kind::Link => "a symbolic link",
            Kind::HardLink => "a hard link",
            Kind::Device => "a device",
            Kind::Fifo => "a FIFO or socket",
            Kind::Other => "something unknown",
        }
    }
}

/// What is wrong with the archive itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is cut off, or its bytes are not what they should be.
    Broken(String),
    /// Two readers would see different things in it.
    Ambiguous(String),
    /// It holds more than it may.
    Bomb(String),
    /// It uses something that is not read here.
    Unread(String),
}

/// Is told what stands in an archive, in its order.
pub trait Visitor {
    /// A member. Its content may be read, in part or as a whole.
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()>;
    /// Something wrong with the archive.
    fn fault(&mut self, fault: Fault);
}

/// Reads an archive to its end, and tells the visitor everything. An error is one of the operating system; what is
/// wrong with the archive is a [`Fault`].
pub fn read(file: &mut File, format: Format, limits: Limits, visitor: &mut dyn Visitor) -> io::Result<()> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    read_from(file, size, format, limits, visitor)
}

/// The same of anything that can be read and has places.
pub fn read_from(
    source: &mut (impl Read + io::Seek),
    size: u64,
    format: Format,
    limits: Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    match format {
        Format::Zip => zip::read(source, size, limits, visitor),
        Format::Deb => ar::read(source, size, limits, visitor),
        Format::Tar(compression) => compressed::tar(source, size, compression, limits, visitor),
        Format::Compressed(compression) => compressed::single(source, size, compression, limits, visitor),
    }
}

/// What stopped a reader: the archive, or the operating system.
enum Stop {
    Archive(Fault),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        // Readers of compressed bytes and bounded ones say with these what is wrong with the bytes.
        match (budget::is_exceeded(&error), error.kind()) {
            (Some(what), _) => Stop::Archive(Fault::Bomb(what)),
            (None, io::ErrorKind::UnexpectedEof) => Stop::Archive(Fault::Broken("it is cut off".to_owned())),
            (None, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other) => {
                Stop::Archive(Fault::Broken(format!("it cannot be decompressed: {error}")))
            }
            (None, io::ErrorKind::Unsupported) => Stop::Archive(Fault::Unread(error.to_string())),
            (None, _) => Stop::Io(error),
        }
    }
}

/// Tells the visitor what stopped a reader.
fn ended(result: Result<(), Stop>, visitor: &mut dyn Visitor) -> io::Result<()> {
    match result {
        Ok(()) => Ok(()),
        Err(Stop::Archive(fault)) => {
            visitor.fault(fault);
            Ok(())
        }
        Err(Stop::Io(error)) => Err(error),
    }
}

fn broken(what: impl Into<String>) -> Stop {
    Stop::Archive(Fault::Broken(what.into()))
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Reads until the buffer is full or there is no more; the number of bytes.
fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads and drops the rest; the number of bytes.
fn drain(source: &mut dyn Read) -> io::Result<u64> {
    let mut buffer = [0; 16 << 10];
    let mut total = 0;
    loop {
        match fill(source, &mut buffer)? {
            0 => return Ok(total),
            read => total += read as u64,
        }
    }
}

#[cfg(test)]
mod tests;
