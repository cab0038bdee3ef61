//! Holds the settings file against its schema: all violations at once, each at its place. On the way it becomes
//! plain data, typed as the schema wants it: `3.10` is text where text is wanted.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::settings::Fault;
use crate::tree::Node;

/// The data in `node`, and everything that the schema does not allow.
pub(super) fn read(node: Node<'_>, schema: &Value) -> (Value, Vec<Fault>) {
    let mut validator = Validator { root: schema, path: Vec::new(), faults: Vec::new() };
    let value = validator.value(node, schema);
    (value, validator.faults)
}

/// The nearest of the known words, if one is near enough to be what was meant.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word.to_lowercase(), candidate);
    let length = word.chars().count();
    let limit = (length / 3).clamp(1, 3);
    known
        .into_iter()
        // Words of other lengths are further away than that, and comparing long ones takes long.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

struct Validator<'s> {
    root: &'s Value,
    path: Vec<String>,
    faults: Vec<Fault>,
}

impl<'s> Validator<'s> {
    fn value(&mut self, node: Node<'_>, schema: &'s Value) -> Value {
        let schema = self.resolve(schema);
        // An empty value means that nothing is set.
        if node.is_null() && !self.path.is_empty() {
            return Value::Null;
        }
        if let Some(choices) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
            return self.any_of(node, choices);
        }
        match first_type(schema) {
            Some("object") => self.object(node, schema),
            Some("array") => self.array(node, schema),
            Some(kind) => self.scalar(node, schema, kind),
            None => {
                self.constants(node, schema);
                node.to_json()
            }
        }
    }

    fn object(&mut self, node: Node<'_>, schema: &'s Value) -> Value {
        if !node.is_map() {
            self.wrong(node.range(), "must be a mapping");
            return Value::Null;
        }
        let known = schema.get("properties").and_then(Value::as_object);
        let mut object = Map::new();
        for (key, value) in node.entries() {
            let name = key.text().unwrap_or_default();
            self.path.push(name.to_owned());
            let read = match (known.and_then(|known| known.get(name)), schema.get("additionalProperties")) {
                (Some(schema), _) => self.value(value, schema),
                (None, Some(schema)) if schema.is_object() => self.value(value, schema),
                _ => {
                    self.unknown_key(key, name, known);
                    Value::Null
                }
            };
            self.path.pop();
            if !read.is_null() {
                object.insert(name.to_owned(), read);
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if node.get(name).is_none_or(|value| value.is_null()) {
                let place = first_key(node).unwrap_or(node.range());
                self.wrong(place, &format!("needs `{name}`"));
            }
        }
        Value::Object(object)
    }

    fn unknown_key(&mut self, key: Node<'_>, name: &str, known: Option<&Map<String, Value>>) {
        let names = known.into_iter().flat_map(Map::keys).map(String::as_str);
        let help = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys: {}", names.collect::<Vec<_>>().join(", ")),
        };
        let inside = self.path.len().checked_sub(2).map(|last| self.path[last].clone());
        let place = inside.map_or_else(String::new, |parent| format!(" in `{parent}`"));
        self.faults.push(Fault::new(key.range(), format!("unknown key `{name}`{place}")).help(help));
    }

    fn array(&mut self, node: Node<'_>, schema: &'s Value) -> Value {
        if !node.is_seq() {
            self.wrong(node.range(), "must be a list");
            return Value::Null;
        }
        match schema.get("items") {
            Some(items) => node.items().map(|item| self.value(item, items)).collect(),
            None => node.to_json(),
        }
    }

    fn scalar(&mut self, node: Node<'_>, schema: &'s Value, kind: &str) -> Value {
        let value = match kind {
            // Dates, numbers and booleans without quotes are meant as text where text is wanted.
            "string" => node.text().map(Value::from),
            "boolean" => node.as_bool().map(Value::from),
            "integer" => node.as_int().map(Value::from),
            _ => Some(node.to_json()).filter(Value::is_number),
        };
        let Some(value) = value else {
            let article = if kind == "integer" { "an" } else { "a" };
            self.wrong(node.range(), &format!("must be {article} {kind}"));
            return Value::Null;
        };
        self.constants(node, schema);
        let text = node.text().unwrap_or_default();
        if schema.get("format").and_then(Value::as_str) == Some("date")
            && text.parse::<jiff::civil::Date>().is_err()
        {
            self.wrong(node.range(), "must be a day such as 2026-12-31");
        }
        if schema.get("format").and_then(Value::as_str) == Some("age") && text.parse::<super::Age>().is_err()
        {
            self.wrong(node.range(), "must be a length of time such as `90m`, `24h` or `7d`");
        }
        self.bounds(node, schema, &value);
        let shortest = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0);
        if (text.trim().chars().count() as u64) < shortest {
            self.wrong(node.range(), "must not be empty");
        }
        value
    }

    fn bounds(&mut self, node: Node<'_>, schema: &'s Value, value: &Value) {
        let (Some(number), bound) = (value.as_f64(), |name: &str| schema.get(name).and_then(Value::as_f64))
        else {
            return;
        };
        match (bound("minimum"), bound("maximum")) {
            (Some(least), _) if number < least => {
                self.wrong(node.range(), &format!("must be at least {least}"))
            }
            (_, Some(most)) if number > most => self.wrong(node.range(), &format!("must be at most {most}")),
            _ => {}
        }
    }

    fn constants(&mut self, node: Node<'_>, schema: &'s Value) {
        let allowed: Vec<&Value> = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().filter(|value| !value.is_null()).collect(),
            (_, Some(value)) => vec![value],
            _ => return,
        };
        if allowed.iter().any(|value| matches(node, value)) {
            return;
        }
        let words: Vec<String> = allowed
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        let near = node.text().and_then(|text| nearest(text, words.iter().map(String::as_str)));
        let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let fault = Fault::new(node.range(), self.sentence(&format!("must be {}", either(&quoted))));
        self.faults.push(match near {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        });
    }

    /// Takes the choice that fits; if none does, complains once for all of them.
    fn any_of(&mut self, node: Node<'_>, choices: &'s [Value]) -> Value {
        let mut attempts = Vec::new();
        for choice in choices.iter().filter(|choice| first_type(self.resolve(choice)) != Some("null")) {
            let mut attempt = Validator { root: self.root, path: self.path.clone(), faults: Vec::new() };
            let value = attempt.value(node, choice);
            if attempt.faults.is_empty() {
                return value;
            }
            attempts.push((self.resolve(choice), attempt.faults));
        }
        let scalars: Vec<&Fault> = attempts
            .iter()
            .filter(|(schema, _)| !matches!(first_type(schema), Some("object" | "array")))
            .filter_map(|(_, faults)| faults.first())
            .collect();
        if scalars.len() == attempts.len() && !scalars.is_empty() {
            // Several kinds of text are wanted: say all of them at once.
            let wanted: Vec<String> = scalars
                .iter()
                .filter_map(|fault| Some(fault.message.split_once("must be ")?.1.to_owned()))
                .collect();
            let help = scalars.iter().find_map(|fault| fault.help.clone());
            let message = self.sentence(&format!("must be {}", either(&wanted)));
            self.faults.push(Fault { help, ..Fault::new(node.range(), message) });
            return Value::Null;
        }
        // The choice that wants the same shape of value has the most useful complaint.
        let same_shape = |schema: &Value| match first_type(schema) {
            Some("object") => node.is_map(),
            Some("array") => node.is_seq(),
            _ => node.is_scalar(),
        };
        let best = attempts.iter().position(|(schema, _)| same_shape(schema)).unwrap_or(0);
        if !attempts.is_empty() {
            self.faults.append(&mut attempts.swap_remove(best).1);
        }
        Value::Null
    }

    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        reference.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn wrong(&mut self, range: Range<usize>, what: &str) {
        let message = self.sentence(what);
        self.faults.push(Fault::new(range, message));
    }

    fn sentence(&self, what: &str) -> String {
        match self.path.last() {
            Some(key) => format!("`{key}` {what}"),
            None => format!("the settings file {what}"),
        }
    }
}

fn first_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

fn first_key(node: Node<'_>) -> Option<Range<usize>> {
    node.entries().next().map(|(key, _)| key.range())
}

fn matches(node: Node<'_>, value: &Value) -> bool {
    match value {
        Value::String(text) => node.text() == Some(text),
        other => node.to_json() == *other,
    }
}

fn either(words: &[String]) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
