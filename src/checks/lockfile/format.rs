//! What a lockfile format says of itself. `formats/` holds one file or folder for each; the rest of the check
//! knows formats only through this.

use std::ops::Range;
use std::sync::Arc;

use crate::checkout::{Checkout, ReadError, Source};
use crate::tree::{Node, Syntax};

use super::model::{Declared, File, Lock, Package};
use super::paths::{self, Folders};
use super::report::{self, Report};
use super::versions::ToolVersions;

/// A lockfile format and the tool that it belongs to.
pub trait Format: Sync {
    /// The family of registries, as `allowed-hosts` names it.
    fn ecosystem(&self) -> &'static str;
    /// The tool, as its users write it.
    fn tool(&self) -> &'static str;
    /// Names of its lockfiles. Where a folder holds several, the first counts.
    fn names(&self) -> &'static [&'static str];
    /// True for the lockfiles of this format, by their name; by their contents where others have such names, too.
    fn is_lockfile(&self, path: &str, _checkout: &Checkout) -> bool {
        self.names().contains(&paths::split(path).1)
    }
    /// The name under which the tool writes one where there is none.
    fn usual_name(&self) -> &'static str {
        self.names()[0]
    }
    /// Name of the manifest beside it.
    fn manifest(&self) -> &'static str;
    /// How the lockfile is written; nothing where it is in a form of its own.
    fn syntax(&self, source: &Source) -> Option<Syntax>;
    /// Hosts that the tool downloads from when nobody tells it otherwise.
    fn public_hosts(&self) -> &'static [&'static str];
    /// The command that brings the lockfile in step again.
    fn repair(&self) -> &'static str;
    /// That command for one lockfile, as it is typed at the repository root.
    fn repair_at(&self, path: &str) -> String {
        report::repair(self.repair(), paths::split(path).0)
    }
    /// The command that makes a lockfile where there is none.
    fn create(&self) -> &'static str {
        self.repair()
    }
    /// True if one look at the text shows that no rule has anything to say of its packages alone: all come from the
    /// usual registry, none needs another, each has one strong hash as it should be written, and none is there twice.
    /// Who looks at no package itself then has none listed. False says nothing.
    fn is_sound(&self, _text: &str) -> bool {
        false
    }
    /// The lockfile in the common model.
    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable>;
    /// Compares manifests and lockfile as the tool's own frozen check does, and reports what differs. Returns the
    /// sources that the manifests and the tool's configuration in the repository name.
    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared;
    /// What the file's name says it is, if that is not the package it stands under.
    fn contradiction(&self, _package: &Package<'_>, _file: &File<'_>) -> Option<String> {
        None
    }
    /// True if the manifest asks for packages that a lockfile should pin, and no other lockfile governs it.
    fn wants_lock(&self, _manifest: &Source, _project: &Project<'_>) -> bool {
        false
    }
    /// True if the tool refuses to build the project without a lockfile, rather than to make one.
    fn refuses_none(&self, _manifest: &Source, _project: &Project<'_>) -> bool {
        false
    }
    /// True if the tool refuses a lockfile that records more than is needed.
    fn refuses_unreachable(&self) -> bool {
        false
    }
    /// True if packages of the registry may themselves ask for repositories and archives elsewhere.
    fn registry_may_need_git(&self) -> bool {
        false
    }
    /// True if a package's hashes are those of several files, and any of them is accepted.
    fn takes_any_hash(&self) -> bool {
        false
    }
    /// True if commits are recorded by their beginning, and the archive by a hash of its own.
    fn shortens_commits(&self) -> bool {
        false
    }
    /// True if it says which registry a package comes from, where that is not the usual one.
    fn records_registry(&self) -> bool {
        true
    }
    /// True if it keeps hashes of more than is installed, so that an entry says nothing about what is.
    fn records_more(&self) -> bool {
        false
    }
    /// The packages that run scripts of their own when they are installed, and where the lockfile records them.
    /// Nothing if neither it nor the project says which do.
    fn scripts(&self, _lock: &Lock<'_>, _project: &Project<'_>) -> Option<Vec<(String, Range<usize>)>> {
        None
    }
    /// Names of files by which the same packages may be locked with another tool.
    fn alternatives(&self) -> &'static [&'static str] {
        &[]
    }
}

/// Why a lockfile that parses cannot be used.
#[derive(Debug)]
pub enum Unreadable {
    /// Its format version is not known.
    Version {
        /// The version as written.
        found: String,
        /// The versions that are known, in words.
        known: &'static str,
        /// Where it is written.
        place: Range<usize>,
    },
    /// It is not of its format.
    Malformed {
        /// What is wrong, in a few words.
        message: String,
        /// Where.
        place: Range<usize>,
    },
}

impl Unreadable {
    /// It is not of its format.
    pub fn malformed(message: impl Into<String>, place: Range<usize>) -> Unreadable {
        Unreadable::Malformed { message: message.into(), place }
    }
}

/// A lockfile in its surroundings.
#[derive(Clone, Copy)]
pub struct Project<'a> {
    /// The repository.
    pub checkout: &'a Checkout,
    /// Folders with manifests.
    pub folders: &'a Folders,
    /// The folder that the lockfile lies in; empty for the root.
    pub folder: &'a str,
    /// The lockfile.
    pub source: &'a Source,
    /// Versions of tools that the settings name.
    pub tool_versions: &'a ToolVersions,
}

impl<'a> Project<'a> {
    /// The root of the lockfile.
    pub fn root(&self, syntax: Syntax) -> Result<Node<'a>, Unreadable> {
        let empty = || Unreadable::malformed("the file is empty", 0..0);
        self.source.tree(syntax).root().ok_or_else(empty)
    }

    /// The path of a file beside the lockfile.
    pub fn beside(&self, name: &str) -> String {
        paths::file_in(self.folder, name)
    }

    /// The text of a file of the repository, if it is there and can be read.
    pub fn text(&self, path: &str) -> Option<Arc<Source>> {
        self.read(path).ok()
    }

    /// True if the repository owns a file below this folder.
    pub fn has_folder(&self, folder: &str) -> bool {
        let files = &self.checkout.listing().files;
        let start = files.partition_point(|entry| &*entry.path < folder);
        let mut near = files[start..].iter().take_while(|entry| entry.path.starts_with(folder));
        near.any(|entry| entry.path.as_bytes().get(folder.len()) == Some(&b'/'))
    }

    /// The text of a file, and why it cannot be had.
    pub fn read(&self, path: &str) -> Result<Arc<Source>, ReadError> {
        let source = self.checkout.read(path)?;
        self.folders.note_read(source.text().len());
        Ok(source)
    }
}
