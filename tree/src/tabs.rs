//! Tabs at the beginning of YAML's lines. In brackets, quotes and texts of several lines they are fine; elsewhere
//! libyaml and the readers that come from it (Go, Python, Ruby, PHP, .NET) refuse the file.

use std::ops::Range;

use super::{Style, Tree};

/// The first tab in the indentation of a line that begins a key or an item.
pub(super) fn before_token(tree: &Tree) -> Option<usize> {
    first(tree, |rest| !rest.is_empty() && !rest.starts_with('#'))
}

/// The first tab in the indentation of a line that is empty otherwise, or a comment.
pub(super) fn before_nothing(tree: &Tree) -> Option<usize> {
    first(tree, |rest| rest.is_empty() || rest.starts_with('#'))
}

/// The first tab in front of what `wanted` asks for: the line without its indentation.
fn first(tree: &Tree, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    if !tree.text.contains('\t') {
        return None;
    }
    let shielded = shielded(tree);
    let mut start = 0;
    for line in tree.text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let content = line.trim_start_matches('\u{feff}');
        let rest = content.trim_start_matches([' ', '\t']).trim_end();
        let Some(tab) = content.find(|c| c != ' ').filter(|&tab| content[tab..].starts_with('\t')) else {
            continue;
        };
        let next = shielded.partition_point(|range| range.start < at);
        let inside = next.checked_sub(1).is_some_and(|index| at < shielded[index].end);
        if !inside && wanted(rest) {
            return Some(at + line.len() - content.len() + tab);
        }
    }
    None
}

/// Brackets, and texts of several lines: sorted, none inside another.
fn shielded(tree: &Tree) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for node in tree.nodes().filter(|node| !node.is_alias()) {
        let range = node.range();
        let inside = ranges.last().is_some_and(|last| range.start < last.end);
        let shields = node.is_scalar() || node.style() == Style::Flow;
        if shields && !inside && tree.text[range.clone()].contains('\n') {
            ranges.push(range);
        }
    }
    ranges
}
