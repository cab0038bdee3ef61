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

/// Walks `folder`. `enter` decides, from its name, whether a folder is looked into; repositories' own `.git`
/// never is.
pub fn walk(folder: &Path, enter: &dyn Fn(&Name) -> bool) -> Walk {
    walk_at_most(MAX_ENTRIES, folder, enter)
}

fn walk_at_most(limit: usize, folder: &Path, enter: &dyn Fn(&Name) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut left = limit;
    let mut open = vec![(folder.to_owned(), Name::new(""))];
    while let Some((path, name)) = open.pop() {
        if let Err(error) = list(&path, &name, enter, &mut left, &mut open, &mut walk) {
            let shown =
                if name.as_bytes().is_empty() { path.display().to_string() } else { name.to_string() };
            walk.gaps.push(format!("`{shown}` cannot be read: {error}"));
        }
        if left == 0 {
            walk.gaps.push(format!("there are more than {limit} files and folders"));
            break;
        }
    }
    crate::sorted::by_bytes(&mut walk.found, |found| found.name.as_bytes());
    walk
}

fn list(
    folder: &Path,
    name: &Name,
    enter: &dyn Fn(&Name) -> bool,
    left: &mut usize,
    open: &mut Vec<(PathBuf, Name)>,
    walk: &mut Walk,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        let entry = entry?;
        let own = entry.file_name();
        let is_git = own == ".git";
        let Some(below) = Name::of_entry(own).map(|own| own.within(name)) else {
            walk.gaps.push(format!("`{}` has a name that is no text", entry.file_name().to_string_lossy()));
            continue;
        };
        let kind = match entry.file_type()? {
            kind if kind.is_dir() => {
                if !is_git && enter(&below) {
                    open.push((entry.path(), below));
                }
                continue;
            }
            kind if kind.is_file() => Kind::File,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Special,
        };
        walk.found.push(Found { name: below, kind });
    }
    Ok(())
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
        let all = walk(folder.path(), &|_| true);
        assert_eq!(names(&all), ["a", "b/.d/e", "b/.git", "b/c"]);
        assert!(all.gaps.is_empty());
        let outer = walk(folder.path(), &|name| name.as_bytes() != b"b/.d");
        assert_eq!(names(&outer), ["a", "b/.git", "b/c"]);
    }

    #[test]
    fn a_walk_ends_and_says_so() {
        let folder = tree();
        let cut = walk_at_most(3, folder.path(), &|_| true);
        assert_eq!(cut.gaps, ["there are more than 3 files and folders"]);
        assert_eq!(walk(&folder.path().join("none"), &|_| true).gaps.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tree();
        std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
        let all = walk(folder.path(), &|_| true);
        let links: Vec<_> = all.found.iter().filter(|found| found.kind == Kind::Link).collect();
        assert_eq!(links.len(), 2);
    }
}
