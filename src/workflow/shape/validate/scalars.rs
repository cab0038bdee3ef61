//! Scalars: words, expressions, and what is said where a value is of another kind.

use std::ops::Range;
use std::sync::Arc;

use super::walk::Validator;
use super::{Fault, FaultKind, Located};
use crate::excerpt;
use crate::settings::nearest;
use crate::tree::{Node, Style, Value, resolve_plain};
use crate::workflow::contexts::Allowed;
use crate::workflow::expression::{self, Embedded};

/// Bytes of a key that are kept for messages: as many as a key without `?` can have.
const MAX_KEY: usize = 1024;

impl<'t> Validator<'t, '_> {
    pub(super) fn word(&mut self, node: Node<'t>, words: &'static [&'static str], may_be_new: bool) {
        match node.text() {
            Some(text) if words.contains(&text) => {}
            Some(text) => {
                let kind = FaultKind::WrongWord {
                    key: self.key(),
                    word: text.to_owned(),
                    allowed: words,
                    near: nearest(text, words.iter().copied()),
                    may_be_new,
                };
                self.fault(node.range(), kind);
            }
            None => self.expect(node, false, "one word"),
        }
    }

    /// Notes the expressions of a scalar. True if it is one expression as a whole, whose type is known only when it
    /// runs.
    pub(super) fn expressions(&mut self, node: Node<'t>, allowed: Allowed) -> bool {
        let Some(text) = node.text() else { return false };
        let implied = self.path.last().is_some_and(|key| matches!(*key, "if" | "pre-if" | "post-if"));
        if !expression::is_in(text) {
            if implied && !allowed.is_empty() && !text.trim().is_empty() {
                let parsed = expression::parse(text);
                let embedded = Embedded { outer: 0..text.len(), start: 0, parsed };
                let key = self.key().into();
                self.found.expressions.push(Located { node, embedded, allowed, key });
                return true;
            }
            return false;
        }
        if allowed.is_empty() {
            self.fault(node.range(), FaultKind::NoExpression { key: self.key() });
            return true;
        }
        let embedded = expression::embedded(text);
        let whole = matches!(&embedded[..], [one] if text[..one.outer.start].trim().is_empty()
            && text[one.outer.end..].trim().is_empty());
        let key: Arc<str> = self.key().into();
        let located = |embedded| Located { node, embedded, allowed, key: key.clone() };
        self.found.expressions.extend(embedded.into_iter().map(located));
        // In a block scalar the whole is text with a line break.
        whole && !matches!(node.style(), Style::Literal | Style::Folded) || implied
    }

    pub(super) fn expect(&mut self, node: Node<'t>, fits: bool, wanted: &str) {
        if !fits {
            let plain = node.text().map(resolve_plain);
            let quoted = node.value() != plain
                && matches!(plain, Some(Value::Int(_) | Value::Float(_) | Value::Bool(_)));
            let kind = FaultKind::WrongType { key: self.key(), wanted: wanted.to_owned(), quoted };
            self.fault(self.heading(node), kind);
        }
    }

    /// Where a fault of a whole value is shown: a collection by its first line.
    pub(super) fn heading(&self, node: Node<'t>) -> Range<usize> {
        let range = node.range();
        match node.entries().next() {
            Some((key, _)) if !node.is_alias() => key.range(),
            _ => range,
        }
    }

    /// The key that the value belongs to, as far as it is shown: it is repeated for everything below it.
    pub(super) fn key(&self) -> String {
        let key = self.path.iter().rev().find(|key| !key.is_empty()).copied().unwrap_or_default();
        excerpt::shortened(excerpt::head(key, MAX_KEY + 4).to_owned(), MAX_KEY)
    }

    pub(super) fn fault(&mut self, range: Range<usize>, kind: FaultKind) {
        self.found.faults.push(Fault { range, kind });
    }
}
