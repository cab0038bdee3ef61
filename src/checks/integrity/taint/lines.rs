//! Values in scripts of other languages, line by line: enough to see what is written to the runner's files and which
//! values a line holds.

use std::collections::HashMap;

use super::posix::{Result, Sink, SinkKind};
use super::protocol::{File, Piece};
use super::script::Script;
use super::shells::Shell;
use super::{Taint, sources, union};
use crate::workflow::expression;

/// Follows the values through a script.
pub fn follow(text: &str, shell: Shell, around: &Script<'_, '_>) -> Result {
    let mut result = Result::default();
    if !around.is_worth_reading(text) {
        return result;
    }
    let mut known: HashMap<String, Taint> = HashMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let Some(taint) = held(line, shell, around, &known) else { continue };
        if shell == Shell::JavaScript && is_yes_or_no(line) {
            continue;
        }
        if let Some(name) = assigned(line, shell) {
            let place = || (around.place(range.clone()), format!("into the variable `{name}`"));
            let taint = taint.clone().through(place);
            known.insert(name.to_owned(), taint);
        }
        let indent = line.len() - line.trim_start().len();
        let range = range.start + indent..range.end.max(range.start + indent);
        if let Some(name) = set_output(line) {
            result.outputs.set(name, taint);
        } else if shell == Shell::JavaScript && line.trim_start().starts_with("return ") {
            result.outputs.set("result", taint);
        } else if line.contains("GITHUB_OUTPUT") {
            let file = written(line, taint);
            if let Some(taint) = file.breaks_out {
                result.outputs.set_all(taint);
            }
            file.outputs.into_named().into_iter().for_each(|(name, taint)| result.outputs.set(&name, taint));
        } else if line.contains("GITHUB_ENV") || line.contains("GITHUB_PATH") {
            let by = if line.contains("GITHUB_ENV") { "GITHUB_ENV" } else { "GITHUB_PATH" };
            let file = written(line, taint.clone());
            let breaks_out = if by == "GITHUB_PATH" { Some(taint) } else { file.breaks_out };
            if let Some(taint) = breaks_out.and_then(|taint| taint.only(|origin| origin.kind.is_text())) {
                result.sinks.push(Sink { kind: SinkKind::Environment, taint, range, by: by.to_owned() });
            }
            result.env.extend(file.outputs.into_named());
        } else if let Some(by) = runs(line, shell)
            && let Some(taint) = taint.only(|origin| origin.kind.is_text())
        {
            result.sinks.push(Sink { kind: SinkKind::Command, taint, range, by: by.to_owned() });
        }
    }
    result
}

/// What the line's values hold.
fn held(line: &str, shell: Shell, around: &Script<'_, '_>, known: &HashMap<String, Taint>) -> Option<Taint> {
    let pasted = expression::embedded(line);
    let pasted = pasted.iter().map(|found| around.expression(line.get(found.outer.clone())?));
    let variables = variables(line, shell);
    let variables = variables.iter().map(|name| around.variable(name));
    let mut own: Vec<&String> = known.keys().filter(|name| has_word(line, name)).collect();
    own.sort_unstable();
    let own = own.into_iter().map(|name| known.get(name).cloned());
    let payload = if shell == Shell::JavaScript { payload(line) } else { None };
    union(pasted.chain(variables).chain(own).chain([payload]))
}

/// Names of variables of the environment that the line reads.
fn variables(line: &str, shell: Shell) -> Vec<&str> {
    let markers: &[&str] = match shell {
        Shell::Power => &["$env:", "${env:", "$Env:", "${Env:"],
        Shell::Cmd => &["%", "!"],
        Shell::Python => &[
            "os.environ['",
            "os.environ[\"",
            "os.getenv('",
            "os.getenv(\"",
            "environ.get('",
            "environ.get(\"",
        ],
        Shell::JavaScript => &["process.env.", "process.env['", "process.env[\""],
        Shell::Posix | Shell::Other => &["$", "${"],
    };
    let mut names = Vec::new();
    for marker in markers {
        for (at, _) in line.match_indices(marker) {
            let rest = &line[at + marker.len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            names.extend((end > 0).then(|| &rest[..end]));
        }
    }
    names
}

/// The variable that a line sets.
fn assigned(line: &str, shell: Shell) -> Option<&str> {
    let (left, right) = line.split_once('=')?;
    if right.starts_with('=') || left.ends_with(['!', '<', '>']) {
        return None;
    }
    let mut left = left.trim();
    for word in ["const ", "let ", "var "] {
        left = left.strip_prefix(word).unwrap_or(left);
    }
    if shell == Shell::Power {
        left = left.strip_prefix('$')?;
    }
    let is_name = !left.is_empty() && left.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some(left)
}

fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}

/// `context.payload.issue.title`
fn payload(line: &str) -> Option<Taint> {
    let found = line.match_indices("context.payload.").map(|(at, marker)| {
        let rest = &line[at + marker.len()..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '?'))
            .unwrap_or(rest.len());
        let path = rest[..end].replace('?', "").to_lowercase();
        sources::of(&format!("github.event.{}", path.trim_end_matches('.')))
            .or_else(|| {
                // A method of the text: `.title.trim()`.
                let (parent, _) = path.rsplit_once('.')?;
                sources::of(&format!("github.event.{parent}"))
            })
            .and_then(|taint| taint.only(|origin| origin.kind.is_text() && !origin.name.ends_with("payload")))
    });
    union(found)
}

/// `core.setOutput('name', …)`
fn set_output(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("setOutput(")?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
    rest[1..].split(quote).next()
}

/// True for `x = a.test(b);` and `setOutput('x', a.includes(b));`, which hold `true` or `false`.
fn is_yes_or_no(line: &str) -> bool {
    let line = line.trim().trim_end_matches(';');
    let value = match (line.split_once("setOutput("), line.split_once('=')) {
        (Some((_, rest)), _) => rest.split_once(',').and_then(|(_, value)| value.strip_suffix(')')),
        (None, Some((_, value))) => Some(value),
        (None, None) => None,
    };
    let Some(value) = value.filter(|value| !value.contains(['?', '+', '`', '>'])) else { return false };
    [".test(", ".includes(", ".startsWith(", ".endsWith("].iter().any(|method| {
        let Some((before, arguments)) = value.rsplit_once(method) else { return false };
        let count = |text: &str, c: char| text.chars().filter(|other| *other == c).count();
        let closed = |text: &str| count(text, '(') == count(text, ')');
        // The call is all of the value, and its bracket the last.
        let all = arguments.strip_suffix(')').is_some_and(|inside| closed(inside) && !inside.contains(")."));
        closed(before) && all
    })
}

/// What a line writes to a file of the runner's: its text up to the first quote or value counts as the name.
fn written(line: &str, taint: Taint) -> File {
    let mut file = File::default();
    let name = line.find('=').map_or("", |at| {
        let before = &line[..at];
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
            .map_or(0, |at| at + 1);
        &before[start..]
    });
    let name = if name.is_empty() { String::new() } else { format!("{name}=") };
    file.write([Piece::Text(name), Piece::Value(Some(taint))]);
    file.end_line();
    file
}

/// What runs the line's values as a command.
fn runs(line: &str, shell: Shell) -> Option<&'static str> {
    let lower = line.to_lowercase();
    let has = |text: &str| lower.contains(text);
    match shell {
        Shell::Power if has("invoke-expression") || has_word(&lower, "iex") => Some("Invoke-Expression"),
        Shell::Python if has("os.system(") => Some("os.system"),
        Shell::Python if has("shell=true") => Some("subprocess with a shell"),
        Shell::JavaScript if has("execsync(") => Some("execSync"),
        Shell::JavaScript if has("child_process.exec(") => Some("exec"),
        Shell::JavaScript if has_word(&lower, "eval") && has("eval(") => Some("eval"),
        // `%NAME%` is pasted before the line is read.
        Shell::Cmd if line.contains('%') => Some("cmd"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_no_texts() {
        for yes in [
            "const match = pattern.test(template);",
            "core.setOutput('a', body.includes('x'));",
            "let a = process.env.TITLE.trim().startsWith('x')",
        ] {
            assert!(is_yes_or_no(yes), "{yes}");
        }
        for no in [
            "const a = lines.filter(line => line.includes('x'));",
            "const a = body.includes('x') ? body : '';",
            "core.setOutput('a', body);",
            "const a = f(body.includes('x')) + body",
            "a = body.match(b).includes(c).toString().concat(body)",
            "if (body.includes('x')) core.setOutput('a', body)",
        ] {
            assert!(!is_yes_or_no(no), "{no}");
        }
    }
}
