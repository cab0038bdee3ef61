//! Which checksum lists and manifests are verified, and their bytes.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Arguments, statement};
use crate::checkout::Checkout;
use crate::checks::Record;
use crate::checks::checksum::select;

/// Lists and manifests larger than this are not read, in bytes: about two hundred thousand lines.
const MAX_SIZE: u64 = 16 << 20;

/// Names that lists go by; others end with one of [`LIST_ENDINGS`].
const LIST_NAMES: [&str; 8] = [
    "SHA256SUMS",
    "SHA256SUMS.txt",
    "SHA512SUMS",
    "checksums.txt",
    "sha256.sum",
    "sha256sum.txt",
    "sha256sums.txt",
    "sha512.sum",
];

/// GoReleaser's default, and HashiCorp's.
const LIST_ENDINGS: [&str; 2] = ["_checksums.txt", "_SHA256SUMS"];

/// Folders in which lists are looked for when none is named.
const FOLDERS: [&str; 2] = ["", "dist"];

/// What kind of file says what the artifacts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A checksum list.
    List,
    /// A list for one file, found beside it.
    Single,
    /// A manifest.
    Manifest,
    /// A Statement of in-toto, or several.
    Statement,
}

/// A file that says what the artifacts are.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub kind: Kind,
    /// As reports show it: relative to the root, or as the user gave it.
    pub shown: String,
    /// Where it is, without links.
    pub file: PathBuf,
    /// The folder that its names are relative to, without links.
    pub folder: PathBuf,
    /// The folder as reports show it: empty for the root.
    pub shown_folder: String,
    /// No link of an artifact may lead out of this folder.
    pub boundary: PathBuf,
    pub bytes: Vec<u8>,
}

/// The lists and the manifest that are asked for, or else the lists that are there.
pub(super) fn find(arguments: &Arguments, checkout: &Checkout, record: &mut Record) -> Vec<Source> {
    let lists = match &arguments.checksums {
        Some(given) => expand(given, checkout, record),
        None if arguments.manifest.is_some() => Vec::new(),
        None => {
            let found = known_lists(checkout.root());
            // Whoever asks for uploads alone has no files here.
            if found.is_empty() && arguments.uploaded.is_empty() {
                record.not_verified(
                    "no checksum list was given, and neither the root nor `dist` holds one (SHA256SUMS, \
                     checksums.txt, sha256.sum, …)",
                );
            }
            found
        }
    };
    let mut sources: Vec<Source> = Vec::new();
    let named = lists.iter().map(|list| (Kind::List, list));
    for (kind, given) in named.chain(arguments.manifest.iter().map(|manifest| (Kind::Manifest, manifest))) {
        match open(kind, given, checkout) {
            Ok(mut source) => {
                // A manifest repeats the names of the list that was written with it.
                if let Some(list) = sources.first().filter(|_| kind == Kind::Manifest) {
                    source.folder.clone_from(&list.folder);
                    source.shown_folder.clone_from(&list.shown_folder);
                    source.boundary.clone_from(&list.boundary);
                }
                sources.push(source);
            }
            Err(reason) => record.not_verified(format!("`{given}`: {reason}")),
        }
    }
    sources
}

/// A list, or several by a pattern.
fn expand(given: &str, checkout: &Checkout, record: &mut Record) -> Vec<String> {
    let is_there = fs::symlink_metadata(checkout.root().join(given)).is_ok();
    if is_there || !given.contains(['*', '?', '[']) {
        return vec![given.to_owned()];
    }
    let selection = select::select(&[given.to_owned()], checkout.root());
    selection.gaps.iter().for_each(|gap| record.not_verified(gap));
    let paths: Vec<String> = selection.files.iter().map(|file| file.path.to_string()).collect();
    if paths.is_empty() {
        record.not_verified(format!("`{given}` matches no checksum list"));
    }
    paths
}

fn known_lists(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let is_list = |name: &String| {
            LIST_NAMES.contains(&name.as_str()) || LIST_ENDINGS.iter().any(|ending| name.ends_with(ending))
        };
        let mut names: Vec<String> = names.filter(is_list).collect();
        crate::sorted::by(&mut names, Ord::cmp);
        found.extend(names.iter().map(|name| join(folder, name)));
    }
    found
}

/// Finds and reads one. `given` is relative to the root, or absolute.
pub(super) fn open(kind: Kind, given: &str, checkout: &Checkout) -> Result<Source, String> {
    let root = checkout.root();
    let path = root.join(given);
    let file = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    })?;
    // What lies in the repository by its name must not be a link out of it; what the user names elsewhere may be.
    let named_inside = lexically(&path).starts_with(root);
    if named_inside && !file.starts_with(root) {
        return Err("it is a symbolic link out of the repository".to_owned());
    }
    let meta = fs::symlink_metadata(&file).map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let opened = fs::File::open(&file).map_err(|error| error.to_string())?;
    opened.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(format!("it is larger than {} MiB", MAX_SIZE >> 20));
    }
    let kind = if statement::is_one(&bytes) { Kind::Statement } else { kind };
    // Names are relative to where the list stands, also if it is a link to a list elsewhere.
    let folder =
        path.parent().and_then(|folder| folder.canonicalize().ok()).unwrap_or_else(|| root.to_owned());
    let inside = folder.strip_prefix(root).ok().and_then(Path::to_str);
    let (shown_folder, shown) = match (inside.map(|path| path.replace('\\', "/")), path.file_name()) {
        (Some(folder), Some(name)) => (folder.clone(), join(&folder, &name.to_string_lossy())),
        _ => (folder.display().to_string(), given.to_owned()),
    };
    let boundary = if folder.starts_with(root) { root.to_owned() } else { folder.clone() };
    Ok(Source { kind, shown, file, folder, shown_folder, boundary, bytes })
}

/// A name in a folder, as reports show it.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The path without `.` and `..`, whatever links there are.
fn lexically(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(result.pop()),
            std::path::Component::CurDir => {}
            other => result.push(other),
        }
    }
    result
}
