//! Calls of functions that fail whenever they are evaluated: `format` without enough values, `fromJSON` of no JSON.

use super::Reading;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::expression::{Expr, ExprKind};
use crate::workflow::scalar_text::Places;

pub(super) static FAILING_CALL: Rule = Rule {
    id: "integrity/failing-call",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a call of `format` or `fromJSON` that always fails",
    allow: None,
};

pub(super) fn read(Reading { document, validated, .. }: &Reading<'_>, record: &mut Record) {
    let mut places = Places::new(document.source);
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let start = located.embedded.start;
        expr.walk(&mut |part| {
            let Some((message, severity)) = fault(part) else { return };
            let range = start + part.range.start..start + part.range.end;
            let at = document.source.at(places.of(located.node, range));
            record.push(Finding::new(&FAILING_CALL, at, message).severity(severity));
        });
    }
}

fn fault(part: &Expr) -> Option<(String, Severity)> {
    let ExprKind::Call(name, arguments) = &part.kind else { return None };
    let (ExprKind::String(text), rest) = arguments.split_first().map(|(first, rest)| (&first.kind, rest))?
    else {
        return None;
    };
    match name.to_ascii_lowercase().as_str() {
        "format" => match placeholders(text) {
            Err(message) => Some((message, Severity::Error)),
            Ok(used) => {
                if let Some(missing) = used.iter().find(|index| **index >= rest.len()) {
                    let message = format!("`{{{missing}}}` stands for a value that is not given");
                    return Some((message, Severity::Error));
                }
                let unused = (0..rest.len()).find(|index| !used.contains(index))?;
                Some((
                    format!("nothing stands for the value {unused}: `{{{unused}}}` is missing"),
                    Severity::Warning,
                ))
            }
        },
        "fromjson" => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Err(error) if error.is_eof() => Some(("this JSON is cut off".to_owned(), Severity::Error)),
            // GitHub's reader takes more than the standard has, such as single quotes.
            Err(_) => Some(("this is no JSON as its standard has it".to_owned(), Severity::Warning)),
            Ok(_) => None,
        },
        _ => None,
    }
}

/// Numbers of the placeholders (`Format.cs` in actions/runner): `{0}`; `{{` and `}}` are braces.
fn placeholders(pattern: &str) -> Result<Vec<usize>, String> {
    let mut used = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            rest = after;
            continue;
        }
        let number = after
            .split_once('}')
            .filter(|_| brace == "{")
            .and_then(|(number, after)| Some((number.parse::<usize>().ok()?, after)));
        let Some((number, after)) = number else {
            return Err(format!("`{brace}` by itself is no placeholder; write `{brace}{brace}` for a brace"));
        };
        used.push(number);
        rest = after;
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::expression::parse;

    #[test]
    fn calls() {
        for (text, expected) in [
            ("format('{0} {1}', a, b)", None),
            ("format('{{}} {0}', a)", None),
            ("format('x')", None),
            ("format('{0}{1}', a)", Some(Severity::Error)),
            ("format('{a}', a)", Some(Severity::Error)),
            ("format('}', a)", Some(Severity::Error)),
            ("format('{0}', a, b)", Some(Severity::Warning)),
            ("fromJSON('[1]')", None),
            ("fromJSON('[1')", Some(Severity::Error)),
            ("fromJSON('')", Some(Severity::Error)),
            ("fromJSON(a)", None),
        ] {
            assert_eq!(fault(&parse(text).unwrap()).map(|(_, severity)| severity), expected, "{text}");
        }
    }
}
