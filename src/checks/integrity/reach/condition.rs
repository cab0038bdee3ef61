//! What an outsider can make of a condition: whether it can come out true when they cause a given event.
//!
//! A condition that nothing is known of can be true and can be false. What is known: the event's name and what its
//! payload carries; that an outsider is neither owner, member nor collaborator, works from a fork, and is none of the
//! people that a condition names; that labels and merges take somebody with rights.

use super::events::{Event, Starter};
use super::names;
use crate::workflow::expression::{Expr, ExprKind, Operator};

/// Whether outsiders get through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Openness {
    /// They do not.
    #[default]
    Closed,
    /// They do if somebody with rights does something first: a label, a merge, an approval.
    Guarded,
    /// They do.
    Open,
}

use Openness::{Closed, Guarded, Open};

/// What a condition can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    pub can_be_true: Openness,
    pub can_be_false: Openness,
}

const ANYTHING: Outlook = Outlook { can_be_true: Open, can_be_false: Open };
const ALWAYS: Outlook = Outlook { can_be_true: Open, can_be_false: Closed };
const NEVER: Outlook = Outlook { can_be_true: Closed, can_be_false: Open };
/// True only after somebody with rights did something.
const GRANTED: Outlook = Outlook { can_be_true: Guarded, can_be_false: Open };

impl Outlook {
    fn of(truth: bool) -> Outlook {
        if truth { ALWAYS } else { NEVER }
    }

    fn not(self) -> Outlook {
        Outlook { can_be_true: self.can_be_false, can_be_false: self.can_be_true }
    }

    fn and(self, other: Outlook) -> Outlook {
        Outlook {
            can_be_true: self.can_be_true.min(other.can_be_true),
            can_be_false: self.can_be_false.max(other.can_be_false),
        }
    }

    fn or(self, other: Outlook) -> Outlook {
        self.not().and(other.not()).not()
    }
}

/// What the condition can be when an outsider causes the event.
pub fn outlook(expr: &Expr, event: &Event) -> Outlook {
    match &expr.kind {
        ExprKind::Null => NEVER,
        ExprKind::Bool(value) => Outlook::of(*value),
        ExprKind::Number(value) => Outlook::of(*value != 0.0 && !value.is_nan()),
        ExprKind::String(value) => Outlook::of(!value.is_empty()),
        ExprKind::Not(of) => outlook(of, event).not(),
        ExprKind::All(parts) => parts.iter().map(|part| outlook(part, event)).fold(ALWAYS, Outlook::and),
        ExprKind::Any(parts) => parts.iter().map(|part| outlook(part, event)).fold(NEVER, Outlook::or),
        ExprKind::Compare(Operator::Equal, a, b) => equal(a, b, event),
        ExprKind::Compare(Operator::NotEqual, a, b) => equal(a, b, event).not(),
        ExprKind::Call(name, arguments) => call(name, arguments, event),
        _ => expr.path().map_or(ANYTHING, |path| truthy(&path, event)),
    }
}

fn equal(a: &Expr, b: &Expr, event: &Event) -> Outlook {
    match (&a.kind, &b.kind) {
        (_, ExprKind::String(text)) => is_text(a, text, event),
        (ExprKind::String(text), _) => is_text(b, text, event),
        (_, ExprKind::Bool(true)) => outlook(a, event),
        (ExprKind::Bool(true), _) => outlook(b, event),
        (_, ExprKind::Bool(false) | ExprKind::Null) => outlook(a, event).not(),
        (ExprKind::Bool(false) | ExprKind::Null, _) => outlook(b, event).not(),
        _ => match (a.path(), b.path()) {
            (Some(a), Some(b)) => same(&a, &b, event),
            _ => ANYTHING,
        },
    }
}

/// `path == 'text'`
fn is_text(expr: &Expr, text: &str, event: &Event) -> Outlook {
    let Some(path) = expr.path() else { return ANYTHING };
    let outside = matches!(event.starter, Starter::Anyone | Starter::Fork);
    match path.as_str() {
        "github.event_name" if event.starter != Starter::Caller => {
            Outlook::of(event.name.eq_ignore_ascii_case(text))
        }
        "github.event.action" if matches!(text, "labeled" | "unlabeled" | "assigned" | "milestoned") => {
            GRANTED
        }
        "github.event.workflow_run.event" if event.name == "workflow_run" => match text {
            "pull_request" | "pull_request_target" | "issue_comment" | "issues" => ANYTHING,
            _ => NEVER,
        },
        "github.ref" | "github.ref_name" if event.starter == Starter::Fork => NEVER,
        "github.ref" if outside && text.starts_with("refs/tags/") => NEVER,
        "github.ref_type" if outside && text == "tag" => NEVER,
        "github.actor" | "github.triggering_actor" if outside => match text.ends_with("[bot]") {
            // The last to push is easily a bot: that is another rule's matter.
            true => ANYTHING,
            false => NEVER,
        },
        path if outside && names::is_association(path) => match names::outsider_association(text) {
            true => ANYTHING,
            false => NEVER,
        },
        path if outside && names::is_author(path) => NEVER,
        path if outside && names::is_head_repository(path) => NEVER,
        path if names::is_label(path) => GRANTED,
        path if text == "true" => truthy(path, event),
        path if text == "false" || text.is_empty() => truthy(path, event).not(),
        path if names::is_verdict(path) => GRANTED,
        path if is_absent(path, event) => NEVER,
        _ => ANYTHING,
    }
}

/// `path == path`
fn same(a: &str, b: &str, event: &Event) -> Outlook {
    let outside = matches!(event.starter, Starter::Anyone | Starter::Fork);
    let either = |is: fn(&str) -> bool| is(a) || is(b);
    let base = |path: &str| {
        matches!(
            path,
            "github.repository"
                | "github.event.repository.full_name"
                | "github.event.pull_request.base.repo.full_name"
                | "github.repository_owner"
                | "github.event.repository.owner.login"
                | "github.repository_id"
                | "github.event.repository.id"
        )
    };
    if outside && either(names::is_head_repository) && either(base) {
        return NEVER;
    }
    let person =
        |path: &str| names::is_author(path) || matches!(path, "github.actor" | "github.triggering_actor");
    if outside && (person(a) || person(b)) && either(base) {
        return NEVER;
    }
    ANYTHING
}

fn call(name: &str, arguments: &[Expr], event: &Event) -> Outlook {
    let outside = matches!(event.starter, Starter::Anyone | Starter::Fork);
    match (name.to_lowercase().as_str(), arguments) {
        ("always", _) => ALWAYS,
        ("contains", [list, item]) => {
            let (list_path, item_path) = (list.path().unwrap_or_default(), item.path().unwrap_or_default());
            if names::is_label(&list_path) {
                return GRANTED;
            }
            let known = literal_text(list);
            if outside && names::is_association(&item_path) {
                return match known.is_some_and(|text| names::outsider_association(&text)) {
                    true => ANYTHING,
                    false => NEVER,
                };
            }
            let person = names::is_author(&item_path) || item_path == "github.actor";
            match outside && person && !known.is_some_and(|text| text.contains("[bot]")) {
                true => NEVER,
                false => ANYTHING,
            }
        }
        ("startswith", [path, prefix]) => match (path.path().as_deref(), &prefix.kind) {
            (Some("github.ref"), ExprKind::String(prefix)) if outside => {
                // Outsiders run on the default branch, or on `refs/pull/…`.
                let own = if event.starter == Starter::Fork { "refs/pull/" } else { "refs/heads/" };
                Outlook {
                    can_be_false: Open,
                    ..Outlook::of(own.starts_with(prefix) || prefix.starts_with(own))
                }
            }
            _ => ANYTHING,
        },
        ("fromjson", [inner]) => outlook(inner, event),
        _ => ANYTHING,
    }
}

/// What a path is as a condition by itself.
fn truthy(path: &str, event: &Event) -> Outlook {
    let outside = matches!(event.starter, Starter::Anyone | Starter::Fork);
    match path {
        "github.event.pull_request.merged" => GRANTED,
        "github.event.pull_request.head.repo.fork" | "github.event.workflow_run.head_repository.fork"
            if outside =>
        {
            ALWAYS
        }
        path if names::is_verdict(path) => GRANTED,
        path if is_absent(path, event) => NEVER,
        _ => ANYTHING,
    }
}

/// True if the event does not carry what the path reads.
fn is_absent(path: &str, event: &Event) -> bool {
    if event.starter == Starter::Caller {
        return false;
    }
    if path.starts_with("github.event.inputs.") {
        return event.name != "workflow_dispatch";
    }
    let Some(rest) = path.strip_prefix("github.event.") else { return false };
    let object = rest.split('.').next().unwrap_or_default();
    let elsewhere = super::events::EVENTS.iter().any(|other| other.payload.contains(&object));
    elsewhere && !event.payload.contains(&object)
}

/// The text of a literal, or of the JSON that is read from one.
fn literal_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.clone()),
        ExprKind::Call(_, arguments) => arguments.first().and_then(literal_text),
        _ => None,
    }
}
