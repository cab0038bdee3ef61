//! Files that GitHub cannot read as YAML, or not as one document of bounded size; and keys that stand twice.

use std::sync::Arc;

use super::documents::Kind;
use super::server_limits;
use crate::checkout::{ReadError, Source};
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Node, ProblemKind, Syntax};

pub(super) static UNPARSABLE: Rule = Rule {
    id: "integrity/unparsable",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a workflow, action or dependabot file that GitHub cannot read",
    allow: None,
};

pub(super) static DUPLICATE_KEY: Rule = Rule {
    id: "integrity/duplicate-key",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a key that stands twice in the same mapping",
    allow: None,
};

/// Bytes that a character can have: UTF-8 takes at most three for each of UTF-16.
const BYTES_OF_CHARACTER: u64 = 3;

/// Nodes that GitHub reads, aliases expanded (`ParseOptions`, "Maximum YAML nodes exceeded").
const MAX_NODES: u64 = 50_000;

/// The file's text. What cannot be read is a finding: GitHub cannot read it either.
pub(super) fn read(
    path: &str,
    kind: Kind,
    context: &Context<'_>,
    record: &mut Record,
) -> Option<Arc<Source>> {
    // Nobody needs to read 60 MB to know that they are more than 1 MiB of characters.
    let limit = context.settings.checks.integrity.limits.characters;
    let size = context.checkout.listing().get(path).map_or(0, |entry| entry.size);
    if size > (limit as u64).saturating_mul(BYTES_OF_CHARACTER) {
        record.push(too_large(path, kind, limit));
        return None;
    }
    match context.checkout.read(path) {
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

fn too_large(path: &str, kind: Kind, limit: usize) -> Finding {
    let limit = match limit {
        1_048_576 => "1 MiB".to_owned(),
        other => format!("{other} characters"),
    };
    let message = format!("this {} is larger than the {limit} that GitHub reads", kind.noun());
    Finding::new(&UNPARSABLE, Location::file(path), message)
}

fn too_much(path: &str, limit: usize) -> Finding {
    let message =
        format!("with its aliases expanded, this takes more than the {limit} bytes that GitHub gives it");
    Finding::new(&UNPARSABLE, Location::file(path), message)
}

/// Something that stands where GitHub looks for a file, and that nobody can judge.
pub(super) fn not_a_file(path: &str, reason: &str) -> Finding {
    Finding::new(&UNPARSABLE, Location::file(path), format!("this cannot be judged: {reason}"))
        .help("put the file itself here")
}

/// The root of the file's only document, if it can be walked.
pub(super) fn root<'t>(
    source: &'t Source,
    kind: Kind,
    context: &Context<'_>,
    record: &mut Record,
) -> Option<Node<'t>> {
    let limits = &context.settings.checks.integrity.limits;
    let characters = limits.characters;
    if source.text().len() > characters && source.text().encode_utf16().count() > characters {
        record.push(too_large(source.path(), kind, characters));
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
    // GitHub counts two for each character of UTF-16, which has at most three bytes here.
    if tree.expanded_bytes > limits.memory as u64 / 2 * 3 {
        record.push(too_much(source.path(), limits.memory));
        return None;
    }
    let broken =
        tree.problems.iter().any(|problem| !matches!(problem.kind, ProblemKind::DuplicateKey { .. }));
    match tree.root() {
        _ if broken => None,
        Some(root) if !root.is_null() => {
            if let Some(deep) = too_deep(root, limits.depth) {
                let message =
                    format!("this is nested deeper than the {} levels that GitHub reads", limits.depth);
                record.push(Finding::new(&UNPARSABLE, source.at_node(deep), message));
                return None;
            }
            if server_limits::takes_more(limits.memory, source.path(), tree, root) {
                record.push(too_much(source.path(), limits.memory));
                return None;
            }
            Some(root)
        }
        _ => {
            let message = format!("this {} is empty", kind.noun());
            record.push(Finding::new(&UNPARSABLE, Location::file(source.path()), message));
            None
        }
    }
}

/// The first mapping or list that has more than `depth` around it and itself.
fn too_deep(node: Node<'_>, depth: usize) -> Option<Node<'_>> {
    if node.is_scalar() {
        return None;
    }
    let Some(left) = depth.checked_sub(1) else { return Some(node) };
    let values = node.entries().map(|(_, value)| value);
    values.chain(node.items()).find_map(|inner| too_deep(inner, left))
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
