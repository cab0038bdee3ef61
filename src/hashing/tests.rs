use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data_encoding::HEXLOWER;

use super::*;

fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn hash_file(path: &Path, algorithm: Algorithm) -> Result<u64, HashError> {
    hash_all(vec![Job { path: path.to_owned(), algorithms: algorithm.into() }])
        .remove(0)
        .map(|hashed| hashed.size)
}

/// What comes of hashing a file that is changed meanwhile: at once, and in parts.
fn change(content: &[u8], how: impl Fn(&Path)) -> [Result<u64, HashError>; 2] {
    let root = Folder::at(Path::new("/")).unwrap();
    let old = || {
        let (folder, path) = file(content);
        // Old enough for a write of the same size to show, whatever the clock's grain.
        let past = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        File::options().write(true).open(&path).unwrap().set_modified(past).unwrap();
        (folder, path)
    };
    let (_folder, path) = old();
    let opened = Opened::at(&root, &path).unwrap();
    how(&path);
    let at_once = at_once(opened, Algorithm::Sha256.into(), &mut [0; 200]);
    let (_folder, path) = old();
    let opened = Opened::at(&root, &path).unwrap();
    let mut first = true;
    let in_parts = in_parts(opened, Algorithm::Sha256.into(), &mut [0; 16], &mut |_| {
        if std::mem::take(&mut first) {
            how(&path);
        }
    });
    [at_once, in_parts].map(|result| result.map(|hashed| hashed.size))
}

#[test]
fn digests_are_those_of_the_standard() {
    let (_folder, path) = file(b"abc");
    // FIPS 180-4, the examples of NIST's page "Secure Hashing".
    let known = [
        (Algorithm::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Algorithm::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            Algorithm::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];
    let job = Job { path, algorithms: Algorithm::ALL.into_iter().collect() };
    let hashed = hash_all(vec![job]).remove(0).unwrap();
    assert_eq!(hashed.size, 3);
    for (algorithm, digest) in known {
        assert_eq!(HEXLOWER.encode(hashed.digest(algorithm).unwrap()), digest);
        assert_eq!(digest.len(), algorithm.digest_len() * 2);
    }
}

#[test]
fn many_files_keep_their_order_whatever_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let written = |index: usize| {
        let path = folder.path().join(index.to_string());
        let content = vec![index as u8; (index * 7919) % (3 * BUFFER)];
        fs::write(&path, &content).unwrap();
        // Paths are relative to the folder, or absolute.
        (if index.is_multiple_of(2) { path } else { index.to_string().into() }, content)
    };
    let (paths, contents): (Vec<PathBuf>, Vec<Vec<u8>>) = (0..60).map(written).unzip();
    let job = |path| Job { path, algorithms: Algorithm::Sha256.into() };
    for (result, content) in hash_while(folder.path(), |hash| paths.into_iter().map(job).for_each(hash))
        .1
        .into_iter()
        .zip(contents)
    {
        let hashed = result.unwrap();
        assert_eq!(hashed.size, content.len() as u64);
        assert_eq!(hashed.digests, Sha256::digest(&content).to_vec());
    }
    assert!(hash_all(Vec::new()).is_empty());
}

#[test]
fn a_file_that_changes_meanwhile_has_no_digest() {
    let append = |path: &Path| {
        File::options().append(true).open(path).unwrap().write_all(b"more").unwrap();
    };
    let cut = |path: &Path| File::options().write(true).open(path).unwrap().set_len(3).unwrap();
    let overwrite = |path: &Path| fs::write(path, [b'x'; 100]).unwrap();
    let replace = |path: &Path| {
        let other = path.with_extension("new");
        fs::write(&other, [b'a'; 100]).unwrap();
        fs::rename(other, path).unwrap();
    };
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    let changed = |how: &dyn Fn(&Path), word: &str| {
        for result in change(&[b'a'; 100], how) {
            assert!(matches!(result, Err(HashError::Changed(how)) if how == word), "{word}: {result:?}");
        }
    };
    changed(&append, "grew");
    changed(&cut, "shrank");
    changed(&overwrite, "was written to");
    changed(&remove, "was removed");
    if cfg!(unix) {
        changed(&replace, "was replaced");
    }
    assert!(change(&[b'a'; 100], |_| {}).iter().all(|result| matches!(result, Ok(100))));
}

#[test]
fn only_regular_files_are_opened() {
    let (folder, path) = file(b"x");
    assert!(matches!(hash_file(folder.path(), Algorithm::Sha256), Err(HashError::NotAFile)));
    assert!(matches!(hash_file(&path.with_extension("no"), Algorithm::Sha256), Err(HashError::Missing)));
    #[cfg(unix)]
    {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(hash_file(&link, Algorithm::Sha256), Err(HashError::NotAFile)));
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(matches!(hash_file(&socket, Algorithm::Sha256), Err(HashError::NotAFile)));
        assert!(matches!(hash_file(Path::new("/dev/null"), Algorithm::Sha256), Err(HashError::NotAFile)));
    }
}
