//! Keys that stand twice in the same mapping.

use std::ops::Range;

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Syntax, Value, resolve_plain};

pub(super) static RULE: Rule = Rule {
    id: "files/duplicate-key",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a key stands twice in the same mapping",
    docs: include_str!("duplicate-key.md"),
    allow: None,
};

/// The finding about the key at `second`, which stood at `first` already; `None` where it is right as it is.
pub(super) fn finding(
    key: &str,
    first: Option<&Range<usize>>,
    second: &Range<usize>,
    source: &Source,
    syntax: Syntax,
) -> Option<Finding> {
    let text = source.text();
    // Azure Pipelines: `${{ if … }}:` and `${{ else }}:` are no keys, and repeat.
    if syntax == Syntax::Yaml && key.starts_with("${{") {
        return None;
    }
    let written = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    if syntax == Syntax::Yaml && first.is_some_and(|first| are_different(written(first), written(second))) {
        return None;
    }
    let shown = match key.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    };
    let finding = Finding::new(&RULE, source.at(second.clone()), message(&shown, syntax)).subject(key);
    let finding = match first {
        Some(first) => finding.related(source.at(first.clone()), "it stands here first"),
        None => finding,
    };
    let finding = match syntax {
        Syntax::Yaml if key == "<<" => {
            finding.help("merge several mappings with one key: `<<: [*a, *b]`").severity(Severity::Note)
        }
        Syntax::Json | Syntax::Jsonc => {
            finding.help("delete one of the two, or rename it").severity(Severity::Warning)
        }
        Syntax::Yaml | Syntax::Toml => finding.help("delete one of the two, or rename it"),
    };
    Some(finding)
}

fn message(key: &str, syntax: Syntax) -> String {
    match syntax {
        Syntax::Yaml if key == "<<" => {
            "`<<` stands twice in the same mapping; some readers refuse that".to_owned()
        }
        Syntax::Yaml => {
            format!(
                "the key `{key}` stands twice in the same mapping: some readers refuse the file, others drop a value"
            )
        }
        Syntax::Json | Syntax::Jsonc => {
            format!("the key `{key}` stands twice in the same object: readers drop one of the values")
        }
        Syntax::Toml => format!("the key `{key}` stands twice in the same table: readers refuse the file"),
    }
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
