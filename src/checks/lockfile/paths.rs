//! Repository paths: joined and normalised as text, and manifests found by folder.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use globset::{GlobBuilder, GlobMatcher};

use crate::checkout::Checkout;

/// `relative` as seen from `folder` (both with `/`), without `.` and `..`; `None` if it leads out of the
/// repository or is absolute.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    let relative = relative.replace('\\', "/");
    if relative.starts_with('/') || relative.get(1..3) == Some(":/") {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// `path` as seen from `folder`, without `.` and inner `..`; what leads out of the repository keeps its `..`.
pub fn normal(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A file in a folder; the root is the empty folder.
pub fn file_in(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder that a path lies in, and its last part.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The folder and all above it, nearest first, the root (empty) last.
pub fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| split(folder).0))
}

/// True if `path` is `folder` or lies in it.
pub fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `path` as seen from `folder`, with `..` where needed; `.` for the folder itself.
pub fn relative(path: &str, folder: &str) -> String {
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let folder: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let common = path.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", folder.len() - common);
    let parts: Vec<&str> = up.chain(path[common..].iter().copied()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Bytes of large manifests that are read for all lockfiles together. What thousands of lockfiles have in common is read
/// for each of them.
const MOST_READ: usize = 512 << 20;

/// Bytes of a manifest that count for that. Workspaces have thousands of small ones, which are kept with their trees.
const LARGE: usize = 64 << 10;

/// The folders that hold a file of some name, for a few names, found in one pass over the listing; and how much was read
/// of what lies in folders.
#[derive(Debug, Default)]
pub struct Folders {
    by_name: HashMap<&'static str, Vec<String>>,
    read: AtomicUsize,
}

impl Folders {
    /// Looks for files of these names.
    pub fn of(checkout: &Checkout, names: &[&'static str]) -> Folders {
        let mut folders = Folders::default();
        for entry in &checkout.listing().files {
            let (folder, name) = split(&entry.path);
            if let Some(name) = names.iter().find(|known| **known == name) {
                folders.by_name.entry(name).or_default().push(folder.to_owned());
            }
        }
        folders.by_name.values_mut().for_each(|found| crate::sorted::by(found, Ord::cmp));
        folders
    }

    /// Notes that so many bytes of a manifest were read for a lockfile.
    pub fn note_read(&self, bytes: usize) {
        if bytes >= LARGE {
            self.read.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// True if so much was read that other lockfiles are not compared any more.
    pub fn is_enough(&self) -> bool {
        self.read.load(Ordering::Relaxed) > MOST_READ
    }

    /// The folders below `under` (itself included) that hold `name`, sorted.
    pub fn with<'f>(&'f self, name: &str, under: &'f str) -> impl Iterator<Item = &'f str> {
        let all: &[String] = self.by_name.get(name).map_or(&[], Vec::as_slice);
        // What begins with the folder's name is contiguous; siblings such as `a-b` beside `a` are sorted out.
        let start = all.partition_point(|folder| folder.as_str() < under);
        all[start..]
            .iter()
            .map(String::as_str)
            .take_while(move |folder| folder.starts_with(under))
            .filter(move |folder| is_inside(folder, under))
    }
}

/// A pattern over folders as workspaces write them: `*` stays within a folder, `**` does not.
pub fn folder_pattern(pattern: &str) -> Option<globset::GlobMatcher> {
    /// Longer patterns are nobody's, and compile to much.
    const LONGEST: usize = 512;
    if pattern.len() > LONGEST {
        return None;
    }
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(false).build();
    built.ok().map(|glob| glob.compile_matcher())
}

/// Patterns of a workspace. Each takes some kilobytes, and is held against every folder.
pub const MOST_PATTERNS: usize = 500;

/// The patterns over folders of a workspace. Most people write paths.
#[derive(Default)]
pub struct Patterns {
    /// Those that are paths.
    pub paths: HashSet<String>,
    /// The others, at most [`MOST_PATTERNS`].
    pub globs: Vec<GlobMatcher>,
}

impl Patterns {
    /// The patterns of a list.
    pub fn of(texts: impl Iterator<Item = String>) -> Patterns {
        let mut patterns = Patterns::default();
        for text in texts {
            if !is_pattern(&text) {
                patterns.paths.insert(text);
            } else if patterns.globs.len() < MOST_PATTERNS {
                patterns.globs.extend(folder_pattern(&text));
            }
        }
        patterns
    }

    /// True if one of them fits.
    pub fn fit(&self, path: &str) -> bool {
        self.paths.contains(path) || self.globs.iter().any(|pattern| pattern.is_match(path))
    }
}

/// True if a workspace has more patterns than are looked at.
pub fn are_too_many<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    texts.filter(|text| is_pattern(text)).nth(MOST_PATTERNS).is_some()
}

/// True for a pattern that is more than a path.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_as_text() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("", ".").as_deref(), Some(""));
        assert_eq!(join("a", "../.."), None);
        assert_eq!(join("a", "/etc"), None);
        assert_eq!(join("a", "C:/x"), None);
        assert_eq!(normal("a/b", "../../../x/./y"), "../x/y");
        assert_eq!(relative("a/c", "a/b"), "../c");
        assert_eq!(relative("a", "a"), ".");
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        let patterns = Patterns::of(["a/b", "c/*"].map(str::to_owned).into_iter());
        assert!(patterns.fit("a/b") && patterns.fit("c/d") && !patterns.fit("a/c") && !patterns.fit("c/d/e"));
        assert!(are_too_many(["a*"; MOST_PATTERNS + 1].into_iter()) && !are_too_many(["a"; 999].into_iter()));
        let folders = Folders::default();
        folders.note_read(MOST_READ);
        folders.note_read(LARGE - 1);
        assert!(!folders.is_enough());
        folders.note_read(LARGE);
        assert!(folders.is_enough());
        assert!(is_inside("a/b", "a") && !is_inside("ab", "a") && is_inside("a", ""));
    }
}
