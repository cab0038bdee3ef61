//! JUnit XML: a suite for each check, a case for each of its rules, so that the number of cases stays the same
//! from run to run.

use std::fmt::Write as _;

use super::{CheckOutcome, CheckReport, Report, escape::xml};
use crate::checks;
use crate::policy::Judged;

pub(super) fn render(report: &Report) -> String {
    let suites: Vec<Suite> = report.checks.iter().map(|check| suite(report, check)).collect();
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ci-guard\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
        sum(|suite| suite.tests) + usize::from(report.error.is_some()),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors) + usize::from(report.error.is_some()),
    );
    for suite in &suites {
        text += &suite.xml;
    }
    if let Some(error) = &report.error {
        let _ = write!(
            text,
            "  <testsuite name=\"ci-guard\" tests=\"1\" failures=\"0\" errors=\"1\">\n    <testcase classname=\"ci-guard\" name=\"run\">\n      <error message=\"{}\"/>\n    </testcase>\n  </testsuite>\n",
            xml(error)
        );
    }
    text + "</testsuites>\n"
}

struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    xml: String,
}

fn suite(report: &Report, check: &CheckReport) -> Suite {
    let skipped = check.outcome == CheckOutcome::NotApplicable;
    let mut cases = String::new();
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for rule in checks::rules().filter(|rule| rule.check() == check.name) {
        let of_rule: Vec<&Judged> =
            report.open_of(check.name).filter(|judged| judged.finding.rule.id == rule.id).collect();
        let blocking = of_rule.iter().filter(|judged| judged.blocking).count();
        tests += 1;
        failures += usize::from(blocking > 0);
        let _ = write!(cases, "    <testcase classname=\"{}\" name=\"{}\"", xml(check.name), xml(rule.id));
        if skipped {
            let reason = check.reason().unwrap_or_default();
            let _ = writeln!(cases, "><skipped message=\"{}\"/></testcase>", xml(&reason));
        } else if of_rule.is_empty() {
            cases += "/>\n";
        } else {
            cases += ">\n";
            let lines: Vec<String> = of_rule.iter().map(|judged| line(judged)).collect();
            let (tag, message) = match blocking {
                0 => ("system-out", String::new()),
                n => ("failure", format!(" message=\"{}\"", xml(&super::count(n, "blocking finding")))),
            };
            let _ = writeln!(cases, "      <{tag}{message}>{}</{tag}>\n    </testcase>", lines.join("\n"));
        }
    }
    if check.outcome == CheckOutcome::NotVerified {
        tests += 1;
        errors += 1;
        let reason = check.reason().unwrap_or_default();
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{}\" name=\"could look\"><error message=\"{}\"/></testcase>",
            xml(check.name),
            xml(&reason)
        );
    }
    let xml = format!(
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{:.3}\">\n{cases}  </testsuite>\n",
        xml(check.name),
        check.duration.as_secs_f64(),
    );
    Suite { tests, failures, errors, xml }
}

fn line(judged: &Judged) -> String {
    let finding = &judged.finding;
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
    xml(&format!("{}: {}: {}{help}", finding.location, finding.severity.as_str(), finding.message))
}
