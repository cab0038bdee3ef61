//! What the user's policy makes of the findings: which block, which are excepted, and the verdict.
//!
//! Everything here is pure: findings and policy in, judgement out.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobMatcher;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::history::progress::Progress;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

/// Whether a check or rule may fail the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Errors and warnings fail the gate.
    Blocking,
    /// Findings are reported and change nothing.
    #[default]
    Advisory,
    /// Not looked for.
    Off,
}

impl Mode {
    /// The word that users see and write.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Blocking => "blocking",
            Mode::Advisory => "advisory",
            Mode::Off => "off",
        }
    }
}

/// When a check or rule becomes blocking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockingFrom {
    /// On this day and after.
    Date(Date),
    /// When the settings call this milestone reached.
    Milestone(String),
}

/// Whether a milestone has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// It has.
    Reached,
    /// Not yet, and no date is set.
    Pending,
    /// On this day and after.
    From(Date),
}

/// How far the clean runs are that must come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// As the history shows.
    Counted(Progress),
    /// The history cannot be relied on. It counts as reached: who damages it must not open a gate by that.
    Unknown,
}

/// The mode of one check or rule as the settings give it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModeSetting {
    /// Mode until it becomes blocking; absent: that of the level above.
    pub mode: Option<Mode>,
    /// When it becomes blocking, whatever `mode` says.
    pub blocking_from: Option<BlockingFrom>,
    /// Clean runs after which it becomes blocking. With `blocking_from` as well, both have to come.
    pub promotion: Option<Promotion>,
}

/// An exception that somebody approved until a date.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The rule's id.
    pub rule: String,
    /// Paths or names that it covers.
    pub matcher: GlobMatcher,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub approved_by: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where it stands in the settings.
    pub location: Location,
}

/// Modes, exceptions and today's date.
#[derive(Clone, Debug)]
pub struct Policy {
    /// From the command line or an input: overrides the settings file, but revives nothing that is off.
    pub forced_mode: Option<Mode>,
    /// For every check that says nothing else.
    pub default_mode: Mode,
    /// By check name.
    pub checks: BTreeMap<String, ModeSetting>,
    /// By rule id.
    pub rules: BTreeMap<String, ModeSetting>,
    /// By name.
    pub milestones: BTreeMap<String, Milestone>,
    /// The lowest severity that blocks in blocking mode. Never [`Severity::Note`].
    pub fail_on: Severity,
    /// Whether a blocking check that could not look fails the gate.
    pub fail_on_not_verified: bool,
    /// Approved exceptions.
    pub waivers: Vec<Waiver>,
    /// Fingerprints that were accepted at adoption, each with its rule's id.
    pub baseline: BTreeMap<String, String>,
    /// Where the baseline stands, for the finding about entries that no longer occur.
    pub baseline_path: Option<String>,
    /// Today, in UTC.
    pub today: Date,
}

/// What one check found, as the policy sees it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The check's name.
    pub check: &'static str,
    /// True if something that was asked for could not be looked at.
    pub not_verified: bool,
    /// Findings with their fingerprints.
    pub findings: Vec<Fingerprinted>,
}

/// A finding and what it is recognised by.
#[derive(Clone, Debug)]
pub struct Fingerprinted {
    /// The finding.
    pub finding: Finding,
    /// Stable while the fault is the same, whatever line it is on.
    pub fingerprint: String,
    /// The reason of an ignore comment at the place, if there is one.
    pub ignored: Option<String>,
}

/// A finding with what the policy made of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// See [`Fingerprinted::fingerprint`].
    pub fingerprint: String,
    /// True if it fails the gate.
    pub blocking: bool,
    /// By what it is excepted, in words.
    pub waived_by: Option<String>,
}

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The gate is open.
    Pass,
    /// Something blocks.
    Fail,
    /// It could not be decided.
    Error,
}

impl Verdict {
    /// The word that users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Error => "error",
        }
    }
}

/// The policy's answer.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// All findings whose rule is not off, in the order of the evidence, then the policy's own.
    pub findings: Vec<Judged>,
    /// Checks that block and could not look.
    pub unverified: Vec<&'static str>,
    /// Pass, fail or error.
    pub verdict: Verdict,
}

impl Policy {
    /// Everything advisory, no exceptions.
    pub fn advisory(today: Date) -> Policy {
        Policy {
            forced_mode: None,
            default_mode: Mode::Advisory,
            checks: BTreeMap::new(),
            rules: BTreeMap::new(),
            milestones: BTreeMap::new(),
            fail_on: Severity::Warning,
            fail_on_not_verified: true,
            waivers: Vec::new(),
            baseline: BTreeMap::new(),
            baseline_path: None,
            today,
        }
    }

    /// The mode of a check.
    pub fn check_mode(&self, check: &str) -> Mode {
        self.effective(self.checks.get(check), self.default_mode)
    }

    /// The mode of a rule: its own, else that of its check.
    pub fn rule_mode(&self, rule: &Rule) -> Mode {
        match self.check_mode(rule.check()) {
            Mode::Off => Mode::Off,
            check_mode => self.effective(self.rules.get(rule.id), check_mode),
        }
    }

    fn effective(&self, setting: Option<&ModeSetting>, otherwise: Mode) -> Mode {
        let mode = match setting {
            Some(ModeSetting { mode: Some(Mode::Off), .. }) => Mode::Off,
            Some(setting) if self.has_become_blocking(setting) => Mode::Blocking,
            Some(ModeSetting { mode: Some(mode), .. }) => *mode,
            _ => otherwise,
        };
        match (mode, self.forced_mode) {
            (Mode::Off, _) | (_, None) => mode,
            (_, Some(forced)) => forced,
        }
    }

    fn has_become_blocking(&self, setting: &ModeSetting) -> bool {
        let by_day = setting.blocking_from.as_ref().map(|from| self.has_come(from));
        match &setting.promotion {
            None => by_day.unwrap_or(false),
            Some(Promotion::Unknown) => by_day.unwrap_or(true),
            Some(Promotion::Counted(progress)) => {
                let overdue = progress.need.not_after.is_some_and(|day| day <= self.today);
                overdue || (progress.reached.is_some() && by_day.unwrap_or(true))
            }
        }
    }

    /// When a check, or a rule of its own, becomes blocking, in a sentence each; nothing where the mode is forced.
    pub fn outlook(&self, check: &str) -> Vec<String> {
        if self.forced_mode.is_some() || self.check_mode(check) == Mode::Off {
            return Vec::new();
        }
        let prefix = format!("{check}/");
        let own = self.checks.get(check).map(|setting| (None, setting));
        let rules = self.rules.iter().filter(|(id, _)| id.starts_with(&prefix));
        let rules = rules.map(|(id, setting)| (Some(id.as_str()), setting));
        own.into_iter().chain(rules).filter_map(|(rule, setting)| self.outlook_of(rule, setting)).collect()
    }

    fn outlook_of(&self, rule: Option<&str>, setting: &ModeSetting) -> Option<String> {
        if setting.mode == Some(Mode::Off) {
            return None;
        }
        let ahead = setting.blocking_from.as_ref().filter(|from| !self.has_come(from));
        let by_day = ahead.map(|from| match from {
            BlockingFrom::Date(day) => format!("it blocks from {day}"),
            BlockingFrom::Milestone(name) => match self.milestones.get(name) {
                Some(Milestone::From(day)) => format!("it blocks from {day} ({name})"),
                _ => format!("it blocks when {name} is reached"),
            },
        });
        let by_runs = setting.promotion.as_ref().map(|promotion| match promotion {
            Promotion::Counted(progress) => progress.words(),
            Promotion::Unknown => "it blocks, because its clean runs cannot be counted".to_owned(),
        });
        let words = match (by_day, by_runs) {
            (None, None) => return None,
            (Some(words), None) | (None, Some(words)) => words,
            (Some(day), Some(runs)) => format!("{day}, and {runs}"),
        };
        Some(rule.map_or(words.clone(), |rule| format!("`{rule}`: {words}")))
    }

    /// The clean runs of a check that must come first.
    pub fn promotion(&self, check: &str) -> Option<&Progress> {
        match self.checks.get(check)?.promotion.as_ref()? {
            Promotion::Counted(progress) => Some(progress),
            Promotion::Unknown => None,
        }
    }

    fn has_come(&self, from: &BlockingFrom) -> bool {
        match from {
            BlockingFrom::Date(date) => *date <= self.today,
            BlockingFrom::Milestone(name) => match self.milestones.get(name) {
                Some(Milestone::Reached) => true,
                Some(Milestone::From(date)) => *date <= self.today,
                Some(Milestone::Pending) | None => false,
            },
        }
    }

    /// Judges the evidence of all checks that ran.
    pub fn judge(&self, evidence: &[Evidence]) -> Judgement {
        let mut findings = Vec::new();
        let mut waivers_used = vec![false; self.waivers.len()];
        let mut baseline_seen = BTreeSet::new();
        for found in evidence.iter().flat_map(|evidence| &evidence.findings) {
            let mode = self.rule_mode(found.finding.rule);
            if mode == Mode::Off {
                continue;
            }
            baseline_seen.insert(found.fingerprint.as_str());
            let waived_by = self.exception(found, &mut waivers_used);
            findings.push(self.judged(found.finding.clone(), found.fingerprint.clone(), mode, waived_by));
        }
        let ran = |rule: &str| {
            let check = rule.split('/').next().unwrap_or_default();
            evidence.iter().any(|evidence| evidence.check == check)
        };
        for finding in self.about_exceptions(&waivers_used, &baseline_seen, &ran) {
            let mode = self.rule_mode(finding.rule);
            if mode != Mode::Off {
                let fingerprint = crate::fingerprint::of(&finding, "", 0);
                findings.push(self.judged(finding, fingerprint, mode, None));
            }
        }
        let unverified: Vec<_> = evidence
            .iter()
            .filter(|e| {
                e.not_verified && self.fail_on_not_verified && self.check_mode(e.check) == Mode::Blocking
            })
            .map(|e| e.check)
            .collect();
        let verdict = if findings.iter().any(|finding| finding.blocking) {
            Verdict::Fail
        } else if unverified.is_empty() {
            Verdict::Pass
        } else {
            Verdict::Error
        };
        Judgement { findings, unverified, verdict }
    }

    fn judged(&self, finding: Finding, fingerprint: String, mode: Mode, waived_by: Option<String>) -> Judged {
        let severe = finding.severity >= self.fail_on && finding.severity > Severity::Note;
        let blocking = mode == Mode::Blocking && severe && waived_by.is_none();
        Judged { finding, fingerprint, blocking, waived_by }
    }

    /// By what a finding is excepted, if it is. Every waiver that covers it counts as used.
    fn exception(&self, found: &Fingerprinted, used: &mut [bool]) -> Option<String> {
        let mut waived_by = None;
        for (waiver, used) in self.waivers.iter().zip(used) {
            let finding = &found.finding;
            let place = finding.location.in_file().map_or_else(|| finding.location.name(), |(path, _)| path);
            let mut names = std::iter::once(place).chain(finding.also.iter().map(String::as_str));
            let covered = waiver.rule == finding.rule.id && names.any(|name| waiver.matcher.is_match(name));
            if covered {
                *used = true;
                if waiver.expires >= self.today {
                    let words = format!("{} until {}: {}", waiver.approved_by, waiver.expires, waiver.reason);
                    waived_by.get_or_insert(words);
                }
            }
        }
        waived_by
            .or_else(|| found.ignored.as_ref().map(|reason| format!("ignore comment: {reason}")))
            .or_else(|| self.baseline.contains_key(&found.fingerprint).then(|| "baseline".to_owned()))
    }

    /// `ran` says whether the check of a rule took part: what it did not look for is neither unused nor stale.
    fn about_exceptions(
        &self,
        used: &[bool],
        seen: &BTreeSet<&str>,
        ran: &dyn Fn(&str) -> bool,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (waiver, used) in self.waivers.iter().zip(used) {
            let subject = format!("{} {}", waiver.rule, waiver.matcher.glob());
            if waiver.expires < self.today {
                let message = format!("the waiver for `{}` expired on {}", waiver.rule, waiver.expires);
                findings.push(
                    Finding::new(&EXPIRED_WAIVER, waiver.location.clone(), message)
                        .help("mend what it covers, or have it approved again with a later `expires`")
                        .subject(subject),
                );
            } else if !used && ran(&waiver.rule) {
                let message = format!("the waiver for `{}` covers no finding", waiver.rule);
                findings.push(
                    Finding::new(&UNUSED_WAIVER, waiver.location.clone(), message)
                        .help("remove it")
                        .subject(subject),
                );
            }
        }
        let gone =
            |(fingerprint, rule): &(&String, &String)| !seen.contains(fingerprint.as_str()) && ran(rule);
        let stale = self.baseline.iter().filter(gone).count();
        if let Some(path) = self.baseline_path.as_ref().filter(|_| stale > 0) {
            let message =
                format!("{stale} of the baseline's {} findings no longer occur", self.baseline.len());
            findings.push(
                Finding::new(&STALE_BASELINE, Location::file(path), message)
                    .help("run `ci-guard check --write-baseline` to shrink it")
                    .subject("stale"),
            );
        }
        findings
    }
}

/// Rules about the exceptions themselves.
pub const RULES: [&Rule; 8] = [
    &EXPIRED_WAIVER,
    &UNUSED_WAIVER,
    &STALE_BASELINE,
    &UNREVIEWED_EXCEPTION,
    &UNREVIEWED_SETTINGS,
    &IGNORE_WITHOUT_REASON,
    &BROKEN_HISTORY,
    &REWRITTEN_HISTORY,
];

static EXPIRED_WAIVER: Rule = Rule {
    id: "policy/expired-waiver",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a waiver is past its last day",
    docs: include_str!("policy/expired-waiver.md"),
    allow: None,
};

static UNUSED_WAIVER: Rule = Rule {
    id: "policy/unused-waiver",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "a waiver covers no finding",
    docs: include_str!("policy/unused-waiver.md"),
    allow: None,
};

static STALE_BASELINE: Rule = Rule {
    id: "policy/stale-baseline",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "the baseline holds findings that no longer occur",
    docs: include_str!("policy/stale-baseline.md"),
    allow: None,
};

/// Raised by `settings`, which compares a pull request with its base.
pub static UNREVIEWED_EXCEPTION: Rule = Rule {
    id: "policy/unreviewed-exception",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "an exception that cannot be found in the base of the pull request",
    docs: include_str!("policy/unreviewed-exception.md"),
    allow: None,
};

/// Raised by `settings`, which compares a pull request with its base.
pub static UNREVIEWED_SETTINGS: Rule = Rule {
    id: "policy/unreviewed-settings",
    severity: Severity::Note,
    category: Category::Security,
    summary: "a pull request changes the guard's settings; they take effect after the merge",
    docs: include_str!("policy/unreviewed-settings.md"),
    allow: None,
};

/// Raised by `settings`, which reads the history.
pub static BROKEN_HISTORY: Rule = Rule {
    id: "policy/broken-history",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the history of runs was changed, or is damaged",
    docs: include_str!("policy/broken-history.md"),
    allow: None,
};

/// Raised by `settings`, which compares the history with that of the base or the parent.
pub static REWRITTEN_HISTORY: Rule = Rule {
    id: "policy/rewritten-history",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "runs were taken out of the history",
    docs: include_str!("policy/rewritten-history.md"),
    allow: None,
};

/// Raised by `ignores`.
pub static IGNORE_WITHOUT_REASON: Rule = Rule {
    id: "policy/ignore-without-reason",
    severity: Severity::Warning,
    category: Category::Hygiene,
    summary: "an ignore comment gives no reason, so it is not honoured",
    docs: include_str!("policy/ignore-without-reason.md"),
    allow: None,
};

#[cfg(test)]
mod tests;
