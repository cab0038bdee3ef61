//! What a yarn.lock of yarn 2 and later records of folders and patches in the repository itself: yarn reads them anew at
//! each install, and an immutable one refuses what differs.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha512};

use crate::checkout::ReadError;
use crate::tree::Node;

use super::super::super::node::workspace;
use super::super::super::paths;
use super::super::super::report::Report;
use super::berry_patches::{MOST_NESTED, decoded, patch_file};
use super::berry_sync::Comparison;
use super::{descriptor, folder_archive, patch_file as patch, written};

/// The first version of the lockfile whose hashes of folders and patches are known.
const HASHES_SINCE: u32 = 8;

/// Digits of a hash that yarn writes down.
const DIGITS: usize = 6;

/// A resolution: what it is of, and what it is bound to.
struct Resolution<'s> {
    name: &'s str,
    /// Without what it is bound to.
    reference: &'s str,
    bindings: &'s str,
}

impl<'s> Resolution<'s> {
    fn of(text: &'s str) -> Resolution<'s> {
        let (name, text) = descriptor(text);
        let (reference, bindings) = text.split_once("::").unwrap_or((text, ""));
        Resolution { name, reference, bindings }
    }

    fn bound(&self, key: &str) -> Option<String> {
        let mut pairs = self.bindings.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == key).map(|(_, value)| decoded(value))
    }
}

impl Comparison<'_> {
    /// Folders and patches are what the lockfile was made with.
    pub fn local(&self, report: &mut Report<'_>) {
        for (key, node) in self.nodes {
            let Some(written) = node.get("resolution") else { continue };
            let resolution = Resolution::of(written.text().unwrap_or_default());
            if resolution.reference.starts_with("patch:") {
                self.patch(&resolution, written, report);
            } else {
                self.folder(&resolution, (*key, *node), report);
            }
        }
    }

    /// A folder asks for what is recorded of it, and one that is copied holds what it held.
    fn folder(&self, resolution: &Resolution<'_>, entry: (Node<'_>, Node<'_>), report: &mut Report<'_>) {
        let reference = resolution.reference;
        let is_copy = reference.starts_with("file:");
        let path = reference.strip_prefix("portal:").or_else(|| reference.strip_prefix("file:"));
        let Some(path) = path.and_then(|path| path.split('#').next()) else { return };
        if [".tgz", ".tar.gz"].iter().any(|end| path.ends_with(end)) {
            return;
        }
        let Some(folder) = self.place(resolution, &decoded(path)) else { return };
        let Some(source) = self.project.text(&paths::file_in(&folder, "package.json")) else {
            return report
                .not_verified(format!("`{folder}` is not in the repository, so it was not compared"));
        };
        let Some(manifest) = workspace::readable(&source, report) else { return };
        self.asks(manifest, false, &source, entry, report);
        if is_copy && !report.is_out_of_sync() {
            self.copy(resolution, &folder, entry.0, report);
        }
    }

    /// The files of a folder that is copied are those that are recorded.
    fn copy(&self, resolution: &Resolution<'_>, folder: &str, key: Node<'_>, report: &mut Report<'_>) {
        let Some(recorded) = resolution.bound("hash").filter(|_| self.version >= HASHES_SINCE) else {
            return;
        };
        let path = self.project.checkout.root().join(folder);
        match folder_archive::hash(&path, resolution.name) {
            // What is compressed cannot be made again here.
            _ if written::compression_level(self.project).is_some_and(|level| level != "0") => {}
            None => report.not_verified(format!("the files of `{folder}` were not compared")),
            Some(hash) if is_same(&hash, &recorded) => {}
            Some(_) => {
                let message =
                    format!("`{folder}` holds other files than the lockfile was made with, which copies it");
                let told = report.out_of_sync(self.project.source.at_node(key), message);
                told.subject(format!("folder {}", resolution.name));
            }
        }
    }

    /// A path as seen from the root of the repository; nothing for what leads out of it.
    fn place(&self, resolution: &Resolution<'_>, path: &str) -> Option<String> {
        match path.strip_prefix("~/") {
            Some(path) => paths::join(self.project.folder, path),
            None => paths::join(&self.parent(&resolution.bound("locator")?, MOST_NESTED)?, path),
        }
    }

    /// The folder of what asks for something: a workspace, or a folder that another one asks for.
    fn parent(&self, locator: &str, depth: usize) -> Option<String> {
        let parent = Resolution::of(locator);
        let (protocol, path) = parent.reference.split_once(':')?;
        match protocol {
            "workspace" => paths::join(self.project.folder, path),
            "portal" | "file" if depth > 0 => {
                let above = self.parent(&parent.bound("locator")?, depth - 1)?;
                paths::join(&above, path.split('#').next().unwrap_or(path))
            }
            _ => None,
        }
    }

    /// The changes of a patch are those that are recorded.
    fn patch(&self, resolution: &Resolution<'_>, written: Node<'_>, report: &mut Report<'_>) {
        let Some(recorded) = resolution.bound("hash").filter(|_| self.version >= HASHES_SINCE) else {
            return;
        };
        let files = patch_file(resolution.reference);
        if files.contains("builtin<") {
            return;
        }
        let mut hasher = Sha512::new_with_prefix("3");
        for file in files.split('&').map(|file| file.rsplit('!').next().unwrap_or(file)) {
            let Some(path) = self.place(resolution, file) else { return };
            let changes = match self.project.read(&path) {
                Ok(source) => patch::changes(&source.text().replace("\r\n", "\n").replace('\r', "\n")),
                Err(ReadError::Missing) => {
                    let message = format!(
                        "the lockfile patches `{}` with `{path}`, which is not there",
                        resolution.name
                    );
                    report.out_of_sync(self.project.source.at_node(written), message).subject(path);
                    return;
                }
                Err(error) => {
                    return report.not_verified(format!("the patch `{path}` was not compared: {error}"));
                }
            };
            let Some(changes) = changes else {
                return report
                    .not_verified(format!("the patch `{path}` cannot be read, so it was not compared"));
            };
            hasher.update(changes);
        }
        let hash = HEXLOWER.encode(&hasher.finalize());
        if !is_same(&hash, &recorded) {
            let message = format!(
                "`{}` is patched with other changes than the lockfile was made with",
                resolution.name
            );
            let told = report.out_of_sync(self.project.source.at_node(written), message);
            told.subject(format!("patch {}", resolution.name));
        }
    }
}

fn is_same(hash: &str, recorded: &str) -> bool {
    recorded.len() == DIGITS && hash.starts_with(recorded)
}
