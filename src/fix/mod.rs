//! Edits that mend a finding for certain, and how they are put into a file: all of a fix or nothing of it.

pub mod pin;

use std::ops::Range;

use crate::tree::{Syntax, Tree};

/// Bytes of a file that are replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes; empty where something is put in.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What stands there then.
    pub text: String,
}

impl Edit {
    /// Replaces bytes.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Edit {
        Edit { start: range.start, end: range.end, text: text.into() }
    }

    /// Puts text in.
    pub fn insert(at: usize, text: impl Into<String>) -> Edit {
        Edit::replace(at..at, text)
    }
}

/// What mends a finding, in the file of its location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is done, in words: `pins … to a commit`.
    pub what: String,
    /// The edits, in any order.
    pub edits: Vec<Edit>,
    /// What must be looked up before there are edits.
    pub pin: Option<pin::Pin>,
}

impl Fix {
    /// A fix that needs nothing but the file.
    pub fn new(what: impl Into<String>, edits: Vec<Edit>) -> Fix {
        Fix { what: what.into(), edits, pin: None }
    }
}

/// The text with as many of the fixes as go together, and which of them are in it. Fixes that touch the same place wait
/// for the next round: what they would do may be done by then.
pub fn apply(text: &str, fixes: &[&Fix]) -> (String, Vec<usize>) {
    let mut taken: Vec<Edit> = Vec::new();
    let mut applied = Vec::new();
    for (index, fix) in fixes.iter().enumerate() {
        let fits = |edit: &Edit| {
            let whole = edit.start <= edit.end && text.get(edit.start..edit.end).is_some();
            whole && !taken.iter().any(|other| touches(edit, other))
        };
        if !fix.edits.is_empty() && fix.edits.iter().all(fits) {
            taken.extend(fix.edits.iter().cloned());
            applied.push(index);
        }
    }
    crate::sorted::by(&mut taken, Ord::cmp);
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in &taken {
        result.push_str(&text[at..edit.start]);
        result.push_str(&edit.text);
        at = edit.end;
    }
    result.push_str(&text[at..]);
    (result, applied)
}

/// True if two edits overlap or begin at the same place.
fn touches(a: &Edit, b: &Edit) -> bool {
    a.start == b.start || a.start.max(b.start) < a.end.min(b.end)
}

/// True if a fixed YAML file can still be read, as its old text could.
pub fn still_parses(text: &str) -> bool {
    let tree = Tree::parse(text.into(), Syntax::Yaml);
    tree.is_clean() && tree.root().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(edits: &[(usize, usize, &str)]) -> Fix {
        Fix::new("x", edits.iter().map(|(start, end, text)| Edit::replace(*start..*end, *text)).collect())
    }

    #[test]
    fn a_fix_is_applied_whole_or_not_at_all() {
        let (a, b, c) =
            (fix(&[(0, 1, "A"), (4, 4, "+")]), fix(&[(2, 3, "C"), (0, 1, "x")]), fix(&[(2, 2, "-")]));
        assert_eq!(apply("abcdef", &[&a, &b, &c]), ("Ab-cd+ef".to_owned(), vec![0, 2]));
        assert_eq!(apply("abc", &[]), ("abc".to_owned(), vec![]));
    }

    #[test]
    fn an_edit_outside_of_the_text_is_none() {
        assert_eq!(apply("ä", &[&fix(&[(1, 2, "x")]), &fix(&[(5, 9, "x")])]).1, Vec::<usize>::new());
    }

    #[test]
    fn broken_yaml_is_seen() {
        assert!(still_parses("a: b\n") && !still_parses("a: [b\n") && !still_parses(""));
    }
}
