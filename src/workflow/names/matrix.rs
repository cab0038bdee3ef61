//! A job's matrix, expanded in GitHub's order.
//!
//! Source: `MatrixBuilder.cs` of actions/runner (`src/Sdk/WorkflowParser/Conversion`), `258d6c8`.

use super::evaluate::{Rest, Scope};
use super::value::Value;
use crate::tree::Node;

/// Legs that GitHub runs of one matrix; more are refused.
pub const MAX_LEGS: usize = 256;

/// One combination.
#[derive(Clone, Debug)]
pub struct Leg {
    /// What `matrix` holds.
    pub context: Value,
    /// What a name without expression shows, in order.
    pub shown: Vec<Value>,
}

/// What becomes of a job.
#[derive(Clone, Debug)]
pub enum Expansion {
    /// It has no matrix.
    None,
    /// These legs.
    Legs(Vec<Leg>),
    /// These legs, and others that only a run knows.
    Open(Vec<Leg>),
}

type Entries = Vec<(String, Value)>;

/// Values that the legs of one matrix may hold together; aliases make large ones of small files.
const MAX_VALUES: usize = 500_000;

/// Scalars in the entries.
fn size(entries: &Entries) -> usize {
    let mut size = 0;
    entries.iter().for_each(|(_, value)| value.leaves(&mut |_| size += 1));
    size
}

/// Expands `strategy.matrix`.
pub fn expand(matrix: Option<Node<'_>>, scope: &Scope) -> Expansion {
    let Some(matrix) = matrix else { return Expansion::None };
    let Value::Map(entries) = Value::of(matrix, &|text| scope.text(text)) else {
        return if matrix.is_null() { Expansion::None } else { Expansion::Open(Vec::new()) };
    };
    let is_vector = |key: &str| !key.eq_ignore_ascii_case("include") && !key.eq_ignore_ascii_case("exclude");
    let lengths = entries.iter().filter(|(key, _)| is_vector(key)).map(|(_, value)| value.length());
    let legs: usize = lengths.fold(1, usize::saturating_mul);
    if size(&entries).saturating_mul(legs.min(MAX_LEGS * 4)) > MAX_VALUES {
        return Expansion::Open(Vec::new());
    }
    let mut open = false;
    let mut list = |name: &str| -> Vec<Entries> {
        let value = entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let items = match value {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::List(items)) => items,
            Some(_) => {
                open = true;
                return Vec::new();
            }
        };
        let known = items.iter().filter_map(|item| match item {
            Value::Map(entries) => Some(entries.clone()),
            _ => None,
        });
        let known: Vec<Entries> = known.collect();
        open |= known.len() < items.len();
        known
    };
    let (included, excluded) = (list("include"), list("exclude"));
    let vectors: Vec<(&str, Vec<Value>)> = entries
        .iter()
        .filter(|(key, _)| is_vector(key))
        .map(|(key, value)| {
            let values = match value {
                Value::List(items) => items.clone(),
                other => vec![other.clone()],
            };
            (key.as_str(), values)
        })
        .collect();
    let Some(mut combinations) = product(&vectors) else { return Expansion::Open(Vec::new()) };
    combinations.retain(|leg| !excluded.iter().any(|filter| matches(leg, filter) == Some(true)));
    let legs = include(combinations, &included, &vectors);
    match legs.len() {
        0 if !open => Expansion::None,
        0..=MAX_LEGS if !open => Expansion::Legs(legs),
        0..=MAX_LEGS => Expansion::Open(legs),
        _ => Expansion::Open(Vec::new()),
    }
}

/// The cross product, the first key slowest; `None` if GitHub would refuse it.
fn product(vectors: &[(&str, Vec<Value>)]) -> Option<Vec<Entries>> {
    if vectors.is_empty() {
        return Some(Vec::new());
    }
    let mut legs: Vec<Entries> = vec![Vec::new()];
    for (key, values) in vectors {
        if legs.len().saturating_mul(values.len()) > MAX_LEGS * 4 {
            return None;
        }
        let with = |leg: &Entries, value: &Value| {
            let mut leg = leg.clone();
            leg.push(((*key).to_owned(), value.clone()));
            leg
        };
        legs = legs.iter().flat_map(|leg| values.iter().map(move |value| with(leg, value))).collect();
    }
    Some(legs)
}

/// Adds what `include` says: to the combinations that it matches, or as ones of its own.
fn include(combinations: Vec<Entries>, included: &[Entries], vectors: &[(&str, Vec<Value>)]) -> Vec<Leg> {
    let shown = |entries: &Entries| {
        let mut shown = Vec::new();
        for (_, value) in entries {
            value.leaves(&mut |leaf| shown.push(leaf.clone()));
        }
        shown
    };
    let mut legs: Vec<(Leg, Entries)> = combinations
        .into_iter()
        .map(|entries| (Leg { context: Value::Null, shown: shown(&entries) }, entries))
        .collect();
    let original = legs.len();
    for entry in included {
        let is_filter = |key: &str| vectors.iter().any(|(vector, _)| vector.eq_ignore_ascii_case(key));
        let (filters, extras): (Entries, Entries) =
            entry.iter().cloned().partition(|(key, _)| is_filter(key));
        let mut matched = false;
        for (_, context) in &mut legs[..original] {
            if matches(context, &filters) == Some(true) {
                matched = true;
                for (key, value) in &extras {
                    context.retain(|(own, _)| !own.eq_ignore_ascii_case(key));
                    context.push((key.clone(), value.clone()));
                }
            }
        }
        if !matched {
            let entries: Entries = filters.into_iter().chain(extras).collect();
            legs.push((Leg { context: Value::Null, shown: shown(&entries) }, entries));
        }
    }
    legs.into_iter().map(|(leg, entries)| Leg { context: Value::Map(entries), ..leg }).collect()
}

/// True if every value of the filter is that of the combination.
fn matches(leg: &Entries, filter: &Entries) -> Option<bool> {
    for (key, wanted) in filter {
        let own = leg.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
        if !fits(own.map_or(&Value::Null, |(_, value)| value), wanted)? {
            return Some(false);
        }
    }
    Some(true)
}

/// True if a value of a matrix is what a filter wants: objects fit by the keys that are wanted, lists by their start,
/// scalars by `==`. `None` if only a run knows.
pub fn fits(own: &Value, wanted: &Value) -> Option<bool> {
    match (own, wanted) {
        (Value::Map(own), Value::Map(wanted)) => matches(own, wanted),
        (Value::List(own), Value::List(wanted)) => {
            for (index, wanted) in wanted.iter().enumerate() {
                if !fits(own.get(index).unwrap_or(&Value::Null), wanted)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        _ => own.equals(wanted),
    }
}

/// The scope in which the leg's keys are evaluated.
pub fn scope_of(scope: &Scope, leg: &Leg) -> Scope {
    scope.clone().with("matrix", leg.context.clone(), Rest::Null)
}
