//! A throw-away folder, in memory where the system has such a place: the disk would be the slowest part.

use std::path::{Path, PathBuf};

/// A folder of this process. It disappears with the value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = parent.join(format!("ci-guard-fuzz-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Folder(path.canonicalize().expect("a folder that was just made"))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, its folders included.
    pub fn write(&self, path: &str, content: &[u8]) -> PathBuf {
        let place = self.0.join(path);
        if std::fs::write(&place, content).is_err() {
            std::fs::create_dir_all(place.parent().expect("a path inside")).expect("a folder");
            std::fs::write(&place, content).expect("a file");
        }
        place
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
