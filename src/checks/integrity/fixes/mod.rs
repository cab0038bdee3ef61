//! What mends findings for certain, as edits of the file. Where the layout is unusual there is no fix.

pub(super) mod cooldown;
pub(super) mod credentials;
pub(super) mod environment;
pub(super) mod permissions;
mod quoting;

use crate::checkout::Source;
use crate::fix::Edit;
use crate::tree::{Node, Style};
use crate::workflow::model::Step;

/// Actions that need no more than to read the repository, and use no credentials that a checkout left. Kept short: only
/// what their own documentation says.
const READERS: [&str; 14] = [
    "actions/cache",
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-dotnet",
    "actions/setup-go",
    "actions/setup-java",
    "actions/setup-node",
    "actions/setup-python",
    "actions/upload-artifact",
    "astral-sh/setup-uv",
    "dtolnay/rust-toolchain",
    "ruby/setup-ruby",
    "shivammathur/setup-php",
    "swatinem/rust-cache",
];

/// Words in a script that may need the token.
const TOKEN_WORDS: [&str; 9] =
    ["GITHUB_TOKEN", "GH_TOKEN", "github.token", "gh ", "git ", "curl", "wget", "ghcr.io", "secrets."];

/// True if the step surely needs no token but for reading the repository.
fn only_reads(step: &Step<'_>, source: &Source) -> bool {
    let text = source.text().get(step.node.range()).unwrap_or_default();
    if TOKEN_WORDS.iter().any(|word| text.contains(word)) {
        return false;
    }
    match (step.run(), step.action()) {
        (Some(_), _) => true,
        (None, Some(action)) => READERS.contains(&&*action),
        (None, None) => false,
    }
}

/// The spaces before a key that stands first on its line or behind `- `; `None` if anything else stands before it.
fn indent(source: &Source, key: Node<'_>) -> Option<String> {
    let start = key.range().start;
    let text = source.text();
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..start];
    before.chars().all(|c| c == ' ' || c == '-').then(|| " ".repeat(before.len()))
}

/// An edit that puts `lines` before a key, each with the key's own indentation.
fn before(source: &Source, key: Node<'_>, lines: &[String]) -> Option<Edit> {
    let indent = indent(source, key)?;
    let end = line_end(source);
    let text: String = lines.iter().map(|line| format!("{line}{end}{indent}")).collect();
    Some(Edit::insert(key.range().start, text))
}

/// An edit that puts `lines` below the line on which a value ends, each with the indentation of its key.
fn below(source: &Source, key: Node<'_>, value: Node<'_>, lines: &[&str]) -> Option<Edit> {
    let indent = indent(source, key)?;
    let (text, end) = (source.text(), line_end(source));
    let from = value.range().end;
    let at = text[from..].find(end).map_or(text.len(), |at| from + at);
    let lines: String = lines.iter().map(|line| format!("{end}{indent}{line}")).collect();
    Some(Edit::insert(at, lines))
}

/// How the file ends its lines.
fn line_end(source: &Source) -> &'static str {
    if source.text().contains("\r\n") { "\r\n" } else { "\n" }
}

/// An edit that gives a mapping an entry: before its first one, or as a mapping of its own before `key`.
fn entry(source: &Source, owner: Node<'_>, name: &str, key: Node<'_>, line: &str) -> Option<Edit> {
    match owner.get(name) {
        None => before(source, key, &[format!("{name}:"), format!("  {line}")]),
        Some(map) if map.is_map() && map.style() == Style::Block && !map.is_alias() => {
            let (first, _) = map.entries().next()?;
            before(source, first, &[line.to_owned()])
        }
        Some(_) => None,
    }
}
