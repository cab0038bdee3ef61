//! Hashes of files: many at once, in constant memory, and never of a file that changes meanwhile.

#[cfg(not(unix))]
mod elsewhere;
mod opened;
#[cfg(unix)]
mod unix;

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
#[cfg(not(unix))]
use elsewhere as system;
use opened::Opened;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use system::Folder;
#[cfg(unix)]
use unix as system;

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

    /// Appends the digest of some bytes.
    fn append(self, bytes: &[u8], to: &mut Vec<u8>) {
        match self {
            Algorithm::Sha224 => to.extend_from_slice(&Sha224::digest(bytes)),
            Algorithm::Sha256 => to.extend_from_slice(&Sha256::digest(bytes)),
            Algorithm::Sha384 => to.extend_from_slice(&Sha384::digest(bytes)),
            Algorithm::Sha512 => to.extend_from_slice(&Sha512::digest(bytes)),
        }
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Algorithms(u8);

impl Algorithms {
    /// Its members, in the order of [`Algorithm::ALL`].
    pub fn each(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().filter(move |&algorithm| self.0 & (1 << algorithm as u8) != 0)
    }

    /// True if it has no member.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<Algorithm> for Algorithms {
    fn from(algorithm: Algorithm) -> Algorithms {
        Algorithms(1 << algorithm as u8)
    }
}

impl FromIterator<Algorithm> for Algorithms {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(all: I) -> Algorithms {
        all.into_iter().fold(Algorithms::default(), |set, one| Algorithms(set.0 | Algorithms::from(one).0))
    }
}

/// SHA-1 in hexadecimal, as other tools keep it; it proves nothing. Empty for bytes that were made to collide.
pub fn sha1(bytes: &[u8]) -> String {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(bytes);
    hasher.try_finalize().map(|id| HEXLOWER.encode(id.as_slice())).unwrap_or_default()
}

/// A file to hash.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where it is: in the folder of all jobs, or absolute. A symbolic link at the end of the path is refused.
    pub path: PathBuf,
    /// By what it is hashed. It is read once.
    pub algorithms: Algorithms,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// Bytes that were read.
    pub size: u64,
    /// By what it was hashed.
    pub algorithms: Algorithms,
    /// The digests by these, one behind the other.
    pub digests: Vec<u8>,
}

impl Hashed {
    /// The digests, each with what it was made by.
    pub fn each(&self) -> impl Iterator<Item = (Algorithm, &[u8])> {
        let mut rest = self.digests.as_slice();
        self.algorithms.each().map(move |algorithm| {
            let (digest, others) = rest.split_at(algorithm.digest_len());
            rest = others;
            (algorithm, digest)
        })
    }

    /// The digest of an algorithm that the job named.
    pub fn digest(&self, algorithm: Algorithm) -> Option<&[u8]> {
        self.each().find(|(of, _)| *of == algorithm).map(|(_, digest)| digest)
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

/// Hashes files. Results come in the order of the jobs, whose paths are absolute.
pub fn hash_all(jobs: Vec<Job>) -> Vec<Result<Hashed, HashError>> {
    hash_while(Path::new("/"), |hash| jobs.into_iter().for_each(hash)).1
}

/// Hashes files in a folder with all processors while `find` still finds them. Results come in the order in which it
/// hands over the jobs.
///
/// Small files are hashed as they come: each costs its system calls more than its bytes, so none is made but to open,
/// read and close it, and two that tell whether it changed. Large ones are put off, and then the largest go first.
pub fn hash_while<F>(
    folder: &Path,
    find: impl FnOnce(&mut dyn FnMut(Job)) -> F,
) -> (F, Vec<Result<Hashed, HashError>>) {
    let folder = &Folder::at(folder);
    let (found, small) = parallel::map_while(Buffer::default, |buffer, job| small(folder, job, buffer), find);
    (found, with_large(folder, small))
}

/// A folder, or why it cannot be opened.
type MaybeFolder = io::Result<Folder>;

fn open<'p>(folder: &'p MaybeFolder, path: &'p Path) -> Result<Opened<'p>, HashError> {
    let folder = folder.as_ref().map_err(|error| io::Error::from(error.kind()))?;
    Opened::at(folder, path)
}

/// The results of small files, and of the large ones that were put off.
fn with_large(folder: &MaybeFolder, small: Vec<Result<Small, HashError>>) -> Vec<Result<Hashed, HashError>> {
    let mut large: Vec<(usize, u64, Job)> = Vec::new();
    let done = |(index, result)| match result {
        Ok(Small::Done(hashed)) => Ok(hashed),
        Ok(Small::TooLarge(size, job)) => {
            large.push((index, size, job));
            // Until it is hashed, below.
            Err(HashError::Missing)
        }
        Err(error) => Err(error),
    };
    let mut results: Vec<Result<Hashed, HashError>> = small.into_iter().enumerate().map(done).collect();
    if large.is_empty() {
        return results;
    }
    crate::sorted::by_key(&mut large, |(_, size, _)| std::cmp::Reverse(*size));
    progress::expect(large.iter().map(|(_, size, _)| size).sum());
    let hash = |buffer: &Buffer, (_, _, job): &(usize, u64, Job)| whole(folder, job, buffer);
    let hashed = parallel::each_with(&large, Buffer::default, hash);
    for ((index, ..), result) in large.into_iter().zip(hashed) {
        results[index] = result;
    }
    results
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
    /// It does not fit in the buffer: how many bytes it has, and what is asked of it.
    TooLarge(u64, Job),
}

fn small(folder: &MaybeFolder, job: Job, buffer: &Buffer) -> Result<Small, HashError> {
    let opened = open(folder, &job.path)?;
    match opened.size() {
        size if size < BUFFER as u64 => {
            at_once(opened, job.algorithms, &mut buffer.0.borrow_mut()).map(Small::Done)
        }
        size => Ok(Small::TooLarge(size, job)),
    }
}

fn whole(folder: &MaybeFolder, job: &Job, buffer: &Buffer) -> Result<Hashed, HashError> {
    let opened = open(folder, &job.path)?;
    in_parts(opened, job.algorithms, &mut buffer.0.borrow_mut(), &mut |read| progress::advance(read as u64))
}

/// Hashes a file that the buffer has room for.
fn at_once(mut file: Opened<'_>, algorithms: Algorithms, buffer: &mut [u8]) -> Result<Hashed, HashError> {
    let read = file.fill(buffer)?;
    file.verify()?;
    let mut digests = Vec::with_capacity(algorithms.each().map(Algorithm::digest_len).sum());
    algorithms.each().for_each(|algorithm| algorithm.append(&buffer[..read], &mut digests));
    Ok(Hashed { size: read as u64, algorithms, digests })
}

/// Hashes a file of any size. `watch` hears of the bytes of every part: the tests change the file then.
fn in_parts(
    mut file: Opened<'_>,
    algorithms: Algorithms,
    buffer: &mut [u8],
    watch: &mut dyn FnMut(usize),
) -> Result<Hashed, HashError> {
    let mut states: Vec<State> = algorithms.each().map(State::new).collect();
    loop {
        let read = file.fill(buffer)?;
        states.iter_mut().for_each(|state| state.update(&buffer[..read]));
        watch(read);
        if read < buffer.len() {
            break;
        }
    }
    let size = file.verify()?;
    Ok(Hashed { size, algorithms, digests: states.into_iter().flat_map(State::finish).collect() })
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
