//! One violation of a rule at a location.

use crate::advisory::known::Known;
use crate::excerpt;
use crate::fix::Fix;
use crate::location::Location;
use crate::rule::{Rule, Severity};

/// Bytes of a message or help that are kept. What is foreign in them can be as long as a file, and stand there
/// thousands of times. Reports show less: they cut when secrets are out, so that none is cut in half here.
const MAX_TEXT: usize = 8192;

/// One violation of a rule at a location.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that was violated.
    pub rule: &'static Rule,
    /// The rule's severity, unless the check knows better for this place.
    pub severity: Severity,
    /// What is wrong, in one sentence. Foreign text in it is quoted as it is; renderers escape it.
    pub message: String,
    /// What to type to mend it.
    pub help: Option<String>,
    /// Where.
    pub location: Location,
    /// What mends it for certain, if anything does.
    pub fix: Option<Box<Fix>>,
    /// Other places that explain it.
    pub related: Vec<(Location, String)>,
    /// What the fault is about, for a fingerprint that survives moved and reformatted lines.
    /// Without it the text of the line is used.
    pub subject: Option<String>,
    /// Other names by which a waiver may mean it, such as the aliases of an advisory.
    pub also: Vec<String>,
    /// What is known about the vulnerability that it is about, as data.
    pub advisory: Option<Box<Known>>,
    /// For what stands in a commit: which, its day, and the line in it.
    pub origin: Option<Box<Origin>>,
    /// False where the source line itself must not be shown.
    pub show_source: bool,
    /// False where the file is no reviewed source, so that an ignore comment in it counts for nothing.
    pub ignorable: bool,
}

/// Where something came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// In hex.
    pub commit: String,
    /// When its author wrote it.
    pub date: Option<jiff::Timestamp>,
    /// The line in the file as this commit has it, 1-based.
    pub line: u32,
}

impl Finding {
    /// A finding with the rule's own severity.
    pub fn new(rule: &'static Rule, location: Location, message: impl Into<String>) -> Self {
        Finding {
            rule,
            severity: rule.severity,
            message: excerpt::shortened(message.into(), MAX_TEXT),
            help: None,
            fix: None,
            location,
            related: Vec::new(),
            subject: None,
            also: Vec::new(),
            advisory: None,
            origin: None,
            show_source: true,
            ignorable: true,
        }
    }

    /// What to type to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(excerpt::shortened(help.into(), MAX_TEXT));
        self
    }

    /// What mends it for certain, in the file of its location.
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix.map(Box::new);
        self
    }

    /// What the fault is about, for the fingerprint.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        let mut subject = subject.into();
        subject.truncate(excerpt::head(&subject, MAX_TEXT).len());
        self.subject = Some(subject);
        self
    }

    /// Overrides the rule's severity for this place.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds a place that explains the finding.
    pub fn related(mut self, location: Location, message: impl Into<String>) -> Self {
        self.related.push((location, excerpt::shortened(message.into(), MAX_TEXT)));
        self
    }

    /// Keeps the source line out of every report.
    pub fn hide_source(mut self) -> Self {
        self.show_source = false;
        self
    }
}
