//! Hashes of files: many at once, in constant memory, and never of a file that changes meanwhile.

mod opened;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use data_encoding::HEXLOWER;
use opened::Stamp;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::{parallel, progress};

/// Bytes that are read at a time. Larger buffers are not faster, smaller ones cost up to a quarter more time.
const BUFFER: usize = 256 << 10;

/// A hash that proves what a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 4] =
        [Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha224 => "SHA-224",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha384 => "SHA-384",
            Algorithm::Sha512 => "SHA-512",
        }
    }

    /// Its name in digest sets of in-toto.
    pub fn key(self) -> &'static str {
        match self {
            Algorithm::Sha224 => "sha224",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// Length of its digests, in bytes.
    pub fn digest_len(self) -> usize {
        match self {
            Algorithm::Sha224 => 28,
            Algorithm::Sha256 => 32,
            Algorithm::Sha384 => 48,
            Algorithm::Sha512 => 64,
        }
    }
}

/// SHA-1 in hexadecimal, as other tools keep it; it proves nothing. Empty for bytes that were made to collide.
pub fn sha1(bytes: &[u8]) -> String {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(bytes);
    hasher.try_finalize().map(|id| HEXLOWER.encode(id.as_slice())).unwrap_or_default()
}

/// A file to hash.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Where it is. A symbolic link at the end of the path is refused.
    pub path: &'a Path,
    /// By what it is hashed; it is read once.
    pub algorithms: &'a [Algorithm],
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// Bytes that were read.
    pub size: u64,
    /// The digests, in the order of the job's algorithms.
    pub digests: Vec<(Algorithm, Vec<u8>)>,
}

impl Hashed {
    /// The digest of an algorithm that the job named.
    pub fn digest(&self, algorithm: Algorithm) -> Option<&[u8]> {
        self.digests.iter().find(|(of, _)| *of == algorithm).map(|(_, digest)| digest.as_slice())
    }
}

/// Why a file has no digest.
#[derive(Debug)]
pub enum HashError {
    /// There is no such file.
    Missing,
    /// A folder, symbolic link, FIFO, device or socket.
    NotAFile,
    /// It was written to, replaced or removed while it was read: in what way.
    Changed(&'static str),
    /// The operating system refused.
    Io(io::Error),
}

impl std::fmt::Display for HashError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HashError::Missing => f.write_str("there is no such file"),
            HashError::NotAFile => f.write_str("it is not a regular file"),
            HashError::Changed(how) => write!(f, "it {how} while it was read"),
            HashError::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for HashError {}

impl From<io::Error> for HashError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => HashError::Missing,
            _ => HashError::Io(error),
        }
    }
}

/// Hashes files with all processors. Results come in the order of the jobs.
///
/// Small files are hashed as they come: each costs its system calls more than its bytes, so none is made but to open,
/// read and close it, and two that tell whether it changed. Large ones are put off, and then the largest go first.
pub fn hash_all(jobs: &[Job<'_>]) -> Vec<Result<Hashed, HashError>> {
    let mut results = parallel::map_with(jobs, Buffer::default, |buffer, job| small(job, buffer));
    let mut large: Vec<(usize, u64)> = Vec::new();
    for (index, result) in results.iter().enumerate() {
        if let Ok(Small::TooLarge(size)) = result {
            large.push((index, *size));
        }
    }
    crate::sorted::by_key(&mut large, |(_, size)| std::cmp::Reverse(*size));
    progress::expect(large.iter().map(|(_, size)| size).sum());
    let hashed =
        parallel::map_one_by_one(&large, Buffer::default, |buffer, (index, _)| whole(&jobs[*index], buffer))
            .0;
    for ((index, _), result) in large.into_iter().zip(hashed) {
        results[index] = result.map(Small::Done);
    }
    let done = |result| match result {
        Ok(Small::Done(hashed)) => Ok(hashed),
        // Every large file was hashed just now.
        Ok(Small::TooLarge(_)) => Err(HashError::Io(io::Error::other("it was not read"))),
        Err(error) => Err(error),
    };
    results.into_iter().map(done).collect()
}

/// Where one thread reads to.
struct Buffer(std::cell::RefCell<Vec<u8>>);

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer(std::cell::RefCell::new(vec![0; BUFFER]))
    }
}

/// What became of a file that may be small.
enum Small {
    Done(Hashed),
    /// It does not fit in the buffer: its bytes.
    TooLarge(u64),
}

fn small(job: &Job<'_>, buffer: &Buffer) -> Result<Small, HashError> {
    let (file, opened) = opened::open(job.path)?;
    if opened.size >= BUFFER as u64 {
        return Ok(Small::TooLarge(opened.size));
    }
    read(job, file, &opened, &mut buffer.0.borrow_mut(), &mut |_| {}).map(Small::Done)
}

fn whole(job: &Job<'_>, buffer: &Buffer) -> Result<Hashed, HashError> {
    let (file, opened) = opened::open(job.path)?;
    let mut told = 0;
    read(job, file, &opened, &mut buffer.0.borrow_mut(), &mut |size| {
        progress::advance(size - told);
        told = size;
    })
}

/// `watch` hears of every part that was read: the tests change the file then.
fn read(
    job: &Job<'_>,
    mut file: File,
    opened: &Stamp,
    buffer: &mut [u8],
    watch: &mut dyn FnMut(u64),
) -> Result<Hashed, HashError> {
    let mut states: Vec<State> = job.algorithms.iter().map(|&algorithm| State::new(algorithm)).collect();
    let mut size: u64 = 0;
    loop {
        let read = match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        states.iter_mut().for_each(|state| state.update(&buffer[..read]));
        size += read as u64;
        watch(size);
        // A short read at the size that was announced is the end; what was added since shows in the stamp.
        if read == 0 || (read < buffer.len() && size == opened.size) {
            break;
        }
    }
    let left = fs::symlink_metadata(job.path).map(|meta| Stamp::of(&meta));
    if let Some(how) = left.map_or(Some("was removed"), |left| opened.change_to(&left, size)) {
        return Err(HashError::Changed(how));
    }
    let digests = job.algorithms.iter().copied().zip(states.into_iter().map(State::finish)).collect();
    Ok(Hashed { size, digests })
}

/// A hash under way.
pub enum State {
    /// SHA-224
    Sha224(Sha224),
    /// SHA-256
    Sha256(Sha256),
    /// SHA-384
    Sha384(Sha384),
    /// SHA-512
    Sha512(Sha512),
}

impl State {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm) -> State {
        match algorithm {
            Algorithm::Sha224 => State::Sha224(Sha224::new()),
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha384 => State::Sha384(Sha384::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
        }
    }

    /// Takes in more.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            State::Sha224(hash) => hash.update(bytes),
            State::Sha256(hash) => hash.update(bytes),
            State::Sha384(hash) => hash.update(bytes),
            State::Sha512(hash) => hash.update(bytes),
        }
    }

    /// The digest.
    pub fn finish(self) -> Vec<u8> {
        match self {
            State::Sha224(hash) => hash.finalize().to_vec(),
            State::Sha256(hash) => hash.finalize().to_vec(),
            State::Sha384(hash) => hash.finalize().to_vec(),
            State::Sha512(hash) => hash.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests;
