//! The report: everything that is said about a run. Renderers show it; none of them decides anything.

pub mod annotations;
pub mod escape;
mod exit;
mod gitleaks;
pub mod in_toto;
mod json;
mod judged;
mod junit;
mod markdown;
mod sarif;
mod surroundings;
mod text;
mod vex;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::checks::{Table, Unit};
use crate::cli::Format;
use crate::finding::Finding;
use crate::history::progress::Progress;
use crate::policy::{Judged, Mode, Verdict};
use crate::rule::Severity;
use crate::subject::Subject;

pub use exit::Exit;
pub(crate) use json::pretty;
pub(crate) use judged::clean_table;
pub use surroundings::Surroundings;

/// How a check ended, in the report's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It looked and found nothing.
    Pass,
    /// It looked and found something.
    Findings,
    /// There was nothing to look at.
    NotApplicable,
    /// It could not look, or not at everything that it needs.
    NotVerified,
}

impl CheckOutcome {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckOutcome::Pass => "pass",
            CheckOutcome::Findings => "findings",
            CheckOutcome::NotApplicable => "not-applicable",
            CheckOutcome::NotVerified => "not-verified",
        }
    }
}

/// One check in the report.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// The check's name.
    pub name: &'static str,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// Its mode.
    pub mode: Mode,
    /// Things looked at.
    pub examined: usize,
    /// What they are.
    pub unit: Unit,
    /// Why it is not applicable or not verified.
    pub reasons: Vec<String>,
    /// What others would be asked, had anybody asked for that.
    pub not_requested: Option<&'static str>,
    /// What was passed over on purpose: reason and count.
    pub not_examined: BTreeMap<String, usize>,
    /// Lines for the reader.
    pub notes: Vec<String>,
    /// The clean runs that must come before it blocks.
    pub promotion: Option<Progress>,
    /// Tables for the reader.
    pub tables: Vec<Table>,
    /// How long it took.
    pub duration: Duration,
}

impl CheckReport {
    /// The mode, and how many of the clean runs are there that must come before it blocks.
    pub fn mode_words(&self) -> String {
        let mode = self.mode.as_str();
        match &self.promotion {
            Some(progress) if self.mode == Mode::Advisory => {
                format!("{mode} ({} of {} clean)", progress.clean, progress.need.clean_runs)
            }
            _ => mode.to_owned(),
        }
    }

    /// All reasons in one line.
    pub fn reason(&self) -> Option<String> {
        (!self.reasons.is_empty()).then(|| self.reasons.join("; "))
    }
}

/// Everything that is said about a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// How the process will end, as far as is known.
    pub exit: Exit,
    /// What kept the run from starting.
    pub error: Option<String>,
    /// The checks that ran.
    pub checks: Vec<CheckReport>,
    /// Their findings, the most severe first within each check.
    pub findings: Vec<Judged>,
    /// Outputs of the action.
    pub outputs: BTreeMap<String, String>,
    /// What was verified, for a statement about it.
    pub subjects: Vec<Subject>,
    /// The settings file that counted.
    pub settings: Option<Subject>,
    /// The same findings stand in this file, for reports that must be cut.
    pub report_path: Option<String>,
}

impl Report {
    /// The report of a run that could not start.
    pub fn failed(exit: Exit, error: impl Into<String>) -> Report {
        Report {
            exit,
            error: Some(error.into()),
            checks: Vec::new(),
            findings: Vec::new(),
            outputs: BTreeMap::new(),
            subjects: Vec::new(),
            settings: None,
            report_path: None,
        }
    }

    /// Pass, fail or error.
    pub fn verdict(&self) -> Verdict {
        self.exit.verdict()
    }

    /// Findings that nothing excepts.
    pub fn open(&self) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(|judged| judged.waived_by.is_none())
    }

    /// Findings that fail the gate.
    pub fn blocking(&self) -> impl Iterator<Item = &Judged> {
        self.findings.iter().filter(|judged| judged.blocking)
    }

    /// Open findings of a check.
    pub fn open_of<'r>(&'r self, check: &'r str) -> impl Iterator<Item = &'r Judged> {
        self.open().filter(move |judged| judged.finding.rule.check() == check)
    }

    /// One line: what it came to.
    pub fn headline(&self) -> String {
        if let Some(error) = &self.error {
            return format!("{}: {error}", self.verdict().as_str());
        }
        let (open, blocking) = (self.open().count(), self.blocking().count());
        let waived = self.findings.len() - open;
        let mut parts = vec![match (open, blocking) {
            (0, _) => "no findings".to_owned(),
            (open, 0) => format!("{}, none blocking", count(open, "finding")),
            (open, blocking) => format!("{}, {blocking} blocking", count(open, "finding")),
        }];
        if waived > 0 {
            parts.push(format!("{waived} excepted"));
        }
        let unverified: Vec<_> = self
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::NotVerified)
            .map(|check| check.name)
            .collect();
        if !unverified.is_empty() {
            parts.push(format!("not verified: {}", unverified.join(", ")));
        }
        format!("{} ({})", self.verdict().as_str(), parts.join("; "))
    }
}

/// The findings of a report for people. Notes that say the same of many places are one, with the others behind it,
/// unless they name other places besides.
fn folded<'r>(findings: &[&'r Judged]) -> Vec<(&'r Judged, Vec<&'r Judged>)> {
    let mut folded: Vec<(&Judged, Vec<&Judged>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for &judged in findings {
        let finding = &judged.finding;
        let may_fold = finding.severity == Severity::Note && !judged.blocking;
        let alike = known.get(&*finding.message).and_then(|place| folded.get_mut(*place));
        let is_same = |first: &Finding| first.help == finding.help && first.related == finding.related;
        match alike.filter(|(first, _)| may_fold && is_same(&first.finding)) {
            Some((_, others)) => others.push(judged),
            None => {
                if may_fold {
                    known.insert(&finding.message, folded.len());
                }
                folded.push((judged, Vec::new()));
            }
        }
    }
    folded
}

/// Findings behind the first so many that are shown.
fn rest(folded: &[(&Judged, Vec<&Judged>)], shown: usize) -> usize {
    folded.iter().skip(shown).map(|(_, others)| 1 + others.len()).sum()
}

/// The report in a form; an error if it has nothing that such a form could be about.
pub fn render(report: &Report, format: Format, around: &Surroundings<'_>) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text | Format::Github => text::render(report, around),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report, around),
        Format::Markdown => markdown::render(report, around, usize::MAX),
        Format::Junit => junit::render(report),
        Format::Vex => vex::render(report),
        Format::Gitleaks => gitleaks::render(report, around),
        Format::InToto => {
            in_toto::render(report, around).map_err(|why| anyhow::anyhow!("the statement: {why}"))?
        }
    })
}

/// The step summary, at most `room` bytes.
pub fn summary(report: &Report, around: &Surroundings<'_>, room: usize) -> String {
    markdown::render(report, around, room)
}

/// `1 finding`, `2 findings`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The words that say how a check ended.
pub fn outcome_words(report: &Report, check: &CheckReport) -> String {
    let open: Vec<&Judged> = report.open_of(check.name).collect();
    let found = || {
        let of = |severity| open.iter().filter(|judged| judged.finding.severity == severity).count();
        let parts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
        let parts = parts.map(|(severity, word)| (of(severity), word));
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect::<Vec<_>>().join(", ")
    };
    match check.outcome {
        CheckOutcome::Pass => "pass".to_owned(),
        // A command that said no has a reason instead of findings.
        CheckOutcome::Findings if open.is_empty() => "refused".to_owned(),
        CheckOutcome::Findings => found(),
        CheckOutcome::NotApplicable => "not applicable".to_owned(),
        CheckOutcome::NotVerified if open.is_empty() => "not verified".to_owned(),
        CheckOutcome::NotVerified => format!("not verified; {}", found()),
    }
}

/// Milliseconds, or seconds when they are many.
fn duration_words(duration: Duration) -> String {
    match duration.as_millis() {
        0 => "<1 ms".to_owned(),
        ms @ 1..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests;
