//! The positioned tree: every range lies in the text, the links are those of a tree, positions can be shown.

use std::ops::Range;

use ci_guard::checkout::Source;
use ci_guard::tree::{Node, ProblemKind, Syntax};

use crate::inside;

/// Nodes up to which aliases are walked through. Far above what an input of the fuzzer expands to by itself.
const MAX_EXPANDED: u64 = 20_000;

/// Parses, and holds the tree against everything that is promised of one.
pub fn holds(text: &str, syntax: Syntax) -> Source {
    let source = Source::new("x", text.to_owned());
    let tree = source.tree(syntax);
    assert_eq!(tree.text(), text);
    for node in tree.nodes() {
        place(&source, &node.range());
        let _ = source.at_node(node);
        let _ = (node.tag(), node.anchor(), node.value(), node.style(), node.is_null());
        let _ = (node.as_str(), node.as_bool(), node.as_int());
        let kinds = [node.is_map(), node.is_seq(), node.is_scalar()];
        assert_eq!(kinds.iter().filter(|kind| **kind).count(), 1, "a node is of one kind");
        assert_eq!(node.text().is_some(), node.is_scalar());
    }
    for problem in &tree.problems {
        place(&source, &problem.range);
        if let ProblemKind::DuplicateKey { first, .. } = &problem.kind {
            place(&source, first);
            assert!(first.start < problem.range.start, "the first of two keys stands first");
        }
    }
    assert!(tree.problems.is_sorted_by_key(|problem| problem.range.start));
    for comment in &tree.comments {
        place(&source, &comment.range);
    }
    if tree.expanded_nodes <= MAX_EXPANDED {
        let walked: u64 = tree.documents().map(walk).sum();
        assert_eq!(walked, tree.expanded_nodes, "nodes are counted as they are walked");
        for document in tree.documents() {
            let _ = document.to_json();
        }
    }
    for number in 0..=source.line_count() as u32 + 1 {
        let line = source.line(number);
        assert_eq!(line.is_some(), (1..=source.line_count()).contains(&(number as usize)));
    }
    source
}

/// A range can be shown as lines and columns, and they are those of the text.
fn place(source: &Source, range: &Range<usize>) {
    inside(source.text(), range);
    let span = source.span(range.clone());
    assert!(span.line >= 1 && span.column >= 1);
    assert!((span.line, span.column) <= (span.end_line, span.end_column));
    // The break itself may be pointed at.
    let line = source.text().split('\n').nth(span.line as usize - 1).expect("a line of the text");
    assert!(span.column as usize <= line.chars().count() + 1, "{span:?} of {line:?}");
}

/// Nodes under a node, itself included, aliases followed.
fn walk(node: Node<'_>) -> u64 {
    let entries = node.entries().map(|(key, value)| {
        if key.text().is_some() {
            assert!(node.get(key.text().unwrap_or_default()).is_some(), "a key that is there is found");
        }
        walk(key) + walk(value)
    });
    1 + entries.sum::<u64>() + node.items().map(walk).sum::<u64>()
}
