//! What a pull request changes, against what the settings let it change: scope, lanes, tests, title.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::checkout::Git;
use crate::checks::{Context, Record};
use crate::excerpt;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::settings::base::base_of_test_merge;
use crate::settings::{Base, Fault, glob_set, own_place};
use crate::tree::Node;

rule!(OUT_OF_SCOPE, "out-of-scope", Warning, "a pull request changes a file that is not its to change");
rule!(SEVERAL_LANES, "several-lanes", Warning, "a pull request changes files of several lanes");
rule!(UNTESTED_CHANGE, "untested-change", Note, "a pull request changes sources, and none of their tests");
rule!(TITLE_POLICY, "title-policy", Warning, "a pull request whose title is not as the settings want it");

/// Everything that this part can find.
pub(super) const RULES: [&Rule; 4] = [&OUT_OF_SCOPE, &SEVERAL_LANES, &UNTESTED_CHANGE, &TITLE_POLICY];

/// What a pull request may change.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Changes {
    /// Paths that may change; empty: all.
    pub allow: Vec<String>,
    /// Paths that must not.
    pub deny: Vec<String>,
    /// Files by lane: a pull request keeps to one of them.
    pub lanes: BTreeMap<String, Vec<String>>,
    /// Sources, and where their tests are.
    pub tested: Vec<Tested>,
    /// A pattern that the whole title fits, such as `(feat|fix|docs)(\(.+\))?!?: .+`.
    pub title: Option<String>,
}

/// Sources, and where their tests are.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tested {
    /// Paths of sources.
    pub sources: Vec<String>,
    /// Paths of tests, one of which changes with them.
    pub tests: Vec<String>,
}

pub(super) fn look(context: &Context<'_>, record: &mut Record) {
    let wanted = &context.settings.checks.gates.changes;
    if !context.runner.is_proposal() {
        return;
    }
    title(wanted, context, record);
    if wanted.allow.is_empty()
        && wanted.deny.is_empty()
        && wanted.lanes.is_empty()
        && wanted.tested.is_empty()
    {
        return;
    }
    match changed(context) {
        Ok(paths) => judge(wanted, &paths, record),
        Err(reason) => record.not_verified(format!("what the pull request changes: {reason}")),
    }
}

/// The paths that the pull request changes.
fn changed(context: &Context<'_>) -> Result<Vec<String>, String> {
    let git = context.checkout.git().ok_or("the checkout is no git repository")?;
    let head = git.head().ok_or("nothing is checked out")?;
    let base = base(git, &head, context)?;
    git.differing_paths(&base, &head).map_err(|error| format!("{error:#}"))
}

/// The commit with which `head` is compared: the first parent of GitHub's own test merge, or the base that the event
/// names, if what is checked out stands on it.
fn base(git: &Git, head: &str, context: &Context<'_>) -> Result<String, String> {
    if let Some(parent) = base_of_test_merge(git, context.runner) {
        return Ok(parent);
    }
    match &context.settings.base {
        Base::Commit(base) if git.is_ancestor(base, head) == Some(true) => Ok(base.clone()),
        Base::Commit(base) => Err(format!("what is checked out does not stand on the base commit {base}")),
        Base::Missing(reason) => Err(reason.clone()),
        Base::WorkTree => Err("there is no base".to_owned()),
    }
}

fn judge(wanted: &Changes, paths: &[String], record: &mut Record) {
    let (allow, deny) = (glob_set(&wanted.allow), glob_set(&wanted.deny));
    for path in paths {
        let why = match () {
            () if deny.is_match(path) => "is one that `changes.deny` names",
            () if !wanted.allow.is_empty() && !allow.is_match(path) => "is none that `changes.allow` names",
            () => continue,
        };
        let finding = Finding::new(&OUT_OF_SCOPE, Location::file(path), format!("this file {why}"));
        record.push(
            finding
                .help("take it out of this pull request, or have the settings changed first")
                .subject(path),
        );
    }
    lanes(wanted, paths, record);
    for tested in &wanted.tested {
        untested(tested, paths, record);
    }
}

fn lanes(wanted: &Changes, paths: &[String], record: &mut Record) {
    let mut touched: BTreeMap<&str, &str> = BTreeMap::new();
    for (lane, patterns) in &wanted.lanes {
        let set = glob_set(patterns);
        let first = paths.iter().find(|path| set.is_match(path));
        touched.extend(first.map(|path| (lane.as_str(), path.as_str())));
    }
    let Some((_, second)) = touched.iter().nth(1) else { return };
    let each: Vec<String> = touched.iter().map(|(lane, path)| format!("`{lane}` (`{path}`)")).collect();
    let each = excerpt::list(each.iter().map(String::as_str), ", ", 10);
    let message = format!("this pull request changes files of several lanes: {each}");
    let finding = Finding::new(&SEVERAL_LANES, Location::file(*second), message);
    record.push(finding.help("make a pull request of its own for each lane").subject("lanes"));
}

fn untested(tested: &Tested, paths: &[String], record: &mut Record) {
    let (sources, tests) = (glob_set(&tested.sources), glob_set(&tested.tests));
    let is_source = |path: &&String| sources.is_match(path) && !tests.is_match(path);
    let Some(first) = paths.iter().find(is_source) else { return };
    if paths.iter().any(|path| tests.is_match(path)) {
        return;
    }
    let number = paths.iter().filter(is_source).count();
    let message = format!(
        "{number} changed under {}, and nothing under {}",
        listed(&tested.sources),
        listed(&tested.tests)
    );
    let finding = Finding::new(&UNTESTED_CHANGE, Location::file(first), message);
    record.push(finding.help("add or change the test that shows it").subject(listed(&tested.sources)));
}

fn title(wanted: &Changes, context: &Context<'_>, record: &mut Record) {
    let Some(pattern) = &wanted.title else { return };
    let Some(title) = context.runner.event.pointer("/pull_request/title").and_then(|title| title.as_str())
    else {
        return record.not_examined("the title of the pull request: the event has none");
    };
    // What is no pattern was refused when the settings were read.
    if whole(pattern).is_ok_and(|pattern| pattern.is_match(title)) {
        return;
    }
    let place = own_place(context.checkout);
    let message =
        format!("the title `{}` does not fit `{pattern}`", excerpt::shortened(title.to_owned(), 200));
    let finding = Finding::new(&TITLE_POLICY, place, message);
    record.push(finding.help("change the title; what is merged is called after it").subject("title"));
}

/// A pattern that a whole text fits.
fn whole(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::Regex::new(&format!("^(?:{pattern})$"))
}

/// Faults in the settings that their schema cannot know.
pub(super) fn faults(changes: Node<'_>, faults: &mut Vec<Fault>) {
    let lanes = changes.get("lanes").into_iter().flat_map(|lanes| lanes.entries()).map(|(_, list)| list);
    let tested = changes.get("tested").into_iter().flat_map(|list| list.items());
    let tested = tested.flat_map(|one| [one.get("sources"), one.get("tests")]).flatten();
    let lists = [changes.get("allow"), changes.get("deny")].into_iter().flatten();
    lists.chain(lanes).chain(tested).for_each(|list| super::no_patterns(list, faults));
    let title = changes.get("title").and_then(|node| Some((node, node.text()?)));
    if let Some((node, Err(error))) = title.map(|(node, pattern)| (node, whole(pattern))) {
        faults.push(Fault::new(node.range(), format!("this is no pattern: {error}")));
    }
}

fn listed(patterns: &[String]) -> String {
    let each: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
    excerpt::list(each.iter().map(String::as_str), ", ", 5)
}
