//! The drill: every rule has a fault that must raise it, planted in a copy of this repository's own settings and
//! workflows, and a sound twin that must not. What is caught here is caught there, with the same settings.
//!
//! The rules of a sound drill: the copy is temporary and nothing of it leaves it; the twin is looked at first, and
//! where it raises the rule already nothing is measured; the fault must differ from its twin; only the expected rule
//! in a planted file counts, not any red; as many faults are executed as are declared.

mod compare;
mod copy;
mod plant;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::checks;
use crate::example::Example;
use crate::rule::Rule;
use crate::settings::DEFAULT_PATHS;

pub use compare::{Difference, Earlier};
use copy::{Contents, Copy};

/// How one fault ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The expected finding appeared at the planted place.
    Caught,
    /// It did not.
    Missed,
    /// Nothing can be said, because the twin is no better.
    NotMeasured,
    /// The fault cannot be planted here.
    NotApplicable,
}

impl Outcome {
    /// The words of reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Caught => "caught",
            Outcome::Missed => "missed",
            Outcome::NotMeasured => "not measured",
            Outcome::NotApplicable => "not applicable",
        }
    }
}

/// One fault with what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// The rule that must see it.
    pub rule: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// The severity of the finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// True if the finding fails the gate under the settings of this repository.
    pub blocking: bool,
    /// The planted file, and the line, where the finding stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why it was missed, not measured or not applicable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why faults of pull requests are not planted.
const COMMITS: &str = "the fault is the difference of two commits";

/// Why faults that a registry shows are not planted: the drill asks nobody.
const REGISTRY: &str = "the fault is what a registry answers";

/// Rules whose faults are no files: two commits, a writer at the same moment, links.
const NOT_PLANTED: &[(&str, &str)] = &[
    ("integrity/shellcheck", "the fault is what another program says"),
    ("integrity/impostor-commit", "the fault is an answer of GitHub"),
    ("integrity/wrong-version", "the fault is an answer of GitHub"),
    ("integrity/ambiguous-ref", "the fault is an answer of GitHub"),
    ("lockfile/ignored", "the fault is a file that git ignores, and the copy is no repository of git"),
    ("lockfile/downgraded", COMMITS),
    ("lockfile/source-changed", COMMITS),
    ("lockfile/unexplained-change", COMMITS),
    ("lockfile/hash-mismatch", REGISTRY),
    ("lockfile/yanked", REGISTRY),
    ("lockfile/unpublished", REGISTRY),
    ("lockfile/too-new", REGISTRY),
    ("lockfile/deprecated", REGISTRY),
    ("gates/out-of-scope", COMMITS),
    ("gates/several-lanes", COMMITS),
    ("gates/untested-change", COMMITS),
    ("gates/title-policy", "the fault is the title of a pull request"),
    ("policy/unreviewed-exception", COMMITS),
    ("policy/unreviewed-settings", COMMITS),
    ("policy/rewritten-history", COMMITS),
    ("artifacts/changed-while-reading", "the fault is somebody who writes at the same moment"),
    ("checksum/changed-while-reading", "the fault is somebody who writes at the same moment"),
    ("artifacts/not-uploaded", "the fault is an answer of GitHub"),
    ("artifacts/upload-differs", "the fault is an answer of GitHub"),
    ("artifacts/expires-early", "the fault is an answer of GitHub"),
    ("preflight/not-on-branch", "the fault is in the history of git, and the copy has none"),
    ("preflight/older-than-deployed", "the fault is in the history of git, and the copy has none"),
    ("checksum/not-a-file", "the fault is a link, which a page cannot hold"),
];

/// The rules whose faults are planted: all, or those that are named.
pub fn declared(only: &[String]) -> Vec<&'static Rule> {
    checks::rules().filter(|rule| is_wanted(rule.id, only)).collect()
}

/// True if the rule is one of those that are named; without names every rule is.
pub fn is_wanted(rule: &str, only: &[String]) -> bool {
    let check = rule.split('/').next();
    only.is_empty() || only.iter().any(|name| name == rule || Some(name.as_str()) == check)
}

/// Plants the fault of one rule: beside the workflows of the repository, and where those hide it or raise the rule
/// themselves, beside its settings alone. `off` says whether the settings switch the rule off.
pub fn run(rule: &'static Rule, root: &Path, off: bool) -> Fault {
    let fault = Fault {
        rule: rule.id,
        outcome: Outcome::NotApplicable,
        severity: None,
        blocking: false,
        place: None,
        reason: None,
    };
    let because =
        |outcome: Outcome, reason: &str| Fault { outcome, reason: Some(reason.to_owned()), ..fault.clone() };
    if let Some((_, reason)) = NOT_PLANTED.iter().find(|(id, _)| *id == rule.id) {
        return because(Outcome::NotApplicable, reason);
    }
    let (bad, good) = (Example::under(rule.docs(), "Example"), Example::under(rule.docs(), "Instead"));
    if bad.is_empty() || good.is_empty() || bad == good {
        return because(Outcome::NotMeasured, "the rule's page has no fault with a sound twin");
    }
    // Settings of the example take the place of the repository's, which would hide that they switch the rule off.
    if off && bad.files.iter().any(|(path, _)| DEFAULT_PATHS.contains(&path.as_str())) {
        return because(Outcome::Missed, "the settings switch the rule off");
    }
    let beside_all = attempt(rule, (&bad, &good), root, Contents::Workflows, &fault);
    match beside_all.outcome {
        Outcome::Caught => beside_all,
        _ => attempt(rule, (&bad, &good), root, Contents::Settings, &fault),
    }
}

/// The fault and its twin in copies of the repository.
fn attempt(
    rule: &'static Rule,
    (bad, good): (&Example, &Example),
    root: &Path,
    contents: Contents,
    fault: &Fault,
) -> Fault {
    let because = |outcome: Outcome, reason: String| Fault { outcome, reason: Some(reason), ..fault.clone() };
    let found = |example: &Example| plant::findings(rule, example, root, contents);
    match found(good) {
        Err(error) => return because(Outcome::NotMeasured, format!("the sound twin: {error:#}")),
        Ok(findings) if findings.iter().any(|finding| is_planted(rule, good, finding)) => {
            return because(Outcome::NotMeasured, "the sound twin raises it already".to_owned());
        }
        Ok(_) => {}
    }
    let findings = match found(bad) {
        Err(error) => return because(Outcome::NotMeasured, format!("the fault: {error:#}")),
        Ok(findings) => findings,
    };
    // The fault may be that a file of the twin is not there.
    let planted = |finding: &plant::Found| is_planted(rule, bad, finding) || is_planted(rule, good, finding);
    match findings.into_iter().find(planted) {
        None => because(Outcome::Missed, "the expected finding did not appear".to_owned()),
        Some(found) => Fault {
            outcome: Outcome::Caught,
            severity: Some(found.severity),
            blocking: found.blocking,
            place: found.path.map(|path| match found.line {
                Some(line) => format!("{path}:{line}"),
                None => path,
            }),
            ..fault.clone()
        },
    }
}

/// True for the expected finding in a file that was planted, or about something that is no file.
fn is_planted(rule: &Rule, example: &Example, finding: &plant::Found) -> bool {
    let here = |path: &String| example.files.is_empty() || example.files.iter().any(|(own, _)| own == path);
    finding.rule == rule.id && finding.path.as_ref().is_none_or(here)
}
