//! Whether an event runs a workflow: branch, tag, path and type filters as GitHub applies them.
//!
//! Source: GitHub's "Events that trigger workflows" and "Workflow syntax", `on`, as of 2026-11.

use super::glob::{self, Glob};
use super::model::{Trigger, Workflow};
use crate::tree::Node;

/// Something that happens to a repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct Event<'e> {
    /// Its name, such as `pull_request`.
    pub name: &'e str,
    /// Its type, such as `synchronize`; any of the default ones if it is absent.
    pub kind: Option<&'e str>,
    /// The branch that a pull request is for, or that is pushed.
    pub branch: Option<&'e str>,
    /// The tag that is pushed.
    pub tag: Option<&'e str>,
    /// The files that change, where they are known.
    pub changed: Option<&'e [String]>,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The workflow runs.
    Runs,
    /// It does not, and why.
    Not(Reason),
    /// It depends on the files that change, which are not known.
    DependsOnPaths,
}

/// Why a workflow does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The event is not among its own.
    Event,
    /// The type is not among those that it takes.
    Kind,
    /// Its filters leave the branch out.
    Branch,
    /// Its filters leave the tag out.
    Tag,
    /// Its filters leave every changed file out.
    Paths,
}

/// Types of pull requests that count without `types`.
pub const PULL_TYPES: [&str; 3] = ["opened", "synchronize", "reopened"];

/// Files of a change that GitHub compares with path filters.
const MAX_CHANGED: usize = 300;

/// Decides for a workflow.
pub fn decide(workflow: &Workflow<'_>, event: Event<'_>) -> Decision {
    match workflow.trigger(event.name) {
        None => Decision::Not(Reason::Event),
        Some(trigger) => of_trigger(trigger, event),
    }
}

/// Decides for a trigger of the event's name.
pub fn of_trigger(trigger: &Trigger<'_>, event: Event<'_>) -> Decision {
    if !takes_kind(trigger, event) {
        return Decision::Not(Reason::Kind);
    }
    let Some(filters) = trigger.filters else { return Decision::Runs };
    let listed = |key: &str| filters.get(key);
    let (branches, ignored) = (listed("branches"), listed("branches-ignore"));
    let (tags, ignored_tags) = (listed("tags"), listed("tags-ignore"));
    if let Some(tag) = event.tag {
        let unfiltered = tags.is_none() && ignored_tags.is_none();
        if (unfiltered && (branches.is_some() || ignored.is_some())) || !passes(tags, ignored_tags, tag) {
            return Decision::Not(Reason::Tag);
        }
        // Path filters are not evaluated for tags.
        return Decision::Runs;
    }
    let only_tags = event.name == "push" && branches.is_none() && ignored.is_none();
    if only_tags && (tags.is_some() || ignored_tags.is_some()) {
        return Decision::Not(Reason::Branch);
    }
    if event.branch.is_some_and(|branch| !passes(branches, ignored, branch)) {
        return Decision::Not(Reason::Branch);
    }
    by_paths(filters, event.changed)
}

fn takes_kind(trigger: &Trigger<'_>, event: Event<'_>) -> bool {
    let Some(kind) = event.kind else { return true };
    match trigger.filters.and_then(|filters| filters.get("types")) {
        Some(types) => one_or_more(types).any(|node| node.text() == Some(kind)),
        None if trigger.name.starts_with("pull_request") => PULL_TYPES.contains(&kind),
        None => true,
    }
}

fn by_paths(filters: Node<'_>, changed: Option<&[String]>) -> Decision {
    let (paths, ignored) = (filters.get("paths"), filters.get("paths-ignore"));
    if paths.is_none() && ignored.is_none() {
        return Decision::Runs;
    }
    let Some(changed) = changed else { return Decision::DependsOnPaths };
    let runs = changed.iter().take(MAX_CHANGED).any(|file| passes(paths, ignored, file));
    if runs { Decision::Runs } else { Decision::Not(Reason::Paths) }
}

/// True if a pair of filters lets the text pass.
fn passes(wanted: Option<Node<'_>>, ignored: Option<Node<'_>>, text: &str) -> bool {
    let matches = |node: Node<'_>| glob::decide(&globs(node), text) == Some(true);
    wanted.is_none_or(matches) && !ignored.is_some_and(matches)
}

fn globs(node: Node<'_>) -> Vec<Glob> {
    one_or_more(node).filter_map(|item| Glob::parse(item.text()?).ok()).collect()
}

fn one_or_more(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let single = (!node.is_seq()).then_some(node);
    single.into_iter().chain(node.items())
}

impl Trigger<'_> {
    /// True if paths decide whether it runs.
    pub fn is_path_filtered(&self) -> bool {
        self.filters.is_some_and(|filters| filters.get("paths").or(filters.get("paths-ignore")).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Syntax, Tree};

    fn decision(on: &str, event: Event<'_>) -> Decision {
        let tree = Tree::parse(format!("on: {on}\n").into(), Syntax::Yaml);
        decide(&Workflow::of(tree.root().unwrap()), event)
    }

    #[test]
    fn pull_requests() {
        let pull = Event { name: "pull_request", branch: Some("main"), ..Event::default() };
        assert_eq!(decision("pull_request", pull), Decision::Runs);
        assert_eq!(decision("push", pull), Decision::Not(Reason::Event));
        assert_eq!(decision("{pull_request: {branches: [dev]}}", pull), Decision::Not(Reason::Branch));
        assert_eq!(
            decision("{pull_request: {branches: ['m*', '!main']}}", pull),
            Decision::Not(Reason::Branch)
        );
        assert_eq!(
            decision("{pull_request: {branches-ignore: [main]}}", pull),
            Decision::Not(Reason::Branch)
        );
        let opened = "{pull_request: {types: [opened]}}";
        assert_eq!(
            decision(opened, Event { kind: Some("synchronize"), ..pull }),
            Decision::Not(Reason::Kind)
        );
        assert_eq!(decision(opened, pull), Decision::Runs);
        let labeled = Event { kind: Some("labeled"), ..pull };
        assert_eq!(decision("pull_request", labeled), Decision::Not(Reason::Kind));
        assert_eq!(decision("{pull_request: {branches: [main]}}", labeled), Decision::Not(Reason::Kind));
    }

    #[test]
    fn paths() {
        let files = ["docs/a.md".to_owned()];
        let pull = Event { name: "pull_request", ..Event::default() };
        let changed = Event { changed: Some(&files), ..pull };
        assert_eq!(decision("{pull_request: {paths: ['src/**']}}", pull), Decision::DependsOnPaths);
        assert_eq!(decision("{pull_request: {paths: ['src/**']}}", changed), Decision::Not(Reason::Paths));
        assert_eq!(
            decision("{pull_request: {paths: ['**', '!docs/**']}}", changed),
            Decision::Not(Reason::Paths)
        );
        assert_eq!(
            decision("{pull_request: {paths-ignore: ['docs/**']}}", changed),
            Decision::Not(Reason::Paths)
        );
        assert_eq!(decision("{pull_request: {paths-ignore: ['*.md']}}", changed), Decision::Runs);
    }

    #[test]
    fn pushes() {
        let push = Event { name: "push", branch: Some("main"), ..Event::default() };
        let tag = Event { name: "push", tag: Some("v1"), ..Event::default() };
        assert_eq!(decision("{push: {tags: ['v*']}}", push), Decision::Not(Reason::Branch));
        assert_eq!(decision("{push: {tags: ['v*']}}", tag), Decision::Runs);
        assert_eq!(decision("{push: {branches: [main]}}", tag), Decision::Not(Reason::Tag));
        assert_eq!(decision("push", tag), Decision::Runs);
    }
}
