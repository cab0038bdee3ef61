//! Keys that stand twice in a map.

use std::collections::HashMap;

use super::build::MAX_PROBLEMS;
use super::{Node, Problem, ProblemKind, Tree};

/// Maps with fewer keys than this are compared pairwise; a hash table costs more than it saves there.
const SMALL_MAP: usize = 12;

/// The problems of a map whose keys and values are these nodes in turn, as far as there is room for them.
pub(super) fn among(tree: &Tree, children: &[u32]) -> Vec<Problem> {
    let key = |index: usize| Node { tree, id: children[index] };
    let count = children.len() / 2;
    let found = if count < SMALL_MAP { pairwise(count, key) } else { by_hash(count, key) };
    let problem = |(first, later): (usize, usize)| Problem {
        range: key(later).range(),
        kind: ProblemKind::DuplicateKey {
            key: key(later).text().unwrap_or_default().to_owned(),
            first: key(first).range(),
        },
    };
    let room = MAX_PROBLEMS.saturating_sub(tree.problems.len());
    found.into_iter().take(room).map(problem).collect()
}

/// The places of keys that stand twice: the first one, and a later one.
fn pairwise<'t>(count: usize, key: impl Fn(usize) -> Node<'t>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for later in 1..count {
        let Some(text) = key(later * 2).text() else { continue };
        if let Some(first) = (0..later).find(|&first| key(first * 2).has_text(text)) {
            found.push((first * 2, later * 2));
        }
    }
    found
}

fn by_hash<'t>(count: usize, key: impl Fn(usize) -> Node<'t>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(count);
    for index in (0..count * 2).step_by(2) {
        let Some(text) = key(index).text() else { continue };
        match seen.get(text) {
            Some(&first) => found.push((first, index)),
            None => drop(seen.insert(text, index)),
        }
    }
    found
}
