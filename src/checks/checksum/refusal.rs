//! Why nothing is written.

use super::select::{PatternFault, Picked, Selection};
use super::{Arguments, rules};
use crate::checks::Record;
use crate::checks::artifacts::place::Elsewhere;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

/// True if something keeps the list from being written.
pub(super) fn is_refused(record: &Record) -> bool {
    let refuses = |finding: &Finding| finding.severity > Severity::Note;
    !record.not_verified.is_empty() || record.findings.iter().any(refuses)
}

/// Records what is wrong with the patterns and with what they match.
pub(super) fn record_selection(selection: &Selection, record: &mut Record) {
    let about = |text: &str| Location::Artifact { name: text.to_owned() };
    for (text, fault) in &selection.faults {
        record.push(match fault {
            PatternFault::NoMatch => {
                let help = "look at the step that builds it; `?` in front of a pattern lets it match nothing";
                let message = format!("`{text}` matches no file");
                Finding::new(&rules::NO_MATCH, about(text), message).help(help).subject("match")
            }
            PatternFault::Invalid(why) => {
                let message = format!("`{text}` is no pattern: {why}");
                let help = "a bracket that is meant as it is stands in brackets itself: `[[]`";
                Finding::new(&rules::NO_MATCH, about(text), message).help(help).subject("pattern")
            }
            PatternFault::Outside => {
                let message = format!("`{text}` leads out of the repository");
                let help = "copy the artifacts into the repository's folder, or give that folder as `--root`";
                Finding::new(&rules::OUTSIDE, about(text), message).help(help).subject("pattern")
            }
        });
    }
    for (path, reason) in &selection.refused {
        let path = path.to_string();
        record.push(match reason {
            Elsewhere::Outside => {
                let message = format!("`{path}` is not hashed: a symbolic link leads out of the repository");
                let help = "put the file itself there, or leave it out with `!` in front of its path";
                Finding::new(&rules::OUTSIDE, about(&path), message).help(help).subject("link")
            }
            Elsewhere::Io(error) => {
                record.not_verified(format!("`{path}` cannot be read: {error}"));
                continue;
            }
            reason => {
                let message = format!("`{path}` is not hashed: {reason}");
                let help = "name what it leads to, or leave it out with `!` in front of its path";
                Finding::new(&rules::NOT_A_FILE, about(&path), message).help(help).subject("kind")
            }
        });
    }
    selection.gaps.iter().for_each(|gap| record.not_verified(gap));
    for _ in 0..selection.for_git {
        record.not_examined("files for git, such as `.gitignore`, are listed when they are named");
    }
    for text in &selection.idle {
        record.note(format!("`{text}` leaves out nothing"));
    }
    let silent = selection.faults.is_empty() && selection.refused.is_empty() && selection.gaps.is_empty();
    if silent && selection.files.is_empty() {
        let message = "the patterns match no file at all";
        let help = "look at the step that builds the artifacts";
        record.push(Finding::new(&rules::NO_MATCH, Location::Repository, message).help(help).subject("none"));
    }
}

/// Records artifacts without content.
pub(super) fn record_empty<'a>(
    files: impl Iterator<Item = &'a Picked>,
    arguments: &Arguments,
    record: &mut Record,
) {
    for picked in files.filter(|_| !arguments.allow_empty) {
        let message = format!("`{}` is empty", picked.path);
        let help = "look at the step that builds it; `--allow-empty` takes empty files";
        let location = Location::Artifact { name: picked.path.to_string() };
        record.push(Finding::new(&rules::EMPTY_FILE, location, message).help(help).subject("empty"));
    }
}
