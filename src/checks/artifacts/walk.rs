//! Walks a folder of artifacts: bounded, sorted, following no link.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::Name;

/// Entries that are looked at below one folder. A release has fewer; a hostile tree may not have an end.
pub const MAX_ENTRIES: usize = 200_000;

/// Files by which people speak to git. Build tools leave them in folders of artifacts (`uv build` writes
/// `dist/.gitignore`), uploads drop them, and nobody ships them.
const GIT_FILES: [&[u8]; 3] = [b".gitattributes", b".gitignore", b".gitkeep"];

/// True if a file is for git, not for users.
pub fn is_for_git(name: &Name) -> bool {
    GIT_FILES.contains(&name.last())
}

/// Something below a folder that is no folder itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the folder that was walked.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
}

/// What kind of file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link, to whatever.
    Link,
    /// A FIFO, device or socket.
    Special,
}

/// What a walk came to.
#[derive(Debug, Default)]
pub struct Walk {
    /// Everything but folders, sorted by name.
    pub found: Vec<Found>,
    /// Why the walk is not complete; empty if it is.
    pub gaps: Vec<String>,
}

/// Walks all of `folder`; repositories' own `.git` is not looked into.
pub fn walk(folder: &Path) -> Walk {
    let mut entries = Entries::below(folder);
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        match entry {
            Entry::Folder(name) => entries.enter(name),
            Entry::Found(one) => found.push(one),
        }
    }
    crate::sorted::by_bytes(&mut found, |found| found.name.as_bytes());
    Walk { found, gaps: entries.gaps }
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A folder, by its name.
    Folder(Name),
    /// Anything else.
    Found(Found),
}

/// What lies below a folder, in the order of the file system. Whoever asks decides which folders are entered;
/// repositories' own `.git` is none of them.
#[derive(Debug)]
pub struct Entries {
    folder: PathBuf,
    /// What is read, by its name.
    reading: Option<(fs::ReadDir, Name)>,
    /// Folders that are read next.
    entered: Vec<Name>,
    /// How many entries more are looked at, of how many.
    left: usize,
    limit: usize,
    /// Why these are not all; empty if they are.
    pub gaps: Vec<String>,
}

impl Entries {
    /// Those of `folder` itself, at first.
    pub fn below(folder: &Path) -> Entries {
        Entries::at_most(MAX_ENTRIES, folder)
    }

    fn at_most(limit: usize, folder: &Path) -> Entries {
        let entered = vec![Name::from("")];
        Entries { folder: folder.to_owned(), reading: None, entered, left: limit, limit, gaps: Vec::new() }
    }

    /// Looks into a folder as well.
    pub fn enter(&mut self, folder: Name) {
        self.entered.push(folder);
    }

    fn read(&mut self, name: Name) {
        let path = name.as_path().map_or_else(PathBuf::new, |name| self.folder.join(name));
        match fs::read_dir(path) {
            Ok(folder) => self.reading = Some((folder, name)),
            Err(error) => self.stop_reading(&name, &error),
        }
    }

    fn stop_reading(&mut self, name: &Name, error: &io::Error) {
        self.reading = None;
        let shown = match name.as_bytes() {
            b"" => self.folder.display().to_string(),
            _ => name.to_string(),
        };
        self.gaps.push(format!("`{shown}` cannot be read: {error}"));
    }

    fn stop(&mut self) {
        (self.reading, self.entered) = (None, Vec::new());
        self.gaps.push(format!("there are more than {} files and folders", self.limit));
    }
}

impl Iterator for Entries {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let Some((folder, name)) = &mut self.reading else {
                let next = self.entered.pop()?;
                self.read(next);
                continue;
            };
            match folder.next().map(|entry| entry.and_then(|entry| look(&entry, name))) {
                None => self.reading = None,
                Some(_) if self.left == 0 => self.stop(),
                Some(Ok(seen)) => {
                    self.left -= 1;
                    match seen {
                        Seen::Entry(entry) => return Some(entry),
                        Seen::NoText(shown) => {
                            self.gaps.push(format!("`{shown}` has a name that is no text"));
                        }
                        Seen::Git => {}
                    }
                }
                Some(Err(error)) => {
                    let name = std::mem::replace(name, Name::from(""));
                    self.stop_reading(&name, &error);
                }
            }
        }
    }
}

/// What an entry is, before anyone is told of it.
enum Seen {
    Entry(Entry),
    /// The system's own form of its name has no bytes: the name as it can be shown.
    NoText(String),
    /// A repository's own folder.
    Git,
}

fn look(entry: &fs::DirEntry, folder: &Name) -> io::Result<Seen> {
    let own = entry.file_name();
    let is_git = own == ".git";
    let Some(name) = Name::of_entry(own) else {
        return Ok(Seen::NoText(entry.file_name().to_string_lossy().into_owned()));
    };
    let name = name.within(folder);
    let kind = match entry.file_type()? {
        kind if kind.is_dir() && is_git => return Ok(Seen::Git),
        kind if kind.is_dir() => return Ok(Seen::Entry(Entry::Folder(name))),
        kind if kind.is_file() => Kind::File,
        kind if kind.is_symlink() => Kind::Link,
        _ => Kind::Special,
    };
    Ok(Seen::Entry(Entry::Found(Found { name, kind })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a", "b/c", "b/.d/e", ".git/config", "b/.git"] {
            let place = folder.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, path).unwrap();
        }
        folder
    }

    fn names(walk: &Walk) -> Vec<String> {
        walk.found.iter().map(|found| found.name.to_string()).collect()
    }

    #[test]
    fn hidden_files_are_found_and_git_is_not_entered() {
        let folder = tree();
        let all = walk(folder.path());
        assert_eq!(names(&all), ["a", "b/.d/e", "b/.git", "b/c"]);
        assert!(all.gaps.is_empty());
    }

    #[test]
    fn only_what_is_entered_is_read() {
        let folder = tree();
        let outer: Vec<Entry> = Entries::below(folder.path()).collect();
        assert!(outer.contains(&Entry::Folder("b".into())) && outer.len() == 2, "{outer:?}");
    }

    #[test]
    fn a_walk_ends_and_says_so() {
        let folder = tree();
        // The folder holds three things; `.git` is none that anyone is told of.
        for (limit, gap) in [(2, Some("there are more than 2 files and folders")), (3, None)] {
            let mut entries = Entries::at_most(limit, folder.path());
            assert!(entries.by_ref().count() <= limit);
            assert_eq!(entries.gaps.first().map(String::as_str), gap);
        }
        assert_eq!(walk(&folder.path().join("none")).gaps.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tree();
        std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
        let all = walk(folder.path());
        let links: Vec<_> = all.found.iter().filter(|found| found.kind == Kind::Link).collect();
        assert_eq!(links.len(), 2);
    }
}
