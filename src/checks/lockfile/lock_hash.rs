//! The output `lock-hash`: one hash of all lockfiles of a repository.

use std::io::{ErrorKind, Read};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::checkout::{Checkout, MAX_TEXT_FILE, ReadError};

/// Bytes of a file that are hashed at a time.
const BLOCK: usize = 32 << 10;

/// The hash of all lockfiles.
#[derive(Default)]
pub struct LockHash {
    /// `None` without lockfiles, or if one of them cannot be read.
    pub hash: Option<String>,
    /// Why there is none though there are lockfiles.
    pub unread: Vec<String>,
}

impl LockHash {
    /// SHA-256 over all of them. For each, in the order of their paths, the length of the path as eight bytes (little
    /// end first), the path, the length of the contents and the contents, CRLF turned into LF. It depends neither on
    /// the system nor on the order in which files were found.
    pub fn of(paths: &[&str], checkout: &Checkout) -> LockHash {
        let mut paths = paths.to_vec();
        crate::sorted::by(&mut paths, |a, b| a.cmp(b));
        let (mut hash, mut block) = (Sha256::new(), vec![0; BLOCK]);
        let add = |path: &&str| {
            let error = add(&mut hash, path, checkout, &mut block).err()?;
            Some(format!("{path}: {error}, so there is no lock hash"))
        };
        let unread: Vec<String> = paths.iter().filter_map(add).collect();
        let is_whole = unread.is_empty() && !paths.is_empty();
        LockHash { hash: is_whole.then(|| HEXLOWER.encode(&hash.finalize())), unread }
    }
}

fn add(hash: &mut Sha256, path: &str, checkout: &Checkout, block: &mut [u8]) -> Result<(), ReadError> {
    let before = hash.clone();
    if !add_as_it_is(hash, path, checkout, block)? {
        *hash = before;
        let contents = without_carriage_returns(&checkout.read_bytes(path, MAX_TEXT_FILE)?);
        begin(hash, path, contents.len() as u64);
        hash.update(&contents);
    }
    Ok(())
}

/// Hashes a file as it is read. False if it is not hashed as it is, because it has other line ends, or if it changed
/// meanwhile: the hash is of no use then.
fn add_as_it_is(
    hash: &mut Sha256,
    path: &str,
    checkout: &Checkout,
    block: &mut [u8],
) -> Result<bool, ReadError> {
    let (mut file, mut left) = checkout.open_file(path, MAX_TEXT_FILE)?;
    begin(hash, path, left);
    loop {
        let read = match file.read(block) {
            Ok(0) => return Ok(left == 0),
            Ok(read) => &block[..read],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(ReadError::Io(error)),
        };
        if read.len() as u64 > left || memchr::memchr(b'\r', read).is_some() {
            return Ok(false);
        }
        left -= read.len() as u64;
        hash.update(read);
    }
}

/// What stands before the contents of a file.
fn begin(hash: &mut Sha256, path: &str, length: u64) {
    hash.update((path.len() as u64).to_le_bytes());
    hash.update(path);
    hash.update(length.to_le_bytes());
}

/// The bytes with CRLF turned into LF.
pub fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(bytes.len());
    for (index, &byte) in bytes.iter().enumerate() {
        if byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            result.push(byte);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(path, text)| std::fs::write(folder.path().join(path), text).unwrap());
        let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
        LockHash::of(&paths, &Checkout::open(folder.path()).unwrap()).hash
    }

    #[test]
    fn it_does_not_depend_on_order_or_line_ends() {
        let one = of(&[("a", "x\r\ny\n"), ("b", "z\r")]);
        assert!(one.is_some());
        assert_eq!(one, of(&[("b", "z\r"), ("a", "x\ny\n")]));
        assert_ne!(one, of(&[("a", "x\ny\nz"), ("b", "\r")]));
        // Computed with another tool: le64(1) "a" le64(3) "abc".
        let known = "55726b7abfbe6468f6d7e95966cc9cc24af9f62d1111ad00ba21b0fc293ff277";
        assert_eq!(of(&[("a", "abc")]).as_deref(), Some(known));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn large_files_are_hashed_in_blocks() {
        let lines = |end: &str| format!("0123456789{end}").repeat(10_000);
        assert_eq!(of(&[("a", &lines("\n"))]), of(&[("a", &lines("\r\n"))]));
        let late = lines("\n") + "x\r\n";
        assert_eq!(of(&[("a", &late)]), of(&[("a", &(lines("\n") + "x\n"))]));
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let told = LockHash::of(&["a"], &Checkout::open(folder.path()).unwrap());
        assert_eq!(told.hash, None);
        assert_eq!(told.unread, ["a: there is no such file, so there is no lock hash"]);
    }
}
