//! Values of expressions, as far as they are known before a run, and how GitHub prints and compares them.
//!
//! Source: `EvaluationResult.cs` and `ExpressionUtility.cs` of actions/runner (`src/Sdk/Expressions`), `258d6c8`.

use crate::tree::{self, Node};

/// Stands in a text for a part that nobody knows before the run.
pub(super) const HOLE: char = '\u{fffc}';

/// Levels of collections that are followed.
const MAX_DEPTH: usize = 20;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// null
    Null,
    /// true, false
    Bool(bool),
    /// A number; there is one kind.
    Number(f64),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object, in the order of writing.
    Map(Vec<(String, Value)>),
    /// Only a run knows.
    Unknown,
}

impl Value {
    /// The value of a scalar or collection without its expressions being evaluated.
    pub fn of(node: Node<'_>, text: &dyn Fn(&str) -> Value) -> Value {
        Value::at(node, text, MAX_DEPTH)
    }

    fn at(node: Node<'_>, text: &dyn Fn(&str) -> Value, depth: usize) -> Value {
        if depth == 0 {
            return Value::Unknown;
        }
        if node.is_map() {
            let entry = |(key, value): (Node<'_>, Node<'_>)| {
                Some((key.text()?.to_owned(), Value::at(value, text, depth - 1)))
            };
            return Value::Map(node.entries().filter_map(entry).collect());
        }
        if node.is_seq() {
            return Value::List(node.items().map(|item| Value::at(item, text, depth - 1)).collect());
        }
        match node.value() {
            None | Some(tree::Value::Null) => Value::Null,
            Some(tree::Value::Bool(value)) => Value::Bool(value),
            Some(tree::Value::Int(value)) => Value::Number(value as f64),
            Some(tree::Value::Float(value)) => Value::Number(value),
            Some(tree::Value::Str(value)) => text(value),
        }
    }

    /// The value of JSON, for `fromJSON`.
    pub fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => number.as_f64().map_or(Value::Unknown, Value::Number),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(Value::from_json).collect()),
            serde_json::Value::Object(map) => {
                Value::Map(map.iter().map(|(key, value)| (key.clone(), Value::from_json(value))).collect())
            }
        }
    }

    /// True if nothing in it is left to the run.
    pub fn is_known(&self) -> bool {
        match self {
            Value::Unknown => false,
            Value::Text(text) => !text.contains(HOLE),
            Value::List(items) => items.iter().all(Value::is_known),
            Value::Map(entries) => entries.iter().all(|(_, value)| value.is_known()),
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
        }
    }

    /// As GitHub puts it into a text.
    pub fn print(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number_text(*number),
            Value::Text(text) => text.clone(),
            Value::List(_) => "Array".to_owned(),
            Value::Map(_) => "Object".to_owned(),
            Value::Unknown => HOLE.to_string(),
        }
    }

    /// True or false as a condition; `None` if only a run knows.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Unknown => None,
            Value::Null => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Number(number) => Some(*number != 0.0 && !number.is_nan()),
            Value::Text(text) if text.contains(HOLE) => None,
            Value::Text(text) => Some(!text.is_empty()),
            Value::List(_) | Value::Map(_) => Some(true),
        }
    }

    /// `==` of expressions: loose between kinds, texts without regard to case.
    pub fn equals(&self, other: &Value) -> Option<bool> {
        if !self.is_known() || !other.is_known() {
            return None;
        }
        Some(match (self, other) {
            (Value::Text(a), Value::Text(b)) => a.to_uppercase() == b.to_uppercase(),
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => false,
            _ => self.number() == other.number(),
        })
    }

    /// As a number, for comparisons between kinds.
    pub fn number(&self) -> f64 {
        match self {
            Value::Null => 0.0,
            Value::Bool(value) => f64::from(*value),
            Value::Number(number) => *number,
            Value::Text(text) if text.trim().is_empty() => 0.0,
            Value::Text(text) => match tree::resolve_plain(text.trim()) {
                tree::Value::Int(value) => value as f64,
                tree::Value::Float(value) => value,
                _ => f64::NAN,
            },
            Value::List(_) | Value::Map(_) | Value::Unknown => f64::NAN,
        }
    }

    /// A property of an object or an item of an array; names do not depend on case.
    pub fn get(&self, index: &Value) -> Value {
        match (self, index) {
            (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
            (Value::Map(entries), _) => {
                let name = index.print();
                let found = entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(&name));
                found.map_or(Value::Null, |(_, value)| value.clone())
            }
            (Value::List(items), _) => {
                let number = index.number();
                let inside = number >= 0.0 && number < items.len() as f64;
                if inside { items.get(number as usize).cloned().unwrap_or(Value::Null) } else { Value::Null }
            }
            _ => Value::Null,
        }
    }

    /// Items of an array; one of anything else.
    pub fn length(&self) -> usize {
        match self {
            Value::List(items) => items.len().max(1),
            _ => 1,
        }
    }

    /// Every scalar in it, depth first.
    pub fn leaves<'v>(&'v self, visit: &mut dyn FnMut(&'v Value)) {
        match self {
            Value::List(items) => items.iter().for_each(|item| item.leaves(visit)),
            Value::Map(entries) => entries.iter().for_each(|(_, value)| value.leaves(visit)),
            scalar => visit(scalar),
        }
    }
}

/// A number as C# prints it with the format `G15`.
fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    // 15 significant digits: one in front of the point, 14 behind it.
    let scientific = format!("{number:.14e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    if !(-4..15).contains(&exponent) {
        let mantissa = trim_zeros(mantissa);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}E{sign}{:02}", exponent.abs());
    }
    let decimals = usize::try_from(14 - exponent).unwrap_or(0);
    trim_zeros(&format!("{number:.decimals$}")).to_owned()
}

fn trim_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_csharp() {
        for (number, text) in [
            (3.10, "3.1"),
            (3.0, "3"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.3"),
            (1e15, "1E+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (0.000_01, "1E-05"),
            (0.000_1, "0.0001"),
            (1.5e300, "1.5E+300"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn comparisons_are_loose() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(text("A").equals(&text("a")), Some(true));
        assert_eq!(text("3.10").equals(&Value::Number(3.1)), Some(true));
        assert_eq!(Value::Null.equals(&Value::Number(0.0)), Some(true));
        assert_eq!(Value::Bool(true).equals(&text("x")), Some(false));
        assert_eq!(Value::Unknown.equals(&Value::Null), None);
    }
}
