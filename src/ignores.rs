//! Ignore comments: `# ci-guard: ignore[rule] reason` on the line of a finding, or alone on the line above it.

use crate::checkout::{Checkout, Source};
use crate::excerpt;
use crate::finding::Finding;
use crate::location::{Location, Span};
use crate::policy::{IGNORE_WITHOUT_REASON, UNREVIEWED_EXCEPTION};
use crate::rule::Severity;
use crate::settings::{Base, BaseFile};

const MARKER: &str = "ci-guard: ignore[";

/// An ignore comment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ignore {
    /// What follows the bracket.
    reason: String,
    /// Its line, 1-based.
    line: u32,
}

/// What ignore comments make of a finding.
#[derive(Debug, Default)]
pub struct Ignored {
    /// The reason, if the finding is excepted.
    pub reason: Option<String>,
    /// What is to be said about a comment that is not honoured.
    pub finding: Option<Finding>,
}

/// Looks for an ignore comment at a finding. On a pull request it counts only if the base has the same line.
pub fn judge(finding: &Finding, source: &Source, line: u32, base: &Base, checkout: &Checkout) -> Ignored {
    let Some(ignore) = at(source, line, finding.rule.id) else { return Ignored::default() };
    let place = Location::span(
        source.path(),
        Span { line: ignore.line, column: 1, end_line: ignore.line, end_column: 1 },
    );
    if ignore.reason.is_empty() {
        let message =
            format!("the ignore comment for `{}` gives no reason, so it is not honoured", finding.rule.id);
        let finding = Finding::new(&IGNORE_WITHOUT_REASON, place, message)
            .help(format!("write `# ci-guard: ignore[{}] why this is all right here`", finding.rule.id));
        return Ignored { reason: None, finding: Some(finding) };
    }
    let own = source.line(ignore.line).unwrap_or_default().trim();
    let (severity, why, help) = match base.file(checkout, source.path()) {
        None => return Ignored { reason: Some(ignore.reason), finding: None },
        Some(BaseFile::Text(_, text)) if text.lines().any(|line| line.trim() == own) => {
            return Ignored { reason: Some(ignore.reason), finding: None };
        }
        Some(BaseFile::Unknown) => {
            (Severity::Warning, "cannot be compared with the base", "give the checkout step `fetch-depth: 2`")
        }
        Some(_) => (
            Severity::Note,
            "is new in this pull request",
            "it takes effect once it is merged; merge it first in a pull request of its own",
        ),
    };
    let message = format!("the ignore comment for `{}` {why}, so it is not honoured", finding.rule.id);
    let finding = Finding::new(&UNREVIEWED_EXCEPTION, place, message).severity(severity).help(help);
    Ignored { reason: None, finding: Some(finding) }
}

/// True if an ignore comment for `rule`, honoured or not, belongs to a line of the source.
pub fn speaks(source: &Source, line: u32, rule: &str) -> bool {
    at(source, line, rule).is_some()
}

/// The ignore comment for `rule` at a line of the source.
fn at(source: &Source, line: u32, rule: &str) -> Option<Ignore> {
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

/// Bytes at the end of a line in which a comment is looked for: a file can be one line, and hold thousands of
/// findings.
const MAX_COMMENT: usize = 4096;

/// The reason, if the line has an ignore comment that names the rule.
fn parse(line: &str, rule: &str) -> Option<String> {
    let (before, after) = excerpt::tail(line, MAX_COMMENT).split_once(MARKER)?;
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
        let long = format!("{} # ci-guard: ignore[a/b] because\n", "é".repeat(100_000));
        let source = Source::new("x.yml", long);
        assert_eq!(at(&source, 1, "a/b").map(|ignore| ignore.reason).as_deref(), Some("because"));
    }
}
