//! Files that are not what their name says.

use crate::checkout::Source;
use crate::finding::Finding;
use crate::location::{Location, Span};
use crate::rule::{Category, Rule, Severity};
use crate::tree::{Looseness, Problem, ProblemKind, Syntax, Tree, looseness};

use super::conflict;

pub(super) static RULE: Rule = Rule {
    id: "files/unparsable",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a YAML, JSON or TOML file cannot be read",
    allow: None,
};

/// JSON files that are known to be read strictly, lowercase.
const STRICT_NAMES: &[&str] = &[
    "bower.json",
    "composer.json",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "packages.lock.json",
    "pipfile.lock",
];

/// Extensions of such files.
const STRICT_EXTENSIONS: &[&str] =
    &["geojson", "ipynb", "jsonld", "sarif", "tfstate", "topojson", "webmanifest"];

/// The finding about a problem of the text.
pub(super) fn finding(problem: &Problem, source: &Source, syntax: Syntax) -> Finding {
    let text = source.text();
    let why = problem.explain(text, syntax);
    let start = text[..why.range.start].rfind('\n').map_or(0, |at| at + 1);
    if conflict::is_mark(text[start..].lines().next().unwrap_or_default()) {
        return Finding::new(&RULE, source.at(why.range), "a mark of a merge conflict was left behind here")
            .help("delete the line")
            .subject("syntax");
    }
    let name = if syntax == Syntax::Jsonc { "JSON" } else { syntax.as_str() };
    let not_valid = format!("not valid {name}: {}", why.message);
    let finding =
        |message: String| Finding::new(&RULE, source.at(why.range.clone()), message).subject("syntax");
    let is_empty = matches!(&problem.kind, ProblemKind::Syntax(message) if message == "the file is empty");
    if is_empty && text.trim_start_matches('\u{feff}').trim().is_empty() {
        let finding = Finding { location: Location::file(source.path()), ..finding(not_valid) };
        return helped(finding, why.help).severity(Severity::Warning);
    }
    let json = matches!(syntax, Syntax::Json | Syntax::Jsonc);
    // No reader takes a line break inside a text.
    let is_break = text[why.range.clone()].starts_with(['\n', '\r']);
    let looseness = if json && !is_break && !is_strict(source.path()) { looseness(text) } else { None };
    let extension = match looseness {
        None => return helped(finding(not_valid), why.help),
        Some(Looseness::Liberties) if syntax == Syntax::Json => {
            return helped(finding(not_valid), why.help).severity(Severity::Warning);
        }
        Some(Looseness::Liberties) => ".json5",
        Some(Looseness::Comments) => ".jsonc",
        Some(Looseness::Values) => ".jsonl",
    };
    let message = format!("strict readers refuse this JSON: {}", why.message);
    let help = format!("mend it, or name the file `{extension}` if its reader takes it as it is");
    finding(message).help(help).severity(Severity::Note)
}

/// The finding about a tab on a line of YAML that holds nothing else, or a comment.
pub(super) fn tab(at: usize, source: &Source) -> Finding {
    let message = "not valid YAML for libyaml and its like (Go, Python, Ruby): a tab stands before a comment or nothing";
    Finding::new(&RULE, source.at(at..at + 1), message)
        .help("remove it, or use spaces")
        .subject("tab")
        .severity(Severity::Warning)
}

/// The finding about a line of JSON Lines. `at` is where `line` begins in the file.
pub(super) fn in_line(problem: &Problem, line: &Tree, at: usize, source: &Source) -> Finding {
    let why = problem.explain(line.text(), Syntax::Json);
    let message = format!("not valid JSON Lines: {}", why.message);
    let place = source.at(at + why.range.start..at + why.range.end);
    helped(Finding::new(&RULE, place, message).subject("syntax"), why.help)
}

/// The finding about a file that is no UTF-8: `bytes` up to the first that is wrong, and that byte.
pub(super) fn not_utf8(path: &str, before: &[u8], byte: u8, syntax: Syntax) -> Finding {
    let line = before.iter().filter(|&&b| b == b'\n').count();
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().filter(|&c| c != '\u{feff}').count();
    let (line, column) = (line as u32 + 1, column as u32 + 1);
    let span = Span { line, column, end_line: line, end_column: column + 1 };
    let message = format!("not valid {}: the byte 0x{byte:02X} is not UTF-8", syntax.as_str());
    Finding::new(&RULE, Location::span(path, span), message)
        .help("save the file as UTF-8")
        .subject("encoding")
        .severity(Severity::Warning)
}

fn helped(finding: Finding, help: Option<String>) -> Finding {
    Finding { help, ..finding }
}

fn is_strict(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    STRICT_NAMES.contains(&&*name) || STRICT_EXTENSIONS.contains(&extension)
}
