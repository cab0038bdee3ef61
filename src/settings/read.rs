//! A settings file, parsed and validated: every fault at once, each at its place.

use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize as _;

use super::{Config, INVALID, LoadError, config, glob, nearest, validate};
use crate::checkout::Source;
use crate::checks;
use crate::finding::Finding;
use crate::history::place::{BranchPlace, Place};
use crate::tree::{ProblemKind, Syntax};

/// Something wrong in the settings file.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) show_source: bool,
}

impl Fault {
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Fault { range, message: message.into(), help: None, show_source: true }
    }

    /// Keeps the line out of every report: somebody may have pasted a secret there.
    pub(crate) fn hide_source(mut self) -> Self {
        self.show_source = false;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A settings file that was read.
pub(super) struct Loaded {
    pub(super) source: Source,
    pub(super) config: Config,
}

/// Parses and validates; every fault at once.
pub(super) fn parse(source: Source) -> Result<Loaded, LoadError> {
    match faults(&source) {
        (Some(config), faults) if faults.is_empty() => Ok(Loaded { source, config }),
        (_, faults) => {
            let finding = |fault: Fault| {
                let finding = Finding::new(&INVALID, source.at(fault.range), fault.message);
                Finding { help: fault.help, show_source: fault.show_source, ..finding }
            };
            Err(LoadError::Invalid(faults.into_iter().map(finding).collect()))
        }
    }
}

/// The settings in a text, and everything that is wrong with it. Public for fuzzing.
pub fn check_text(text: &str) -> Result<Config, usize> {
    let source = Source::new("ci-guard.yml", text.to_owned());
    match faults(&source) {
        (Some(config), faults) if faults.is_empty() => Ok(config),
        (_, faults) => Err(faults.len()),
    }
}

pub(super) fn faults(source: &Source) -> (Option<Config>, Vec<Fault>) {
    /// Aliases may repeat things; nobody repeats this much in settings.
    const MAX_NODES: u64 = 100_000;
    const MAX_BYTES: u64 = 10 << 20;
    static SCHEMA: LazyLock<serde_json::Value> =
        LazyLock::new(|| serde_json::from_str(crate::schema::SETTINGS).expect("a test makes the schema"));
    let tree = source.tree(Syntax::Yaml);
    let mut faults: Vec<Fault> =
        tree.problems.iter().map(|p| Fault::new(p.range.clone(), words(&p.kind))).collect();
    let Some(root) = tree.root() else {
        faults.push(Fault::new(0..0, "the settings file is empty").help("start with `version: 1`"));
        return (None, faults);
    };
    if tree.expanded_nodes > MAX_NODES || tree.expanded_bytes > MAX_BYTES {
        faults.push(Fault::new(0..0, "the settings file is too large after its aliases are expanded"));
        return (None, faults);
    }
    if tree.documents().len() > 1 {
        let second = tree.documents().nth(1).map_or(0..0, |node| node.range());
        faults.push(Fault::new(second.start..second.start, "the settings file must be one document"));
    }
    let (value, violations) = validate::read(root, &SCHEMA);
    faults.extend(violations);
    if !faults.is_empty() {
        return (None, faults);
    }
    match Config::deserialize(value) {
        Ok(config) => {
            let faults = meaning(&config, root);
            (Some(config), faults)
        }
        // The schema holds everything that the types hold; this is for what it should come to differ in.
        Err(error) => (None, vec![Fault::new(root.range().start..root.range().start, error.to_string())]),
    }
}

/// What the schema cannot know: rules that exist, milestones that are named, patterns that can be read.
fn meaning(config: &Config, root: crate::tree::Node<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let know_rule = |id: &str, range: Range<usize>, faults: &mut Vec<Fault>| {
        if checks::rule(id).is_none() {
            let fault = Fault::new(range, format!("there is no rule `{id}`"));
            faults.push(match nearest(id, checks::rules().map(|rule| rule.id)) {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault.help("`ci-guard rules` lists them all"),
            });
        }
    };
    let milestone = |when: Option<&config::When>, path: &[&str], faults: &mut Vec<Fault>| {
        let Some(config::When::Milestone(name)) = when else { return };
        if !config.milestones.contains_key(name) {
            let range = root.at(path).map_or(0..0, |node| node.range());
            let fault = Fault::new(range, format!("`{name}` is neither a day nor a milestone of this file"));
            let near = nearest(name, config.milestones.keys().map(String::as_str));
            faults.push(fault.help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write a day such as 2027-01-15, or name it under `milestones`".to_owned(),
            }));
        }
    };
    // Without a history nobody could count.
    let counted = |after: Option<&config::After>, path: &[&str], faults: &mut Vec<Fault>| {
        if after.is_some() && config.history.is_none() {
            let range = root.at(path).map_or(0..0, |node| node.range());
            let help = "write `history: .github/ci-guard.history.jsonl`, and record runs with `ci-guard history record`";
            faults.push(
                Fault::new(range, "`blocking-after` counts runs, and no `history` is named").help(help),
            );
        }
    };
    for (check, (_, when, after)) in config.checks.modes() {
        milestone(when, &["checks", check, "blocking-from"], &mut faults);
        counted(after, &["checks", check, "blocking-after"], &mut faults);
    }
    for (id, rule) in &config.rules {
        let key = root.get("rules").and_then(|rules| rules.entry(id)).map_or(0..0, |(key, _)| key.range());
        know_rule(id, key.clone(), &mut faults);
        milestone(rule.blocking_from.as_ref(), &["rules", id, "blocking-from"], &mut faults);
        counted(rule.blocking_after.as_ref(), &["rules", id, "blocking-after"], &mut faults);
        if !rule.allow.is_empty() && checks::rule(id).is_some_and(|rule| rule.allow.is_none()) {
            let range = root.at(&["rules", id, "allow"]).map_or(key, |node| node.range());
            faults.push(Fault::new(range, format!("`{id}` takes no `allow` list")));
        }
    }
    let waivers: Vec<_> = root.get("waivers").map(|node| node.items().collect()).unwrap_or_default();
    for (waiver, node) in config.waivers.iter().zip(waivers) {
        let range = |key: &str| node.get(key).map_or(node.range(), |value| value.range());
        know_rule(&waiver.rule, range("rule"), &mut faults);
        if let Err(error) = glob(&waiver.path) {
            faults.push(Fault::new(range("path"), format!("{error:#}")));
        }
    }
    if let Some(Place::Branch(BranchPlace { branch, file })) = &config.history {
        let history = root.get("history");
        let range = |key: &str| history.and_then(|node| node.get(key)).map_or(0..0, |node| node.range());
        if branch.contains(char::is_whitespace) || branch.starts_with('-') || branch.contains("..") {
            faults.push(Fault::new(range("branch"), format!("`{branch}` is no name of a branch")));
        }
        if file.as_ref().is_some_and(|file| file.is_empty() || file.contains('/')) {
            faults.push(Fault::new(range("file"), "the history stands at the root of its branch"));
        }
    }
    checks::faults(&config.checks, root, &mut faults);
    faults
}

fn words(kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::Syntax(message) => format!("no valid YAML: {message}"),
        ProblemKind::DuplicateKey { key, .. } => format!("`{key}` stands twice in the same mapping"),
        ProblemKind::UnknownAnchor(name) => format!("there is no anchor `{name}`"),
        ProblemKind::RecursiveAlias => "this alias stands inside its own anchor".to_owned(),
    }
}
