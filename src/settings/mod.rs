//! What the user asked for: command line over inputs over settings file over defaults.

mod age;
pub mod base;
pub mod config;
mod validate;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context as _, Result};
use globset::GlobBuilder;
use serde::Deserialize;

pub use age::Age;
pub use base::{Base, BaseFile};
pub use config::{Config, schema};
pub use validate::nearest;

use crate::checkout::{Checkout, ReadError, Source};
use crate::checks;
use crate::cli::{CheckArguments, SettingsArguments};
use crate::finding::Finding;
use crate::location::Location;
use crate::policy::{ModeSetting, Policy, UNREVIEWED_EXCEPTION, UNREVIEWED_SETTINGS, Waiver};
use crate::rule::{Category, Rule, Severity};
use crate::runner::Runner;
use crate::tree::{ProblemKind, Syntax};

/// Where the settings are looked for, relative to the repository root.
pub const DEFAULT_PATHS: [&str; 2] = [".github/ci-guard.yml", ".github/ci-guard.yaml"];

/// Where the baseline is written if the settings name no file.
pub const DEFAULT_BASELINE: &str = ".github/ci-guard.baseline.json";

/// Rules about the settings file.
pub const RULES: [&Rule; 1] = [&INVALID];

static INVALID: Rule = Rule {
    id: "settings/invalid",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the settings file cannot be used as it stands",
    docs: include_str!("invalid.md"),
    allow: None,
};

/// What the user asked for.
#[derive(Debug)]
pub struct Settings {
    /// Modes and exceptions.
    pub policy: Policy,
    /// Options of each check.
    pub checks: config::Checks,
    /// Names of check runs that branches require.
    pub required_checks: Vec<RequiredCheck>,
    /// Options of single rules, by id.
    pub rules: BTreeMap<String, config::RuleSettings>,
    /// What the command line or the inputs say to each check.
    pub arguments: CheckArguments,
    /// Whose settings count.
    pub base: Base,
    /// Where a new baseline is written, relative to the root.
    pub baseline_path: String,
    /// What is to be said about the settings themselves.
    pub findings: Vec<Finding>,
    /// What could not be verified about the settings.
    pub not_verified: Vec<String>,
}

/// The name of a check run that a branch requires.
#[derive(Clone, Debug)]
pub struct RequiredCheck {
    /// The branch, or a pattern of branches.
    pub branch: String,
    /// The name.
    pub name: String,
    /// Where it is written.
    pub location: Location,
}

impl Settings {
    /// The entries of `rules.<id>.allow`.
    pub fn allowed(&self, rule: &Rule) -> &[String] {
        self.rules.get(rule.id).map_or(&[], |settings| &settings.allow)
    }
}

/// Something wrong in the settings file.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    range: Range<usize>,
    message: String,
    help: Option<String>,
    show_source: bool,
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

/// Why there are no settings.
#[derive(Debug)]
pub enum LoadError {
    /// The file's faults, all of them.
    Invalid(Vec<Finding>),
    /// It could not be read.
    Unreadable(anyhow::Error),
}

impl From<anyhow::Error> for LoadError {
    fn from(error: anyhow::Error) -> Self {
        LoadError::Unreadable(error)
    }
}

/// A settings file that was read.
struct Loaded {
    source: Source,
    config: Config,
}

/// Finds, reads, validates and merges the settings.
pub fn load(
    options: &SettingsArguments,
    arguments: CheckArguments,
    checkout: &Checkout,
    runner: &Runner,
) -> Result<Settings, LoadError> {
    let base = Base::of(checkout, runner);
    let proposed = proposed(options, checkout)?.map(parse).transpose()?;
    let mut notes = Notes::default();
    let effective = match reviewed(options, proposed.as_ref(), &base, checkout) {
        None => proposed,
        Some(BaseFile::Absent) => {
            if let Some(proposed) = &proposed {
                notes.change(proposed.source.path(), "this pull request adds the settings file");
            }
            None
        }
        Some(BaseFile::Text(path, text)) => {
            let reviewed = parse(Source::new(&path, text))?;
            notes.compare(proposed.as_ref(), &reviewed);
            Some(reviewed)
        }
        Some(BaseFile::Unknown) => {
            notes.unknown(&base, proposed.as_ref());
            proposed.map(|mut loaded| {
                loaded.config.waivers.clear();
                loaded.config.baseline = None;
                loaded
            })
        }
    };
    let (config, source) = match effective {
        Some(Loaded { config, source }) => (config, Some(source)),
        None => (Config { version: 1, ..Config::default() }, None),
    };
    let policy = policy(options, &config, source.as_ref(), checkout, &base, &mut notes)?;
    let required_checks = source.as_ref().map(required_checks).unwrap_or_default();
    Ok(Settings {
        policy,
        required_checks,
        baseline_path: config.baseline.clone().unwrap_or_else(|| DEFAULT_BASELINE.to_owned()),
        checks: config.checks,
        rules: config.rules,
        arguments,
        base,
        findings: notes.findings,
        not_verified: notes.not_verified,
    })
}

/// The settings file as the base has it; `None` if what is checked out counts. A pull request can move the file, so
/// all places are looked at on the base's side.
fn reviewed(
    options: &SettingsArguments,
    proposed: Option<&Loaded>,
    base: &Base,
    checkout: &Checkout,
) -> Option<BaseFile> {
    if options.no_config {
        return None;
    }
    let named = proposed.filter(|_| options.config.is_some()).map(|loaded| loaded.source.path());
    let places: Vec<&str> = match named {
        // A file outside of the repository is none that a pull request could change.
        Some(path) if Path::new(path).is_absolute() => return None,
        Some(path) => vec![path],
        None => DEFAULT_PATHS.to_vec(),
    };
    let mut found = None;
    for path in places {
        match base.file(checkout, path)? {
            BaseFile::Absent => found = found.or(Some(BaseFile::Absent)),
            file => return Some(file),
        }
    }
    found
}

/// The settings file that is checked out, if there is one.
fn proposed(options: &SettingsArguments, checkout: &Checkout) -> Result<Option<Source>> {
    if options.no_config {
        return Ok(None);
    }
    if let Some(path) = &options.config {
        let shown = path.display().to_string();
        let full = path.canonicalize().with_context(|| format!("cannot read the settings file {shown}"))?;
        if let Ok(inside) = full.strip_prefix(checkout.root()) {
            let inside = inside.to_string_lossy().replace('\\', "/");
            let read = checkout.read_bytes(&inside, 1 << 20).map_err(anyhow::Error::new);
            let text = String::from_utf8(read?).context("it is not UTF-8");
            return Ok(Some(Source::new(&inside, text.with_context(|| shown)?)));
        }
        let text = std::fs::read_to_string(&full).with_context(|| format!("cannot read {shown}"))?;
        return Ok(Some(Source::new(&full.to_string_lossy(), text)));
    }
    for path in DEFAULT_PATHS {
        match checkout.read_bytes(path, 1 << 20) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?;
                return Ok(Some(Source::new(path, text)));
            }
            Err(ReadError::Missing) => {}
            Err(error) => return Err(anyhow::Error::new(error).context(format!("cannot read {path}"))),
        }
    }
    Ok(None)
}

/// Parses and validates; every fault at once.
fn parse(source: Source) -> Result<Loaded, LoadError> {
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

fn faults(source: &Source) -> (Option<Config>, Vec<Fault>) {
    /// Aliases may repeat things; nobody repeats this much in settings.
    const MAX_NODES: u64 = 100_000;
    const MAX_BYTES: u64 = 10 << 20;
    static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(|| config::schema().into());
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
    for (check, _, when) in config.checks.modes() {
        milestone(when, &["checks", check, "blocking-from"], &mut faults);
    }
    for (id, rule) in &config.rules {
        let key = root.get("rules").and_then(|rules| rules.entry(id)).map_or(0..0, |(key, _)| key.range());
        know_rule(id, key.clone(), &mut faults);
        milestone(rule.blocking_from.as_ref(), &["rules", id, "blocking-from"], &mut faults);
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
    checks::faults(&config.checks, root, &mut faults);
    faults
}

/// A pattern over repository paths: `*` stays within a folder, `**` does not.
pub(crate) fn glob(pattern: &str) -> Result<globset::Glob> {
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    built.map_err(|error| anyhow::anyhow!("`{pattern}` is no pattern: {}", error.kind()))
}

fn words(kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::Syntax(message) => format!("no valid YAML: {message}"),
        ProblemKind::DuplicateKey { key, .. } => format!("`{key}` stands twice in the same mapping"),
        ProblemKind::UnknownAnchor(name) => format!("there is no anchor `{name}`"),
        ProblemKind::RecursiveAlias => "this alias stands inside its own anchor".to_owned(),
    }
}

fn policy(
    options: &SettingsArguments,
    config: &Config,
    source: Option<&Source>,
    checkout: &Checkout,
    base: &Base,
    notes: &mut Notes,
) -> Result<Policy> {
    let setting =
        |mode, when: Option<&config::When>| ModeSetting { mode, blocking_from: when.map(Into::into) };
    let baseline = match &config.baseline {
        Some(path) => read_baseline(path, checkout, base, notes)?,
        None => BTreeMap::new(),
    };
    Ok(Policy {
        forced_mode: options.mode.map(Into::into),
        default_mode: config.mode.unwrap_or_default(),
        checks: config
            .checks
            .modes()
            .into_iter()
            .map(|(n, mode, when)| (n.to_owned(), setting(mode, when)))
            .collect(),
        rules: config
            .rules
            .iter()
            .map(|(id, rule)| (id.clone(), setting(rule.mode, rule.blocking_from.as_ref())))
            .collect(),
        milestones: config.milestones.iter().map(|(name, milestone)| (name.clone(), milestone.0)).collect(),
        fail_on: options.fail_on.or(config.fail_on).map_or(Severity::Warning, Into::into),
        fail_on_not_verified: config.on_not_verified != Some(config::OnNotVerified::Report),
        waivers: source.map(|source| waivers(config, source)).transpose()?.unwrap_or_default(),
        baseline,
        baseline_path: config.baseline.clone(),
        today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
    })
}

fn waivers(config: &Config, source: &Source) -> Result<Vec<Waiver>> {
    let tree = source.tree(Syntax::Yaml);
    let nodes = tree.root().and_then(|root| root.get("waivers"));
    let nodes: Vec<_> = nodes.map(|node| node.items().collect()).unwrap_or_default();
    let waiver = |(text, node): (&config::WaiverText, &crate::tree::Node<'_>)| {
        Ok(Waiver {
            rule: text.rule.clone(),
            matcher: glob(&text.path)?.compile_matcher(),
            reason: text.reason.clone(),
            approved_by: text.approved_by.clone(),
            expires: text.expires.0,
            location: source.at_node(*node),
        })
    };
    config.waivers.iter().zip(&nodes).map(waiver).collect()
}

/// The required names with their places.
fn required_checks(source: &Source) -> Vec<RequiredCheck> {
    let root = source.tree(Syntax::Yaml).root();
    let branches = root.and_then(|root| root.get("required-checks"));
    let mut required = Vec::new();
    for (branch, names) in branches.iter().flat_map(|branches| branches.entries()) {
        for node in names.items() {
            let (Some(branch), Some(name)) = (branch.text(), node.text()) else { continue };
            let location = source.at_node(node);
            required.push(RequiredCheck { branch: branch.to_owned(), name: name.to_owned(), location });
        }
    }
    required
}

/// The file that `--write-baseline` writes.
#[derive(Debug, serde::Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of this format.
    pub version: u32,
    /// Rule ids by fingerprint.
    pub findings: BTreeMap<String, String>,
}

fn read_baseline(
    path: &str,
    checkout: &Checkout,
    base: &Base,
    notes: &mut Notes,
) -> Result<BTreeMap<String, String>> {
    let own = match checkout.read(path) {
        Ok(source) => Some(source.text().to_owned()),
        Err(ReadError::Missing) => None,
        Err(error) => {
            return Err(anyhow::Error::new(error).context(format!("cannot read the baseline {path}")));
        }
    };
    let text = match base.file(checkout, path) {
        None => {
            own.with_context(|| format!("the settings name the baseline {path}; there is no such file"))?
        }
        Some(BaseFile::Text(_, text)) => {
            if own.as_ref() != Some(&text) {
                notes.change(path, "this pull request changes the baseline");
            }
            text
        }
        Some(_) => return Ok(BTreeMap::new()),
    };
    let baseline: Baseline = serde_json::from_str(&text).with_context(|| format!("{path} is no baseline"))?;
    Ok(baseline.findings)
}

/// What is to be said about the settings of a pull request.
#[derive(Default)]
struct Notes {
    findings: Vec<Finding>,
    not_verified: Vec<String>,
}

impl Notes {
    fn change(&mut self, path: &str, what: &str) {
        let message =
            format!("{what}; this run used the base's, and the change takes effect after the merge");
        self.findings
            .push(Finding::new(&UNREVIEWED_SETTINGS, Location::file(path), message).subject("changed"));
    }

    fn compare(&mut self, proposed: Option<&Loaded>, reviewed: &Loaded) {
        let Some(proposed) = proposed else {
            return self.change(reviewed.source.path(), "this pull request removes the settings file");
        };
        if proposed.source.text() != reviewed.source.text() {
            self.change(proposed.source.path(), "this pull request changes the settings");
        }
        let known = |waiver: &config::WaiverText| {
            reviewed
                .config
                .waivers
                .iter()
                .any(|w| (&w.rule, &w.path, w.expires) == (&waiver.rule, &waiver.path, waiver.expires))
        };
        self.new_waivers(proposed, Severity::Note, &known, "is new in this pull request");
    }

    fn unknown(&mut self, base: &Base, proposed: Option<&Loaded>) {
        let Base::Missing(reason) = base else { return };
        self.not_verified.push(format!(
            "{reason}, so it cannot be seen whether this pull request changes ci-guard's own settings; \
             give the checkout step `fetch-depth: 2`"
        ));
        let Some(proposed) = proposed else { return };
        self.new_waivers(proposed, Severity::Warning, &|_| false, "cannot be compared with the base");
        if let Some(path) = &proposed.config.baseline {
            let message = "the baseline cannot be compared with the base, so it is not honoured";
            self.findings.push(
                Finding::new(&UNREVIEWED_EXCEPTION, Location::file(path), message)
                    .help("give the checkout step `fetch-depth: 2`")
                    .subject("baseline"),
            );
        }
    }

    fn new_waivers(
        &mut self,
        proposed: &Loaded,
        severity: Severity,
        known: &dyn Fn(&config::WaiverText) -> bool,
        why: &str,
    ) {
        let tree = proposed.source.tree(Syntax::Yaml);
        let nodes = tree.root().and_then(|root| root.get("waivers"));
        let nodes: Vec<_> = nodes.map(|node| node.items().collect()).unwrap_or_default();
        for (waiver, node) in proposed.config.waivers.iter().zip(nodes) {
            if known(waiver) {
                continue;
            }
            let message = format!("the waiver for `{}` {why}, so it is not honoured", waiver.rule);
            let help = match severity {
                Severity::Note => {
                    "it takes effect once it is merged; merge it first in a pull request of its own"
                }
                _ => "give the checkout step `fetch-depth: 2`",
            };
            self.findings.push(
                Finding::new(&UNREVIEWED_EXCEPTION, proposed.source.at_node(node), message)
                    .severity(severity)
                    .help(help)
                    .subject(format!("{} {}", waiver.rule, waiver.path)),
            );
        }
    }
}

#[cfg(test)]
mod tests;
