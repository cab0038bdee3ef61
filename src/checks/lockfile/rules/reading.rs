//! Rules about a lockfile that cannot be read: merge conflicts, broken syntax, unknown versions.

use crate::checkout::Source;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{ProblemKind, Syntax};

use super::super::format::{Format, Unreadable};

/// Conflict markers.
pub static MERGE_CONFLICT: Rule = Rule {
    id: "lockfile/merge-conflict",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the lockfile holds an unresolved merge conflict",
    allow: None,
};

/// Not of its syntax or format.
pub static UNPARSABLE: Rule = Rule {
    id: "lockfile/unparsable",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the lockfile cannot be read",
    allow: None,
};

/// A format version that nobody knows.
pub static UNSUPPORTED_VERSION: Rule = Rule {
    id: "lockfile/unsupported-version",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "the lockfile has a format version that is not known",
    allow: None,
};

/// The finding about a merge conflict, if the text holds one.
pub fn conflict(source: &Source, repair: &str) -> Option<Finding> {
    let text = source.text();
    let line_with = |marker: &str, from: usize| {
        let mut start = from;
        for line in text[from..].split_inclusive('\n') {
            let content = line.trim_start_matches('\u{feff}').trim_end();
            if content.starts_with(marker)
                && matches!(content.as_bytes().get(marker.len()), None | Some(b' '))
            {
                return Some(start..start + line.trim_end().len());
            }
            start += line.len();
        }
        None
    };
    // Without the opening marker there is nothing to look for; that is the case for nearly every file.
    let marked = memchr::memmem::find(text.as_bytes(), b"<<<<<<<").is_some();
    let first = marked.then(|| line_with("<<<<<<<", 0)).flatten()?;
    let last = line_with(">>>>>>>", first.end)?;
    let finding =
        Finding::new(&MERGE_CONFLICT, source.at(first), "a merge conflict was committed unresolved");
    Some(
        finding
            .related(source.at(last), "it ends here")
            .help(format!("take one side as it is, then run {repair}"))
            .subject("conflict"),
    )
}

/// True for the file that stands in for one that Git LFS keeps.
pub fn is_pointer(source: &Source) -> bool {
    source.text().starts_with("version https://git-lfs.github.com/spec/")
}

/// True if what cannot be read is the very end of the file, so that the rest of it is probably missing.
fn is_cut_off(source: &Source, place: &std::ops::Range<usize>) -> bool {
    let text = source.text().trim_end();
    let last_line = text.rfind('\n').map_or(0, |end| end + 1);
    // A file of one line is more likely to be of another kind.
    last_line > 0 && place.end >= last_line && (place.start >= last_line || place.end >= text.len())
}

/// True if the last line is not ended, as most tools end it, and what lacks something is the last entry: it stands
/// behind the last blank line, or else on the last line. A closing brace ends the whole.
fn is_left_open(text: &str, place: &std::ops::Range<usize>) -> bool {
    let last_entry = text.rfind("\n\n").or_else(|| text.rfind('\n'));
    !text.ends_with(['\n', '}']) && last_entry.is_some_and(|start| place.end > start)
}

/// The finding about a file that ends too early.
fn cut_off(source: &Source, place: std::ops::Range<usize>, why: &str, repair: &str) -> Finding {
    let message = format!("the file ends in the middle, so the rest of it is missing ({why})");
    Finding::new(&UNPARSABLE, source.at(place), message)
        .help(format!(
            "restore the whole file from git (`git checkout -- {}`), or run {repair}",
            source.path()
        ))
        .subject("cut off")
}

/// The findings about syntax errors; at most a few, since later ones follow from earlier ones.
pub fn syntax(source: &Source, syntax: Syntax, repair: &str) -> Vec<Finding> {
    const MOST: usize = 3;
    let tree = source.tree(syntax);
    let help = format!("restore the file from git, then run {repair}");
    tree.problems
        .iter()
        .take(MOST)
        .map(|problem| {
            let finding = |message| Finding::new(&UNPARSABLE, source.at(problem.range.clone()), message);
            match &problem.kind {
                ProblemKind::DuplicateKey { key, first } => {
                    finding(format!("`{key}` stands twice, and readers differ in which one counts"))
                        .related(source.at(first.clone()), "it stands here first")
                        .help(help.clone())
                        .subject(format!("duplicate {key}"))
                }
                ProblemKind::Syntax(message) if is_cut_off(source, &problem.range) => cut_off(
                    source,
                    problem.range.clone(),
                    &format!("no valid {}: {message}", syntax.as_str()),
                    repair,
                ),
                ProblemKind::Syntax(message) => finding(format!("no valid {}: {message}", syntax.as_str()))
                    .help(help.clone())
                    .subject("syntax"),
                ProblemKind::UnknownAnchor(_) | ProblemKind::RecursiveAlias => {
                    finding("an alias stands for nothing".to_owned()).help(help.clone()).subject("alias")
                }
            }
        })
        .collect()
}

/// The finding about a lockfile that parses and cannot be used all the same.
pub fn unusable(source: &Source, format: &dyn Format, why: Unreadable, repair: &str) -> Finding {
    match why {
        Unreadable::Version { found, known, place } => {
            let message = format!(
                "format version {found} is not known; {} is read in version {known}",
                source.path().rsplit('/').next().unwrap_or_default()
            );
            Finding::new(&UNSUPPORTED_VERSION, source.at(place), message)
                .help(format!(
                    "write the file with a version of {} that the project uses: {repair}",
                    format.tool()
                ))
                .subject("version")
        }
        Unreadable::Malformed { message, place } if is_left_open(source.text(), &place) => {
            cut_off(source, place, &message, repair)
        }
        Unreadable::Malformed { message, place } => Finding::new(&UNPARSABLE, source.at(place), message)
            .help(format!("restore the file from git, then run {repair}"))
            .subject("form"),
    }
}

/// The finding about a lockfile that cannot be read as text at all.
pub fn unreadable(path: &str, why: &crate::checkout::ReadError) -> Finding {
    Finding::new(&UNPARSABLE, Location::file(path), format!("the lockfile cannot be read: {why}"))
        .help("restore the file from git")
        .subject("text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_left_open_where_its_last_entry_lacks_something() {
        let text = "a = 1\n\n[b]\nc = 2";
        assert!(is_left_open(text, &(8..9)) && !is_left_open(text, &(0..1)));
        assert!(!is_left_open(&format!("{text}\n"), &(8..9)) && !is_left_open("a", &(0..1)));
        assert!(is_left_open("a v1 h1:x\nb v1", &(10..14)) && !is_left_open("a v1\nb v1 h1:x", &(0..4)));
        assert!(!is_left_open("{\n\"a\": {}}", &(2..5)));
    }

    #[test]
    fn conflicts_are_seen_and_rules_of_signs_are_not() {
        let found = |text: &str| conflict(&Source::new("x.lock", text.to_owned()), "`x`").is_some();
        assert!(found("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n"));
        assert!(found("<<<<<<<\r\n>>>>>>>\r\n"));
        assert!(!found("a = \"<<<<<<< HEAD\"\n>>>>>>> x\n"));
        assert!(!found("<<<<<<<<< HEAD\n>>>>>>>>> x\n"));
        assert!(!found("<<<<<<< HEAD\n"));
    }
}
