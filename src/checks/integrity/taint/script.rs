//! A script among the values that it can see.

use std::cell::RefCell;
use std::ops::Range;

use super::flow::Flow;
use super::foreign::Foreign;
use super::values::Scope;
use super::{Taint, sources};
use crate::location::Location;
use crate::tree::Node;
use crate::workflow::expression;
use crate::workflow::scalar_text::Places;

/// A script and what its variables and expressions hold.
pub struct Script<'f, 'd> {
    pub flow: &'f Flow<'d>,
    pub scope: &'f Scope<'f, 'd>,
    /// Strangers' files that are there.
    pub foreign: &'f [Foreign],
    node: Node<'d>,
    places: RefCell<Places<'d>>,
}

impl<'f, 'd> Script<'f, 'd> {
    pub fn new(flow: &'f Flow<'d>, node: Node<'d>, scope: &'f Scope<'f, 'd>, foreign: &'f [Foreign]) -> Self {
        let places = RefCell::new(Places::new(scope.document.source));
        Script { flow, scope, foreign, node, places }
    }

    /// What a variable of the environment holds.
    pub fn variable(&self, name: &str) -> Option<Taint> {
        match name {
            "GITHUB_HEAD_REF" => sources::of("github.head_ref"),
            "GITHUB_REF_NAME" => sources::of("github.ref_name"),
            "GITHUB_REF" => sources::of("github.ref"),
            name => self.scope.variable(&name.to_lowercase()).cloned(),
        }
    }

    /// What an expression, given by its text without braces, holds.
    pub fn expression(&self, text: &str) -> Option<Taint> {
        let inner = text.strip_prefix("${{")?.strip_suffix("}}")?;
        self.flow.value(&expression::parse(inner).ok()?, self.scope)
    }

    /// False if nothing that the script can see comes from outside.
    pub fn is_worth_reading(&self, text: &str) -> bool {
        const SOURCES: [&str; 11] = [
            "${{",
            "GITHUB_EVENT_PATH",
            "GITHUB_HEAD_REF",
            "GITHUB_REF",
            "gh pr",
            "gh issue",
            "gh run",
            "git log",
            "git show",
            "pull/",
            "context.payload",
        ];
        self.scope.has_variables()
            || !self.foreign.is_empty()
            || SOURCES.iter().any(|source| text.contains(source))
    }

    /// A place in the script, for a trail.
    pub fn place(&self, range: Range<usize>) -> Location {
        let source = self.scope.document.source;
        source.at(self.places.borrow_mut().of(self.node, range))
    }
}
