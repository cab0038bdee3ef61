//! Ignore comments: `# ci-guard: ignore[rule] reason` on the line of a finding, or alone on the line above it.

use crate::checkout::Source;
use crate::finding::Finding;
use crate::location::{Location, Span};
use crate::policy::IGNORE_WITHOUT_REASON;

const MARKER: &str = "ci-guard: ignore[";

/// An ignore comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// What follows the bracket.
    pub reason: String,
    /// Its line, 1-based.
    pub line: u32,
}

/// The ignore comment for `rule` at a line of the source.
pub fn at(source: &Source, line: u32, rule: &str) -> Option<Ignore> {
    let same = source.line(line).and_then(|text| parse(text, rule));
    if let Some(reason) = same {
        return Some(Ignore { reason, line });
    }
    let above = line.checked_sub(1)?;
    let text = source.line(above)?;
    if !text.trim_start().starts_with(['#', '/']) {
        return None;
    }
    Some(Ignore { reason: parse(text, rule)?, line: above })
}

/// The finding about an ignore comment that gives no reason.
pub fn without_reason(ignore: &Ignore, finding: &Finding) -> Finding {
    let path = finding.location.name().to_owned();
    let span = Span { line: ignore.line, column: 1, end_line: ignore.line, end_column: 1 };
    let message =
        format!("the ignore comment for `{}` gives no reason, so it is not honoured", finding.rule.id);
    Finding::new(&IGNORE_WITHOUT_REASON, Location::span(path, span), message)
        .help(format!("write `# ci-guard: ignore[{}] why this is all right here`", finding.rule.id))
}

/// The reason, if the line has an ignore comment that names the rule.
fn parse(line: &str, rule: &str) -> Option<String> {
    let (before, after) = line.split_once(MARKER)?;
    if !before.contains('#') && !before.contains("//") {
        return None;
    }
    let (rules, reason) = after.split_once(']')?;
    let named = rules.split(',').any(|name| name.trim() == rule);
    named.then(|| reason.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_covers_its_line_or_the_next() {
        let source = Source::new(
            "x.yml",
            "a: 1 # ci-guard: ignore[a/b, a/c] because\n# ci-guard: ignore[a/d] why not\nb: 2\n  # ci-guard: ignore[a/e]\nc: 3\n"
                .to_owned(),
        );
        let reason = |line, rule| at(&source, line, rule).map(|ignore| ignore.reason);
        assert_eq!(reason(1, "a/b").as_deref(), Some("because"));
        assert_eq!(reason(1, "a/c").as_deref(), Some("because"));
        assert_eq!(reason(1, "a/d"), None);
        assert_eq!(reason(2, "a/b"), None, "a comment beside code covers its own line only");
        assert_eq!(reason(3, "a/d").as_deref(), Some("why not"));
        assert_eq!(reason(5, "a/e").as_deref(), Some(""));
    }
}
