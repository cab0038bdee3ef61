//! Keys that stand twice in the same mapping.

use std::collections::HashMap;
use std::ops::Range;

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Problem, ProblemKind, Syntax, Value, resolve_plain};

pub(super) static RULE: Rule = Rule {
    id: "files/duplicate-key",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a key stands twice in the same mapping",
    allow: None,
};

/// A key that stands several times in the same mapping.
#[derive(Debug)]
pub(super) struct Duplicate<'k> {
    pub key: &'k str,
    /// Where it stood first, if that is known.
    pub first: Option<Range<usize>>,
    pub second: Range<usize>,
    /// How often it stands there altogether.
    pub times: usize,
}

/// The duplicates among the problems before `end`, each key of a mapping once.
pub(super) fn among<'t>(problems: &'t [Problem], end: usize, text: &'t str) -> Vec<Duplicate<'t>> {
    let mut found: Vec<Duplicate<'t>> = Vec::new();
    let mut seen: HashMap<usize, usize> = HashMap::new();
    for problem in problems.iter().filter(|problem| problem.range.start < end) {
        let second = problem.range.clone();
        match &problem.kind {
            ProblemKind::DuplicateKey { key, first } => {
                let index = *seen.entry(first.start).or_insert(found.len());
                match found.get_mut(index) {
                    Some(known) => known.times += 1,
                    None => found.push(Duplicate { key, first: Some(first.clone()), second, times: 2 }),
                }
            }
            // In TOML, where a table stands twice, its keys do so as well; they are its consequences.
            _ if is_unplaced(problem) && found.is_empty() => {
                found.push(Duplicate { key: &text[second.clone()], first: None, second, times: 2 });
            }
            _ => {}
        }
    }
    found
}

/// TOML's parser does not say where the key stood first, and a search does not always find it.
pub(super) fn is_unplaced(problem: &Problem) -> bool {
    matches!(&problem.kind, ProblemKind::Syntax(message) if message == "duplicate key")
}

/// The finding about a duplicate; `None` where it is right as it is.
pub(super) fn finding(duplicate: &Duplicate<'_>, source: &Source, syntax: Syntax) -> Option<Finding> {
    let Duplicate { key, first, second, times } = duplicate;
    let first = first.as_ref();
    let text = source.text();
    // Azure Pipelines: `${{ if … }}:` and `${{ else }}:` are no keys, and repeat. Cirrus CI takes every `task`, `matrix`
    // and `env` there is, and reads nothing else.
    let name = source.path().rsplit('/').next().unwrap_or_default();
    if syntax == Syntax::Yaml && (key.starts_with("${{") || name.starts_with(".cirrus.")) {
        return None;
    }
    let written = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let different = first.is_some_and(|first| are_different(written(first), written(second)));
    if syntax == Syntax::Yaml && different && *times == 2 {
        return None;
    }
    let shown = match key.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &key[..end]),
        None => (*key).to_owned(),
    };
    let finding =
        Finding::new(&RULE, source.at(second.clone()), message(&shown, *times, syntax)).subject(*key);
    let finding = match first {
        Some(first) => finding.related(source.at(first.clone()), "it stands here first"),
        None => finding,
    };
    let finding = match syntax {
        Syntax::Yaml if *key == "<<" => {
            finding.help("merge several mappings with one key: `<<: [*a, *b]`").severity(Severity::Note)
        }
        Syntax::Json | Syntax::Jsonc => {
            finding.help("keep one, or rename the others").severity(Severity::Warning)
        }
        Syntax::Yaml | Syntax::Toml => finding.help("keep one, or rename the others"),
    };
    Some(finding)
}

fn message(key: &str, times: usize, syntax: Syntax) -> String {
    let times = if times == 2 { "twice".to_owned() } else { format!("{times} times") };
    let (mapping, consequence) = match syntax {
        Syntax::Yaml if key == "<<" => {
            return format!("`<<` stands {times} in the same mapping; some readers refuse that");
        }
        Syntax::Yaml => ("mapping", "some readers refuse the file, others drop a value"),
        Syntax::Json | Syntax::Jsonc => ("object", "readers drop all values but one"),
        Syntax::Toml => ("table", "readers refuse the file"),
    };
    format!("the key `{key}` stands {times} in the same {mapping}: {consequence}")
}

/// `1` and `"1"` are two keys, for those who read the one as a number.
fn are_different(first: &str, second: &str) -> bool {
    let is_quoted = |written: &str| written.starts_with(['"', '\'']);
    let is_text = |written: &str| is_quoted(written) || matches!(resolve_plain(written), Value::Str(_));
    is_text(first) != is_text(second)
}

/// True if the lines of both keys end in selectors of a conda recipe, as in `skip: true  # [win]`: one of them counts.
pub(super) fn has_selector(text: &str, key: &Range<usize>) -> bool {
    let start = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    line.rsplit_once("# [").is_some_and(|(_, selector)| selector.trim_end().ends_with(']'))
}
