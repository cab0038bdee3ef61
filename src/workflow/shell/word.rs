//! Words: quotes and escapes resolved, variables and expressions kept.

use std::ops::Range;

use brush_parser::word::{self as brush, WordPiece, WordPieceWithSource};

use super::ast::{List, Word};
use crate::workflow::expression;

/// The script with every `${{ … }}` replaced by letters, byte for byte.
pub(super) fn without_expressions(script: &str) -> String {
    let mut blanked = String::with_capacity(script.len());
    let mut at = 0;
    for embedded in expression::embedded(script) {
        blanked.push_str(&script[at..embedded.outer.start]);
        blanked.extend(std::iter::repeat_n('x', embedded.outer.len()));
        at = embedded.outer.end;
    }
    blanked.push_str(&script[at..]);
    blanked
}

/// Reads a word. `written` is its text in the script, `blanked` the same without expressions.
pub(super) fn read(written: &str, blanked: &str, range: Range<usize>, depth: usize) -> Word {
    let has_expression = written != blanked;
    let (text, resolved) = resolve(written);
    let literal = resolved && !has_expression;
    let nested = if depth > 0 && (blanked.contains("$(") || blanked.contains('`')) {
        nested(blanked, depth - 1)
    } else {
        Vec::new()
    };
    Word { text, literal, nested, range }
}

/// The text without quotes and escapes, and whether nothing is left for the shell to replace.
fn resolve(written: &str) -> (String, bool) {
    let special =
        |byte: u8| matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`' | b'*' | b'?' | b'[' | b'~' | b'{');
    let plain = |rest: &str| rest.bytes().position(special).unwrap_or(rest.len());
    if plain(written) == written.len() {
        return (written.to_owned(), true);
    }
    let mut text = String::with_capacity(written.len());
    let mut literal = true;
    let mut double = false;
    let mut at = 0;
    loop {
        let plain = plain(&written[at..]);
        text.push_str(&written[at..at + plain]);
        at += plain;
        let rest = &written[at..];
        let Some(c) = rest.chars().next() else { break };
        let mut taken = c.len_utf8();
        match c {
            '$' if rest.starts_with("${{") => {
                taken = rest.find("}}").map_or(rest.len(), |end| end + 2);
                text.push_str(&rest[..taken]);
                literal = false;
            }
            '\'' if !double => {
                let inner = &rest[1..];
                let end = inner.find('\'').unwrap_or(inner.len());
                text.push_str(&inner[..end]);
                taken = (end + 2).min(rest.len());
            }
            '"' => double = !double,
            '\\' => {
                let escaped = rest[1..].chars().next();
                taken += escaped.map_or(0, char::len_utf8);
                match escaped {
                    Some('\n') | None => {}
                    Some(other) if double && !matches!(other, '"' | '\\' | '$' | '`') => {
                        text.push('\\');
                        text.push(other);
                    }
                    Some(other) => text.push(other),
                }
            }
            '$' if rest[1..]
                .starts_with(|next: char| next.is_alphanumeric() || "_({@*#?!-'\"".contains(next)) =>
            {
                literal = false;
                text.push('$');
            }
            '`' => {
                literal = false;
                text.push('`');
            }
            '*' | '?' | '[' if !double => {
                literal = false;
                text.push(c);
            }
            '{' if !double && is_brace_expansion(rest) => {
                literal = false;
                text.push(c);
            }
            '~' if at == 0 => {
                literal = false;
                text.push(c);
            }
            other => text.push(other),
        }
        at += taken;
    }
    // A test command is no glob.
    if matches!(written, "[" | "?") {
        literal = true;
    }
    (text, literal)
}

/// True for `{a,b}` and `{1..3}`, which become several words.
fn is_brace_expansion(rest: &str) -> bool {
    let Some(end) = rest.find('}') else { return false };
    let inner = &rest[1..end];
    inner.contains(',') || inner.contains("..")
}

/// What runs in the substitutions of a word.
fn nested(blanked: &str, depth: usize) -> Vec<List> {
    let Ok(pieces) = brush::parse(blanked, &super::options()) else { return Vec::new() };
    let mut scripts = Vec::new();
    collect(&pieces, &mut scripts);
    scripts.iter().filter_map(|script| super::parse_nested(script, depth)).collect()
}

fn collect(pieces: &[WordPieceWithSource], scripts: &mut Vec<String>) {
    for piece in pieces {
        match &piece.piece {
            WordPiece::CommandSubstitution(script) | WordPiece::BackquotedCommandSubstitution(script) => {
                scripts.push(script.clone());
            }
            WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                collect(inner, scripts);
            }
            _ => {}
        }
    }
}
