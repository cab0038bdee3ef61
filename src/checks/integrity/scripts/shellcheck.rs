//! What shellcheck says of the scripts, at its place in the workflow.
//!
//! The program is asked when it is on the path, and what it says never decides a gate: these are notes, so that a
//! machine without it comes to the same verdict. Whoever wants more asks for it by `shellcheck: true`.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{Scene, Script, of_document};
use crate::checks::{Context, Record};
use crate::finding::Finding;
use crate::programs;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::expression;
use crate::workflow::scalar_text::Places;

pub(in crate::checks::integrity) static SHELLCHECK: Rule = Rule {
    id: "integrity/shellcheck",
    severity: Severity::Note,
    category: Category::Hygiene,
    summary: "what shellcheck says about a script of `run`",
    allow: None,
};

/// Longest that all scripts together may take.
const LONGEST: Duration = Duration::from_secs(120);

/// What is not asked for, as it cannot be known of a step: files that are sourced, variables and constants that the
/// runner or an expression fills in, and a `cd` that may fail, which ends a step anyway.
const EXCLUDED: &str = "SC1091,SC2043,SC2050,SC2153,SC2154,SC2157,SC2194";

/// What shellcheck prints with `--format=json1`, as far as it is read.
#[derive(Deserialize)]
struct Answer {
    comments: Vec<Comment>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    line: usize,
    end_line: usize,
    column: usize,
    end_column: usize,
    level: String,
    code: u32,
    message: String,
}

pub(in crate::checks::integrity) fn sweep(scene: &Scene<'_>, record: &mut Record) {
    let wanted = scene.context.settings.checks.integrity.shellcheck;
    if wanted == Some(false) {
        return;
    }
    let Some(program) = programs::find("shellcheck", scene.context.environment) else {
        if wanted == Some(true) {
            record.not_verified("shellcheck is asked for, and is not on the path");
        }
        return;
    };
    let scripts: Vec<Script<'_>> = scene.repository.all().iter().flat_map(of_document).collect();
    let start = Instant::now();
    let mut known: HashMap<String, Vec<Comment>> = HashMap::new();
    for (index, script) in scripts.iter().enumerate() {
        // What no shell can read is reported already.
        let Some(text) = script.run.text().filter(|_| script.fault.is_none()) else { continue };
        let (asked, shell) = question(text, script);
        if !known.contains_key(&asked) {
            let left = LONGEST.saturating_sub(start.elapsed());
            match ask(&program, shell, &asked, left, scene.context) {
                Ok(comments) => known.insert(asked.clone(), comments),
                Err(reason) => {
                    let left = scripts.len() - index;
                    let text = format!("shellcheck did not look at {left} scripts: {reason}");
                    match wanted {
                        Some(true) => record.not_verified(text),
                        _ => record.note(text),
                    }
                    return;
                }
            };
        }
        let comments = known.get(&asked).map(Vec::as_slice).unwrap_or_default();
        report(script, comments, wanted == Some(true), record);
    }
}

/// What shellcheck is given: the script with letters for expressions, behind a line that says what is switched on.
fn question(text: &str, script: &Script<'_>) -> (String, &'static str) {
    let options = match (script.options.errexit, script.options.pipefail) {
        (true, true) if !script.posix => "set -eo pipefail",
        (true, _) => "set -e",
        _ => "set +e",
    };
    let mut asked = format!("{options}\n");
    let mut at = 0;
    for embedded in expression::embedded(text) {
        asked.push_str(&text[at..embedded.outer.start]);
        asked.extend(std::iter::repeat_n('x', embedded.outer.len()));
        at = embedded.outer.end;
    }
    asked.push_str(&text[at..]);
    (asked, if script.posix { "sh" } else { "bash" })
}

fn ask(
    program: &Path,
    shell: &str,
    text: &str,
    longest: Duration,
    context: &Context<'_>,
) -> Result<Vec<Comment>, String> {
    let exclude = format!("--exclude={EXCLUDED}");
    let shell = format!("--shell={shell}");
    let arguments = ["--norc", "--format=json1", &exclude, &shell, "-"];
    let said = programs::answer(program, &arguments, text, longest, context.environment)?;
    let answer: Answer = serde_json::from_str(&said).map_err(|_| "its answer cannot be read".to_owned())?;
    Ok(answer.comments)
}

fn report(script: &Script<'_>, comments: &[Comment], decides: bool, record: &mut Record) {
    let text = script.run.text().unwrap_or_default();
    let source = script.document.source;
    let mut places = Places::new(source);
    for comment in comments {
        // The first line is ours.
        let Some(start) = offset(text, comment.line, comment.column) else { continue };
        let end = offset(text, comment.end_line, comment.end_column).unwrap_or(start).max(start);
        let place = source.at(places.of(script.run, start..end));
        let severity = match comment.level.as_str() {
            "error" | "warning" if decides => Severity::Warning,
            _ => Severity::Note,
        };
        let (code, message) = (comment.code, &comment.message);
        let finding = Finding::new(&SHELLCHECK, place, format!("shellcheck SC{code}: {message}"));
        let help = format!("see https://www.shellcheck.net/wiki/SC{code}");
        let subject = format!("SC{code} {}", text.get(start..end).unwrap_or_default());
        record.push(finding.severity(severity).help(help).subject(subject));
    }
}

/// The byte of the script at a line and column of what was asked, whose first line is not the script's.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let line = line.checked_sub(2)?;
    let start = match line {
        0 => 0,
        line => text.match_indices('\n').nth(line - 1)?.0 + 1,
    };
    // An expression of several bytes for a character is as many letters in what was asked; lines with both are rare, and
    // the place is then within the line.
    let rest = text[start..].split('\n').next().unwrap_or_default();
    let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    Some(start + within)
}
