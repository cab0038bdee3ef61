//! All workflows of a repository that can be read, to look at them together. Texts and trees are those of the
//! checkout: a file that another check has read is not parsed again.

use std::sync::Arc;

use super::model::Workflow;
use crate::checkout::{Checkout, Source};
use crate::tree::{ProblemKind, Syntax};

/// Nodes that GitHub reads of a workflow, aliases expanded.
const MAX_NODES: u64 = 50_000;

/// Characters that GitHub reads of a workflow.
const MAX_CHARACTERS: usize = 1024 * 1024;

/// The texts of the workflows, sorted by path.
pub struct Library {
    sources: Vec<Arc<Source>>,
    /// Paths that could not be read, each with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// A workflow with its text.
pub struct File<'t> {
    /// The text.
    pub source: &'t Source,
    /// The model.
    pub workflow: Workflow<'t>,
}

impl Library {
    /// Reads the workflows of a checkout, the last one first: another check that begins with the first then finds half of
    /// them read, and leaves this one half. Nobody waits until they meet.
    pub fn of(checkout: &Checkout) -> Library {
        let mut library = Library { sources: Vec::new(), unreadable: Vec::new() };
        let paths: Vec<&str> = checkout.files(is_workflow).map(|entry| &*entry.path).collect();
        for path in paths.into_iter().rev() {
            match checkout.read(path) {
                Ok(source) => library.sources.push(source),
                Err(error) => library.unreadable.push((path.to_owned(), error.to_string())),
            }
        }
        library.sources.reverse();
        library.unreadable.reverse();
        library
    }

    /// The workflows that parse, and the paths of those that do not. The last one is parsed first, for the same reason.
    pub fn files(&self) -> (Vec<File<'_>>, Vec<&str>) {
        let mut files = Vec::new();
        let mut broken = Vec::new();
        for source in self.sources.iter().rev() {
            match file(source) {
                Some(file) => files.push(file),
                None => broken.push(source.path()),
            }
        }
        files.reverse();
        broken.reverse();
        (files, broken)
    }
}

/// True for the path of a workflow.
pub fn is_workflow(path: &str) -> bool {
    let name = path.strip_prefix(".github/workflows/").unwrap_or_default();
    !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

fn file(source: &Source) -> Option<File<'_>> {
    if source.text().len() > MAX_CHARACTERS {
        return None;
    }
    let tree = source.tree(Syntax::Yaml);
    let broken =
        tree.problems.iter().any(|problem| !matches!(problem.kind, ProblemKind::DuplicateKey { .. }));
    let root = tree.root().filter(|root| root.is_map() && !broken && tree.expanded_nodes <= MAX_NODES)?;
    Some(File { source, workflow: Workflow::of(root) })
}

impl<'t> File<'t> {
    /// The path in the repository.
    pub fn path(&self) -> &'t str {
        self.source.path()
    }

    /// The name under which GitHub shows it.
    pub fn name(&self) -> &'t str {
        let name =
            self.workflow.root.get("name").and_then(|name| name.text()).filter(|name| !name.is_empty());
        name.unwrap_or(self.source.path())
    }
}

/// The workflow at a path.
pub fn at<'t, 'f>(files: &'f [File<'t>], path: &str) -> Option<&'f Workflow<'t>> {
    let index = files.binary_search_by(|file| file.path().cmp(path)).ok()?;
    Some(&files[index].workflow)
}
