//! The outputs `missing` and `reasons`: what later steps are told.

use std::collections::BTreeSet;

use super::rules::{ABSENT, BLANK, MISSING_FILE, MISSING_TOOL, PLACEHOLDER, SECRET_REFERENCE, UNEXPANDED};
use super::tool::Need;
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

/// The names whose value is not there: not set, blank, or something that only stands for it; tools and files as well.
pub fn missing(needs: &[Need], record: &Record) -> Vec<String> {
    let rules = [ABSENT.id, BLANK.id, PLACEHOLDER.id, UNEXPANDED.id, SECRET_REFERENCE.id];
    let values = errors(record).filter(|finding| rules.contains(&finding.rule.id));
    let names: BTreeSet<String> = values.map(|finding| finding.location.name().to_owned()).collect();
    let subject = |need: &Need| match need {
        Need::Tool { name, .. } => (MISSING_TOOL.id, name.clone()),
        Need::File { path, .. } => (MISSING_FILE.id, path.clone()),
    };
    let is_missing = |need: &&Need| {
        let (rule, subject) = subject(need);
        errors(record).any(|finding| finding.rule.id == rule && finding.subject.as_ref() == Some(&subject))
    };
    let needs: BTreeSet<String> = needs.iter().filter(is_missing).map(Need::shown).collect();
    names.into_iter().chain(needs.iter().map(|text| plain(text))).collect()
}

/// What is wrong, one line each: `NAME: rule: why`. Later steps may put them into a script, so nothing is left in them
/// that a shell would act on.
pub fn of(record: &Record) -> Vec<String> {
    let line = |finding: &Finding| {
        let rule = finding.rule.id.trim_start_matches("preflight/");
        match &finding.location {
            Location::Secret { name } => plain(&format!("{name}: {rule}: {}", finding.message)),
            _ => plain(&format!("{rule}: {}", finding.message)),
        }
    };
    let lines: BTreeSet<String> = errors(record).map(line).collect();
    let unseen = record.not_verified.iter().map(|reason| plain(&format!("not verified: {reason}")));
    lines.into_iter().chain(unseen).collect()
}

fn errors(record: &Record) -> impl Iterator<Item = &Finding> {
    record.findings.iter().filter(|finding| finding.severity == Severity::Error)
}

/// Letters, digits, spaces and what stands between words.
fn plain(text: &str) -> String {
    let keeps = |c: char| c.is_alphanumeric() || " .,:/@_+=-".contains(c);
    text.chars().filter(|c| keeps(*c)).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_shell_acts_on() {
        assert_eq!(plain("`a` $(touch x); \"b\" | c > d\n::error::"), "a touch x b  c  d::error::");
    }
}
