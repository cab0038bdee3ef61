//! What the user asked for: command line over inputs over settings file over defaults.

mod age;
pub mod base;
pub mod config;
mod exceptions;
mod locate;
mod read;
mod review;
mod validate;

use std::collections::BTreeMap;

use anyhow::Result;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use sha2::{Digest as _, Sha256};

pub use age::Age;
pub use base::{Base, BaseFile};
pub use config::Config;
pub use exceptions::Baseline;
pub(crate) use read::Fault;
pub use read::check_text;
pub use validate::nearest;

use read::Loaded;
use review::Notes;

use crate::checkout::{Checkout, Source};
use crate::cli::{CheckArguments, SettingsArguments};
use crate::finding::Finding;
use crate::history::place::Place;
use crate::location::Location;
use crate::policy::Policy;
use crate::rule::{Category, Rule, Severity};
use crate::runner::Runner;
use crate::subject::Subject;
use crate::tree::Syntax;

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
    /// True if checks may ask registries and databases.
    pub online: bool,
    /// Whose settings count.
    pub base: Base,
    /// The file that counts, by its digest.
    pub document: Option<Subject>,
    /// Where the history of runs stands.
    pub history: Option<Place>,
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

/// Finds, reads, validates and merges the settings.
pub fn load(
    options: &SettingsArguments,
    arguments: CheckArguments,
    checkout: &Checkout,
    runner: &Runner,
) -> Result<Settings, LoadError> {
    let base = Base::of(checkout, runner);
    let proposed = locate::proposed(options, checkout)?.map(read::parse).transpose()?;
    let mut notes = Notes::default();
    let effective = match locate::reviewed(options, proposed.as_ref(), &base, checkout) {
        None => proposed,
        Some(BaseFile::Absent) => {
            if let Some(proposed) = &proposed {
                notes.change(proposed.source.path(), "this pull request adds the settings file");
            }
            None
        }
        Some(BaseFile::Text(path, text)) => {
            let reviewed = read::parse(Source::new(&path, text))?;
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
    let policy = exceptions::policy(options, &config, source.as_ref(), checkout, &base, &mut notes)?;
    let required_checks = source.as_ref().map(required_checks).unwrap_or_default();
    let document = source.as_ref().map(|source| Subject::file(source.path(), &Sha256::digest(source.text())));
    Ok(Settings {
        policy,
        document,
        required_checks,
        baseline_path: config.baseline.clone().unwrap_or_else(|| DEFAULT_BASELINE.to_owned()),
        history: config.history,
        checks: config.checks,
        rules: config.rules,
        online: (config.online || arguments.network.online) && !arguments.network.offline,
        arguments,
        base,
        findings: notes.findings,
        not_verified: notes.not_verified,
    })
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

/// Where findings about the settings stand: the settings file, or where it would be.
pub(crate) fn own_place(checkout: &Checkout) -> Location {
    let own = DEFAULT_PATHS.iter().find(|path| checkout.contains(path));
    Location::file(*own.unwrap_or(&DEFAULT_PATHS[0]))
}

/// Patterns over repository paths. What is no pattern was refused when the settings were read.
pub(crate) fn glob_set(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns.iter().filter_map(|pattern| glob(pattern).ok()) {
        set.add(pattern);
    }
    set.build().unwrap_or_default()
}

/// A pattern over repository paths: `*` stays within a folder, `**` does not.
pub(crate) fn glob(pattern: &str) -> Result<globset::Glob> {
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    built.map_err(|error| anyhow::anyhow!("`{pattern}` is no pattern: {}", error.kind()))
}

#[cfg(test)]
mod tests;
