//! Which files GitHub reads, and what every rule needs to know of one.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::reach::guards;
use super::release_cache;
use super::remote_actions::{self, Used};
use crate::checkout::{Checkout, Source};
use crate::tree::Node;
use crate::workflow::model::{self, Step, Workflow};
use crate::workflow::reference::Reference;
use crate::workflow::shape::{self, Type, Validated};

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Workflow,
    Action,
    Dependabot,
    IssueForm,
}

impl Kind {
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Workflow => "workflow",
            Kind::Action => "action",
            Kind::Dependabot => "dependabot file",
            Kind::IssueForm => "issue form",
        }
    }

    fn shape(self) -> &'static Type {
        match self {
            Kind::Workflow => &shape::workflow::ROOT,
            Kind::Action => &shape::action::ROOT,
            Kind::Dependabot => &shape::dependabot::ROOT,
            Kind::IssueForm => &shape::issue_form::ROOT,
        }
    }
}

impl Kind {
    /// All keys of this kind of file, collected once.
    fn vocabulary(self) -> &'static [&'static str] {
        static WORKFLOW: LazyLock<Vec<&str>> = LazyLock::new(|| shape::vocabulary(Kind::Workflow.shape()));
        static ACTION: LazyLock<Vec<&str>> = LazyLock::new(|| shape::vocabulary(Kind::Action.shape()));
        static DEPENDABOT: LazyLock<Vec<&str>> =
            LazyLock::new(|| shape::vocabulary(Kind::Dependabot.shape()));
        static ISSUE_FORM: LazyLock<Vec<&str>> = LazyLock::new(|| shape::vocabulary(Kind::IssueForm.shape()));
        match self {
            Kind::Workflow => &WORKFLOW,
            Kind::Action => &ACTION,
            Kind::Dependabot => &DEPENDABOT,
            Kind::IssueForm => &ISSUE_FORM,
        }
    }
}

/// Folders whose `action.yml` files are samples, or belong to somebody else.
const NOT_OURS: [&str; 12] = [
    "test",
    "tests",
    "__tests__",
    "testdata",
    "test-data",
    "fixtures",
    "__fixtures__",
    "spec",
    "examples",
    "node_modules",
    "vendor",
    "third_party",
];

/// The files of the repository that GitHub reads, sorted by path.
pub(super) fn find(checkout: &Checkout) -> Vec<(&str, Kind)> {
    let files = checkout.listing().files.iter();
    files.filter_map(|entry| Some((&*entry.path, kind_of(&entry.path)?))).collect()
}

/// What stands where GitHub looks for a file, and is no regular file: its path and why.
pub(super) fn not_files(checkout: &Checkout) -> impl Iterator<Item = (&str, &'static str)> {
    let unlisted = checkout.listing().unlisted.iter();
    unlisted.filter(|entry| kind_of(&entry.path).is_some()).map(|entry| (&*entry.path, entry.reason))
}

/// The kind of file that GitHub reads at this path, if it reads one there.
pub(super) fn kind_of(path: &str) -> Option<Kind> {
    if !path.ends_with(".yml") && !path.ends_with(".yaml") {
        return None;
    }
    if let Some(name) = path.strip_prefix(".github/workflows/") {
        return (!name.contains('/')).then_some(Kind::Workflow);
    }
    if matches!(path, ".github/dependabot.yml" | ".github/dependabot.yaml") {
        return Some(Kind::Dependabot);
    }
    if let Some(name) = path.strip_prefix(".github/ISSUE_TEMPLATE/") {
        let is_form = !name.contains('/') && !matches!(name, "config.yml" | "config.yaml");
        return is_form.then_some(Kind::IssueForm);
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_action = matches!(name, "action.yml" | "action.yaml");
    // What lies under `.github` is there for GitHub, whatever its folders are called.
    let ours = folder.starts_with(".github/") || folder.split('/').all(|part| !NOT_OURS.contains(&part));
    (is_action && ours).then_some(Kind::Action)
}

/// A file that parses.
pub(super) struct Document<'t> {
    pub source: &'t Source,
    pub root: Node<'t>,
    kind: Kind,
    /// The model, if it is a workflow.
    pub workflow: Option<Workflow<'t>>,
    /// What each job publishes with, if it does.
    pub publishers: Vec<Option<String>>,
    /// What it uses of other repositories, in the order of writing.
    pub used: Vec<Used<'t>>,
    /// True if something in it may ask whether somebody has rights.
    pub may_ask_for_rights: bool,
}

impl<'t> Document<'t> {
    pub fn new(source: &'t Source, kind: Kind, root: Node<'t>) -> Self {
        let workflow = (kind == Kind::Workflow).then(|| Workflow::of(root));
        let jobs = workflow.iter().flat_map(|workflow| &workflow.jobs);
        let publishers = jobs.map(release_cache::publishes).collect();
        let (used, may_ask_for_rights) = (Vec::new(), false);
        let mut document = Document { source, root, kind, workflow, publishers, used, may_ask_for_rights };
        document.used = remote_actions::used(&document);
        document.may_ask_for_rights = guards::may_ask(source.text(), &document.steps());
        document
    }

    /// What its shape and expressions are.
    pub fn validated(&self) -> Validated<'t> {
        shape::validate(self.root, self.kind.shape(), &|| self.kind.vocabulary())
    }

    /// Every step, of jobs or of a composite action.
    pub fn steps(&self) -> Vec<Step<'t>> {
        match &self.workflow {
            Some(workflow) => workflow.jobs.iter().flat_map(|job| job.steps.iter().copied()).collect(),
            None => {
                self.root.get("runs").and_then(|runs| runs.get("steps")).map(model::steps).unwrap_or_default()
            }
        }
    }
}

/// All documents of the repository, to follow references between them.
pub(super) struct Repository<'d> {
    list: &'d [Document<'d>],
    documents: HashMap<&'d str, &'d Document<'d>>,
    checkout: &'d Checkout,
}

impl<'d> Repository<'d> {
    pub fn new(list: &'d [Document<'d>], checkout: &'d Checkout) -> Self {
        let documents = list.iter().map(|document| (document.source.path(), document)).collect();
        Repository { list, documents, checkout }
    }

    /// All documents, sorted by path.
    pub fn all(&self) -> &'d [Document<'d>] {
        self.list
    }

    /// The action of this repository that a step's `uses` names, if it parses.
    pub fn action(&self, uses: &str) -> Option<&'d Document<'d>> {
        let folder = match Reference::parse(uses)? {
            Reference::Local(path) => path.trim_start_matches("./"),
            Reference::Own(path) => path,
            _ => return None,
        };
        let folder = folder.trim_matches('/');
        let names = ["action.yml", "action.yaml"].into_iter();
        let mut paths =
            names.map(|name| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
        paths.find_map(|path| self.document(&path)).filter(|document| document.workflow.is_none())
    }

    /// The document at a path, if it parses.
    pub fn document(&self, path: &str) -> Option<&'d Document<'d>> {
        self.documents.get(path).copied()
    }

    /// All documents.
    pub fn documents(&self) -> impl Iterator<Item = &'d Document<'d>> {
        self.documents.values().copied()
    }

    /// The workflow of this repository that a `uses` names: its path, if it names one at all.
    pub fn callee_path(uses: &str) -> Option<&str> {
        match Reference::parse(uses)? {
            Reference::Local(path) => path.strip_prefix("./"),
            Reference::Own(path) => Some(path),
            _ => None,
        }
    }

    /// True if the repository owns a file at this path.
    pub fn has_file(&self, path: &str) -> bool {
        self.checkout.contains(path)
    }
}
