//! GitHub's own description of its API, where it lies beside the repository: requests are refused that it refuses, and
//! the stand-in's answers get everything that a real answer has.
#![allow(dead_code, reason = "each driver uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::server::Incoming;

/// A value that takes its key out of the example.
pub const ABSENT: &str = "<absent>";

pub struct Contract {
    document: Arc<Value>,
}

impl Contract {
    /// The description named by `CI_GUARD_OPENAPI`, or beside the repository. Without it nothing is checked, and that
    /// is said.
    pub fn load() -> Option<Contract> {
        let beside = || {
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            root.join("../shared/data/github-openapi-subset.json")
        };
        let path = std::env::var_os("CI_GUARD_OPENAPI").map_or_else(beside, PathBuf::from);
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: GitHub's description is not here, so requests are not held against it");
            return None;
        };
        Some(Contract { document: Arc::new(serde_json::from_str(&text).unwrap()) })
    }

    /// The operation of a request; none for what the subset does not hold.
    fn operation(&self, incoming: &Incoming) -> Option<&Value> {
        let parts: Vec<&str> = incoming.path().split('/').collect();
        let fits = |template: &str| {
            let wanted: Vec<&str> = template.split('/').collect();
            wanted.len() == parts.len()
                && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
        };
        let paths = self.document["paths"].as_object()?;
        let (_, path) = paths.iter().find(|(template, _)| fits(template))?;
        path.get(incoming.method.to_lowercase())
    }

    /// Why GitHub would refuse the body of a request.
    pub fn refuses(&self, incoming: &Incoming) -> Option<String> {
        let operation = self.operation(incoming)?;
        let schema = operation.pointer("/requestBody/content/application~1json/schema")?;
        let faults = self.faults(schema, &incoming.json());
        (!faults.is_empty()).then(|| format!("{} {}: {faults:?}", incoming.method, incoming.path()))
    }

    /// Puts an answer into the description's own example, and holds the whole against the schema.
    pub fn complete(&self, incoming: &Incoming, status: u16, answer: &mut Value) {
        let Some(operation) = self.operation(incoming) else { return };
        let Some(response) = operation["responses"].get(status.to_string()) else { return };
        let response = self.resolve(response);
        let Some(content) = response.pointer("/content/application~1json") else { return };
        let examples = content.get("examples").and_then(Value::as_object);
        let example = examples.and_then(|all| all.values().next()).map(|example| self.resolve(example));
        if let Some(example) = example.and_then(|example| example.get("value")) {
            *answer = merged(example, answer);
        }
        let mut faults = self.faults(&content["schema"], answer);
        // Some of the description's own examples lack what its schema requires.
        faults.retain(|fault| !fault.ends_with("is a required property"));
        assert!(faults.is_empty(), "the stand-in answers {} with {answer}: {faults:?}", incoming.path());
    }

    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(pointer) => self.document.pointer(pointer.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    fn faults(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let mut root = nullable(schema.clone());
        root["components"] = nullable(self.document["components"].clone());
        let validator = jsonschema::draft202012::new(&root).unwrap();
        validator
            .iter_errors(instance)
            .take(3)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }
}

/// `nullable` of OpenAPI 3.0 in the words of JSON Schema.
fn nullable(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for inner in map.values_mut() {
                *inner = nullable(inner.take());
            }
            if map.get("nullable") == Some(&Value::Bool(true)) {
                map.remove("nullable");
                let inner = Value::Object(std::mem::take(map));
                return json!({"anyOf": [inner, {"type": "null"}]});
            }
            value
        }
        Value::Array(items) => items.iter_mut().map(|item| nullable(item.take())).collect(),
        _ => value,
    }
}

/// The example with the answer's own values; entries of lists each get the example's entry around them.
fn merged(example: &Value, answer: &Value) -> Value {
    match (example, answer) {
        (Value::Object(around), Value::Object(own)) => {
            let mut result = around.clone();
            for (key, value) in own {
                let base = around.get(key).unwrap_or(&Value::Null);
                match value == ABSENT {
                    true => drop(result.remove(key)),
                    false => drop(result.insert(key.clone(), merged(base, value))),
                }
            }
            result.into()
        }
        (Value::Array(around), Value::Array(own)) => {
            let base = around.first().unwrap_or(&Value::Null);
            own.iter().map(|value| merged(base, value)).collect()
        }
        _ => answer.clone(),
    }
}
