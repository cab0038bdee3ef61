//! Who can start a job, and how bad it is when an outsider's text or code gets into it.

pub mod condition;
pub mod events;
pub mod guards;
mod names;

use crate::rule::Severity;
use crate::tree::Node;
use crate::workflow::condition::Condition;
use crate::workflow::expression;
use crate::workflow::model::{Trigger, Workflow};

pub use condition::Openness;
pub use events::{Events, Starter};

/// The events that can start something, by how far outsiders get when they cause them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Outsiders get there.
    pub open: Events,
    /// Outsiders get there if somebody with rights lets them.
    pub guarded: Events,
    /// Only people with rights get there.
    pub closed: Events,
}

impl Reach {
    /// All events of the reach.
    pub fn events(&self) -> Events {
        self.open.or(self.guarded).or(self.closed)
    }

    /// How far outsiders get with an event.
    fn openness(&self, event: Events) -> Option<Openness> {
        let is_in = |set: Events| !set.and(event).is_empty();
        match () {
            () if is_in(self.open) => Some(Openness::Open),
            () if is_in(self.guarded) => Some(Openness::Guarded),
            () if is_in(self.closed) => Some(Openness::Closed),
            () => None,
        }
    }

    fn add(&mut self, event: Events, openness: Openness) {
        match openness {
            Openness::Open => self.open = self.open.or(event),
            Openness::Guarded => self.guarded = self.guarded.or(event),
            Openness::Closed => self.closed = self.closed.or(event),
        }
    }

    /// Reached one way or the other.
    pub fn or(self, other: Reach) -> Reach {
        let mut reach = Reach::default();
        for event in self.events().or(other.events()).iter() {
            let event = Events::named(event.name);
            reach.add(event, self.openness(event).max(other.openness(event)).unwrap_or_default());
        }
        reach
    }

    /// Reached only where both are.
    pub fn and(self, other: Reach) -> Reach {
        let mut reach = Reach::default();
        for event in self.events().and(other.events()).iter() {
            let event = Events::named(event.name);
            if let (Some(a), Some(b)) = (self.openness(event), other.openness(event)) {
                reach.add(event, a.min(b));
            }
        }
        reach
    }

    /// What is left behind a condition: the value of an `if`.
    pub fn behind(self, condition: Option<Node<'_>>) -> Reach {
        match condition.and_then(Condition::of) {
            Some(Condition::Expression { expr, .. }) => self.behind_expression(&expr),
            // Text around expressions is true, whatever they are.
            Some(Condition::Text) | None => self,
        }
    }

    /// What is left where the expression is true.
    pub fn behind_expression(self, expr: &expression::Expr) -> Reach {
        let mut reach = Reach::default();
        for event in self.events().iter() {
            let bit = Events::named(event.name);
            let outlook = condition::outlook(expr, event);
            let before = self.openness(bit).unwrap_or_default();
            let outside = matches!(event.starter, Starter::Anyone | Starter::Fork | Starter::Caller);
            match (outside, outlook.can_be_true) {
                // Whoever has rights is not kept out by who they are, only by what the event is.
                (false, Openness::Closed) => {}
                (false, _) => reach.add(bit, before),
                (true, openness) => reach.add(bit, before.min(openness)),
            }
        }
        reach
    }

    /// What is left where somebody with rights must do something first.
    pub fn guarded(self) -> Reach {
        let outside = self.open.and(Events::that(|event| {
            matches!(event.starter, Starter::Anyone | Starter::Fork | Starter::Caller)
        }));
        Reach { open: self.open.without(outside), guarded: self.guarded.or(outside), closed: self.closed }
    }

    /// How bad it is when what these events bring in from outsiders is executed.
    pub fn severity(&self, brought_by: Events) -> Severity {
        let of = |event: &events::Event| {
            let openness = self.openness(Events::named(event.name))?;
            Some(match (event.starter, openness) {
                (_, Openness::Closed) | (Starter::Insider, _) => Severity::Note,
                (Starter::Anyone, Openness::Open) => Severity::Error,
                (Starter::Anyone, Openness::Guarded) => Severity::Warning,
                (Starter::Fork | Starter::Merger | Starter::Caller, Openness::Open) => Severity::Warning,
                (Starter::Fork | Starter::Merger | Starter::Caller, Openness::Guarded) => Severity::Note,
            })
        };
        brought_by.iter().filter_map(of).max().unwrap_or(Severity::Note)
    }

    /// True if anybody can start it with secrets, whatever guards there are.
    pub fn has_outsiders(&self) -> bool {
        self.open.or(self.guarded).any(Starter::Anyone)
    }

    /// The names of the events by which outsiders get there, for messages.
    pub fn outsiders(&self, brought_by: Events) -> Vec<&'static str> {
        let open = self.open.or(self.guarded).and(brought_by);
        open.iter().filter(|event| event.starter == Starter::Anyone).map(|event| event.name).collect()
    }
}

/// What a workflow's own events reach. `upstream` finds the workflows of this repository by name.
pub fn of_workflow<'w, 't: 'w>(
    workflow: &Workflow<'t>,
    upstream: &dyn Fn(&str) -> Option<&'w Workflow<'t>>,
) -> Reach {
    let mut reach = Reach::default();
    for trigger in &workflow.triggers {
        reach.add(Events::named(trigger.name), openness(trigger, upstream));
    }
    reach
}

/// How far outsiders get through the types and filters of a trigger.
fn openness<'w, 't: 'w>(
    trigger: &Trigger<'t>,
    upstream: &dyn Fn(&str) -> Option<&'w Workflow<'t>>,
) -> Openness {
    let listed = |key: &str| -> Vec<&'t str> {
        let Some(node) = trigger.filters.and_then(|filters| filters.get(key)) else { return Vec::new() };
        node.text().into_iter().chain(node.items().filter_map(|item| item.text())).collect()
    };
    let types = listed("types");
    let granted = ["labeled", "unlabeled", "assigned", "unassigned", "milestoned", "demilestoned", "pinned"];
    if !types.is_empty() && types.iter().all(|kind| granted.contains(kind)) {
        return Openness::Guarded;
    }
    if trigger.name == "workflow_run" {
        let names = listed("workflows");
        let started_inside = |name: &&str| {
            upstream(name).is_some_and(|workflow| {
                let outside =
                    |event: &events::Event| matches!(event.starter, Starter::Anyone | Starter::Fork);
                workflow.triggers.iter().all(|own| {
                    let event = Events::named(own.name);
                    // A chain of runs is followed no further.
                    !event.is_empty() && event.and(Events::that(outside)).is_empty()
                })
            })
        };
        if !names.is_empty() && names.iter().all(started_inside) {
            return Openness::Closed;
        }
    }
    Openness::Open
}
