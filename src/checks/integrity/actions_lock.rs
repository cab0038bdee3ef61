//! `.github/workflows/actions.lock`: every use of a workflow that it names is locked, nothing in it is left over, and
//! nothing in it contradicts itself.
//!
//! Format: the JSON Schema `actions-lockfile/v0.0.3` of GitHub, and what `gh actions-lock` (MIT) verifies, as of 2026-11.
//! What only GitHub knows, such as whether a commit lies on a branch of its repository, is not looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Scene;
use super::documents::{Document, Repository};
use crate::checkout::Source;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Node, Syntax};
use crate::workflow::reference::{Reference, is_commit};

pub(super) static UNLOCKED_ACTION: Rule = Rule {
    id: "integrity/unlocked-action",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a workflow of `actions.lock` uses an action that is not locked for it: GitHub does not start it",
    allow: None,
};

pub(super) static STALE_LOCK: Rule = Rule {
    id: "integrity/stale-lock",
    severity: Severity::Warning,
    category: Category::Hygiene,
    summary: "`actions.lock` holds what no workflow uses",
    allow: None,
};

pub(super) static BROKEN_LOCK: Rule = Rule {
    id: "integrity/broken-lock",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "`actions.lock` cannot be read, or contradicts itself",
    allow: None,
};

/// Where the lockfile is.
const PATH: &str = ".github/workflows/actions.lock";

/// Versions of the format that are known.
const VERSIONS: [&str; 2] = ["v0.0.2", "v0.0.3"];

const HELP: &str = "run `gh actions-lock`";

pub(super) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    let checkout = scene.context.checkout;
    if !checkout.contains(PATH) {
        return;
    }
    let source = match checkout.read(PATH) {
        Ok(source) => source,
        Err(error) => return record.not_verified(format!("{PATH}: {error}")),
    };
    let tree = source.tree(Syntax::Yaml);
    for problem in &tree.problems {
        let at = source.at(problem.range.clone());
        record
            .push(Finding::new(&BROKEN_LOCK, at, "GitHub cannot read the lockfile from here on").help(HELP));
    }
    let Some(root) = tree.root().filter(Node::is_map) else {
        if tree.problems.is_empty() {
            let at = source.at(0..0);
            record.push(Finding::new(&BROKEN_LOCK, at, "this is no lockfile: it has no keys").help(HELP));
        }
        return;
    };
    let version = root.get("version").and_then(|version| version.text()).unwrap_or_default();
    if !VERSIONS.contains(&version) {
        let reason = format!("{PATH}: version `{version}` of its format is not known");
        return record.not_verified(reason);
    }
    let lock = Lock::read(&source, root, record);
    lock.workflows(scene.repository, record);
    lock.left_over(record);
}

/// A pin as the lockfile writes it, owner and name in lower case.
type Pin = String;

struct Lock<'t> {
    source: &'t Arc<Source>,
    /// What each workflow needs.
    workflows: Vec<(Node<'t>, Vec<(Pin, Node<'t>)>)>,
    /// What is locked, with what it needs in turn.
    dependencies: BTreeMap<Pin, (Node<'t>, Vec<Pin>)>,
}

/// `owner/name@ref` with the owner and name in lower case.
fn pin(text: &str) -> Option<Pin> {
    let (action, git_ref) = text.split_once('@')?;
    let (owner, name) = action.split_once('/')?;
    let whole = ![owner, name, git_ref].iter().any(|part| part.is_empty()) && !name.contains('/');
    whole.then(|| format!("{}@{git_ref}", action.to_lowercase()))
}

fn pins<'t>(list: Option<Node<'t>>) -> Vec<(Pin, Node<'t>)> {
    let items = list.into_iter().flat_map(|list| list.items().collect::<Vec<_>>());
    items.filter_map(|item| Some((pin(item.text()?)?, item))).collect()
}

impl<'t> Lock<'t> {
    fn read(source: &'t Arc<Source>, root: Node<'t>, record: &mut Record) -> Lock<'t> {
        let mut broken = |node: Node<'_>, message: String| {
            record.push(Finding::new(&BROKEN_LOCK, source.at_node(node), message).help(HELP));
        };
        let mut dependencies: BTreeMap<Pin, (Node<'t>, Vec<Pin>)> = BTreeMap::new();
        let mut owners: HashMap<String, (i64, i64)> = HashMap::new();
        let listed = root.get("dependencies");
        for (key, entry) in listed.iter().flat_map(|map| map.entries()) {
            let text = key.text().unwrap_or_default();
            let Some(pin) = pin(text) else {
                broken(key, format!("`{text}` is no `owner/name@ref`"));
                continue;
            };
            let commit = entry.get("commit").and_then(|commit| commit.text()).unwrap_or_default();
            let digest = commit.split_once('-').filter(|(kind, digest)| {
                matches!((*kind, digest.len()), ("sha1", 40) | ("sha256", 64)) && is_commit(digest)
            });
            match digest {
                None => broken(
                    entry.get("commit").unwrap_or(key),
                    format!("`{text}` has no commit: `sha1-` or `sha256-` and its digits"),
                ),
                Some((_, digest)) => {
                    let git_ref = text.split_once('@').map_or("", |(_, git_ref)| git_ref);
                    if is_commit(git_ref) && !git_ref.eq_ignore_ascii_case(digest) {
                        let node = entry.get("commit").unwrap_or(key);
                        broken(node, format!("`{text}` names a commit, and another one is locked for it"));
                    }
                }
            }
            let id = |name: &str| entry.get(name).and_then(|id| id.as_int()).filter(|id| *id > 0);
            match (id("owner_id"), id("repo_id")) {
                (Some(owner), Some(repository)) => {
                    let name = pin.split('@').next().unwrap_or_default().to_owned();
                    let known = owners.entry(name).or_insert((owner, repository));
                    if *known != (owner, repository) {
                        let message = format!(
                            "`{text}` is of another owner or repository than an entry of the same name: one of \
                             them is not what it says"
                        );
                        broken(key, message);
                    }
                }
                _ => broken(key, format!("`{text}` lacks `owner_id` or `repo_id`")),
            }
            if entry.get("ref").and_then(|name| name.text()).is_none_or(str::is_empty) {
                broken(key, format!("`{text}` lacks `ref`"));
            }
            let uses = pins(entry.get("uses")).into_iter().map(|(pin, _)| pin).collect();
            dependencies.insert(pin, (key, uses));
        }
        let listed = root.get("workflows");
        let workflows =
            listed.iter().flat_map(|map| map.entries()).map(|(key, list)| (key, pins(Some(list))));
        let lock = Lock { source, workflows: workflows.collect(), dependencies };
        let named = lock.workflows.iter().flat_map(|(_, pins)| pins.iter().map(|(pin, node)| (pin, *node)));
        let inner = lock.dependencies.values().flat_map(|(key, uses)| uses.iter().map(|pin| (pin, *key)));
        for (pin, node) in named.chain(inner) {
            if !lock.dependencies.contains_key(pin) {
                broken(node, format!("`{pin}` is needed here, and no commit is locked for it"));
            }
        }
        lock
    }

    /// Everything that these pins bring with them.
    fn reached(&self, from: impl IntoIterator<Item = Pin>) -> BTreeSet<Pin> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<Pin> = from.into_iter().collect();
        while let Some(pin) = open.pop() {
            if !reached.insert(pin.clone()) {
                continue;
            }
            open.extend(self.dependencies.get(&pin).into_iter().flat_map(|(_, uses)| uses.iter().cloned()));
        }
        reached
    }

    /// What each workflow uses against what is locked for it.
    fn workflows(&self, repository: &Repository<'_>, record: &mut Record) {
        for (key, listed) in &self.workflows {
            let path = key.text().unwrap_or_default();
            let Some(document) = repository.document(path) else {
                if !repository.has_file(path) {
                    let message = format!("there is no workflow `{path}`");
                    let at = self.source.at_node(*key);
                    let finding = Finding::new(&STALE_LOCK, at, message).severity(Severity::Note);
                    record.push(finding.help(HELP).subject(path));
                }
                continue;
            };
            let locked: BTreeSet<&str> = listed.iter().map(|(pin, _)| &**pin).collect();
            let mut used: BTreeSet<Pin> = BTreeSet::new();
            collect(document, repository, &mut used, 0);
            for step in document.steps() {
                let Some(node) = step.uses() else { continue };
                let Some((pin, commit)) = node.text().and_then(of_uses) else { continue };
                if commit || locked.contains(&*pin) {
                    continue;
                }
                let other = listed.iter().find(|(other, _)| other.split('@').next() == pin.split('@').next());
                let message = match other {
                    Some((other, _)) => format!(
                        "`{pin}` is not locked for this workflow, `{other}` is: GitHub does not start the run"
                    ),
                    None => format!("`{pin}` is not locked for this workflow: GitHub does not start the run"),
                };
                let at = document.source.at_node(node);
                record.push(Finding::new(&UNLOCKED_ACTION, at, message).help(HELP).subject(pin));
            }
            let reached = self.reached(used);
            let commits: BTreeSet<&str> = reached.iter().filter_map(|pin| self.commit(pin)).collect();
            for (pin, node) in listed {
                // An action that is used by its commit may be locked under a name.
                if reached.contains(pin) || self.commit(pin).is_some_and(|commit| commits.contains(commit)) {
                    continue;
                }
                let message = format!("`{path}` does not use `{pin}`");
                let at = self.source.at_node(*node);
                record
                    .push(Finding::new(&STALE_LOCK, at, message).help(HELP).subject(format!("{path} {pin}")));
            }
        }
    }

    /// The commit of a pin: as it is locked, or as it is named.
    fn commit<'p>(&'p self, pin: &'p str) -> Option<&'p str> {
        let git_ref = pin.split_once('@')?.1;
        if is_commit(git_ref) {
            return Some(git_ref);
        }
        let line = self.dependencies.get(pin)?.0;
        let entry = self.source.tree(Syntax::Yaml).root()?.get("dependencies")?.get(line.text()?)?;
        entry.get("commit")?.text()?.split_once('-').map(|(_, digest)| digest)
    }

    /// Entries that no workflow comes to.
    fn left_over(&self, record: &mut Record) {
        let named = self.workflows.iter().flat_map(|(_, pins)| pins.iter().map(|(pin, _)| pin.clone()));
        let reached = self.reached(named);
        for (pin, (key, _)) in &self.dependencies {
            if !reached.contains(pin) {
                let message = format!("no workflow of this lockfile uses `{pin}`");
                let finding = Finding::new(&STALE_LOCK, self.source.at_node(*key), message);
                record.push(finding.severity(Severity::Note).help(HELP).subject(pin.clone()));
            }
        }
    }
}

/// The pin that a `uses` comes to, and whether it names a commit.
fn of_uses(text: &str) -> Option<(Pin, bool)> {
    match Reference::parse(text)? {
        Reference::Remote { owner, name, git_ref, .. } => {
            let pin = format!("{}@{git_ref}", format!("{owner}/{name}").to_lowercase());
            Some((pin, is_commit(git_ref)))
        }
        _ => None,
    }
}

/// Everything that a document uses: steps, called workflows, and what actions of this repository use in turn.
fn collect(document: &Document<'_>, repository: &Repository<'_>, used: &mut BTreeSet<Pin>, depth: usize) {
    let jobs =
        document.workflow.iter().flat_map(|workflow| workflow.jobs.iter().filter_map(|job| job.uses()));
    let steps = document.steps();
    for text in jobs.chain(steps.iter().filter_map(|step| step.uses())).filter_map(|node| node.text()) {
        used.extend(of_uses(text).map(|(pin, _)| pin));
        if let Some(inner) = repository.action(text).filter(|_| depth < 10) {
            collect(inner, repository, used, depth + 1);
        }
    }
}
