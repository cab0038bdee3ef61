//! Annotations in the log of GitHub Actions: the ten most severe of each level, the rest counted.

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
        let mut of_level: Vec<&Judged> = report.open().filter(|judged| level_of(judged) == level).collect();
        crate::sorted::by_key(&mut of_level, |judged| {
            (!judged.blocking, std::cmp::Reverse(judged.finding.severity))
        });
        for judged in of_level.iter().take(MAX_PER_TYPE) {
            text += &format!("{}\n", annotation(judged, level, around));
        }
        if let Some(rest) = of_level.len().checked_sub(MAX_PER_TYPE).filter(|rest| *rest > 0) {
            text += &format!("{} more: GitHub keeps {MAX_PER_TYPE} of a step\n", count(rest, word));
        }
    }
    text
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
