//! Files that GitHub cannot read as YAML, or not as one document of bounded size; and keys that stand twice.

use std::sync::Arc;

use super::documents::Kind;
use crate::checkout::{Checkout, ReadError, Source};
use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Node, ProblemKind, Syntax};

pub(super) static UNPARSABLE: Rule = Rule {
    id: "integrity/unparsable",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a workflow, action or dependabot file that GitHub cannot read",
    docs: include_str!("unparsable.md"),
    allow: None,
};

pub(super) static DUPLICATE_KEY: Rule = Rule {
    id: "integrity/duplicate-key",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a key that stands twice in the same mapping",
    docs: include_str!("duplicate-key.md"),
    allow: None,
};

/// Characters that GitHub reads of a file (`ParseOptions.MaxFileSize`).
const MAX_CHARACTERS: usize = 1024 * 1024;

/// Bytes that have more characters than that, whatever they are: UTF-8 takes at most three for each of UTF-16.
const MAX_UNREAD: u64 = 3 * MAX_CHARACTERS as u64;

/// Nodes that GitHub reads, aliases expanded (`ParseOptions`, "Maximum YAML nodes exceeded").
const MAX_NODES: u64 = 50_000;

/// Bytes of text that GitHub reads, aliases expanded: half of `MaxResultSize`, which counts two for a character.
const MAX_BYTES: u64 = 5 * 1024 * 1024;

/// The file's text. What cannot be read is a finding: GitHub cannot read it either.
pub(super) fn read(path: &str, kind: Kind, checkout: &Checkout, record: &mut Record) -> Option<Arc<Source>> {
    // Nobody needs to read 60 MB to know that they are more than 1 MiB of characters.
    let size = checkout.listing().get(path).map_or(0, |entry| entry.size);
    if size > MAX_UNREAD {
        record.push(too_large(path, kind));
        return None;
    }
    match checkout.read(path) {
        Ok(source) => Some(source),
        Err(ReadError::Io(error)) => {
            record.not_verified(format!("{path}: {error}"));
            None
        }
        Err(error) => {
            record.push(Finding::new(
                &UNPARSABLE,
                Location::file(path),
                format!("this cannot be read: {error}"),
            ));
            None
        }
    }
}

fn too_large(path: &str, kind: Kind) -> Finding {
    let message = format!("this {} is larger than the 1 MiB that GitHub reads", kind.noun());
    Finding::new(&UNPARSABLE, Location::file(path), message)
}

/// Something that stands where GitHub looks for a file, and that nobody can judge.
pub(super) fn not_a_file(path: &str, reason: &str) -> Finding {
    Finding::new(&UNPARSABLE, Location::file(path), format!("this cannot be judged: {reason}"))
        .help("put the file itself here")
}

/// The root of the file's only document, if it can be walked.
pub(super) fn root<'t>(source: &'t Source, kind: Kind, record: &mut Record) -> Option<Node<'t>> {
    if source.text().len() > MAX_CHARACTERS && source.text().encode_utf16().count() > MAX_CHARACTERS {
        record.push(too_large(source.path(), kind));
        return None;
    }
    let tree = source.tree(Syntax::Yaml);
    for problem in &tree.problems {
        record.push(problem_finding(source, problem));
    }
    if tree.documents().len() > 1 {
        let second = tree.documents().nth(1).map_or(0..0, |node| node.range());
        let finding = Finding::new(
            &UNPARSABLE,
            source.at(second.start..second.start),
            format!("a second YAML document begins here; a {} must be one", kind.noun()),
        );
        record.push(finding.help("remove the `---` and what follows it, or move it to a file of its own"));
    }
    if tree.expanded_nodes > MAX_NODES {
        let message = "with its aliases expanded, this has more than the 50,000 YAML nodes that GitHub reads";
        record.push(Finding::new(&UNPARSABLE, Location::file(source.path()), message));
        return None;
    }
    if tree.expanded_bytes > MAX_BYTES {
        let message = "with its aliases expanded, this has more text than the 10 MiB that GitHub reads";
        record.push(Finding::new(&UNPARSABLE, Location::file(source.path()), message));
        return None;
    }
    let broken =
        tree.problems.iter().any(|problem| !matches!(problem.kind, ProblemKind::DuplicateKey { .. }));
    match tree.root() {
        _ if broken => None,
        Some(root) if !root.is_null() => Some(root),
        _ => {
            let message = format!("this {} is empty", kind.noun());
            record.push(Finding::new(&UNPARSABLE, Location::file(source.path()), message));
            None
        }
    }
}

fn problem_finding(source: &Source, problem: &crate::tree::Problem) -> Finding {
    let place = source.at(problem.range.clone());
    match &problem.kind {
        ProblemKind::DuplicateKey { key, first } => {
            Finding::new(&DUPLICATE_KEY, place, format!("`{key}` stands twice in the same mapping"))
                .related(source.at(first.clone()), "it stands here first")
                .help("remove one of the two, or merge them")
                .subject(key)
        }
        _ => {
            let words = problem.explain(source.text(), Syntax::Yaml);
            let message = format!("this is no valid YAML: {}", words.message);
            Finding { help: words.help, ..Finding::new(&UNPARSABLE, source.at(words.range), message) }
        }
    }
}
