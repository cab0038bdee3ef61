//! Hashes of files: many at once, in constant memory, and never of a file that changes meanwhile.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::SystemTime;

use data_encoding::HEXLOWER;
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
#[derive(Clone, Debug)]
pub struct Job {
    /// Where it is. A symbolic link at the end of the path is refused.
    pub path: PathBuf,
    /// By what it is hashed; it is read once.
    pub algorithms: Vec<Algorithm>,
    /// Its size as far as it is known, in bytes: the biggest files go first.
    pub size: u64,
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
pub fn hash_all(jobs: &[Job]) -> Vec<Result<Hashed, HashError>> {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    crate::sorted::by_key(&mut order, |&index| std::cmp::Reverse(jobs[index].size));
    progress::expect(jobs.iter().map(|job| job.size).sum());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut buffer = vec![0; BUFFER];
        let mut done = Vec::new();
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((index, hash(&jobs[index], &mut buffer)));
        }
        done
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    let mut results: Vec<Option<Result<Hashed, HashError>>> = jobs.iter().map(|_| None).collect();
    thread::scope(|scope| {
        // Where no thread can be started, this one does all the work.
        let others: Vec<_> =
            (1..workers).filter_map(|_| parallel::helper().spawn_scoped(scope, work).ok()).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_default());
        }
        for (index, result) in done {
            results[index] = Some(result);
        }
    });
    let lost = || Err(HashError::Io(io::Error::other("the thread that read it ended early")));
    results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
}

fn hash(job: &Job, buffer: &mut [u8]) -> Result<Hashed, HashError> {
    let mut told = 0;
    hash_watched(job, buffer, &mut |size| {
        progress::advance(size - told);
        told = size;
    })
}

/// `watch` hears of every part that was read: the tests change the file then.
fn hash_watched(job: &Job, buffer: &mut [u8], watch: &mut dyn FnMut(u64)) -> Result<Hashed, HashError> {
    let found = fs::symlink_metadata(&job.path)?;
    // A FIFO would block and a device never end; a link may lead anywhere.
    if !found.is_file() {
        return Err(HashError::NotAFile);
    }
    let mut file = File::open(&job.path)?;
    let opened = Stamp::of(&file.metadata()?);
    if opened != Stamp::of(&found) {
        return Err(HashError::Changed("was replaced"));
    }
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
    let left = fs::symlink_metadata(&job.path).map(|meta| Stamp::of(&meta));
    if let Some(how) = left.map_or(Some("was removed"), |left| opened.change_to(&left, size)) {
        return Err(HashError::Changed(how));
    }
    let digests = job.algorithms.iter().copied().zip(states.into_iter().map(State::finish)).collect();
    Ok(Hashed { size, digests })
}

/// What tells a file from the same file after a change, as far as the file system tells.
#[derive(PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    identity: (u64, u64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Stamp {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            (meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Stamp { size: meta.len(), modified: meta.modified().ok(), identity }
    }

    /// How the file differs from what it was, if it does.
    fn change_to(&self, now: &Stamp, read: u64) -> Option<&'static str> {
        if self.identity != now.identity {
            Some("was replaced")
        } else if now.size > self.size || read > self.size {
            Some("grew")
        } else if now.size < self.size || read < self.size {
            Some("shrank")
        } else if self.modified != now.modified {
            Some("was written to")
        } else {
            None
        }
    }
}

/// A hash under way.
enum State {
    Sha224(Sha224),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl State {
    fn new(algorithm: Algorithm) -> State {
        match algorithm {
            Algorithm::Sha224 => State::Sha224(Sha224::new()),
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha384 => State::Sha384(Sha384::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            State::Sha224(hash) => hash.update(bytes),
            State::Sha256(hash) => hash.update(bytes),
            State::Sha384(hash) => hash.update(bytes),
            State::Sha512(hash) => hash.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
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
