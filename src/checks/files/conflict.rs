//! Merge conflicts that were committed with the marks of git in them.

use std::ops::Range;

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "files/merge-conflict",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a merge conflict was committed unresolved",
    allow: None,
};

/// What every conflict begins with; a search for it comes before everything else.
pub(super) const OPENING: &str = "<<<<<<< ";

/// A conflict: the lines of its first and its last mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conflict<'t> {
    /// Bytes of the first mark's line.
    opening: Range<usize>,
    /// Bytes of the last mark's line.
    closing: Range<usize>,
    /// What git calls the two sides.
    ours: &'t str,
    theirs: &'t str,
}

/// All complete conflicts of a text: three marks in their order, each at the beginning of its line. In Markdown,
/// code between fences is left out: it shows what a conflict looks like.
pub(super) fn find(text: &str, markdown: bool) -> Vec<Conflict<'_>> {
    let mut found = Vec::new();
    if !text.contains(OPENING) {
        return found;
    }
    let mut open: Option<(Range<usize>, &str, bool)> = None;
    let mut fence: Option<&str> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let range = start..start + content.len();
        start += line.len();
        if markdown {
            fence = fence_after(content, fence);
            if fence.is_some() && open.is_none() {
                continue;
            }
        }
        if let Some(label) = content.strip_prefix(OPENING) {
            open = Some((range, label.trim(), false));
        } else if content == "=======" {
            open = open.map(|(opening, ours, _)| (opening, ours, true));
        } else if let Some(theirs) = content.strip_prefix(">>>>>>> ")
            && let Some((opening, ours, true)) = open.take()
        {
            found.push(Conflict { opening, closing: range, ours, theirs: theirs.trim() });
        }
    }
    found
}

/// The fence that is open after a line, given the one before it.
fn fence_after<'t>(line: &'t str, before: Option<&'t str>) -> Option<&'t str> {
    let line = line.trim_start();
    let mark = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark));
    match (before, mark) {
        (None, mark) => mark,
        (Some(open), Some(mark)) if open == mark && line.trim_matches(['`', '~', ' ']).is_empty() => None,
        (open, _) => open,
    }
}

/// True if a line begins with one of git's marks.
pub(super) fn is_mark(line: &str) -> bool {
    let line = line.trim_end();
    line == "=======" || [OPENING, ">>>>>>> ", "||||||| "].iter().any(|mark| line.starts_with(mark))
}

/// The finding about a conflict.
pub(super) fn finding(conflict: &Conflict<'_>, source: &Source) -> Finding {
    let Conflict { opening, closing, ours, theirs } = conflict;
    let message =
        format!("a merge conflict between `{}` and `{}` was never resolved", cut(ours), cut(theirs));
    Finding::new(&RULE, source.at(opening.clone()), message)
        .related(source.at(closing.clone()), "it ends here")
        .help("keep the right lines and delete the marks `<<<<<<<`, `=======` and `>>>>>>>`")
        .subject(format!("{ours} {theirs}"))
}

/// A label, cut where nobody reads on.
fn cut(label: &str) -> String {
    match label.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_conflicts_count() {
        let text = "a: 1\n<<<<<<< HEAD\nb: 1\n||||||| base\n=======\nb: 2\n>>>>>>> topic (fix: b)\r\nc: 1\n";
        let [conflict] = &find(text, false)[..] else { panic!("no conflict") };
        assert_eq!((conflict.ours, conflict.theirs), ("HEAD", "topic (fix: b)"));
        assert_eq!(&text[conflict.opening.clone()], "<<<<<<< HEAD");
        assert_eq!(&text[conflict.closing.clone()], ">>>>>>> topic (fix: b)");
        for incomplete in [
            "<<<<<<< HEAD\n>>>>>>> x\n",
            "<<<<<<< HEAD\n=======\n",
            "=======\n>>>>>>> x\n",
            " <<<<<<< HEAD\n=======\n>>>>>>> x\n",
            "<<<<<<< HEAD\n========\n>>>>>>> x\n",
            "<<<<<<<\n=======\n>>>>>>>\n",
            "a <<<<<<< b\n=======\n>>>>>>> c\n",
        ] {
            assert_eq!(find(incomplete, false), [], "{incomplete}");
        }
        assert_eq!(find(&text.repeat(3), false).len(), 3);
    }

    #[test]
    fn markdown_may_show_conflicts() {
        let conflict = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n";
        assert_eq!(find(&format!("# t\n```diff\n{conflict}```\n"), true), []);
        assert_eq!(find(&format!("~~~\n```\n{conflict}~~~\n"), true), []);
        assert_eq!(find(&format!("```\nx\n```\n\n{conflict}"), true).len(), 1);
        // A conflict that begins outside of code and has a fence in it.
        assert_eq!(find("<<<<<<< HEAD\n```sh\n=======\n```\n>>>>>>> x\n", true).len(), 1);
    }
}
