//! The archive that yarn makes of a folder, of which it records a hash: a zip with everything that lies in the folder, by
//! name, not compressed, with one time for all.

use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use flate2::Crc;
use sha2::{Digest as _, Sha512};

/// 1984-06-22 21:50, in the form of MS-DOS.
const TIME: [u8; 4] = [0x40, 0xae, 0xd6, 0x08];

/// Bytes of an archive that are made. Folders that lie in a repository have some kilobytes.
const MOST: usize = 16 * 1024 * 1024;

/// Folders in one another that are entered.
const DEEPEST: usize = 32;

/// What stands before the archive when it is hashed.
const PREFIX: &str = "2";

/// An archive.
#[derive(Default)]
struct Archive {
    body: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

/// The hash in hexadecimal of a folder on disk that is installed as `name`; nothing for links, other names than ASCII and
/// what is too large.
pub fn hash(folder: &Path, name: &str) -> Option<String> {
    let mut archive = Archive::default();
    let path = format!("node_modules/{name}/");
    for (at, _) in path.match_indices('/').filter(|(at, _)| at + 1 < path.len()) {
        archive.add(&path[..=at], &[], 0o755)?;
    }
    archive.folder(folder, &path, DEEPEST)?;
    Some(HEXLOWER.encode(&Sha512::new_with_prefix(PREFIX).chain_update(archive.finish()).finalize()))
}

impl Archive {
    fn folder(&mut self, folder: &Path, path: &str, depth: usize) -> Option<()> {
        let meta = folder.symlink_metadata().ok().filter(fs::Metadata::is_dir)?;
        self.add(path, &[], mode(&meta)?)?;
        let entries: Option<Vec<_>> = folder.read_dir().ok()?.map(Result::ok).collect();
        let mut names: Vec<String> =
            entries?.into_iter().map(|entry| entry.file_name().into_string().ok()).collect::<Option<_>>()?;
        crate::sorted::by(&mut names, Ord::cmp);
        for name in names {
            let (file, path) = (folder.join(&name), format!("{path}{name}"));
            let meta = file.symlink_metadata().ok()?;
            if meta.is_dir() && depth > 0 {
                self.folder(&file, &format!("{path}/"), depth - 1)?;
            } else if meta.is_file() && usize::try_from(meta.len()).is_ok_and(|size| size <= MOST) {
                self.add(&path, &fs::read(file).ok()?, mode(&meta)?)?;
            } else {
                return None;
            }
        }
        Some(())
    }

    /// Adds a file, or a folder if its path ends with `/`.
    fn add(&mut self, path: &str, content: &[u8], mode: u32) -> Option<()> {
        let is_folder = path.ends_with('/');
        let offset = u32::try_from(self.body.len()).ok()?;
        let size = u32::try_from(content.len()).ok()?.to_le_bytes();
        let mut crc = Crc::new();
        crc.update(content);
        // The version that is needed, no flags, not compressed.
        let mut head = vec![if is_folder { 20 } else { 10 }, 0, 0, 0, 0, 0];
        head.extend(TIME);
        head.extend(crc.sum().to_le_bytes());
        head.extend([size, size].as_flattened());
        head.extend(u16::try_from(path.len()).ok()?.to_le_bytes());
        head.extend([0, 0]);
        self.body.extend(b"PK\x03\x04");
        self.body.extend(&head);
        self.body.extend(path.as_bytes());
        self.body.extend(content);
        let kind = if is_folder { 0o040_000 } else { 0o100_000 };
        // Made by version 6.3 for Unix.
        self.directory.extend(b"PK\x01\x02\x3f\x03");
        self.directory.extend(&head);
        self.directory.extend([0; 6]);
        self.directory.extend(((kind | mode) << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(path.as_bytes());
        self.entries = self.entries.checked_add(1)?;
        (path.is_ascii() && self.body.len() <= MOST).then_some(())
    }

    fn finish(mut self) -> Vec<u8> {
        // Both are as large as the limits above allow.
        let (at, size) = (self.body.len() as u32, self.directory.len() as u32);
        self.body.append(&mut self.directory);
        self.body.extend(b"PK\x05\x06\0\0\0\0");
        self.body.extend([self.entries.to_le_bytes(), self.entries.to_le_bytes()].as_flattened());
        self.body.extend([size.to_le_bytes(), at.to_le_bytes()].as_flattened());
        self.body.extend([0, 0]);
        self.body
    }
}

/// The permissions as yarn keeps them; nothing where the system has none.
#[cfg(unix)]
fn mode(meta: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(meta.permissions().mode() & 0o755)
}

#[cfg(not(unix))]
fn mode(_meta: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_those_of_yarn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("index.js"), "x").unwrap();
        let manifest = "{\n  \"name\": \"loc\",\n  \"version\": \"1.0.0\",\n  \"private\": true,\n  \"dependencies\": {\n    \"ms\": \"^2.1.0\"\n  }\n}\n";
        fs::write(path.join("package.json"), manifest).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for (name, mode) in [("", 0o755), ("index.js", 0o644), ("package.json", 0o664)] {
                fs::set_permissions(path.join(name), fs::Permissions::from_mode(mode)).unwrap();
            }
            // As yarn 4.18 records it.
            assert_eq!(&hash(path, "loc").unwrap()[..6], "12487f");
        }
    }
}
