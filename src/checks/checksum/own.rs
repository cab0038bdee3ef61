//! The files that the command writes itself: they and their signatures never get into the list.

use std::collections::BTreeSet;
use std::path::Path;

use super::documents::Document;
use super::rules::OUTSIDE;
use super::select::Selection;
use super::target::Target;
use super::{Arguments, Artifact, DEFAULT_LIST};
use crate::checks::Record;
use crate::checks::artifacts::companion;
use crate::checks::artifacts::name::Name;
use crate::finding::Finding;
use crate::location::Location;

/// Where the list and the manifest are written.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub list: Target,
    pub manifest: Option<Target>,
    /// Other documents that are asked for.
    pub documents: Vec<(Document, Target)>,
}

impl Own {
    /// Decides where they are written, and takes them out of the selection. `None` if they cannot be written there;
    /// the record then says why.
    pub fn of(
        arguments: &Arguments,
        selection: &mut Selection,
        root: &Path,
        record: &mut Record,
    ) -> Option<Own> {
        let manifest = match &arguments.manifest {
            Some(given) => Some(target(given, root, record)?),
            None => None,
        };
        let list = match &arguments.checksums {
            Some(given) => target(given, root, record)?,
            None => {
                let manifest = manifest.as_ref().and_then(|manifest| manifest.in_root(root));
                let is_list = |name: &Name| {
                    is_own(name.last(), DEFAULT_LIST.as_bytes())
                        || manifest.as_ref().is_some_and(|own| is_own(name.as_bytes(), own.as_bytes()))
                };
                let names = || selection.files.iter().map(|file| &file.path);
                let folder = Name::common_folder(names().filter(|name| !is_list(name)));
                let folder =
                    folder.or_else(|| Name::common_folder(names())).unwrap_or_else(|| Name::from(""));
                target(&Name::from(DEFAULT_LIST).within(&folder).to_text(), root, record)?
            }
        };
        let mut documents = Vec::new();
        for (document, given) in Document::asked(arguments) {
            documents.push((document, target(given, root, record)?));
        }
        let own = Own { list, manifest, documents };
        if let Some(twice) = own.twice() {
            let message = format!("two documents cannot be the same file: `{}`", twice.shown);
            let location = Location::Artifact { name: twice.shown.clone() };
            record.push(
                Finding::new(&OUTSIDE, location, message)
                    .help("give each a name of its own")
                    .subject("twice"),
            );
            return None;
        }
        own.take_out(arguments.per_file, selection, root);
        Some(own)
    }

    fn all(&self) -> impl Iterator<Item = &Target> {
        let documents = self.documents.iter().map(|(_, target)| target);
        [Some(&self.list), self.manifest.as_ref()].into_iter().flatten().chain(documents)
    }

    /// A file that two documents would be written to.
    fn twice(&self) -> Option<&Target> {
        let mut seen = BTreeSet::new();
        self.all().find(|target| !seen.insert(&target.path))
    }

    fn take_out(&self, per_file: bool, selection: &mut Selection, root: &Path) {
        let own: Vec<Name> = self.all().filter_map(|t| t.in_root(root)).collect();
        let singles: BTreeSet<Name> =
            selection.files.iter().filter(|_| per_file).map(|file| with_ending(&file.path)).collect();
        selection.without(&|name| {
            own.iter().any(|own| is_own(name.as_bytes(), own.as_bytes())) || singles.contains(name)
        });
    }
}

/// True for the name of a file that is written here, and for one of a signature of it.
fn is_own(name: &[u8], own: &[u8]) -> bool {
    name == own || companion::signs(name, own)
}

fn target(given: &str, root: &Path, record: &mut Record) -> Option<Target> {
    let target = Target::of(given, root);
    if target.is_none() {
        let message = format!("`{given}` cannot be written: it leads out of the repository through a link");
        let location = Location::Artifact { name: given.to_owned() };
        let help = "write it to a folder of the repository, or name the other place by its absolute path";
        record.push(Finding::new(&OUTSIDE, location, message).help(help).subject("target"));
    }
    target
}

/// The list for one artifact, beside it.
pub(super) fn single(artifact: &Artifact, root: &Path) -> Option<Target> {
    Target::of(&with_ending(&artifact.picked.path).to_text(), root)
}

fn with_ending(name: &Name) -> Name {
    Name::new([name.as_bytes(), b".sha256"].concat())
}
