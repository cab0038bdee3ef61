//! One file: read, parsed, and judged.

use crate::checkout::{Checkout, Entry, ReadError, Source};
use crate::finding::Finding;
use crate::tree::{Problem, ProblemKind, Syntax, Tree};

use super::kind::Kind;
use super::{aside, conflict, duplicate_key, template, unparsable};

/// Larger files are not parsed, in bytes.
pub(super) const MAX_PARSED: u64 = 8 << 20;

/// Larger files are not searched for merge conflicts, in bytes.
const MAX_SEARCHED: u64 = 2 << 20;

/// Findings that are kept of one file; the rest is counted.
const MAX_FINDINGS: usize = 10;

const TOO_LARGE: &str = "larger than 8 MiB";
const BINARY: &str = "binary";
const UTF16: &str = "UTF-16";
const OPENCV: &str = "YAML of OpenCV, which is a language of its own";
const LFS: &str = "a Git LFS pointer";
const TOO_DEEP: &str = "beyond the limits of the parser, such as nested too deeply";

/// What became of a file.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// True if it was parsed.
    pub examined: bool,
    /// True for YAML that does not parse because its lines are indented with tabs.
    pub tabbed: bool,
    /// Why it was left alone.
    pub not_examined: Option<&'static str>,
    /// Why it could not be read.
    pub not_verified: Option<String>,
    pub findings: Vec<Finding>,
    pub note: Option<String>,
}

impl Verdict {
    pub fn left_alone(reason: &'static str) -> Verdict {
        Verdict { not_examined: Some(reason), ..Verdict::default() }
    }

    fn found(findings: Vec<Finding>) -> Verdict {
        Verdict { examined: true, findings, ..Verdict::default() }
    }
}

/// Looks at one file.
pub(super) fn examine(entry: &Entry, kind: Kind, checkout: &Checkout) -> Verdict {
    let path = &*entry.path;
    match kind {
        Kind::Text if aside::is_vendored(path) => return Verdict::default(),
        _ if aside::is_vendored(path) => return Verdict::left_alone(aside::VENDORED),
        Kind::Text => return search(entry, checkout),
        Kind::Not(reason) => return Verdict { not_examined: Some(reason), ..search(entry, checkout) },
        Kind::Data(_) | Kind::Lines => {}
    }
    if entry.size > MAX_PARSED {
        return Verdict::left_alone(TOO_LARGE);
    }
    // Lockfiles and workflows are read by other checks too; the rest is dropped as soon as it is judged.
    let shared = path.starts_with(".github/") || path.contains("lock");
    let source = if shared { checkout.read(path) } else { checkout.read_once(path) };
    match source {
        Ok(source) => judge(&source, kind, checkout),
        Err(ReadError::NotUtf8(offset)) => not_utf8(path, offset, kind, checkout),
        Err(error) => Verdict { not_verified: Some(format!("`{path}`: {error}")), ..Verdict::default() },
    }
}

/// Searches a text that is not parsed for merge conflicts.
fn search(entry: &Entry, checkout: &Checkout) -> Verdict {
    if entry.size > MAX_SEARCHED {
        return Verdict::default();
    }
    let Ok(source) = checkout.read_once(&entry.path) else { return Verdict::default() };
    let lower = entry.path.to_ascii_lowercase();
    let markdown = [".md", ".mdx", ".markdown"].iter().any(|extension| lower.ends_with(extension));
    let conflicts = conflict::find(source.text(), markdown);
    if conflicts.is_empty() || aside::is_test_data(&entry.path, checkout) {
        return Verdict::default();
    }
    let findings = conflicts.iter().take(MAX_FINDINGS).map(|c| conflict::finding(c, &source)).collect();
    Verdict { findings, ..Verdict::default() }
}

/// Judges a text by its kind.
pub(super) fn judge(source: &Source, kind: Kind, checkout: &Checkout) -> Verdict {
    let text = source.text();
    if text.contains('\0') {
        return Verdict::left_alone(BINARY);
    }
    if text.starts_with("version https://git-lfs.github.com/spec/") {
        return Verdict::left_alone(LFS);
    }
    if kind == Kind::Data(Syntax::Yaml) && text.starts_with("%YAML:") {
        return Verdict::left_alone(OPENCV);
    }
    match kind {
        Kind::Data(syntax) => tree(source, syntax, checkout),
        Kind::Lines => lines(source, checkout),
        Kind::Text | Kind::Not(_) => Verdict::default(),
    }
}

fn tree(source: &Source, syntax: Syntax, checkout: &Checkout) -> Verdict {
    let tree = source.tree(syntax);
    let faults: Vec<&Problem> = tree.problems.iter().filter(|problem| is_fault(problem)).collect();
    let Some(first) = faults.first() else { return sound(tree, source, syntax, checkout) };
    if faults.iter().any(|problem| problem.is_limit()) {
        return Verdict::left_alone(TOO_DEEP);
    }
    let path = source.path();
    let broken = faults.iter().find(|problem| is_syntax(problem));
    let conflicts = if broken.is_some() { conflict::find(source.text(), false) } else { Vec::new() };
    let is_template = || match broken {
        _ if aside::is_template(path, source.text(), checkout) => true,
        Some(problem) => {
            let fault = problem.explain(source.text(), syntax).range;
            template::explains(tree, fault, aside::is_in_template_folder(path))
        }
        None => template::has_branches(tree) || selects(first, source),
    };
    let is_test_data = aside::is_test_data(path, checkout);
    if !conflicts.is_empty() && !is_test_data {
        return kept(conflicts.iter().map(|conflict| conflict::finding(conflict, source)), path);
    }
    if is_template() {
        return Verdict::left_alone(aside::TEMPLATE);
    }
    if is_test_data {
        return Verdict::left_alone(aside::TEST_DATA);
    }
    let verdict = kept(findings(tree, broken.copied(), source, syntax).into_iter(), path);
    Verdict { tabbed: syntax == Syntax::Yaml && broken.is_some() && is_tabbed(source.text()), ..verdict }
}

/// A file without faults may still have a tab that many readers refuse.
fn sound(tree: &Tree, source: &Source, syntax: Syntax, checkout: &Checkout) -> Verdict {
    let path = source.path();
    let tab = if syntax == Syntax::Yaml { tree.tab_before_nothing() } else { None };
    let tab = tab.filter(|_| {
        !aside::is_test_data(path, checkout) && !aside::is_template(path, source.text(), checkout)
    });
    Verdict::found(tab.map(|at| unparsable::tab(at, source)).into_iter().collect())
}

/// True if tabs indent, and spaces hardly ever do.
fn is_tabbed(text: &str) -> bool {
    let indented =
        |with: char| text.lines().filter(|line| line.starts_with(with) && !line.trim().is_empty()).count();
    indented('\t') > 4 * indented(' ')
}

/// The findings of a file that nothing excuses. What stands behind the first fault of syntax is its consequence.
fn findings(tree: &Tree, broken: Option<&Problem>, source: &Source, syntax: Syntax) -> Vec<Finding> {
    let end = broken.map_or(usize::MAX, |problem| problem.range.start);
    let duplicates = duplicate_key::among(&tree.problems, end, source.text());
    let duplicates =
        duplicates.iter().filter_map(|duplicate| duplicate_key::finding(duplicate, source, syntax));
    let mut findings: Vec<Finding> = duplicates.collect();
    let unknown = |problem: &&Problem| {
        matches!(problem.kind, ProblemKind::UnknownAnchor(_)) && problem.range.start < end
    };
    let anchors = tree.problems.iter().filter(unknown);
    findings.extend(anchors.map(|problem| unparsable::finding(problem, source, syntax)));
    findings.extend(broken.map(|problem| unparsable::finding(problem, source, syntax)));
    findings
}

/// JSON Lines: each line is a text of its own.
fn lines(source: &Source, checkout: &Checkout) -> Verdict {
    let text = source.text();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches('\u{feff}');
        let at = start + line.len() - content.len();
        start += line.len();
        if content.trim().is_empty() {
            continue;
        }
        let parsed = Tree::parse(content.trim_end().into(), Syntax::Json);
        let Some(problem) = parsed.problems.iter().find(|problem| is_syntax(problem)) else { continue };
        if problem.is_limit() {
            return Verdict::left_alone(TOO_DEEP);
        }
        if aside::is_test_data(source.path(), checkout) {
            return Verdict::left_alone(aside::TEST_DATA);
        }
        let conflicts = conflict::find(text, false);
        if !conflicts.is_empty() {
            return kept(conflicts.iter().map(|conflict| conflict::finding(conflict, source)), source.path());
        }
        if template::explains(&parsed, problem.range.clone(), false)
            || aside::is_template(source.path(), text, checkout)
        {
            return Verdict::left_alone(aside::TEMPLATE);
        }
        return kept(std::iter::once(unparsable::in_line(problem, &parsed, at, source)), source.path());
    }
    Verdict::found(Vec::new())
}

/// A file that is no UTF-8.
fn not_utf8(path: &str, offset: usize, kind: Kind, checkout: &Checkout) -> Verdict {
    let syntax = if let Kind::Data(syntax) = kind { syntax } else { Syntax::Json };
    match checkout.read_bytes(path, MAX_PARSED) {
        Err(error) => Verdict { not_verified: Some(format!("`{path}`: {error}")), ..Verdict::default() },
        Ok(bytes) if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") => {
            Verdict::left_alone(UTF16)
        }
        Ok(bytes) if bytes.contains(&0) => Verdict::left_alone(BINARY),
        Ok(_) if aside::is_test_data(path, checkout) => Verdict::left_alone(aside::TEST_DATA),
        Ok(bytes) => match bytes.get(offset) {
            Some(&byte) => Verdict::found(vec![unparsable::not_utf8(path, &bytes[..offset], byte, syntax)]),
            // It changed while we looked.
            None => Verdict { not_verified: Some(format!("`{path}`: it changed")), ..Verdict::default() },
        },
    }
}

/// An alias inside its own anchor is legal YAML, and nobody's business here.
fn is_fault(problem: &Problem) -> bool {
    problem.kind != ProblemKind::RecursiveAlias
}

fn is_syntax(problem: &Problem) -> bool {
    matches!(&problem.kind, ProblemKind::Syntax(_)) && !duplicate_key::is_unplaced(problem)
}

fn selects(problem: &Problem, source: &Source) -> bool {
    match &problem.kind {
        ProblemKind::DuplicateKey { first, .. } => {
            let text = source.text();
            duplicate_key::has_selector(text, first) || duplicate_key::has_selector(text, &problem.range)
        }
        _ => false,
    }
}

/// True if the name says that the file holds what nobody may see.
fn is_secret(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name).to_ascii_lowercase();
    ["secret", "credential", "password", "token"].iter().any(|word| name.contains(word))
}

/// At most so many findings as anybody reads, and a note about the rest.
fn kept(findings: impl Iterator<Item = Finding>, path: &str) -> Verdict {
    let secret = is_secret(path);
    let shown = |finding: Finding| if secret { finding.hide_source() } else { finding };
    let mut findings: Vec<Finding> = findings.map(shown).collect();
    let rest = findings.len().saturating_sub(MAX_FINDINGS);
    findings.truncate(MAX_FINDINGS);
    let note = (rest > 0).then(|| format!("`{path}` has {rest} more of these"));
    Verdict { note, ..Verdict::found(findings) }
}

#[cfg(test)]
mod tests;
