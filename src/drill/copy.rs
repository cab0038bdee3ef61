//! A temporary copy of what the drill needs of a repository, gone with the value.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;

use crate::checkout::Checkout;
use crate::settings::DEFAULT_PATHS;

/// Bytes of a file that is copied.
const MAX_FILE: u64 = 4 << 20;

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The settings.
    Settings,
    /// The settings and the workflows.
    Workflows,
}

/// A temporary copy.
pub struct Copy {
    root: PathBuf,
}

impl Copy {
    /// Copies the settings of a repository, and its workflows where they are wanted.
    pub fn of(repository: &Path, contents: Contents) -> Result<Copy> {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no random number: {error}"))?;
        let root = std::env::temp_dir().join(format!("ci-guard-drill-{}", HEXLOWER.encode(&random)));
        fs::create_dir(&root).with_context(|| root.display().to_string())?;
        let copy = Copy { root };
        let checkout = Checkout::open(repository)?;
        let workflows = contents == Contents::Workflows;
        let wanted = |path: &str| {
            DEFAULT_PATHS.contains(&path) || (workflows && path.starts_with(".github/workflows/"))
        };
        for entry in checkout.files(wanted) {
            // What cannot be read here is a finding of its own elsewhere.
            if let Ok(bytes) = checkout.read_bytes(&entry.path, MAX_FILE) {
                copy.write(&entry.path, &bytes)?;
            }
        }
        Ok(copy)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file of the copy.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let inside = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        anyhow::ensure!(inside, "`{path}` leads out of the copy");
        let place = self.root.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::write(&place, bytes).with_context(|| place.display().to_string())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What is left behind lies in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.root);
    }
}
