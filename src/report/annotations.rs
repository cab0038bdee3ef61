//! Annotations in the log of GitHub Actions: the ten most severe of each level, of different kinds first; the rest is counted.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Report, Surroundings, count};
use crate::policy::Judged;
use crate::rule::Severity;
use crate::runner::commands::{Annotation, Level, MAX_PER_TYPE};

/// The annotations, and a line about those that GitHub would not have kept.
pub fn render(report: &Report, around: &Surroundings<'_>) -> String {
    let mut text = String::new();
    if let Some(error) = &report.error {
        let annotation = Annotation {
            level: Level::Error,
            title: "ci-guard".into(),
            message: error.clone(),
            file: None,
            span: None,
        };
        return format!("{annotation}\n");
    }
    for (level, word) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Notice, "notice")] {
        let of_level = of_level(report, level);
        for (_, judged) in of_level.iter().take(MAX_PER_TYPE) {
            text += &format!("{}\n", annotation(judged, level, around));
        }
        if let Some(rest) = of_level.len().checked_sub(MAX_PER_TYPE).filter(|rest| *rest > 0) {
            text += &format!("{} more: GitHub keeps {MAX_PER_TYPE} of a step\n", count(rest, word));
        }
    }
    text
}

/// How early a finding is shown: what blocks, what is severe, what is said for the first time, each rule's first place.
type Rank = (bool, Reverse<Severity>, usize, usize);

/// The findings of a level. One that many places have must not push all others out.
fn of_level(report: &Report, level: Level) -> Vec<(Rank, &Judged)> {
    let mut said: HashMap<&str, usize> = HashMap::new();
    let mut again = |text| {
        let times = said.entry(text).or_default();
        *times += 1;
        *times
    };
    let findings = report.open().filter(|judged| level_of(judged) == level);
    let mut ranked: Vec<(Rank, &Judged)> = findings
        .map(|judged| {
            let finding = &judged.finding;
            let (message, rule) = (again(&*finding.message), again(finding.rule.id));
            ((!judged.blocking, Reverse(finding.severity), message, rule), judged)
        })
        .collect();
    crate::sorted::by_key(&mut ranked, |(rank, _)| *rank);
    ranked
}

/// What does not block must not look as if it did.
fn level_of(judged: &Judged) -> Level {
    match (judged.blocking, judged.finding.severity) {
        (true, Severity::Error) => Level::Error,
        (true, _) | (false, Severity::Error | Severity::Warning) => Level::Warning,
        (false, Severity::Note) => Level::Notice,
    }
}

fn annotation(judged: &Judged, level: Level, around: &Surroundings<'_>) -> Annotation {
    let finding = &judged.finding;
    let place = finding.location.in_file();
    let named = match place {
        Some(_) => String::new(),
        None => format!("{}: ", finding.location.name()),
    };
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
    Annotation {
        level,
        title: finding.rule.id.to_owned(),
        message: format!("{named}{}{help}", finding.message),
        file: place.map(|(path, _)| around.workspace_path(path)),
        span: place.and_then(|(_, span)| span),
    }
}
