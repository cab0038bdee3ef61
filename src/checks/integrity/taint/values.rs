//! What an expression's value may hold.

use std::collections::HashMap;

use super::environment::Own;
use super::flow::{Flow, JobFlow};
use super::{Kind, Taint, sources, union};
use crate::checks::integrity::documents::Document;
use crate::checks::integrity::reach::Reach;
use crate::tree::Node;
use crate::workflow::expression::{self, Expr, ExprKind};
use crate::workflow::model::Job;

/// Values by name, in lower case. What is not there is clean.
pub type Values = HashMap<String, Taint>;

/// Where an expression stands, and what it can see.
#[derive(Clone, Copy)]
pub struct Scope<'f, 'd> {
    pub document: &'d Document<'d>,
    /// The job, unless it stands in an action.
    pub job: Option<&'f Job<'d>>,
    /// The job or action, as far as it is known.
    pub flow: &'f JobFlow,
    /// The steps that have run: those before this index.
    pub steps: usize,
    /// The variables of its own step.
    pub own: Option<&'f Own>,
    pub inputs: &'f Values,
    /// Who gets there.
    pub reach: Reach,
}

impl<'f, 'd> Scope<'f, 'd> {
    /// What can be seen after the last step that is known.
    pub fn whole(
        document: &'d Document<'d>,
        job: Option<&'f Job<'d>>,
        flow: &'f JobFlow,
        inputs: &'f Values,
    ) -> Self {
        Scope { document, job, flow, steps: flow.steps.len(), own: None, inputs, reach: flow.reach }
    }

    /// What a step can see, if it is known.
    pub fn of_step(
        document: &'d Document<'d>,
        job: Option<&'f Job<'d>>,
        flow: &'f JobFlow,
        index: usize,
        inputs: &'f Values,
    ) -> Option<Self> {
        let step = flow.steps.get(index)?;
        Some(Scope { document, job, flow, steps: index, own: Some(&step.env), inputs, reach: step.reach })
    }

    /// What a variable, by its name in lower case, holds.
    pub fn variable(&self, name: &str) -> Option<&'f Taint> {
        match self.own.and_then(|own| own.get(name)) {
            Some(own) => own.as_ref(),
            None => self.flow.variables.get(name, self.steps),
        }
    }

    /// True if some variable may hold something.
    pub fn has_variables(&self) -> bool {
        self.own.is_some_and(|own| own.values().any(Option::is_some)) || !self.flow.variables.is_clean()
    }

    /// What all variables hold together.
    fn variables(&self) -> Option<Taint> {
        let mut own: Vec<_> = self.own.into_iter().flatten().collect();
        crate::sorted::by_key(&mut own, |(name, _)| *name);
        union(own.into_iter().map(|(_, taint)| taint.clone()).chain([self.flow.variables.all(self.steps)]))
    }
}

impl<'f, 'd> Flow<'d> {
    /// What all expressions of a text may bring in.
    pub fn text(&self, node: Node<'d>, scope: &Scope<'f, 'd>) -> Option<Taint> {
        let text = node.text().filter(|text| text.contains("${{"))?;
        let embedded = expression::embedded(text);
        union(embedded.iter().map(|found| self.value(found.parsed.as_ref().ok()?, scope)))
    }

    /// What the value of an expression may hold.
    pub fn value(&self, expr: &Expr, scope: &Scope<'f, 'd>) -> Option<Taint> {
        match &expr.kind {
            ExprKind::Compare(..) | ExprKind::Not(_) => None,
            ExprKind::All(parts) => {
                // The last part is the value where those before it are true.
                let (last, conditions) = parts.split_last()?;
                let reach = conditions
                    .iter()
                    .fold(scope.reach, |reach, condition| reach.behind_expression(condition));
                let taint = self.value(last, scope)?;
                taint
                    .only(|origin| origin.kind == Kind::CODE || !origin.events.and(reach.events()).is_empty())
            }
            ExprKind::Any(parts) => union(parts.iter().map(|part| self.value(part, scope))),
            ExprKind::Call(name, arguments) => match name.to_lowercase().as_str() {
                "contains" | "startswith" | "endswith" | "hashfiles" | "success" | "failure" | "always"
                | "cancelled" => None,
                // Conditions and values by turns, and a value at the end.
                "case" => union(arguments.iter().enumerate().map(|(index, argument)| {
                    let is_value = index % 2 == 1 || index + 1 == arguments.len();
                    is_value.then(|| self.value(argument, scope)).flatten()
                })),
                _ => union(arguments.iter().map(|argument| self.value(argument, scope))),
            },
            _ => match expr.path() {
                Some(path) => self.path(&path, scope),
                // A part of what a function gives: `fromJSON(x).y`.
                None => match &expr.kind {
                    ExprKind::Property(of, _) | ExprKind::Index(of, _) | ExprKind::Star(of) => {
                        self.value(of, scope)
                    }
                    _ => None,
                },
            },
        }
    }

    fn path(&self, path: &str, scope: &Scope<'f, 'd>) -> Option<Taint> {
        let mut parts = path.split('.');
        let context = parts.next()?;
        match context {
            "github" => match path.strip_prefix("github.event.inputs") {
                Some(rest) => named(scope.inputs, rest.trim_start_matches('.')),
                None => sources::of(path),
            },
            "inputs" => named(scope.inputs, parts.next().unwrap_or_default()),
            "env" => match parts.next() {
                None | Some("*") => scope.variables(),
                Some(name) => scope.variable(name).cloned(),
            },
            "steps" => {
                let id = parts.next()?;
                let (_, step) = scope.flow.step(id).filter(|(index, _)| *index < scope.steps)?;
                match (parts.next(), parts.next()) {
                    (Some("outputs"), Some(name)) => step.outputs.get(name),
                    (Some("outputs") | None, None) => step.outputs.any(),
                    _ => None,
                }
            }
            "needs" => {
                let outputs = |id: &str, name: Option<&str>| self.output_of_job(scope.document, id, name);
                match (parts.next(), parts.next(), parts.next()) {
                    (Some(id), Some("outputs"), name) if id != "*" => outputs(id, name),
                    (Some(id), None, None) if id != "*" => outputs(id, None),
                    (None | Some("*"), None | Some("outputs"), name) => {
                        let needs = scope.job?.needs.iter().filter_map(|need| need.text());
                        union(needs.map(|id| outputs(&id.to_lowercase(), name.filter(|name| *name != "*"))))
                    }
                    _ => None,
                }
            }
            "matrix" => self.matrix(parts.next(), scope),
            _ => None,
        }
    }

    /// What a key of the matrix, or the whole of it, may hold.
    fn matrix(&self, key: Option<&str>, scope: &Scope<'f, 'd>) -> Option<Taint> {
        let strategy = scope.job?.node.get("strategy")?;
        let matrix = strategy.get("matrix")?;
        if matrix.is_scalar() {
            return self.text(matrix, scope);
        }
        let wanted =
            |node: &Node<'d>| key.is_none_or(|key| node.text().is_some_and(|k| k.eq_ignore_ascii_case(key)));
        let own = matrix.entries().filter(|(name, _)| wanted(name)).map(|(_, value)| value);
        let included = matrix.get("include").into_iter().flat_map(|include| {
            let items = include.items().flat_map(|item| item.entries());
            let values = items.filter(|(name, _)| wanted(name)).map(|(_, value)| value);
            values.chain(include.is_scalar().then_some(include)).collect::<Vec<_>>()
        });
        union(own.chain(included).map(|value| self.anywhere(value, scope, 0)))
    }

    /// What the texts within a value may bring in.
    fn anywhere(&self, node: Node<'d>, scope: &Scope<'f, 'd>, depth: usize) -> Option<Taint> {
        /// Deeper than GitHub reads.
        const MAX_DEPTH: usize = 50;
        if node.is_scalar() || depth > MAX_DEPTH {
            return self.text(node, scope);
        }
        let values = node.items().chain(node.entries().map(|(_, value)| value));
        union(values.map(|value| self.anywhere(value, scope, depth + 1)))
    }
}

/// The value of a name, or of all of them.
fn named(values: &Values, name: &str) -> Option<Taint> {
    match name {
        "" | "*" => {
            let mut names: Vec<&String> = values.keys().collect();
            names.sort_unstable();
            union(names.into_iter().map(|name| values.get(name).cloned()))
        }
        name => values.get(name).cloned(),
    }
}
