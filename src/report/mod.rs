//! The report: everything that is said about a run. Renderers show it; none of them decides anything.

pub mod annotations;
pub mod escape;
mod gitleaks;
pub mod in_toto;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;
mod vex;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::checkout::Checkout;
use crate::checks::{Outcome, Table, Unit};
use crate::cli::Format;
use crate::engine::Run;
use crate::excerpt;
use crate::history::progress::Progress;
use crate::location::Location;
use crate::policy::{Judged, Judgement, Mode, Policy, Verdict};
use crate::redact::Redactor;
use crate::rule::Severity;
use crate::runner::Runner;
use crate::sorted::IntoMap as _;
use crate::subject::Subject;

/// How the process ends. 2 wins over 1, and 1 over 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The gate is open.
    Pass,
    /// The gate failed.
    Fail,
    /// Usage or settings.
    Usage,
    /// A blocking check could not look, or results could not be written.
    NotVerified,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Fail => 1,
            Exit::Usage => 2,
            Exit::NotVerified => 3,
        }
    }

    /// The verdict that goes with it.
    pub fn verdict(self) -> Verdict {
        match self {
            Exit::Pass => Verdict::Pass,
            Exit::Fail => Verdict::Fail,
            Exit::Usage | Exit::NotVerified => Verdict::Error,
        }
    }

    /// The stronger of two.
    pub fn or(self, other: Exit) -> Exit {
        let rank = |exit| match exit {
            Exit::Usage => 3,
            Exit::Fail => 2,
            Exit::NotVerified => 1,
            Exit::Pass => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

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
    /// The report of runs that the policy has judged.
    pub fn new(runs: &[Run], judgement: Judgement, policy: &Policy, redactor: &Redactor) -> Report {
        let exit = match judgement.verdict {
            Verdict::Pass => Exit::Pass,
            Verdict::Fail => Exit::Fail,
            Verdict::Error => Exit::NotVerified,
        };
        let mut findings = judgement.findings;
        findings.iter_mut().for_each(|judged| clean(judged, redactor));
        let order: Vec<&str> = runs.iter().map(|run| run.check).collect();
        let check_order = |judged: &Judged| {
            order.iter().position(|check| *check == judged.finding.rule.check()).unwrap_or(usize::MAX)
        };
        crate::sorted::by(&mut findings, |a, b| {
            let place = |judged: &Judged| {
                (check_order(judged), !judged.blocking, std::cmp::Reverse(judged.finding.severity))
            };
            place(a).cmp(&place(b)).then_with(|| a.finding.location.cmp(&b.finding.location))
        });
        let mut checks: Vec<CheckReport> =
            runs.iter().map(|run| check_report(run, policy, &findings, redactor)).collect();
        let about_policy = findings.iter().any(|judged| judged.finding.rule.check() == POLICY);
        if about_policy && !order.contains(&POLICY) {
            checks.push(policy_report(policy));
        }
        let subjects: BTreeSet<Subject> = runs.iter().flat_map(|run| run.subjects.clone()).collect();
        let subjects = subjects.into_iter().collect();
        let mut report = Report { exit, checks, findings, subjects, ..Report::failed(exit, "") };
        report.error = None;
        let own = runs.iter().flat_map(|run| &run.outputs);
        report
            .outputs
            .extend(own.map(|(name, value)| ((*name).to_owned(), redactor.clean(value).into_owned())));
        report
    }

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

/// Bytes of a message or help that are shown.
const MAX_TEXT: usize = 2000;

/// Reasons that are shown of a check that could not look.
const MAX_REASONS: usize = 10;

/// The name under which findings about exceptions and settings are shown.
const POLICY: &str = "policy";

/// The row of the exceptions, where no check of that name ran.
fn policy_report(policy: &Policy) -> CheckReport {
    CheckReport {
        name: POLICY,
        outcome: CheckOutcome::Findings,
        mode: policy.check_mode(POLICY),
        examined: policy.waivers.len() + policy.baseline.len(),
        unit: Unit { one: "exception", many: "exceptions" },
        reasons: Vec::new(),
        not_requested: None,
        not_examined: BTreeMap::new(),
        notes: Vec::new(),
        promotion: None,
        tables: Vec::new(),
        duration: Duration::ZERO,
    }
}

fn clean(judged: &mut Judged, redactor: &Redactor) {
    let own = |text: &mut String| {
        if let std::borrow::Cow::Owned(cleaned) = redactor.clean(text) {
            *text = cleaned;
        }
        *text = excerpt::shortened(std::mem::take(text), MAX_TEXT);
    };
    let finding = &mut judged.finding;
    own(&mut finding.message);
    finding.help.as_mut().map(own);
    finding.related.iter_mut().for_each(|(location, message)| {
        own(message);
        hide_in_path(location);
    });
    hide_in_path(&mut finding.location);
    judged.waived_by.as_mut().map(own);
    if let Some(advisory) = &mut finding.advisory {
        own(&mut advisory.summary);
    }
    // Names that others chose; known values stay in paths, or their lines could not be shown.
    if let Location::Status { context: name } | Location::Artifact { name } = &mut finding.location {
        own(name);
    }
}

/// A file that is called as a credential is shown without its lines.
fn hide_in_path(location: &mut Location) {
    if let Location::File { path, .. } | Location::Package { path, .. } = location
        && let std::borrow::Cow::Owned(hidden) = crate::masking::without_credentials(path)
    {
        *path = hidden;
    }
}

/// The table without what is known to be secret.
pub(crate) fn clean_table(table: &Table, redactor: &Redactor) -> Table {
    let rows =
        table.rows.iter().map(|row| row.iter().map(|cell| redactor.clean(cell).into_owned()).collect());
    Table { rows: rows.collect(), ..table.clone() }
}

fn check_report(run: &Run, policy: &Policy, findings: &[Judged], redactor: &Redactor) -> CheckReport {
    let cleaned = |text: &String| redactor.clean(text).into_owned();
    let found =
        findings.iter().any(|judged| judged.finding.rule.check() == run.check && judged.waived_by.is_none());
    let (outcome, reasons) = match &run.outcome {
        _ if !run.not_verified.is_empty() => {
            let first = run.not_verified.iter().take(MAX_REASONS).map(cleaned);
            let more = run.not_verified.len().saturating_sub(MAX_REASONS);
            let rest = (more > 0).then(|| format!("and {more} more"));
            (CheckOutcome::NotVerified, first.chain(rest).collect())
        }
        _ if found => (CheckOutcome::Findings, Vec::new()),
        Outcome::NotApplicable(reason) => (CheckOutcome::NotApplicable, vec![cleaned(reason)]),
        Outcome::Examined(_) => (CheckOutcome::Pass, Vec::new()),
    };
    CheckReport {
        name: run.check,
        outcome,
        mode: policy.check_mode(run.check),
        examined: match run.outcome {
            Outcome::Examined(number) => number,
            Outcome::NotApplicable(_) => 0,
        },
        unit: run.unit,
        reasons,
        not_requested: run.not_requested,
        not_examined: run.not_examined.iter().map(|(reason, n)| (cleaned(reason), *n)).into_map(),
        notes: policy.outlook(run.check).iter().chain(&run.notes).map(cleaned).collect(),
        promotion: policy.promotion(run.check).cloned(),
        tables: run.tables.iter().map(|table| clean_table(table, redactor)).collect(),
        duration: run.duration,
    }
}

/// What renderers need besides the report.
pub struct Surroundings<'a> {
    /// For source lines.
    pub checkout: Option<&'a Checkout>,
    /// For links.
    pub runner: &'a Runner,
    /// For source lines.
    pub redactor: &'a Redactor,
    /// True if colours are wanted.
    pub colour: bool,
}

impl Surroundings<'_> {
    /// A line of a file, without secrets.
    fn line(&self, path: &str, line: u32) -> Option<String> {
        let source = self.checkout?.read(path).ok()?;
        Some(self.redactor.clean(source.line(line)?).into_owned())
    }

    /// The path in the repository's own tree, for links and SARIF.
    fn repository_path(&self, path: &str) -> String {
        let prefix = self.checkout.and_then(Checkout::git).map_or("", |git| git.prefix());
        format!("{prefix}{path}")
    }

    /// The path in the workspace, for annotations.
    fn workspace_path(&self, path: &str) -> String {
        let inside = || {
            let workspace = self.runner.workspace.as_ref()?.canonicalize().ok()?;
            let root = self.checkout?.root().strip_prefix(workspace).ok()?.to_str()?.replace('\\', "/");
            (!root.is_empty()).then(|| format!("{root}/{path}"))
        };
        inside().unwrap_or_else(|| path.to_owned())
    }

    /// The web page of a place.
    fn url(&self, location: &Location) -> Option<String> {
        let (path, span) = location.in_file()?;
        let page = self.runner.blob_url(&self.repository_path(path))?;
        Some(match span {
            Some(span) if span.end_line > span.line => format!("{page}#L{}-L{}", span.line, span.end_line),
            Some(span) => format!("{page}#L{}", span.line),
            None => page,
        })
    }
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
