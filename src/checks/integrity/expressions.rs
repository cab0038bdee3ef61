//! Expressions that GitHub refuses: grammar, contexts and functions that do not exist at their place, arguments.

use super::Reading;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::settings::nearest;
use crate::workflow::contexts::{self, FUNCTIONS};
use crate::workflow::expression::{self, Expr, ExprKind, MAX_LENGTH};
use crate::workflow::scalar_text::Places;
use crate::workflow::shape::Located;

pub(super) static INVALID_EXPRESSION: Rule = Rule {
    id: "integrity/invalid-expression",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "an expression that GitHub refuses",
    allow: None,
};

/// What text around expressions becomes before it is evaluated: `format('…{0}…', a)`. Its length counts.
fn folded_length(text: &str) -> usize {
    let mut length = "format('')".len();
    let mut at = 0;
    let escaped = |text: &str| -> usize {
        // Quotes and braces are doubled.
        text.encode_utf16().count() + text.matches(['\'', '{', '}']).count()
    };
    for (index, found) in expression::embedded(text).iter().enumerate() {
        length += escaped(&text[at..found.outer.start]) + format!("{{{index}}}").len();
        length +=
            ", ".len() + text[found.outer.clone()].trim_matches(['$', '{', '}', ' ']).encode_utf16().count();
        at = found.outer.end;
    }
    length + escaped(&text[at..])
}

fn look_at_lengths(Reading { document, validated, .. }: &Reading<'_>, record: &mut Record) {
    let mut previous = None;
    for located in &validated.expressions {
        let text = located.node.text().unwrap_or_default();
        if text.len() <= MAX_LENGTH / 2 || previous == Some(located.node) {
            continue;
        }
        previous = Some(located.node);
        let whole = located.embedded.outer == (0..text.len());
        let length = if whole { text.encode_utf16().count() } else { folded_length(text) };
        if length > MAX_LENGTH {
            let message = format!(
                "`{}` with its expressions has {length} characters; GitHub takes {MAX_LENGTH}",
                located.key
            );
            record.push(
                Finding::new(&INVALID_EXPRESSION, document.source.at_node(located.node), message)
                    .help("move the script to a file, or its values to `env`: without expressions there is no limit")
                    .subject("length"),
            );
        }
    }
}

pub(super) fn read(reading: &Reading<'_>, record: &mut Record) {
    look_at_lengths(reading, record);
    let Reading { document, validated, .. } = reading;
    let mut places = Places::new(document.source);
    for located in &validated.expressions {
        let start = located.embedded.start;
        let mut report = |range: std::ops::Range<usize>, message: String, help: Option<String>| {
            let part = start + range.start..start + range.end;
            let place = document.source.at(places.of(located.node, part));
            let finding = Finding::new(&INVALID_EXPRESSION, place, message);
            record.push(Finding { help, ..finding });
        };
        match &located.embedded.parsed {
            Err(error) => report(error.range.clone(), error.message.clone(), None),
            Ok(expr) => expr.walk(&mut |part| {
                if let Some((message, help)) = fault(part, located) {
                    report(part.range.clone(), message, help);
                }
            }),
        }
    }
}

/// What is wrong with this part alone.
fn fault(part: &Expr, located: &Located<'_>) -> Option<(String, Option<String>)> {
    match &part.kind {
        ExprKind::Name(name) if !located.allowed.context(name) => Some(unknown_context(name, located)),
        ExprKind::Call(name, arguments) => call_fault(name, arguments.len(), located),
        _ => None,
    }
}

fn unknown_context(name: &str, located: &Located<'_>) -> (String, Option<String>) {
    let names = located.allowed.names();
    let exists = contexts::is_context(name);
    let message = match exists {
        true => format!("the context `{name}` does not exist in `{}`", located.key),
        false => format!("there is no context `{name}`"),
    };
    let help = match nearest(name, names.iter().copied()).filter(|_| !exists) {
        Some(near) => format!("did you mean `{near}`?"),
        None if contexts::function(name).is_some() => format!("`{name}` is a function: write `{name}()`"),
        None => format!("here are: {}", names.join(", ")),
    };
    (message, Some(help))
}

fn call_fault(name: &str, given: usize, located: &Located<'_>) -> Option<(String, Option<String>)> {
    let Some(function) = contexts::function(name) else {
        let near = nearest(&name.to_lowercase(), FUNCTIONS.iter().map(|function| function.name));
        let lower = FUNCTIONS.iter().map(|function| function.name).collect::<Vec<_>>().join(", ");
        let help =
            near.map_or_else(|| format!("functions: {lower}"), |near| format!("did you mean `{near}`?"));
        return Some((format!("there is no function `{name}`"), Some(help)));
    };
    if !located.allowed.function(name) {
        let message = format!("the function `{}` does not exist in `{}`", function.name, located.key);
        let help = match function.name {
            "hashFiles" => "it works in steps only, where there are files",
            _ => "it works in `if` only",
        };
        return Some((message, Some(help.to_owned())));
    }
    let most = located.allowed.most_arguments(&function);
    if given < function.min || given > most {
        let wanted = match (function.min, most) {
            (min, max) if min == max => format!("{min}"),
            (min, 255) => format!("at least {min}"),
            (min, max) => format!("{min} to {max}"),
        };
        return Some((format!("`{}` takes {wanted} arguments, not {given}", function.name), None));
    }
    // Pairs of condition and value, and the value for the rest.
    (function.name == "case" && given.is_multiple_of(2))
        .then(|| ("`case` takes an odd number of arguments: pairs, then the default".to_owned(), None))
}
