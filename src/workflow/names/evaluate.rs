//! Expressions evaluated as far as a checkout allows. What only a run knows stays a hole in the result.

use super::value::{HOLE, Value};
use crate::workflow::expression::{self, Expr, ExprKind, Operator};

/// Characters that an evaluated text may have; hostile `format` calls could double it with every call.
const MAX_TEXT: usize = 10_000;

/// What the contexts hold. A context that is not here is unknown as a whole.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    contexts: Vec<(&'static str, Value, Rest)>,
    sound: bool,
}

/// What a property is that a context does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: the context is complete.
    Null,
    /// Something that only a run knows.
    Unknown,
}

impl Scope {
    /// The same with a context.
    pub fn with(mut self, name: &'static str, value: Value, rest: Rest) -> Scope {
        self.contexts.retain(|(own, ..)| *own != name);
        self.contexts.push((name, value, rest));
        self
    }

    /// The same with more properties of a context that is there.
    pub fn and(mut self, name: &str, properties: Vec<(String, Value)>) -> Scope {
        for (own, value, _) in &mut self.contexts {
            if let (true, Value::Map(known)) = (*own == name, value) {
                known.extend(properties.iter().cloned());
            }
        }
        self
    }

    /// The same for a run in which nothing failed and nobody cancelled it, which `success()` and the like ask for.
    pub fn of_sound_run(mut self) -> Scope {
        self.sound = true;
        self
    }

    /// Whether an expression holds, where that does not depend on what only a run knows.
    pub fn holds(&self, expr: &Expr) -> Option<bool> {
        let sides = |sides: &[Expr], decisive: bool| {
            let truths: Vec<Option<bool>> = sides.iter().map(|side| self.holds(side)).collect();
            match (truths.contains(&Some(decisive)), truths.contains(&None)) {
                (true, _) => Some(decisive),
                (false, true) => None,
                (false, false) => Some(!decisive),
            }
        };
        match &expr.kind {
            ExprKind::Not(inner) => self.holds(inner).map(|truth| !truth),
            ExprKind::All(parts) => sides(parts, false),
            ExprKind::Any(parts) => sides(parts, true),
            _ => self.value(expr).truth(),
        }
    }

    /// The value of a text: an expression alone keeps its kind, anything else becomes text.
    pub fn text(&self, text: &str) -> Value {
        let parts = expression::embedded(text);
        if let [only] = parts.as_slice()
            && only.outer == (0..text.len())
        {
            return only.parsed.as_ref().map_or(Value::Unknown, |expr| self.value(expr));
        }
        let mut result = String::new();
        let mut at = 0;
        for part in parts {
            result.push_str(&text[at..part.outer.start]);
            let value = part.parsed.as_ref().map_or(Value::Unknown, |expr| self.value(expr));
            result.push_str(&value.print());
            at = part.outer.end;
        }
        result.push_str(&text[at..]);
        bounded(result)
    }

    /// The value of an expression.
    pub fn value(&self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Null => Value::Null,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Number(number) => Value::Number(*number),
            ExprKind::String(text) => Value::Text(text.clone()),
            ExprKind::Name(name) => self.context(name).map_or(Value::Unknown, |(value, rest)| match rest {
                Rest::Null => value.clone(),
                Rest::Unknown => Value::Unknown,
            }),
            ExprKind::Property(of, name) => self.property(of, &Value::Text(name.clone())),
            ExprKind::Index(of, index) => self.property(of, &self.value(index)),
            ExprKind::Star(_) => Value::Unknown,
            ExprKind::Call(name, arguments) => self.call(name, arguments),
            ExprKind::Not(inner) => {
                self.value(inner).truth().map_or(Value::Unknown, |truth| Value::Bool(!truth))
            }
            ExprKind::All(sides) => self.chain(sides, false),
            ExprKind::Any(sides) => self.chain(sides, true),
            ExprKind::Compare(operator, a, b) => compare(*operator, &self.value(a), &self.value(b)),
        }
    }

    fn context(&self, name: &str) -> Option<(&Value, Rest)> {
        let found = self.contexts.iter().find(|(own, ..)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value, rest)| (value, *rest))
    }

    fn property(&self, of: &Expr, index: &Value) -> Value {
        let name = match &of.kind {
            ExprKind::Name(name) => Some(name.clone()),
            // What is known of `github.event` is a context of its own.
            ExprKind::Property(outer, name) => match &outer.kind {
                ExprKind::Name(outer) => {
                    Some(format!("{outer}.{name}")).filter(|path| self.context(path).is_some())
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(name) = name {
            return match self.context(&name) {
                None => Value::Unknown,
                Some((value, rest)) => match value.get(index) {
                    Value::Null if rest == Rest::Unknown => Value::Unknown,
                    value => value,
                },
            };
        }
        self.value(of).get(index)
    }

    /// The first side whose truth is `stop`, else the last one.
    fn chain(&self, sides: &[Expr], stop: bool) -> Value {
        let mut last = Value::Null;
        for side in sides {
            last = self.value(side);
            match last.truth() {
                None => return Value::Unknown,
                Some(truth) if truth == stop => return last,
                Some(_) => {}
            }
        }
        last
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Value {
        let values: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
        let texts = |test: fn(&str, &str) -> bool| match values.as_slice() {
            [a, b] if a.is_known() && b.is_known() => {
                Value::Bool(test(&a.print().to_lowercase(), &b.print().to_lowercase()))
            }
            _ => Value::Unknown,
        };
        match (name.to_ascii_lowercase().as_str(), values.as_slice()) {
            ("contains", [Value::List(items), item]) => {
                let found: Vec<Option<bool>> = items.iter().map(|other| other.equals(item)).collect();
                match (found.contains(&Some(true)), found.contains(&None)) {
                    (true, _) => Value::Bool(true),
                    (false, true) => Value::Unknown,
                    (false, false) => Value::Bool(false),
                }
            }
            ("contains", _) => texts(|a, b| a.contains(b)),
            ("startswith", _) => texts(|a, b| a.starts_with(b)),
            ("endswith", _) => texts(|a, b| a.ends_with(b)),
            ("format", [pattern, rest @ ..]) => format(pattern, rest),
            ("join", [Value::List(items), rest @ ..]) => {
                let separator = rest.first().map_or(",".to_owned(), Value::print);
                bounded(items.iter().map(Value::print).collect::<Vec<_>>().join(&separator))
            }
            ("fromjson", [text @ Value::Text(json)]) if text.is_known() => {
                serde_json::from_str(json).map_or(Value::Unknown, |json| Value::from_json(&json))
            }
            ("case", [pairs @ .., otherwise]) => case(pairs, otherwise),
            ("success" | "always", []) if self.sound => Value::Bool(true),
            ("failure" | "cancelled", []) if self.sound => Value::Bool(false),
            _ => Value::Unknown,
        }
    }
}

fn case(pairs: &[Value], otherwise: &Value) -> Value {
    for pair in pairs.chunks(2) {
        match pair {
            [condition, value] => match condition.truth() {
                None => return Value::Unknown,
                Some(true) => return value.clone(),
                Some(false) => {}
            },
            _ => return Value::Unknown,
        }
    }
    otherwise.clone()
}

fn compare(operator: Operator, a: &Value, b: &Value) -> Value {
    let equal = a.equals(b);
    let order = || (a.is_known() && b.is_known()).then(|| a.number().partial_cmp(&b.number())).flatten();
    let truth = match operator {
        Operator::Equal => equal,
        Operator::NotEqual => equal.map(|equal| !equal),
        Operator::Less => order().map(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => order().map(std::cmp::Ordering::is_le),
        Operator::Greater => order().map(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => order().map(std::cmp::Ordering::is_ge),
    };
    truth.map_or(Value::Unknown, Value::Bool)
}

/// `format('{0} {1}', a, b)`; `{{` and `}}` are braces.
fn format(pattern: &Value, values: &[Value]) -> Value {
    if !pattern.is_known() {
        return Value::Unknown;
    }
    let pattern = pattern.print();
    let mut result = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.next_if_eq(&'{').is_some() => result.push('{'),
            '}' if chars.next_if_eq(&'}').is_some() => result.push('}'),
            '{' => {
                let mut index = String::new();
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    index.push(digit);
                }
                let value = index.parse::<usize>().ok().and_then(|index| values.get(index));
                match (value, chars.next()) {
                    (Some(value), Some('}')) => result.push_str(&value.print()),
                    _ => return Value::Unknown,
                }
            }
            c => result.push(c),
        }
        if result.len() > MAX_TEXT {
            break;
        }
    }
    bounded(result)
}

fn bounded(text: String) -> Value {
    if text.len() > MAX_TEXT { Value::Text(HOLE.to_string()) } else { Value::Text(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        let matrix = Value::Map(vec![
            ("os".to_owned(), Value::Text("linux".to_owned())),
            ("py".to_owned(), Value::Number(3.1)),
        ]);
        Scope::default()
            .with("matrix", matrix, Rest::Null)
            .with(
                "github",
                Value::Map(vec![("event_name".to_owned(), Value::Text("push".to_owned()))]),
                Rest::Unknown,
            )
            .text(text)
    }

    #[test]
    fn conditions_hold_as_far_as_they_are_known() {
        let github = Value::Map(vec![("event_name".to_owned(), Value::Text("pull_request".to_owned()))]);
        let event = Value::Map(vec![("action".to_owned(), Value::Text("synchronize".to_owned()))]);
        let scope = Scope::default()
            .with("github", github, Rest::Unknown)
            .with("github.event", event, Rest::Unknown)
            .of_sound_run();
        for (condition, expected) in [
            ("needs.a.outputs.b || github.event_name != 'push'", Some(true)),
            ("needs.a.outputs.b && github.event_name == 'push'", Some(false)),
            ("needs.a.outputs.b || github.event_name == 'push'", None),
            ("!failure() && !cancelled()", Some(true)),
            ("github.event.action != 'closed'", Some(true)),
            ("github.event.label.name == 'x'", None),
            ("!github.event.pull_request.draft", None),
        ] {
            assert_eq!(scope.holds(&expression::parse(condition).unwrap()), expected, "{condition}");
        }
    }

    #[test]
    fn expressions() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (source, expected) in [
            ("a ${{ matrix.os }} ${{ matrix.py }}", text("a linux 3.1")),
            ("${{ matrix['py'] }}", Value::Number(3.1)),
            ("${{ matrix.none }}", Value::Null),
            ("${{ matrix.os == 'LINUX' && 'yes' || 'no' }}", text("yes")),
            ("${{ github.event_name == 'push' }}", Value::Bool(true)),
            ("${{ github.ref }}", Value::Unknown),
            ("x ${{ github.ref }}", text("x \u{fffc}")),
            ("${{ format('{0}-{{1}}', matrix.os) }}", text("linux-{1}")),
            ("${{ fromJSON('[1, \"a\"]')[1] }}", text("a")),
            ("${{ join(fromJSON('[1, 2]'), '+') }}", text("1+2")),
            ("${{ contains(fromJSON('[\"a\"]'), 'A') }}", Value::Bool(true)),
            ("${{ startsWith(matrix.os, 'LI') }}", Value::Bool(true)),
            ("${{ case(false, 1, true, 2, 3) }}", Value::Number(2.0)),
            ("${{ !matrix.none }}", Value::Bool(true)),
        ] {
            assert_eq!(value(source), expected, "{source}");
        }
    }
}
