//! Answers on disk, each with the mark by which its server says whether it still holds.
//!
//! An entry is a file: a line of JSON, and the body. Only what was asked for without a credential and came with a mark
//! is kept, and nothing is taken from here without asking the server again.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::environment::Environment;

/// Bytes of all entries together.
const MAX_ALL: u64 = 256 << 20;

/// Bytes of one entry.
const MAX_ONE: usize = 16 << 20;

/// A folder of answers.
pub struct Cache {
    folder: PathBuf,
    most: u64,
    written: AtomicU64,
}

/// An answer that was kept.
#[derive(Debug)]
pub struct Entry {
    /// What to ask with: the header's name, and its value.
    pub condition: (&'static str, String),
    /// The answer's content type.
    pub kind: String,
    /// The answer.
    pub body: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    url: String,
    etag: Option<String>,
    modified: Option<String>,
    kind: String,
    sha256: String,
}

impl Cache {
    /// The user's folder: `CI_GUARD_CACHE_DIR`, or `ci-guard` in the folder for caches. `None` where there is none, or
    /// where `CI_GUARD_CACHE_DIR` is empty.
    pub fn of(environment: &Environment) -> Option<Cache> {
        let folder = match environment.get("CI_GUARD_CACHE_DIR") {
            Some("") => return None,
            Some(named) => PathBuf::from(named),
            None => {
                let named = |name: &str| environment.non_empty(name).map(PathBuf::from);
                let home = || named("HOME").map(|home| home.join(".cache"));
                named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).or_else(home)?.join("ci-guard")
            }
        };
        folder.is_absolute().then(|| Cache::at(folder.join("answers"), MAX_ALL))
    }

    /// A cache in a folder, with at most `most` bytes.
    pub fn at(folder: PathBuf, most: u64) -> Cache {
        Cache { folder, most, written: AtomicU64::new(0) }
    }

    fn place(&self, key: &str) -> PathBuf {
        self.folder.join(&HEXLOWER.encode(&Sha256::digest(key.as_bytes()))[..40])
    }

    /// The answer that is kept under a key. What is damaged is not there.
    pub fn get(&self, key: &str) -> Option<Entry> {
        let place = self.place(key);
        if fs::metadata(&place).ok()?.len() > MAX_ONE as u64 + 4096 {
            return None;
        }
        let bytes = fs::read(&place).ok()?;
        let split = memchr::memchr(b'\n', &bytes)?;
        let head: Head = serde_json::from_slice(&bytes[..split]).ok()?;
        let body = bytes[split + 1..].to_vec();
        if head.url != key || head.sha256 != HEXLOWER.encode(&Sha256::digest(&body)) {
            return None;
        }
        let condition = match (head.etag, head.modified) {
            (Some(etag), _) => ("if-none-match", etag),
            (None, Some(modified)) => ("if-modified-since", modified),
            (None, None) => return None,
        };
        Some(Entry { condition, kind: head.kind, body })
    }

    /// The entry was of use: it is the last to go.
    pub fn touch(&self, key: &str) {
        let opened = fs::OpenOptions::new().append(true).open(self.place(key));
        // If that fails, the entry goes earlier.
        let _ = opened.and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Keeps an answer, if it has a mark. A cache that cannot be written is none.
    pub fn put(&self, key: &str, etag: Option<&str>, modified: Option<&str>, kind: &str, body: &[u8]) {
        if (etag.is_none() && modified.is_none()) || body.len() > MAX_ONE {
            return;
        }
        let head = Head {
            url: key.to_owned(),
            etag: etag.map(str::to_owned),
            modified: modified.map(str::to_owned),
            kind: kind.to_owned(),
            sha256: HEXLOWER.encode(&Sha256::digest(body)),
        };
        let Ok(line) = serde_json::to_string(&head) else { return };
        let place = self.place(key);
        // A reader sees the old answer or the new one, never a part.
        let other = place.with_extension(std::process::id().to_string());
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&self.folder)?;
            let mut file = fs::File::create(&other)?;
            file.write_all(line.as_bytes())?;
            file.write_all(b"\n")?;
            file.write_all(body)?;
            drop(file);
            fs::rename(&other, &place)
        };
        match write() {
            Ok(()) => drop(self.written.fetch_add(body.len() as u64, Ordering::Relaxed)),
            Err(_) => drop(fs::remove_file(&other)),
        }
    }

    /// Takes the entries away that were not of use for longest, until the rest has room. Does nothing if nothing was
    /// written.
    pub fn trim(&self) {
        if self.written.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let mut entries = entries(&self.folder);
        let mut all: u64 = entries.iter().map(|(_, size, _)| size).sum();
        crate::sorted::by(&mut entries, Ord::cmp);
        for (_, size, path) in entries {
            if all <= self.most {
                break;
            }
            if fs::remove_file(path).is_ok() {
                all = all.saturating_sub(size);
            }
        }
    }
}

fn entries(folder: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let Ok(list) = fs::read_dir(folder) else { return Vec::new() };
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((meta.modified().ok()?, meta.len(), entry.path()))
    };
    list.filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().to_owned(), 1 << 20);
        cache.put("a", Some("\"1\""), None, "text/plain", b"body\nof two lines");
        cache.put("b", None, None, "text/plain", b"without a mark");
        let entry = cache.get("a").unwrap();
        assert_eq!(entry.condition, ("if-none-match", "\"1\"".to_owned()));
        assert_eq!((entry.body.as_slice(), entry.kind.as_str()), (&b"body\nof two lines"[..], "text/plain"));
        assert!(cache.get("b").is_none());
        let place = cache.place("a");
        let mut bytes = fs::read(&place).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&place, bytes).unwrap();
        assert!(cache.get("a").is_none());
    }

    #[test]
    fn it_stays_within_its_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().to_owned(), 10_000);
        for number in 0..20 {
            cache.put(&format!("key {number}"), Some("x"), None, "", &[0; 1000]);
        }
        cache.trim();
        let left: u64 = entries(folder.path()).iter().map(|(_, size, _)| size).sum();
        assert!(left <= 10_000 && left > 5_000, "{left}");
    }
}
