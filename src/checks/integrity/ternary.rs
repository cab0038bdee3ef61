//! `a && b || c` where `b` is false: the result is `c` whatever `a` is.

use super::Reading;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::expression::{Expr, ExprKind};
use crate::workflow::names::Scope;
use crate::workflow::scalar_text::Places;

pub(super) static UNSOUND_TERNARY: Rule = Rule {
    id: "integrity/unsound-ternary",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "`a && b || c` whose `b` never holds, so that it always gives `c`",
    allow: None,
};

pub(super) fn read(Reading { document, validated, .. }: &Reading<'_>, record: &mut Record) {
    let mut places = Places::new(document.source);
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let start = located.embedded.start;
        expr.walk(&mut |part| {
            let Some(value) = never(part) else { return };
            let range = start + value.range.start..start + value.range.end;
            let at = document.source.at(places.of(located.node, range));
            let message = "this never holds, so that what stands behind `||` is taken every time";
            let help = "write `case(condition, value, other)`, or turn the condition round: `!condition && other || value`";
            record.push(Finding::new(&UNSOUND_TERNARY, at, message).help(help));
        });
    }
}

/// The value before `||` that never holds, if it is meant to be one: the last of several behind `&&`.
fn never(part: &Expr) -> Option<&Expr> {
    let ExprKind::Any(sides) = &part.kind else { return None };
    let (_, before) = sides.split_last()?;
    before.iter().find_map(|side| {
        let ExprKind::All(parts) = &side.kind else { return None };
        let last = parts.last()?;
        (Scope::default().value(last).truth() == Some(false)).then_some(last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::expression::parse;

    #[test]
    fn values_that_never_hold() {
        for (text, expected) in [
            ("a.b && '' || 'x'", true),
            ("a.b && false || true", true),
            ("a.b && 0 || 1", true),
            ("a.b && 'x' || ''", false),
            ("a.b && a.c || 'x'", false),
            ("a.b && '' ", false),
            ("false || 'x'", false),
        ] {
            assert_eq!(never(&parse(text).unwrap()).is_some(), expected, "{text}");
        }
    }
}
