//! Which files the repository owns: tracked by git, or on disk and not ignored.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use ignore::WalkBuilder;

/// Folders that package managers fill; a repository owns what is in them only if git tracks it.
const FOREIGN_FOLDERS: [&str; 4] = ["node_modules", ".venv", ".tox", "__pycache__"];

/// A file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the root, with `/`.
    pub path: Box<str>,
    /// Bytes.
    pub size: u64,
    /// True if git's index holds it.
    pub tracked: bool,
}

/// Something on disk that is no examinable file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The path as far as it can be shown.
    pub path: String,
    /// Why it is left out.
    pub reason: &'static str,
}

/// All files of the repository, sorted by path.
#[derive(Debug, Default)]
pub struct Listing {
    /// Regular files with UTF-8 names.
    pub files: Vec<Entry>,
    /// What was seen and left out.
    pub unlisted: Vec<Unlisted>,
}

/// The listing of a checkout. Two checks that ask for it at the same time make a half each: one has git's index read, the
/// other walks.
#[derive(Default)]
pub(super) struct Shared {
    listing: OnceLock<Listing>,
    is_begun: AtomicBool,
    on_disk: OnceLock<Mutex<Listing>>,
}

impl Shared {
    /// The listing, if somebody asked for it before.
    pub fn made(&self) -> Option<&Listing> {
        self.listing.get()
    }

    /// The listing; `tracked` has git's index read.
    pub fn make(&self, root: &Path, tracked: impl FnOnce() -> Option<Vec<Box<str>>>) -> &Listing {
        if let Some(made) = self.made() {
            return made;
        }
        // Without git the other walk is another one, and this would be for nothing.
        if self.is_begun.swap(true, Ordering::Relaxed) && root.join(".git").exists() {
            self.on_disk(root);
        }
        self.listing.get_or_init(|| match tracked() {
            Some(tracked) => {
                let mut on_disk = self.on_disk(root).lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut *on_disk).with_tracked(root, &tracked)
            }
            // Ignore rules are part of the checkout, so a pull request could hide files with them. They only ever hide
            // what git does not track; where git cannot say, nothing is hidden.
            None => Listing::on_disk(root, false),
        })
    }

    /// What is there and not ignored.
    fn on_disk(&self, root: &Path) -> &Mutex<Listing> {
        self.on_disk.get_or_init(|| Mutex::new(Listing::on_disk(root, true)))
    }
}

impl Listing {
    /// What a walk finds; `honour_ignores`: without what git's rules ignore.
    fn on_disk(root: &Path, honour_ignores: bool) -> Listing {
        let mut listing = Listing::default();
        walk(root, honour_ignores, &mut listing);
        crate::sorted::by(&mut listing.files, |a, b| a.path.cmp(&b.path));
        listing
    }

    /// The entry of a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        let index = self.files.binary_search_by(|entry| (*entry.path).cmp(path)).ok()?;
        Some(&self.files[index])
    }

    /// Marks what git tracks, and adds tracked files that the walk left out.
    fn with_tracked(mut self, root: &Path, tracked: &[Box<str>]) -> Listing {
        let mut added = Vec::new();
        for path in tracked {
            match self.files.binary_search_by(|entry| entry.path.cmp(path)) {
                Ok(index) => self.files[index].tracked = true,
                Err(_) => added.extend(tracked_only(root, path)),
            }
        }
        if !added.is_empty() {
            self.files.append(&mut added);
            crate::sorted::by(&mut self.files, |a, b| a.path.cmp(&b.path));
        }
        self
    }
}

/// A tracked file that ignore rules cover. It counts if it is there and no link was followed to reach it.
fn tracked_only(root: &Path, path: &str) -> Option<Entry> {
    let mut place = root.to_path_buf();
    let mut meta = None;
    for part in path.split('/') {
        place.push(part);
        let found = place.symlink_metadata().ok()?;
        if found.is_symlink() {
            return None;
        }
        meta = Some(found);
    }
    let meta = meta.filter(std::fs::Metadata::is_file)?;
    Some(Entry { path: path.into(), size: meta.len(), tracked: true })
}

fn walk(root: &Path, honour_ignores: bool, listing: &mut Listing) {
    // Git looks for no rules above the folder that its own lies in.
    let is_top = root.join(".git").exists();
    let walker = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(honour_ignores)
        .git_exclude(honour_ignores)
        .parents(honour_ignores && !is_top)
        .require_git(true)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_foreign(entry))
        .build();
    for entry in walker {
        match entry {
            Ok(entry) => list(root, &entry, listing),
            Err(error) => {
                let path = failed_path(&error).map_or_else(String::new, |path| {
                    path.strip_prefix(root).unwrap_or(path).display().to_string()
                });
                listing.unlisted.push(Unlisted { path, reason: "it cannot be read" });
            }
        }
    }
}

fn is_foreign(entry: &ignore::DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return entry.file_name() == ".git";
    }
    let name = entry.file_name();
    // A repository inside this one (submodule, clone, worktree) is judged by itself.
    name == ".git"
        || FOREIGN_FOLDERS.iter().any(|folder| name == *folder)
        || entry.path().join(".git").exists()
}

fn list(root: &Path, entry: &ignore::DirEntry, listing: &mut Listing) {
    let Some(kind) = entry.file_type() else { return };
    if kind.is_dir() {
        return;
    }
    let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let Some(path) = relative.to_str() else {
        let path = relative.to_string_lossy().into_owned();
        listing.unlisted.push(Unlisted { path, reason: "its name is not UTF-8" });
        return;
    };
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    if kind.is_symlink() {
        listing.unlisted.push(Unlisted { path, reason: "it is a symbolic link" });
    } else if kind.is_file() {
        let size = entry.metadata().map(|meta| meta.len()).unwrap_or_default();
        listing.files.push(Entry { path: path.into(), size, tracked: false });
    } else {
        listing.unlisted.push(Unlisted { path, reason: "it is a FIFO, socket or device" });
    }
}

fn failed_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => failed_path(err),
        _ => None,
    }
}
