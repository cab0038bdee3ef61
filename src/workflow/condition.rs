//! What an `if` says: an expression, with or without `${{ }}`, or by mistake a text.

use super::expression::{self, Expr};
use crate::tree::Node;

/// The value of an `if`.
#[derive(Clone, Debug)]
pub enum Condition {
    /// An expression. Its ranges count from `start` in the text.
    Expression {
        /// The expression.
        expr: Expr,
        /// Where it begins in the text.
        start: usize,
    },
    /// Text around expressions, be it a space or a line end. The whole is a text that is not empty, and counts as true
    /// whatever the expressions are (`TemplateReader.cs` in actions/runner makes `format(…)` of it).
    Text,
}

impl Condition {
    /// The condition of an `if`; nothing if it is empty or no expression.
    pub fn of(node: Node<'_>) -> Option<Condition> {
        let text = node.text().filter(|text| !text.trim().is_empty())?;
        if !text.contains("${{") {
            return Some(Condition::Expression { expr: expression::parse(text).ok()?, start: 0 });
        }
        let embedded = expression::embedded(text);
        let first = embedded.first()?;
        let expr = first.parsed.clone().ok()?;
        if first.outer == (0..text.len()) {
            return Some(Condition::Expression { expr, start: first.start });
        }
        embedded.iter().all(|found| found.parsed.is_ok()).then_some(Condition::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout::Source;
    use crate::tree::Syntax;

    fn is_text(yaml: &str) -> Option<bool> {
        let source = Source::new("x.yml", yaml.to_owned());
        let node = source.tree(Syntax::Yaml).root()?.get("if")?;
        Condition::of(node).map(|condition| matches!(condition, Condition::Text))
    }

    #[test]
    fn what_stands_around_braces_counts() {
        for expression in
            ["if: a.b", "if: ${{ a.b }}", "if: |\n  a.b\n", "if: |-\n  ${{ a.b }}\n", "if: true"]
        {
            assert_eq!(is_text(expression), Some(false), "{expression}");
        }
        for text in
            ["if: ${{ a.b }} == 'x'", "if: |\n  ${{ a.b }}\n", "if: ${{ a }} ${{ b }}", "if: '!${{ a }}'"]
        {
            assert_eq!(is_text(text), Some(true), "{text}");
        }
        for none in ["if:", "if: ''", "if: ${{ a", "if: a ="] {
            assert_eq!(is_text(none), None, "{none}");
        }
    }
}
