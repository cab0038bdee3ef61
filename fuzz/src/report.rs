//! Every form of a report keeps its shape, whatever the words in it are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use ci_guard::checkout::Checkout;
use ci_guard::checks::Unit;
use ci_guard::cli::Format;
use ci_guard::finding::Finding;
use ci_guard::location::{Location, Span};
use ci_guard::policy::{Judged, Mode};
use ci_guard::redact::Redactor;
use ci_guard::report::{
    CheckOutcome, CheckReport, Exit, Report, Surroundings, annotations, escape, render, summary,
};
use ci_guard::rule::{Rule, Severity};
use ci_guard::runner::{Runner, commands};
use serde_json::Value;

use crate::folder::Folder;
use crate::{runner, xml};

/// The foreign words of a report.
pub struct Words<'t> {
    pub path: &'t str,
    pub message: &'t str,
    pub help: &'t str,
    pub related: &'t str,
    pub reason: &'t str,
    pub note: &'t str,
    pub source: &'t str,
}

/// Words that can do no harm, for a report of the same shape.
const HARMLESS: Words<'_> =
    Words { path: "p", message: "m", help: "h", related: "r", reason: "q", note: "n", source: "s\n" };

/// The file whose lines are shown.
const SHOWN: &str = "shown.yml";

/// Tags that our Markdown uses. No foreign text may add one.
const TAGS: [&str; 9] =
    ["<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<br>", "<sub>", "</sub>"];

thread_local! {
    static FOLDER: RefCell<Option<Folder>> = const { RefCell::new(None) };
}

/// Renders a report in every form and holds it against the shape of a harmless one. `place` are line, column, and how
/// far the range reaches in lines and columns.
pub fn holds(words: &Words<'_>, place: [u32; 4]) {
    thread_local! {
        static OTHER: Forms = forms(&HARMLESS, [0, 0, 0, 3]);
    }
    let own = forms(words, place);
    own.text();
    OTHER.with(|harmless| own.markdown(harmless));
    own.documents(words);
    own.annotations();
}

fn forms(words: &Words<'_>, place: [u32; 4]) -> Forms {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| Folder::new("report"));
        folder.write(SHOWN, words.source.as_bytes());
        let checkout = Checkout::open(folder.path()).expect("a folder that is there");
        Forms::of(&report(words, place), &checkout)
    })
}

fn report(words: &Words<'_>, [line, column, lines, columns]: [u32; 4]) -> Report {
    let (line, column) = (line + 1, column + 1);
    let end_column = if lines == 0 { column + columns } else { columns + 1 };
    let span = Span { line, column, end_line: line + lines, end_column };
    let finding = |location| Finding::new(rule(Severity::Error), location, words.message).help(words.help);
    let judged = |finding: Finding, waived_by: Option<&str>| Judged {
        fingerprint: "0123456789abcdef".repeat(2),
        blocking: waived_by.is_none() && finding.severity == Severity::Error,
        waived_by: waived_by.map(str::to_owned),
        finding,
    };
    let shown = finding(Location::span(SHOWN, span)).related(Location::span(words.path, span), words.related);
    let elsewhere = finding(Location::span(words.path, span)).severity(Severity::Note);
    let artifact = finding(Location::Artifact { name: words.path.to_owned() }).severity(Severity::Warning);
    let excepted = finding(Location::file(words.path));
    let check = CheckReport {
        name: rule(Severity::Error).check(),
        outcome: CheckOutcome::NotVerified,
        mode: Mode::Blocking,
        examined: 3,
        unit: Unit { one: "file", many: "files" },
        reasons: vec![words.reason.to_owned()],
        not_requested: None,
        not_examined: BTreeMap::from([(words.reason.to_owned(), 2)]),
        tables: Vec::new(),
        notes: vec![words.note.to_owned()],
        promotion: None,
        duration: Duration::from_millis(5),
    };
    Report {
        exit: Exit::Fail,
        error: None,
        checks: vec![check],
        findings: vec![
            judged(shown, None),
            judged(elsewhere, None),
            judged(artifact, None),
            judged(excepted, Some(words.note)),
        ],
        outputs: BTreeMap::new(),
        subjects: Vec::new(),
        settings: None,
        report_path: Some(words.path.to_owned()),
    }
}

fn rule(severity: Severity) -> &'static Rule {
    let mut rules = ci_guard::checks::rules().filter(|rule| rule.severity == severity);
    rules.next().expect("a rule of each severity")
}

/// A report in all its forms.
struct Forms {
    text: String,
    coloured: String,
    markdown: String,
    json: String,
    sarif: String,
    junit: String,
    annotations: String,
}

impl Forms {
    fn of(report: &Report, checkout: &Checkout) -> Forms {
        let runner = Runner {
            repository: "org/repo".into(),
            server_url: "https://github.example".into(),
            sha: "0123456789abcdef0123456789abcdef01234567".into(),
            ..Runner::default()
        };
        let redactor = Redactor::default();
        let around =
            |colour| Surroundings { checkout: Some(checkout), runner: &runner, redactor: &redactor, colour };
        let rendered = |format, colour| render(report, format, &around(colour)).expect("a form for every report");
        let form = |format| rendered(format, false);
        for room in [0, 100, 600, 1200, 4000] {
            let cut = summary(report, &around(false), room);
            assert!(cut.len() <= room, "{} of {room}", cut.len());
            assert_eq!(cut.matches("<details>").count(), cut.matches("</details>").count());
        }
        Forms {
            text: form(Format::Text),
            coloured: rendered(Format::Text, true),
            markdown: form(Format::Markdown),
            json: form(Format::Json),
            sarif: form(Format::Sarif),
            junit: form(Format::Junit),
            annotations: annotations::render(report, &around(false)),
        }
    }

    /// No control characters and nothing that reorders or hides text; no line that the runner acts on.
    fn text(&self) {
        for text in [&self.text, &without_colours(&self.coloured)] {
            let bad = text.chars().find(|&c| c != '\n' && escape::is_deceptive(c) && c != '\u{200b}');
            assert_eq!(bad, None, "{text:?}");
            assert!(!text.contains("##["));
        }
        let log = commands::guarded(&self.text).expect("random bytes");
        assert_eq!(runner::commands_in(&log), [""; 0]);
    }

    /// The same lines, tags and table cells as in a harmless report; links lead where they should.
    fn markdown(&self, harmless: &Forms) {
        assert_eq!(self.markdown.lines().count(), harmless.markdown.lines().count(), "{}", self.markdown);
        for (own, other) in self.markdown.split('\n').zip(harmless.markdown.split('\n')) {
            assert!(!own.contains('\r'));
            assert_eq!(tags(own), tags(other), "{own}");
            assert_eq!(own.starts_with('|'), other.starts_with('|'), "{own}");
            if other.starts_with('|') {
                assert_eq!(cells(own), cells(other), "{own}");
            }
        }
        for (_, link) in
            self.markdown.match_indices("](https://").map(|(at, _)| self.markdown.split_at(at + 2))
        {
            let target = link.split(')').next().unwrap_or_default();
            assert!(target.starts_with("https://github.example/org/repo/blob/0123456789abcdef"), "{target}");
            assert!(!target.contains(|c: char| c.is_whitespace() || "<>\"()|`".contains(c)), "{target}");
        }
    }

    /// JSON and SARIF hold the words as they are; JUnit is well-formed.
    fn documents(&self, words: &Words<'_>) {
        let json: Value = serde_json::from_str(&self.json).expect("JSON");
        assert_eq!(json["findings"][0]["message"], words.message);
        assert_eq!(json["findings"][1]["location"]["path"], words.path);
        let sarif: Value = serde_json::from_str(&self.sarif).expect("SARIF");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), 4);
        for result in results {
            assert_eq!(result["message"]["text"], format!("{}\n{}", words.message, words.help));
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().expect("every result needs a file");
            assert!(uri.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#?[]".contains(&b)), "{uri}");
        }
        xml::well_formed(&self.junit);
    }

    /// One command for each finding, of a level of its own.
    fn annotations(&self) {
        let lines = self.annotations.split_terminator(['\n', '\r']);
        let names: Vec<String> =
            lines.map(|line| runner::command(line).expect("only commands").name).collect();
        assert_eq!(names, ["error", "warning", "notice"]);
    }
}

/// The tags of a line, in order. Any other `<` would be foreign.
fn tags(line: &str) -> Vec<&'static str> {
    let mut rest = line.replace("<code>", "").replace("</code>", "");
    let mut found = Vec::new();
    while let Some(at) = rest.find('<') {
        let tag = TAGS.iter().find(|tag| rest[at..].starts_with(**tag));
        let tag = tag.unwrap_or_else(|| panic!("a tag that is none of ours: {line}"));
        found.push(*tag);
        rest.drain(..at + tag.len());
    }
    found
}

/// Bars that separate cells.
fn cells(line: &str) -> usize {
    let mut escaped = false;
    let mut bars = 0;
    for c in line.chars() {
        bars += usize::from(c == '|' && !escaped);
        escaped = c == '\\' && !escaped;
    }
    bars
}

fn without_colours(text: &str) -> String {
    let mut result = String::new();
    let mut parts = text.split("\u{1b}[");
    result += parts.next().unwrap_or_default();
    for part in parts {
        let (code, rest) = part.split_once('m').expect("a colour ends");
        assert!(code.bytes().all(|b| b.is_ascii_digit() || b == b';'), "{code:?} is no colour");
        result += rest;
    }
    result
}
